#include "base/testing/fault_files.h"

#include <string>
#include <utility>

#include "base/check.h"

namespace waybill::base::testing {
namespace {

Error to_error(DiskFault fault, std::string_view what, const std::filesystem::path& path) {
  const std::string doing = std::string(what) + " " + path.string();
  switch (fault) {
    case DiskFault::kFull: return storage_full(doing + ": the test's disk is full");
    case DiskFault::kIo: return io_error(doing + ": the test's disk has failed");
    case DiskFault::kDead: return io_error(doing + ": the test has ended this process");
    case DiskFault::kShort: return busy(doing + ": the test's machine has no descriptor or memory left");
  }
  CHECK(false);
}

class FaultOutputFile final : public OutputFile {
 public:
  FaultOutputFile(FaultDisk& disk, FaultDisk::File file, std::unique_ptr<OutputFile> below, std::filesystem::path path)
      : disk_(disk), file_(file), below_(std::move(below)), path_(std::move(path)) {}
  ~FaultOutputFile() override { disk_.closed(file_); }

  Result<void> append(std::string_view bytes) override {
    const auto fault = disk_.admit(DiskOperation::kWrite);
    if (fault != DiskFault::kDead) TRY(write(fault ? bytes.substr(0, bytes.size() / 2) : bytes));
    if (fault) return to_error(*fault, "writing", path_);
    return {};
  }

  Result<void> sync() override {
    const auto fault = disk_.admit(DiskOperation::kSync);
    if (!fault) disk_.synced(file_);
    if (!fault) return {};
    if (*fault != DiskFault::kDead) disk_.failed_to_sync(file_);
    return to_error(*fault, "syncing", path_);
  }

 private:
  Result<void> write(std::string_view bytes) {
    TRY(below_->append(bytes));
    disk_.written(file_, size_, bytes);
    size_ += bytes.size();
    return {};
  }

  FaultDisk& disk_;
  const FaultDisk::File file_;
  const std::unique_ptr<OutputFile> below_;
  const std::filesystem::path path_;
  std::uint64_t size_ = 0;
};

class FaultInputFile final : public InputFile {
 public:
  FaultInputFile(FaultDisk& disk, std::unique_ptr<InputFile> below, std::filesystem::path path)
      : disk_(disk), below_(std::move(below)), path_(std::move(path)) {}

  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> out) const override {
    if (const auto fault = disk_.admit(DiskOperation::kRead)) return to_error(*fault, "reading", path_);
    return below_->read(offset, out);
  }
  // Each read is one that may fail.
  [[nodiscard]] bool read_if_cached(std::uint64_t /*offset*/, std::span<char> /*out*/) const override { return false; }
  [[nodiscard]] std::unique_ptr<InputFile> past_cache() const override { return nullptr; }
  [[nodiscard]] int descriptor() const override { return below_->descriptor(); }

 private:
  FaultDisk& disk_;
  const std::unique_ptr<InputFile> below_;
  const std::filesystem::path path_;
};

}  // namespace

Result<std::unique_ptr<InputFile>> FaultFiles::open(const std::filesystem::path& path) {
  if (const auto fault = disk_.admit(DiskOperation::kOpen)) return to_error(*fault, "opening", path);
  TRY_ASSIGN(auto below, below_.open(path));
  return std::unique_ptr<InputFile>(std::make_unique<FaultInputFile>(disk_, std::move(below), path));
}

Result<std::unique_ptr<OutputFile>> FaultFiles::create(const std::filesystem::path& path) {
  if (const auto fault = disk_.admit(DiskOperation::kCreate)) return to_error(*fault, "creating", path);
  TRY_ASSIGN(auto below, below_.create(path));
  const FaultDisk::File file = disk_.created(path);
  return std::unique_ptr<OutputFile>(std::make_unique<FaultOutputFile>(disk_, file, std::move(below), path));
}

Result<void> FaultFiles::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (const auto fault = disk_.admit(DiskOperation::kRename)) return to_error(*fault, "renaming", from);
  TRY(below_.rename(from, to));
  disk_.renamed(from, to);
  return {};
}

Result<void> FaultFiles::remove(const std::filesystem::path& path) {
  if (const auto fault = disk_.admit(DiskOperation::kRemove)) return to_error(*fault, "removing", path);
  TRY(below_.remove(path));
  disk_.removed(path);
  return {};
}

Result<void> FaultFiles::sync_folder(const std::filesystem::path& folder) {
  const auto fault = disk_.admit(DiskOperation::kSyncFolder);
  if (!fault) {
    disk_.synced_folder(folder);
    return {};
  }
  if (*fault != DiskFault::kDead) disk_.failed_to_sync_folder(folder);
  return to_error(*fault, "syncing", folder);
}

}  // namespace waybill::base::testing
