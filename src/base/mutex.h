#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

// Clang's thread-safety analysis; nothing elsewhere. https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
#if defined(__clang__)
#define WAYBILL_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define WAYBILL_THREAD_ATTRIBUTE(x)
#endif
#define GUARDED_BY(x) WAYBILL_THREAD_ATTRIBUTE(guarded_by(x))
#define REQUIRES_LOCK(x) WAYBILL_THREAD_ATTRIBUTE(requires_capability(x))

namespace waybill::base {

// Told of each hold of a lock, on the thread that holds it and while it does: for tests that measure what is done under
// one.
class HoldObserver {
 public:
  HoldObserver() = default;
  HoldObserver(const HoldObserver&) = delete;
  HoldObserver& operator=(const HoldObserver&) = delete;
  virtual ~HoldObserver() = default;

  virtual void taken() = 0;
  virtual void about_to_release() = 0;
};

// std::mutex with the annotations that libstdc++ leaves out.
class WAYBILL_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  Mutex() = default;
  // `observer` must outlive the mutex; null is nobody.
  explicit Mutex(HoldObserver* observer) : observer_(observer) {}

  void lock() WAYBILL_THREAD_ATTRIBUTE(acquire_capability()) {
    mutex_.lock();
    note_taken();
  }
  void unlock() WAYBILL_THREAD_ATTRIBUTE(release_capability()) {
    note_release();
    mutex_.unlock();
  }

 private:
  friend class Condition;
  void note_taken() const {
    if (observer_ != nullptr) observer_->taken();
  }
  void note_release() const {
    if (observer_ != nullptr) observer_->about_to_release();
  }

  std::mutex mutex_;
  HoldObserver* const observer_ = nullptr;
};

// Holds a Mutex for a scope.
class WAYBILL_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) WAYBILL_THREAD_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() WAYBILL_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// A condition to wait for under a Mutex. Wakes spuriously: wait in a loop.
class Condition {
 public:
  void wait(Mutex& mutex) WAYBILL_THREAD_ATTRIBUTE(requires_capability(mutex)) {
    mutex.note_release();
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
    mutex.note_taken();
  }

  // Waits no longer than `limit`.
  void wait_for(Mutex& mutex, std::chrono::milliseconds limit) WAYBILL_THREAD_ATTRIBUTE(requires_capability(mutex)) {
    mutex.note_release();
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait_for(lock, limit);
    lock.release();
    mutex.note_taken();
  }

  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace waybill::base
