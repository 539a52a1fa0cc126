#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace waybill::app {

// The values of settings as text. Each sets `place`; kInvalidArgument, with the rule and without the value, for what is
// none, and `place` is as it was.

// A whole number from `low` to `high`. REQUIRES: low >= 0.
base::Result<void> set_number(std::size_t& place, const std::string& value, std::int64_t low, std::int64_t high);

// A time with its unit, such as 75s, of `least` milliseconds or more.
base::Result<void> set_time(std::chrono::milliseconds& place, const std::string& value, std::int64_t least = 1);

// true or false.
base::Result<void> set_switch(bool& place, const std::string& value);

// HOST:PORT; port 0 is any that is free.
base::Result<void> set_address(std::string& host, std::uint16_t& port, const std::string& value);

}  // namespace waybill::app
