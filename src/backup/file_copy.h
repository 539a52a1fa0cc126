#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/file_system.h"
#include "base/result.h"

namespace waybill::backup {

// A file that is held open, so that it can be read to its end even if somebody removes it. Not for concurrent use.
class HeldFile {
 public:
  // kNotFound if there is none, kIo.
  static base::Result<HeldFile> open(const std::filesystem::path& path);

  // What was read, as a manifest tells it.
  struct Content {
    std::uint64_t bytes = 0;
    std::string sha256;  // in hex
  };
  // Reads it all. REQUIRES: neither this nor copy_to() was called before.
  base::Result<Content> read_all();
  // The same, and writes it into the new file `to`, synced, which gets its name only when it is whole: until then
  // it is called `to` with .new behind. kStorageFull, kIo.
  base::Result<Content> copy_to(const std::filesystem::path& to, base::FileSystem& files);

 private:
  HeldFile(std::filesystem::path path, std::ifstream stream) : path_(std::move(path)), stream_(std::move(stream)) {}
  base::Result<Content> read_into(base::OutputFile* out);

  std::filesystem::path path_;
  std::ifstream stream_;
};

// Gives the file `from` a second name; false if the file system cannot do that here (another disk, no links, too many
// of them). kNotFound if there is none, kConflict if `to` is there, kIo.
base::Result<bool> link_file(const std::filesystem::path& from, const std::filesystem::path& to);

// The last `bytes` of a file; all of a shorter one. kNotFound, kIo.
base::Result<std::string> read_end(const std::filesystem::path& path, std::uint64_t bytes);

}  // namespace waybill::backup
