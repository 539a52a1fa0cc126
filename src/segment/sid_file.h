#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "base/time_text.h"
#include "model/sid.h"
#include "model/workspace.h"
#include "segment/mapped_file.h"

namespace waybill::segment {

// What a sid file keeps of an event: 44 bits of a hash over its workspace and sid, and when it happened. Two events may
// share a hash; who finds one still looks for the event itself, at that time.
struct SidEntry {
  std::uint64_t hash = 0;  // of kSidHashBits bits
  base::WallTime time;     // in the years 0 to 9999
  friend constexpr auto operator<=>(const SidEntry&, const SidEntry&) = default;
};

constexpr unsigned kSidHashBits = 44;

// The hash of an event's identity. `key` is the store's own, so that nobody can choose sids that collide.
std::uint64_t sid_hash(model::WorkspaceNumber workspace, const model::EventSid& sid, std::uint64_t key);

// Hashes from one to another, both inclusive.
struct HashRange {
  std::uint64_t first = 0;
  std::uint64_t last = (std::uint64_t{1} << kSidHashBits) - 1;
  [[nodiscard]] bool contains(std::uint64_t hash) const { return first <= hash && hash <= last; }
  friend bool operator==(const HashRange&, const HashRange&) = default;
};

// Entries in one file at most.
constexpr std::uint64_t kSidEntriesMax = 0xffff'ffff;

// An immutable file of the entries of many events (docs/formats/sid-file.md), sorted, mapped: a look costs a cache miss
// or two, whatever the number of entries. Pages carry checksums as those of a segment. Safe for concurrent use.
class SidFile {
 public:
  // Reads the file's ends only, by way of `files`, or of the machine's own. kCorruption if it is none or belongs to
  // another store, kConflict for a later format, kNotFound, kBusy where descriptors or memory have run out, kIo.
  static base::Result<std::shared_ptr<const SidFile>> open(const std::filesystem::path& path, std::uint64_t store_id,
                                                           base::FileSystem* files = nullptr);
  SidFile(const SidFile&) = delete;
  SidFile& operator=(const SidFile&) = delete;
  ~SidFile();

  [[nodiscard]] const std::filesystem::path& path() const;
  [[nodiscard]] std::uint64_t number() const;
  [[nodiscard]] std::uint64_t entries() const;
  [[nodiscard]] std::uint64_t file_bytes() const;
  [[nodiscard]] const std::vector<std::uint64_t>& replaces() const;
  [[nodiscard]] std::optional<Damage> damage() const;
  // MappedFile::has_fault, MappedFile::look_again.
  [[nodiscard]] bool has_fault() const;
  [[nodiscard]] base::Result<bool> look_again() const;

  // Adds the times of all entries with that hash to `times`, in order. REQUIRES: `hash` has kSidHashBits bits.
  // kCorruption, kBusy; `times` is then as it was.
  [[nodiscard]] base::Result<void> find(std::uint64_t hash, std::vector<base::WallTime>& times) const;

  // A hint: begins to fetch what find() will look at into the processor's cache, so that looks into several files wait
  // together. What fails here fails again in find().
  void prefetch(std::uint64_t hash) const;

  // Gives all entries to `visit`, as a SidCursor does; `visit` may end it by failing.
  [[nodiscard]] base::Result<void> for_each(const std::function<base::Result<void>(const SidEntry&)>& visit) const;

  // The hashes that find() cannot answer for, since pages are damaged, as they are now: in order, and rather too many
  // than too few; all hashes where that itself cannot be told. kBusy.
  [[nodiscard]] base::Result<std::vector<HashRange>> unreadable() const;
  // The part of the hashes that is answered out of the same pages as `hash` is.
  [[nodiscard]] HashRange range_of(std::uint64_t hash) const;
  // for_each() without the entries that cannot be read. Fails as memory runs out, or as `visit` does.
  [[nodiscard]] base::Result<void> for_each_readable(
      const std::function<base::Result<void>(const SidEntry&)>& visit) const;

  // Compares every page with its checksum. kCorruption, kIo.
  [[nodiscard]] base::Result<void> check_pages() const;
  // Holds the parts against each other: entries in order and within their bounds, a directory that finds them.
  [[nodiscard]] base::Result<void> check_structure() const;

 private:
  friend class SidCursor;
  class Impl;
  explicit SidFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Goes through a file's entries in order, reading past the mapping. The file must outlive it. Not for concurrent use.
class SidCursor {
 public:
  explicit SidCursor(const SidFile& file);

  // Steps to the next entry, at first to the first; false behind the last. kCorruption, also where entries are out of
  // order or bounds; kIo.
  [[nodiscard]] base::Result<bool> next();

  // REQUIRES: next() gave true.
  [[nodiscard]] const SidEntry& entry() const { return entry_; }

 private:
  const SidFile* file_;
  std::string chunk_;  // entries from number chunk_begin_ on
  std::uint64_t chunk_begin_ = 0;
  std::uint64_t next_ = 0;
  SidEntry entry_{0, base::kTimeMin};
};

struct SidFileOptions {
  std::uint64_t store_id = 0;
  std::uint64_t number = 0;
  std::vector<std::uint64_t> replaces;  // the sid files whose entries it holds anew
};

// Writes a sid file of `entries` and syncs it; its name is synced by whoever owns the folder. REQUIRES: they stand in
// order (equal ones are fine) and within their bounds. kTooLarge above kSidEntriesMax; fails as FileSystem::create;
// kStorageFull, kIo. What was begun stays behind after a failure.
base::Result<void> write_sid_file(base::FileSystem& files, const std::filesystem::path& path,
                                  const SidFileOptions& options, std::span<const SidEntry> entries);

// Writes the entries of several files as one, without holding them in memory. `keep`, if there is one, is asked for
// each in order and may leave it out. Fails as write_sid_file, as reading an input does, or as `keep` does.
base::Result<void> merge_sid_files(base::FileSystem& files, const std::filesystem::path& path,
                                   const SidFileOptions& options,
                                   std::span<const std::shared_ptr<const SidFile>> inputs,
                                   const std::function<base::Result<bool>(const SidEntry&)>& keep);

}  // namespace waybill::segment
