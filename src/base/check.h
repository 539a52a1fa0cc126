#pragma once

namespace waybill::base {

// Prints the broken invariant with its place and ends the process, leaving the stack for a debugger.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace waybill::base

// A broken invariant of our own: on in every build, never for what came from outside.
#define CHECK(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::waybill::base::check_failed(#condition, __FILE__, __LINE__))
