#include "base/check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace waybill::base {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
  std::abort();
}

// The library's own way to say so.
void fail_without_memory() { std::__throw_bad_alloc(); }

}  // namespace waybill::base
