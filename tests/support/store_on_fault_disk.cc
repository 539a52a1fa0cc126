#include "support/store_on_fault_disk.h"

#include <utility>

#include "sqlite/connection.h"
#include "store/local/schema.h"

namespace waybill::testing {
namespace {

// The disk is a model and the files are gone after the test, so memory holds them as well, and a full machine does not
// slow the test down.
std::filesystem::path place() {
  const std::filesystem::path memory = "/dev/shm";
  std::error_code unknown;
  return std::filesystem::is_directory(memory, unknown) ? memory : std::filesystem::temp_directory_path();
}

}  // namespace

StoreOnFaultDisk::StoreOnFaultDisk() : folder_(place()) {}

base::Result<void> StoreOnFaultDisk::open() {
  TRY_ASSIGN(store_,
             store::LocalStore::open(folder_.path(), {random_, clock_, log_, files_, records_differ}, tiny_options()));
  return {};
}

base::Result<void> StoreOnFaultDisk::verify() const {
  TRY_ASSIGN(auto connection,
             sqlite::Connection::open(folder_.path() / store::kDatabaseFile, sqlite::OpenMode::kReadWrite));
  TRY_ASSIGN(auto check, connection.prepare("PRAGMA integrity_check"));
  TRY(check.step());
  if (check.bytes(0) != "ok") return base::corruption(store::kDatabaseFile + (": " + std::string(check.bytes(0))));
  return {};
}

base::Result<void> StoreOnFaultDisk::do_upkeep(base::SeededRandom& random) {
  const std::uint64_t steps = random.below(5);
  for (std::uint64_t i = 0; i < steps; ++i) {
    TRY_ASSIGN(const bool did_something, store_->run_upkeep_step());
    if (!did_something) break;
  }
  TRY_ASSIGN(auto connection,
             sqlite::Connection::open(folder_.path() / store::kDatabaseFile, sqlite::OpenMode::kReadWrite));
  constexpr const char* kModes[] = {"PASSIVE", "RESTART", "TRUNCATE"};
  return connection.execute(std::string("PRAGMA wal_checkpoint(") + kModes[random.below(3)] + ")");
}

}  // namespace waybill::testing
