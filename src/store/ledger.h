#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
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

// A pull that is finished: an upstream was asked for all events of a span, and everything that it told is stored.
struct Pull {
  LedgerSubject subject;
  base::WallTime from;       // inclusive
  base::WallTime to;         // inclusive
  base::WallTime asked;      // when the first request about the span was sent: what it cannot have told came later
  std::string source;        // the upstream, such as https://taskrouter.twilio.com
  std::uint64_t events = 0;  // that it told of
};

// Why the events of a span may be missing.
enum class GapReason : std::uint8_t {
  kAbsent = 1,       // no server ran
  kRefused = 2,      // a feed's request was refused, or failed
  kUnreachable = 3,  // a pull could not get all that the upstream has
};

// A span of which something may be missing. Nothing closes it but a pull of it that was asked for later.
struct Gap {
  std::optional<LedgerSubject> subject;  // unset: every workspace
  base::WallTime from;                   // inclusive
  base::WallTime to;                     // inclusive
  GapReason reason = GapReason::kAbsent;
  std::string detail;  // for a person: what happened
};

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

// What is known of the completeness of the history. Facts only; `ledger/completeness.h` says what follows from them.
// Safe for concurrent use. All of it may fail with kStorageFull, kBusy or kIo; what returned without an error is on
// disk.
class Ledger {
 public:
  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  virtual ~Ledger() = default;

  // kInvalidArgument for an empty span.
  virtual base::Result<void> record_pull(const Pull& pull) = 0;
  virtual base::Result<void> record_gap(const Gap& gap) = 0;
  // Adds to what the same feeds brought before.
  virtual base::Result<void> record_feeds(std::span<const Feed> feeds) = 0;
  // The server lives: what lies between this and the next start is an absence.
  virtual base::Result<void> record_alive(base::WallTime now) = 0;

  // Pulls of a workspace in the order of `from`. Those that say nothing beyond the others may be left out.
  [[nodiscard]] virtual base::Result<std::vector<Pull>> pulls(const LedgerSubject& subject) const = 0;
  // Gaps of a workspace, those of every workspace too, in the order of `from`.
  [[nodiscard]] virtual base::Result<std::vector<Gap>> gaps(const LedgerSubject& subject) const = 0;
  [[nodiscard]] virtual base::Result<std::vector<Feed>> feeds(const LedgerSubject& subject) const = 0;
  // Every workspace of which anything is known.
  [[nodiscard]] virtual base::Result<std::vector<LedgerSubject>> subjects() const = 0;
  [[nodiscard]] virtual base::Result<std::optional<base::WallTime>> last_alive() const = 0;
};

}  // namespace waybill::store
