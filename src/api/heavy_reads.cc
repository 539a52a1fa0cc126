#include "api/heavy_reads.h"

#include <string>

namespace waybill::api {

ApiResult<HeavyReads::Turn> HeavyReads::enter(model::AccountNumber account) {
  const base::MutexLock lock(mutex_);
  if (count_ >= limits_.in_all) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return ApiError{503, 20503,
                    "More than " + std::to_string(limits_.in_all) +
                        " requests are waiting for a thread or the disk (setting heavy-reads-max)"};
  }
  std::size_t& of_account = by_account_[account];
  if (of_account >= limits_.of_account) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return ApiError{429, 20429,
                    "Too Many Requests: more than " + std::to_string(limits_.of_account) +
                        " of this account are waiting for a thread or the disk (setting heavy-reads-per-account-max)"};
  }
  ++of_account;
  ++count_;
  return Turn(*this, account);
}

void HeavyReads::leave(model::AccountNumber account) {
  const base::MutexLock lock(mutex_);
  --count_;
  const auto at = by_account_.find(account);
  if (--at->second == 0) by_account_.erase(at);
}

std::size_t HeavyReads::count() const {
  const base::MutexLock lock(mutex_);
  return count_;
}

}  // namespace waybill::api
