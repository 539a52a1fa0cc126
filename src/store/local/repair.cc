#include "store/local/repair.h"

#include <algorithm>
#include <iterator>
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
#include "segment/writer.h"
#include "store/local/archive.h"
#include "store/local/database_rescue.h"
#include "store/local/erasure_table.h"
#include "store/local/expiry_marks.h"
#include "store/local/folder_files.h"
#include "store/local/homes.h"
#include "store/local/log_table.h"
#include "store/local/lost_database.h"
#include "store/local/manifest.h"
#include "store/local/promoting.h"
#include "store/local/repair_plan.h"
#include "store/local/rules.h"
#include "store/local/salvage.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

// Entries of one new sid file at most, which stand in memory until it is written: 64 MiB.
constexpr std::size_t kSidEntriesAtOnce = 4UL << 20U;

// Of the places where events are missing so much is told.
constexpr std::size_t kPlacesBytesMax = 300;

class Repair {
 public:
  Repair(std::filesystem::path folder, const RepairParts& parts, sqlite::Connection connection, bool database_was_lost,
         RepairReport begun)
      : folder_(std::move(folder)),
        parts_(parts),
        database_was_lost_(database_was_lost),
        connection_(std::move(connection)),
        homes_(connection_),
        report_(std::move(begun)) {}

  base::Result<RepairReport> run() {
    if (database_was_lost_) note_lost_database();
    TRY(load());
    TRY(find_files());
    TRY(open_sid_files());
    TRY(open_segments());
    TRY(learn_owners());
    TRY(walk_whole());
    TRY(salvage_damaged());
    TRY(find_gap());
    if (log_has_holes_) TRY(seal_log());
    TRY(flush_sids());
    note_held();
    TRY(note_orphans());
    if (report_.done.empty() && report_.lost.empty()) return std::move(report_);
    TRY(parts_.files.sync_folder(segment_folder()));
    TRY(commit());
    TRY(rename_all());
    return std::move(report_);
  }

 private:
  // A segment that stays, or one that is written anew.
  struct LiveSegment {
    std::uint64_t number = 0;
    std::filesystem::path path;
    std::shared_ptr<const segment::Segment> segment;
    bool is_damaged = false;
  };

  [[nodiscard]] std::filesystem::path segment_folder() const { return folder_ / kSegmentFolder; }
  void done(std::string what) { report_.done.push_back(std::move(what)); }
  void lost(std::string what) { report_.lost.push_back(std::move(what)); }
  void set_aside(const std::filesystem::path& path, const char* suffix) {
    std::filesystem::path aside = path;
    aside += suffix;
    renames_.emplace_back(path, std::move(aside));
  }

  void note_lost_database() {
    done("a new waybill.db was made, with the store id of the segments");
    lost(
        "all that only waybill.db knew is gone: Auth Tokens and API keys (`waybill account rotate` and `waybill key "
        "create` make new ones), what was erased and the time that workspaces keep their events, differing copies of "
        "events, what was known of the completeness of the history, and events that had not been sealed yet");
  }

  base::Result<void> load() {
    TRY_ASSIGN(const std::int64_t problems,
               connection_.query_integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"));
    if (problems > 0) {
      return base::corruption((folder_ / kDatabaseFile).string() +
                              " is damaged (`waybill verify` says where): bring it back from a backup, or move it away "
                              "with its -wal and -shm to have a new one made of the segments");
    }
    TRY_ASSIGN(facts_, read_facts(connection_));
    TRY_ASSIGN(manifest_, read_manifest(connection_));
    TRY_ASSIGN(auto erasures, read_erasures(connection_));
    rules_ = Rules({}, {}, std::move(erasures));
    TRY(homes_.load());
    const auto holes = scan_readable_log(connection_, manifest_.sealed_through, [&](std::vector<TailEvent>&& events) {
      logged_ = events.back().row.key.position;
    });
    if (!holes) return holes.error().while_doing("the log cannot be repaired; bring waybill.db back from a backup");
    log_has_holes_ = !holes->empty();
    next_number_ = manifest_.next_number;
    for (const ManifestFile& file : manifest_.live) known_[{file.kind, file.number}] = file;
    return {};
  }

  base::Result<void> find_files() {
    TRY_ASSIGN(FolderFiles files, list_files(segment_folder()));
    next_number_ = std::max(next_number_, files.number_max + 1);
    found_ = std::move(files.files);
    return {};
  }

  [[nodiscard]] bool is_known(const NamedFile& file) const { return known_.contains({file.kind, file.number}); }
  [[nodiscard]] bool is_obsolete(const NamedFile& file) const {
    return std::any_of(manifest_.obsolete.begin(), manifest_.obsolete.end(), [&](const ManifestFile& obsolete) {
      return obsolete.kind == file.kind && obsolete.number == file.number;
    });
  }

  // Sid files of before are of no use to a new database, whose key of their hashes is another.
  base::Result<void> open_sid_files() {
    std::set<std::uint64_t> replaced;
    SidFiles opened;
    for (const NamedFile& file : found_) {
      if (file.kind != FileKind::kSids || is_obsolete(file)) continue;
      if (file.has_new_name && !is_known(file)) continue;
      const std::string name = file.path.filename().string();
      parts_.progress(name);
      if (database_was_lost_) {
        set_aside(file.path, kReplacedSuffix);
        continue;
      }
      auto sids = segment::SidFile::open(file.path, facts_.store_id);
      if (!sids && sids.error().code() == base::ErrorCode::kConflict) return std::move(sids).error();
      const auto checked = sids ? (*sids)->check_pages() : base::Result<void>(sids.error());
      if (checked) {
        if (!is_known(file)) done(name + " is known to waybill.db again");
        replaced.insert((*sids)->replaces().begin(), (*sids)->replaces().end());
        opened.push_back(*std::move(sids));
        continue;
      }
      TRY(drop_sid_file(file, sids ? *sids : nullptr));
    }
    for (auto& sids : opened) {
      if (!replaced.contains(sids->number())) sid_files_.push_back(std::move(sids));
    }
    note_missing(FileKind::kSids, replaced);
    return {};
  }

  base::Result<void> drop_sid_file(const NamedFile& file, const std::shared_ptr<const segment::SidFile>& sids) {
    set_aside(file.path, kDamagedSuffix);
    done(file.path.filename().string() + " was damaged, and is made anew from the segments");
    has_forgotten_sids_ = true;
    if (sids == nullptr) return {};
    // What stands before the damage; the rest comes from the segments.
    const auto read =
        sids->for_each([&](const segment::SidEntry& entry) -> base::Result<void> { return add_sid(entry); });
    const bool is_fine = read || read.error().code() == base::ErrorCode::kCorruption;
    return is_fine ? base::Result<void>() : read;
  }

  void note_missing(FileKind kind, const std::set<std::uint64_t>& replaced) {
    for (const auto& [id, file] : known_) {
      const bool is_there = std::any_of(found_.begin(), found_.end(), [&, key = id](const NamedFile& found) {
        return found.kind == key.first && found.number == key.second;
      });
      if (id.first != kind || is_there || replaced.contains(id.second)) continue;
      const std::string name = file_name(file.number, kind);
      if (kind == FileKind::kSids) {
        done(name + " was missing, and is made anew from the segments");
        has_forgotten_sids_ = true;
        continue;
      }
      done(name + " was missing, and is expected no more");
      lost(name + " is missing, with " + std::to_string(file.rows) +
           " events; where there is a copy of it, put it back and run this again");
    }
  }

  base::Result<void> open_segments() {
    std::vector<LiveSegment> opened;
    std::vector<FoundSegment> described;
    for (const NamedFile& file : found_) {
      if (file.kind != FileKind::kSegment || is_obsolete(file)) continue;
      const std::string name = file.path.filename().string();
      parts_.progress(name);
      auto segment = segment::Segment::open(file.path, facts_.store_id);
      if (!segment && segment.error().code() == base::ErrorCode::kConflict) return std::move(segment).error();
      if (!segment) {
        if (file.has_new_name && !is_known(file)) continue;
        set_aside(file.path, kDamagedSuffix);
        done(name + " was set aside");
        lost(name + " cannot be read at all: " + segment.error().message());
        continue;
      }
      const auto& summary = (*segment)->summary();
      described.push_back({file.number, file.has_new_name && !is_known(file), (*segment)->replaces(),
                           summary.position_min, summary.position_max});
      const bool is_whole = (*segment)->check_pages() && (*segment)->check_structure();
      opened.push_back({file.number, file.path, *std::move(segment), !is_whole});
    }
    choose_segments(opened, described);
    return {};
  }

  void choose_segments(const std::vector<LiveSegment>& opened, const std::vector<FoundSegment>& described) {
    const std::vector<SegmentFate> fates = plan_segments(described, std::max(logged_, manifest_.sealed_through));
    std::set<std::uint64_t> replaced;
    for (std::size_t i = 0; i < opened.size(); ++i) {
      const std::string name = opened[i].path.filename().string();
      const bool is_known = known_.contains({FileKind::kSegment, opened[i].number});
      switch (fates[i]) {
        case SegmentFate::kLive:
          segments_.push_back(opened[i]);
          if (!is_known) done(name + " is known to waybill.db again");
          if (!is_known) database_is_old_ = true;
          break;
        case SegmentFate::kReplaced:
          set_aside(opened[i].path, kReplacedSuffix);
          done(name + " was set aside, since a later one holds its events");
          break;
        case SegmentFate::kUnfinished: break;
      }
    }
    for (const FoundSegment& segment : described) replaced.insert(segment.replaces.begin(), segment.replaces.end());
    note_missing(FileKind::kSegment, replaced);
    if (database_is_old_ && !database_was_lost_) {
      lost(
          "waybill.db is older than the segments: accounts, keys and erasures made since, and events that had not been "
          "sealed, are not known to it");
    }
  }

  // Of workspaces that the database does not know, or does not know any more.
  base::Result<void> learn_owners() {
    for (const LiveSegment& live : segments_) {
      const auto owners = live.segment->owners();
      if (!owners && owners.error().code() != base::ErrorCode::kCorruption) return owners.error();
      if (!owners || !*owners) continue;
      for (const auto& [number, owner] : **owners) {
        const auto learned = homes_.learn(number, owner, parts_.now);
        if (!learned) return learned.error().while_doing(live.path.filename().string());
      }
    }
    return {};
  }

  // Whose the events are comes from the database and the segments. Where neither says it they are held.
  base::Result<void> know_home(model::WorkspaceNumber number, std::string_view record) {
    if (homes_.knows(number)) return {};
    TRY_ASSIGN(const EventDescription described, parts_.describe(record));
    return homes_.hold(number, described, parts_.now);
  }

  void note_held() {
    if (homes_.held() == 0) return;
    lost(std::to_string(homes_.held()) +
         " workspaces are held by a disabled account, which nobody can read: their segments are of a release that did "
         "not write down whose they are. `waybill workspace list` shows them; give each to its account with `waybill "
         "workspace assign`");
  }

  base::Result<void> walk_whole() {
    for (const LiveSegment& live : segments_) {
      if (live.is_damaged) continue;
      parts_.progress(live.path.filename().string());
      segment::Cursor cursor(live.segment);
      for (;;) {
        TRY_ASSIGN(const bool more, cursor.next());
        if (!more) break;
        const segment::Row& row = cursor.row();
        TRY(know_home(row.workspace, row.record));
        TRY(note_row(row));
      }
    }
    return {};
  }

  base::Result<void> note_row(const segment::Row& row) {
    TRY_ASSIGN(const model::TermList terms, model::TermList::decode(row.terms));
    const bool is_erased = rules_.fate(row.workspace, row.key.time, terms, base::kTimeMin) == Fate::kErased;
    homes_.count(row.workspace, row.key.time, is_erased ? 0 : 1);
    const std::uint64_t hash = segment::sid_hash(row.workspace, row.sid, facts_.sid_key);
    times_.clear();
    for (const auto& sids : sid_files_) TRY(sids->find(hash, times_));
    if (std::find(times_.begin(), times_.end(), row.key.time) != times_.end()) return {};
    return add_sid({hash, row.key.time});
  }

  base::Result<void> add_sid(const segment::SidEntry& entry) {
    new_sids_.push_back(entry);
    return new_sids_.size() < kSidEntriesAtOnce ? base::Result<void>() : flush_sids();
  }

  base::Result<void> flush_sids() {
    if (new_sids_.empty()) return {};
    std::sort(new_sids_.begin(), new_sids_.end());
    new_sids_.erase(std::unique(new_sids_.begin(), new_sids_.end()), new_sids_.end());
    const std::filesystem::path path = new_path(FileKind::kSids);
    parts_.progress(path.filename().string());
    TRY(segment::write_sid_file(parts_.files, path, {facts_.store_id, next_number_ - 1, {}}, new_sids_));
    TRY_ASSIGN(auto sids, segment::SidFile::open(path, facts_.store_id));
    TRY(sids->check_pages());
    done(file_name(next_number_ - 1, FileKind::kSids) + " was written, with " + std::to_string(new_sids_.size()) +
         " sids that no other file had");
    new_sids_.clear();
    sid_files_.push_back(std::move(sids));
    return {};
  }

  std::filesystem::path new_path(FileKind kind) {
    const std::filesystem::path name = segment_folder() / file_name(next_number_++, kind);
    std::filesystem::path path = name;
    path += kNewSuffix;
    renames_.emplace_back(path, name);
    return path;
  }

  base::Result<void> salvage_damaged() {
    std::vector<LiveSegment> whole;
    for (const LiveSegment& live : segments_) {
      if (!live.is_damaged) {
        whole.push_back(live);
        continue;
      }
      TRY_ASSIGN(auto salvaged, salvage(live));
      if (salvaged) whole.push_back(*std::move(salvaged));
    }
    segments_ = std::move(whole);
    return {};
  }

  // What can be read of a damaged segment, row by row, as a new one; nothing if that is nothing.
  base::Result<std::optional<LiveSegment>> salvage(const LiveSegment& damaged) {
    const std::string name = damaged.path.filename().string();
    parts_.progress(name);
    std::unique_ptr<segment::Writer> writer;
    std::filesystem::path path;
    const auto& summary = damaged.segment->summary();
    // The database knows all workspaces of a file that it knows.
    const bool is_known = !database_was_lost_ && known_.contains({FileKind::kSegment, damaged.number});
    TRY_ASSIGN(const Salvage rows, Salvage::begin(damaged.segment, is_known ? homes_.only() : std::nullopt));
    std::uint64_t saved = 0;
    for (std::uint32_t row = 0; row < summary.rows; ++row) {
      TRY_ASSIGN(const auto readable, rows.read(row, parts_.describe));
      if (!readable) continue;
      TRY(know_home(readable->workspace, readable->record));
      if (writer == nullptr) {
        path = new_path(FileKind::kSegment);
        segment::WriterOptions options{facts_.store_id, next_number_ - 1, {damaged.number}};
        options.block_bits = summary.block_bits;
        options.hash_key = facts_.sid_key;
        TRY_ASSIGN(writer, segment::Writer::create(parts_.files, path, options));
      }
      const segment::Row whole{readable->key, readable->workspace, readable->described.sid,
                               readable->described.terms.bytes(), readable->record};
      TRY(writer->add(whole));
      TRY(note_row(whole));
      ++saved;
    }
    set_aside(damaged.path, kDamagedSuffix);
    done(name + " was damaged, and set aside; " + std::to_string(saved) + " of its " + std::to_string(summary.rows) +
         " events were written anew");
    if (saved < summary.rows) {
      lost(std::to_string(summary.rows - saved) + " events of " + name + ", happened between " +
           base::to_second_text(summary.first_key.time) + " and " + base::to_second_text(summary.last_key.time) +
           ", cannot be read; sending them again brings them back");
    }
    if (writer == nullptr) return std::optional<LiveSegment>();
    TRY(writer->finish(homes_.owners()));
    TRY_ASSIGN(auto segment, segment::Segment::open(path, facts_.store_id));
    TRY(segment->check_pages());
    const std::uint64_t number = segment->number();
    return std::optional(LiveSegment{number, path, std::move(segment), false});
  }

  [[nodiscard]] model::Position sealed() const {
    model::Position sealed = std::max(manifest_.sealed_through, sealed_log_);
    for (const LiveSegment& live : segments_) sealed = std::max(sealed, live.segment->summary().position_max);
    return sealed;
  }

  // Where the segments end, the log must begin.
  base::Result<void> find_gap() {
    TRY_ASSIGN(const auto holes,
               scan_readable_log(connection_, sealed(), [](std::vector<TailEvent>&& /*events*/) {}, LogStart::kAbove));
    log_has_holes_ = log_has_holes_ || !holes.empty();
    return {};
  }

  // A log with holes is no log. What can be read of it becomes a segment, and then it is empty.
  base::Result<void> seal_log() {
    std::vector<TailEvent> events;
    const auto take = [&](std::vector<TailEvent>&& some) {
      std::move(some.begin(), some.end(), std::back_inserter(events));
    };
    TRY_ASSIGN(const auto holes, scan_readable_log(connection_, sealed(), take, LogStart::kAbove));
    std::uint64_t missing = 0;
    std::string places;
    for (const LogHole& hole : holes) {
      missing += to_number(hole.last) - to_number(hole.first) + 1;
      if (places.size() < kPlacesBytesMax) places += (places.empty() ? "" : ", ") + positions_of(hole);
    }
    if (!holes.empty()) sealed_log_ = holes.back().last;
    if (!events.empty()) sealed_log_ = std::max(sealed_log_, events.back().row.key.position);
    done("the log of waybill.db was not whole; " + std::to_string(events.size()) + " of its events were written anew");
    if (missing > 0) {
      lost(std::to_string(missing) + " events of the log (" + places +
           ") cannot be read; sending them again brings them back");
    }
    if (events.empty()) return {};
    std::sort(events.begin(), events.end(),
              [](const TailEvent& a, const TailEvent& b) { return a.row.key < b.row.key; });
    const std::filesystem::path path = new_path(FileKind::kSegment);
    TRY_ASSIGN(const auto writer, segment::Writer::create(parts_.files, path, {facts_.store_id, next_number_ - 1, {}}));
    for (const TailEvent& event : events) {
      TRY(know_home(event.row.workspace, event.record));
      const segment::Row row{event.row.key, event.row.workspace, event.sid, event.row.terms.bytes(), event.record};
      TRY(writer->add(row));
      TRY(note_row(row));
    }
    TRY(writer->finish(homes_.owners()));
    TRY_ASSIGN(auto segment, segment::Segment::open(path, facts_.store_id));
    TRY(segment->check_pages());
    segments_.push_back({segment->number(), path, std::move(segment), false});
    return {};
  }

  base::Result<void> note_orphans() {
    Segments segments;
    for (const LiveSegment& live : segments_) segments.push_back(live.segment);
    TRY_ASSIGN(auto marks, read_expiry_marks(connection_));
    const Rules rules({}, {}, rules_.erasures(), std::move(marks));
    const Archive archive(std::move(segments), sid_files_);
    TRY_ASSIGN(orphans_, find_orphans({connection_, facts_, archive, rules, parts_.describe, !log_has_holes_}));
    if (orphans_.empty()) return {};
    done(std::to_string(orphans_.size()) + " differing copies became events, since the first copies are gone");
    return {};
  }

  base::Result<void> commit() {
    const model::Position sealed = this->sealed();
    if (!log_has_holes_) TRY(count_log(sealed));
    TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection_));
    if (log_has_holes_) TRY(connection_.execute("DELETE FROM log"));
    TRY(connection_.execute("DELETE FROM files WHERE is_live <> 0"));
    ManifestChange change{{}, {}, sealed};
    for (const LiveSegment& live : segments_) {
      change.added.push_back(
          {live.number, FileKind::kSegment, live.segment->summary().rows, live.segment->file_bytes()});
    }
    for (const auto& sids : sid_files_) {
      change.added.push_back({sids->number(), FileKind::kSids, sids->entries(), sids->file_bytes()});
    }
    TRY(write_manifest(connection_, change));
    TRY_ASSIGN(sqlite::Statement next, connection_.prepare("UPDATE counters SET value = max(value, ?) "
                                                           "WHERE name = 'next_file'"));
    TRY(next.run(static_cast<std::int64_t>(next_number_)));
    if (has_forgotten_sids_) TRY(note_forgotten_sids(connection_));
    TRY(promote(connection_, orphans_, std::max(sealed, logged_)));
    for (const Orphan& orphan : orphans_) homes_.count(orphan.event.row.workspace, orphan.event.row.key.time, 1);
    TRY(homes_.write(parts_.random));
    TRY(forget_proofs());
    return transaction.commit();
  }

  base::Result<void> count_log(model::Position sealed) {
    const auto count = [&](std::vector<TailEvent>&& events) {
      for (const TailEvent& event : events) {
        const bool is_erased =
            rules_.fate(event.row.workspace, event.row.key.time, event.row.terms, base::kTimeMin) == Fate::kErased;
        homes_.count(event.row.workspace, event.row.key.time, is_erased ? 0 : 1);
      }
    };
    return scan_log(connection_, sealed, count, LogStart::kAnywhere);
  }

  // What was proven complete may be so no more once anything is lost.
  base::Result<void> forget_proofs() {
    if (report_.lost.empty()) return {};
    TRY_ASSIGN(const std::int64_t tables,
               connection_.query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'pulls'"));
    if (tables == 0) return {};
    TRY_ASSIGN(const std::int64_t proofs, connection_.query_integer("SELECT count(*) FROM pulls"));
    if (proofs == 0) return {};
    TRY(connection_.execute("DELETE FROM pulls"));
    lost("since something is lost, no span counts as proven complete any more: pull again what the upstream still has");
    return {};
  }

  base::Result<void> rename_all() {
    for (const auto& [from, to] : renames_) TRY(parts_.files.rename(from, to));
    return parts_.files.sync_folder(segment_folder());
  }

  const std::filesystem::path folder_;
  const RepairParts& parts_;
  const bool database_was_lost_;
  sqlite::Connection connection_;
  Homes homes_;
  RepairReport report_;
  StoreFacts facts_;
  Manifest manifest_;
  Rules rules_;
  model::Position logged_ = model::kNoPosition;
  std::map<std::pair<FileKind, std::uint64_t>, ManifestFile> known_;  // live, as waybill.db says
  std::vector<NamedFile> found_;
  std::vector<LiveSegment> segments_;
  SidFiles sid_files_;
  std::vector<Orphan> orphans_;  // which become events
  std::vector<segment::SidEntry> new_sids_;
  std::vector<base::WallTime> times_;
  std::vector<std::pair<std::filesystem::path, std::filesystem::path>> renames_;  // after the commit
  std::uint64_t next_number_ = 1;
  bool database_is_old_ = false;
  bool has_forgotten_sids_ = false;
  bool log_has_holes_ = false;
  model::Position sealed_log_ = model::kNoPosition;  // the last of a log that became a segment
};

}  // namespace

base::Result<RepairReport> repair_store(const std::filesystem::path& folder, const RepairParts& parts) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder / kSegmentFolder, error)) {
    return base::not_found(folder.string() + " is not a Waybill data directory: it has no " + kSegmentFolder);
  }
  TRY_ASSIGN(const base::FileLock lock, base::FileLock::take(folder / kLockFile));
  RepairReport report;
  TRY(rescue_database(folder, parts, report));
  auto connection = open_existing_database(folder, {}, LogCheck::kDone);
  const bool is_lost = !connection && (connection.error().code() == base::ErrorCode::kNotFound ||
                                       connection.error().code() == base::ErrorCode::kCorruption);
  if (!connection && !is_lost) return std::move(connection).error();
  if (is_lost) {
    TRY(make_lost_database(folder, parts));
    connection = open_existing_database(folder, {}, LogCheck::kDone);
    if (!connection) return std::move(connection).error();
  }
  return Repair(folder, parts, *std::move(connection), is_lost, std::move(report)).run();
}

}  // namespace waybill::store
