#include "store/local/expiry_marks.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waybill::store {
namespace {

constexpr std::string_view kPrefix = "expired_before ";  // and the workspace's number
constexpr std::string_view kTrustedTime = "clock_trusted";

std::string name_of(model::WorkspaceNumber workspace) {
  return std::string(kPrefix) + std::to_string(static_cast<std::uint32_t>(workspace));
}

base::Result<model::WorkspaceNumber> parse_name(std::string_view name) {
  std::uint32_t number = 0;
  const char* const end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + kPrefix.size(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return base::corruption("waybill.db has the counter \"" + std::string(name) + "\", which names no workspace");
  }
  return model::WorkspaceNumber{number};
}

}  // namespace

base::Result<ExpiryMarks> read_expiry_marks(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement select,
             connection.prepare("SELECT name, value FROM counters WHERE name > ?1 AND name < ?1 || 'a'"));
  select.bind_all(kPrefix);
  ExpiryMarks marks;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return marks;
    TRY_ASSIGN(const model::WorkspaceNumber workspace, parse_name(select.bytes(0)));
    marks[workspace] = base::from_ms(select.integer(1));
  }
}

base::Result<void> write_expiry_marks(sqlite::Connection& connection, const ExpiryMarks& marks) {
  TRY_ASSIGN(sqlite::Statement raise,
             connection.prepare("INSERT INTO counters (name, value) VALUES (?, ?) "
                                "ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)"));
  for (const auto& [workspace, mark] : marks) {
    const std::string name = name_of(workspace);
    TRY(raise.run(std::string_view(name), base::to_ms(mark)));
  }
  return {};
}

base::Result<void> forget_marks_of_nobody(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement forget,
             connection.prepare("DELETE FROM counters WHERE name > ?1 AND name < ?1 || 'a' AND substr(name, ?2) NOT IN "
                                "(SELECT number FROM workspaces)"));
  return forget.run(kPrefix, static_cast<std::int64_t>(kPrefix.size() + 1));
}

void raise_marks(ExpiryMarks& marks, const ExpiryMarks& by) {
  for (const auto& [workspace, mark] : by) {
    const auto [at, is_new] = marks.try_emplace(workspace, mark);
    if (!is_new) at->second = std::max(at->second, mark);
  }
}

base::Result<std::optional<base::WallTime>> read_trusted_time(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement select, connection.prepare("SELECT value FROM counters WHERE name = ?"));
  select.bind_all(kTrustedTime);
  TRY_ASSIGN(const bool found, select.step());
  if (!found) return std::optional<base::WallTime>();
  return std::optional(base::from_ms(select.integer(0)));
}

base::Result<void> write_trusted_time(sqlite::Connection& connection, base::WallTime time) {
  TRY_ASSIGN(sqlite::Statement replace,
             connection.prepare("INSERT OR REPLACE INTO counters (name, value) VALUES (?, ?)"));
  return replace.run(kTrustedTime, base::to_ms(time));
}

}  // namespace waybill::store
