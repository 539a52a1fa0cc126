#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"

namespace waybill::base {

// A file being written from its beginning to its end. Not for concurrent use. Closed by its destructor, which syncs
// nothing.
class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  virtual ~OutputFile() = default;

  // kStorageFull or kIo; what the file holds is then unknown.
  virtual Result<void> append(std::string_view bytes) = 0;
  // Everything appended is on disk when this returns. After a failure it must not be tried again on the same file.
  virtual Result<void> sync() = 0;
};

// A file that is there, open for reading. Safe for concurrent use. Closed by its destructor.
class InputFile {
 public:
  InputFile() = default;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  virtual ~InputFile() = default;

  // Reads at `offset` until `out` is full or the file ends; how many bytes that were. kBusy where memory has run out,
  // kIo where the disk does not give them.
  [[nodiscard]] virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> out) const = 0;
  // The same where no wait for the disk is needed; false, and `out` unknown, where it is, or it cannot be told.
  [[nodiscard]] virtual bool read_if_cached(std::uint64_t offset, std::span<char> out) const = 0;
  // The same file, read past the system's cache in whole pages; none where that cannot be done.
  [[nodiscard]] virtual std::unique_ptr<InputFile> past_cache() const = 0;
  // For mapping it, and for hints.
  [[nodiscard]] virtual int descriptor() const = 0;
};

// What the store asks of the operating system where it writes files of its own, and reads them: one door, so that tests
// can fail a write or a read, fill the disk, or forget what was not synced. Safe for concurrent use.
class FileSystem {
 public:
  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;

  // Makes a file that only its owner may read. kConflict if it is there; kStorageFull, kIo.
  virtual Result<std::unique_ptr<OutputFile>> create(const std::filesystem::path& path) = 0;
  // Fails as open_to_read below.
  virtual Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path);
  // On disk only after sync_folder().
  virtual Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  // Fine if there is none.
  virtual Result<void> remove(const std::filesystem::path& path) = 0;
  // The folder's entries are on disk when this returns.
  virtual Result<void> sync_folder(const std::filesystem::path& folder) = 0;
};

// The machine's own.
class SystemFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<OutputFile>> create(const std::filesystem::path& path) override;
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Result<void> remove(const std::filesystem::path& path) override;
  Result<void> sync_folder(const std::filesystem::path& folder) override;
};

// A file that is there, cut to its first `bytes` bytes, for writing on behind them. kNotFound if there is none,
// kInvalidArgument if it is shorter, kStorageFull, kIo.
Result<std::unique_ptr<OutputFile>> continue_file(const std::filesystem::path& path, std::uint64_t bytes);

// Opens a file of the machine. kNotFound, kBusy where descriptors or memory have run out, kIo.
Result<std::unique_ptr<InputFile>> open_to_read(const std::filesystem::path& path);

// Whether a device, a pipe or a socket is at `path`, or where a link there leads. It can be written to, but must not be
// replaced or removed: /dev/null is for everybody.
bool is_special_file(const std::filesystem::path& path);

// Such a file, for writing; sync() does nothing. Waits for a reader of a pipe. kNotFound, kIo.
Result<std::unique_ptr<OutputFile>> open_special_file(const std::filesystem::path& path);

// This process's standard output; to sync it does nothing.
std::unique_ptr<OutputFile> standard_output();

}  // namespace waybill::base
