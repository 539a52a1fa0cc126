#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/position.h"
#include "model/sid.h"
#include "query/source.h"
#include "segment/segment_file.h"

namespace waybill::segment {

// Reads what a segment keeps of each row by its number. What these functions say is to be believed only if
// MappedFile::unharmed() says so afterwards. Rows and blocks are REQUIRED to be the segment's. All fail with
// kCorruption or kIo.

base::Result<model::SortKey> read_key(const SegmentFile& segment, std::uint32_t row);
base::Result<std::uint32_t> find_lower_bound(const SegmentFile& segment, const model::SortKey& key);
base::Result<query::Source::PositionRange> read_bounds(const SegmentFile& segment, std::uint32_t block);
base::Result<model::EventSid> read_sid(const SegmentFile& segment, std::uint32_t row);

// Where a record lies in the file, as it is stored.
base::Result<Place> find_record(const SegmentFile& segment, std::uint32_t row);

// Writes a record as it came to the segment into `out`, from its stored bytes.
base::Result<void> restore_record(const SegmentFile& segment, std::uint32_t row, std::string_view stored,
                                  std::string& out);

// The records of some rows. What is not in memory is fetched together.
base::Result<std::vector<std::string>> read_records(const SegmentFile& segment, std::span<const std::uint32_t> rows);

}  // namespace waybill::segment
