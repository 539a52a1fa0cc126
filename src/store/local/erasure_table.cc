#include "store/local/erasure_table.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"

namespace waybill::store {
namespace {

// In `retain_minutes`: kept for ever, whatever the store's setting; NULL is the setting.
constexpr std::int64_t kForEver = -1;

// The fact that holds the retention somebody agreed to, in the same numbers.
constexpr std::string_view kConfirmedRetention = "retention";

std::int64_t number_of(model::WorkspaceNumber workspace) { return static_cast<std::int64_t>(workspace); }

// `sid` is its bytes.
std::string digest_of(const StoreFacts& facts, model::WorkspaceNumber workspace, std::string_view sid) {
  constexpr std::size_t kDigestBytes = 16;
  std::string text = "erased event";
  base::put_le(text, static_cast<std::uint32_t>(workspace));
  text += sid;
  const base::Sha256 mac = base::hmac_sha256(facts.identity.token_secret, text);
  return std::string(base::as_text(mac).substr(0, kDigestBytes));
}

std::string digest_of(const StoreFacts& facts, model::WorkspaceNumber workspace, const model::EventSid& sid) {
  return digest_of(facts, workspace, base::as_text(sid.bytes()));
}

base::Result<std::optional<model::Term>> read_subject(const sqlite::Statement& row) {
  if (row.is_null(2)) return std::optional<model::Term>();
  const std::int64_t dimension = row.integer(2);
  if (dimension < 1 || dimension > static_cast<std::int64_t>(std::size(model::kAllDimensions))) {
    return base::corruption("an erasure names the unknown dimension " + std::to_string(dimension));
  }
  return std::optional(model::Term{static_cast<model::Dimension>(dimension), std::string(row.bytes(3))});
}

}  // namespace

base::Result<std::vector<RecordedErasure>> read_erasures(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement select,
             connection.prepare("SELECT number, workspace, dimension, value, from_ms, to_ms, requested_ms, horizon, "
                                "events, completed_ms FROM erasures ORDER BY number"));
  std::vector<RecordedErasure> erasures;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return erasures;
    RecordedErasure erasure;
    erasure.note.number = static_cast<std::uint64_t>(select.integer(0));
    erasure.note.request.workspace = model::WorkspaceNumber{static_cast<std::uint32_t>(select.integer(1))};
    TRY_ASSIGN(erasure.note.request.subject, read_subject(select));
    erasure.note.request.from = base::from_ms(select.integer(4));
    erasure.note.request.to = base::from_ms(select.integer(5));
    erasure.note.requested = base::from_ms(select.integer(6));
    erasure.horizon = model::Position{static_cast<std::uint64_t>(select.integer(7))};
    erasure.note.events = static_cast<std::uint64_t>(select.integer(8));
    if (!select.is_null(9)) erasure.note.completed = base::from_ms(select.integer(9));
    erasures.push_back(std::move(erasure));
  }
}

base::Result<void> insert_erasure(sqlite::Connection& connection, const RecordedErasure& erasure) {
  const ErasureRequest& request = erasure.note.request;
  TRY_ASSIGN(sqlite::Statement insert,
             connection.prepare("INSERT INTO erasures (number, workspace, from_ms, to_ms, requested_ms, horizon, "
                                "events) VALUES (?, ?, ?, ?, ?, ?, ?)"));
  const auto number = static_cast<std::int64_t>(erasure.note.number);
  TRY(insert.run(number, number_of(request.workspace), base::to_ms(request.from), base::to_ms(request.to),
                 base::to_ms(erasure.note.requested), static_cast<std::int64_t>(to_number(erasure.horizon)),
                 static_cast<std::int64_t>(erasure.note.events)));
  if (!request.subject) return {};
  TRY_ASSIGN(sqlite::Statement name,
             connection.prepare("UPDATE erasures SET dimension = ?, value = ? WHERE number = ?"));
  return name.run(static_cast<std::int64_t>(request.subject->dimension), sqlite::Blob{request.subject->value}, number);
}

base::Result<void> complete_erasure(sqlite::Connection& connection, std::uint64_t number, base::WallTime when) {
  TRY_ASSIGN(sqlite::Statement update, connection.prepare("UPDATE erasures SET completed_ms = ? WHERE number = ?"));
  return update.run(base::to_ms(when), static_cast<std::int64_t>(number));
}

base::Result<std::uint64_t> next_erasure_number(sqlite::Connection& connection) {
  TRY_ASSIGN(const std::int64_t number,
             connection.query_integer("SELECT 1 + coalesce((SELECT max(number) FROM erasures), 0)"));
  return static_cast<std::uint64_t>(number);
}

std::vector<std::string> erased_digests(const StoreFacts& facts, model::WorkspaceNumber workspace,
                                        std::span<const model::EventSid> sids) {
  std::vector<std::string> digests;
  digests.reserve(sids.size());
  for (const model::EventSid& sid : sids) digests.push_back(digest_of(facts, workspace, sid));
  std::sort(digests.begin(), digests.end());
  return digests;
}

base::Result<void> insert_erased_digests(sqlite::Connection& connection, model::WorkspaceNumber workspace,
                                         std::uint64_t erasure, std::span<const std::string> digests) {
  TRY_ASSIGN(sqlite::Statement insert,
             connection.prepare("INSERT OR REPLACE INTO erased (workspace, sid_digest, erasure) VALUES (?, ?, ?)"));
  for (const std::string& digest : digests) {
    TRY(insert.run(number_of(workspace), sqlite::Blob{digest}, static_cast<std::int64_t>(erasure)));
  }
  return {};
}

base::Result<std::optional<DigestPlace>> delete_unfinished_digests(sqlite::Connection& connection,
                                                                   const DigestPlace& after, std::size_t limit) {
  constexpr std::int64_t kLookedAtMax = 4'096;
  TRY_ASSIGN(sqlite::Statement select,
             connection.prepare("SELECT workspace, sid_digest, erasure IN (SELECT number FROM erasures) FROM erased "
                                "WHERE (workspace, sid_digest) > (?, ?) ORDER BY workspace, sid_digest LIMIT ?"));
  select.bind_all(after.workspace, sqlite::Blob{after.digest}, kLookedAtMax);
  std::optional<DigestPlace> last;
  std::vector<DigestPlace> doomed;
  while (doomed.size() < limit) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) break;
    last = DigestPlace{select.integer(0), std::string(select.bytes(1))};
    if (select.integer(2) == 0) doomed.push_back(*last);
  }
  select.reset();
  TRY_ASSIGN(sqlite::Statement remove, connection.prepare("DELETE FROM erased WHERE workspace = ? AND sid_digest = ?"));
  for (const DigestPlace& place : doomed) TRY(remove.run(place.workspace, sqlite::Blob{place.digest}));
  return last;
}

base::Result<std::optional<std::int64_t>> delete_erased_variants(sqlite::Connection& connection,
                                                                 const StoreFacts& facts,
                                                                 model::WorkspaceNumber workspace, std::int64_t after,
                                                                 std::size_t limit) {
  TRY_ASSIGN(
      sqlite::Statement select,
      connection.prepare("SELECT number, workspace, sid FROM variants WHERE number > ? ORDER BY number LIMIT ?"));
  select.bind_all(after, static_cast<std::int64_t>(limit));
  std::optional<std::int64_t> last;
  std::vector<std::pair<std::int64_t, std::string>> candidates;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) break;
    last = select.integer(0);
    if (select.integer(1) == number_of(workspace)) candidates.emplace_back(*last, select.bytes(2));
  }
  TRY_ASSIGN(sqlite::Statement find, connection.prepare("SELECT 1 FROM erased WHERE workspace = ? AND sid_digest = ?"));
  TRY_ASSIGN(sqlite::Statement remove, connection.prepare("DELETE FROM variants WHERE number = ?"));
  for (const auto& [number, sid] : candidates) {
    const std::string digest = digest_of(facts, workspace, sid);
    find.bind_all(number_of(workspace), sqlite::Blob{digest});
    TRY_ASSIGN(const bool is_erased, find.step());
    find.reset();
    if (is_erased) TRY(remove.run(number));
  }
  return last;
}

base::Result<void> delete_variants(sqlite::Connection& connection, model::WorkspaceNumber workspace,
                                   std::span<const model::EventSid> sids) {
  TRY_ASSIGN(const std::int64_t variants, connection.query_integer("SELECT count(*) FROM variants"));
  if (variants == 0) return {};
  TRY_ASSIGN(sqlite::Statement forget, connection.prepare("DELETE FROM variants WHERE workspace = ? AND sid = ?"));
  for (const model::EventSid& sid : sids) {
    TRY(forget.run(number_of(workspace), sqlite::Blob{base::as_text(sid.bytes())}));
  }
  return {};
}

base::Result<bool> is_erased_sid(sqlite::Connection& connection, const StoreFacts& facts,
                                 model::WorkspaceNumber workspace, const model::EventSid& sid) {
  TRY_ASSIGN(sqlite::Statement select,
             connection.prepare("SELECT 1 FROM erased WHERE workspace = ? AND sid_digest = ?"));
  const std::string digest = digest_of(facts, workspace, sid);
  select.bind_all(number_of(workspace), sqlite::Blob{digest});
  return select.step();
}

base::Result<void> forget_unfinished_erasures(sqlite::Connection& connection) {
  return connection.execute("DELETE FROM erased WHERE erasure NOT IN (SELECT number FROM erasures)");
}

base::Result<void> uncount_events(sqlite::Connection& connection, model::WorkspaceNumber workspace,
                                  std::int64_t events) {
  TRY_ASSIGN(sqlite::Statement update,
             connection.prepare("UPDATE workspaces SET events = max(0, events - ?) WHERE number = ?"));
  return update.run(events, number_of(workspace));
}

base::Result<std::map<model::WorkspaceNumber, Retention>> read_retention(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement select,
             connection.prepare("SELECT number, retain_minutes FROM workspaces WHERE retain_minutes IS NOT NULL"));
  std::map<model::WorkspaceNumber, Retention> own;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return own;
    const std::int64_t minutes = select.integer(1);
    own[model::WorkspaceNumber{static_cast<std::uint32_t>(select.integer(0))}] =
        minutes == kForEver ? Retention() : Retention(std::chrono::minutes(minutes));
  }
}

base::Result<std::optional<Retention>> read_confirmed_retention(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement select, connection.prepare("SELECT value FROM facts WHERE name = ?"));
  select.bind_all(kConfirmedRetention);
  TRY_ASSIGN(const bool found, select.step());
  if (!found) return std::optional<Retention>();
  const std::string_view bytes = select.bytes(0);
  if (bytes.size() != sizeof(std::int64_t)) return base::corruption("the fact retention of waybill.db is no number");
  const auto minutes = static_cast<std::int64_t>(base::get_le<std::uint64_t>(bytes, 0));
  return std::optional<Retention>(minutes == kForEver ? Retention() : Retention(std::chrono::minutes(minutes)));
}

base::Result<void> write_confirmed_retention(sqlite::Connection& connection, const Retention& retention) {
  TRY_ASSIGN(sqlite::Statement replace, connection.prepare("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)"));
  std::string bytes;
  base::put_le(bytes, static_cast<std::uint64_t>(retention ? retention->count() : kForEver));
  return replace.run(kConfirmedRetention, sqlite::Blob{bytes});
}

base::Result<void> write_retention(sqlite::Connection& connection, model::WorkspaceNumber workspace,
                                   const std::optional<Retention>& retention) {
  const bool is_own = retention.has_value();
  const std::int64_t minutes = is_own && *retention ? (*retention)->count() : kForEver;
  TRY_ASSIGN(sqlite::Statement update,
             connection.prepare("UPDATE workspaces SET retain_minutes = iif(?, ?, NULL) WHERE number = ? "
                                "RETURNING number"));
  update.bind_all(std::int64_t{is_own ? 1 : 0}, minutes, number_of(workspace));
  TRY_ASSIGN(const bool found, update.step());
  update.reset();
  if (!found) return base::not_found("there is no workspace number " + std::to_string(number_of(workspace)));
  return {};
}

}  // namespace waybill::store
