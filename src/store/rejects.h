#pragma once

#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/sid.h"
#include "model/workspace.h"

namespace waybill::store {

// The road that an element came by. Stored; never renumbered.
enum class RejectRoad : std::uint8_t {
  kPost = 1,         // POST …/Events?Unknown=keep
  kCallback = 2,     // EventCallbackUrl
  kEventStream = 3,  // an Event Streams sink
  kPull = 4,         // backfill, and the server's own pulls
  kImport = 5,       // a file
};
inline constexpr RejectRoad kAllRejectRoads[] = {RejectRoad::kPost, RejectRoad::kCallback, RejectRoad::kEventStream,
                                                 RejectRoad::kPull, RejectRoad::kImport};

// `post`, `callback`, `event-streams`, `pull`, `import`; and back, nothing for any other word.
std::string_view to_text(RejectRoad road);
std::optional<RejectRoad> parse_reject_road(std::string_view text);

// What the bytes of an element were meant to be, which says how they are read again. Stored; never renumbered.
enum class RejectForm : std::uint8_t {
  kJson = 1,        // an event as the Events API shows it
  kForm = 2,        // a callback's form
  kCloudEvent = 3,  // an element of an Event Streams batch
};

// `json`, `form`, `cloudevent`.
std::string_view to_text(RejectForm form);

// One element that could not be stored: it has no identity, no time, or cannot be read at all.
struct Reject {
  std::uint64_t number = 0;                     // keep() gives it; rises, and is never given twice
  std::optional<model::AccountNumber> account;  // unset: not known
  std::string workspace_text;                   // as far as it is known; may be empty, or no sid
  RejectRoad road = RejectRoad::kPost;
  RejectForm form = RejectForm::kJson;
  base::WallTime arrived;       // the first time
  std::string origin;           // a file's name, an upstream, a peer; may be empty
  std::string place;            // "line 7", "event 3"; may be empty
  std::string problem;          // why it could not be stored; names the member and the rule
  std::string body;             // its bytes as they came
  base::WallTime last_arrived;  // keep() counts these two
  std::uint64_t times = 1;
};

// Beyond these nothing more is kept: whoever brings it is told to come again. What came by POST, which every account
// may do as often as it likes, takes half of either at most: it must not stop the feeds.
struct RejectLimits {
  std::uint64_t count = 10'000;
  std::uint64_t bytes = 64UL * 1024 * 1024;  // of bodies and of what is said about them
};

// Which are asked for, in the order of their numbers: those behind `after`, at most `limit`, and no more after those
// whose bodies reach `bytes_max`.
struct RejectQuery {
  std::optional<model::WorkspaceSid> workspace = {};  // unset: of all
  std::optional<RejectRoad> road = {};
  std::uint64_t after = 0;
  std::uint32_t limit = 100;
  std::uint64_t bytes_max = 4UL * 1024 * 1024;
};

struct RejectFigures {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::optional<base::WallTime> oldest;  // when that one came last
  RejectLimits limits;
  std::array<std::uint64_t, std::size(kAllRejectRoads)> kept{};  // by road, since the store was opened; repetitions too
};

// Elements that could not be stored, kept aside where they can be looked at and tried again. Safe for concurrent use.
// All of it may fail with kStorageFull, kBusy, kIo or kCorruption; what returned without an error is on disk.
class Rejects {
 public:
  Rejects() = default;
  Rejects(const Rejects&) = delete;
  Rejects& operator=(const Rejects&) = delete;
  virtual ~Rejects() = default;

  // Keeps all of them, or none: kStorageFull, naming the limit, if the place (the share of their road) has no room for
  // them. An element whose account, workspace, road, form and bytes are those of one that is kept already takes no
  // room: that one is counted once more, and what is said about it brought up to date. `number`, `last_arrived` and
  // `times` of what is given are ignored; texts about an element are cut at kRejectTextMax, and shown without control
  // characters. Gives their numbers, in their order.
  virtual base::Result<std::vector<std::uint64_t>> keep(std::span<const Reject> rejects) = 0;

  [[nodiscard]] virtual base::Result<std::vector<Reject>> list(const RejectQuery& query) const = 0;
  [[nodiscard]] virtual base::Result<std::optional<Reject>> find(std::uint64_t number) const = 0;

  // Why it could not be stored when it was tried again; else nothing of it changes. kNotFound if there is none.
  virtual base::Result<void> set_problem(std::uint64_t number, const std::string& problem) = 0;

  // Overwrites those of these numbers, or all that the query names (its limits do not count); how many there were.
  virtual base::Result<std::uint64_t> drop(std::span<const std::uint64_t> numbers) = 0;
  virtual base::Result<std::uint64_t> drop_all(const RejectQuery& query) = 0;
  // The same for those that came last before `time`.
  virtual base::Result<std::uint64_t> expire(base::WallTime time) = 0;

  [[nodiscard]] virtual base::Result<RejectFigures> figures() const = 0;
};

inline constexpr std::size_t kRejectTextMax = 1000;

}  // namespace waybill::store
