#include <algorithm>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/time_text.h"
#include "segment/paged_output.h"
#include "segment/sid_file.h"
#include "segment/sid_format.h"

namespace waybill::segment {
namespace {

// Writes entries as they come; the directory follows from memory.
class SidFileWriter {
 public:
  static base::Result<SidFileWriter> create(base::FileSystem& files, const std::filesystem::path& path,
                                            const SidFileOptions& options, std::uint64_t entries_max) {
    if (entries_max > kSidEntriesMax) {
      return base::too_large("a sid file has at most " + std::to_string(kSidEntriesMax) + " entries, not " +
                             std::to_string(entries_max));
    }
    TRY_ASSIGN(auto output,
               PagedOutput::create(files, path, kSidFileKind, {options.store_id, options.number, options.replaces}));
    return SidFileWriter(std::move(output), sid_directory_bits(entries_max));
  }

  base::Result<void> add(const SidEntry& entry) {
    CHECK(last_ <= entry);
    CHECK(entry.hash <= kSidHashMax && base::kTimeMin <= entry.time && entry.time <= base::kTimeMax);
    start_buckets(sid_bucket(entry.hash, bits_));
    last_ = entry;
    ++count_;
    bytes_.clear();
    put_sid_entry(bytes_, entry);
    return output_->append(bytes_);
  }

  base::Result<void> finish() {
    TRY(output_->align());
    start_buckets(std::uint64_t{1} << bits_);
    bytes_.clear();
    for (const std::uint32_t start : starts_) base::put_le(bytes_, start);
    TRY(output_->append(bytes_));
    std::string summary;
    base::put_le(summary, count_);
    base::put_le(summary, bits_);
    return output_->finish(summary);
  }

 private:
  SidFileWriter(std::unique_ptr<PagedOutput> output, unsigned bits) : output_(std::move(output)), bits_(bits) {
    starts_.reserve((std::size_t{1} << bits) + 1);
  }

  // All buckets up to this one that have no start yet begin with the next entry.
  void start_buckets(std::uint64_t bucket) {
    while (starts_.size() <= bucket) starts_.push_back(static_cast<std::uint32_t>(count_));
  }

  std::unique_ptr<PagedOutput> output_;
  std::uint32_t bits_;
  std::uint64_t count_ = 0;
  SidEntry last_{0, base::kTimeMin};
  std::vector<std::uint32_t> starts_;  // of each bucket, the number of its first entry
  std::string bytes_;
};

// The order of a heap whose top is the cursor with the smallest entry.
bool is_later(const SidCursor& a, const SidCursor& b) { return b.entry() < a.entry(); }

}  // namespace

base::Result<void> write_sid_file(base::FileSystem& files, const std::filesystem::path& path,
                                  const SidFileOptions& options, std::span<const SidEntry> entries) {
  TRY_ASSIGN(SidFileWriter writer, SidFileWriter::create(files, path, options, entries.size()));
  for (const SidEntry& entry : entries) TRY(writer.add(entry));
  return writer.finish();
}

base::Result<void> merge_sid_files(base::FileSystem& files, const std::filesystem::path& path,
                                   const SidFileOptions& options,
                                   std::span<const std::shared_ptr<const SidFile>> inputs,
                                   const std::function<base::Result<bool>(const SidEntry&)>& keep) {
  std::uint64_t entries_max = 0;
  for (const auto& input : inputs) entries_max += input->entries();
  TRY_ASSIGN(SidFileWriter writer, SidFileWriter::create(files, path, options, entries_max));
  std::vector<SidCursor> heap;
  for (const auto& input : inputs) {
    SidCursor cursor(*input);
    TRY_ASSIGN(const bool more, cursor.next());
    if (more) heap.push_back(std::move(cursor));
  }
  std::make_heap(heap.begin(), heap.end(), is_later);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), is_later);
    const auto is_kept = keep ? keep(heap.back().entry()) : base::Result<bool>(true);
    if (!is_kept) return is_kept.error();
    if (*is_kept) TRY(writer.add(heap.back().entry()));
    TRY_ASSIGN(const bool more, heap.back().next());
    if (more) {
      std::push_heap(heap.begin(), heap.end(), is_later);
    } else {
      heap.pop_back();
    }
  }
  return writer.finish();
}

}  // namespace waybill::segment
