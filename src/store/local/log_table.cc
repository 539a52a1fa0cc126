#include "store/local/log_table.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

// One row of the table is cut here: few enough bytes to be trimmed in a moment, enough to make rows few.
constexpr std::size_t kRowBytes = 256UL * 1024;
// Rows that one trimming step deletes.
constexpr std::int64_t kTrimRows = 16;

// time, workspace, sid, and the lengths of terms and record.
constexpr std::size_t kHeadBytes = 8 + 4 + sizeof(model::SidBytes) + 4 + 4;

std::int64_t number_of(model::Position position) { return static_cast<std::int64_t>(to_number(position)); }

void put_event(std::string& out, const TailEvent& event) {
  base::put_le(out, base::to_ms(event.row.key.time));
  base::put_le(out, static_cast<std::uint32_t>(event.row.workspace));
  out += base::as_text(event.sid.bytes());
  base::put_le(out, static_cast<std::uint32_t>(event.row.terms.bytes().size()));
  base::put_le(out, static_cast<std::uint32_t>(event.record.size()));
  out += event.row.terms.bytes();
  out += event.record;
}

base::Error damaged(std::int64_t position, std::string_view what) {
  return base::corruption(std::string("the log of ") + kDatabaseFile + ", at position " + std::to_string(position) +
                          ": " + std::string(what));
}

LogHole hole_between(std::int64_t first, std::int64_t last) {
  return {model::Position{static_cast<std::uint64_t>(first)}, model::Position{static_cast<std::uint64_t>(last)}};
}

base::Error missing(const LogHole& hole) {
  return base::corruption(std::string("the log of ") + kDatabaseFile + " lacks what stood at " + positions_of(hole) +
                          ", and no segment holds it; bring the directory back from a backup, or save the rest with "
                          "`waybill repair`");
}

std::int64_t checksum_of(std::int64_t first_position, std::int64_t count, std::string_view events) {
  std::string place;
  base::put_le(place, first_position);
  base::put_le(place, count);
  return static_cast<std::int64_t>(base::hash64(events, base::hash64(place)));
}

// The event at the beginning of `bytes`, which lose it.
base::Result<TailEvent> take_event(std::string_view& bytes, std::int64_t position) {
  if (bytes.size() < kHeadBytes) return damaged(position, "an event is cut short");
  const auto terms_size = base::get_le<std::uint32_t>(bytes, kHeadBytes - 8);
  const auto record_size = base::get_le<std::uint32_t>(bytes, kHeadBytes - 4);
  if (bytes.size() - kHeadBytes < std::uint64_t{terms_size} + record_size) {
    return damaged(position, "an event is cut short");
  }
  TailEvent event;
  event.row.key = {base::from_ms(base::get_le<std::int64_t>(bytes, 0)),
                   model::Position{static_cast<std::uint64_t>(position)}};
  event.row.workspace = model::WorkspaceNumber{base::get_le<std::uint32_t>(bytes, 8)};
  model::SidBytes sid;
  std::copy_n(bytes.begin() + 12, sid.size(), sid.begin());
  event.sid = model::EventSid(sid);
  TRY_ASSIGN(event.row.terms, model::TermList::decode(bytes.substr(kHeadBytes, terms_size)));
  event.record = bytes.substr(kHeadBytes + terms_size, record_size);
  bytes.remove_prefix(kHeadBytes + terms_size + record_size);
  return event;
}

// The events of one row.
base::Result<std::vector<TailEvent>> read_row(std::int64_t first, std::int64_t count, std::int64_t checksum,
                                              std::string_view bytes) {
  if (checksum_of(first, count, bytes) != checksum) return damaged(first, "does not agree with its checksum");
  std::vector<TailEvent> events;
  for (std::int64_t position = first; position < first + count; ++position) {
    TRY_ASSIGN(TailEvent event, take_event(bytes, position));
    events.push_back(std::move(event));
  }
  if (!bytes.empty()) return damaged(first, "has bytes behind its last event");
  return events;
}

struct RowKey {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

// The keys alone, which stand elsewhere than the events.
base::Result<std::vector<RowKey>> read_keys(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement select, connection.prepare("SELECT first_position, count FROM log ORDER BY 1"));
  std::vector<RowKey> keys;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return keys;
    keys.push_back({select.integer(0), select.integer(1)});
  }
}

}  // namespace

base::Result<LogTable> LogTable::make(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement insert,
             connection.prepare("INSERT INTO log (first_position, count, checksum, events) VALUES (?, ?, ?, ?)"));
  TRY_ASSIGN(sqlite::Statement trim,
             connection.prepare("DELETE FROM log WHERE first_position IN (SELECT first_position FROM log "
                                "WHERE first_position + count - 1 <= ? ORDER BY first_position LIMIT ?) "
                                "RETURNING first_position"));
  return LogTable(std::move(insert), std::move(trim));
}

base::Result<void> LogTable::append(std::span<const TailEvent> events) {
  std::string bytes;
  while (!events.empty()) {
    bytes.clear();
    std::size_t count = 0;
    while (count < events.size() && bytes.size() < kRowBytes) put_event(bytes, events[count++]);
    const std::int64_t first = number_of(events.front().row.key.position);
    const auto number = static_cast<std::int64_t>(count);
    TRY(insert_.run(first, number, checksum_of(first, number, bytes), sqlite::Blob{bytes}));
    events = events.subspan(count);
  }
  return {};
}

base::Result<bool> LogTable::trim(sqlite::Connection& connection, model::Position through) {
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection));
  trim_.bind_all(number_of(through), kTrimRows);
  std::int64_t deleted = 0;
  base::Result<bool> more = trim_.step();
  for (; more && *more; more = trim_.step()) ++deleted;
  trim_.reset();
  if (!more) return std::move(more).error();
  TRY(transaction.commit());
  return deleted == kTrimRows;
}

base::Result<std::vector<TailEvent>> LogReader::next(sqlite::Connection& connection) {
  constexpr std::size_t kEventsAtOnce = 16'384;
  constexpr std::size_t kBytesAtOnce = 8UL * 1024 * 1024;
  // Rows do not overlap, so the one that holds the next event is found by the key.
  TRY_ASSIGN(sqlite::Statement select,
             connection.prepare("SELECT first_position, count, checksum, events FROM log WHERE first_position >= "
                                "coalesce((SELECT max(first_position) FROM log WHERE first_position <= ?1 + 1), 0) "
                                "AND first_position + count - 1 > ?1 ORDER BY first_position"));
  select.bind(1, number_of(above_));
  std::vector<TailEvent> events;
  std::size_t bytes_read = 0;
  while (events.size() < kEventsAtOnce && bytes_read < kBytesAtOnce) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) break;
    const std::int64_t first = select.integer(0);
    const std::int64_t count = select.integer(1);
    TRY_ASSIGN(std::vector<TailEvent> row, read_row(first, count, select.integer(2), select.bytes(3)));
    bytes_read += select.bytes(3).size();
    // The first row may reach to both sides of `above_`.
    const std::int64_t next = number_of(above_) + 1;
    if (first > next && (has_begun_ || start_ == LogStart::kAbove)) return missing(hole_between(next, first - 1));
    if (has_begun_ && first < next) return damaged(first, "stands there twice");
    for (TailEvent& event : row) {
      if (event.row.key.position > above_) events.push_back(std::move(event));
    }
    has_begun_ = true;
    above_ = model::Position{static_cast<std::uint64_t>(first + count - 1)};
  }
  return events;
}

base::Result<void> scan_log(sqlite::Connection& connection, model::Position above,
                            const std::function<void(std::vector<TailEvent>&&)>& visit, LogStart start) {
  LogReader reader(above, start);
  for (;;) {
    TRY_ASSIGN(std::vector<TailEvent> events, reader.next(connection));
    if (events.empty()) return {};
    visit(std::move(events));
  }
}

std::string positions_of(const LogHole& hole) {
  if (hole.first == hole.last) return "position " + std::to_string(to_number(hole.first));
  return "positions " + std::to_string(to_number(hole.first)) + " to " + std::to_string(to_number(hole.last));
}

base::Result<std::vector<LogHole>> scan_readable_log(sqlite::Connection& connection, model::Position above,
                                                     const std::function<void(std::vector<TailEvent>&&)>& visit,
                                                     LogStart start) {
  // No row has more: it is cut at kRowBytes, and an event has more than a byte.
  constexpr std::int64_t kCountMax = 1'000'000;
  TRY_ASSIGN(const std::vector<RowKey> keys, read_keys(connection));
  TRY_ASSIGN(sqlite::Statement select, connection.prepare("SELECT checksum, events FROM log WHERE first_position = ?"));
  std::vector<LogHole> holes;
  std::int64_t next = 0;  // behind the last row that is right; 0 before the first
  const auto hole_before = [&](std::int64_t end) {
    const std::int64_t begin = std::max(next, number_of(above) + 1);
    if (next != 0 && begin < end) holes.push_back(hole_between(begin, end - 1));
  };
  std::int64_t end = 0;  // of all rows, as far as can be told
  for (const RowKey& key : keys) {
    const bool is_sane = key.first > 0 && key.count > 0 && key.count <= kCountMax;
    if (next == 0) next = start == LogStart::kAbove ? std::min(key.first, number_of(above) + 1) : key.first;
    end = std::max(end, key.first + (is_sane ? key.count : 1));
    if (!is_sane || key.first < next || key.first + key.count - 1 <= number_of(above)) continue;
    select.bind_all(key.first);
    const auto found = select.step();
    if (!found && found.error().code() != base::ErrorCode::kCorruption) return found.error();
    auto row = found && *found ? read_row(key.first, key.count, select.integer(0), select.bytes(1))
                               : base::Result<std::vector<TailEvent>>(damaged(key.first, "cannot be read"));
    select.reset();
    if (!row) continue;
    hole_before(key.first);
    next = key.first + key.count;
    std::erase_if(*row, [&](const TailEvent& event) { return event.row.key.position <= above; });
    if (!row->empty()) visit(*std::move(row));
  }
  hole_before(end);
  return holes;
}

}  // namespace waybill::store
