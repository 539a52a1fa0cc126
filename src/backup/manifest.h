#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/position.h"

namespace waybill::backup {

// A file of a backup.
struct BackupFile {
  std::string name;  // within the backup's folder: waybill.db, segments/000041.seg
  std::uint64_t bytes = 0;
  std::string sha256;  // in hex
};

// What a backup holds (docs/formats/backup-manifest.md). A folder is a backup if it has one.
struct Manifest {
  std::uint64_t store_id = 0;
  std::uint64_t incarnation = 0;
  std::int64_t database_format = 0;
  base::WallTime taken;                           // not before the last commit in it
  model::Position position = model::kNoPosition;  // of that commit
  std::uint64_t events = 0;
  std::vector<BackupFile> files;

  [[nodiscard]] std::uint64_t bytes() const;
  // nullptr if there is none of that name.
  [[nodiscard]] const BackupFile* find(std::string_view name) const;
};

constexpr const char* kManifestFile = "backup.json";

std::string encode_manifest(const Manifest& manifest);
// kInvalidArgument, naming the member, for any other text; kConflict for a later version.
base::Result<Manifest> decode_manifest(std::string_view text);

// The manifest of a backup's folder. kNotFound if it has none, or as decode_manifest with the file's name.
base::Result<Manifest> read_manifest(const std::filesystem::path& folder);
// Writes it, whole or not at all.
base::Result<void> write_manifest(const std::filesystem::path& folder, const Manifest& manifest);

}  // namespace waybill::backup
