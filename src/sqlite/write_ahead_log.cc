#include "sqlite/write_ahead_log.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/bounded_files.h"
#include "base/descriptor.h"
#include "base/files.h"

namespace waybill::sqlite {
namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kPageHeaderBytes = 24;
constexpr std::uint32_t kMagic = 0x377f0682;  // the lowest bit says that checksums read their words big end first
constexpr std::uint32_t kPageBytesUsual = 4096;
constexpr std::size_t kLogBytesMax = 1UL << 30U;

std::uint32_t big_end_first(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

std::uint32_t little_end_first(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i > 0; --i) value = value << 8U | static_cast<std::uint8_t>(bytes[at + i - 1]);
  return value;
}

struct Sum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  friend bool operator==(const Sum&, const Sum&) = default;
};

Sum sum_at(std::string_view bytes, std::size_t at) { return {big_end_first(bytes, at), big_end_first(bytes, at + 4)}; }

// REQUIRES: the length is a multiple of 8.
Sum add_up(Sum sum, std::string_view bytes, bool big) {
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    sum.first += (big ? big_end_first(bytes, at) : little_end_first(bytes, at)) + sum.second;
    sum.second += (big ? big_end_first(bytes, at + 4) : little_end_first(bytes, at + 4)) + sum.first;
  }
  return sum;
}

bool is_page_size(std::uint32_t bytes) { return bytes >= 512 && bytes <= 65'536 && (bytes & (bytes - 1)) == 0; }

}  // namespace

base::Result<std::optional<WriteAheadLog>> WriteAheadLog::read(const std::filesystem::path& database) {
  auto bytes = base::read_file_up_to(database.string() + "-wal", kLogBytesMax);
  // One that is larger than checkpoints ever leave it is left to SQLite.
  const bool is_none = !bytes && (bytes.error().code() == base::ErrorCode::kNotFound ||
                                  bytes.error().code() == base::ErrorCode::kTooLarge);
  if (is_none) return std::optional<WriteAheadLog>();
  TRY(bytes);
  if (bytes->size() <= kHeaderBytes) return std::optional<WriteAheadLog>();
  WriteAheadLog log(*std::move(bytes));
  log.decode();
  if (log.damage_ && log.begins_damaged()) {
    TRY_ASSIGN(const bool was_moved, log.stands_in(database));
    if (was_moved) log.damage_.reset();
  }
  return std::optional(std::move(log));
}

void WriteAheadLog::decode() {
  const std::string_view bytes = bytes_;
  const std::uint32_t magic = big_end_first(bytes, 0);
  const bool big = magic == (kMagic | 1U);
  const bool header_is_right = (magic | 1U) == (kMagic | 1U) && is_page_size(big_end_first(bytes, 8)) &&
                               add_up({}, bytes.substr(0, 24), big) == sum_at(bytes, 24);
  page_bytes_ = header_is_right ? big_end_first(bytes, 8) : kPageBytesUsual;
  const std::size_t step = kPageHeaderBytes + page_bytes_;
  if (bytes.size() < kHeaderBytes + step) return;
  // A damaged header is no reason to forget what follows: its salts stand in each page's header too.
  const std::string_view salts = bytes.substr(header_is_right ? 16 : kHeaderBytes + 8, 8);
  Sum before = sum_at(bytes, 24);
  std::size_t end = 0;
  for (std::size_t at = kHeaderBytes; at + step <= bytes.size(); at += step) {
    const std::string_view head = bytes.substr(at, kPageHeaderBytes);
    const Sum said = sum_at(head, 16);
    const Sum found =
        add_up(add_up(before, head.substr(0, 8), big), bytes.substr(at + kPageHeaderBytes, page_bytes_), big);
    const bool is_right = head.substr(8, 8) == salts && found == said && big_end_first(head, 0) != 0;
    pages_.push_back({at + kPageHeaderBytes, big_end_first(head, 0), big_end_first(head, 4), is_right});
    if (is_right && pages_.back().database_pages != 0) end = pages_.size();
    before = said;
  }
  // What an earlier round left behind the last commit has other salts, and what no commit ends never was.
  pages_.resize(end);
  find_damage(header_is_right);
}

base::Result<void> WriteAheadLog::write_page(int descriptor, const LoggedPage& page, Damaged damaged) const {
  std::string bytes(bytes_of(page));
  if (!page.is_right && damaged == Damaged::kTurned) {
    for (std::size_t at = 4; at < bytes.size(); ++at) bytes[at] = static_cast<char>(~static_cast<unsigned>(bytes[at]));
  }
  const auto at = static_cast<off_t>((page.number - std::uint64_t{1}) * page_bytes_);
  const ssize_t written = pwrite(descriptor, bytes.data(), bytes.size(), at);
  if (written == static_cast<ssize_t>(bytes.size())) return {};
  return written >= 0 || errno == ENOSPC ? base::storage_full("no room for a page of the database")
                                         : base::io_error("a page of the database cannot be written");
}

base::Result<void> WriteAheadLog::write_into(const std::filesystem::path& database, Damaged damaged) const {
  if (pages_.empty()) return {};
  const std::uint32_t database_pages = pages_.back().database_pages;
  const base::Descriptor opened(open(database.c_str(), O_RDWR | O_CLOEXEC));
  if (opened.get() < 0) return base::last_system_error("opening", database);
  for (const LoggedPage& page : pages_) {
    // A number that is damaged must not lead elsewhere than into the database.
    const bool is_inside = page.number != 0 && page.number <= database_pages;
    if (!is_inside || (!page.is_right && damaged == Damaged::kLeftOut)) continue;
    TRY(write_page(opened.get(), page, damaged));
  }
  const auto length = static_cast<off_t>(std::uint64_t{database_pages} * page_bytes_);
  if (ftruncate(opened.get(), length) != 0) return base::last_system_error("writing", database);
  return {};
}

void WriteAheadLog::find_damage(bool header_is_right) {
  const auto is_wrong = [](const LoggedPage& page) { return !page.is_right; };
  const auto first = header_is_right ? std::find_if(pages_.begin(), pages_.end(), is_wrong) : pages_.begin();
  const auto commits = std::count_if(first, pages_.end(),
                                     [](const LoggedPage& page) { return page.is_right && page.database_pages != 0; });
  // A power failure may tear the last commit, which is acknowledged only when it is synced, and before another begins.
  if (!header_is_right && commits > 0) damage_ = 0;
  if (header_is_right && commits > 1) damage_ = first->offset - kPageHeaderBytes;
}

// Whether SQLite would take no page of the log: none that it believes ends a commit.
bool WriteAheadLog::begins_damaged() const {
  return std::none_of(pages_.begin(), pages_.end(),
                      [&](const LoggedPage& page) { return page.offset < *damage_ && page.database_pages != 0; });
}

// Whether the database has each page as the log has it last.
base::Result<bool> WriteAheadLog::stands_in(const std::filesystem::path& database) const {
  std::map<std::uint32_t, const LoggedPage*> last;
  for (const LoggedPage& page : pages_) last[page.number] = &page;
  const base::Descriptor opened(open(database.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0 && errno == ENOENT) return false;
  if (opened.get() < 0) return base::last_system_error("opening", database);
  std::string bytes(page_bytes_, '\0');
  for (const auto& [number, page] : last) {
    if (number == 0) return false;
    const auto place = static_cast<off_t>((number - std::uint64_t{1}) * page_bytes_);
    const ssize_t count = pread(opened.get(), bytes.data(), bytes.size(), place);
    if (count != static_cast<ssize_t>(bytes.size()) || bytes != bytes_of(*page)) return false;
  }
  return true;
}

base::Result<void> check_write_ahead_log(const std::filesystem::path& database) {
  TRY_ASSIGN(const auto log, WriteAheadLog::read(database));
  if (!log || !log->damage()) return {};
  return base::corruption(database.string() + "-wal is damaged at byte " + std::to_string(*log->damage()) +
                          ", and commits that were acknowledged stand behind it; nothing was changed. `waybill repair` "
                          "keeps all of them that can be kept");
}

}  // namespace waybill::sqlite
