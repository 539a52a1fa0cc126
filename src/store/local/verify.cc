#include "store/local/verify.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/time_text.h"
#include "segment/cursor.h"
#include "segment/segment.h"
#include "segment/sid_file.h"
#include "store/local/archive.h"
#include "store/local/erasure_table.h"
#include "store/local/log_table.h"
#include "store/local/manifest.h"
#include "store/local/owner_table.h"
#include "store/local/rules.h"
#include "store/local/schema.h"
#include "store/local/sid_table.h"

namespace waybill::store {
namespace {

constexpr std::uint64_t kEventsBetweenSigns = 4'096;
// Of one file's findings so many are told; more of the same would say nothing new.
constexpr std::size_t kFindingsOfAFileMax = 20;

std::string place_of(const model::SortKey& key) { return "position " + std::to_string(to_number(key.position)); }

class Verifier {
 public:
  Verifier(std::filesystem::path folder, const VerifyParts& parts, sqlite::Connection connection)
      : folder_(std::move(folder)), parts_(parts), connection_(std::move(connection)) {}

  base::Result<VerifyReport> run() {
    check_database();
    auto loaded = load();
    if (!loaded) find(kDatabaseFile, loaded.error().message());
    if (!loaded) return std::move(report_);
    check_folder();
    open_sid_files();
    check_log();
    for (const ManifestFile& file : manifest_.live) {
      if (file.kind == FileKind::kSegment) check_segment(file);
    }
    check_sids_once();
    return std::move(report_);
  }

 private:
  struct Seen {
    std::uint64_t hash = 0;
    base::WallTime time;
    friend auto operator<=>(const Seen&, const Seen&) = default;
  };

  void find(const std::string& file, std::string what) {
    const std::size_t count = ++findings_of_file_[file];
    if (count > kFindingsOfAFileMax) return;
    if (count == kFindingsOfAFileMax) what += " (and perhaps more in this file)";
    report_.findings.push_back({file, std::move(what)});
  }

  void find_if_failed(const std::string& file, const base::Result<void>& result) {
    if (!result) find(file, result.error().message());
  }

  static std::string name_of(const ManifestFile& file) {
    return std::string(kSegmentFolder) + "/" + file_name(file.number, file.kind);
  }

  void check_database() {
    parts_.progress(kDatabaseFile, 0, 0);
    const auto check = [&]() -> base::Result<void> {
      TRY_ASSIGN(sqlite::Statement select, connection_.prepare("PRAGMA integrity_check"));
      for (;;) {
        TRY_ASSIGN(const bool more, select.step());
        if (!more) return {};
        if (select.bytes(0) != "ok") find(kDatabaseFile, std::string(select.bytes(0)));
      }
    };
    find_if_failed(kDatabaseFile, check());
  }

  base::Result<void> load() {
    TRY_ASSIGN(facts_, read_facts(connection_));
    TRY_ASSIGN(manifest_, read_manifest(connection_));
    TRY_ASSIGN(auto erasures, read_erasures(connection_));
    TRY_ASSIGN(auto own, read_retention(connection_));
    TRY_ASSIGN(owners_, read_all_owners(connection_));
    TRY_ASSIGN(auto marks, read_expiry_marks(connection_));
    rules_ = Rules(parts_.retention, std::move(own), std::move(erasures), std::move(marks));
    TRY_ASSIGN(sqlite::Statement select, connection_.prepare("SELECT number FROM workspaces"));
    for (;;) {
      TRY_ASSIGN(const bool more, select.step());
      if (!more) return {};
      workspaces_.insert(model::WorkspaceNumber{static_cast<std::uint32_t>(select.integer(0))});
    }
  }

  void check_folder() {
    std::set<std::string> known;
    for (const auto& file : manifest_.obsolete) known.insert(file_name(file.number, file.kind));
    for (const auto& file : manifest_.live) {
      known.insert(file_name(file.number, file.kind));
      if (!path_of(file)) find(name_of(file), "is missing, though waybill.db says that it holds events");
    }
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder_ / kSegmentFolder, error), end; !error && at != end;
         at.increment(error)) {
      const std::string name = at->path().filename().string();
      const bool is_ours = name.ends_with(".seg") || name.ends_with(".sid");
      if (is_ours && !known.contains(name)) {
        find(std::string(kSegmentFolder) + "/" + name, "is unknown to waybill.db, which may be older than it");
      }
    }
    if (error) find(kSegmentFolder, error.message());
  }

  // Where a live file lies; a crash may have left it its name of before.
  [[nodiscard]] std::optional<std::filesystem::path> path_of(const ManifestFile& file) const {
    std::filesystem::path path = folder_ / kSegmentFolder / file_name(file.number, file.kind);
    std::error_code error;
    if (std::filesystem::exists(path, error)) return path;
    std::filesystem::path before = path;
    before += kNewSuffix;
    if (std::filesystem::exists(before, error)) return before;
    return std::nullopt;
  }

  void open_sid_files() {
    for (const ManifestFile& file : manifest_.live) {
      if (file.kind != FileKind::kSids) continue;
      const auto path = path_of(file);
      const std::string name = name_of(file);
      if (!path) continue;
      parts_.progress(name, 0, file.rows);
      auto opened = segment::SidFile::open(*path, facts_.store_id);
      if (!opened) {
        find(name, opened.error().message());
        continue;
      }
      const auto pages = (*opened)->check_pages();
      find_if_failed(name, pages);
      if (pages) find_if_failed(name, (*opened)->check_structure());
      if ((*opened)->entries() != file.rows) {
        find(name, "has " + std::to_string((*opened)->entries()) + " entries, not the " + std::to_string(file.rows) +
                       " that waybill.db says");
      }
      if (pages) sid_files_.push_back(*std::move(opened));
    }
  }

  void check_log() {
    const std::string name = std::string(kDatabaseFile) + ", the log";
    parts_.progress(name, 0, 0);
    model::Position next{to_number(manifest_.sealed_through) + 1};
    const auto scanned = scan_log(
        connection_, model::kNoPosition,
        [&](std::vector<TailEvent>&& events) {
          for (const TailEvent& event : events) {
            // What is sealed may not be trimmed yet.
            if (event.row.key.position <= manifest_.sealed_through) continue;
            if (event.row.key.position != next)
              find(name, "position " + std::to_string(to_number(next)) + " is missing");
            next = model::Position{to_number(event.row.key.position) + 1};
            check_event(name, {event.row.key, event.row.workspace, event.sid, event.row.terms.bytes(), event.record});
            ++report_.in_log;
          }
        },
        LogStart::kAnywhere);
    find_if_failed(name, scanned);
  }

  // An event against its own record, and against what must not be there.
  void check_event(const std::string& file, const segment::Row& row) {
    const std::string place = place_of(row.key);
    // When an event has expired, its sid may come again.
    if (row.key.time >= rules_.oldest_kept(row.workspace, parts_.now)) seen_.push_back({hash_of(row), row.key.time});
    if (!workspaces_.contains(row.workspace)) {
      find(file, place + ": belongs to workspace number " + std::to_string(static_cast<std::uint32_t>(row.workspace)) +
                     ", which waybill.db does not know");
    }
    const auto described = parts_.describe(row.record);
    if (!described) return find(file, place + ": " + described.error().message());
    if (described->sid != row.sid) {
      find(file, place + ": the record is of " + described->sid.to_text() + ", the index says " + row.sid.to_text());
    }
    if (described->time != row.key.time) find(file, place + ": the record has another time than the index");
    if (described->terms.bytes() != row.terms) find(file, place + ": the record has other terms than the index");
    if (!rules_.is_erased(row.workspace, row.key.time, described->terms)) return;
    for (const RecordedErasure& erasure : rules_.erasures()) {
      const ErasureRequest& request = erasure.note.request;
      if (!erasure.note.completed || request.workspace != row.workspace) continue;
      if (row.key.time < request.from || row.key.time > request.to) continue;
      if (request.subject && !described->terms.contains(*request.subject)) continue;
      find(file, place + ": is still here, though erasure " + std::to_string(erasure.note.number) + " is completed");
    }
  }

  [[nodiscard]] std::uint64_t hash_of(const segment::Row& row) const {
    return EventIdHash(facts_.sid_key)({row.workspace, row.sid});
  }

  void check_segment(const ManifestFile& file) {
    const auto path = path_of(file);
    const std::string name = name_of(file);
    if (!path) return;
    parts_.progress(name, 0, file.rows);
    const auto opened = segment::Segment::open(*path, facts_.store_id);
    if (!opened) return find(name, opened.error().message());
    ++report_.segments;
    const auto& summary = (*opened)->summary();
    if (summary.rows != file.rows) {
      find(name, "has " + std::to_string(summary.rows) + " events, not the " + std::to_string(file.rows) +
                     " that waybill.db says");
    }
    if (summary.position_max > manifest_.sealed_through) {
      find(name, "holds positions above " + std::to_string(to_number(manifest_.sealed_through)) +
                     ", up to which waybill.db says that events are sealed");
    }
    find_if_failed(name, (*opened)->check_pages());
    find_if_failed(name, (*opened)->check_structure());
    find_if_failed(name, check_owners(name, **opened));
    find_if_failed(name, check_rows(name, *opened));
  }

  // A lost database would be made anew of what the segments say.
  base::Result<void> check_owners(const std::string& name, const segment::Segment& segment) {
    TRY_ASSIGN(const auto owners, segment.owners());
    if (!owners) return {};
    for (const auto& [number, owner] : *owners) {
      const auto known = owners_.find(number);
      if (known != owners_.end() && known->second == owner) continue;
      find(name, "says that workspace number " + std::to_string(static_cast<std::uint32_t>(number)) + " is " +
                     owner.workspace + " of account " + owner.account.to_text() + ", and waybill.db says otherwise");
    }
    return {};
  }

  base::Result<void> check_rows(const std::string& name, const std::shared_ptr<const segment::Segment>& segment) {
    const auto& summary = segment->summary();
    segment::Cursor cursor(segment);
    std::vector<base::WallTime> times;
    std::uint64_t rows = 0;
    for (;; ++rows) {
      TRY_ASSIGN(const bool more, cursor.next());
      if (!more) break;
      const segment::Row& row = cursor.row();
      check_event(name, row);
      ++report_.events;
      if (row.key.position < summary.position_min || row.key.position > summary.position_max) {
        find(name, place_of(row.key) + ": lies outside of the positions that the file says it holds");
      }
      times.clear();
      const std::uint64_t hash = segment::sid_hash(row.workspace, row.sid, facts_.sid_key);
      for (const auto& sids : sid_files_) TRY(sids->find(hash, times));
      // Nobody asks for the sids of what has expired for good: they need not be known.
      const bool is_needed = row.key.time >= rules_.mark(row.workspace);
      if (is_needed && std::find(times.begin(), times.end(), row.key.time) == times.end()) {
        find(name, place_of(row.key) + ": no sid file knows " + row.sid.to_text());
      }
      if (rows % kEventsBetweenSigns == 0) parts_.progress(name, rows, summary.rows);
    }
    if (rows != summary.rows) find(name, "gave " + std::to_string(rows) + " events when read through");
    return {};
  }

  void check_sids_once() {
    std::sort(seen_.begin(), seen_.end());
    for (std::size_t i = 1; i < seen_.size(); ++i) {
      if (seen_[i - 1].hash != seen_[i].hash) continue;
      find(kSegmentFolder, "one sid of a workspace is there twice, at " + base::to_millisecond_text(seen_[i - 1].time) +
                               " and at " + base::to_millisecond_text(seen_[i].time));
    }
  }

  const std::filesystem::path folder_;
  const VerifyParts& parts_;
  sqlite::Connection connection_;
  VerifyReport report_;
  std::map<std::string, std::size_t> findings_of_file_;
  StoreFacts facts_;
  Manifest manifest_;
  Rules rules_;
  std::set<model::WorkspaceNumber> workspaces_;
  segment::Owners owners_;
  SidFiles sid_files_;
  std::vector<Seen> seen_;
};

}  // namespace

base::Result<VerifyReport> verify_store(const std::filesystem::path& folder, const VerifyParts& parts) {
  TRY_ASSIGN(sqlite::Connection connection, open_database_to_read(folder));
  TRY_ASSIGN(const base::FileLock lock, base::FileLock::take(folder / kLockFile));
  return Verifier(folder, parts, std::move(connection)).run();
}

base::Result<VerifyReport> verify_copy(const std::filesystem::path& folder, const VerifyParts& parts) {
  TRY_ASSIGN(sqlite::Connection connection, open_database_to_read(folder));
  return Verifier(folder, parts, std::move(connection)).run();
}

}  // namespace waybill::store
