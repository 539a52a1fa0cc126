#include "base/thread_pool.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"

namespace waybill::base {

namespace {

// One thread is left for the others, if there is more than one.
std::size_t running_max(std::size_t threads, ThreadPool::Owners owners) {
  return owners == ThreadPool::Owners::kOne ? threads : std::max<std::size_t>(1, threads - 1);
}

}  // namespace

ThreadPool::ThreadPool(const std::string& name, std::size_t threads, std::size_t queue_max, Owners owners,
                       Priority priority)
    : queue_max_(queue_max),
      queue_of_one_max_(owners == Owners::kOne ? queue_max : std::max<std::size_t>(1, queue_max / 2)),
      queue_(running_max(threads, owners)),
      working_(threads) {
  CHECK(threads >= 1 && queue_max >= 1);
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back(name, [this] { work(); }, priority);
}

ThreadPool::~ThreadPool() { end(); }

void ThreadPool::end() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  threads_.clear();
}

bool ThreadPool::submit(std::function<void()> job, std::uint64_t owner) {
  {
    const MutexLock lock(mutex_);
    if (working_ == 0) return false;
    if (queue_.size() >= queue_max_ || queue_.size_of(owner) >= queue_of_one_max_) return false;
    queue_.push(owner, std::move(job));
  }
  changed_.notify_one();
  return true;
}

void ThreadPool::work() {
  std::optional<std::uint64_t> was_for;
  for (;;) {
    std::optional<TurnQueue<std::function<void()>>::Taken> next;
    {
      const MutexLock lock(mutex_);
      if (was_for) queue_.done(*was_for);
      while (!(next = queue_.take()) && (!stopping_ || queue_.size() > 0)) changed_.wait(mutex_);
      // Under the same lock, so that nothing is queued behind the last of them.
      if (!next) --working_;
    }
    if (!next) break;
    next->item();
    was_for = next->owner;
  }
  // Others may have waited for the last job, which has run.
  changed_.notify_all();
}

}  // namespace waybill::base
