#include "base/freed_memory.h"

#include <malloc.h>

namespace waybill::base {

#ifdef __GLIBC__

std::size_t freed_bytes() { return mallinfo2().fordblks; }

bool FreedMemory::look() {
  looks_ = freed_bytes() > kIdleBytesMax ? looks_ + 1 : 0;
  if (looks_ < kLooks) return false;
  looks_ = 0;
  malloc_trim(0);
  return true;
}

#else

std::size_t freed_bytes() { return 0; }

bool FreedMemory::look() { return false; }

#endif

}  // namespace waybill::base
