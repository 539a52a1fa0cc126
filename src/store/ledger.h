#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
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

// A workspace as the ledger knows it: an account may be asked about one that has no event yet.
struct LedgerSubject {
  model::AccountNumber account{};
  model::WorkspaceSid workspace;
  friend bool operator==(const LedgerSubject&, const LedgerSubject&) = default;
};

// A pull that is finished: an upstream was asked for all events of a span, and everything that it told is stored. What
// lies after `asked` it cannot have told of; that part says nothing.
struct Pull {
  LedgerSubject subject;
  base::WallTime from;       // inclusive
  base::WallTime to;         // inclusive
  base::WallTime asked;      // when the first request about the span was sent: what it cannot have told came later
  std::string source;        // the upstream, such as https://taskrouter.twilio.com
  std::uint64_t events = 0;  // that it told of

  // Of pulls that the ledger has joined `asked` is the earliest, `events` an estimate, and these say more. Whoever
  // records a pull leaves them as they are.
  std::chrono::milliseconds settled{};  // each instant of the span was asked for so long after it, or longer
  base::WallTime asked_last{};          // when the last of them was asked
};

// The last instant of the pull's span that is proven if events may turn up as long as `settling` after they happened;
// nothing if none is. Everything from the start of the span up to that instant is proven.
std::optional<base::WallTime> proven_to(const Pull& pull, std::chrono::milliseconds settling);

// Why the events of a span may be missing.
enum class GapReason : std::uint8_t {
  kAbsent = 1,       // no server ran
  kRefused = 2,      // a feed's request was refused, or failed
  kUnreachable = 3,  // a pull could not get all that the upstream has
};

// A span of which something may be missing. Nothing closes it but a pull that proves it: one that had not all that the
// upstream has records a gap for the rest, and no pull of it.
struct Gap {
  std::optional<LedgerSubject> subject;  // unset: every workspace
  base::WallTime from;                   // inclusive
  base::WallTime to;                     // inclusive
  GapReason reason = GapReason::kAbsent;
  std::string detail;  // for a person: what happened
};

// What is told of requests that proved nothing of who sent them and named no workspace that is here: right ones may
// have been among them. One gap of every workspace holds them all, from the first to the last, whatever lies between;
// it opens no span, since anybody can send such requests.
inline constexpr std::string_view kUnprovenDetail = "requests that prove nothing of their sender";
inline bool is_unproven(const Gap& gap) {
  return !gap.subject && gap.reason == GapReason::kRefused && gap.detail == kUnprovenDetail;
}

// The roads on which events come by themselves.
enum class FeedRoad : std::uint8_t {
  kCallback = 1,     // EventCallbackUrl
  kEventStream = 2,  // an Event Streams sink
};

// What a live feed brought between two times of arrival.
struct Feed {
  LedgerSubject subject;
  FeedRoad road = FeedRoad::kCallback;
  base::WallTime first;  // arrival
  base::WallTime last;
  std::uint64_t events = 0;
};

// The settling times for which joined pulls prove as much as they did one by one; for one between two steps they prove
// what they would for the greater.
inline constexpr std::array<std::chrono::minutes, 18> kSettlingSteps = {
    std::chrono::minutes(0),   std::chrono::minutes(1),   std::chrono::minutes(2),   std::chrono::minutes(5),
    std::chrono::minutes(10),  std::chrono::minutes(15),  std::chrono::minutes(20),  std::chrono::minutes(30),
    std::chrono::minutes(45),  std::chrono::minutes(60),  std::chrono::minutes(90),  std::chrono::minutes(120),
    std::chrono::minutes(180), std::chrono::minutes(240), std::chrono::minutes(360), std::chrono::minutes(480),
    std::chrono::minutes(720), std::chrono::minutes(1440)};

inline constexpr std::chrono::milliseconds kGapPause{60'000};

// Who tells a fact.
enum class Teller : std::uint8_t {
  kServer,  // this program of what it has seen itself: never refused for want of room
  kClient,  // an account: within LedgerLimits
};

// What a ledger takes. Only what would grow beyond is refused: a fact that is joined with known ones takes no room.
struct LedgerLimits {
  std::size_t workspace_gaps_max = 2'000;
  std::size_t workspace_pulls_max = 10'000;           // spans of pulls, joined
  std::size_t workspace_sources_max = 50;             // different sources of pulls
  std::size_t account_rows_max = 20'000;              // gaps and spans of pulls, of all its workspaces
  std::size_t account_bytes_max = 4UL * 1024 * 1024;  // of texts: details and sources
};

// How often what is known of a workspace has changed since the ledger was opened, by facts of every workspace too.
struct SubjectChanges {
  LedgerSubject subject;
  std::uint64_t changes = 0;
};

// What is known of the completeness of the history. Facts only; `ledger/completeness.h` says what follows from them.
// Safe for concurrent use. All of it may fail with kStorageFull, kBusy or kIo; what returned without an error is on
// disk, but for a sign of life: a power cut may take the last ones, which makes an absence longer, never shorter.
class Ledger {
 public:
  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  virtual ~Ledger() = default;

  // kInvalidArgument for an empty span; kTooLarge, naming the quota, for a client's fact that finds no room
  // (LedgerLimits). A gap that the server tells and that finds none stretches the nearest one of its workspace and
  // reason. Pulls of one source are joined where that says no less about settling times of a few usual lengths
  // (kSettlingSteps), so that one who pulls every minute fills no table. Gaps are joined that tell the same and lie
  // less than kGapPause apart.
  base::Result<void> record_pull(const Pull& pull, Teller teller = Teller::kServer) { return add(pull, teller); }
  base::Result<void> record_gap(const Gap& gap, Teller teller = Teller::kServer) { return add(gap, teller); }
  // Adds to what the same feeds brought before.
  virtual base::Result<void> record_feeds(std::span<const Feed> feeds) = 0;
  // The server lives: what lies between this and the next start is an absence.
  virtual base::Result<void> record_alive(base::WallTime now) = 0;

  // Pulls of a workspace in the order of `from`, then of `source`. Those that say nothing beyond the others are left
  // out.
  [[nodiscard]] virtual base::Result<std::vector<Pull>> pulls(const LedgerSubject& subject) const = 0;
  // Gaps of a workspace, those of every workspace too, in the order of `from`.
  [[nodiscard]] virtual base::Result<std::vector<Gap>> gaps(const LedgerSubject& subject) const = 0;
  // In the order of `road`, one for each.
  [[nodiscard]] virtual base::Result<std::vector<Feed>> feeds(const LedgerSubject& subject) const = 0;
  // Every workspace of which anything is known, by account, then by sid.
  [[nodiscard]] virtual base::Result<std::vector<LedgerSubject>> subjects() const = 0;
  // The same with how often each has changed; costs the same however many facts there are. Facts that another process
  // has recorded do not count.
  [[nodiscard]] virtual base::Result<std::vector<SubjectChanges>> changes() const = 0;
  [[nodiscard]] virtual base::Result<std::optional<base::WallTime>> last_alive() const = 0;

 private:
  virtual base::Result<void> add(const Pull& pull, Teller teller) = 0;
  virtual base::Result<void> add(const Gap& gap, Teller teller) = 0;
};

}  // namespace waybill::store
