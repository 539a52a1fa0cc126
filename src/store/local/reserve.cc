#include "store/local/reserve.h"

#include <cstdint>
#include <system_error>

#include "base/bounded_files.h"

namespace waybill::store {
namespace {

// Shared memory for a write-ahead log of some 200 MiB, and that of the queue of callbacks.
constexpr std::uint64_t kReserveBytes = 512UL * 1024;

}  // namespace

void keep_reserve(const std::filesystem::path& folder) {
  static_cast<void>(base::reserve_room(folder / kReserveFile, kReserveBytes).has_value());
}

bool release_reserve(const std::filesystem::path& folder) {
  std::error_code error;
  return std::filesystem::remove(folder / kReserveFile, error);
}

}  // namespace waybill::store
