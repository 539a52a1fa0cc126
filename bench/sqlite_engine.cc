#include "bench/sqlite_engine.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "base/mutex.h"
#include "bench/sql.h"
#include "sqlite/connection.h"

namespace waybill::bench {
namespace {

using base::Result;

// Pages of 8 KiB hold four events with their bodies. A gigabyte of cache and as much of the file mapped as the build
// allows: what a machine that serves nothing else would give it.
constexpr const char* kPragmas =
    "PRAGMA page_size = 8192;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -1048576;"
    "PRAGMA mmap_size = 1099511627776;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA threads = 2;";

constexpr const char* kTable = R"sql(
CREATE TABLE IF NOT EXISTS events (
  position INTEGER PRIMARY KEY,
  workspace INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  sid BLOB NOT NULL,
  event_type TEXT, task BLOB, worker BLOB, task_queue BLOB, workflow BLOB, reservation BLOB,
  channel_name TEXT, channel_sid TEXT,
  body TEXT NOT NULL
) STRICT)sql";

// What an event lacks is bound empty, and becomes NULL.
constexpr std::string_view kInsert =
    "INSERT INTO events VALUES (?, 1, ?, ?, nullif(?, ''), nullif(?, x''), nullif(?, x''), nullif(?, x''), "
    "nullif(?, x''), nullif(?, x''), nullif(?, ''), nullif(?, ''), ?)";

std::string placeholder(std::size_t number, SqlType /*type*/) { return "?" + std::to_string(number); }

class SqliteEngine final : public Engine {
 public:
  explicit SqliteEngine(sqlite::Connection connection) : connection_(std::move(connection)) {}

  // Decodes on all cores; inserts in the order of positions, a batch a transaction.
  Result<void> load(EventFeed& feed) override {
    TRY_ASSIGN(sqlite::Statement insert, connection_.prepare(kInsert));
    base::Mutex mutex;
    base::Condition turn;
    std::uint64_t next = 0;
    bool failed = false;
    return on_all_cores([&]() -> Result<void> {
      for (;;) {
        const auto batch = feed.next();
        if (batch && !*batch) return {};
        const base::MutexLock lock(mutex);
        while (batch && (*batch)->number != next && !failed) turn.wait(mutex);
        if (failed) return {};
        Result<void> done = batch ? insert_batch(insert, **batch) : batch.error();
        failed = !done;
        ++next;
        turn.notify_all();
        if (failed) return done;
      }
    });
  }

  Result<void> finish_load() override {
    TRY(connection_.execute("CREATE UNIQUE INDEX by_sid ON events (workspace, sid)"));
    TRY(connection_.execute("CREATE INDEX by_time ON events (workspace, time_ms, position)"));
    for (const FilterColumn& column : kFilterColumns) {
      const std::string name(column.name);
      TRY(connection_.execute("CREATE INDEX by_" + name + " ON events (workspace, " + name +
                              ", time_ms, position) WHERE " + name + " IS NOT NULL"));
    }
    return connection_.execute("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)");
  }

  Result<void> prepare(const model::EventQuery& query) override {
    TRY(statement_for(to_sql(query, placeholder)));
    return {};
  }

  Result<Answer> answer(const model::EventQuery& query) override {
    const SqlQuestion sql = to_sql(query, placeholder);
    TRY_ASSIGN(sqlite::Statement* const select, statement_for(sql));
    bind(*select, sql, query.limit);
    Answer answer;
    for (;;) {
      TRY_ASSIGN(const bool found, select->step());
      if (!found) break;
      const model::SortKey key{base::from_ms(select->integer(0)), model::Position(select->integer(1))};
      answer.push_back({key, std::string(select->bytes(2))});
    }
    select->reset();
    return answer;
  }

 private:
  Result<void> insert_batch(sqlite::Statement& insert, const EventBatch& batch) {
    TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection_));
    for (std::size_t i = 0; i < batch.events.size(); ++i) {
      TRY(insert_event(insert, batch.events[i], batch.first_position + i));
    }
    return transaction.commit();
  }

  static Result<void> insert_event(sqlite::Statement& insert, const model::Event& event, std::uint64_t position) {
    TRY_ASSIGN(const FilterValues values, filter_values(event));
    TRY_ASSIGN(const std::string json, shown_json(event.record));
    int index = 0;
    insert.bind(++index, static_cast<std::int64_t>(position));
    insert.bind(++index, base::to_ms(event.time));
    insert.bind(++index, sqlite::Blob{base::as_text(event.sid.bytes())});
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string_view value = values[i].value_or("");
      if (kFilterColumns[i].is_sid) {
        insert.bind(++index, sqlite::Blob{value});
      } else {
        insert.bind(++index, value);
      }
    }
    insert.bind(++index, std::string_view(json));
    return insert.run();
  }

  Result<sqlite::Statement*> statement_for(const SqlQuestion& sql) {
    const std::string text = "SELECT time_ms, position, body FROM events WHERE " + sql.conditions + " ORDER BY " +
                             sql.order + " LIMIT " + placeholder(sql.values.size() + 1, SqlType::kInteger);
    const auto known = statements_.find(text);
    if (known != statements_.end()) return &known->second;
    TRY_ASSIGN(sqlite::Statement made, connection_.prepare(text));
    return &statements_.emplace(text, std::move(made)).first->second;
  }

  static void bind(sqlite::Statement& select, const SqlQuestion& sql, std::uint32_t limit) {
    int index = 0;
    for (const SqlValue& value : sql.values) {
      ++index;
      switch (value.type) {
        case SqlType::kSid: select.bind(index, sqlite::Blob{value.bytes}); break;
        case SqlType::kText: select.bind(index, std::string_view(value.bytes)); break;
        case SqlType::kInteger: select.bind(index, value.integer); break;
      }
    }
    select.bind(++index, std::int64_t{limit});
  }

  sqlite::Connection connection_;
  std::unordered_map<std::string, sqlite::Statement> statements_;  // by their text
};

}  // namespace

Result<std::unique_ptr<Engine>> open_sqlite(const std::string& path) {
  TRY_ASSIGN(sqlite::Connection connection, sqlite::Connection::open(path, sqlite::OpenMode::kCreate));
  TRY(connection.execute(kPragmas));
  TRY(connection.execute(kTable));
  return std::unique_ptr<Engine>(std::make_unique<SqliteEngine>(std::move(connection)));
}

}  // namespace waybill::bench
