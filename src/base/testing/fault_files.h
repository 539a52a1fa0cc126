#pragma once

#include <filesystem>
#include <memory>

#include "base/file_system.h"
#include "base/testing/fault_disk.h"

namespace waybill::base::testing {

// The machine's own files, seen through a FaultDisk: the door for what the store writes and reads itself. Syncs end at
// the disk's model and cost nothing. For paths on the disk alone.
class FaultFiles final : public FileSystem {
 public:
  // `disk` must outlive this object and the files it makes.
  explicit FaultFiles(FaultDisk& disk) : disk_(disk) {}

  Result<std::unique_ptr<OutputFile>> create(const std::filesystem::path& path) override;
  Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path) override;
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Result<void> remove(const std::filesystem::path& path) override;
  Result<void> sync_folder(const std::filesystem::path& folder) override;

 private:
  FaultDisk& disk_;
  SystemFiles below_;
};

}  // namespace waybill::base::testing
