#include "base/thread.h"

#include <utility>

#include <pthread.h>
#include <sys/resource.h>

namespace waybill::base {
namespace {

void run(const std::string& name, const std::function<void()>& body) noexcept {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  body();
}

}  // namespace

Thread::Thread(std::string name, std::function<void()> body)
    : thread_([name = std::move(name), body = std::move(body)] { run(name, body); }) {}

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
