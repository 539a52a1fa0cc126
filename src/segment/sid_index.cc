#include "segment/sid_index.h"

#include <algorithm>
#include <bit>

namespace waybill::segment {
namespace {

// Floor of the logarithm to base 4; 0 for an empty file too.
unsigned size_class(std::uint64_t entries) {
  return entries == 0 ? 0 : (static_cast<unsigned>(std::bit_width(entries)) - 1) / 2;
}

// How many of the first of these one file has room for.
std::size_t files_that_fit(std::span<const std::uint64_t> entries_of_files) {
  std::uint64_t entries = 0;
  std::size_t count = 0;
  for (; count < std::min(entries_of_files.size(), kSidMergeFilesMax); ++count) {
    entries += entries_of_files[count];
    if (entries > kSidEntriesMax) break;
  }
  return count;
}

}  // namespace

std::uint64_t SidIndex::entries() const {
  std::uint64_t sum = 0;
  for (const auto& file : files_) sum += file->entries();
  return sum;
}

base::Result<void> SidIndex::find(std::uint64_t hash, std::vector<base::WallTime>& times,
                                  std::vector<std::shared_ptr<const SidFile>>& damaged) const {
  // A look waits for memory two or three times, one after the other, but those of different files side by side.
  for (const auto& file : files_) file->prefetch(hash);
  for (const auto& file : files_) {
    auto found = file->find(hash, times);
    if (!found && found.error().code() != base::ErrorCode::kCorruption) return found;
    if (!found) damaged.push_back(file);
  }
  return {};
}

std::optional<SidFileRange> choose_sid_merge(std::span<const std::uint64_t> entries_of_files) {
  // From the newest to the oldest. A file before a larger one counts as of that one's size: so the classes never fall
  // on the way, files of one class are neighbours, and a small file in between cannot keep others apart.
  std::size_t end = entries_of_files.size();
  while (end > 0) {
    const unsigned current = size_class(entries_of_files[end - 1]);
    std::size_t first = end - 1;
    while (first > 0 && size_class(entries_of_files[first - 1]) <= current) --first;
    if (end - first >= kSidMergeFiles) {
      const std::size_t count = files_that_fit(entries_of_files.subspan(first, end - first));
      if (count > 1) return SidFileRange{first, count};
    }
    end = first;
  }
  return std::nullopt;
}

}  // namespace waybill::segment
