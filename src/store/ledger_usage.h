#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/ledger.h"

namespace waybill::store {

// What facts of one kind of subject take, or by how much they grow.
struct LedgerSize {
  std::int64_t gaps = 0;
  std::int64_t pulls = 0;
  std::int64_t sources = 0;  // of pulls, different ones
  std::int64_t bytes = 0;    // of texts: details and sources
};

// From what was known to what is known; of pulls of one source.
LedgerSize growth_of(const std::vector<Pull>& before, const std::vector<Pull>& after);
LedgerSize growth_of(const std::vector<Gap>& before, const std::vector<Gap>& after);

// How much a ledger holds and how often it has changed, kept beside it, so that neither a quota nor a look at what is
// new costs a count. The same in every store. Not for concurrent use.
class LedgerUsage {
 public:
  explicit LedgerUsage(const LedgerLimits& limits) : limits_(limits) {}

  // A fact of this subject (unset: of every workspace) was recorded, and what is held has grown by so much.
  void note(const std::optional<LedgerSubject>& subject, const LedgerSize& growth);

  // kTooLarge, naming the quota, if a client's facts may not grow by that.
  [[nodiscard]] base::Result<void> check(const LedgerSubject& subject, const LedgerSize& growth) const;
  // Whether there is no room for another gap.
  [[nodiscard]] bool is_full_of_gaps(const std::optional<LedgerSubject>& subject) const;

  // As Ledger::changes().
  [[nodiscard]] std::vector<SubjectChanges> changes() const;

 private:
  using Key = std::pair<model::AccountNumber, model::WorkspaceSid>;
  struct Known {
    LedgerSize size;
    std::uint64_t changes = 0;
  };

  const LedgerLimits limits_;
  std::map<Key, Known> subjects_;
  std::map<model::AccountNumber, LedgerSize> accounts_;
  Known every_workspace_;
};

}  // namespace waybill::store
