#include "store/local/schema.h"

#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/files.h"
#include "sqlite/write_ahead_log.h"
#include "store/local/reserve.h"

namespace waybill::store {
namespace {

constexpr std::size_t kTokenSecretBytes = 32;

// docs/formats/database.md says what each column means. STRICT, so that a value of the wrong type is refused here and
// not met years later.
constexpr const char* kTables = R"sql(
CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  number INTEGER PRIMARY KEY,
  sid TEXT NOT NULL UNIQUE,
  auth_token TEXT NOT NULL,
  friendly_name TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  disabled_ms INTEGER
) STRICT;

CREATE TABLE keys (
  number INTEGER PRIMARY KEY,
  sid TEXT NOT NULL UNIQUE,
  account INTEGER NOT NULL REFERENCES accounts (number),
  secret_hash BLOB NOT NULL,
  friendly_name TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  revoked_ms INTEGER
) STRICT;

CREATE TABLE access (
  version INTEGER NOT NULL
) STRICT;
INSERT INTO access VALUES (1);
CREATE TRIGGER account_made AFTER INSERT ON accounts BEGIN UPDATE access SET version = version + 1; END;
CREATE TRIGGER account_changed AFTER UPDATE ON accounts BEGIN UPDATE access SET version = version + 1; END;
CREATE TRIGGER key_made AFTER INSERT ON keys BEGIN UPDATE access SET version = version + 1; END;
CREATE TRIGGER key_changed AFTER UPDATE ON keys BEGIN UPDATE access SET version = version + 1; END;

CREATE TABLE workspaces (
  number INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES accounts (number),
  sid TEXT NOT NULL,
  sid_text TEXT NOT NULL,
  friendly_name TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  retain_minutes INTEGER,
  events INTEGER NOT NULL DEFAULT 0,
  first_ms INTEGER,
  last_ms INTEGER,
  UNIQUE (account, sid)
) STRICT;

CREATE TABLE log (
  first_position INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  events BLOB NOT NULL
) STRICT;

CREATE TABLE files (
  number INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  is_live INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('sealed_through', 0), ('next_file', 1);

CREATE TABLE erasures (
  number INTEGER PRIMARY KEY,
  workspace INTEGER NOT NULL,
  dimension INTEGER,
  value BLOB,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  requested_ms INTEGER NOT NULL,
  horizon INTEGER NOT NULL,
  events INTEGER NOT NULL,
  completed_ms INTEGER
) STRICT;

CREATE TABLE erased (
  workspace INTEGER NOT NULL,
  sid_digest BLOB NOT NULL,
  erasure INTEGER NOT NULL,
  PRIMARY KEY (workspace, sid_digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE variants (
  number INTEGER PRIMARY KEY,
  workspace INTEGER NOT NULL,
  sid BLOB NOT NULL,
  digest BLOB NOT NULL,
  arrived_ms INTEGER NOT NULL,
  record BLOB NOT NULL,
  UNIQUE (workspace, sid, digest)
) STRICT;
)sql";

// What format 3 brought: the ledger of completeness.
constexpr const char* kLedgerTables = R"sql(
CREATE TABLE pulls (
  number INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  workspace TEXT NOT NULL,
  source TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  settled_ms INTEGER NOT NULL,
  asked_ms INTEGER NOT NULL,
  asked_last_ms INTEGER NOT NULL,
  events INTEGER NOT NULL,
  UNIQUE (account, workspace, source, from_ms)
) STRICT;

CREATE TABLE gaps (
  number INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  workspace TEXT NOT NULL,
  reason INTEGER NOT NULL,
  detail TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  UNIQUE (account, workspace, reason, detail, from_ms)
) STRICT;

CREATE TABLE feeds (
  account INTEGER NOT NULL,
  workspace TEXT NOT NULL,
  road INTEGER NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  events INTEGER NOT NULL,
  PRIMARY KEY (account, workspace, road)
) STRICT, WITHOUT ROWID;

CREATE TABLE alive (
  at_ms INTEGER
) STRICT;
INSERT INTO alive VALUES (NULL);
)sql";

// What format 4 brought: elements that could not be stored. A number is never given twice.
constexpr const char* kRejectTables = R"sql(
CREATE TABLE rejects (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  digest BLOB NOT NULL UNIQUE,
  account INTEGER,
  workspace TEXT NOT NULL,
  road INTEGER NOT NULL,
  form INTEGER NOT NULL,
  arrived_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  times INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  origin TEXT NOT NULL,
  place TEXT NOT NULL,
  problem TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX rejects_by_age ON rejects (last_ms, bytes);
)sql";

std::string set_pragma(const std::string& name, std::int64_t value) {
  return "PRAGMA " + name + " = " + std::to_string(value) + ";";
}

base::Result<void> write_facts(sqlite::Connection& connection, base::Random& random) {
  TRY_ASSIGN(sqlite::Statement insert, connection.prepare("INSERT INTO facts (name, value) VALUES (?, ?)"));
  for (const char* const name : {"incarnation", "store_id", "sid_key"}) {
    const auto number = random.bytes<sizeof(std::uint64_t)>();
    TRY(insert.run(std::string_view(name), sqlite::Blob{base::as_text(number)}));
  }
  const auto secret = random.bytes<kTokenSecretBytes>();
  return insert.run(std::string_view("token_secret"), sqlite::Blob{base::as_text(secret)});
}

base::Result<void> create_tables(sqlite::Connection& connection, base::Random& random) {
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection));
  TRY(connection.execute(kTables));
  TRY(connection.execute(kLedgerTables));
  TRY(connection.execute(kRejectTables));
  TRY(write_facts(connection, random));
  TRY(connection.execute(set_pragma("user_version", kDatabaseFormat) + set_pragma("application_id", kApplicationId)));
  return transaction.commit();
}

// Brings a database of an earlier format to this one, all of it or nothing. Gives the format that was found.
base::Result<std::int64_t> migrate(sqlite::Connection& connection) {
  TRY_ASSIGN(const std::int64_t format, connection.query_integer("PRAGMA user_version"));
  if (format >= kDatabaseFormat) return format;
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection));
  if (format < kFormatOfLedger) TRY(connection.execute(kLedgerTables));
  if (format < kFormatOfRejects) TRY(connection.execute(kRejectTables));
  TRY(connection.execute(set_pragma("user_version", kDatabaseFormat)));
  TRY(transaction.commit());
  return format;
}

base::Result<void> check_format(sqlite::Connection& connection, const std::filesystem::path& path) {
  TRY_ASSIGN(const std::int64_t application, connection.query_integer("PRAGMA application_id"));
  TRY_ASSIGN(const std::int64_t format, connection.query_integer("PRAGMA user_version"));
  if (application != kApplicationId) return base::corruption(path.string() + " is not a Waybill database");
  if (format > kDatabaseFormat) {
    return base::conflict(path.string() + " has format " + std::to_string(format) +
                          ", written by a later release; this one knows " + std::to_string(kDatabaseFormat) +
                          " and earlier");
  }
  if (format < kFormatFirst) {
    return base::conflict(path.string() + " has format " + std::to_string(format) +
                          ", written by a build before the first release; this one knows " +
                          std::to_string(kDatabaseFormat) + ". Read its events with that build and import them here");
  }
  return {};
}

base::Result<void> configure(sqlite::Connection& connection) {
  return connection.execute(
      // Of a new database only; what is deleted leaves the file in steps (LocalStore's upkeep).
      "PRAGMA auto_vacuum = INCREMENTAL;"
      "PRAGMA journal_mode = WAL;"
      "PRAGMA synchronous = FULL;"
      "PRAGMA wal_autocheckpoint = 0;"
      "PRAGMA secure_delete = ON;"
      "PRAGMA foreign_keys = ON;");
}

base::Result<sqlite::Connection> open_known(const std::filesystem::path& folder, sqlite::OpenMode mode,
                                            const std::string& vfs) {
  auto connection = sqlite::Connection::open(folder / kDatabaseFile, mode, vfs);
  if (connection || connection.error().code() != base::ErrorCode::kNotFound) return connection;
  return base::not_found(folder.string() + " is not a Waybill data directory: it has no " + kDatabaseFile);
}

// What a killed process left in the write-ahead log may be in the machine's memory alone, and after a failed sync it
// stays there for good, synced though the log may be later. So it is written to the database before anybody sees it.
// Whether all of it was: a reader of an earlier state may keep the rest from it.
base::Result<bool> save_log(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement pragma, connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)"));
  const auto done = pragma.step();
  // Without room the log, which is synced first, goes on holding the events.
  if (!done && done.error().code() == base::ErrorCode::kStorageFull) return true;
  if (!done) return done.error();
  // Pages of the log, and how many of them are in the database.
  return pragma.integer(1) == pragma.integer(2);
}

// A process that holds the folder has looked itself, and changes the log.
base::Result<void> check_log(const std::filesystem::path& folder, const std::string& vfs) {
  if (!vfs.empty()) return {};
  TRY_ASSIGN(const auto holder, base::FileLock::holder(folder / kLockFile));
  return holder ? base::Result<void>() : sqlite::check_write_ahead_log(folder / kDatabaseFile);
}

// What `open` gives, tried once more in the room that was kept for it if there is no other.
template <class Open>
auto open_in_reserve(const std::filesystem::path& folder, const Open& open) {
  auto opened = open();
  if (opened || opened.error().code() != base::ErrorCode::kStorageFull || !release_reserve(folder)) return opened;
  return open();
}

base::Result<OpenedDatabase> open_or_create(const std::filesystem::path& folder, base::Random& random,
                                            const std::string& vfs) {
  const std::filesystem::path path = folder / kDatabaseFile;
  TRY_ASSIGN(sqlite::Connection connection, sqlite::Connection::open(path, sqlite::OpenMode::kCreate, vfs));
  TRY(configure(connection));
  TRY_ASSIGN(const std::int64_t tables, connection.query_integer("SELECT count(*) FROM sqlite_schema"));
  if (tables == 0) TRY(create_tables(connection, random));
  TRY(check_format(connection, path));
  TRY_ASSIGN(const std::int64_t format_found, migrate(connection));
  TRY_ASSIGN(const bool log_is_saved, save_log(connection));
  return OpenedDatabase{std::move(connection), format_found, log_is_saved};
}

}  // namespace

base::Result<OpenedDatabase> open_database(const std::filesystem::path& folder, base::Random& random,
                                           const std::string& vfs) {
  TRY(base::make_private_folder(folder));
  return open_in_reserve(folder, [&] { return open_or_create(folder, random, vfs); });
}

base::Result<sqlite::Connection> open_existing_database(const std::filesystem::path& folder, const std::string& vfs,
                                                        LogCheck check) {
  if (check == LogCheck::kFirst) TRY(check_log(folder, vfs));
  return open_in_reserve(folder, [&]() -> base::Result<sqlite::Connection> {
    TRY_ASSIGN(sqlite::Connection connection, open_known(folder, sqlite::OpenMode::kReadWrite, vfs));
    TRY(configure(connection));
    TRY(check_format(connection, folder / kDatabaseFile));
    return connection;
  });
}

base::Result<sqlite::Connection> open_database_to_read(const std::filesystem::path& folder) {
  TRY(check_log(folder, {}));
  return open_in_reserve(folder, [&]() -> base::Result<sqlite::Connection> {
    TRY_ASSIGN(sqlite::Connection connection, open_known(folder, sqlite::OpenMode::kReadOnly, {}));
    TRY(check_format(connection, folder / kDatabaseFile));
    return connection;
  });
}

base::Result<void> check_database_log(const std::filesystem::path& folder) { return check_log(folder, {}); }

base::Result<StoreFacts> read_facts(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement select, connection.prepare("SELECT value FROM facts WHERE name = ?"));
  const auto fact = [&](std::string_view name, std::size_t size) -> base::Result<std::string> {
    select.bind_all(name);
    TRY_ASSIGN(const bool found, select.step());
    if (!found || select.bytes(0).size() != size) {
      return base::corruption(std::string(kDatabaseFile) + " has no valid fact " + std::string(name));
    }
    std::string value(select.bytes(0));
    select.reset();
    return value;
  };
  const auto number = [&](std::string_view name) -> base::Result<std::uint64_t> {
    TRY_ASSIGN(const std::string bytes, fact(name, sizeof(std::uint64_t)));
    return base::get_le<std::uint64_t>(bytes, 0);
  };
  StoreFacts facts;
  TRY_ASSIGN(facts.identity.incarnation, number("incarnation"));
  TRY_ASSIGN(facts.identity.token_secret, fact("token_secret", kTokenSecretBytes));
  TRY_ASSIGN(facts.store_id, number("store_id"));
  TRY_ASSIGN(facts.sid_key, number("sid_key"));
  return facts;
}

}  // namespace waybill::store
