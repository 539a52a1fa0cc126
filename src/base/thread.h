#pragma once

#include <functional>
#include <string>
#include <thread>

namespace waybill::base {

// A named thread, joined when it is destroyed. Its body runs noexcept: what escapes it ends the process with the
// stack intact. Whoever owns it must see to it that the body ends.
class Thread {
 public:
  Thread() = default;
  // `name` shows in debuggers and top; the kernel keeps its first 15 characters.
  Thread(std::string name, std::function<void()> body);
  Thread(Thread&&) = default;
  Thread& operator=(Thread&& other) noexcept;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread();

  // Waits for the end of the body; nothing if there is none.
  void join();

 private:
  std::thread thread_;
};

}  // namespace waybill::base
