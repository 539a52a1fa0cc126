#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "segment/segment_file.h"

namespace waybill::segment {

// The frequent terms of a block, and which of them meet; views of the mapping.
struct Meetings {
  std::span<const std::uint32_t> terms;
  std::span<const std::uint64_t> bits;

  // REQUIRES: first < second, places in `terms`.
  [[nodiscard]] bool has(std::uint32_t first, std::uint32_t second) const {
    const std::uint32_t pair = pair_number(first, second);
    return (bits[pair / 64] >> (pair % 64) & 1U) != 0;
  }
};

// What the file says of a block; nothing is frequent in a file whose version says nothing. To be believed only if
// MappedFile::unharmed() says so afterwards. REQUIRES: a block of the segment. kCorruption, kIo.
base::Result<Meetings> read_meetings(const SegmentFile& segment, std::uint32_t block);

// False only if no row of the block has all of these terms, of which two are frequent and never meet there. As
// read_meetings().
base::Result<bool> may_meet(const SegmentFile& segment, std::span<const std::uint32_t> terms, std::uint32_t block);

}  // namespace waybill::segment
