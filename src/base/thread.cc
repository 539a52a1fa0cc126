#include "base/thread.h"

#include <utility>

#include <pthread.h>

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

}  // namespace waybill::base
