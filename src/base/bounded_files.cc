#include "base/bounded_files.h"

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/files.h"

namespace waybill::base {
Result<std::string> read_file_up_to(const std::filesystem::path& path, std::size_t bytes_max) {
  const Descriptor opened(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0) return last_system_error("reading", path);
  std::string text;
  std::array<char, 65536> piece;
  for (;;) {
    const ssize_t count = read(opened.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return last_system_error("reading", path);
    if (count == 0) return text;
    if (text.size() + static_cast<std::size_t>(count) > bytes_max) {
      return too_large(path.string() + " has more than " + std::to_string(bytes_max) + " bytes");
    }
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

Result<void> check_small_file(const std::filesystem::path& path) {
  struct stat state{};
  if (stat(path.c_str(), &state) != 0) return last_system_error("reading", path);
  if (!S_ISREG(state.st_mode)) return invalid_argument(path.string() + " is no regular file");
  if (static_cast<std::size_t>(state.st_size) > kSmallFileMax) {
    return invalid_argument(path.string() + " has more than " + std::to_string(kSmallFileMax) + " bytes");
  }
  return {};
}

Result<void> reserve_room(const std::filesystem::path& path, std::uint64_t bytes) {
  constexpr mode_t kOwnerOnly = 0600;
  const Descriptor opened(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (opened.get() < 0) return last_system_error("creating", path);
  struct stat state{};
  if (fstat(opened.get(), &state) == 0 && static_cast<std::uint64_t>(state.st_size) == bytes) return {};
  // Not posix_fallocate, which writes where the file system cannot reserve.
  if (fallocate(opened.get(), 0, 0, static_cast<off_t>(bytes)) == 0) return {};
  const Error error = last_system_error("reserving room in", path);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return error;
}

Result<void> sync_file(const std::filesystem::path& path) {
  const Descriptor opened(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (opened.get() < 0) return last_system_error("opening", path);
  if (fsync(opened.get()) != 0) return last_system_error("syncing", path);
  return {};
}

}  // namespace waybill::base
