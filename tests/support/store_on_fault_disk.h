#pragma once

#include <filesystem>
#include <memory>

#include "base/random.h"
#include "base/result.h"
#include "base/testing/fake_clock.h"
#include "base/testing/fault_disk.h"
#include "base/testing/fault_files.h"
#include "obs/log.h"
#include "sqlite/testing/fault_vfs.h"
#include "store/local/local_store.h"
#include "support/stores.h"

namespace waybill::testing {

// The embedded store in a folder on a FaultDisk: the one place that knows how it is opened there.
class StoreOnFaultDisk {
 public:
  StoreOnFaultDisk();

  [[nodiscard]] base::testing::FaultDisk& disk() { return disk_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

  base::Result<void> open();
  // Closes it if it is open, as the end of a process does.
  void close() { store_.reset(); }
  // REQUIRES: open() has succeeded since the last close().
  [[nodiscard]] store::EventStore& store() { return *store_; }
  [[nodiscard]] store::LocalStore& store_under_test() { return *store_; }

  // Looks at everything that is stored, with the store closed: kCorruption if something is damaged that reading need
  // not notice.
  [[nodiscard]] base::Result<void> verify() const;

  // Does here and now, and in the order that `random` says, a part of what the store does by itself on its own time.
  base::Result<void> do_upkeep(base::SeededRandom& random);

 private:
  const TemporaryFolder folder_;
  base::testing::FaultDisk disk_{folder_.path()};
  base::testing::FaultFiles files_{disk_};
  sqlite::testing::FaultVfs vfs_{disk_, sqlite::testing::VfsRole::kDefault};
  base::SystemRandom random_;
  base::testing::FakeClock clock_{base::from_ms(1'000'000)};
  // Failures are what these tests are about; only what nobody expects is to be read.
  const obs::Log log_{obs::LogForm::kText, obs::LogLevel::kError};
  std::unique_ptr<store::LocalStore> store_;
};

}  // namespace waybill::testing
