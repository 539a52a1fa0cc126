#include "base/freed_memory.h"

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace waybill::base {
namespace {

constexpr std::size_t kPiece = 64UL * 1024;  // below what the library maps by itself
constexpr std::size_t kPieces = 2048;

std::size_t resident_bytes() {
  std::size_t size = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST(FreedMemory, gives_back_what_lies_idle_also_below_what_is_used) {
  if (freed_bytes() == 0) return;  // another C library, or a sanitizer's
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < kPieces; ++i) pieces.emplace_back(kPiece, 'x');
  const std::size_t full = resident_bytes();
  // The last one stays, so that the heap cannot simply end before it.
  pieces.front().swap(pieces.back());
  pieces.resize(1);
  FreedMemory memory;
  int looks = 1;
  while (!memory.look()) ++looks;
  EXPECT_EQ(looks, FreedMemory::kLooks);
  EXPECT_LT(resident_bytes(), full - kPieces * kPiece / 2);
}

}  // namespace
}  // namespace waybill::base
