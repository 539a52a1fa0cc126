#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query/row_set.h"
#include "segment/segment_file.h"

namespace waybill::segment {

// Reads which terms a segment knows and which rows have them. What these functions say is to be believed only if
// MappedFile::unharmed() says so afterwards. Terms and blocks are REQUIRED to be the segment's. All fail with
// kCorruption or kIo.

base::Result<std::optional<std::uint32_t>> find_term_number(const SegmentFile& segment, std::string_view term_key);
base::Result<TermEntry> read_term(const SegmentFile& segment, std::uint32_t term);
// The value of a term; the view is of the mapping.
base::Result<std::string_view> read_term_value(const SegmentFile& segment, const TermEntry& entry);
// The term as its key (query/term_key.h).
base::Result<std::string> read_term_key(const SegmentFile& segment, const TermEntry& entry);

// The rows of a block that have a term. Lists end within the block, and rise strictly if the file was written as it
// should be. Where one does not, which check_structure finds, an answer may lack, repeat or misplace rows of the block,
// but nothing outside of it is read. The bits of rows that the block does not have mean nothing.
base::Result<query::RowSet> read_rows(const SegmentFile& segment, std::uint32_t term, std::uint32_t block);
// How many rows of a block have a term whose kind is kWide, without a look at the rows.
base::Result<std::uint32_t> count_wide_rows(const SegmentFile& segment, const TermEntry& entry, std::uint32_t block);
// The block of a term whose kind is kShort.
base::Result<std::uint32_t> read_only_block(const SegmentFile& segment, const TermEntry& entry);
// Whether a list rises strictly and ends before `end`.
bool is_rising_below(std::span<const std::uint16_t> rows, std::uint32_t end);

// The containers of a term whose kind is kWide, kContainerBytes each; the view is of the mapping.
base::Result<std::string_view> read_directory(const SegmentFile& segment, const TermEntry& entry);

}  // namespace waybill::segment
