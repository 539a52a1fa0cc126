#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "codec/json_scan.h"
#include "model/event.h"
#include "transfer/event_file_reader.h"

namespace waybill::bench {

// What the API's URLs begin with in every engine's answers.
constexpr std::string_view kPublicBase = "https://taskrouter.twilio.com";

// The events of some consecutive lines.
struct EventBatch {
  std::uint64_t number = 0;  // from 0, without gaps
  std::uint64_t first_position = 1;
  std::string workspace_sid;  // the same for all
  std::vector<model::Event> events;
};

// The JSON of an event as the API shows it; what engines without a record format of their own keep. kCorruption.
base::Result<std::string> shown_json(const std::string& record);

// Reads NDJSON and makes events of it as the server does: parsed, checked and rendered. Safe for concurrent use: each
// caller decodes the lines it takes, so that several threads share the work.
class EventFeed {
 public:
  // `files` in their order, - for standard input. The first line has the position `first_position`; kNotFound, kIo.
  static base::Result<EventFeed> open(std::vector<std::string> files, std::uint64_t first_position,
                                      std::size_t batch_events_max);

  // The next batch; nothing at the end. kInvalidArgument for what is no event, or for a second workspace.
  base::Result<std::optional<EventBatch>> next();

 private:
  // Lines that belong together, not yet looked at.
  struct Lines {
    std::uint64_t number = 0;
    std::uint64_t first_position = 1;
    std::string text;
    std::size_t count = 0;
  };

  EventFeed(std::vector<std::string> files, transfer::EventFileReader reader, std::uint64_t first_position,
            std::size_t batch_events_max);
  base::Result<Lines> take_lines();
  base::Result<std::optional<std::string_view>> next_line() REQUIRES_LOCK(*mutex_);

  std::vector<std::string> files_;
  std::size_t batch_events_max_;

  std::unique_ptr<base::Mutex> mutex_ = std::make_unique<base::Mutex>();

  transfer::EventFileReader reader_ GUARDED_BY(*mutex_);
  std::size_t file_ GUARDED_BY(*mutex_) = 0;
  std::uint64_t next_number_ GUARDED_BY(*mutex_) = 0;
  std::uint64_t next_position_ GUARDED_BY(*mutex_);
};

// Runs `body` on one thread a core, and gives the first error one of them had.
base::Result<void> on_all_cores(const std::function<base::Result<void>()>& body);

}  // namespace waybill::bench
