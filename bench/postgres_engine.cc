#include "bench/postgres_engine.h"

#include <set>
#include <utility>

#include "base/time_text.h"
#include "bench/postgres_client.h"

namespace waybill::bench {
namespace {

using base::Result;

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;
constexpr std::int16_t kCommonFields = 4;  // position, workspace, time_ms, sid

constexpr std::string_view kColumns =
    "position bigint NOT NULL, workspace int NOT NULL, time_ms bigint NOT NULL, sid uuid NOT NULL, event_type text, "
    "task uuid, worker uuid, task_queue uuid, workflow uuid, reservation uuid, channel_name text, channel_sid text";

// A session's settings under which lists are tried. Custom plans know the values they are made for and cost planning
// each time; generic plans cost none.
struct Plan {
  std::string_view name;
  std::string_view settings;
};

constexpr Plan kPlans[] = {
    {"custom plans", ""},
    {"custom plans, no sequential scans", "SET enable_seqscan = off;"},
    {"custom plans, no bitmap scans", "SET enable_bitmapscan = off;"},
    {"custom plans, no sorts and no sequential scans", "SET enable_sort = off; SET enable_seqscan = off;"},
    {"custom plans, no parallel workers", "SET max_parallel_workers_per_gather = 0;"},
    {"generic plans", "SET plan_cache_mode = force_generic_plan; SET max_parallel_workers_per_gather = 0;"},
};

class PostgresEngine final : public Engine {
 public:
  PostgresEngine(std::string connection, PostgresClient client, PostgresForm form)
      : connection_(std::move(connection)), client_(std::move(client)), form_(form) {}

  Result<void> load(EventFeed& feed) override {
    TRY(create_tables());
    return on_all_cores([&] { return load_some(feed); });
  }

  Result<void> finish_load() override {
    const std::string table = is_partitioned() ? "narrow" : "events";
    TRY(create_indexes(table));
    if (is_partitioned()) {
      TRY(client_.execute("CREATE INDEX ON narrow USING brin (time_ms) WITH (pages_per_range = 32)"));
      TRY(client_.execute("ALTER TABLE bodies ADD PRIMARY KEY (position)"));
    } else {
      // What two filters have in common, for estimates of ANDs. PostgreSQL 15 keeps them for a plain table.
      TRY(client_.execute(
          "CREATE STATISTICS pairs (mcv) ON event_type, task_queue, workflow, channel_name FROM events"));
    }
    TRY(client_.execute("VACUUM (ANALYZE)"));
    return client_.execute("CHECKPOINT");
  }

  [[nodiscard]] std::vector<std::string> plans() const override {
    std::vector<std::string> names;
    for (const Plan& plan : kPlans) names.emplace_back(plan.name);
    return names;
  }

  // On a connection of its own, since a statement keeps the generic plan it once had.
  Result<void> use_plan(std::size_t index) override {
    TRY_ASSIGN(client_, PostgresClient::connect(connection_));
    return client_.execute("SET plan_cache_mode = force_custom_plan;" + std::string(kPlans[index].settings));
  }

  Result<void> prepare(const model::EventQuery& query) override {
    TRY(client_.prepare(statement(to_sql(query, postgres_placeholder), query.limit)));
    return {};
  }

  Result<Answer> answer(const model::EventQuery& query) override {
    const SqlQuestion sql = to_sql(query, postgres_placeholder);
    TRY_ASSIGN(const std::string name, client_.prepare(statement(sql, query.limit)));
    TRY_ASSIGN(const PostgresRows rows, client_.run_prepared(name, sql.values));
    Answer answer;
    answer.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
      const model::SortKey key{base::from_ms(rows.integer(row, 0)), model::Position(rows.integer(row, 1))};
      answer.push_back({key, std::string(rows.bytes(row, 2))});
    }
    return answer;
  }

 private:
  [[nodiscard]] bool is_partitioned() const { return form_ == PostgresForm::kPartitioned; }

  Result<void> create_tables() {
    const std::string columns(kColumns);
    if (!is_partitioned()) return client_.execute("CREATE TABLE events (" + columns + ", body text NOT NULL)");
    TRY(client_.execute("CREATE TABLE narrow (" + columns + ") PARTITION BY RANGE (time_ms)"));
    return client_.execute("CREATE TABLE bodies (position bigint NOT NULL, body text NOT NULL)");
  }

  // A partition for each day that `batch` has events of. `days` are those that are there.
  static Result<void> ensure_partitions(PostgresClient& client, const EventBatch& batch, std::set<std::int64_t>& days) {
    for (const model::Event& event : batch.events) {
      const std::int64_t day = base::to_ms(event.time) / kDayMs;
      if (days.insert(day).second) TRY(ensure_partition(client, day));
    }
    return {};
  }

  // Another connection may be making it: the lock lets one in at a time.
  static Result<void> ensure_partition(PostgresClient& client, std::int64_t day) {
    return client.execute("BEGIN; SELECT pg_advisory_xact_lock(1); CREATE TABLE IF NOT EXISTS narrow_" +
                          std::to_string(day) + " PARTITION OF narrow FOR VALUES FROM (" +
                          std::to_string(day * kDayMs) + ") TO (" + std::to_string((day + 1) * kDayMs) + "); COMMIT");
  }

  // One connection's share, a batch a transaction.
  Result<void> load_some(EventFeed& feed) const {
    TRY_ASSIGN(PostgresClient client, PostgresClient::connect(connection_));
    std::set<std::int64_t> days;
    for (;;) {
      TRY_ASSIGN(const auto batch, feed.next());
      if (!batch) return {};
      if (is_partitioned()) {
        TRY(ensure_partitions(client, *batch, days));
        TRY(load_partitioned(client, *batch));
      } else {
        TRY(load_plain(client, *batch));
      }
    }
  }

  static Result<void> load_plain(PostgresClient& client, const EventBatch& batch) {
    std::string rows;
    for (std::size_t i = 0; i < batch.events.size(); ++i) {
      TRY_ASSIGN(CopyTuple tuple, begin_tuple(rows, batch.events[i], batch.first_position + i, 1));
      TRY_ASSIGN(const std::string json, shown_json(batch.events[i].record));
      tuple.add(json);
    }
    return copy_rows(client, "events", rows);
  }

  static Result<void> load_partitioned(PostgresClient& client, const EventBatch& batch) {
    std::string rows;
    std::string bodies;
    for (std::size_t i = 0; i < batch.events.size(); ++i) {
      TRY(begin_tuple(rows, batch.events[i], batch.first_position + i, 0));
      TRY_ASSIGN(const std::string json, shown_json(batch.events[i].record));
      CopyTuple body(bodies, 2);
      body.add_big_integer(static_cast<std::int64_t>(batch.first_position + i));
      body.add(json);
    }
    TRY(client.execute("BEGIN"));
    TRY(copy_rows(client, "narrow", rows));
    TRY(copy_rows(client, "bodies", bodies));
    return client.execute("COMMIT");
  }

  static Result<void> copy_rows(PostgresClient& client, const std::string& table, std::string_view rows) {
    TRY(client.begin_copy(table));
    TRY(client.copy(rows));
    return client.end_copy();
  }

  // A tuple with kColumns; `more_fields` are left to be added.
  static Result<CopyTuple> begin_tuple(std::string& rows, const model::Event& event, std::uint64_t position,
                                       std::int16_t more_fields) {
    TRY_ASSIGN(const FilterValues values, filter_values(event));
    CopyTuple tuple(rows, static_cast<std::int16_t>(kCommonFields + kFilterColumns.size() + more_fields));
    tuple.add_big_integer(static_cast<std::int64_t>(position));
    tuple.add_integer(1);
    tuple.add_big_integer(base::to_ms(event.time));
    tuple.add(base::as_text(event.sid.bytes()));
    for (const auto& value : values) {
      if (value) {
        tuple.add(*value);
      } else {
        tuple.add_null();
      }
    }
    return tuple;
  }

  Result<void> create_indexes(const std::string& table) {
    TRY(client_.execute("CREATE INDEX ON " + table + " (workspace, sid)"));
    TRY(client_.execute("CREATE INDEX ON " + table + " (workspace, time_ms, position)"));
    for (const FilterColumn& column : kFilterColumns) {
      const std::string name(column.name);
      TRY(client_.execute("CREATE INDEX ON " + table + " (workspace, " + name + ", time_ms, position) WHERE " + name +
                          " IS NOT NULL"));
    }
    return {};
  }

  [[nodiscard]] std::string statement(const SqlQuestion& sql, std::uint32_t limit) const {
    const std::string rest = " WHERE " + sql.conditions + " ORDER BY " + sql.order + " LIMIT " + std::to_string(limit);
    if (!is_partitioned()) return "SELECT time_ms, position, body FROM events" + rest;
    return "SELECT time_ms, position, body FROM (SELECT time_ms, position FROM narrow" + rest +
           ") AS page JOIN bodies USING (position) ORDER BY " + sql.order;
  }

  const std::string connection_;
  PostgresClient client_;
  const PostgresForm form_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_postgres(const std::string& connection, PostgresForm form) {
  TRY_ASSIGN(PostgresClient client, PostgresClient::connect(connection));
  return std::unique_ptr<Engine>(std::make_unique<PostgresEngine>(connection, std::move(client), form));
}

}  // namespace waybill::bench
