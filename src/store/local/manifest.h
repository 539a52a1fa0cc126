#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "model/position.h"
#include "sqlite/connection.h"

namespace waybill::store {

// The two kinds of immutable files. The numbers are on disk.
enum class FileKind : std::uint8_t { kSegment = 1, kSids = 2 };

// A file as the manifest knows it.
struct ManifestFile {
  std::uint64_t number = 0;
  FileKind kind = FileKind::kSegment;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;

  friend bool operator==(const ManifestFile&, const ManifestFile&) = default;
};

// Which files there are (table `files` of waybill.db), and up to where the log has gone into them.
struct Manifest {
  std::vector<ManifestFile> live;
  std::vector<ManifestFile> obsolete;  // replaced, and perhaps not removed yet
  model::Position sealed_through = model::kNoPosition;
  std::uint64_t next_number = 1;  // no file ever had it or a greater one
  // Whether sids of erased events may stand in no sid file any more, since one was damaged and made anew.
  bool has_forgotten_sids = false;
};

base::Result<Manifest> read_manifest(sqlite::Connection& connection);

// What one transaction changes.
struct ManifestChange {
  std::vector<ManifestFile> added;
  std::vector<std::uint64_t> replaced;  // obsolete from now on
  std::optional<model::Position> sealed_through;
};
// REQUIRES: a transaction is open on the connection.
base::Result<void> write_manifest(sqlite::Connection& connection, const ManifestChange& change);

// Sets Manifest::has_forgotten_sids, for good.
base::Result<void> note_forgotten_sids(sqlite::Connection& connection);

// Forgets obsolete files, which must be gone from the folder.
base::Result<void> forget_files(sqlite::Connection& connection, const std::vector<std::uint64_t>& numbers);

// 000041.seg and 000041.sid; while it is being written, and until the manifest knows it, with .new behind.
std::string file_name(std::uint64_t number, FileKind kind);
constexpr const char* kNewSuffix = ".new";

// Makes the folder agree with the manifest, as after a crash: finishes the renaming of live files, removes what was
// being written and what is obsolete. kCorruption, naming it, for a live file that is missing and for a file with the
// name of a segment that the manifest does not know: nothing is removed then.
base::Result<void> tidy_folder(base::FileSystem& files, const std::filesystem::path& folder, const Manifest& manifest);

}  // namespace waybill::store
