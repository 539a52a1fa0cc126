#include "sqlite/connection.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/check.h"
#include "base/files.h"
#include "sqlite/reserving_vfs.h"

namespace waybill::sqlite {
namespace {

constexpr int kBusyWaitMs = 5000;
constexpr int kBusyPollMs = 1;

// "SQLite", and which file it is about, without the folder, which is not for everybody who reads a message.
std::string speaker(sqlite3* database) {
  const char* const path = database != nullptr ? sqlite3_db_filename(database, "main") : nullptr;
  if (path == nullptr) return "SQLite: ";
  return "SQLite, " + std::filesystem::path(path).filename().string() + ": ";
}

std::string message_of(int code, sqlite3* database) {
  return speaker(database) + (database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code));
}

// Whether a failure of the file system touched nothing that is stored: bytes could not be read, a file not opened.
bool is_failed_read(int code) {
  switch (code) {
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_SHORT_READ:
    case SQLITE_IOERR_FSTAT:
    case SQLITE_IOERR_ACCESS:
    case SQLITE_IOERR_MMAP:
    case SQLITE_IOERR_SHMOPEN:
    case SQLITE_IOERR_SHMMAP:
    case SQLITE_IOERR_CORRUPTFS: return true;
    default: return (code & 0xff) == SQLITE_CANTOPEN;
  }
}

base::Error to_error(int code, sqlite3* database) {
  std::string message = message_of(code, database);
  if (code == SQLITE_IOERR_NOMEM) return base::busy(std::move(message));
  if (is_failed_read(code)) {
    // SQLite keeps the system's own error of just these.
    if (database == nullptr || !base::is_shortage(sqlite3_system_errno(database))) {
      return base::unavailable(std::move(message));
    }
    return base::busy(std::move(message) + ": " + std::generic_category().message(sqlite3_system_errno(database)));
  }
  switch (code & 0xff) {
    case SQLITE_FULL: return base::storage_full(std::move(message));
    // Memory that is wanting now is there again later.
    case SQLITE_NOMEM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return base::busy(std::move(message));
    // Our statements are right, so the tables are not.
    case SQLITE_ERROR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return base::corruption(std::move(message));
    case SQLITE_CONSTRAINT: return base::conflict(std::move(message));
    default: return base::io_error(std::move(message));
  }
}

// Looks again every millisecond. SQLite's own busy_timeout sleeps longer and longer, up to 100 ms at a time, so that an
// append would wait long after what was in its way has gone.
int wait_while_busy(void* /*context*/, int calls_before) {
  if (calls_before * kBusyPollMs >= kBusyWaitMs) return 0;
  sqlite3_sleep(kBusyPollMs);
  return 1;
}

// SQLite makes files with the process's mask; a store's file is its owner's alone from its first byte. A file that is
// there is not opened: closing it would drop the POSIX locks that other connections of this process have on it.
base::Result<void> create_private(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0 && errno == EEXIST) return {};
  if (descriptor < 0) return base::last_system_error("creating", path);
  ::close(descriptor);
  return {};
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::bind(int index, std::int64_t value) {
  CHECK(sqlite3_bind_int64(statement_.get(), index, value) == SQLITE_OK);
}

void Statement::bind(int index, std::string_view text) {
  CHECK(sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8) ==
        SQLITE_OK);
}

void Statement::bind(int index, Blob blob) {
  // An empty blob is not NULL, whatever its address.
  const char* const data = blob.bytes.empty() ? "" : blob.bytes.data();
  CHECK(sqlite3_bind_blob64(statement_.get(), index, data, blob.bytes.size(), SQLITE_STATIC) == SQLITE_OK);
}

base::Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return to_error(code, sqlite3_db_handle(statement_.get()));
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::bytes(int column) const {
  const auto* const data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return data == nullptr ? std::string_view() : std::string_view(data, size);
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

void Statement::reset() {
  // Repeats the error of the last step, which its caller has seen.
  sqlite3_reset(statement_.get());
}

void Connection::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

base::Result<Connection> Connection::open(const std::filesystem::path& path, OpenMode mode, const std::string& vfs) {
  if (mode == OpenMode::kCreate) TRY(create_private(path));
  const int flags = (mode == OpenMode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_EXRESCODE;
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown) && !unknown) return base::not_found("there is no file " + path.string());
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &database, flags, vfs.empty() ? reserving_vfs() : vfs.c_str());
  Connection connection(database);
  if (code != SQLITE_OK) return to_error(code, database).while_doing("opening " + path.string());
  sqlite3_busy_handler(database, wait_while_busy, nullptr);
  return connection;
}

base::Result<void> Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return to_error(code, database_.get());
  return {};
}

base::Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return to_error(code, database_.get());
  return Statement(statement);
}

base::Result<std::int64_t> Connection::query_integer(std::string_view sql) {
  TRY_ASSIGN(Statement statement, prepare(sql));
  TRY_ASSIGN(const bool found, statement.step());
  if (!found) return base::not_found("no row answers " + std::string(sql));
  return statement.integer(0);
}

std::int64_t Connection::last_insert_id() const { return sqlite3_last_insert_rowid(database_.get()); }

base::Result<Transaction> Transaction::begin(Connection& connection) {
  TRY(connection.execute("BEGIN IMMEDIATE"));
  return Transaction(connection);
}

Transaction::~Transaction() {
  // Nothing is left to do if this fails: SQLite rolls back by itself where it must.
  if (connection_ != nullptr) static_cast<void>(connection_->execute("ROLLBACK").has_value());
}

base::Result<void> Transaction::commit() {
  sqlite3* const database = connection_->database_.get();
  const int code = sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr);
  switch (code & 0xff) {
    case SQLITE_OK: connection_ = nullptr; return {};
    case SQLITE_BUSY:
    case SQLITE_FULL: return to_error(code, database);
    // Memory may have run out when the log was written already.
    default: return base::io_error(message_of(code, database));
  }
}

}  // namespace waybill::sqlite
