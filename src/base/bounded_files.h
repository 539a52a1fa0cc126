#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace waybill::base {

// Bytes of a file that holds a secret, a certificate or settings.
inline constexpr std::size_t kSmallFileMax = 1UL << 20U;

// The whole file, of at most `bytes_max` bytes. kNotFound if there is none, kTooLarge if it has more, as one without an
// end has, kIo if it cannot be read.
Result<std::string> read_file_up_to(const std::filesystem::path& path, std::size_t bytes_max);

// Whether a path leads to a regular file of at most kSmallFileMax bytes; it is not read. kNotFound if there is none,
// kInvalidArgument, naming the path, if it is something else or larger; kIo.
Result<void> check_small_file(const std::filesystem::path& path);

// Makes a file of so many bytes, for its owner alone, that have room on the disk; fine if it is there. On failure there
// is none. kStorageFull; kIo also where the file system cannot reserve room.
Result<void> reserve_room(const std::filesystem::path& path, std::uint64_t bytes);

// What was written into a file is on disk when this returns. kStorageFull, kIo.
Result<void> sync_file(const std::filesystem::path& path);

}  // namespace waybill::base
