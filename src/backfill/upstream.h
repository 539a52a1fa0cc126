#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "backfill/page.h"
#include "backfill/patient_client.h"
#include "base/result.h"
#include "model/sid.h"

namespace waybill::backfill {

// A page, and where it stands.
struct ToldPage {
  Slice slice;
  std::uint32_t page_size = 0;  // that was asked for
  std::vector<ToldEvent> events;
  std::int64_t number = 0;  // by its meta; of the first page if that is silent
  bool is_full = false;     // there may be more
  bool is_outside = false;  // it has events that the slice did not ask for
  std::string url;          // it was asked for with
  std::string next_url;     // of the page that follows, if one does that can be believed; else empty
  base::WallTime asked;     // Answer::asked
  std::string unreadable;   // why the answer is no page, though asked for again; then it is full, and has no events
};

// The lists of one workspace's events. Not for concurrent use.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  // The first page of a slice, oldest events first; every event of its span is in it, or it is full. kUnavailable when
  // the upstream does not answer though asked again and again; kInvalidArgument and kNotFound for what it refuses.
  virtual base::Result<ToldPage> list(const Slice& slice, std::uint32_t page_size) = 0;
  // The page that follows. REQUIRES: previous.next_url is not empty.
  virtual base::Result<ToldPage> follow(const ToldPage& previous) = 0;
};

// How long the server of that URL is known to keep events: 30 days on the hosted service's hosts
// (https://www.twilio.com/docs/taskrouter/api/event); elsewhere nothing is known, and no limit assumed.
std::optional<std::chrono::seconds> usual_retention(const std::string& url);

// A server of the Events API, the hosted one or another Waybill.
class Upstream final : public Source {
 public:
  // kInvalidArgument for a URL that is none. `parts` must outlive it.
  static base::Result<std::unique_ptr<Upstream>> open(const std::string& url, const std::string& workspace_sid,
                                                      CallOptions options, const CallParts& parts);

  base::Result<ToldPage> list(const Slice& slice, std::uint32_t page_size) override;
  base::Result<ToldPage> follow(const ToldPage& previous) override;

  [[nodiscard]] PatientClient& client() { return client_; }
  // Where it is, for the ledger and for a person: scheme, host and port.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  Upstream(std::string name, std::string list_url, CallOptions options, const CallParts& parts);
  base::Result<ToldPage> ask(const Slice& slice, std::uint32_t page_size, const std::string& url);
  [[nodiscard]] bool is_outside(const ToldEvent& event, const Span& span) const;
  [[nodiscard]] base::Error refused(const http::Response& response) const;

  const std::string name_;
  const std::string list_url_;
  PatientClient client_;
  // Whether EndDate means the whole second it names. Until an answer shows it, EndDate is a second later: the text
  // `…:05Z` may as well mean the second's first moment.
  bool end_is_whole_ = false;
};

}  // namespace waybill::backfill
