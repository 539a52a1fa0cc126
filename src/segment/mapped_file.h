#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/mutex.h"
#include "base/result.h"
#include "segment/fault_guard.h"
#include "segment/paged_format.h"

namespace waybill::segment {

// What of a file is damaged, as far as it was met.
struct Damage {
  std::uint64_t pages = 0;
  std::string first;  // as the failure told it that lies first in the file
};

// A finished file in the envelope of paged_format.h, mapped and open. No page is given out before it was read and
// compared with its checksum, once. What does not agree, and what the disk does not give, is kCorruption naming file
// and offset, and damage() tells of it until the page is read again and agrees. Reading may also fail with kBusy, where
// memory has run out. Safe for concurrent use.
class MappedFile {
 public:
  // Reads prologue and footer only, by way of `files`, or of the machine's own. kCorruption if it is no whole file of
  // that kind, or belongs to another store; kConflict, naming the versions, for another one than `kind` has; kNotFound,
  // kBusy where descriptors or memory have run out, kIo.
  static base::Result<std::unique_ptr<MappedFile>> open(const std::filesystem::path& path, const FileKind& kind,
                                                        std::uint64_t store_id, base::FileSystem* files = nullptr);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const FileIdentity& identity() const { return identity_; }
  [[nodiscard]] std::uint32_t version() const { return version_; }
  [[nodiscard]] const std::string& summary() const { return summary_; }
  [[nodiscard]] std::uint64_t file_bytes() const { return file_bytes_; }
  [[nodiscard]] std::uint64_t data_bytes() const { return data_bytes_; }
  [[nodiscard]] std::optional<Damage> damage() const;
  // Whether the disk has failed under the mapping, which shows nothing any more; a new one may.
  [[nodiscard]] bool has_fault() const { return fault_.load(std::memory_order_acquire) != kNoFault; }

  // Bytes of the data, compared with their checksums. kCorruption also if they do not lie within the data. What the
  // view shows is to be believed only if unharmed() says so afterwards: the disk may fail later.
  [[nodiscard]] base::Result<std::string_view> bytes(std::uint64_t offset, std::uint64_t length) const {
    if (!is_ready(offset, length)) TRY(prepare(offset, length));
    return std::string_view(data_ + offset, length);
  }

  // Whether all that was read through bytes() before was really there. kCorruption.
  [[nodiscard]] base::Result<void> unharmed() const {
    if (has_fault()) return fault_error();
    return {};
  }

  // Copies bytes of the data by reading the file, compared as those of bytes(): for what is not to be mapped in.
  [[nodiscard]] base::Result<void> read(std::uint64_t offset, std::span<char> out) const;

  // The same, but false, and `out` unknown, where the disk would have to be waited for, or it cannot be told whether.
  [[nodiscard]] base::Result<bool> read_if_cached(std::uint64_t offset, std::span<char> out) const;

  // Whether bytes() or read() has given out all of these bytes' pages before.
  [[nodiscard]] bool was_touched(std::uint64_t offset, std::uint64_t length) const { return is_ready(offset, length); }

  // Tells the system that these bytes will be read soon.
  void will_need(std::uint64_t offset, std::uint64_t length) const;

  // The numbers of the pages of the data that cannot be read, or do not agree with their checksums, as of now.
  // kCorruption if the checksums themselves cannot be read.
  [[nodiscard]] base::Result<std::vector<std::uint64_t>> unreadable_pages() const;

  // Compares the whole file with its checksums, past the system's cache where it can be passed. kCorruption.
  [[nodiscard]] base::Result<void> check_pages() const;

  // Reads the damaged pages again, from the first one on, up to one that still cannot be read or does not agree. Those
  // that do agree count as damaged no longer. Whether all of them agree; one that failed under the mapping is readable
  // then, but stays damaged here (has_fault()). kBusy.
  [[nodiscard]] base::Result<bool> look_again() const;

  // An Error of kCorruption about this file, at a place in it whose bytes are those that were written and contradict
  // themselves. It counts as damaged from now on, whatever is read later.
  [[nodiscard]] base::Error corrupt(std::uint64_t offset, std::string_view what) const;

 private:
  explicit MappedFile(std::filesystem::path path) : path_(std::move(path)) {}
  base::Result<void> open_file(const FileKind& kind, std::uint64_t store_id, base::FileSystem* files);
  base::Result<void> decode_footer(const FileKind& kind, std::uint64_t store_id, std::string_view footer);
  base::Result<void> map();

  [[nodiscard]] bool is_verified(std::uint64_t page) const {
    return (verified_[page / 64].load(std::memory_order_acquire) >> (page % 64) & 1U) != 0;
  }
  // Whether the bytes lie within the data and all their pages were compared.
  [[nodiscard]] bool is_ready(std::uint64_t offset, std::uint64_t length) const {
    if (offset > data_bytes_ || length > data_bytes_ - offset) return false;
    if (length == 0) return true;
    const std::uint64_t last = (offset + length - 1) / kPageBytes;
    for (std::uint64_t page = offset / kPageBytes; page <= last; ++page) {
      if (!is_verified(page)) return false;
    }
    return true;
  }
  [[nodiscard]] base::Result<void> prepare(std::uint64_t offset, std::uint64_t length) const;
  [[nodiscard]] base::Result<void> verify_table() const;
  // Reads the table of checksums and the footer, and compares both with their own.
  [[nodiscard]] base::Result<void> check_end() const;
  [[nodiscard]] base::Result<void> check_pages_of(const base::InputFile& input) const;
  // Compares the page that begins at `from`.
  [[nodiscard]] base::Result<void> compare_page(std::uint64_t from, std::string_view page) const;
  // Compares pages, and remembers them, given from the first of them on; `from` is a page's beginning.
  [[nodiscard]] base::Result<void> verify_pages(std::uint64_t from, std::string_view pages) const;
  [[nodiscard]] base::Result<void> check_range(std::uint64_t offset, std::uint64_t length) const;
  [[nodiscard]] base::Result<void> read_file(const base::InputFile& input, std::uint64_t offset,
                                             std::span<char> out) const;
  // Reads and compares one page of the data, or what stands behind the data.
  [[nodiscard]] base::Result<void> look_at_page(std::uint64_t page) const;
  [[nodiscard]] std::string_view table() const { return {data_ + data_bytes_, pages_of(data_bytes_) * 4}; }
  [[nodiscard]] base::Error fault_error() const;

  // The number of the page that holds a byte. Those of table and footer follow those of the data, and share none.
  [[nodiscard]] std::uint64_t page_of(std::uint64_t offset) const {
    if (offset < data_bytes_) return offset / kPageBytes;
    return pages_of(data_bytes_) + (offset - data_bytes_) / kPageBytes;
  }
  // An Error of kCorruption about a page that could not be read or does not agree: it counts as damaged until it does.
  [[nodiscard]] base::Error unread(std::uint64_t offset, std::string_view what) const;
  [[nodiscard]] base::Error error_at(std::uint64_t offset, std::string_view what) const;
  // The pages from `first` to before `end` were read and agree.
  void take_back(std::uint64_t first, std::uint64_t end) const;

  const std::filesystem::path path_;
  std::unique_ptr<base::InputFile> input_;
  const char* data_ = nullptr;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t data_bytes_ = 0;
  std::uint64_t table_sum_ = 0;
  std::uint32_t version_ = 0;
  FileIdentity identity_;
  std::string summary_;

  mutable FaultOffset fault_{kNoFault};
  mutable std::atomic<bool> table_verified_{false};
  std::unique_ptr<std::atomic<std::uint64_t>[]> verified_;  // a bit a page
  FaultGuard guard_;

  mutable std::atomic<bool> has_unread_{false};  // unread_ is not empty
  mutable std::atomic<bool> has_wrong_{false};   // wrong_ is not empty

  mutable base::Mutex mutex_;
  // What was told of damaged pages, by page_of(): of those that a later look may find right, and of the others.
  mutable std::map<std::uint64_t, std::string> unread_ GUARDED_BY(mutex_);
  mutable std::map<std::uint64_t, std::string> wrong_ GUARDED_BY(mutex_);
};

}  // namespace waybill::segment
