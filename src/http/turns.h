#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/turn_queue.h"
#include "http/sockets.h"

namespace waybill::http {

// Shares the thread of a connection among the owners of its requests. As long as the thread has little to do a request
// runs when it comes; when much has come at once, owners take turns, so that one of them with a thousand requests waits
// for its own, and another one for one request of each owner. Between two turns the thread looks what else has come.
// All calls come from that thread.
class Turns {
 public:
  // So long may requests run as they come before the others that have come with them must wait for their turns; and so
  // long run those whose turn it is before the thread looks for more.
  static constexpr base::SteadyTime::duration kRoundTime = std::chrono::microseconds(500);

  // `clock` must outlive it; without one whatever comes runs at once.
  Turns(const Executor& executor, const base::Clock* clock) : executor_(executor), clock_(clock) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;
  ~Turns() = default;

  // Leave to run at once, used up until this is destroyed. The Turns must outlive it.
  class Now {
   public:
    explicit Now(Turns& turns) : turns_(&turns), began_(turns.now()) {}
    Now(Now&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)), began_(other.began_) {}
    Now& operator=(Now&&) = delete;
    Now(const Now&) = delete;
    Now& operator=(const Now&) = delete;
    ~Now() {
      if (turns_ != nullptr) turns_->used_ += turns_->now() - began_;
    }

   private:
    Turns* turns_;
    base::SteadyTime began_;
  };

  // Nothing if others wait, or too much has run in this round: then call wait().
  [[nodiscard]] std::optional<Now> try_now();

  // Runs `job` when its owner's turn has come. A job must not throw.
  void wait(std::uint64_t owner, std::function<void()> job);

  // Tells how long the thread took to send an answer that was there. Where that is long, requests run one by one.
  void note_sending(base::SteadyTime::duration time) {
    used_ += time;
    sending_ += time;
  }

  // The time that all this is measured by.
  [[nodiscard]] base::SteadyTime now() const { return clock_ == nullptr ? base::SteadyTime() : clock_->steady_now(); }

  // Forgets what waits.
  void clear() { waiting_ = base::TurnQueue<std::function<void()>>(); }

  // How many jobs wait.
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
  void run_some();

  const Executor executor_;
  const base::Clock* const clock_;

  base::TurnQueue<std::function<void()>> waiting_;
  base::SteadyTime::duration used_{};     // in this round
  base::SteadyTime::duration sending_{};  // since run_some() ran last
  bool is_round_known_ = false;           // the round's end will be noticed
  bool is_called_ = false;                // run_some() will be
};

}  // namespace waybill::http
