#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "segment/sid_file.h"

namespace waybill::segment {

// What is known of all sealed events: a few sid files, oldest first. Immutable, cheap to copy. Safe for concurrent use.
class SidIndex {
 public:
  SidIndex() = default;
  explicit SidIndex(std::vector<std::shared_ptr<const SidFile>> files) : files_(std::move(files)) {}

  [[nodiscard]] const std::vector<std::shared_ptr<const SidFile>>& files() const { return files_; }
  [[nodiscard]] std::uint64_t entries() const;

  // Adds the times of all entries with that hash to `times`, in no order, and the files of which the pages that say so
  // are damaged to `damaged`. kBusy.
  [[nodiscard]] base::Result<void> find(std::uint64_t hash, std::vector<base::WallTime>& times,
                                        std::vector<std::shared_ptr<const SidFile>>& damaged) const;

 private:
  std::vector<std::shared_ptr<const SidFile>> files_;
};

// Adjacent files, by their places in the list they were chosen from.
struct SidFileRange {
  std::size_t first = 0;
  std::size_t count = 0;
  friend bool operator==(const SidFileRange&, const SidFileRange&) = default;
};

// So many files of one size are merged, and no more than that at once.
constexpr std::size_t kSidMergeFiles = 4;
constexpr std::size_t kSidMergeFilesMax = 16;

// Which files to make one of, as far as one has room for their entries (kSidEntriesMax), given how many entries each
// has, oldest first; nothing if they are few enough. Asked again after every merge until it has none, it leaves at most
// three files for each power of four between the smallest and the largest, and files that are added with some n entries
// each are rewritten once for every power of four by which the whole outgrows n.
std::optional<SidFileRange> choose_sid_merge(std::span<const std::uint64_t> entries_of_files);

}  // namespace waybill::segment
