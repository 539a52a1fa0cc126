#include "http/turns.h"

#include <boost/asio/post.hpp>

namespace waybill::http {

namespace asio = boost::asio;

// A round is what the thread has found ready in one look: what is posted now runs behind all of it, after the next
// look.
std::optional<Turns::Now> Turns::try_now() {
  if (waiting_.size() > 0) return std::nullopt;
  if (!is_round_known_) {
    is_round_known_ = true;
    used_ = {};
    asio::post(executor_, [this] { is_round_known_ = false; });
  }
  if (used_ >= kRoundTime) return std::nullopt;
  return Now(*this);
}

void Turns::wait(std::uint64_t owner, std::function<void()> job) {
  waiting_.push(owner, std::move(job));
  if (is_called_) return;
  is_called_ = true;
  asio::post(executor_, [this] { run_some(); });
}

void Turns::run_some() {
  is_called_ = false;
  const base::SteadyTime began = now();
  const base::SteadyTime::duration time_max = kRoundTime - std::exchange(sending_, {});
  do {
    auto next = waiting_.take();
    if (!next) return;
    next->item();
    waiting_.done(next->owner);
  } while (now() - began < time_max);
  if (waiting_.size() == 0 || is_called_) return;
  is_called_ = true;
  asio::post(executor_, [this] { run_some(); });
}

}  // namespace waybill::http
