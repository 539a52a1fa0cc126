#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace waybill::sqlite {

// A page as a write-ahead log has it (https://www.sqlite.org/fileformat2.html#walformat).
struct LoggedPage {
  std::uint64_t offset = 0;          // of its bytes in the log
  std::uint32_t number = 0;          // counts from 1
  std::uint32_t database_pages = 0;  // not 0 where a commit ends: how many pages the database has then
  bool is_right = false;             // agrees with its checksum, and with the page before it
};

// The file beside a database that holds the newest commits. SQLite believes it up to the first page that does not agree
// with its checksum and forgets what lies behind, as it must after a power failure in the middle of a commit. This
// looks further.
class WriteAheadLog {
 public:
  // The log of a database that no process changes; nothing if there is none, an empty one, or one above 1 GiB. kIo.
  static base::Result<std::optional<WriteAheadLog>> read(const std::filesystem::path& database);

  // Where the first page stands that is damaged, if there is one before the log's end: commits follow that cannot have
  // been under way with it, so they were acknowledged, and SQLite would forget them. None where SQLite would forget the
  // whole log and the database holds all of it: a log that was moved is begun anew, and its first bytes may be torn
  // then.
  [[nodiscard]] std::optional<std::uint64_t> damage() const { return damage_; }

  // The pages that belong to the log as it was last begun, up to the last commit, in their order.
  [[nodiscard]] const std::vector<LoggedPage>& pages() const { return pages_; }
  [[nodiscard]] std::uint32_t page_bytes() const { return page_bytes_; }
  [[nodiscard]] std::string_view bytes_of(const LoggedPage& page) const {
    return std::string_view(bytes_).substr(page.offset, page_bytes_);
  }

  // What becomes of pages that are damaged: the database keeps its own, or gets the log's, or the log's with every bit
  // turned but those of the first four bytes, which may lead to the next page.
  enum class Damaged { kLeftOut, kAsItIs, kTurned };
  // Writes into a database that nobody has open what this log has of it, as a checkpoint would, but for the sync.
  // kStorageFull, kIo.
  [[nodiscard]] base::Result<void> write_into(const std::filesystem::path& database, Damaged damaged) const;

 private:
  explicit WriteAheadLog(std::string bytes) : bytes_(std::move(bytes)) {}
  void decode();
  [[nodiscard]] base::Result<void> write_page(int descriptor, const LoggedPage& page, Damaged damaged) const;
  void find_damage(bool header_is_right);
  [[nodiscard]] bool begins_damaged() const;
  [[nodiscard]] base::Result<bool> stands_in(const std::filesystem::path& database) const;

  std::string bytes_;
  std::uint32_t page_bytes_ = 0;
  std::vector<LoggedPage> pages_;
  std::optional<std::uint64_t> damage_;
};

// kCorruption, naming the log and the place, if the log of a database is damaged, so that SQLite would forget commits
// that were acknowledged: to be asked before SQLite opens it. REQUIRES: no process has the database open. kIo.
base::Result<void> check_write_ahead_log(const std::filesystem::path& database);

}  // namespace waybill::sqlite
