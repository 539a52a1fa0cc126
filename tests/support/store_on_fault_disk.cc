#include "support/store_on_fault_disk.h"

#include <utility>

#include "sqlite/connection.h"
#include "store/local/local_store.h"
#include "store/local/schema.h"

namespace waybill::testing {

StoreOnFaultDisk::StoreOnFaultDisk() = default;

base::Result<void> StoreOnFaultDisk::open() {
  TRY_ASSIGN(store_, store::LocalStore::open(folder_.path(), random_, records_differ));
  return {};
}

base::Result<void> StoreOnFaultDisk::do_upkeep(base::SeededRandom& random) {
  TRY_ASSIGN(auto connection,
             sqlite::Connection::open(folder_.path() / store::kDatabaseFile, sqlite::OpenMode::kReadWrite));
  constexpr const char* kModes[] = {"PASSIVE", "RESTART", "TRUNCATE"};
  return connection.execute(std::string("PRAGMA wal_checkpoint(") + kModes[random.below(3)] + ")");
}

}  // namespace waybill::testing
