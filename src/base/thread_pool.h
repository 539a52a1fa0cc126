#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"
#include "base/turn_queue.h"

namespace waybill::base {

// A few threads that run jobs, with a bounded queue. Owners take turns, and the jobs of one run in the order they came.
// Of several threads an owner never has all at once, nor more than half of the queue, unless it is the only one the
// pool is for. Safe for concurrent use.
class ThreadPool {
 public:
  enum class Owners { kOne, kMany };

  // REQUIRES: threads >= 1, queue_max >= 1.
  ThreadPool(const std::string& name, std::size_t threads, std::size_t queue_max, Owners owners = Owners::kOne,
             Priority priority = Priority::kNormal);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  // Runs what is queued, then ends the threads.
  ~ThreadPool();

  // What the destructor does, for whoever is still asked for jobs then. Not for concurrent use with itself.
  void end();

  // Queues `job`; false, and nothing queued, if the queue is full, or the owner's part of it, or the threads have
  // ended. A job must not throw.
  [[nodiscard]] bool submit(std::function<void()> job, std::uint64_t owner = 0);

 private:
  void work();

  const std::size_t queue_max_;
  const std::size_t queue_of_one_max_;

  Mutex mutex_;
  Condition changed_;

  TurnQueue<std::function<void()>> queue_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::size_t working_ GUARDED_BY(mutex_);  // threads that still take jobs

  std::vector<Thread> threads_;
};

}  // namespace waybill::base
