#include "store/local/sql_ledger.h"

#include <algorithm>
#include <utility>

#include "store/ledger_rules.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

using base::MutexLock;

// A gap of every workspace has no account and no sid.
constexpr std::int64_t kEveryAccount = 0;

std::int64_t number_of(model::AccountNumber account) { return static_cast<std::int64_t>(account); }

base::Error malformed_ledger(const std::string& what) {
  return base::corruption(std::string(kDatabaseFile) + " holds a malformed " + what + " in its ledger");
}

base::Result<LedgerSubject> read_subject(const sqlite::Statement& row, int account_column) {
  const auto workspace = model::WorkspaceSid::parse(row.bytes(account_column + 1));
  if (!workspace) return malformed_ledger("workspace sid");
  return LedgerSubject{model::AccountNumber{static_cast<std::uint32_t>(row.integer(account_column))}, *workspace};
}

// account, workspace, source, from_ms, to_ms, settled_ms, asked_ms, asked_last_ms, events
base::Result<Pull> read_pull(const sqlite::Statement& row) {
  TRY_ASSIGN(const LedgerSubject subject, read_subject(row, 0));
  return Pull{subject,
              base::from_ms(row.integer(3)),
              base::from_ms(row.integer(4)),
              base::from_ms(row.integer(6)),
              std::string(row.bytes(2)),
              static_cast<std::uint64_t>(row.integer(8)),
              std::chrono::milliseconds(row.integer(5)),
              base::from_ms(row.integer(7))};
}

// account, workspace, reason, detail, from_ms, to_ms
base::Result<Gap> read_gap(const sqlite::Statement& row) {
  Gap gap{std::nullopt, base::from_ms(row.integer(4)), base::from_ms(row.integer(5)), GapReason::kAbsent,
          std::string(row.bytes(3))};
  switch (row.integer(2)) {
    case static_cast<int>(GapReason::kAbsent): gap.reason = GapReason::kAbsent; break;
    case static_cast<int>(GapReason::kRefused): gap.reason = GapReason::kRefused; break;
    case static_cast<int>(GapReason::kUnreachable): gap.reason = GapReason::kUnreachable; break;
    default: return malformed_ledger("reason");
  }
  if (row.integer(0) == kEveryAccount) return gap;
  TRY_ASSIGN(gap.subject, read_subject(row, 0));
  return gap;
}

// account, workspace, road, first_ms, last_ms, events
base::Result<Feed> read_feed(const sqlite::Statement& row) {
  TRY_ASSIGN(const LedgerSubject subject, read_subject(row, 0));
  Feed feed{subject, FeedRoad::kCallback, base::from_ms(row.integer(3)), base::from_ms(row.integer(4)),
            static_cast<std::uint64_t>(row.integer(5))};
  switch (row.integer(2)) {
    case static_cast<int>(FeedRoad::kCallback): feed.road = FeedRoad::kCallback; break;
    case static_cast<int>(FeedRoad::kEventStream): feed.road = FeedRoad::kEventStream; break;
    default: return malformed_ledger("road");
  }
  return feed;
}

template <class Value>
base::Result<std::vector<Value>> read_all(sqlite::Statement& select,
                                          base::Result<Value> (*read)(const sqlite::Statement&)) {
  std::vector<Value> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    TRY_ASSIGN(Value value, read(select));
    out.push_back(std::move(value));
  }
}

struct GapKey {
  std::int64_t account;
  std::string workspace;
  std::int64_t reason;
};

GapKey key_of(const Gap& gap) {
  return {gap.subject ? number_of(gap.subject->account) : kEveryAccount,
          gap.subject ? gap.subject->workspace.to_text() : std::string(), static_cast<std::int64_t>(gap.reason)};
}

bool same_row(const Pull& a, const Pull& b) {
  return a.from == b.from && a.to == b.to && a.settled == b.settled && a.asked == b.asked &&
         a.asked_last == b.asked_last && a.events == b.events;
}

}  // namespace

base::Result<std::unique_ptr<SqlLedger>> SqlLedger::open(const std::filesystem::path& folder, const std::string& vfs,
                                                         const LedgerLimits& limits) {
  TRY_ASSIGN(sqlite::Connection connection, open_existing_database(folder, vfs));
  TRY_ASSIGN(const std::int64_t format, connection.query_integer("PRAGMA user_version"));
  if (format < kFormatOfLedger) {
    return base::conflict(folder.string() + " has format " + std::to_string(format) +
                          ", from before there was a ledger; serve it once with this release");
  }
  TRY_ASSIGN(sqlite::Connection alive, open_existing_database(folder, vfs));
  // A sign of life is worth no wait: one that a power cut takes makes the absence longer.
  TRY(alive.execute("PRAGMA synchronous = NORMAL"));
  return std::unique_ptr<SqlLedger>(new SqlLedger(std::move(connection), std::move(alive), limits));
}

base::Result<std::vector<Pull>> SqlLedger::pulls_of_source(const LedgerSubject& subject,
                                                           const std::string& source) const {
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT account, workspace, source, from_ms, to_ms, settled_ms, asked_ms, "
                                 "asked_last_ms, events FROM pulls WHERE account = ? AND workspace = ? AND source = ? "
                                 "ORDER BY from_ms"));
  const std::string workspace = subject.workspace.to_text();
  select.bind_all(number_of(subject.account), std::string_view(workspace), std::string_view(source));
  return read_all(select, &read_pull);
}

// Touches the rows that changed, and no other.
base::Result<void> SqlLedger::replace_pulls(const std::vector<Pull>& before, const std::vector<Pull>& after) {
  TRY_ASSIGN(sqlite::Statement remove,
             connection_.prepare("DELETE FROM pulls WHERE account = ? AND workspace = ? AND source = ? "
                                 "AND from_ms = ?"));
  TRY_ASSIGN(sqlite::Statement insert,
             connection_.prepare("INSERT INTO pulls (account, workspace, source, from_ms, to_ms, settled_ms, asked_ms, "
                                 "asked_last_ms, events) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  const auto stands_in = [](const std::vector<Pull>& rows, const Pull& row) {
    return std::any_of(rows.begin(), rows.end(), [&](const Pull& other) { return same_row(other, row); });
  };
  for (const Pull& row : before) {
    if (stands_in(after, row)) continue;
    const std::string workspace = row.subject.workspace.to_text();
    TRY(remove.run(number_of(row.subject.account), std::string_view(workspace), std::string_view(row.source),
                   base::to_ms(row.from)));
  }
  for (const Pull& row : after) {
    if (stands_in(before, row)) continue;
    const std::string workspace = row.subject.workspace.to_text();
    TRY(insert.run(number_of(row.subject.account), std::string_view(workspace), std::string_view(row.source),
                   base::to_ms(row.from), base::to_ms(row.to), row.settled.count(), base::to_ms(row.asked),
                   base::to_ms(row.asked_last), static_cast<std::int64_t>(row.events)));
  }
  return {};
}

base::Result<LedgerUsage*> SqlLedger::usage() const {
  if (usage_) return &*usage_;
  LedgerUsage counted(limits_);
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare(
                 "SELECT account, workspace, 0, count(*), 0, sum(length(CAST(detail AS BLOB))) FROM gaps "
                 "GROUP BY account, workspace UNION ALL "
                 "SELECT account, workspace, count(*), 0, count(DISTINCT source), sum(length(CAST(source AS BLOB))) "
                 "FROM pulls GROUP BY account, workspace UNION ALL "
                 "SELECT account, workspace, 0, 0, 0, 0 FROM feeds"));
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) break;
    const LedgerSize size{select.integer(3), select.integer(2), select.integer(4), select.integer(5)};
    std::optional<LedgerSubject> subject;
    if (select.integer(0) != kEveryAccount) {
      TRY_ASSIGN(subject, read_subject(select, 0));
    }
    counted.note(subject, size);
  }
  return &usage_.emplace(std::move(counted));
}

base::Result<void> SqlLedger::add(const Pull& pull, Teller teller) {
  TRY(check_span(pull.from, pull.to));
  const MutexLock lock(mutex_);
  TRY_ASSIGN(LedgerUsage* const usage, this->usage());
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection_));
  TRY_ASSIGN(const std::vector<Pull> before, pulls_of_source(pull.subject, pull.source));
  std::vector<Pull> after = before;
  add_pull(after, pull);
  const LedgerSize growth = growth_of(before, after);
  if (teller == Teller::kClient) TRY(usage->check(pull.subject, growth));
  TRY(replace_pulls(before, after));
  TRY(transaction.commit());
  usage->note(pull.subject, growth);
  return {};
}

// Those that a gap can be joined with. Gaps that are stored lie too far apart to be one, so those near the new one are
// all; what proves nothing is one gap wherever it lies.
base::Result<std::vector<Gap>> SqlLedger::gaps_like(const Gap& gap) const {
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT account, workspace, reason, detail, from_ms, to_ms FROM gaps WHERE "
                                 "account = ? AND workspace = ? AND reason = ? AND detail = ? AND "
                                 "((from_ms <= ? AND to_ms >= ?) OR ?) ORDER BY from_ms"));
  const GapKey key = key_of(gap);
  select.bind_all(key.account, std::string_view(key.workspace), key.reason, std::string_view(gap.detail),
                  base::to_ms(gap.to + kGapPause), base::to_ms(gap.from - kGapPause),
                  static_cast<std::int64_t>(is_unproven(gap)));
  return read_all(select, &read_gap);
}

base::Result<std::vector<Gap>> SqlLedger::gaps_of_reason(const Gap& gap) const {
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT account, workspace, reason, detail, from_ms, to_ms FROM gaps WHERE "
                                 "account = ? AND workspace = ? AND reason = ? ORDER BY from_ms"));
  const GapKey key = key_of(gap);
  select.bind_all(key.account, std::string_view(key.workspace), key.reason);
  return read_all(select, &read_gap);
}

// Touches the rows that changed, and no other.
base::Result<void> SqlLedger::replace_gaps(const std::vector<Gap>& before, const std::vector<Gap>& after) {
  TRY_ASSIGN(sqlite::Statement remove,
             connection_.prepare("DELETE FROM gaps WHERE account = ? AND workspace = ? AND reason = ? AND detail = ? "
                                 "AND from_ms = ?"));
  TRY_ASSIGN(sqlite::Statement insert,
             connection_.prepare("INSERT INTO gaps (account, workspace, reason, detail, from_ms, to_ms) "
                                 "VALUES (?, ?, ?, ?, ?, ?)"));
  const auto stands_in = [](const std::vector<Gap>& rows, const Gap& row) {
    return std::any_of(rows.begin(), rows.end(), [&](const Gap& other) {
      return other.from == row.from && other.to == row.to && other.detail == row.detail;
    });
  };
  for (const Gap& row : before) {
    if (stands_in(after, row)) continue;
    const GapKey key = key_of(row);
    TRY(remove.run(key.account, std::string_view(key.workspace), key.reason, std::string_view(row.detail),
                   base::to_ms(row.from)));
  }
  for (const Gap& row : after) {
    if (stands_in(before, row)) continue;
    const GapKey key = key_of(row);
    TRY(insert.run(key.account, std::string_view(key.workspace), key.reason, std::string_view(row.detail),
                   base::to_ms(row.from), base::to_ms(row.to)));
  }
  return {};
}

base::Result<void> SqlLedger::add(const Gap& gap, Teller teller) {
  TRY(check_span(gap.from, gap.to));
  const MutexLock lock(mutex_);
  TRY_ASSIGN(LedgerUsage* const usage, this->usage());
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection_));
  TRY_ASSIGN(std::vector<Gap> before, gaps_like(gap));
  std::vector<Gap> after = before;
  add_gap(after, gap);
  LedgerSize growth = growth_of(before, after);
  if (teller == Teller::kClient && gap.subject) TRY(usage->check(*gap.subject, growth));
  if (growth.gaps > 0 && usage->is_full_of_gaps(gap.subject)) {
    TRY_ASSIGN(before, gaps_of_reason(gap));
    after = before;
    stretch_gap(after, gap);
    growth = growth_of(before, after);
  }
  TRY(replace_gaps(before, after));
  TRY(transaction.commit());
  usage->note(gap.subject, growth);
  return {};
}

base::Result<void> SqlLedger::record_feeds(std::span<const Feed> feeds) {
  for (const Feed& feed : feeds) TRY(check_span(feed.first, feed.last));
  if (feeds.empty()) return {};
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection_));
  TRY_ASSIGN(sqlite::Statement upsert,
             connection_.prepare("INSERT INTO feeds (account, workspace, road, first_ms, last_ms, events) "
                                 "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                                 "first_ms = min(first_ms, excluded.first_ms), "
                                 "last_ms = max(last_ms, excluded.last_ms), events = events + excluded.events"));
  for (const Feed& feed : feeds) {
    const std::string workspace = feed.subject.workspace.to_text();
    TRY(upsert.run(number_of(feed.subject.account), std::string_view(workspace), static_cast<std::int64_t>(feed.road),
                   base::to_ms(feed.first), base::to_ms(feed.last), static_cast<std::int64_t>(feed.events)));
  }
  TRY_ASSIGN(LedgerUsage* const usage, this->usage());
  TRY(transaction.commit());
  for (const Feed& feed : feeds) usage->note(feed.subject, {});
  return {};
}

base::Result<void> SqlLedger::record_alive(base::WallTime now) {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement update, alive_.prepare("UPDATE alive SET at_ms = ?"));
  return update.run(base::to_ms(now));
}

base::Result<std::vector<Pull>> SqlLedger::pulls(const LedgerSubject& subject) const {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT account, workspace, source, from_ms, to_ms, settled_ms, asked_ms, "
                                 "asked_last_ms, events FROM pulls WHERE account = ? AND workspace = ? "
                                 "ORDER BY from_ms, source"));
  const std::string workspace = subject.workspace.to_text();
  select.bind_all(number_of(subject.account), std::string_view(workspace));
  return read_all(select, &read_pull);
}

base::Result<std::vector<Gap>> SqlLedger::gaps(const LedgerSubject& subject) const {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT account, workspace, reason, detail, from_ms, to_ms FROM gaps WHERE "
                                 "account = 0 OR (account = ? AND workspace = ?) "
                                 "ORDER BY from_ms, to_ms, reason, detail"));
  const std::string workspace = subject.workspace.to_text();
  select.bind_all(number_of(subject.account), std::string_view(workspace));
  return read_all(select, &read_gap);
}

base::Result<std::vector<Feed>> SqlLedger::feeds(const LedgerSubject& subject) const {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT account, workspace, road, first_ms, last_ms, events FROM feeds WHERE "
                                 "account = ? AND workspace = ? ORDER BY road"));
  const std::string workspace = subject.workspace.to_text();
  select.bind_all(number_of(subject.account), std::string_view(workspace));
  return read_all(select, &read_feed);
}

base::Result<std::vector<LedgerSubject>> SqlLedger::subjects() const {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(
      sqlite::Statement select,
      connection_.prepare("SELECT account, workspace FROM pulls UNION SELECT account, workspace FROM gaps WHERE "
                          "account <> 0 UNION SELECT account, workspace FROM feeds ORDER BY account, workspace"));
  constexpr auto kRead = [](const sqlite::Statement& row) { return read_subject(row, 0); };
  return read_all<LedgerSubject>(select, kRead);
}

base::Result<std::vector<SubjectChanges>> SqlLedger::changes() const {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(const LedgerUsage* const usage, this->usage());
  return usage->changes();
}

base::Result<std::optional<base::WallTime>> SqlLedger::last_alive() const {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement select, alive_.prepare("SELECT at_ms FROM alive"));
  TRY_ASSIGN(const bool found, select.step());
  if (!found || select.is_null(0)) return std::optional<base::WallTime>();
  return std::optional(base::from_ms(select.integer(0)));
}

}  // namespace waybill::store
