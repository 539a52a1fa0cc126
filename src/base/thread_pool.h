#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"

namespace waybill::base {

// A few threads that run jobs in the order they came, with a bounded queue. Safe for concurrent use.
class ThreadPool {
 public:
  // REQUIRES: threads >= 1, queue_max >= 1.
  ThreadPool(const std::string& name, std::size_t threads, std::size_t queue_max);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  // Runs what is queued, then ends the threads.
  ~ThreadPool();

  // Queues `job`; false, and nothing queued, if the queue is full. A job must not throw.
  [[nodiscard]] bool submit(std::function<void()> job);

 private:
  void work();

  const std::size_t queue_max_;

  Mutex mutex_;
  Condition changed_;

  std::deque<std::function<void()>> queue_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;

  std::vector<Thread> threads_;
};

}  // namespace waybill::base
