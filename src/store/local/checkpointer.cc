#include "store/local/checkpointer.h"

#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "sqlite/connection.h"

namespace waybill::store {
namespace {

constexpr std::chrono::milliseconds kPause{500};
// Under steady load a passive checkpoint never finds the moment to start the log anew; beyond this size it is made to.
constexpr std::int64_t kLogPagesMax = 64LL * 1024 * 1024 / 4096;
// A log that is shorter may wait.
constexpr std::uintmax_t kLogBytesMin = 1024UL * 1024;

// A quiet log is cut off beyond this. The sign of life adds a page each five seconds; within kQuietRounds they stay
// below it, and what is moved by then is written over.
constexpr std::uintmax_t kQuietLogBytesMax = 96UL * 1024;
constexpr int kQuietRounds = 120;

// A connection that gives up at once where it would have to wait: a checkpoint holds the writers' lock while it waits
// for readers to leave, so its patience would be every append's delay.
base::Result<sqlite::Connection> open_impatient(const std::filesystem::path& database, const std::string& vfs) {
  TRY_ASSIGN(sqlite::Connection connection, sqlite::Connection::open(database, sqlite::OpenMode::kReadWrite, vfs));
  TRY(connection.execute("PRAGMA busy_timeout = 0"));
  return connection;
}

// How many pages the log had. A checkpoint that fails has changed nothing that matters: the log still holds everything,
// and the next round tries again.
base::Result<std::int64_t> checkpoint(sqlite::Connection& connection, const char* mode) {
  TRY_ASSIGN(sqlite::Statement pragma, connection.prepare(std::string("PRAGMA wal_checkpoint(") + mode + ")"));
  TRY(pragma.step());
  return pragma.integer(1);
}

// RESTART locks writers out until everything is moved and synced. What they add while PASSIVE works is less each time,
// so that little is left to it. The file keeps its length and is written from its beginning again, which is quicker
// than to cut it off and let it grow.
base::Result<void> move_log(sqlite::Connection& connection) {
  TRY_ASSIGN(const std::int64_t pages, checkpoint(connection, "PASSIVE"));
  if (pages < kLogPagesMax) return {};
  for (const char* const mode : {"PASSIVE", "PASSIVE", "RESTART"}) TRY(checkpoint(connection, mode));
  return {};
}

// The same, and cuts the file off where nobody reads it.
base::Result<void> cut_log(sqlite::Connection& connection) {
  for (const char* const mode : {"PASSIVE", "TRUNCATE"}) TRY(checkpoint(connection, mode));
  return {};
}

}  // namespace

Checkpointer::Checkpointer(std::filesystem::path database, std::string vfs, std::function<bool()> is_quiet)
    : database_(std::move(database)),
      vfs_(std::move(vfs)),
      is_quiet_(std::move(is_quiet)),
      thread_("checkpointer", [this] { work(); }) {}

Checkpointer::~Checkpointer() {
  {
    const base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
}

base::Result<sqlite::Connection*> Checkpointer::connection() {
  if (!connection_) {
    TRY_ASSIGN(sqlite::Connection opened, open_impatient(database_, vfs_));
    connection_.emplace(std::move(opened));
  }
  return &*connection_;
}

base::Result<bool> Checkpointer::empty_log() {
  const base::MutexLock lock(use_);
  TRY_ASSIGN(sqlite::Connection* const connection, this->connection());
  for (const char* const mode : {"PASSIVE", "PASSIVE", "TRUNCATE"}) {
    TRY_ASSIGN(sqlite::Statement pragma, connection->prepare(std::string("PRAGMA wal_checkpoint(") + mode + ")"));
    const auto row = pragma.step();
    if (!row && row.error().code() == base::ErrorCode::kBusy) return false;
    if (!row) return row.error();
    if (mode == std::string_view("TRUNCATE")) return pragma.integer(0) == 0;
  }
  return false;
}

void Checkpointer::tidy_log(int quiet_rounds) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(database_.string() + "-wal", error);
  if (error || bytes == 0) return;
  const base::MutexLock lock(use_);
  const auto opened = connection();
  if (!opened) return;
  if (quiet_rounds > 0 && bytes > kQuietLogBytesMax) {
    static_cast<void>(cut_log(**opened).has_value());
  } else if (quiet_rounds == kQuietRounds) {
    static_cast<void>(checkpoint(**opened, "PASSIVE").has_value());
  } else if (bytes >= kLogBytesMin) {
    static_cast<void>(move_log(**opened).has_value());
  }
}

void Checkpointer::work() {
  int quiet_rounds = 0;
  for (;;) {
    {
      const base::MutexLock lock(mutex_);
      if (!stopping_) stop_.wait_for(mutex_, kPause);
      if (stopping_) return;
    }
    quiet_rounds = is_quiet_() ? quiet_rounds + 1 : 0;
    tidy_log(quiet_rounds);
    if (quiet_rounds == kQuietRounds) quiet_rounds = 0;
  }
}

}  // namespace waybill::store
