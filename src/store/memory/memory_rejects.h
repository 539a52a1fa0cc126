#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/mutex.h"
#include "store/reject_rules.h"
#include "store/rejects.h"

namespace waybill::store {

// What is kept aside, in a map. Nothing survives it.
class MemoryRejects final : public Rejects {
 public:
  explicit MemoryRejects(RejectLimits limits = {}) : limits_(limits) {}

  base::Result<std::vector<std::uint64_t>> keep(std::span<const Reject> rejects) override;
  [[nodiscard]] base::Result<std::vector<Reject>> list(const RejectQuery& query) const override;
  [[nodiscard]] base::Result<std::optional<Reject>> find(std::uint64_t number) const override;
  base::Result<void> set_problem(std::uint64_t number, const std::string& problem) override;
  base::Result<std::uint64_t> drop(std::span<const std::uint64_t> numbers) override;
  base::Result<std::uint64_t> drop_all(const RejectQuery& query) override;
  base::Result<std::uint64_t> expire(base::WallTime time) override;
  [[nodiscard]] base::Result<RejectFigures> figures() const override;

 private:
  using Place = std::map<std::uint64_t, Reject>::iterator;

  [[nodiscard]] RejectRoom room_of_posts() const REQUIRES_LOCK(mutex_);
  static bool matches(const Reject& reject, const RejectQuery& query);
  void count_again(Reject& known, const Reject& reject) REQUIRES_LOCK(mutex_);
  Place forget(Place at) REQUIRES_LOCK(mutex_);
  template <class Condition>
  std::uint64_t forget_if(Condition condition) REQUIRES_LOCK(mutex_);

  const RejectLimits limits_;

  mutable base::Mutex mutex_;

  std::map<std::uint64_t, Reject> rejects_ GUARDED_BY(mutex_);
  std::map<base::Sha256, std::uint64_t> numbers_ GUARDED_BY(mutex_);
  std::uint64_t bytes_ GUARDED_BY(mutex_) = 0;
  decltype(RejectFigures::kept) kept_ GUARDED_BY(mutex_){};
  std::uint64_t last_number_ GUARDED_BY(mutex_) = 0;
};

}  // namespace waybill::store
