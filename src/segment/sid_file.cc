#include "segment/sid_file.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/time_text.h"
#include "segment/mapped_file.h"
#include "segment/sid_format.h"

namespace waybill::segment {
namespace {

// What a walk over all entries reads at once: whole entries, and about 64 pages.
constexpr std::uint64_t kReadEntries = 64 * kPageBytes / kSidEntryBytes;

// About which of `count` entries of a bucket is the first with that hash.
std::uint64_t guess(std::uint64_t hash, unsigned bits, std::uint64_t count) {
  // The 24 bits below the bucket's: enough for the guess, and the product fits.
  constexpr unsigned kFractionBits = 24;
  const std::uint64_t below = hash << (64U - kSidHashBits + bits);
  return (below >> (64U - kFractionBits)) * count >> kFractionBits;
}

}  // namespace

std::uint64_t sid_hash(model::WorkspaceNumber workspace, const model::EventSid& sid, std::uint64_t key) {
  // A seed of its own for every workspace: with numbers merely added to the key, a sid could be chosen so that it makes
  // up for the difference of two workspaces.
  std::string number;
  base::put_le(number, static_cast<std::uint32_t>(workspace));
  return base::hash64(base::as_text(sid.bytes()), base::hash64(number, key)) & kSidHashMax;
}

class SidFile::Impl {
 public:
  static base::Result<std::unique_ptr<Impl>> open(const std::filesystem::path& path, std::uint64_t store_id,
                                                  base::FileSystem* files) {
    TRY_ASSIGN(auto file, MappedFile::open(path, kSidFileKind, store_id, files));
    const std::string_view summary = file->summary();
    if (summary.size() != kSidSummaryBytes) return file->corrupt(file->data_bytes(), "a summary of the wrong length");
    const auto entries = base::get_le<std::uint64_t>(summary, 0);
    const auto bits = base::get_le<std::uint32_t>(summary, 8);
    if (entries > kSidEntriesMax || bits > sid_directory_bits(kSidEntriesMax) ||
        file->data_bytes() != (sid_directory_at(entries) + sid_directory_bytes(bits) + 7) / 8 * 8) {
      return file->corrupt(file->data_bytes(), "the number of entries does not fit the length of the data");
    }
    return std::make_unique<Impl>(std::move(file), entries, bits);
  }

  Impl(std::unique_ptr<MappedFile> file, std::uint64_t entries, unsigned bits)
      : file_(std::move(file)), entries_(entries), bits_(bits) {}

  [[nodiscard]] const MappedFile& file() const { return *file_; }
  [[nodiscard]] std::uint64_t entries() const { return entries_; }
  [[nodiscard]] std::uint64_t buckets() const { return std::uint64_t{1} << bits_; }

  [[nodiscard]] base::Result<void> find(std::uint64_t hash, std::vector<base::WallTime>& times) const {
    TRY_ASSIGN(const Bucket bucket, get_bucket(sid_bucket(hash, bits_)));
    const std::uint64_t count = bucket.end - bucket.begin;
    if (count == 0) return {};
    TRY_ASSIGN(const std::string_view bytes, file_->bytes(entry_at(bucket.begin), count * kSidEntryBytes));
    const auto hash_of = [&](std::uint64_t entry) { return get_sid_hash(bytes, entry * kSidEntryBytes); };
    std::uint64_t at = guess(hash, bits_, count);
    while (at > 0 && hash_of(at - 1) >= hash) --at;
    while (at < count && hash_of(at) < hash) ++at;
    const std::size_t had = times.size();
    for (; at < count && hash_of(at) == hash; ++at) times.push_back(get_sid_time(bytes, at * kSidEntryBytes));
    auto unharmed = file_->unharmed();
    if (!unharmed) times.resize(had);
    return unharmed;
  }

  void prefetch(std::uint64_t hash) const {
    const auto bucket = get_bucket(sid_bucket(hash, bits_));
    if (!bucket) return;
    const std::uint64_t count = bucket->end - bucket->begin;
    const auto bytes = file_->bytes(entry_at(bucket->begin + guess(hash, bits_, count)), 0);
    if (bytes) __builtin_prefetch(bytes->data());
  }

  // Reads some entries, from the file rather than the mapping: who reads all of them must not fill memory with them.
  [[nodiscard]] base::Result<void> read(std::uint64_t first, std::uint64_t count, std::string& out) const {
    out.resize(count * kSidEntryBytes);
    return file_->read(entry_at(first), out);
  }

  [[nodiscard]] base::Error corrupt_entry(std::uint64_t entry, std::string_view what) const {
    return file_->corrupt(entry_at(entry), what);
  }

  struct Bucket {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  [[nodiscard]] base::Result<Bucket> get_bucket(std::uint64_t bucket) const {
    const std::uint64_t at = sid_directory_at(entries_) + bucket * kSidStartBytes;
    TRY_ASSIGN(const std::string_view bytes, file_->bytes(at, 2 * kSidStartBytes));
    const Bucket out{base::get_le<std::uint32_t>(bytes, 0), base::get_le<std::uint32_t>(bytes, kSidStartBytes)};
    TRY(file_->unharmed());
    if (out.begin > out.end || out.end > entries_) return file_->corrupt(at, "a bucket ends before it begins");
    return out;
  }

  // Whether a bucket holds just these entries.
  [[nodiscard]] base::Result<void> check_bucket(std::uint64_t bucket, std::uint64_t begin, std::uint64_t end) const {
    TRY_ASSIGN(const Bucket found, get_bucket(bucket));
    if (found.begin == begin && found.end == end) return {};
    return file_->corrupt(sid_directory_at(entries_) + bucket * kSidStartBytes,
                          "a bucket does not hold the entries that belong to it");
  }

  [[nodiscard]] std::uint64_t bucket_of_hash(std::uint64_t hash) const { return sid_bucket(hash, bits_); }

  [[nodiscard]] HashRange range_of(std::uint64_t bucket) const {
    const unsigned below = kSidHashBits - bits_;
    return {bucket << below, ((bucket + 1) << below) - 1};
  }

  // Fails where the file's own words about its pages cannot be read.
  [[nodiscard]] base::Result<std::vector<HashRange>> unreadable() const {
    TRY_ASSIGN(const std::vector<std::uint64_t> pages, file_->unreadable_pages());
    std::vector<HashRange> out;
    for (std::size_t i = 0; i < pages.size();) {
      std::size_t end = i + 1;
      while (end < pages.size() && pages[end] == pages[end - 1] + 1) ++end;
      add_unreadable(pages[i] * kPageBytes, (pages[end - 1] + 1) * kPageBytes, out);
      i = end;
    }
    std::sort(out.begin(), out.end(), [](const HashRange& a, const HashRange& b) { return a.first < b.first; });
    return out;
  }

 private:
  // Adds the hashes of whose entries or buckets some lie in the bytes from `begin` to `end`, whole pages, around which
  // all can be read.
  void add_unreadable(std::uint64_t begin, std::uint64_t end, std::vector<HashRange>& out) const {
    const std::uint64_t directory = sid_directory_at(entries_);
    if (begin < directory) {
      const std::uint64_t first = begin < kSidEntriesAt ? 0 : (begin - kSidEntriesAt) / kSidEntryBytes;
      const std::uint64_t behind = (std::min(end, directory) - kSidEntriesAt + kSidEntryBytes - 1) / kSidEntryBytes;
      out.push_back({first == 0 ? 0 : range_of(bucket_of_entry(first - 1, 0)).first,
                     behind >= entries_ ? kSidHashMax : range_of(bucket_of_entry(behind, buckets() - 1)).last});
    }
    if (end > directory) {
      const std::uint64_t first = begin < directory ? 0 : (begin - directory) / kSidStartBytes;
      const std::uint64_t last = std::min((end - 1 - directory) / kSidStartBytes, buckets() - 1);
      if (first <= buckets()) {
        out.push_back({range_of(first == 0 ? 0 : first - 1).first, range_of(last).last});
      }
    }
  }

  // The bucket of an entry that can be read; `otherwise` if it cannot.
  [[nodiscard]] std::uint64_t bucket_of_entry(std::uint64_t entry, std::uint64_t otherwise) const {
    std::string bytes;
    if (!read(entry, 1, bytes)) return otherwise;
    return bucket_of_hash(get_sid_hash(bytes, 0));
  }

  static constexpr std::uint64_t entry_at(std::uint64_t entry) { return kSidEntriesAt + entry * kSidEntryBytes; }

  const std::unique_ptr<MappedFile> file_;
  const std::uint64_t entries_;
  const unsigned bits_;
};

SidFile::SidFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SidFile::~SidFile() = default;

base::Result<std::shared_ptr<const SidFile>> SidFile::open(const std::filesystem::path& path, std::uint64_t store_id,
                                                           base::FileSystem* files) {
  TRY_ASSIGN(auto impl, Impl::open(path, store_id, files));
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): the constructor is private
  return std::shared_ptr<const SidFile>(new SidFile(std::move(impl)));
}

const std::filesystem::path& SidFile::path() const { return impl_->file().path(); }
std::uint64_t SidFile::number() const { return impl_->file().identity().number; }
std::uint64_t SidFile::entries() const { return impl_->entries(); }
std::uint64_t SidFile::file_bytes() const { return impl_->file().file_bytes(); }
const std::vector<std::uint64_t>& SidFile::replaces() const { return impl_->file().identity().replaces; }
std::optional<Damage> SidFile::damage() const { return impl_->file().damage(); }
bool SidFile::has_fault() const { return impl_->file().has_fault(); }
base::Result<bool> SidFile::look_again() const { return impl_->file().look_again(); }

base::Result<void> SidFile::find(std::uint64_t hash, std::vector<base::WallTime>& times) const {
  CHECK(hash <= kSidHashMax);
  return impl_->find(hash, times);
}

void SidFile::prefetch(std::uint64_t hash) const { impl_->prefetch(hash); }

base::Result<void> SidFile::for_each(const std::function<base::Result<void>(const SidEntry&)>& visit) const {
  SidCursor cursor(*this);
  while (true) {
    TRY_ASSIGN(const bool more, cursor.next());
    if (!more) return {};
    TRY(visit(cursor.entry()));
  }
}

base::Result<std::vector<HashRange>> SidFile::unreadable() const {
  auto ranges = impl_->unreadable();
  if (!ranges && ranges.error().code() == base::ErrorCode::kCorruption) return std::vector<HashRange>{{}};
  return ranges;
}

HashRange SidFile::range_of(std::uint64_t hash) const { return impl_->range_of(impl_->bucket_of_hash(hash)); }

base::Result<void> SidFile::for_each_readable(const std::function<base::Result<void>(const SidEntry&)>& visit) const {
  std::string chunk;
  SidEntry last{0, base::kTimeMin};
  const auto give = [&](std::uint64_t count) -> base::Result<void> {
    for (std::uint64_t i = 0; i < count; ++i) {
      const SidEntry entry = get_sid_entry(chunk, i * kSidEntryBytes);
      if (entry < last || entry.time > base::kTimeMax) continue;
      last = entry;
      TRY(visit(entry));
    }
    return {};
  };
  for (std::uint64_t at = 0; at < entries();) {
    std::uint64_t count = std::min(kReadEntries, entries() - at);
    auto read = impl_->read(at, count, chunk);
    if (!read && read.error().code() == base::ErrorCode::kCorruption) {
      // One by one around what is damaged.
      for (const std::uint64_t end = at + count; at < end; ++at) {
        read = impl_->read(at, 1, chunk);
        if (!read && read.error().code() != base::ErrorCode::kCorruption) return read;
        if (read) TRY(give(1));
      }
      continue;
    }
    if (!read) return read;
    TRY(give(count));
    at += count;
  }
  return {};
}

base::Result<void> SidFile::check_pages() const { return impl_->file().check_pages(); }

base::Result<void> SidFile::check_structure() const {
  std::uint64_t bucket = 0;
  std::uint64_t begin = 0;
  std::uint64_t count = 0;
  const auto check_until = [&](std::uint64_t end) -> base::Result<void> {
    for (; bucket < end; ++bucket, begin = count) TRY(impl_->check_bucket(bucket, begin, count));
    return {};
  };
  const auto check_entry = [&](const SidEntry& entry) -> base::Result<void> {
    TRY(check_until(impl_->bucket_of_hash(entry.hash)));
    ++count;
    return {};
  };
  TRY(for_each(check_entry));
  return check_until(impl_->buckets());
}

SidCursor::SidCursor(const SidFile& file) : file_(&file) {}

base::Result<bool> SidCursor::next() {
  const SidFile::Impl& file = *file_->impl_;
  if (next_ == file.entries()) return false;
  if (next_ == chunk_begin_ + chunk_.size() / kSidEntryBytes) {
    TRY(file.read(next_, std::min(kReadEntries, file.entries() - next_), chunk_));
    chunk_begin_ = next_;
  }
  const SidEntry entry = get_sid_entry(chunk_, (next_ - chunk_begin_) * kSidEntryBytes);
  if (entry < entry_) return file.corrupt_entry(next_, "the entry is smaller than the one before it");
  if (entry.time > base::kTimeMax) return file.corrupt_entry(next_, "the entry's time is beyond the year 9999");
  entry_ = entry;
  ++next_;
  return true;
}

}  // namespace waybill::segment
