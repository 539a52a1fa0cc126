#include "segment/mapped_file.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/files.h"

namespace waybill::segment {
namespace {

constexpr std::size_t kCheckBytes = 256 * kPageBytes;

constexpr std::string_view kBadPage = "the page does not agree with its checksum";
constexpr std::string_view kBadTable = "the pages' checksums do not agree with their own";
constexpr std::string_view kBadFooter = "the footer does not agree with its checksum";

bool footer_is_whole(std::string_view footer) {
  return base::get_le<std::uint64_t>(footer, kFooterSumAt) == base::hash64(footer.substr(0, kFooterSumAt));
}

std::string versions_of(const FileKind& kind) {
  if (kind.oldest_version == kind.version) return "version " + std::to_string(kind.version);
  return "versions " + std::to_string(kind.oldest_version) + " to " + std::to_string(kind.version);
}

struct FreeMemory {
  void operator()(char* memory) const { std::free(memory); }
};

}  // namespace

base::Result<std::unique_ptr<MappedFile>> MappedFile::open(const std::filesystem::path& path, const FileKind& kind,
                                                           std::uint64_t store_id, base::FileSystem* files) {
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): the constructor is private
  std::unique_ptr<MappedFile> file(new MappedFile(path));
  TRY(file->open_file(kind, store_id, files));
  TRY(file->map());
  return file;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) {
    // The guard goes first: afterwards the addresses may be somebody else's.
    guard_ = FaultGuard();
    munmap(const_cast<char*>(data_), file_bytes_);
  }
}

base::Result<void> MappedFile::open_file(const FileKind& kind, std::uint64_t store_id, base::FileSystem* files) {
  TRY_ASSIGN(input_, files != nullptr ? files->open(path_) : base::open_to_read(path_));
  struct stat status{};
  if (fstat(input_->descriptor(), &status) != 0) return base::last_system_error("opening", path_);
  file_bytes_ = static_cast<std::uint64_t>(status.st_size);
  std::array<char, kPrologueBytes> prologue{};
  std::string footer(kFooterBytes, '\0');
  if (file_bytes_ < kPrologueBytes + kFooterBytes) return corrupt(0, "too short for a " + std::string(kind.name));
  TRY(read_file(*input_, 0, prologue));
  const std::string_view head(prologue.data(), prologue.size());
  if (!head.starts_with(kind.magic) || base::get_le<std::uint32_t>(head, 12) != page_sum(head.substr(0, 12))) {
    return corrupt(0, "no " + std::string(kind.name) + " begins like this");
  }
  version_ = base::get_le<std::uint32_t>(head, kMagicBytes);
  if (version_ < kind.oldest_version || kind.version < version_) {
    return base::conflict(path_.string() + " has version " + std::to_string(version_) + " of the " +
                          std::string(kind.name) + " format, and this program reads " + versions_of(kind));
  }
  TRY(read_file(*input_, file_bytes_ - kFooterBytes, footer));
  return decode_footer(kind, store_id, footer);
}

base::Result<void> MappedFile::decode_footer(const FileKind& kind, std::uint64_t store_id, std::string_view footer) {
  const std::uint64_t at = file_bytes_ - kFooterBytes;
  if (!footer_is_whole(footer)) return corrupt(at, kBadFooter);
  identity_.store_id = base::get_le<std::uint64_t>(footer, kFooterStoreAt);
  identity_.number = base::get_le<std::uint64_t>(footer, kFooterNumberAt);
  data_bytes_ = base::get_le<std::uint64_t>(footer, kFooterDataBytesAt);
  table_sum_ = base::get_le<std::uint64_t>(footer, kFooterTableSumAt);
  const auto replaces = base::get_le<std::uint32_t>(footer, kFooterReplacesCountAt);
  const auto summary_bytes = base::get_le<std::uint32_t>(footer, kFooterSummaryLengthAt);
  if (data_bytes_ < kPrologueBytes || data_bytes_ > at || data_bytes_ % 8 != 0 ||
      data_bytes_ + pages_of(data_bytes_) * 4 != at || replaces > kReplacesMax || summary_bytes > kSummaryMax) {
    return corrupt(at, "the footer contradicts itself or the file's length");
  }
  if (identity_.store_id != store_id) {
    return corrupt(at, "the " + std::string(kind.name) + " belongs to another store than waybill.db");
  }
  summary_ = footer.substr(kFooterSummaryAt, summary_bytes);
  for (std::uint32_t i = 0; i < replaces; ++i) {
    identity_.replaces.push_back(base::get_le<std::uint64_t>(footer, kFooterReplacesAt + i * std::size_t{8}));
  }
  return {};
}

base::Result<void> MappedFile::map() {
  void* const mapped = mmap(nullptr, file_bytes_, PROT_READ, MAP_SHARED, input_->descriptor(), 0);
  if (mapped == MAP_FAILED) return base::last_system_error("mapping", path_);
  data_ = static_cast<const char*>(mapped);
  // Looks go here and there; what is read in order is asked for by will_need().
  madvise(mapped, file_bytes_, MADV_RANDOM);
  verified_ = std::make_unique<std::atomic<std::uint64_t>[]>(pages_of(data_bytes_) / 64 + 1);
  TRY_ASSIGN(guard_, FaultGuard::take(data_, file_bytes_, fault_));
  return {};
}

base::Result<void> MappedFile::prepare(std::uint64_t offset, std::uint64_t length) const {
  TRY(check_range(offset, length));
  TRY(unharmed());
  const std::uint64_t last = (offset + length - 1) / kPageBytes;
  for (std::uint64_t page = offset / kPageBytes; page <= last; ++page) {
    if (is_verified(page)) continue;
    // Read rather than mapped in: a page that the disk does not give is then one error, and harms no other page.
    const std::uint64_t from = page * kPageBytes;
    std::array<char, kPageBytes> bytes;
    const std::span<char> whole(bytes.data(), std::min(kPageBytes, data_bytes_ - from));
    TRY(read_file(*input_, from, whole));
    TRY(verify_pages(from, {whole.data(), whole.size()}));
  }
  return {};
}

base::Result<void> MappedFile::verify_table() const {
  if (table_verified_.load(std::memory_order_acquire)) return {};
  std::string bytes(table().size(), '\0');
  TRY(read_file(*input_, data_bytes_, bytes));
  if (base::hash64(bytes) != table_sum_) return unread(data_bytes_, kBadTable);
  table_verified_.store(true, std::memory_order_release);
  take_back(page_of(data_bytes_), page_of(file_bytes_ - kFooterBytes) + 1);
  return {};
}

base::Result<void> MappedFile::compare_page(std::uint64_t from, std::string_view page) const {
  const std::uint32_t sum = page_sum(page);
  const auto expected = base::get_le<std::uint32_t>(table(), from / kPageBytes * 4);
  TRY(unharmed());
  if (sum != expected) return unread(from, kBadPage);
  take_back(from / kPageBytes, from / kPageBytes + 1);
  return {};
}

base::Result<void> MappedFile::verify_pages(std::uint64_t from, std::string_view pages) const {
  TRY(verify_table());
  for (; !pages.empty(); pages.remove_prefix(std::min<std::size_t>(kPageBytes, pages.size())), from += kPageBytes) {
    TRY(compare_page(from, pages.substr(0, kPageBytes)));
    const std::uint64_t page = from / kPageBytes;
    verified_[page / 64].fetch_or(1ULL << (page % 64), std::memory_order_release);
  }
  return {};
}

base::Result<void> MappedFile::check_range(std::uint64_t offset, std::uint64_t length) const {
  if (offset <= data_bytes_ && length <= data_bytes_ - offset) return {};
  return corrupt(std::min(offset, data_bytes_), "something is said to lie beyond the end of the data");
}

// Where a page of the file is damaged, each is compared again.
base::Result<void> MappedFile::read(std::uint64_t offset, std::span<char> out) const {
  if (is_ready(offset, out.size()) && !has_unread_) return read_file(*input_, offset, out);
  TRY(check_range(offset, out.size()));
  const std::uint64_t from = offset / kPageBytes * kPageBytes;
  std::string pages(std::min(pages_of(offset + out.size()) * kPageBytes, data_bytes_) - from, '\0');
  TRY(read_file(*input_, from, pages));
  TRY(verify_pages(from, pages));
  std::copy_n(pages.data() + (offset - from), out.size(), out.data());
  return {};
}

base::Result<bool> MappedFile::read_if_cached(std::uint64_t offset, std::span<char> out) const {
  if (is_ready(offset, out.size()) && !has_unread_) return input_->read_if_cached(offset, out);
  TRY(check_range(offset, out.size()));
  const std::uint64_t from = offset / kPageBytes * kPageBytes;
  std::string pages(std::min(pages_of(offset + out.size()) * kPageBytes, data_bytes_) - from, '\0');
  if (!input_->read_if_cached(from, pages)) return false;
  TRY(verify_pages(from, pages));
  std::copy_n(pages.data() + (offset - from), out.size(), out.data());
  return true;
}

base::Result<void> MappedFile::read_file(const base::InputFile& input, std::uint64_t offset,
                                         std::span<char> out) const {
  const auto count = input.read(offset, out);
  if (count && *count == out.size()) return {};
  if (count) return unread(offset + *count, "the file ends");
  // A shortage has nothing to do with the file.
  if (count.error().code() == base::ErrorCode::kBusy) return count.error();
  const auto page_end = [](std::uint64_t at) { return (at / kPageBytes + 1) * kPageBytes; };
  if (offset + out.size() <= page_end(offset)) return unread(offset, count.error().message());
  // Page by page, so that the one that failed is named, and no other.
  for (std::uint64_t at = 0; at < out.size();) {
    const std::uint64_t length = std::min<std::uint64_t>(page_end(offset + at) - (offset + at), out.size() - at);
    TRY(read_file(input, offset + at, out.subspan(at, length)));
    at += length;
  }
  return {};
}

void MappedFile::will_need(std::uint64_t offset, std::uint64_t length) const {
  // A hint: where it fails, reading is slower, no more.
  posix_fadvise(input_->descriptor(), static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_WILLNEED);
}

base::Result<void> MappedFile::check_pages() const {
  // Reading past the cache shows what the disk has.
  const auto direct = input_->past_cache();
  TRY(check_pages_of(direct != nullptr ? *direct : *input_));
  return check_end();
}

base::Result<void> MappedFile::check_end() const {
  std::string end(file_bytes_ - data_bytes_, '\0');
  TRY(read_file(*input_, data_bytes_, end));
  const std::size_t table_bytes = end.size() - kFooterBytes;
  if (base::hash64({end.data(), table_bytes}) != table_sum_) return unread(data_bytes_, kBadTable);
  const std::string_view footer = std::string_view(end).substr(table_bytes);
  if (!footer_is_whole(footer)) return unread(file_bytes_ - kFooterBytes, kBadFooter);
  take_back(page_of(data_bytes_), page_of(file_bytes_) + 1);
  return {};
}

base::Result<void> MappedFile::check_pages_of(const base::InputFile& input) const {
  TRY(verify_table());
  const std::unique_ptr<char, FreeMemory> buffer(static_cast<char*>(std::aligned_alloc(kPageBytes, kCheckBytes)));
  for (std::uint64_t from = 0; from < data_bytes_; from += kCheckBytes) {
    // Whole pages, as direct reading wants it: behind the data there is a footer of a page.
    const std::uint64_t length = std::min<std::uint64_t>(kCheckBytes, data_bytes_ - from);
    TRY(read_file(input, from, {buffer.get(), pages_of(length) * kPageBytes}));
    for (std::uint64_t at = 0; at < length; at += kPageBytes) {
      TRY(compare_page(from + at, {buffer.get() + at, std::min(kPageBytes, length - at)}));
    }
  }
  return {};
}

base::Result<std::vector<std::uint64_t>> MappedFile::unreadable_pages() const {
  TRY(verify_table());
  std::vector<std::uint64_t> out;
  std::array<char, kPageBytes> bytes;
  for (std::uint64_t page = 0; page < pages_of(data_bytes_); ++page) {
    const std::uint64_t from = page * kPageBytes;
    const std::span<char> whole(bytes.data(), std::min(kPageBytes, data_bytes_ - from));
    auto read = read_file(*input_, from, whole);
    if (read) read = compare_page(from, {whole.data(), whole.size()});
    if (!read && read.error().code() != base::ErrorCode::kCorruption) return std::move(read).error();
    if (!read) out.push_back(page);
  }
  return out;
}

// Past the mapping, which may have failed.
base::Result<void> MappedFile::look_at_page(std::uint64_t page) const {
  if (page >= pages_of(data_bytes_)) return check_end();
  TRY(verify_table());
  const std::uint64_t from = page * kPageBytes;
  std::string bytes(std::min(kPageBytes, data_bytes_ - from), '\0');
  std::string expected(sizeof(std::uint32_t), '\0');
  TRY(read_file(*input_, from, bytes));
  TRY(read_file(*input_, data_bytes_ + page * expected.size(), expected));
  if (page_sum(bytes) != base::get_le<std::uint32_t>(expected, 0)) return unread(from, kBadPage);
  take_back(page, page + 1);
  return {};
}

base::Result<bool> MappedFile::look_again() const {
  std::vector<std::uint64_t> pages;
  {
    const base::MutexLock lock(mutex_);
    for (const auto& [page, what] : unread_) pages.push_back(page);
  }
  if (has_fault()) pages.push_back(page_of(fault_));
  for (const std::uint64_t page : pages) {
    auto read = look_at_page(page);
    if (!read && read.error().code() != base::ErrorCode::kCorruption) return std::move(read).error();
    if (!read) return false;
  }
  return true;
}

base::Error MappedFile::error_at(std::uint64_t offset, std::string_view what) const {
  return base::corruption(path_.string() + " at offset " + std::to_string(offset) + ": " + std::string(what));
}

base::Error MappedFile::corrupt(std::uint64_t offset, std::string_view what) const {
  base::Error error = error_at(offset, what);
  const base::MutexLock lock(mutex_);
  wrong_.try_emplace(page_of(offset), error.message());
  has_wrong_ = true;
  return error;
}

base::Error MappedFile::unread(std::uint64_t offset, std::string_view what) const {
  base::Error error = error_at(offset, what);
  const base::MutexLock lock(mutex_);
  unread_.try_emplace(page_of(offset), error.message());
  has_unread_ = true;
  return error;
}

void MappedFile::take_back(std::uint64_t first, std::uint64_t end) const {
  if (!has_unread_) return;
  const base::MutexLock lock(mutex_);
  unread_.erase(unread_.lower_bound(first), unread_.lower_bound(end));
  has_unread_ = !unread_.empty();
}

std::optional<Damage> MappedFile::damage() const {
  if (has_fault()) static_cast<void>(fault_error());
  if (!has_unread_ && !has_wrong_) return std::nullopt;
  const base::MutexLock lock(mutex_);
  if (unread_.empty() && wrong_.empty()) return std::nullopt;
  const bool begins_unread = wrong_.empty() || (!unread_.empty() && unread_.begin()->first <= wrong_.begin()->first);
  const auto also_unread = std::count_if(wrong_.begin(), wrong_.end(), [&](const auto& wrong) REQUIRES_LOCK(mutex_) {
    return unread_.contains(wrong.first);
  });
  return Damage{unread_.size() + wrong_.size() - static_cast<std::uint64_t>(also_unread),
                (begins_unread ? unread_ : wrong_).begin()->second};
}

base::Error MappedFile::fault_error() const { return corrupt(fault_.load(), "the page cannot be read"); }

}  // namespace waybill::segment
