#include "relay/queue_file.h"

#include <algorithm>

namespace waybill::relay {
namespace {

using base::Result;
using sqlite::Connection;
using sqlite::Statement;
using sqlite::Transaction;

constexpr std::int64_t kFormat = 1;
constexpr std::int64_t kApplicationId = 0x5742'524c;  // "WBRL"

// docs/formats/relay.md says what each column means.
constexpr const char* kTables = R"sql(
CREATE TABLE queue (
  number INTEGER PRIMARY KEY,
  receiver TEXT NOT NULL,
  account TEXT NOT NULL,
  event TEXT NOT NULL,
  resource TEXT NOT NULL,
  form BLOB NOT NULL,
  queued_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  retry_ms INTEGER NOT NULL,
  problem TEXT NOT NULL
) STRICT;

CREATE TABLE dead (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  receiver TEXT NOT NULL,
  account TEXT NOT NULL,
  event TEXT NOT NULL,
  resource TEXT NOT NULL,
  form BLOB NOT NULL,
  queued_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  died_ms INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
)sql";

Result<void> create_tables(Connection& connection) {
  TRY_ASSIGN(Transaction transaction, Transaction::begin(connection));
  // Another process may have been faster.
  TRY_ASSIGN(const std::int64_t tables, connection.query_integer("SELECT count(*) FROM sqlite_schema"));
  if (tables != 0) return {};
  TRY(connection.execute(kTables));
  TRY(connection.execute("PRAGMA user_version = " + std::to_string(kFormat)));
  TRY(connection.execute("PRAGMA application_id = " + std::to_string(kApplicationId)));
  return transaction.commit();
}

Result<void> check_format(Connection& connection, const std::filesystem::path& path) {
  TRY_ASSIGN(const std::int64_t application, connection.query_integer("PRAGMA application_id"));
  TRY_ASSIGN(const std::int64_t format, connection.query_integer("PRAGMA user_version"));
  if (application != kApplicationId) return base::corruption(path.string() + " is no queue of forwarded callbacks");
  if (format == kFormat) return {};
  return base::conflict(path.string() + " has format " + std::to_string(format) +
                        ", written by a later release; this one knows " + std::to_string(kFormat));
}

// Columns 0 to 4: number, receiver, account, event, resource.
template <class Row>
void read_names(const Statement& row, Row& out) {
  out.number = row.integer(0);
  out.receiver = row.bytes(1);
  out.callback = {std::string(row.bytes(2)), std::string(row.bytes(3)), std::string(row.bytes(4)), ""};
}

constexpr const char* kQueuedColumns =
    "number, receiver, account, event, resource, length(form), queued_ms, attempts, retry_ms, problem";

Queued read_queued(const Statement& row) {
  Queued queued;
  read_names(row, queued);
  queued.bytes = static_cast<std::uint32_t>(row.integer(5));
  queued.queued = base::from_ms(row.integer(6));
  queued.attempts = static_cast<std::uint32_t>(row.integer(7));
  queued.retry = base::from_ms(row.integer(8));
  queued.problem = row.bytes(9);
  return queued;
}

// Whether a filter that names numbers names this one.
bool names_number(const DeadFilter& filter, std::int64_t number) {
  return filter.numbers.empty() ||
         std::find(filter.numbers.begin(), filter.numbers.end(), number) != filter.numbers.end();
}

constexpr const char* kOfReceiver = "(?1 = '' OR receiver = ?1)";

// The numbers of the dead letters that the filter names, in the order asked for.
Result<std::vector<std::int64_t>> dead_numbers(Connection& connection, const DeadFilter& filter, std::size_t limit,
                                               const char* order) {
  TRY_ASSIGN(Statement select, connection.prepare(std::string("SELECT number FROM dead WHERE ") + kOfReceiver +
                                                  " ORDER BY number " + order));
  select.bind(1, std::string_view(filter.receiver));
  std::vector<std::int64_t> numbers;
  while (numbers.size() < limit) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) break;
    if (names_number(filter, select.integer(0))) numbers.push_back(select.integer(0));
  }
  return numbers;
}

}  // namespace

Result<QueueFile> QueueFile::open(const std::filesystem::path& path, FileUse use) {
  const bool writes = use == FileUse::kWrite;
  // Reading needs write access too: SQLite keeps its readers' marks in a file beside the database.
  TRY_ASSIGN(Connection connection,
             Connection::open(path, writes ? sqlite::OpenMode::kCreate : sqlite::OpenMode::kReadWrite));
  if (writes) {
    // A form is somebody's data: its bytes go when it goes.
    TRY(connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON"));
    TRY_ASSIGN(const std::int64_t tables, connection.query_integer("SELECT count(*) FROM sqlite_schema"));
    if (tables == 0) TRY(create_tables(connection));
  }
  TRY(check_format(connection, path));
  return QueueFile(std::move(connection));
}

Result<void> QueueFile::add(std::span<const Queued> added) {
  if (added.empty()) return {};
  TRY_ASSIGN(Statement insert, connection_.prepare("INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const Queued& row : added) {
    const Callback& callback = row.callback;
    TRY(insert.run(row.number, std::string_view(row.receiver), std::string_view(callback.account_sid),
                   std::string_view(callback.event_sid), std::string_view(callback.resource_sid),
                   sqlite::Blob{callback.form}, base::to_ms(row.queued), std::int64_t{row.attempts},
                   base::to_ms(row.retry), std::string_view(row.problem)));
  }
  return {};
}

Result<void> QueueFile::refuse(std::span<const DeadLetter> refused) {
  if (refused.empty()) return {};
  TRY_ASSIGN(Statement insert,
             connection_.prepare("INSERT INTO dead (receiver, account, event, resource, form, queued_ms, attempts, "
                                 "died_ms, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const DeadLetter& letter : refused) {
    const Callback& callback = letter.callback;
    TRY(insert.run(std::string_view(letter.receiver), std::string_view(callback.account_sid),
                   std::string_view(callback.event_sid), std::string_view(callback.resource_sid),
                   sqlite::Blob{callback.form}, base::to_ms(letter.queued), std::int64_t{letter.attempts},
                   base::to_ms(letter.died), std::string_view(letter.reason)));
  }
  return {};
}

// What has been posted, or tried.
Result<void> QueueFile::leave(const Changes& changes) {
  TRY_ASSIGN(Statement remove, connection_.prepare("DELETE FROM queue WHERE number = ?"));
  for (const std::int64_t number : changes.delivered) TRY(remove.run(number));
  TRY_ASSIGN(Statement retry, connection_.prepare("UPDATE queue SET attempts = attempts + 1, retry_ms = ?2, "
                                                  "problem = ?3 WHERE number = ?1"));
  for (const Changes::Retry& row : changes.retried) {
    TRY(retry.run(row.number, base::to_ms(row.retry), std::string_view(row.problem)));
  }
  TRY_ASSIGN(Statement bury, connection_.prepare("INSERT INTO dead (receiver, account, event, resource, form, "
                                                 "queued_ms, attempts, died_ms, reason) SELECT receiver, account, "
                                                 "event, resource, form, queued_ms, attempts + 1, ?2, ?3 FROM queue "
                                                 "WHERE number = ?1"));
  for (const Changes::Death& row : changes.died) {
    TRY(bury.run(row.number, base::to_ms(row.died), std::string_view(row.reason)));
    TRY(remove.run(row.number));
  }
  return {};
}

Result<std::size_t> QueueFile::trim_dead(const DeadLimits& limits) {
  TRY_ASSIGN(std::int64_t count, connection_.query_integer("SELECT count(*) FROM dead"));
  TRY_ASSIGN(std::int64_t bytes, connection_.query_integer("SELECT sum(length(form)) FROM dead"));
  TRY_ASSIGN(Statement remove, connection_.prepare("DELETE FROM dead WHERE number = (SELECT min(number) FROM dead) "
                                                   "RETURNING length(form)"));
  std::size_t dropped = 0;
  while (count > static_cast<std::int64_t>(limits.count_max) || bytes > static_cast<std::int64_t>(limits.bytes_max)) {
    TRY_ASSIGN(const bool found, remove.step());
    if (!found) break;
    bytes -= remove.integer(0);
    --count;
    ++dropped;
    remove.reset();
  }
  return dropped;
}

Result<std::size_t> QueueFile::commit(const Changes& changes, const DeadLimits& limits) {
  TRY_ASSIGN(Transaction transaction, Transaction::begin(connection_));
  TRY(add(changes.added));
  TRY(refuse(changes.refused));
  TRY(leave(changes));
  std::size_t dropped = 0;
  if (!changes.refused.empty() || !changes.died.empty()) {
    TRY_ASSIGN(dropped, trim_dead(limits));
  }
  TRY(transaction.commit());
  return dropped;
}

Result<void> QueueFile::for_each_queued(const std::function<void(const Queued&)>& visit) {
  TRY_ASSIGN(Statement select,
             connection_.prepare(std::string("SELECT ") + kQueuedColumns + " FROM queue ORDER BY number"));
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return {};
    visit(read_queued(select));
  }
}

Result<Queued> QueueFile::get(std::int64_t number) {
  TRY_ASSIGN(Statement select,
             connection_.prepare(std::string("SELECT ") + kQueuedColumns + ", form FROM queue WHERE number = ?"));
  select.bind(1, number);
  TRY_ASSIGN(const bool found, select.step());
  if (!found) return base::not_found("callback " + std::to_string(number) + " is not in the queue");
  Queued queued = read_queued(select);
  queued.callback.form = select.bytes(10);
  return queued;
}

Result<std::int64_t> QueueFile::next_number() {
  TRY_ASSIGN(const std::int64_t last, connection_.query_integer("SELECT max(number) FROM queue"));
  return last + 1;
}

Result<std::vector<DeadLetter>> QueueFile::dead(const DeadFilter& filter, std::size_t limit) {
  TRY_ASSIGN(const std::vector<std::int64_t> numbers, dead_numbers(connection_, filter, limit, "DESC"));
  TRY_ASSIGN(Statement select, connection_.prepare("SELECT number, receiver, account, event, resource, queued_ms, "
                                                   "attempts, died_ms, reason FROM dead WHERE number = ?"));
  std::vector<DeadLetter> letters;
  for (const std::int64_t number : numbers) {
    select.bind(1, number);
    TRY_ASSIGN(const bool found, select.step());
    if (found) {
      DeadLetter& letter = letters.emplace_back();
      read_names(select, letter);
      letter.queued = base::from_ms(select.integer(5));
      letter.attempts = static_cast<std::uint32_t>(select.integer(6));
      letter.died = base::from_ms(select.integer(7));
      letter.reason = select.bytes(8);
    }
    select.reset();
  }
  return letters;
}

Result<std::map<std::string, std::int64_t>> QueueFile::dead_counts() {
  TRY_ASSIGN(Statement select, connection_.prepare("SELECT receiver, count(*) FROM dead GROUP BY receiver"));
  std::map<std::string, std::int64_t> counts;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return counts;
    counts.emplace(select.bytes(0), select.integer(1));
  }
}

Result<std::size_t> QueueFile::drop_dead(const DeadFilter& filter) {
  TRY_ASSIGN(Transaction transaction, Transaction::begin(connection_));
  TRY_ASSIGN(const std::vector<std::int64_t> numbers, dead_numbers(connection_, filter, SIZE_MAX, "ASC"));
  TRY_ASSIGN(Statement remove, connection_.prepare("DELETE FROM dead WHERE number = ?"));
  for (const std::int64_t number : numbers) TRY(remove.run(number));
  TRY(transaction.commit());
  return numbers.size();
}

Result<std::vector<Queued>> QueueFile::revive(const DeadFilter& filter, std::size_t limit, std::int64_t first_number,
                                              base::WallTime now) {
  TRY_ASSIGN(Transaction transaction, Transaction::begin(connection_));
  TRY_ASSIGN(const std::vector<std::int64_t> numbers, dead_numbers(connection_, filter, limit, "ASC"));
  TRY_ASSIGN(Statement insert, connection_.prepare("INSERT INTO queue SELECT ?2, receiver, account, event, resource, "
                                                   "form, ?3, 0, ?3, '' FROM dead WHERE number = ?1"));
  TRY_ASSIGN(Statement remove, connection_.prepare("DELETE FROM dead WHERE number = ?"));
  std::int64_t next = first_number;
  for (const std::int64_t number : numbers) {
    TRY(insert.run(number, next++, base::to_ms(now)));
    TRY(remove.run(number));
  }
  std::vector<Queued> revived;
  {
    TRY_ASSIGN(Statement select, connection_.prepare(std::string("SELECT ") + kQueuedColumns +
                                                     " FROM queue WHERE number >= ? ORDER BY number"));
    select.bind(1, first_number);
    for (;;) {
      TRY_ASSIGN(const bool more, select.step());
      if (!more) break;
      revived.push_back(read_queued(select));
    }
  }
  TRY(transaction.commit());
  return revived;
}

Result<std::size_t> QueueFile::drop_queued(const std::string& receiver, std::span<const std::int64_t> kept) {
  TRY_ASSIGN(Transaction transaction, Transaction::begin(connection_));
  std::vector<std::int64_t> numbers;
  {
    TRY_ASSIGN(Statement select, connection_.prepare(std::string("SELECT number FROM queue WHERE ") + kOfReceiver));
    select.bind(1, std::string_view(receiver));
    for (;;) {
      TRY_ASSIGN(const bool more, select.step());
      if (!more) break;
      const std::int64_t number = select.integer(0);
      if (std::find(kept.begin(), kept.end(), number) == kept.end()) numbers.push_back(number);
    }
  }
  TRY_ASSIGN(Statement remove, connection_.prepare("DELETE FROM queue WHERE number = ?"));
  for (const std::int64_t number : numbers) TRY(remove.run(number));
  TRY(transaction.commit());
  return numbers.size();
}

Result<void> QueueFile::tidy() { return connection_.execute("PRAGMA wal_checkpoint(TRUNCATE)"); }

}  // namespace waybill::relay
