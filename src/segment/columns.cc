#include "segment/columns.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>

#include "base/bytes.h"
#include "model/record_parts.h"

namespace waybill::segment {
namespace {

// A number of `bytes` bytes at `at`; behind it there are always as many as eight.
base::Result<std::uint64_t> read_delta(const SegmentFile& segment, std::uint64_t at, std::uint8_t bytes) {
  if (bytes == 0) return std::uint64_t{0};
  TRY_ASSIGN(const std::string_view text, segment.bytes(Section::kKeyData, at, kKeyDataPadding));
  const auto number = base::get_le<std::uint64_t>(text, 0);
  return bytes >= 8 ? number : number & ((1ULL << (bytes * 8U)) - 1);
}

base::Result<KeyGroup> read_key_group(const SegmentFile& segment, std::uint32_t number) {
  TRY_ASSIGN(const std::string_view bytes,
             segment.bytes(Section::kKeyGroups, std::uint64_t{number} * kKeyGroupBytes, kKeyGroupBytes));
  return decode_key_group(bytes);
}

base::Result<model::SortKey> key_in_group(const SegmentFile& segment, const KeyGroup& group, std::uint32_t rows,
                                          std::uint32_t row) {
  const std::uint64_t positions_at = group.data_at + std::uint64_t{rows} * group.time_bytes;
  TRY_ASSIGN(const std::uint64_t time,
             read_delta(segment, group.data_at + std::uint64_t{row} * group.time_bytes, group.time_bytes));
  TRY_ASSIGN(const std::uint64_t position,
             read_delta(segment, positions_at + std::uint64_t{row} * group.position_bytes, group.position_bytes));
  return model::SortKey{base::from_ms(static_cast<std::int64_t>(static_cast<std::uint64_t>(group.first_time) + time)),
                        model::Position{group.least_position + position}};
}

std::uint32_t rows_of_key_group(const SegmentFile& segment, std::uint32_t number) {
  return std::min(kKeyGroupRows, segment.layout().summary.rows - number * kKeyGroupRows);
}

base::Result<std::uint32_t> long_length(const SegmentFile& segment, std::uint32_t row) {
  const std::uint64_t count = segment.layout().place(Section::kLongRecords).length / kLongRecordBytes;
  std::uint64_t low = 0;
  std::uint64_t high = count;
  while (low < high) {
    const std::uint64_t middle = (low + high) / 2;
    TRY_ASSIGN(const std::string_view entry,
               segment.bytes(Section::kLongRecords, middle * kLongRecordBytes, kLongRecordBytes));
    const auto found = base::get_le<std::uint32_t>(entry, 0);
    if (found == row) return base::get_le<std::uint32_t>(entry, 4);
    (found < row ? low : high) = found < row ? middle + 1 : middle;
  }
  return segment.corrupt(Section::kLongRecords, 0, "row " + std::to_string(row) + " is not among them");
}

// The values of a stored record as their numbers plus one, and 0 for the event's own sid.
struct StoredParts {
  std::vector<std::uint32_t> values;
  std::string_view body;
};

std::optional<StoredParts> parse_stored(std::string_view stored) {
  if (stored.size() < 2) return std::nullopt;
  StoredParts parts;
  parts.values.reserve(static_cast<std::uint8_t>(stored[1]));
  std::size_t at = 2;
  for (std::size_t i = 0; i < static_cast<std::uint8_t>(stored[1]); ++i) {
    std::uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (at == stored.size() || shift > 28) return std::nullopt;
      const auto byte = static_cast<std::uint8_t>(stored[at++]);
      number |= std::uint64_t{byte & 127U} << shift;
      if (byte < 128) break;
    }
    if (number > 0xFFFF'FFFFU) return std::nullopt;
    parts.values.push_back(static_cast<std::uint32_t>(number));
  }
  parts.body = stored.substr(at);
  return parts;
}

bool has_values(std::string_view stored) { return !stored.empty() && stored[0] == kStoredWithValues; }

// Gathers pages that nobody has read yet, to ask for all of them before the first is waited for.
class Fetch {
 public:
  explicit Fetch(const SegmentFile& segment) : segment_(segment) {}

  void add(Section section, std::uint64_t at, std::uint64_t length) {
    const Place& place = segment_.layout().place(section);
    if (at >= place.length || segment_.file().was_touched(place.offset + at, length)) return;
    const std::uint64_t last = (place.offset + at + length - 1) / kPageBytes;
    for (std::uint64_t page = (place.offset + at) / kPageBytes; page <= last; ++page) pages_.push_back(page);
  }

  void start() {
    std::sort(pages_.begin(), pages_.end());
    pages_.erase(std::unique(pages_.begin(), pages_.end()), pages_.end());
    for (const std::uint64_t page : pages_) segment_.file().will_need(page * kPageBytes, kPageBytes);
  }

 private:
  const SegmentFile& segment_;
  std::vector<std::uint64_t> pages_;
};

void fetch_columns(const SegmentFile& segment, std::span<const std::uint32_t> rows) {
  Fetch fetch(segment);
  for (const std::uint32_t row : rows) {
    fetch.add(Section::kRecordGroups, std::uint64_t{row / kRecordGroupRows} * kRecordGroupBytes, kRecordGroupBytes);
    fetch.add(Section::kSids, std::uint64_t{row} * kSidBytes, kSidBytes);
  }
  fetch.start();
}

void fetch_values(const SegmentFile& segment, std::span<const std::string_view> stored) {
  Fetch fetch(segment);
  for (const std::string_view record : stored) {
    const auto parts = has_values(record) ? parse_stored(record) : std::nullopt;
    if (!parts) continue;
    for (const std::uint32_t number : parts->values) {
      if (number != 0) fetch.add(Section::kValues, (std::uint64_t{number} - 1) * kValueBytes, kValueBytes);
    }
  }
  fetch.start();
}

// Records that lie near each other, read in one go.
struct Stretch {
  Place place;
  std::vector<std::size_t> records;  // their numbers
  std::string bytes;
};

// No page is read that holds none of the records: it may be damaged, and that would be no business of theirs.
std::vector<Stretch> find_stretches(std::span<const Place> places) {
  constexpr std::uint64_t kStretchBytesMax = 128UL * 1024;
  std::vector<std::size_t> order(places.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return places[a].offset < places[b].offset; });
  std::vector<Stretch> stretches;
  for (const std::size_t number : order) {
    const Place& place = places[number];
    if (!stretches.empty()) {
      Stretch& last = stretches.back();
      const std::uint64_t end = last.place.offset + last.place.length;
      const std::uint64_t length = std::max(end, place.offset + place.length) - last.place.offset;
      if (place.offset / kPageBytes <= (end - 1) / kPageBytes + 1 && length <= kStretchBytesMax) {
        last.place.length = length;
        last.records.push_back(number);
        continue;
      }
    }
    stretches.push_back({place, {number}, {}});
  }
  return stretches;
}

// The stored bytes; first those in memory, then the others, each asked for before the first is waited for. Says
// whether there were others.
base::Result<bool> read_stored(const SegmentFile& segment, std::vector<Stretch>& stretches) {
  const MappedFile& file = segment.file();
  std::vector<Stretch*> missing;
  for (Stretch& stretch : stretches) {
    stretch.bytes.resize(stretch.place.length);
    TRY_ASSIGN(const bool here, file.read_if_cached(stretch.place.offset, stretch.bytes));
    if (!here) missing.push_back(&stretch);
  }
  for (const Stretch* stretch : missing) file.will_need(stretch->place.offset, stretch->place.length);
  for (Stretch* stretch : missing) TRY(file.read(stretch->place.offset, stretch->bytes));
  return !missing.empty();
}

}  // namespace

base::Result<model::SortKey> read_key(const SegmentFile& segment, std::uint32_t row) {
  const std::uint32_t number = row / kKeyGroupRows;
  TRY_ASSIGN(const KeyGroup group, read_key_group(segment, number));
  return key_in_group(segment, group, rows_of_key_group(segment, number), row % kKeyGroupRows);
}

base::Result<std::uint32_t> find_lower_bound(const SegmentFile& segment, const model::SortKey& key) {
  // The last group that begins below the key; the row is in it, or is the first of the next.
  std::uint32_t low = 0;
  std::uint32_t high = (segment.layout().summary.rows + kKeyGroupRows - 1) / kKeyGroupRows;
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    TRY_ASSIGN(const KeyGroup group, read_key_group(segment, middle));
    const model::SortKey first{base::from_ms(group.first_time), model::Position{group.first_position}};
    (first < key ? low : high) = first < key ? middle + 1 : middle;
  }
  if (low == 0) return 0U;
  const std::uint32_t number = low - 1;
  TRY_ASSIGN(const KeyGroup group, read_key_group(segment, number));
  const std::uint32_t rows = rows_of_key_group(segment, number);
  std::uint32_t begin = 1;
  std::uint32_t end = rows;
  while (begin < end) {
    const std::uint32_t middle = (begin + end) / 2;
    TRY_ASSIGN(const model::SortKey at, key_in_group(segment, group, rows, middle));
    (at < key ? begin : end) = at < key ? middle + 1 : middle;
  }
  return number * kKeyGroupRows + begin;
}

base::Result<query::Source::PositionRange> read_bounds(const SegmentFile& segment, std::uint32_t block) {
  TRY_ASSIGN(const std::string_view bytes,
             segment.bytes(Section::kBounds, std::uint64_t{block} * kBoundsBytes, kBoundsBytes));
  return query::Source::PositionRange{model::Position{base::get_le<std::uint64_t>(bytes, 0)},
                                      model::Position{base::get_le<std::uint64_t>(bytes, 8)}};
}

base::Result<model::EventSid> read_sid(const SegmentFile& segment, std::uint32_t row) {
  TRY_ASSIGN(const std::string_view bytes, segment.bytes(Section::kSids, std::uint64_t{row} * kSidBytes, kSidBytes));
  model::SidBytes sid;
  std::memcpy(sid.data(), bytes.data(), sid.size());
  return model::EventSid(sid);
}

base::Result<Place> find_record(const SegmentFile& segment, std::uint32_t row) {
  const std::uint64_t group_at = std::uint64_t{row / kRecordGroupRows} * kRecordGroupBytes;
  TRY_ASSIGN(const std::string_view group, segment.bytes(Section::kRecordGroups, group_at, kRecordGroupBytes));
  const auto length_of = [&](std::uint32_t index) -> base::Result<std::uint64_t> {
    const auto length = base::get_le<std::uint16_t>(group, 8 + index * std::size_t{2});
    if (length != kLongRecord) return std::uint64_t{length};
    TRY_ASSIGN(const std::uint32_t exact, long_length(segment, row - row % kRecordGroupRows + index));
    return std::uint64_t{exact};
  };
  Place place{base::get_le<std::uint64_t>(group, 0), 0};
  for (std::uint32_t i = 0; i < row % kRecordGroupRows; ++i) {
    TRY_ASSIGN(const std::uint64_t length, length_of(i));
    place.offset += length;
  }
  TRY_ASSIGN(place.length, length_of(row % kRecordGroupRows));
  const Place& records = segment.layout().place(Section::kRecords);
  if (place.offset > records.length || place.length > records.length - place.offset) {
    return segment.corrupt(Section::kRecordGroups, group_at, "a record is said to lie beyond the last");
  }
  place.offset += records.offset;
  return place;
}

base::Result<void> restore_record(const SegmentFile& segment, std::uint32_t row, std::string_view stored,
                                  std::string& out) {
  out.clear();
  const auto bad = [&] {
    return segment.corrupt(Section::kRecords, 0, "row " + std::to_string(row) + " is no record");
  };
  if (!has_values(stored)) {
    if (stored.empty() || stored[0] != kStoredWhole) return bad();
    out = stored.substr(1);
    return {};
  }
  const auto parts = parse_stored(stored);
  if (!parts) return bad();
  out.reserve(2 + parts->values.size() * kValueBytes + parts->body.size());
  out += model::kRecordWithValues;
  out += static_cast<char>(parts->values.size());
  for (const std::uint32_t number : parts->values) {
    const auto value = number == 0 ? segment.bytes(Section::kSids, std::uint64_t{row} * kSidBytes, kSidBytes)
                                   : segment.bytes(Section::kValues, (number - 1ULL) * kValueBytes, kValueBytes);
    if (!value) return value.error();
    out += *value;
  }
  out += parts->body;
  return {};
}

base::Result<std::vector<std::string>> read_records(const SegmentFile& segment, std::span<const std::uint32_t> rows) {
  fetch_columns(segment, rows);
  std::vector<Place> places;
  places.reserve(rows.size());
  for (const std::uint32_t row : rows) {
    TRY_ASSIGN(const Place place, find_record(segment, row));
    places.push_back(place);
  }
  std::vector<Stretch> stretches = find_stretches(places);
  TRY_ASSIGN(const bool waited, read_stored(segment, stretches));
  std::vector<std::string_view> stored(rows.size());
  for (const Stretch& stretch : stretches) {
    for (const std::size_t number : stretch.records) {
      const Place& place = places[number];
      stored[number] = std::string_view(stretch.bytes).substr(place.offset - stretch.place.offset, place.length);
    }
  }
  if (waited) fetch_values(segment, stored);
  std::vector<std::string> records(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) TRY(restore_record(segment, rows[i], stored[i], records[i]));
  return records;
}

}  // namespace waybill::segment
