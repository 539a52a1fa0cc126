#pragma once

#include <cstddef>

namespace waybill::base {

// Gives memory that the process has freed, and has not needed since, back to the system: the C library keeps it for as
// long as the process lives. For one thread; does nothing where that library is not glibc.
class FreedMemory {
 public:
  // So much may lie idle, and so many looks in a row see it idle before it is given back.
  static constexpr std::size_t kIdleBytesMax = 32UL * 1024 * 1024;
  static constexpr int kLooks = 5;

  // To be called every second or so. True if memory was given back.
  bool look();

 private:
  int looks_ = 0;  // in a row that saw too much of it
};

// Bytes that were freed and are the process's still. 0 where that is not known.
std::size_t freed_bytes();

}  // namespace waybill::base
