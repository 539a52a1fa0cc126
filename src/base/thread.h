#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace waybill::base {

// How a thread competes for processors while all of them are busy.
enum class Priority {
  kNormal,
  kGivesWay,  // a third of the share of a normal thread, which preempts it when it wakes
};

// A named thread, joined when it is destroyed. Its body runs noexcept: what escapes it ends the process with the
// stack intact. Whoever owns it must see to it that the body ends.
class Thread {
 public:
  Thread() = default;
  // `name` shows in debuggers and top; the kernel keeps its first 15 characters.
  Thread(std::string name, std::function<void()> body, Priority priority = Priority::kNormal);
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

// Disk reads that the calling thread has caused so far (ru_inblock + ru_majflt). Compare two values: the number itself
// means nothing. 0 where the system does not count.
std::uint64_t disk_reads_of_this_thread();

}  // namespace waybill::base
