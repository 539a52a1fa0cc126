#pragma once

#include <cstddef>
#include <cstdint>

namespace waybill::api {

// What a cache holds, and how often what was looked for was there, since the start.
struct CacheFigures {
  std::size_t bytes = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
};

}  // namespace waybill::api
