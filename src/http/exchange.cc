#include "http/exchange.h"

#include <utility>

namespace waybill::http {

void Exchange::answer(std::optional<Response> response) {
  const base::MutexLock lock(mutex_);
  if (!is_open_ || is_answered_) return;
  response_ = std::move(response);
  is_answered_ = true;
  // Under the lock, so that whoever has closed the exchange knows that nobody is waking it any more.
  if (is_awaited_) wake_();
}

bool Exchange::wait_for_answer() {
  const base::MutexLock lock(mutex_);
  is_awaited_ = true;
  return !is_answered_;
}

std::optional<Response> Exchange::close() {
  const base::MutexLock lock(mutex_);
  is_open_ = false;
  return std::exchange(response_, std::nullopt);
}

}  // namespace waybill::http
