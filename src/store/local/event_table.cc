#include "store/local/event_table.h"

#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

constexpr std::string_view kSelectRow =
    "SELECT position, workspace, time_ms, sid, checksum, terms, record FROM events WHERE position = ?";
constexpr std::string_view kSelectHeads =
    "SELECT position, workspace, time_ms, sid, checksum, terms FROM events ORDER BY position";

// Readers that stay open while nobody reads.
constexpr std::size_t kIdleReadersMax = 16;

std::int64_t number_of(model::Position position) { return static_cast<std::int64_t>(to_number(position)); }
std::int64_t number_of(model::WorkspaceNumber workspace) { return static_cast<std::int64_t>(workspace); }

// The head's checksum in the low half, the record's in the high half, so that an index can be loaded and trusted
// without reading the records.
std::uint32_t head_checksum(std::int64_t position, std::int64_t workspace, std::int64_t time_ms, std::string_view sid,
                            std::string_view terms) {
  std::string bytes;
  base::put_le(bytes, position);
  base::put_le(bytes, workspace);
  base::put_le(bytes, time_ms);
  bytes += sid;
  bytes += terms;
  return static_cast<std::uint32_t>(base::hash64(bytes));
}

std::uint32_t record_checksum(std::string_view record) { return static_cast<std::uint32_t>(base::hash64(record)); }

base::Error damaged(std::int64_t position) {
  return base::corruption("the event at position " + std::to_string(position) + " of " + kDatabaseFile +
                          " does not agree with its checksum");
}

base::Result<StoredEvent> read_head(const sqlite::Statement& row) {
  const std::int64_t position = row.integer(0);
  const std::string_view sid = row.bytes(3);
  const std::string_view terms = row.bytes(5);
  const auto checksum = static_cast<std::uint32_t>(row.integer(4));
  if (sid.size() != sizeof(model::SidBytes) ||
      head_checksum(position, row.integer(1), row.integer(2), sid, terms) != checksum) {
    return damaged(position);
  }
  model::SidBytes bytes;
  std::copy(sid.begin(), sid.end(), bytes.begin());
  TRY_ASSIGN(auto decoded, model::decode_terms(terms));
  return StoredEvent{model::Position{static_cast<std::uint64_t>(position)},
                     model::WorkspaceNumber{static_cast<std::uint32_t>(row.integer(1))},
                     model::EventSid(bytes),
                     base::from_ms(row.integer(2)),
                     std::move(decoded),
                     {}};
}

base::Result<std::string> read_record(const sqlite::Statement& row) {
  const std::string_view record = row.bytes(6);
  const auto checksum = static_cast<std::uint32_t>(static_cast<std::uint64_t>(row.integer(4)) >> 32U);
  if (record_checksum(record) != checksum) return damaged(row.integer(0));
  return std::string(record);
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
  TRY_ASSIGN(sqlite::Statement insert,
             connection.prepare("INSERT INTO events (position, workspace, time_ms, sid, checksum, terms, record) "
                                "VALUES (?, ?, ?, ?, ?, ?, ?)"));
  TRY_ASSIGN(sqlite::Statement insert_variant,
             connection.prepare("INSERT OR IGNORE INTO variants (workspace, sid, digest, arrived_ms, record) "
                                "VALUES (?, ?, ?, ?, ?)"));
  TRY_ASSIGN(sqlite::Statement select, connection.prepare(kSelectRow));
  return EventInserter(std::move(insert), std::move(insert_variant), std::move(select));
}

base::Result<void> EventInserter::insert(model::Position position, model::WorkspaceNumber workspace,
                                         const model::Event& event) {
  const std::string terms = model::encode_terms(event.terms);
  const std::string_view sid = base::as_text(event.sid.bytes());
  const std::int64_t time_ms = base::to_ms(event.time);
  const std::uint64_t checksum = static_cast<std::uint64_t>(record_checksum(event.record)) << 32U |
                                 head_checksum(number_of(position), number_of(workspace), time_ms, sid, terms);
  return insert_.run(number_of(position), number_of(workspace), time_ms, sqlite::Blob{sid},
                     static_cast<std::int64_t>(checksum), sqlite::Blob{terms}, sqlite::Blob{event.record});
}

base::Result<void> EventInserter::insert_variant(model::WorkspaceNumber workspace, const model::Event& event,
                                                 base::WallTime arrived) {
  const base::Sha256 digest = base::sha256(event.record);
  return insert_variant_.run(number_of(workspace), sqlite::Blob{base::as_text(event.sid.bytes())},
                             sqlite::Blob{base::as_text(digest)}, base::to_ms(arrived), sqlite::Blob{event.record});
}

base::Result<std::string> EventInserter::record_at(model::Position position) {
  TRY(find_row(select_, position));
  auto record = read_record(select_);
  select_.reset();
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
  TRY_ASSIGN(sqlite::Statement select, connection.prepare(kSelectRow));
  return std::make_unique<Reader>(Reader{std::move(connection), std::move(select)});
}

void EventFetcher::give_back(std::unique_ptr<Reader> reader) const {
  reader->select.reset();
  const base::MutexLock lock(mutex_);
  if (idle_.size() < kIdleReadersMax) idle_.push_back(std::move(reader));
}

base::Result<std::vector<model::FoundEvent>> EventFetcher::fetch(std::span<const model::SortKey> keys) const {
  std::vector<model::FoundEvent> events;
  if (keys.empty()) return events;
  events.reserve(keys.size());
  TRY_ASSIGN(auto reader, take());
  // One read transaction for all rows: without it each row would take and drop the WAL's read lock.
  TRY(reader->connection.execute("BEGIN"));
  for (const model::SortKey& key : keys) {
    TRY(find_row(reader->select, key.position));
    TRY_ASSIGN(std::string record, read_record(reader->select));
    events.push_back({key, std::move(record)});
  }
  reader->select.reset();
  TRY(reader->connection.execute("COMMIT"));
  give_back(std::move(reader));
  return events;
}

base::Result<StoredEvent> EventFetcher::fetch_row(model::Position position) const {
  TRY_ASSIGN(auto reader, take());
  TRY(find_row(reader->select, position));
  TRY_ASSIGN(StoredEvent row, read_head(reader->select));
  TRY_ASSIGN(row.record, read_record(reader->select));
  give_back(std::move(reader));
  return row;
}

base::Result<void> scan_heads(sqlite::Connection& connection, const std::function<void(StoredEvent&&)>& visit) {
  TRY_ASSIGN(sqlite::Statement select, connection.prepare(kSelectHeads));
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return {};
    TRY_ASSIGN(StoredEvent row, read_head(select));
    visit(std::move(row));
  }
}

}  // namespace waybill::store
