#include "store/local/checkpointer.h"

#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "sqlite/connection.h"

namespace waybill::store {
namespace {

constexpr std::chrono::milliseconds kPause{500};
// Under steady load a passive checkpoint never finds the moment to start the log anew; beyond this size it is made to.
constexpr std::uintmax_t kLogBytesMax = 256UL * 1024 * 1024;
constexpr std::uintmax_t kLogBytesMin = 1024UL * 1024;

// A connection that gives up at once where it would have to wait: a checkpoint holds the writers' lock while it waits
// for readers to leave, so its patience would be every append's delay.
base::Result<sqlite::Connection> open_impatient(const std::filesystem::path& database, const std::string& vfs) {
  TRY_ASSIGN(sqlite::Connection connection, sqlite::Connection::open(database, sqlite::OpenMode::kReadWrite, vfs));
  TRY(connection.execute("PRAGMA busy_timeout = 0"));
  return connection;
}

}  // namespace

Checkpointer::Checkpointer(std::filesystem::path database, std::string vfs)
    : database_(std::move(database)), vfs_(std::move(vfs)), thread_("checkpointer", [this] { work(); }) {}

Checkpointer::~Checkpointer() {
  {
    const base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
}

void Checkpointer::work() {
  const std::filesystem::path log = database_.string() + "-wal";
  auto connection = open_impatient(database_, vfs_);
  for (;;) {
    {
      const base::MutexLock lock(mutex_);
      if (!stopping_) stop_.wait_for(mutex_, kPause);
      if (stopping_) return;
    }
    if (!connection) {
      connection = open_impatient(database_, vfs_);
      continue;
    }
    std::error_code error;
    const std::uintmax_t bytes = std::filesystem::file_size(log, error);
    if (error || bytes < kLogBytesMin) continue;
    // A checkpoint that fails has changed nothing that matters: the log still holds everything, and the next round
    // tries again.
    static_cast<void>(connection->execute("PRAGMA wal_checkpoint(PASSIVE)").has_value());
    if (bytes <= kLogBytesMax) continue;
    // This one locks writers out, and after the other has little left to move.
    static_cast<void>(connection->execute("PRAGMA wal_checkpoint(TRUNCATE)").has_value());
  }
}

}  // namespace waybill::store
