#include "store/local/database_copy.h"

#include <algorithm>
#include <string>
#include <system_error>

#include "base/bytes.h"

namespace waybill::store {

// VACUUM INTO reads one snapshot and writes what is live. SQLite's backup interface would copy free pages with it, in
// which deleted events may still stand.
base::Result<void> copy_database(const std::filesystem::path& folder, const std::filesystem::path& to,
                                 base::FileSystem& files) {
  TRY_ASSIGN(sqlite::Connection connection, open_database_to_read(folder));
  // SQLite would make the file with the process's mask; it takes an empty one as well.
  TRY(files.create(to));
  const std::string name = to.string();
  TRY_ASSIGN(sqlite::Statement copy, connection.prepare("VACUUM INTO ?"));
  TRY(copy.run(std::string_view(name)));
  // It is not synced by SQLite.
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(to, error);
  if (error) return base::io_error("reading " + name + ": " + error.message());
  TRY_ASSIGN(const auto written, base::continue_file(to, bytes));
  return written->sync();
}

base::Result<DatabaseSummary> summarize_database(const std::filesystem::path& folder) {
  TRY_ASSIGN(sqlite::Connection connection, open_database_to_read(folder));
  DatabaseSummary summary;
  TRY_ASSIGN(summary.facts, read_facts(connection));
  TRY_ASSIGN(summary.manifest, read_manifest(connection));
  TRY_ASSIGN(summary.format, connection.query_integer("PRAGMA user_version"));
  TRY_ASSIGN(const std::int64_t logged, connection.query_integer("SELECT max(first_position + count - 1) FROM log"));
  summary.position = std::max(summary.manifest.sealed_through, model::Position{static_cast<std::uint64_t>(logged)});
  TRY_ASSIGN(const std::int64_t events, connection.query_integer("SELECT sum(events) FROM workspaces"));
  summary.events = static_cast<std::uint64_t>(events);
  return summary;
}

base::Result<void> begin_new_life(const std::filesystem::path& folder, base::Random& random) {
  TRY_ASSIGN(sqlite::Connection connection, open_existing_database(folder, {}));
  const auto incarnation = random.bytes<sizeof(std::uint64_t)>();
  {
    TRY_ASSIGN(sqlite::Statement update, connection.prepare("UPDATE facts SET value = ? WHERE name = 'incarnation'"));
    TRY(update.run(sqlite::Blob{base::as_text(incarnation)}));
  }
  return connection.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace waybill::store
