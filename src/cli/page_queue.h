#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "base/mutex.h"
#include "base/result.h"
#include "transfer/event_page.h"

namespace waybill::cli {

// Pages on their way from the thread that reads a list to the one that writes files: few, so that neither runs far
// ahead of the other. Safe for concurrent use by one thread at each end.
class PageQueue {
 public:
  // Waits for room; false if nobody takes pages any more.
  bool push(transfer::EventPage page) {
    const base::MutexLock lock(mutex_);
    while (pages_.size() >= kPagesMax && !closed_) changed_.wait(mutex_);
    if (closed_) return false;
    pages_.push_back(std::move(page));
    changed_.notify_all();
    return true;
  }
  // No page follows: the list is at its end, or failed.
  void end(base::Result<void> how) {
    const base::MutexLock lock(mutex_);
    end_ = std::move(how);
    changed_.notify_all();
  }

  // Waits for the next page; nothing at the end of the list.
  base::Result<std::optional<transfer::EventPage>> pop() {
    const base::MutexLock lock(mutex_);
    while (pages_.empty() && !end_) changed_.wait(mutex_);
    if (pages_.empty()) {
      if (!*end_) return end_->error();
      return std::optional<transfer::EventPage>();
    }
    std::optional page(std::move(pages_.front()));
    pages_.pop_front();
    changed_.notify_all();
    return page;
  }
  // No more pages are taken.
  void close() {
    const base::MutexLock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  static constexpr std::size_t kPagesMax = 4;

  base::Mutex mutex_;
  base::Condition changed_;

  std::deque<transfer::EventPage> pages_ GUARDED_BY(mutex_);
  std::optional<base::Result<void>> end_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace waybill::cli
