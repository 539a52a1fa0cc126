#include "http/exchange.h"

#include <new>
#include <utility>

namespace waybill::http {

void Exchange::answer(std::optional<Response> response) {
  const base::MutexLock lock(mutex_);
  if (!is_open_ || is_answered_) return;
  is_answered_ = true;
  try {
    if (response) take(*std::move(response));
  } catch (const std::bad_alloc&) {
    outcome_ = {};
    outcome_.is_out_of_memory = true;
  }
  // Under the lock, so that whoever has closed the exchange knows that nobody is waking it any more.
  if (is_awaited_) wake_();
}

// Small answers are counted only where they have to wait for their clients.
void Exchange::take(Response response) {
  if (response.body_bytes() > HeldAnswers::kSmallBytes) {
    auto share = answers_.hold(response);
    outcome_.is_too_much = !share.has_value();
    if (!share) return;
    outcome_.share = *std::move(share);
  }
  outcome_.response = std::move(response);
}

bool Exchange::wait_for_answer() {
  const base::MutexLock lock(mutex_);
  is_awaited_ = true;
  return !is_answered_;
}

Exchange::Outcome Exchange::close() {
  const base::MutexLock lock(mutex_);
  is_open_ = false;
  return std::exchange(outcome_, {});
}

}  // namespace waybill::http
