#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "ledger/completeness.h"
#include "store/ledger.h"

namespace waybill::ledger {

// What a workspace's completeness comes to, as numbers.
struct Gauge {
  store::LedgerSubject subject;
  std::optional<base::WallTime> complete_through;  // Completeness has it
  std::chrono::milliseconds open{};                // the length of all open spans that have settled
};

// What one look has seen.
struct GaugesSeen {
  std::vector<Gauge> gauges;   // by account, then by workspace
  std::size_t unreadable = 0;  // workspaces whose facts could not be read just now, which are not among them
};

// Facts that one look reads anew; more of them wait for the next look.
constexpr std::size_t kFactsPerLookMax = 20'000;

// The gauges of all workspaces for whoever looks often. A workspace is computed when its facts have changed, or time
// has changed what follows from them, and not before; one look reads kFactsPerLookMax facts or few more, and shows of
// the rest what it knew before, those that were looked at longest ago first. So a look costs the same whatever the
// ledger holds. Safe for concurrent use.
class Gauges {
 public:
  // `ledger` must outlive this object.
  Gauges(const store::Ledger& ledger, std::chrono::milliseconds settling,
         std::size_t facts_per_look_max = kFactsPerLookMax)
      : ledger_(ledger), settling_(settling), facts_per_look_max_(facts_per_look_max) {}

  // Without workspaces that no look has read yet. Fails as Ledger::changes does.
  base::Result<GaugesSeen> look(base::WallTime now);

  // How many facts were read since the beginning.
  [[nodiscard]] std::uint64_t facts_read_for_test() const;

 private:
  using Key = std::pair<model::AccountNumber, model::WorkspaceSid>;
  // What follows from the facts of a workspace, as a function of time.
  struct Known {
    std::optional<std::uint64_t> changes;  // of the facts it follows from; unset: none were read yet
    std::uint64_t looked = 0;              // which look has read them
    base::WallTime valid_until;            // then more follows from the same facts
    std::optional<base::WallTime> complete_through;
    std::chrono::milliseconds open_before{};                       // open spans that had settled when it was computed
    std::vector<std::pair<base::WallTime, base::WallTime>> later;  // open spans that had not, as far as they had not
  };

  base::Result<std::size_t> compute(const store::LedgerSubject& subject, base::WallTime now, Known& known) const;
  void keep_to(const std::vector<store::SubjectChanges>& subjects) REQUIRES_LOCK(mutex_);

  const store::Ledger& ledger_;
  const std::chrono::milliseconds settling_;
  const std::size_t facts_per_look_max_;

  mutable base::Mutex mutex_;

  std::map<Key, Known> known_ GUARDED_BY(mutex_);
  std::uint64_t looks_ GUARDED_BY(mutex_) = 0;
  std::uint64_t facts_read_ GUARDED_BY(mutex_) = 0;
};

}  // namespace waybill::ledger
