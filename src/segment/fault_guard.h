#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace waybill::segment {

// Where in a mapping the first page lay that could not be read; nothing lost while it is kNoFault.
using FaultOffset = std::atomic<std::uint64_t>;
constexpr std::uint64_t kNoFault = ~0ULL;

// Reading a mapping of a file raises SIGBUS where the disk fails or the file has become shorter. While this object
// lives, such a page of [begin, begin + length) reads as zeros instead, and its offset stands in `fault` before anybody
// can see the zeros. A SIGBUS elsewhere ends the process as ever. Safe for concurrent use.
class FaultGuard {
 public:
  // `fault` must outlive this object. kIo if there are more mappings than the guard has room for.
  static base::Result<FaultGuard> take(const char* begin, std::size_t length, FaultOffset& fault);

  FaultGuard() = default;
  FaultGuard(FaultGuard&& other) noexcept;
  FaultGuard& operator=(FaultGuard&& other) noexcept;
  FaultGuard(const FaultGuard&) = delete;
  FaultGuard& operator=(const FaultGuard&) = delete;
  ~FaultGuard();

 private:
  explicit FaultGuard(std::size_t slot) : slot_(slot) {}
  static constexpr std::size_t kNoSlot = ~std::size_t{0};
  std::size_t slot_ = kNoSlot;
};

}  // namespace waybill::segment
