#include "backup/manifest.h"

#include <array>
#include <cstddef>

#include "base/bytes.h"
#include "base/files.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "codec/json_scan.h"
#include "codec/json_writer.h"
#include "store/local/schema.h"
#include "transfer/json_members.h"
#include "transfer/manifest_text.h"

namespace waybill::backup {
namespace {

using base::Result;
using codec::CheckedJson;
using transfer::get_count;
using transfer::get_number;
using transfer::get_text;

constexpr transfer::ManifestKind kKind{"waybill-backup", 1, "a backup"};
constexpr std::size_t kSha256Digits = 64;

// 16 hex digits, the highest first, as a person writes a number.
std::string to_hex_number(std::uint64_t number) {
  std::array<std::uint8_t, sizeof number> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(number >> (8 * (bytes.size() - 1 - i)));
  }
  return base::to_hex(bytes);
}

Result<std::uint64_t> get_hex_number(CheckedJson object, std::string_view name) {
  TRY_ASSIGN(const std::string text, get_text(object, name));
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
  if (text.size() != 2 * bytes.size() || !base::from_hex(text, bytes)) {
    return base::invalid_argument(std::string(name) + ": must be 16 hex digits");
  }
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8U | byte;
  return number;
}

bool is_name_of_backup_file(std::string_view name) {
  const std::string segments = std::string(store::kSegmentFolder) + "/";
  if (name.starts_with(segments)) name.remove_prefix(segments.size());
  return transfer::is_file_name(name);
}

Result<BackupFile> read_file_entry(CheckedJson object) {
  BackupFile file;
  TRY_ASSIGN(file.name, get_text(object, "name"));
  if (!is_name_of_backup_file(file.name)) {
    return base::invalid_argument("name: " + base::quoted_for_message(file.name) + " is no name of a backup's file");
  }
  TRY_ASSIGN(file.bytes, get_count(object, "bytes"));
  TRY_ASSIGN(file.sha256, get_text(object, "sha256"));
  if (file.sha256.size() != kSha256Digits) return base::invalid_argument("sha256: must be 64 hex digits");
  return file;
}

Result<Manifest> read_members(CheckedJson json) {
  Manifest manifest;
  TRY_ASSIGN(manifest.store_id, get_hex_number(json, "store_id"));
  TRY_ASSIGN(manifest.incarnation, get_hex_number(json, "incarnation"));
  TRY_ASSIGN(manifest.database_format, get_number(json, "database_format"));
  TRY_ASSIGN(manifest.taken, transfer::get_time(json, "taken"));
  TRY_ASSIGN(const std::uint64_t position, get_count(json, "position"));
  manifest.position = model::Position{position};
  TRY_ASSIGN(manifest.events, get_count(json, "events"));
  const auto files = transfer::find_member(json, "files");
  if (!files || !files->is_array()) return base::invalid_argument("files: must be an array");
  for (codec::ElementScanner scan(*files); scan.next();) {
    if (!scan.value().is_object()) return base::invalid_argument("files: must be objects");
    TRY_ASSIGN(BackupFile file, read_file_entry(scan.value()));
    manifest.files.push_back(std::move(file));
  }
  if (manifest.find(store::kDatabaseFile) == nullptr) {
    return base::invalid_argument(std::string("files: must have ") + store::kDatabaseFile);
  }
  return manifest;
}

}  // namespace

std::uint64_t Manifest::bytes() const {
  std::uint64_t sum = 0;
  for (const BackupFile& file : files) sum += file.bytes;
  return sum;
}

const BackupFile* Manifest::find(std::string_view name) const {
  for (const BackupFile& file : files) {
    if (file.name == name) return &file;
  }
  return nullptr;
}

std::string encode_manifest(const Manifest& manifest) {
  std::string text;
  codec::JsonWriter out(text);
  out.begin_object();
  out.member("format", kKind.format);
  out.key("version").number(kKind.version);
  out.member("store_id", to_hex_number(manifest.store_id));
  out.member("incarnation", to_hex_number(manifest.incarnation));
  out.key("database_format").number(manifest.database_format);
  out.member("taken", base::to_millisecond_text(manifest.taken));
  out.key("position").number(static_cast<std::int64_t>(to_number(manifest.position)));
  out.key("events").number(static_cast<std::int64_t>(manifest.events));
  out.key("files").begin_array();
  for (const BackupFile& file : manifest.files) {
    // A file a line, for whoever reads it with their eyes.
    text += '\n';
    out.begin_object();
    out.member("name", file.name);
    out.key("bytes").number(static_cast<std::int64_t>(file.bytes));
    out.member("sha256", file.sha256);
    out.end_object();
  }
  text += '\n';
  out.end_array().end_object();
  text += '\n';
  return text;
}

Result<Manifest> decode_manifest(std::string_view text) {
  return transfer::decode_manifest_text(text, kKind, &read_members);
}

Result<Manifest> read_manifest(const std::filesystem::path& folder) {
  return transfer::read_manifest_file(folder / kManifestFile, &decode_manifest);
}

Result<void> write_manifest(const std::filesystem::path& folder, const Manifest& manifest) {
  return base::write_private_file(folder / kManifestFile, encode_manifest(manifest));
}

}  // namespace waybill::backup
