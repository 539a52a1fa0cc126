#include "store/local/sql_rejects.h"

#include <algorithm>

#include "base/bytes.h"
#include "store/local/schema.h"
#include "store/reject_rules.h"

namespace waybill::store {
namespace {

using base::MutexLock;

// What any query begins with; read_reject knows the order.
constexpr std::string_view kSelect =
    "SELECT number, account, workspace, road, form, arrived_ms, last_ms, times, origin, place, problem, body "
    "FROM rejects ";

base::Error malformed_reject(const std::string& what) {
  return base::corruption(std::string(kDatabaseFile) + " holds something kept aside with a malformed " + what);
}

base::Result<RejectForm> read_form(std::int64_t number) {
  switch (number) {
    case static_cast<int>(RejectForm::kJson): return RejectForm::kJson;
    case static_cast<int>(RejectForm::kForm): return RejectForm::kForm;
    case static_cast<int>(RejectForm::kCloudEvent): return RejectForm::kCloudEvent;
    default: return malformed_reject("form");
  }
}

base::Result<RejectRoad> read_road(std::int64_t number) {
  for (const RejectRoad road : kAllRejectRoads) {
    if (number == static_cast<std::int64_t>(road)) return road;
  }
  return malformed_reject("road");
}

base::Result<Reject> read_reject(const sqlite::Statement& row) {
  Reject reject;
  reject.number = static_cast<std::uint64_t>(row.integer(0));
  if (!row.is_null(1)) reject.account = model::AccountNumber{static_cast<std::uint32_t>(row.integer(1))};
  reject.workspace_text = row.bytes(2);
  TRY_ASSIGN(reject.road, read_road(row.integer(3)));
  TRY_ASSIGN(reject.form, read_form(row.integer(4)));
  reject.arrived = base::from_ms(row.integer(5));
  reject.last_arrived = base::from_ms(row.integer(6));
  reject.times = static_cast<std::uint64_t>(row.integer(7));
  reject.origin = row.bytes(8);
  reject.place = row.bytes(9);
  reject.problem = row.bytes(10);
  reject.body = row.bytes(11);
  return reject;
}

// The condition of a query, whose two parameters come first: a workspace's sid in lower case, and a road.
constexpr std::string_view kMatches = "(?1 = '' OR lower(workspace) = ?1) AND (?2 = 0 OR road = ?2) ";

struct Match {
  explicit Match(const RejectQuery& query)
      : workspace(query.workspace ? "ws" + query.workspace->to_text().substr(2) : ""),
        road(query.road ? static_cast<std::int64_t>(*query.road) : 0) {}
  std::string workspace;
  std::int64_t road;
};

base::Result<std::uint64_t> changes(sqlite::Connection& connection) {
  TRY_ASSIGN(const std::int64_t count, connection.query_integer("SELECT changes()"));
  return static_cast<std::uint64_t>(count);
}

// Whether what the disk holds is unknown after a failure.
bool is_lasting(const base::Error& error) { return error.code() == base::ErrorCode::kIo; }

}  // namespace

base::Result<std::unique_ptr<SqlRejects>> SqlRejects::open(const std::filesystem::path& folder,
                                                           const RejectLimits& limits, const std::string& vfs,
                                                           RejectGuard guard) {
  TRY_ASSIGN(sqlite::Connection connection, open_existing_database(folder, vfs));
  TRY_ASSIGN(const std::int64_t format, connection.query_integer("PRAGMA user_version"));
  if (format < kFormatOfRejects) {
    return base::conflict(folder.string() + " has format " + std::to_string(format) +
                          ", from before anything was kept aside; serve it once with this release");
  }
  TRY(connection.execute("PRAGMA secure_delete = ON"));
  return std::unique_ptr<SqlRejects>(new SqlRejects(std::move(connection), limits, true, std::move(guard)));
}

base::Result<std::unique_ptr<SqlRejects>> SqlRejects::open_to_read(const std::filesystem::path& folder,
                                                                   const RejectLimits& limits) {
  TRY_ASSIGN(sqlite::Connection connection, open_database_to_read(folder));
  TRY_ASSIGN(const std::int64_t format, connection.query_integer("PRAGMA user_version"));
  return std::unique_ptr<SqlRejects>(new SqlRejects(std::move(connection), limits, format >= kFormatOfRejects, {}));
}

// Runs a change, unless an earlier write to the file failed; notes if this one does.
template <class Change>
auto SqlRejects::guarded(Change change) -> decltype(change()) {
  if (guard_.broken) {
    if (const auto broken = guard_.broken()) return *broken;
  }
  auto done = change();
  if (!done && guard_.failed && is_lasting(done.error())) guard_.failed(done.error());
  return done;
}

base::Result<std::vector<std::uint64_t>> SqlRejects::keep(std::span<const Reject> rejects) {
  return guarded([&] { return keep_all(rejects); });
}

base::Result<void> SqlRejects::set_problem(std::uint64_t number, const std::string& problem) {
  return guarded([&] { return change_problem(number, problem); });
}

base::Result<std::uint64_t> SqlRejects::drop(std::span<const std::uint64_t> numbers) {
  return guarded([&] { return remove(numbers); });
}

// The number of the one that it is; nothing if it is new.
base::Result<std::optional<std::uint64_t>> SqlRejects::count_again(const Reject& reject) {
  TRY_ASSIGN(sqlite::Statement update,
             connection_.prepare("UPDATE rejects SET times = times + 1, last_ms = max(last_ms, ?), origin = ?, "
                                 "place = ?, problem = ?, bytes = ? WHERE digest = ? RETURNING number"));
  const base::Sha256 digest = digest_of(reject);
  update.bind_all(base::to_ms(reject.arrived), std::string_view(reject.origin), std::string_view(reject.place),
                  std::string_view(reject.problem), static_cast<std::int64_t>(room_of(reject)),
                  sqlite::Blob{base::as_text(digest)});
  TRY_ASSIGN(const bool is_known, update.step());
  if (!is_known) return std::optional<std::uint64_t>();
  const auto number = static_cast<std::uint64_t>(update.integer(0));
  update.reset();
  return std::optional(number);
}

base::Result<std::uint64_t> SqlRejects::insert(const Reject& reject) {
  TRY_ASSIGN(sqlite::Statement insert,
             connection_.prepare("INSERT INTO rejects (digest, account, workspace, road, form, arrived_ms, last_ms, "
                                 "times, bytes, origin, place, problem, body) "
                                 "VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)"));
  const base::Sha256 digest = digest_of(reject);
  TRY(insert.run(sqlite::Blob{base::as_text(digest)}, reject.account ? static_cast<std::int64_t>(*reject.account) : 0,
                 std::string_view(reject.workspace_text), static_cast<std::int64_t>(reject.road),
                 static_cast<std::int64_t>(reject.form), base::to_ms(reject.arrived), base::to_ms(reject.arrived),
                 static_cast<std::int64_t>(room_of(reject)), std::string_view(reject.origin),
                 std::string_view(reject.place), std::string_view(reject.problem), sqlite::Blob{reject.body}));
  return static_cast<std::uint64_t>(connection_.last_insert_id());
}

// `has_posts`: some of what is new came by POST.
base::Result<void> SqlRejects::check_room_now(bool has_posts) const {
  TRY_ASSIGN(const RejectFigures figures, count());
  const RejectRoom all{figures.count, figures.bytes};
  TRY(check_room(all, limits_));
  // An index counts all of them; for those of a road their rows are looked at.
  if (!has_posts || is_within_share(all, limits_)) return {};
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT count(*), coalesce(sum(bytes), 0) FROM rejects WHERE road = ?"));
  select.bind_all(static_cast<std::int64_t>(RejectRoad::kPost));
  TRY(select.step());
  return check_room_of_posts(
      {static_cast<std::uint64_t>(select.integer(0)), static_cast<std::uint64_t>(select.integer(1))}, limits_);
}

base::Result<std::vector<std::uint64_t>> SqlRejects::keep_all(std::span<const Reject> rejects) {
  std::vector<std::uint64_t> numbers;
  if (rejects.empty()) return numbers;
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection_));
  bool is_more = false;
  bool has_posts = false;
  for (const Reject& given : rejects) {
    const Reject reject = tidied(given);
    TRY_ASSIGN(std::optional<std::uint64_t> number, count_again(reject));
    if (!number) {
      TRY_ASSIGN(number, insert(reject));
      is_more = true;
      has_posts = has_posts || reject.road == RejectRoad::kPost;
    }
    numbers.push_back(*number);
  }
  if (is_more) TRY(check_room_now(has_posts));
  TRY(transaction.commit());
  count_roads(rejects, kept_);
  return numbers;
}

base::Result<std::vector<Reject>> SqlRejects::list(const RejectQuery& query) const {
  std::vector<Reject> out;
  if (!has_table_) return out;
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement select, connection_.prepare(std::string(kSelect) + "WHERE " + std::string(kMatches) +
                                                           "AND number > ?3 ORDER BY number LIMIT ?4"));
  const Match match(query);
  select.bind_all(std::string_view(match.workspace), match.road, static_cast<std::int64_t>(query.after),
                  static_cast<std::int64_t>(query.limit));
  for (std::uint64_t bytes = 0; bytes < query.bytes_max;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) break;
    TRY_ASSIGN(Reject reject, read_reject(select));
    bytes += reject.body.size();
    out.push_back(std::move(reject));
  }
  return out;
}

base::Result<std::optional<Reject>> SqlRejects::find(std::uint64_t number) const {
  if (!has_table_) return std::optional<Reject>();
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement select, connection_.prepare(std::string(kSelect) + "WHERE number = ?"));
  select.bind_all(static_cast<std::int64_t>(number));
  TRY_ASSIGN(const bool found, select.step());
  if (!found) return std::optional<Reject>();
  TRY_ASSIGN(Reject reject, read_reject(select));
  return std::optional(std::move(reject));
}

base::Result<void> SqlRejects::change_problem(std::uint64_t number, const std::string& problem) {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement update, connection_.prepare("UPDATE rejects SET problem = ?1, "
                                                           "bytes = bytes - length(CAST(problem AS BLOB)) + "
                                                           "length(CAST(?1 AS BLOB)) WHERE number = ?2"));
  const std::string text = tidied_text(problem);
  TRY(update.run(std::string_view(text), static_cast<std::int64_t>(number)));
  TRY_ASSIGN(const std::uint64_t changed, changes(connection_));
  if (changed == 0) return no_such_reject(number);
  return {};
}

base::Result<std::uint64_t> SqlRejects::remove(std::span<const std::uint64_t> numbers) {
  if (numbers.empty()) return std::uint64_t{0};
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection_));
  TRY_ASSIGN(sqlite::Statement remove, connection_.prepare("DELETE FROM rejects WHERE number = ?"));
  std::uint64_t dropped = 0;
  for (const std::uint64_t number : numbers) {
    TRY(remove.run(static_cast<std::int64_t>(number)));
    TRY_ASSIGN(const std::uint64_t changed, changes(connection_));
    dropped += changed;
  }
  TRY(transaction.commit());
  return dropped;
}

base::Result<std::uint64_t> SqlRejects::drop_all(const RejectQuery& query) {
  return guarded([&]() -> base::Result<std::uint64_t> {
    const MutexLock lock(mutex_);
    TRY_ASSIGN(sqlite::Statement remove, connection_.prepare("DELETE FROM rejects WHERE " + std::string(kMatches)));
    const Match match(query);
    TRY(remove.run(std::string_view(match.workspace), match.road));
    return changes(connection_);
  });
}

// A few at a time: whoever writes waits for no more.
base::Result<std::uint64_t> SqlRejects::expire(base::WallTime time) {
  constexpr std::uint64_t kAtOnce = 64;
  const auto expire_some = [&]() -> base::Result<std::uint64_t> {
    const MutexLock lock(mutex_);
    // Asked for often, and mostly for nothing: then nobody who writes is held up.
    TRY_ASSIGN(const RejectFigures figures, count());
    if (!figures.oldest || *figures.oldest >= time) return std::uint64_t{0};
    TRY_ASSIGN(sqlite::Statement remove, connection_.prepare("DELETE FROM rejects WHERE number IN "
                                                             "(SELECT number FROM rejects WHERE last_ms < ? LIMIT ?)"));
    TRY(remove.run(base::to_ms(time), static_cast<std::int64_t>(kAtOnce)));
    return changes(connection_);
  };
  for (std::uint64_t expired = 0;;) {
    TRY_ASSIGN(const std::uint64_t some, guarded(expire_some));
    expired += some;
    if (some < kAtOnce) return expired;
  }
}

base::Result<RejectFigures> SqlRejects::count() const {
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT count(*), coalesce(sum(bytes), 0), min(last_ms) FROM rejects"));
  TRY(select.step());
  RejectFigures figures;
  figures.count = static_cast<std::uint64_t>(select.integer(0));
  figures.bytes = static_cast<std::uint64_t>(select.integer(1));
  if (!select.is_null(2)) figures.oldest = base::from_ms(select.integer(2));
  figures.limits = limits_;
  figures.kept = kept_;
  return figures;
}

base::Result<RejectFigures> SqlRejects::figures() const {
  if (!has_table_) return RejectFigures{0, 0, std::nullopt, limits_, {}};
  const MutexLock lock(mutex_);
  return count();
}

}  // namespace waybill::store
