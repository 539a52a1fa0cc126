#include "segment/structure_check.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "model/term.h"
#include "query/term_key.h"
#include "segment/columns.h"
#include "segment/meeting_table.h"
#include "segment/meetings.h"
#include "segment/row_reader.h"
#include "segment/row_workspaces.h"
#include "segment/terms.h"

namespace waybill::segment {
namespace {

// Keys rise, and footer and bounds say of them what is true.
base::Result<void> check_keys(const SegmentFile& segment) {
  const query::Source::Summary& summary = segment.layout().summary;
  model::SortKey last;
  query::Source::PositionRange all;
  query::Source::PositionRange of_block;
  for (std::uint32_t row = 0; row < summary.rows; ++row) {
    TRY_ASSIGN(const model::SortKey key, read_key(segment, row));
    const std::uint32_t block = row >> summary.block_bits;
    const std::uint64_t at = std::uint64_t{row / kKeyGroupRows} * kKeyGroupBytes;
    if (row == 0 ? key != summary.first_key : key <= last) {
      return segment.corrupt(Section::kKeyGroups, at, "the keys are out of order, or do not begin as the footer says");
    }
    TRY_ASSIGN(const std::uint32_t found, find_lower_bound(segment, key));
    if (found != row) return segment.corrupt(Section::kKeyGroups, at, "a key is not found where it stands");
    const bool begins = (row & (segment.layout().block_rows() - 1)) == 0;
    of_block.min = begins ? key.position : std::min(of_block.min, key.position);
    of_block.max = begins ? key.position : std::max(of_block.max, key.position);
    all.min = row == 0 ? key.position : std::min(all.min, key.position);
    all.max = std::max(all.max, key.position);
    last = key;
    if (row + 1 != summary.rows && ((row + 1) & (segment.layout().block_rows() - 1)) != 0) continue;
    TRY_ASSIGN(const query::Source::PositionRange said, read_bounds(segment, block));
    if (said.min != of_block.min || said.max != of_block.max) {
      return segment.corrupt(Section::kBounds, block * kBoundsBytes, "the bounds of a block's positions are wrong");
    }
  }
  if (last != summary.last_key || all.min != summary.position_min || all.max != summary.position_max) {
    return segment.corrupt(Section::kKeyGroups, 0, "the footer's last key or bounds of positions are wrong");
  }
  return {};
}

// Records lie one behind the other, from the section's beginning to its end.
base::Result<void> check_records(const SegmentFile& segment) {
  const Place& records = segment.layout().place(Section::kRecords);
  std::uint64_t end = records.offset;
  for (std::uint32_t row = 0; row < segment.layout().summary.rows; ++row) {
    TRY_ASSIGN(const Place place, find_record(segment, row));
    if (place.offset != end) {
      return segment.corrupt(Section::kRecordGroups, std::uint64_t{row / kRecordGroupRows} * kRecordGroupBytes,
                             "a record does not begin where the one before it ends");
    }
    end += place.length;
  }
  if (end != records.offset + records.length) {
    return segment.corrupt(Section::kRecordGroups, 0, "the last record does not end where the records do");
  }
  return {};
}

std::uint32_t bits_of(const query::RowSet& set) {
  std::uint32_t bits = 0;
  for (const std::uint64_t word : set.dense) bits += static_cast<std::uint32_t>(std::popcount(word));
  return bits;
}

// A list's rows rise, and end within its block.
base::Result<void> check_list(const SegmentFile& segment, std::uint32_t block, const query::RowSet& set) {
  if (is_rising_below(set.sparse, segment.layout().rows_of(block))) return {};
  return segment.corrupt(Section::kLists, 0, "a list of rows is out of order");
}

base::Result<void> check_only_list(const SegmentFile& segment, std::uint32_t term, const TermEntry& entry) {
  TRY_ASSIGN(const std::uint32_t block, read_only_block(segment, entry));
  if (block >= segment.layout().blocks()) {
    return segment.corrupt(Section::kLists, 0, "a list belongs to a block that there is not");
  }
  TRY_ASSIGN(const query::RowSet set, read_rows(segment, term, block));
  return check_list(segment, block, set);
}

// A directory's blocks rise, and its containers have as many rows as it says.
base::Result<void> check_directory(const SegmentFile& segment, std::uint32_t term, const TermEntry& entry) {
  const std::uint64_t at = std::uint64_t{entry.where} * kContainerBytes;
  TRY_ASSIGN(const std::string_view head, segment.bytes(Section::kDirectories, at, kContainerBytes));
  TRY_ASSIGN(const std::string_view directory, read_directory(segment, entry));
  std::uint64_t rows = 0;
  std::uint32_t next_block = 0;
  for (std::size_t i = 0; i < directory.size(); i += kContainerBytes) {
    const Container container = decode_container(directory.substr(i, kContainerBytes));
    if (container.block < next_block || container.block >= segment.layout().blocks()) {
      return segment.corrupt(Section::kDirectories, at, "the blocks of a term are out of order");
    }
    next_block = container.block + 1U;
    TRY_ASSIGN(const query::RowSet set, read_rows(segment, term, container.block));
    TRY(check_list(segment, container.block, set));
    rows += container.count;
    if (!set.dense.empty() && bits_of(set) != set.count) {
      return segment.corrupt(Section::kDirectories, at, "a bitmap has another number of bits than is said");
    }
  }
  if (directory.empty() || rows != base::get_le<std::uint32_t>(head, 4)) {
    return segment.corrupt(Section::kDirectories, at, "the numbers of rows do not add up");
  }
  return {};
}

// Terms stand in order, each is found by its key, and each has rows.
base::Result<void> check_terms(const SegmentFile& segment) {
  std::optional<std::pair<std::string, std::uint32_t>> last;  // dimension and value, workspace
  for (std::uint32_t term = 0; term < segment.layout().terms; ++term) {
    TRY_ASSIGN(const TermEntry entry, read_term(segment, term));
    TRY_ASSIGN(const std::string key, read_term_key(segment, entry));
    const std::uint64_t at = std::uint64_t{term} * kTermBytes;
    std::pair order(key.substr(4), entry.workspace);
    if (last && *last >= order) return segment.corrupt(Section::kTerms, at, "the terms are out of order");
    last = std::move(order);
    TRY_ASSIGN(const auto found, find_term_number(segment, key));
    if (found != term) return segment.corrupt(Section::kTerms, at, "a term is not found by its key");
    if (entry.kind == TermKind::kWide) TRY(check_directory(segment, term, entry));
    if (entry.kind == TermKind::kShort) TRY(check_only_list(segment, term, entry));
  }
  return {};
}

// The rows of a block's frequent terms; each is a term, in order, and frequent.
base::Result<std::vector<query::RowSet>> read_frequent_rows(const SegmentFile& segment, std::uint32_t block,
                                                            const Meetings& meetings) {
  const std::uint64_t at = std::uint64_t{block} * kMeetingBlockBytes;
  std::vector<query::RowSet> sets;
  for (std::size_t i = 0; i < meetings.terms.size(); ++i) {
    const std::uint32_t term = meetings.terms[i];
    if (term >= segment.layout().terms || (i > 0 && meetings.terms[i - 1] >= term)) {
      return segment.corrupt(Section::kMeetingBlocks, at, "a block's frequent terms are out of order");
    }
    TRY_ASSIGN(const query::RowSet set, read_rows(segment, term, block));
    if (!is_frequent(set.count, segment.layout().rows_of(block))) {
      return segment.corrupt(Section::kMeetingBlocks, at, "a term is not as frequent as is said");
    }
    sets.push_back(set);
  }
  return sets;
}

// Of each two frequent terms of a block it is said truly whether they meet: as who writes it would say.
base::Result<void> check_meetings(const SegmentFile& segment, std::uint32_t block) {
  TRY_ASSIGN(const Meetings meetings, read_meetings(segment, block));
  TRY_ASSIGN(const std::vector<query::RowSet> sets, read_frequent_rows(segment, block, meetings));
  std::vector<MeetingTable::Has> has;
  for (std::size_t place = 0; place < sets.size(); ++place) {
    query::Intersection rows({sets[place]}, 0, segment.layout().rows_of(block), model::Direction::kOldestFirst);
    while (const auto row = rows.next())
      has.push_back({static_cast<std::uint16_t>(*row), static_cast<std::uint16_t>(place)});
  }
  std::sort(has.begin(), has.end(), [](const MeetingTable::Has& a, const MeetingTable::Has& b) {
    return std::pair(a.row, a.place) < std::pair(b.row, b.place);
  });
  const auto is_twice = [](const MeetingTable::Has& a, const MeetingTable::Has& b) {
    return a.row == b.row && a.place == b.place;
  };
  has.erase(std::unique(has.begin(), has.end(), is_twice), has.end());
  std::vector<std::uint32_t> places(sets.size());
  std::iota(places.begin(), places.end(), 0U);
  MeetingTable table;
  table.add_block(std::move(places), has);
  const std::string expected = table.finish(meetings.terms).meetings;
  const std::string_view said(reinterpret_cast<const char*>(meetings.bits.data()), meetings.bits.size_bytes());
  if (expected.ends_with(said)) return {};
  return segment.corrupt(Section::kMeetingBlocks, std::uint64_t{block} * kMeetingBlockBytes,
                         "it is not true which frequent terms of a block meet");
}

// The owners are those of workspaces that have rows here.
base::Result<void> check_owners(const SegmentFile& segment) {
  TRY_ASSIGN(const auto owners, read_owners(segment));
  if (!owners) return {};
  for (const auto& [number, owner] : *owners) {
    TRY_ASSIGN(const auto term, find_term_number(segment, query::workspace_key(number)));
    if (!term) return segment.corrupt(Section::kOwners, 0, "an owner is named of a workspace without rows");
  }
  return {};
}

}  // namespace

base::Result<void> check_parts(const SegmentFile& segment) {
  TRY(check_keys(segment));
  TRY(check_records(segment));
  TRY(check_terms(segment));
  TRY(check_owners(segment));
  for (std::uint32_t block = 0; block < segment.layout().blocks(); ++block) TRY(check_meetings(segment, block));
  // Rows in order and inside, each in one workspace, each with a record: what giving them out would meet.
  RowReader reader(segment);
  for (;;) {
    TRY_ASSIGN(const bool more, reader.next());
    if (!more) break;
    const auto terms = model::TermList::decode(reader.row().terms);
    if (!terms) return segment.corrupt(Section::kTerms, 0, "the terms of a row: " + terms.error().message());
  }
  return segment.file().unharmed();
}

}  // namespace waybill::segment
