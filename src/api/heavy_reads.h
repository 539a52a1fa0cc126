#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "api/error_response.h"
#include "base/mutex.h"
#include "model/workspace.h"

namespace waybill::api {

struct HeavyReadLimits {
  std::size_t in_all = 1000;     // 503 beyond
  std::size_t of_account = 500;  // 429 beyond
};

// Bounds how many reads wait for the disk, so that one account's do not keep those of the others waiting for ever. Safe
// for concurrent use.
class HeavyReads {
 public:
  explicit HeavyReads(const HeavyReadLimits& limits) : limits_(limits) {}

  // One read's place; given back when this is destroyed. The HeavyReads must outlive it.
  class Turn {
   public:
    Turn(Turn&& other) noexcept : reads_(std::exchange(other.reads_, nullptr)), account_(other.account_) {}
    Turn& operator=(Turn&&) = delete;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      if (reads_ != nullptr) reads_->leave(account_);
    }

   private:
    friend class HeavyReads;
    Turn(HeavyReads& reads, model::AccountNumber account) : reads_(&reads), account_(account) {}
    HeavyReads* reads_;
    model::AccountNumber account_;
  };

  // 429 or 503, naming the setting, if there are as many as there may be.
  ApiResult<Turn> enter(model::AccountNumber account);

  // How many were refused since the start, and how many there are.
  [[nodiscard]] std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t count() const;

 private:
  void leave(model::AccountNumber account);

  const HeavyReadLimits limits_;

  std::atomic<std::uint64_t> refused_ = 0;

  mutable base::Mutex mutex_;

  std::size_t count_ GUARDED_BY(mutex_) = 0;
  std::map<model::AccountNumber, std::size_t> by_account_ GUARDED_BY(mutex_);
};

}  // namespace waybill::api
