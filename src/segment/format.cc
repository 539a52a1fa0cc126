#include "segment/format.h"

#include "base/bytes.h"
#include "segment/writer.h"

namespace waybill::segment {
namespace {

constexpr std::size_t kLayoutHeadBytes = 64;
static_assert(kLayoutHeadBytes + kSections * 16 <= kSummaryMax);

constexpr std::size_t sections_of(std::uint32_t version) {
  if (version < kVersionWithMeetings) return static_cast<std::size_t>(Section::kMeetingBlocks);
  return version < kVersionWithOwners ? static_cast<std::size_t>(Section::kOwners) : kSections;
}

void put_key(std::string& out, const model::SortKey& key) {
  base::put_le(out, base::to_ms(key.time));
  base::put_le(out, to_number(key.position));
}

model::SortKey get_key(std::string_view bytes, std::size_t at) {
  return {base::from_ms(base::get_le<std::int64_t>(bytes, at)),
          model::Position{base::get_le<std::uint64_t>(bytes, at + 8)}};
}

constexpr std::uint64_t groups(std::uint64_t rows, std::uint64_t size) { return (rows + size - 1) / size; }

// Whether the numbers of rows, terms and blocks ask for sections of just these lengths.
bool lengths_fit(const Layout& layout, std::uint32_t version) {
  const auto length = [&](Section section) { return layout.place(section).length; };
  const std::uint64_t rows = layout.summary.rows;
  return length(Section::kRecordGroups) == groups(rows, kRecordGroupRows) * kRecordGroupBytes &&
         length(Section::kLongRecords) % kLongRecordBytes == 0 &&
         length(Section::kKeyGroups) == groups(rows, kKeyGroupRows) * kKeyGroupBytes &&
         length(Section::kKeyData) >= kKeyDataPadding && length(Section::kSids) == rows * kSidBytes &&
         length(Section::kValues) % kValueBytes == 0 && length(Section::kSlots) == slots_for(layout.terms) * 4 &&
         length(Section::kTerms) == layout.terms * kTermBytes && length(Section::kDirectories) % kContainerBytes == 0 &&
         length(Section::kLists) % kListUnit == 0 && length(Section::kBitmaps) % kWordBytes == 0 &&
         length(Section::kBounds) == layout.blocks() * kBoundsBytes &&
         (version < kVersionWithMeetings || length(Section::kMeetingBlocks) == layout.blocks() * kMeetingBlockBytes) &&
         length(Section::kMeetings) % kWordBytes == 0;
}

}  // namespace

std::string encode(const Layout& layout) {
  std::string out;
  base::put_le(out, layout.summary.rows);
  base::put_le(out, layout.summary.block_bits);
  base::put_le(out, layout.terms);
  base::put_le(out, layout.terms_rule);
  put_key(out, layout.summary.first_key);
  put_key(out, layout.summary.last_key);
  base::put_le(out, to_number(layout.summary.position_min));
  base::put_le(out, to_number(layout.summary.position_max));
  for (const Place& place : layout.places) {
    base::put_le(out, place.offset);
    base::put_le(out, place.length);
  }
  return out;
}

std::optional<Layout> decode_layout(std::string_view bytes, std::uint32_t version, std::uint64_t data_bytes) {
  const std::size_t sections = sections_of(version);
  if (bytes.size() != kLayoutHeadBytes + sections * 16) return std::nullopt;
  Layout layout;
  layout.summary.rows = base::get_le<std::uint32_t>(bytes, 0);
  layout.summary.block_bits = base::get_le<std::uint32_t>(bytes, 4);
  layout.terms = base::get_le<std::uint32_t>(bytes, 8);
  if (version >= kVersionWithOwners) layout.terms_rule = base::get_le<std::uint32_t>(bytes, kTermsRuleAt);
  layout.summary.first_key = get_key(bytes, 16);
  layout.summary.last_key = get_key(bytes, 32);
  layout.summary.position_min = model::Position{base::get_le<std::uint64_t>(bytes, 48)};
  layout.summary.position_max = model::Position{base::get_le<std::uint64_t>(bytes, 56)};
  for (std::size_t i = 0; i < sections; ++i) {
    Place& place = layout.places[i];
    place.offset = base::get_le<std::uint64_t>(bytes, kLayoutHeadBytes + i * 16);
    place.length = base::get_le<std::uint64_t>(bytes, kLayoutHeadBytes + i * 16 + 8);
    if (place.offset % 8 != 0 || place.offset > data_bytes || place.length > data_bytes - place.offset) {
      return std::nullopt;
    }
  }
  const query::Source::Summary& summary = layout.summary;
  if (summary.rows == 0 || summary.rows > kRowsMax || summary.block_bits < kBlockBitsMin ||
      summary.block_bits > kBlockBitsMax || layout.blocks() > kBlocksMax || layout.terms > kTermsMax ||
      !lengths_fit(layout, version)) {
    return std::nullopt;
  }
  return layout;
}

void append(std::string& out, const KeyGroup& group) {
  base::put_le(out, group.first_time);
  base::put_le(out, group.first_position);
  base::put_le(out, group.least_position);
  base::put_le(out, group.data_at);
  base::put_le(out, group.time_bytes);
  base::put_le(out, group.position_bytes);
  base::put_le(out, std::uint16_t{0});
}

KeyGroup decode_key_group(std::string_view bytes) {
  return {base::get_le<std::int64_t>(bytes, 0),   base::get_le<std::uint64_t>(bytes, 8),
          base::get_le<std::uint64_t>(bytes, 16), base::get_le<std::uint32_t>(bytes, 24),
          base::get_le<std::uint8_t>(bytes, 28),  base::get_le<std::uint8_t>(bytes, 29)};
}

void append(std::string& out, const TermEntry& entry) {
  base::put_le(out, entry.workspace);
  base::put_le(out, entry.value);
  base::put_le(out, entry.dimension);
  base::put_le(out, entry.length);
  base::put_le(out, static_cast<std::uint8_t>(entry.kind));
  base::put_le(out, entry.count);
  base::put_le(out, entry.where);
}

TermEntry decode_term(std::string_view bytes) {
  return {base::get_le<std::uint32_t>(bytes, 0),
          base::get_le<std::uint32_t>(bytes, 4),
          base::get_le<std::uint8_t>(bytes, 8),
          base::get_le<std::uint8_t>(bytes, 9),
          static_cast<TermKind>(base::get_le<std::uint8_t>(bytes, 10)),
          base::get_le<std::uint8_t>(bytes, 11),
          base::get_le<std::uint32_t>(bytes, kTermWhereAt)};
}

void append(std::string& out, const Container& container) {
  base::put_le(out, container.block);
  base::put_le(out, static_cast<std::uint16_t>(container.count - 1));
  base::put_le(out, container.place);
}

Container decode_container(std::string_view bytes) {
  return {base::get_le<std::uint16_t>(bytes, 0), base::get_le<std::uint16_t>(bytes, 2) + 1U,
          base::get_le<std::uint32_t>(bytes, kContainerPlaceAt)};
}

}  // namespace waybill::segment
