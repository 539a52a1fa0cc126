#include "segment/terms.h"

#include <span>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"

namespace waybill::segment {
namespace {

constexpr std::size_t kKeyHeadBytes = 5;  // workspace and dimension

base::Result<bool> is_term(const SegmentFile& segment, std::uint32_t term, std::string_view key) {
  TRY_ASSIGN(const TermEntry entry, read_term(segment, term));
  if (entry.workspace != base::get_le<std::uint32_t>(key, 0) || entry.dimension != static_cast<std::uint8_t>(key[4]) ||
      entry.length != key.size() - kKeyHeadBytes) {
    return false;
  }
  TRY_ASSIGN(const std::string_view value, read_term_value(segment, entry));
  return value == key.substr(kKeyHeadBytes);
}

// Numbers of two bytes as they lie in the mapping, where every section begins at a multiple of 8.
std::span<const std::uint16_t> as_rows(std::string_view bytes) {
  return {reinterpret_cast<const std::uint16_t*>(bytes.data()), bytes.size() / sizeof(std::uint16_t)};
}

base::Result<query::RowSet> one_row(const SegmentFile& segment, std::uint32_t block, std::string_view row) {
  query::RowSet set;
  set.count = 1;
  set.sparse = as_rows(row);
  if (set.sparse[0] >= segment.layout().rows_of(block)) {
    return segment.corrupt(Section::kTerms, 0, "a row is said to lie beyond its block's end");
  }
  return set;
}

base::Result<query::RowSet> list(const SegmentFile& segment, std::uint32_t block, std::uint32_t place,
                                 std::uint32_t count) {
  const std::uint64_t at = std::uint64_t{place} * kListUnit;
  TRY_ASSIGN(const std::string_view bytes, segment.bytes(Section::kLists, at, (count + 1ULL) * kListUnit));
  const std::span<const std::uint16_t> numbers = as_rows(bytes);
  query::RowSet set;
  set.count = count;
  set.sparse = numbers.subspan(1);
  // In a whole block every number of two bytes is a row. That rows rise is for check_structure() to see, and not for
  // each query to look at again: that would cost a third of what intersecting the lists does.
  const std::uint32_t rows = segment.layout().rows_of(block);
  if (numbers[0] != block || (rows < query::kRunRowsMax && !is_rising_below(set.sparse, rows))) {
    return segment.corrupt(Section::kLists, at, "a list of rows is out of order or belongs to another block");
  }
  return set;
}

base::Result<query::RowSet> bitmap(const SegmentFile& segment, std::uint32_t block, std::uint32_t place,
                                   std::uint32_t count) {
  const std::uint32_t words = words_of(segment.layout().rows_of(block));
  TRY_ASSIGN(const std::string_view bytes,
             segment.bytes(Section::kBitmaps, std::uint64_t{place} * kWordBytes, words * kWordBytes));
  query::RowSet set;
  set.count = count;
  set.dense = {reinterpret_cast<const std::uint64_t*>(bytes.data()), words};
  return set;
}

// The rows of an only list, if it is of that block.
base::Result<query::RowSet> short_list(const SegmentFile& segment, const TermEntry& entry, std::uint32_t block) {
  TRY_ASSIGN(const std::uint32_t only_block, read_only_block(segment, entry));
  if (only_block != block) return query::RowSet{};
  if (entry.count == 0) {
    return segment.corrupt(Section::kLists, std::uint64_t{entry.where} * kListUnit, "a list is empty");
  }
  if (is_bitmap(entry.count, segment.layout().rows_of(block))) {
    return segment.corrupt(Section::kLists, std::uint64_t{entry.where} * kListUnit, "a list should have been a bitmap");
  }
  return list(segment, block, entry.where, entry.count);
}

base::Result<query::RowSet> rows_of_container(const SegmentFile& segment, std::string_view bytes) {
  const Container container = decode_container(bytes);
  const std::uint32_t rows = segment.layout().rows_of(container.block);
  if (container.count > rows) return segment.corrupt(Section::kDirectories, 0, "more rows than the block has");
  if (container.count == 1) return one_row(segment, container.block, bytes.substr(kContainerPlaceAt, 2));
  return is_bitmap(container.count, rows) ? bitmap(segment, container.block, container.place, container.count)
                                          : list(segment, container.block, container.place, container.count);
}

// A term's container in a block; empty if it has none there.
base::Result<std::string_view> find_container(const SegmentFile& segment, const TermEntry& entry, std::uint32_t block) {
  TRY_ASSIGN(const std::string_view directory, read_directory(segment, entry));
  std::size_t low = 0;
  std::size_t high = directory.size() / kContainerBytes;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const auto found = base::get_le<std::uint16_t>(directory, middle * kContainerBytes);
    if (found == block) return directory.substr(middle * kContainerBytes, kContainerBytes);
    (found < block ? low : high) = found < block ? middle + 1 : middle;
  }
  return std::string_view();
}

base::Result<query::RowSet> wide_rows(const SegmentFile& segment, const TermEntry& entry, std::uint32_t block) {
  TRY_ASSIGN(const std::string_view container, find_container(segment, entry, block));
  if (container.empty()) return query::RowSet{};
  return rows_of_container(segment, container);
}

}  // namespace

bool is_rising_below(std::span<const std::uint16_t> rows, std::uint32_t end) {
  // Without a way out of the loop, so that compilers make it one of vectors.
  bool falls = false;
  for (std::size_t i = 1; i < rows.size(); ++i) falls |= rows[i - 1] >= rows[i];
  return !falls && (rows.empty() || rows.back() < end);
}

base::Result<std::optional<std::uint32_t>> find_term_number(const SegmentFile& segment, std::string_view term_key) {
  if (term_key.size() < kKeyHeadBytes) return std::optional<std::uint32_t>();
  const std::uint64_t hash = base::hash64(term_key);
  const std::uint64_t slots = slots_for(segment.layout().terms);
  std::uint64_t slot = first_slot(hash, slots);
  for (std::uint64_t looks = 0; looks < slots; ++looks) {
    TRY_ASSIGN(const std::string_view bytes, segment.bytes(Section::kSlots, slot * 4, 4));
    const auto found = base::get_le<std::uint32_t>(bytes, 0);
    if (found == 0) return std::optional<std::uint32_t>();
    if ((found & ~kSlotTermMask) == slot_mark(hash)) {
      const std::uint32_t term = (found & kSlotTermMask) - 1;
      if (term >= segment.layout().terms) return segment.corrupt(Section::kSlots, slot * 4, "there is no such term");
      TRY_ASSIGN(const bool same, is_term(segment, term, term_key));
      if (same) return std::optional(term);
    }
    slot = slot + 1 == slots ? 0 : slot + 1;
  }
  return segment.corrupt(Section::kSlots, 0, "no slot is free");
}

base::Result<TermEntry> read_term(const SegmentFile& segment, std::uint32_t term) {
  TRY_ASSIGN(const std::string_view bytes,
             segment.bytes(Section::kTerms, std::uint64_t{term} * kTermBytes, kTermBytes));
  return decode_term(bytes);
}

base::Result<std::string_view> read_term_value(const SegmentFile& segment, const TermEntry& entry) {
  if (entry.length == kValueBytes) {
    return segment.bytes(Section::kValues, std::uint64_t{entry.value} * kValueBytes, kValueBytes);
  }
  return segment.bytes(Section::kTexts, entry.value, entry.length);
}

base::Result<std::string> read_term_key(const SegmentFile& segment, const TermEntry& entry) {
  TRY_ASSIGN(const std::string_view value, read_term_value(segment, entry));
  std::string key;
  base::put_le(key, entry.workspace);
  base::put_le(key, entry.dimension);
  key += value;
  return key;
}

base::Result<std::string_view> read_directory(const SegmentFile& segment, const TermEntry& entry) {
  const std::uint64_t at = std::uint64_t{entry.where} * kContainerBytes;
  TRY_ASSIGN(const std::string_view head, segment.bytes(Section::kDirectories, at, kContainerBytes));
  const auto containers = base::get_le<std::uint32_t>(head, 0);
  return segment.bytes(Section::kDirectories, at + kContainerBytes, std::uint64_t{containers} * kContainerBytes);
}

base::Result<std::uint32_t> read_only_block(const SegmentFile& segment, const TermEntry& entry) {
  CHECK(entry.kind == TermKind::kShort);
  TRY_ASSIGN(const std::string_view head,
             segment.bytes(Section::kLists, std::uint64_t{entry.where} * kListUnit, kListUnit));
  return as_rows(head)[0];
}

base::Result<std::uint32_t> count_wide_rows(const SegmentFile& segment, const TermEntry& entry, std::uint32_t block) {
  CHECK(entry.kind == TermKind::kWide);
  TRY_ASSIGN(const std::string_view container, find_container(segment, entry, block));
  return container.empty() ? 0 : decode_container(container).count;
}

base::Result<query::RowSet> read_rows(const SegmentFile& segment, std::uint32_t term, std::uint32_t block) {
  CHECK(term < segment.layout().terms && block < segment.layout().blocks());
  const std::uint64_t at = std::uint64_t{term} * kTermBytes;
  TRY_ASSIGN(const std::string_view bytes, segment.bytes(Section::kTerms, at, kTermBytes));
  const TermEntry entry = decode_term(bytes);
  switch (entry.kind) {
    case TermKind::kOne:
      if (entry.where >> 16U != block) return query::RowSet{};
      return one_row(segment, block, bytes.substr(kTermWhereAt, 2));
    case TermKind::kShort: return short_list(segment, entry, block);
    case TermKind::kWide: return wide_rows(segment, entry, block);
  }
  return segment.corrupt(Section::kTerms, at, "a term has a kind that there is not");
}

}  // namespace waybill::segment
