#include "base/thread.h"

#include <utility>

#include <pthread.h>
#include <sys/resource.h>

namespace waybill::base {
namespace {

// Each step of niceness costs a thread about a fifth of its share of a processor.
constexpr int kGivesWayNiceness = 5;

void run(const std::string& name, const std::function<void()>& body, Priority priority) noexcept {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  if (priority == Priority::kGivesWay) {
    // On Linux this sets the niceness of the calling thread alone. Raising it needs no privilege.
    setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + kGivesWayNiceness);
  }
  body();
}

}  // namespace

Thread::Thread(std::string name, std::function<void()> body, Priority priority)
    : thread_([name = std::move(name), body = std::move(body), priority] { run(name, body, priority); }) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  join();
  thread_ = std::move(other.thread_);
  return *this;
}

Thread::~Thread() { join(); }

void Thread::join() {
  if (thread_.joinable()) thread_.join();
}

std::uint64_t disk_reads_of_this_thread() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  // The second counts pages of mapped files, which may have been read by another thread that came first.
  return static_cast<std::uint64_t>(usage.ru_inblock) + static_cast<std::uint64_t>(usage.ru_majflt);
}

}  // namespace waybill::base
