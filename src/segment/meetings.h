#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "segment/segment_file.h"

namespace waybill::segment {

// The frequent terms of a block, and which of them meet; views of the mapping.
struct Meetings {
  std::span<const std::uint32_t> terms;
  std::span<const std::uint64_t> bits;  // by pair_number()
};

// All that the file says of a block; nothing is frequent in a file whose version says nothing. To be believed only if
// MappedFile::unharmed() says so afterwards. REQUIRES: a block of the segment. kCorruption, kIo.
base::Result<Meetings> read_meetings(const SegmentFile& segment, std::uint32_t block);

// False only if no row of the block has all of these terms: one has no row there, or two are frequent and never meet.
// Reads only what it needs, and otherwise is as read_meetings(). REQUIRES: terms and block are the segment's.
base::Result<bool> may_meet(const SegmentFile& segment, std::span<const std::uint32_t> terms, std::uint32_t block);

}  // namespace waybill::segment
