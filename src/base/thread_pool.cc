#include "base/thread_pool.h"

#include <utility>

#include "base/check.h"

namespace waybill::base {

ThreadPool::ThreadPool(const std::string& name, std::size_t threads, std::size_t queue_max) : queue_max_(queue_max) {
  CHECK(threads >= 1 && queue_max >= 1);
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back(name, [this] { work(); });
}

ThreadPool::~ThreadPool() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  threads_.clear();
}

bool ThreadPool::submit(std::function<void()> job) {
  {
    const MutexLock lock(mutex_);
    if (queue_.size() >= queue_max_) return false;
    queue_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void ThreadPool::work() {
  for (;;) {
    std::function<void()> job;
    {
      const MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) changed_.wait(mutex_);
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job();
  }
}

}  // namespace waybill::base
