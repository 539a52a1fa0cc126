#include "base/files.h"

#include <cerrno>
#include <chrono>
#include <limits>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bounded_files.h"
#include "base/descriptor.h"
#include "base/file_system.h"
#include "base/strings.h"

namespace waybill::base {
namespace {

constexpr mode_t kOwnerOnlyFile = 0600;
constexpr mode_t kOwnerOnlyFolder = 0700;

Result<void> write_all(int descriptor, std::string_view text, const std::filesystem::path& path) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return last_system_error("writing", path);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// kConflict if another process holds it. Whoever only asks for the holder (FileLock::holder) has it for a moment.
Result<void> try_lock(int descriptor) {
  constexpr int kTries = 50;
  constexpr std::chrono::milliseconds kMoment{1};
  for (int i = 0; i < kTries; ++i) {
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK) return io_error(std::generic_category().message(errno));
    if (flock(descriptor, LOCK_SH | LOCK_NB) != 0) break;
    flock(descriptor, LOCK_UN);
    std::this_thread::sleep_for(kMoment);
  }
  return conflict("it is held");
}

}  // namespace

bool is_shortage(int code) { return code == EMFILE || code == ENFILE || code == ENOMEM; }

Error last_system_error(std::string_view what, const std::filesystem::path& path) {
  const int code = errno;
  std::string message = std::string(what) + " " + path.string() + ": " + std::generic_category().message(code);
  if (code == ENOENT) return not_found(std::move(message));
  if (code == ENOSPC || code == EDQUOT) return storage_full(std::move(message));
  if (is_shortage(code)) return busy(std::move(message));
  return io_error(std::move(message));
}

Result<std::string> read_file(const std::filesystem::path& path) {
  return read_file_up_to(path, std::numeric_limits<std::size_t>::max());
}

Result<void> write_private_file(const std::filesystem::path& path, std::string_view text) {
  if (is_special_file(path)) {
    TRY_ASSIGN(const auto file, open_special_file(path));
    return file->append(text);
  }
  const std::filesystem::path beside = path.string() + ".new";
  SystemFiles files;
  // What an interrupted attempt left behind may have another mode.
  TRY(files.remove(beside));
  {
    TRY_ASSIGN(const auto file, files.create(beside));
    TRY(file->append(text));
    TRY(file->sync());
  }
  TRY(files.rename(beside, path));
  return files.sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

Result<void> make_private_folder(const std::filesystem::path& path) {
  // Without a slash at its end, which would make the folder its own parent.
  const std::filesystem::path folder = path.has_filename() ? path : path.parent_path();
  std::error_code error;
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
  if (error) return io_error("creating " + folder.parent_path().string() + ": " + error.message());
  if (mkdir(folder.c_str(), kOwnerOnlyFolder) != 0 && errno != EEXIST) return last_system_error("creating", folder);
  if (!std::filesystem::is_directory(folder, error)) {
    return io_error("creating " + folder.string() + ": something that is not a folder stands there");
  }
  return {};
}

Result<FileLock> FileLock::take(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnlyFile);
  if (descriptor < 0) return last_system_error("opening", path);
  // Not yet a lock: the destructor of one empties the file, which is the holder's to do.
  Descriptor opened(descriptor);
  if (const auto taken = try_lock(descriptor); !taken) {
    if (taken.error().code() != ErrorCode::kConflict) return taken.error().while_doing("locking " + path.string());
    const auto holder = read_file(path);
    return conflict(path.parent_path().string() + " is held by another waybill process" +
                    (holder && !holder->empty() ? " (pid " + std::string(trim(*holder)) + ")" : ""));
  }
  FileLock lock(opened.release());
  if (ftruncate(descriptor, 0) != 0) return last_system_error("writing", path);
  // The id is for people. A disk without room for it is no reason to let nobody in.
  const auto written = write_all(descriptor, std::to_string(getpid()) + "\n", path);
  if (!written && written.error().code() != ErrorCode::kStorageFull) return written.error();
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  // Whoever reads it later must not take some other process for the holder; where this fails, a lock tells.
  [[maybe_unused]] const int ignored = ftruncate(descriptor_, 0);
  close(descriptor_);
}

Result<std::optional<std::int64_t>> FileLock::holder(const std::filesystem::path& path) {
  const Descriptor opened(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0 && errno == ENOENT) return std::optional<std::int64_t>();
  if (opened.get() < 0) return last_system_error("opening", path);
  // Shared, so that two who ask do not take each other for the holder; a holder's own is exclusive.
  if (flock(opened.get(), LOCK_SH | LOCK_NB) == 0) return std::optional<std::int64_t>();
  if (errno != EWOULDBLOCK) return last_system_error("locking", path);
  TRY_ASSIGN(const std::string text, read_file(path));
  return std::optional(parse_int(trim(text)).value_or(0));
}

}  // namespace waybill::base
