#include "base/file_system.h"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/files.h"

namespace waybill::base {
namespace {

constexpr mode_t kOwnerOnly = 0600;

Result<void> write_whole(int descriptor, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return last_system_error("writing", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

class SystemOutputFile final : public OutputFile {
 public:
  SystemOutputFile(int descriptor, std::filesystem::path path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~SystemOutputFile() override { close(descriptor_); }

  Result<void> append(std::string_view bytes) override { return write_whole(descriptor_, bytes, path_); }

  Result<void> sync() override {
    if (fsync(descriptor_) != 0) return last_system_error("syncing", path_);
    return {};
  }

 private:
  const int descriptor_;
  const std::filesystem::path path_;
};

class SpecialFile final : public OutputFile {
 public:
  SpecialFile(int descriptor, std::filesystem::path path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~SpecialFile() override { close(descriptor_); }

  Result<void> append(std::string_view bytes) override { return write_whole(descriptor_, bytes, path_); }
  Result<void> sync() override { return {}; }

 private:
  const int descriptor_;
  const std::filesystem::path path_;
};

class SystemInputFile final : public InputFile {
 public:
  SystemInputFile(int descriptor, std::filesystem::path path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~SystemInputFile() override { close(descriptor_); }

  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> out) const override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t count = pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return last_system_error("reading", path_);
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  [[nodiscard]] bool read_if_cached(std::uint64_t offset, std::span<char> out) const override {
    const iovec part{out.data(), out.size()};
    return preadv2(descriptor_, &part, 1, static_cast<off_t>(offset), RWF_NOWAIT) == static_cast<ssize_t>(out.size());
  }

  [[nodiscard]] std::unique_ptr<InputFile> past_cache() const override {
    // Some file systems have no such thing.
    const int direct = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT);
    if (direct < 0) return nullptr;
    return std::make_unique<SystemInputFile>(direct, path_);
  }

  [[nodiscard]] int descriptor() const override { return descriptor_; }

 private:
  const int descriptor_;
  const std::filesystem::path path_;
};

// Never closed, since it is not ours.
class StandardOutput final : public OutputFile {
 public:
  Result<void> append(std::string_view bytes) override { return write_whole(STDOUT_FILENO, bytes, "standard output"); }
  Result<void> sync() override { return {}; }
};

}  // namespace

Result<std::unique_ptr<OutputFile>> continue_file(const std::filesystem::path& path, std::uint64_t bytes) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return last_system_error("opening", path);
  auto file = std::make_unique<SystemOutputFile>(descriptor, path);
  struct stat found = {};
  if (fstat(descriptor, &found) != 0) return last_system_error("reading", path);
  if (static_cast<std::uint64_t>(found.st_size) < bytes) {
    return invalid_argument(path.string() + " has " + std::to_string(found.st_size) + " bytes, fewer than the " +
                            std::to_string(bytes) + " that were written to it");
  }
  const auto end = static_cast<off_t>(bytes);
  if (ftruncate(descriptor, end) != 0 || lseek(descriptor, end, SEEK_SET) != end) {
    return last_system_error("writing", path);
  }
  return std::unique_ptr<OutputFile>(std::move(file));
}

Result<std::unique_ptr<InputFile>> open_to_read(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return last_system_error("opening", path);
  return std::unique_ptr<InputFile>(std::make_unique<SystemInputFile>(descriptor, path));
}

Result<std::unique_ptr<InputFile>> FileSystem::open(const std::filesystem::path& path) { return open_to_read(path); }

bool is_special_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
         !std::filesystem::is_directory(status);
}

Result<std::unique_ptr<OutputFile>> open_special_file(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return last_system_error("opening", path);
  return std::unique_ptr<OutputFile>(std::make_unique<SpecialFile>(descriptor, path));
}

std::unique_ptr<OutputFile> standard_output() { return std::make_unique<StandardOutput>(); }

Result<std::unique_ptr<OutputFile>> SystemFiles::create(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (descriptor < 0 && errno == EEXIST) return conflict("creating " + path.string() + ": it is there already");
  if (descriptor < 0) return last_system_error("creating", path);
  return std::unique_ptr<OutputFile>(std::make_unique<SystemOutputFile>(descriptor, path));
}

Result<void> SystemFiles::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return last_system_error("renaming", from);
  return {};
}

Result<void> SystemFiles::remove(const std::filesystem::path& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return last_system_error("removing", path);
  return {};
}

Result<void> SystemFiles::sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return last_system_error("syncing", folder);
  const bool synced = fsync(descriptor) == 0;
  Result<void> done;
  if (!synced) done = last_system_error("syncing", folder);
  close(descriptor);
  return done;
}

}  // namespace waybill::base
