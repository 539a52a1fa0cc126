#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace waybill::base {

// The whole file. kNotFound if there is none, kIo if it cannot be read.
Result<std::string> read_file(const std::filesystem::path& path);

// Writes a file that only its owner may read, whole or not at all: beside it first, synced, then renamed, and
// the folder synced. A special file (is_special_file) is written to as it is. kStorageFull or kIo.
Result<void> write_private_file(const std::filesystem::path& path, std::string_view text);

// Makes a folder that only its owner may enter, with its parents. Fine if it is there. kStorageFull or kIo.
Result<void> make_private_folder(const std::filesystem::path& path);

// Whether an error of the operating system says that descriptors or memory have run out, which passes.
bool is_shortage(int code);

// The last error of the operating system as ours, naming what was done to which path: kNotFound, kStorageFull, kBusy
// for a shortage, else kIo.
Error last_system_error(std::string_view what, const std::filesystem::path& path);

// A lock on a file that other processes respect while this object lives; the system drops it when the process dies,
// however it dies. The file holds the process id of the holder, given room; emptied when the lock is let go, it keeps
// the id of a process that was killed.
class FileLock {
 public:
  // kConflict, naming the holder's process id, if another process holds it; kIo.
  static Result<FileLock> take(const std::filesystem::path& path);

  // The process id of whoever holds the lock; 0 where that cannot be told, nothing if nobody does or there is no file.
  // For the moment of asking it keeps a taker out. kIo.
  static Result<std::optional<std::int64_t>> holder(const std::filesystem::path& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace waybill::base
