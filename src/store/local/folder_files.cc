#include "store/local/folder_files.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace waybill::store {
namespace {

std::optional<NamedFile> read_name(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  NamedFile file{0, FileKind::kSegment, name.ends_with(kNewSuffix), path};
  if (file.has_new_name) name.resize(name.size() - std::string_view(kNewSuffix).size());
  if (!name.ends_with(".seg") && !name.ends_with(".sid")) return std::nullopt;
  file.kind = name.ends_with(".seg") ? FileKind::kSegment : FileKind::kSids;
  const char* const end = name.data() + name.size() - 4;
  const auto read = std::from_chars(name.data(), end, file.number);
  return read.ec == std::errc() && read.ptr == end ? std::optional(file) : std::nullopt;
}

std::uint64_t number_before_dot(const std::string& name) {
  std::uint64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

}  // namespace

base::Result<FolderFiles> list_files(const std::filesystem::path& folder) {
  FolderFiles found;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    found.number_max = std::max(found.number_max, number_before_dot(at->path().filename().string()));
    if (auto file = read_name(at->path())) found.files.push_back(*std::move(file));
  }
  if (error) return base::io_error("reading " + folder.string() + ": " + error.message());
  std::sort(found.files.begin(), found.files.end(),
            [](const NamedFile& a, const NamedFile& b) { return a.path < b.path; });
  return found;
}

}  // namespace waybill::store
