#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "base/time_text.h"
#include "transfer/json_members.h"

namespace waybill::transfer {

// What tells one kind of manifest from the others.
struct ManifestKind {
  std::string_view format;  // its member `format`
  std::int64_t version;     // the one that is written and read
  std::string_view what;    // an export
};

// The manifest in a text, by what `read` makes of its members. kInvalidArgument for what is no manifest of that kind,
// kConflict for another version of it, and as `read`.
template <class Manifest>
base::Result<Manifest> decode_manifest_text(std::string_view text, const ManifestKind& kind,
                                            base::Result<Manifest> (*read)(codec::CheckedJson)) {
  constexpr std::size_t kNestingMax = 8;
  codec::JsonChecker checker;
  TRY_ASSIGN(const codec::CheckedJson json, checker.check(text, kNestingMax));
  if (!json.is_object() || get_text(json, "format").value_or("") != kind.format) {
    return base::invalid_argument("is no manifest of " + std::string(kind.what));
  }
  TRY_ASSIGN(const std::int64_t version, get_number(json, "version"));
  if (version != kind.version) {
    return base::conflict("has version " + std::to_string(version) + ", written by a later release; this one knows " +
                          std::to_string(kind.version));
  }
  return read(json);
}

// The manifest in a file. kNotFound, kIo, or as `decode` with the file's name.
template <class Manifest>
base::Result<Manifest> read_manifest_file(const std::filesystem::path& path,
                                          base::Result<Manifest> (*decode)(std::string_view)) {
  TRY_ASSIGN(const std::string text, base::read_file(path));
  auto manifest = decode(text);
  if (!manifest) return manifest.error().while_doing(path.string());
  return manifest;
}

// Whether it names a file beside the manifest, and nothing else: a manifest may come from anywhere, and must not lead
// out of its folder.
inline bool is_file_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

// A member that is a time. Errors as get_text, and of what is no time.
inline base::Result<base::WallTime> get_time(codec::CheckedJson object, std::string_view name) {
  TRY_ASSIGN(const std::string text, get_text(object, name));
  const auto span = base::parse_time(text);
  if (!span) return span.error().while_doing(name);
  return span->first;
}

}  // namespace waybill::transfer
