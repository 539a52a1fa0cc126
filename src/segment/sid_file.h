#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "model/sid.h"
#include "model/workspace.h"

namespace waybill::segment {

// What a sid file keeps of an event: 44 bits of a hash over its workspace and sid, and when it happened. Two events may
// share a hash; who finds one still looks for the event itself, at that time.
struct SidEntry {
  std::uint64_t hash = 0;  // the low 44 bits
  base::WallTime time;     // in the years 0 to 9999
  friend auto operator<=>(const SidEntry&, const SidEntry&) = default;
};

constexpr unsigned kSidHashBits = 44;

// The hash of an event's identity. `key` is the store's own, so that nobody can choose sids that collide.
std::uint64_t sid_hash(model::WorkspaceNumber workspace, const model::EventSid& sid, std::uint64_t key);

// An immutable file of the entries of many events (docs/formats/sid-file.md), sorted by hash, mapped: a look costs a
// cache miss or two, whatever the number of entries. Pages carry checksums as those of a segment. Safe for concurrent
// use.
class SidFile {
 public:
  // kCorruption if it is none or belongs to another store, kConflict for a later format, kNotFound, kIo.
  static base::Result<std::shared_ptr<const SidFile>> open(const std::filesystem::path& path, std::uint64_t store_id);
  ~SidFile();

  [[nodiscard]] std::uint64_t number() const;
  [[nodiscard]] std::uint64_t entries() const;
  [[nodiscard]] std::uint64_t file_bytes() const;
  [[nodiscard]] const std::vector<std::uint64_t>& replaces() const;

  // Adds the times of all entries with that hash to `times`. kCorruption, kIo.
  [[nodiscard]] base::Result<void> find(std::uint64_t hash, std::vector<base::WallTime>& times) const;

  // All entries in order.
  [[nodiscard]] base::Result<void> for_each(const std::function<base::Result<void>(const SidEntry&)>& visit) const;
  [[nodiscard]] base::Result<void> check_pages() const;

 private:
  class Impl;
  explicit SidFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct SidFileOptions {
  std::uint64_t store_id = 0;
  std::uint64_t number = 0;
  std::vector<std::uint64_t> replaces;  // the sid files whose entries it holds anew
};

// Writes a sid file of `entries`, which stand in order (equal ones are fine), and syncs it. kStorageFull, kIo.
base::Result<void> write_sid_file(base::FileSystem& files, const std::filesystem::path& path,
                                  const SidFileOptions& options, std::span<const SidEntry> entries);

// Writes the entries of several files as one, without holding them in memory. `keep` may leave some out.
base::Result<void> merge_sid_files(base::FileSystem& files, const std::filesystem::path& path,
                                   const SidFileOptions& options,
                                   std::span<const std::shared_ptr<const SidFile>> inputs,
                                   const std::function<bool(const SidEntry&)>& keep);

}  // namespace waybill::segment
