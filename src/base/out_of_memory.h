#pragma once

namespace waybill::base {

// For a C library that got no memory: ends as operator new does then, with std::bad_alloc.
[[noreturn]] void fail_without_memory();

}  // namespace waybill::base
