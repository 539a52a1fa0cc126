#include "backup/file_copy.h"

#include <algorithm>
#include <cstddef>
#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"

namespace waybill::backup {
namespace {

using base::Result;

constexpr std::size_t kPieceBytes = 1UL << 20U;

base::Error failed_to_read(const std::filesystem::path& path) { return base::io_error("reading " + path.string()); }

}  // namespace

Result<HeldFile> HeldFile::open(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (stream) return HeldFile(path, std::move(stream));
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return base::not_found("there is no file " + path.string());
  return base::io_error("opening " + path.string());
}

Result<HeldFile::Content> HeldFile::read_all() { return read_into(nullptr); }

Result<HeldFile::Content> HeldFile::copy_to(const std::filesystem::path& to, base::FileSystem& files) {
  std::filesystem::path unfinished = to;
  unfinished += ".new";
  TRY(files.remove(unfinished));
  Content content;
  {
    TRY_ASSIGN(const auto out, files.create(unfinished));
    TRY_ASSIGN(content, read_into(out.get()));
    TRY(out->sync());
  }
  TRY(files.rename(unfinished, to));
  return content;
}

Result<HeldFile::Content> HeldFile::read_into(base::OutputFile* out) {
  Content content;
  base::Sha256Stream hash;
  std::string piece(kPieceBytes, '\0');
  while (stream_) {
    stream_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const std::string_view got = std::string_view(piece).substr(0, static_cast<std::size_t>(stream_.gcount()));
    if (stream_.bad()) return failed_to_read(path_);
    hash.append(got);
    content.bytes += got.size();
    if (out != nullptr) TRY(out->append(got));
  }
  content.sha256 = base::to_hex(hash.finish());
  return content;
}

Result<bool> link_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::create_hard_link(from, to, error);
  if (!error) return true;
  if (error == std::errc::no_such_file_or_directory) return base::not_found("there is no file " + from.string());
  if (error == std::errc::file_exists) return base::conflict(to.string() + " is there already");
  // Where a link cannot be made a copy can; what else is wrong will stop that as well.
  return false;
}

Result<std::string> read_end(const std::filesystem::path& path, std::uint64_t bytes) {
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  std::error_code error;
  if (!stream && !std::filesystem::exists(path, error)) return base::not_found("there is no file " + path.string());
  const auto size = static_cast<std::streamoff>(stream.tellg());
  if (!stream || size < 0) return failed_to_read(path);
  const auto wanted = std::min<std::streamoff>(size, static_cast<std::streamoff>(bytes));
  std::string end(static_cast<std::size_t>(wanted), '\0');
  if (!stream.seekg(size - wanted) || !stream.read(end.data(), wanted)) return failed_to_read(path);
  return end;
}

}  // namespace waybill::backup
