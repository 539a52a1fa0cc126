#include "segment/mapped_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/files.h"

namespace waybill::segment {
namespace {

constexpr std::size_t kCheckBytes = 256 * kPageBytes;

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
                                                           std::uint64_t store_id) {
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): the constructor is private
  std::unique_ptr<MappedFile> file(new MappedFile(path));
  TRY(file->open_file(kind, store_id));
  TRY(file->map());
  return file;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) {
    // The guard goes first: afterwards the addresses may be somebody else's.
    guard_ = FaultGuard();
    munmap(const_cast<char*>(data_), file_bytes_);
  }
  if (descriptor_ >= 0) close(descriptor_);
}

base::Result<void> MappedFile::open_file(const FileKind& kind, std::uint64_t store_id) {
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) return base::last_system_error("opening", path_);
  struct stat status{};
  if (fstat(descriptor_, &status) != 0) return base::last_system_error("opening", path_);
  file_bytes_ = static_cast<std::uint64_t>(status.st_size);
  std::array<char, kPrologueBytes> prologue{};
  std::string footer(kFooterBytes, '\0');
  if (file_bytes_ < kPrologueBytes + kFooterBytes) return corrupt(0, "too short for a " + std::string(kind.name));
  TRY(read_file(descriptor_, 0, prologue));
  const std::string_view head(prologue.data(), prologue.size());
  if (!head.starts_with(kind.magic) || base::get_le<std::uint32_t>(head, 12) != page_sum(head.substr(0, 12))) {
    return corrupt(0, "no " + std::string(kind.name) + " begins like this");
  }
  version_ = base::get_le<std::uint32_t>(head, kMagicBytes);
  if (version_ < kind.oldest_version || kind.version < version_) {
    return base::conflict(path_.string() + " has version " + std::to_string(version_) + " of the " +
                          std::string(kind.name) + " format, and this program reads " + versions_of(kind));
  }
  TRY(read_file(descriptor_, file_bytes_ - kFooterBytes, footer));
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
  void* const mapped = mmap(nullptr, file_bytes_, PROT_READ, MAP_SHARED, descriptor_, 0);
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
    const std::uint64_t from = page * kPageBytes;
    TRY(verify_pages(from, {data_ + from, std::min(kPageBytes, data_bytes_ - from)}));
  }
  return {};
}

base::Result<void> MappedFile::verify_table() const {
  if (table_verified_.load(std::memory_order_acquire)) return {};
  const std::uint64_t sum = base::hash64(table());
  TRY(unharmed());
  if (sum != table_sum_) return corrupt(data_bytes_, kBadTable);
  table_verified_.store(true, std::memory_order_release);
  return {};
}

base::Result<void> MappedFile::compare_page(std::uint64_t from, std::string_view page) const {
  const std::uint32_t sum = page_sum(page);
  const auto expected = base::get_le<std::uint32_t>(table(), from / kPageBytes * 4);
  TRY(unharmed());
  if (sum != expected) return corrupt(from, "the page does not agree with its checksum");
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

base::Result<void> MappedFile::read(std::uint64_t offset, std::span<char> out) const {
  if (is_ready(offset, out.size())) return read_file(descriptor_, offset, out);
  TRY(check_range(offset, out.size()));
  const std::uint64_t from = offset / kPageBytes * kPageBytes;
  std::string pages(std::min(pages_of(offset + out.size()) * kPageBytes, data_bytes_) - from, '\0');
  TRY(read_file(descriptor_, from, pages));
  TRY(verify_pages(from, pages));
  std::copy_n(pages.data() + (offset - from), out.size(), out.data());
  return {};
}

base::Result<bool> MappedFile::read_if_cached(std::uint64_t offset, std::span<char> out) const {
  if (is_ready(offset, out.size())) return read_file_if_cached(offset, out);
  TRY(check_range(offset, out.size()));
  const std::uint64_t from = offset / kPageBytes * kPageBytes;
  std::string pages(std::min(pages_of(offset + out.size()) * kPageBytes, data_bytes_) - from, '\0');
  if (!read_file_if_cached(from, pages)) return false;
  TRY(verify_pages(from, pages));
  std::copy_n(pages.data() + (offset - from), out.size(), out.data());
  return true;
}

bool MappedFile::read_file_if_cached(std::uint64_t offset, std::span<char> out) const {
  const iovec part{out.data(), out.size()};
  return preadv2(descriptor_, &part, 1, static_cast<off_t>(offset), RWF_NOWAIT) == static_cast<ssize_t>(out.size());
}

base::Result<void> MappedFile::read_file(int descriptor, std::uint64_t offset, std::span<char> out) const {
  while (!out.empty()) {
    const ssize_t count = pread(descriptor, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const std::string why = count == 0 ? "the file ends" : std::generic_category().message(errno);
      damaged_.store(true, std::memory_order_release);
      return base::io_error("reading " + path_.string() + " at offset " + std::to_string(offset) + ": " + why);
    }
    out = out.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

void MappedFile::will_need(std::uint64_t offset, std::uint64_t length) const {
  // A hint: where it fails, reading is slower, no more.
  posix_fadvise(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_WILLNEED);
}

base::Result<void> MappedFile::check_pages() const {
  // Direct reading shows what the disk has; some file systems have no such thing.
  const int direct = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT);
  auto result = check_pages_of(direct >= 0 ? direct : descriptor_);
  if (direct >= 0) close(direct);
  if (!result) return result;
  std::string end(file_bytes_ - data_bytes_, '\0');
  TRY(read_file(descriptor_, data_bytes_, end));
  const std::size_t table_bytes = end.size() - kFooterBytes;
  if (base::hash64({end.data(), table_bytes}) != table_sum_) return corrupt(data_bytes_, kBadTable);
  const std::string_view footer = std::string_view(end).substr(table_bytes);
  if (!footer_is_whole(footer)) return corrupt(file_bytes_ - kFooterBytes, kBadFooter);
  return {};
}

base::Result<void> MappedFile::check_pages_of(int descriptor) const {
  TRY(verify_table());
  const std::unique_ptr<char, FreeMemory> buffer(static_cast<char*>(std::aligned_alloc(kPageBytes, kCheckBytes)));
  for (std::uint64_t from = 0; from < data_bytes_; from += kCheckBytes) {
    // Whole pages, as direct reading wants it: behind the data there is a footer of a page.
    const std::uint64_t length = std::min<std::uint64_t>(kCheckBytes, data_bytes_ - from);
    TRY(read_file(descriptor, from, {buffer.get(), pages_of(length) * kPageBytes}));
    for (std::uint64_t at = 0; at < length; at += kPageBytes) {
      TRY(compare_page(from + at, {buffer.get() + at, std::min(kPageBytes, length - at)}));
    }
  }
  return {};
}

base::Error MappedFile::corrupt(std::uint64_t offset, std::string_view what) const {
  damaged_.store(true, std::memory_order_release);
  return base::corruption(path_.string() + " at offset " + std::to_string(offset) + ": " + std::string(what));
}

base::Error MappedFile::fault_error() const {
  return base::io_error("reading " + path_.string() + " at offset " + std::to_string(fault_.load()) +
                        ": the page cannot be read");
}

}  // namespace waybill::segment
