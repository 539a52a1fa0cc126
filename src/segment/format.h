#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "query/row_set.h"
#include "query/source.h"
#include "segment/measure.h"
#include "segment/paged_format.h"

namespace waybill::segment {

// The bytes of a segment, as docs/formats/segment.md describes them.

// Version 1 lacks the sections about meetings, versions 1 and 2 the section of owners and the rule of terms.
constexpr std::uint32_t kVersionWithMeetings = 2;
constexpr std::uint32_t kVersionWithOwners = 3;
constexpr FileKind kSegmentKind{
    .name = "segment", .magic = "WAYBLSEG", .oldest_version = 1, .version = kVersionWithOwners};

// The rule by which terms were extracted from events. A file whose rule is unknown is refused by name; files before
// version 3 have rule 1.
constexpr std::uint32_t kTermsRule = 1;
constexpr std::size_t kTermsRuleAt = 12;  // in the summary

enum class Section : std::uint8_t {
  kRecords,
  kRecordGroups,
  kLongRecords,
  kKeyGroups,
  kKeyData,
  kSids,
  kValues,
  kSlots,
  kTerms,
  kTexts,
  kDirectories,
  kLists,
  kBitmaps,
  kBounds,
  kMeetingBlocks,
  kMeetings,
  kOwners,
};
constexpr std::size_t kSections = 17;
constexpr const char* kSectionNames[kSections] = {
    "records", "record groups", "long records",   "key groups", "key data",    "sids",
    "values",  "slots",         "terms",          "texts",      "directories", "lists",
    "bitmaps", "bounds",        "meeting blocks", "meetings",   "owners"};

// Where a section lies in the file.
struct Place {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// What the footer says of the rows and the sections.
struct Layout {
  query::Source::Summary summary;
  std::uint32_t terms = 0;
  std::uint32_t terms_rule = kTermsRule;
  std::array<Place, kSections> places;

  [[nodiscard]] const Place& place(Section section) const { return places[static_cast<std::size_t>(section)]; }
  [[nodiscard]] Place& place(Section section) { return places[static_cast<std::size_t>(section)]; }
  [[nodiscard]] std::uint32_t block_rows() const { return 1U << summary.block_bits; }
  [[nodiscard]] std::uint32_t blocks() const { return (summary.rows + block_rows() - 1) >> summary.block_bits; }
  // The rows of one block: as many as of any other, but for the last. REQUIRES: block < blocks().
  [[nodiscard]] std::uint32_t rows_of(std::uint32_t block) const {
    return block + 1 < blocks() ? block_rows() : summary.rows - (block << summary.block_bits);
  }
};

std::string encode(const Layout& layout);
// Nothing if the bytes are no layout of a file of that version with so much data, or one whose parts cannot fit
// together. Sections that the version lacks are empty.
std::optional<Layout> decode_layout(std::string_view bytes, std::uint32_t version, std::uint64_t data_bytes);

constexpr std::uint32_t kBlockBitsMin = 6;
constexpr std::uint32_t kBlockBitsMax = 16;
constexpr std::uint32_t kBlocksMax = 65'536;

// Records: their lengths, in groups.
constexpr std::uint32_t kRecordGroupRows = 64;
constexpr std::size_t kRecordGroupBytes = 8 + kRecordGroupRows * 2;
constexpr std::uint16_t kLongRecord = 0xFFFF;  // the length stands among the long records
constexpr std::size_t kLongRecordBytes = 8;    // the row, the length
constexpr char kStoredWhole = 0;               // a record's first stored byte
constexpr char kStoredWithValues = 1;
constexpr std::size_t kValueBytes = 16;
constexpr std::size_t kSidBytes = 16;

// Keys, in groups.
constexpr std::uint32_t kKeyGroupRows = 128;
constexpr std::size_t kKeyGroupBytes = 32;
constexpr std::size_t kKeyDataPadding = 8;  // so that any number can be loaded as eight bytes

struct KeyGroup {
  std::int64_t first_time = 0;
  std::uint64_t first_position = 0;
  std::uint64_t least_position = 0;
  std::uint32_t data_at = 0;
  std::uint8_t time_bytes = 0;  // of the difference to first_time, for each row
  std::uint8_t position_bytes = 0;
};
void append(std::string& out, const KeyGroup& group);
KeyGroup decode_key_group(std::string_view bytes);

// Terms. Which rows have one is told in the shortest of three ways.
enum class TermKind : std::uint8_t {
  kOne = 0,    // `where` is the row in its block, and the block in the upper half
  kShort = 1,  // all rows in one block: `where` is the place of a list, `count` its rows
  kWide = 2,   // `where` is the number of a directory's first entry
};
constexpr std::size_t kTermBytes = 16;
constexpr std::uint32_t kShortMax = 255;

struct TermEntry {
  std::uint32_t workspace = 0;
  std::uint32_t value = 0;  // of 16 bytes: its number among the values; else where it begins among the texts
  std::uint8_t dimension = 0;
  std::uint8_t length = 0;
  TermKind kind = TermKind::kOne;
  std::uint8_t count = 0;
  std::uint32_t where = 0;
};
constexpr std::size_t kTermWhereAt = 12;
void append(std::string& out, const TermEntry& entry);
TermEntry decode_term(std::string_view bytes);

// A slot of the hash table: 8 bits of the hash above 24 of the term's number plus one; 0 is free.
static_assert(kTermsMax == (1U << 24U) - 2);
constexpr std::uint32_t kSlotTermMask = (1U << 24U) - 1;
constexpr std::uint64_t slots_for(std::uint32_t terms) { return terms + terms / 2 + 1ULL; }
constexpr std::uint64_t first_slot(std::uint64_t hash, std::uint64_t slots) { return (hash >> 32U) * slots >> 32U; }
constexpr std::uint32_t slot_mark(std::uint64_t hash) { return static_cast<std::uint32_t>(hash & 255U) << 24U; }

// A directory: an entry that holds the number of containers and of rows, then the containers by rising block.
struct Container {
  std::uint16_t block = 0;
  std::uint32_t count = 1;  // 1 to 65,536; in the file one less
  std::uint32_t place = 0;  // one row: the row; else of a list in lists, or of a word in bitmaps
};
constexpr std::size_t kContainerBytes = 8;
constexpr std::size_t kContainerPlaceAt = 4;
void append(std::string& out, const Container& container);
Container decode_container(std::string_view bytes);

// A list in lists: its block, then rows, two bytes each. Places count in units of two.
constexpr std::size_t kListUnit = 2;
constexpr std::size_t kWordBytes = 8;
constexpr std::size_t kBoundsBytes = 16;
constexpr std::uint32_t words_of(std::uint32_t rows) { return (rows + 63) / 64; }

// One row is never kept as bits, however short its block.
constexpr bool is_bitmap(std::uint32_t count, std::uint32_t rows_of_block) {
  return count > 1 && query::is_dense(count, rows_of_block);
}

// Meetings: for each block its frequent terms by rising number, four bytes each, filled up to whole words; then, for
// each two of them, a bit that says whether a row has both: of the second with the first, of the third with the first,
// of the third with the second, and so on, the lowest bit of a word first.
constexpr std::size_t kMeetingBlockBytes = 8;       // where the block's part begins, in words; its frequent terms
constexpr std::uint32_t kFrequentShare = 128;       // frequent: at least one row in so many
constexpr std::uint32_t kFrequentTermsMax = 2'048;  // in a block; of others nothing is said
constexpr std::size_t kTermNumberBytes = 4;
constexpr std::uint32_t pairs_of(std::uint32_t terms) { return terms < 2 ? 0 : terms * (terms - 1) / 2; }
// REQUIRES: first < second, the places of two terms among the frequent ones.
constexpr std::uint32_t pair_number(std::uint32_t first, std::uint32_t second) { return pairs_of(second) + first; }

// Terms on every row intersect everything, and rare terms are cheap to intersect: neither gets a bit.
constexpr bool is_frequent(std::uint32_t count, std::uint32_t rows_of_block) {
  return count > 1 && count < rows_of_block && count * std::uint64_t{kFrequentShare} >= rows_of_block;
}

}  // namespace waybill::segment
