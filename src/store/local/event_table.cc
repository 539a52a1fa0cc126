#include "store/local/event_table.h"

#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

// Heads and records lie in tables of their own: opening a store reads every head and no record, a page the other way
// round.
constexpr std::string_view kHeadColumns = "SELECT position, workspace, time_ms, sid, checksum, terms FROM events ";
constexpr std::string_view kSelectRecord = "SELECT position, checksum, record FROM records WHERE position = ?";

// Readers that stay open while nobody reads.
constexpr std::size_t kIdleReadersMax = 16;

std::int64_t number_of(model::Position position) { return static_cast<std::int64_t>(to_number(position)); }
std::int64_t number_of(model::WorkspaceNumber workspace) { return static_cast<std::int64_t>(workspace); }

std::int64_t head_checksum(std::int64_t position, std::int64_t workspace, std::int64_t time_ms, std::string_view sid,
                           std::string_view terms) {
  std::string bytes;
  base::put_le(bytes, position);
  base::put_le(bytes, workspace);
  base::put_le(bytes, time_ms);
  bytes += sid;
  bytes += terms;
  return static_cast<std::int64_t>(base::hash64(bytes));
}

// The position is part of it, so that a record under another's number is found too.
std::int64_t record_checksum(std::int64_t position, std::string_view record) {
  std::string bytes;
  bytes.reserve(sizeof position + record.size());
  base::put_le(bytes, position);
  bytes += record;
  return static_cast<std::int64_t>(base::hash64(bytes));
}

base::Error damaged(std::int64_t position) {
  return base::corruption("the event at position " + std::to_string(position) + " of " + kDatabaseFile +
                          " does not agree with its checksum");
}

base::Result<StoredEvent> read_head(const sqlite::Statement& row) {
  const std::int64_t position = row.integer(0);
  const std::string_view sid = row.bytes(3);
  const std::string_view terms = row.bytes(5);
  if (sid.size() != sizeof(model::SidBytes) ||
      head_checksum(position, row.integer(1), row.integer(2), sid, terms) != row.integer(4)) {
    return damaged(position);
  }
  model::SidBytes bytes;
  std::copy(sid.begin(), sid.end(), bytes.begin());
  TRY_ASSIGN(auto decoded, model::TermList::decode(terms));
  return StoredEvent{model::Position{static_cast<std::uint64_t>(position)},
                     model::WorkspaceNumber{static_cast<std::uint32_t>(row.integer(1))},
                     model::EventSid(bytes),
                     base::from_ms(row.integer(2)),
                     std::move(decoded),
                     {}};
}

base::Result<std::string> read_record(const sqlite::Statement& row) {
  const std::string_view record = row.bytes(2);
  if (record_checksum(row.integer(0), record) != row.integer(1)) return damaged(row.integer(0));
  return std::string(record);
}

base::Result<sqlite::Statement> prepare_select_head(sqlite::Connection& connection) {
  return connection.prepare(std::string(kHeadColumns) + "WHERE position = ?");
}

base::Result<void> find_row(sqlite::Statement& select, model::Position position) {
  select.reset();
  select.bind(1, number_of(position));
  TRY_ASSIGN(const bool found, select.step());
  if (!found) {
    return base::corruption("the event at position " + std::to_string(to_number(position)) + " is missing from " +
                            kDatabaseFile);
  }
  return {};
}

}  // namespace

base::Result<EventInserter> EventInserter::make(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement insert_head,
             connection.prepare("INSERT INTO events (position, workspace, time_ms, sid, checksum, terms) "
                                "VALUES (?, ?, ?, ?, ?, ?)"));
  TRY_ASSIGN(sqlite::Statement insert_record,
             connection.prepare("INSERT INTO records (position, checksum, record) VALUES (?, ?, ?)"));
  TRY_ASSIGN(sqlite::Statement insert_variant,
             connection.prepare("INSERT OR IGNORE INTO variants (workspace, sid, digest, arrived_ms, record) "
                                "VALUES (?, ?, ?, ?, ?)"));
  TRY_ASSIGN(sqlite::Statement select_record, connection.prepare(kSelectRecord));
  return EventInserter(std::move(insert_head), std::move(insert_record), std::move(insert_variant),
                       std::move(select_record));
}

base::Result<void> EventInserter::insert(model::Position position, model::WorkspaceNumber workspace,
                                         const model::Event& event) {
  const std::int64_t number = number_of(position);
  const std::int64_t time_ms = base::to_ms(event.time);
  const std::string_view terms = event.terms.bytes();
  const std::string_view sid = base::as_text(event.sid.bytes());
  TRY(insert_head_.run(number, number_of(workspace), time_ms, sqlite::Blob{sid},
                       head_checksum(number, number_of(workspace), time_ms, sid, terms), sqlite::Blob{terms}));
  return insert_record_.run(number, record_checksum(number, event.record), sqlite::Blob{event.record});
}

base::Result<void> EventInserter::insert_variant(model::WorkspaceNumber workspace, const model::Event& event,
                                                 base::WallTime arrived) {
  const base::Sha256 digest = base::sha256(event.record);
  return insert_variant_.run(number_of(workspace), sqlite::Blob{base::as_text(event.sid.bytes())},
                             sqlite::Blob{base::as_text(digest)}, base::to_ms(arrived), sqlite::Blob{event.record});
}

base::Result<std::string> EventInserter::record_at(model::Position position) {
  TRY(find_row(select_record_, position));
  auto record = read_record(select_record_);
  select_record_.reset();
  return record;
}

base::Result<std::unique_ptr<EventFetcher::Reader>> EventFetcher::take() const {
  {
    const base::MutexLock lock(mutex_);
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  TRY_ASSIGN(sqlite::Connection connection,
             sqlite::Connection::open(folder_ / kDatabaseFile, sqlite::OpenMode::kReadOnly));
  TRY_ASSIGN(sqlite::Statement select_head, prepare_select_head(connection));
  TRY_ASSIGN(sqlite::Statement select_record, connection.prepare(kSelectRecord));
  return std::make_unique<Reader>(Reader{std::move(connection), std::move(select_head), std::move(select_record)});
}

void EventFetcher::give_back(std::unique_ptr<Reader> reader) const {
  reader->select_head.reset();
  reader->select_record.reset();
  const base::MutexLock lock(mutex_);
  if (idle_.size() < kIdleReadersMax) idle_.push_back(std::move(reader));
}

base::Result<std::vector<model::FoundEvent>> EventFetcher::fetch(std::span<const model::SortKey> keys,
                                                                 std::size_t bytes_max) const {
  std::vector<model::FoundEvent> events;
  if (keys.empty()) return events;
  events.reserve(keys.size());
  TRY_ASSIGN(auto reader, take());
  // One read transaction for all rows: without it each row would take and drop the WAL's read lock.
  TRY(reader->connection.execute("BEGIN"));
  std::size_t bytes = 0;
  for (const model::SortKey& key : keys) {
    if (bytes >= bytes_max) break;
    TRY(find_row(reader->select_record, key.position));
    TRY_ASSIGN(std::string record, read_record(reader->select_record));
    bytes += record.size();
    events.push_back({key, std::move(record)});
  }
  reader->select_record.reset();
  TRY(reader->connection.execute("COMMIT"));
  give_back(std::move(reader));
  return events;
}

base::Result<StoredEvent> EventFetcher::fetch_row(model::Position position) const {
  TRY_ASSIGN(auto reader, take());
  TRY(find_row(reader->select_head, position));
  TRY_ASSIGN(StoredEvent row, read_head(reader->select_head));
  TRY(find_row(reader->select_record, position));
  TRY_ASSIGN(row.record, read_record(reader->select_record));
  give_back(std::move(reader));
  return row;
}

base::Result<void> scan_heads(sqlite::Connection& connection, const std::function<void(StoredEvent&&)>& visit) {
  TRY_ASSIGN(sqlite::Statement select, connection.prepare(std::string(kHeadColumns) + "ORDER BY position"));
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return {};
    TRY_ASSIGN(StoredEvent row, read_head(select));
    visit(std::move(row));
  }
}

}  // namespace waybill::store
