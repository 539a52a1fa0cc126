#include "store/local/database_rescue.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/bounded_files.h"
#include "base/crypto.h"
#include "base/files.h"
#include "segment/segment.h"
#include "sqlite/write_ahead_log.h"
#include "store/local/log_table.h"
#include "store/local/lost_database.h"
#include "store/local/manifest.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

// What candidates are made in, and what the one that was chosen is called until it is in its place.
constexpr const char* kWorkFolder = "rescue.new";
constexpr const char* kChosen = "rescue.chosen";

std::string log_of(const std::filesystem::path& database) { return database.string() + "-wal"; }

// How good a database is; a larger one is better.
struct Worth {
  bool is_readable = false;
  std::uint64_t events = 0;  // that no segment holds
  std::int64_t misfits = 0;  // files that it does not know, or that are missing; counted below 0
  friend auto operator<=>(const Worth&, const Worth&) = default;
};

struct Candidate {
  std::string name;
  std::filesystem::path folder;
  Worth worth;
};

class Rescue {
 public:
  Rescue(const std::filesystem::path& folder, const RepairParts& parts, RepairReport& report)
      : folder_(folder), work_(folder / kWorkFolder), parts_(parts), report_(report) {}

  base::Result<void> run() {
    TRY(finish_interrupted());
    TRY_ASSIGN(const auto log, sqlite::WriteAheadLog::read(database()));
    if (!log || log->pages().empty()) return {};
    TRY(list_segment_folder());
    clear();
    auto done = rescue(*log);
    clear();
    return done;
  }

 private:
  [[nodiscard]] std::filesystem::path database() const { return folder_ / kDatabaseFile; }
  void clear() const {
    std::error_code ignored;
    std::filesystem::remove_all(work_, ignored);
  }

  using Change = std::function<base::Result<void>(const std::filesystem::path& database)>;
  using Damaged = sqlite::WriteAheadLog::Damaged;

  static Change with(const sqlite::WriteAheadLog& log, Damaged damaged) {
    return [&log, damaged](const std::filesystem::path& path) { return log.write_into(path, damaged); };
  }

  base::Result<void> rescue(const sqlite::WriteAheadLog& log) {
    parts_.progress(std::string(kDatabaseFile) + "-wal");
    TRY_ASSIGN(const Candidate as_read, make("as SQLite reads it", [&](const std::filesystem::path& path) {
                 return copy(log_of(database()), log_of(path));
               }));
    TRY_ASSIGN(const Candidate without,
               make("without the log", [](const std::filesystem::path& /*path*/) { return base::Result<void>(); }));
    // Whoever saved a log to the database had its events. So where the database alone has more, the log has lost its
    // end.
    const bool fits =
        as_read.worth.is_readable && as_read.worth.misfits == 0 && without.worth.events <= as_read.worth.events;
    if (!log.damage() && fits) return {};
    TRY_ASSIGN(const Candidate right, make("with every page of the log that is right", with(log, Damaged::kLeftOut)));
    TRY_ASSIGN(const Candidate all, make_with_damaged(log));
    const Candidate* best = log.damage() ? &right : &as_read;
    for (const Candidate* other : {&right, &all, &without, &as_read}) {
      if (best->worth < other->worth) best = other;
    }
    if (!best->worth.is_readable || (best == &as_read && !log.damage())) return {};
    note(log, *best);
    return install(*best);
  }

  void note(const sqlite::WriteAheadLog& log, const Candidate& best) {
    const std::string name = std::string(kDatabaseFile) + "-wal";
    report_.done.push_back(
        name +
        (log.damage() ? " was damaged at byte " + std::to_string(*log.damage()) : std::string(" was not whole")) +
        "; it was set aside with waybill.db, which was made anew " + best.name + ", with " +
        std::to_string(best.worth.events) + " events that no segment holds");
    const bool has_holes = std::any_of(log.pages().begin(), log.pages().end(),
                                       [&](const sqlite::LoggedPage& page) { return is_hole(log, page); });
    if (has_holes) {
      report_.lost.push_back(
          "what stood in the damaged page of " + name +
          " alone: if accounts, keys, erasures or retentions were changed shortly before, look whether the change is "
          "there");
    }
  }

  // A damaged page that no later one of the log replaces.
  static bool is_hole(const sqlite::WriteAheadLog& log, const sqlite::LoggedPage& page) {
    if (page.is_right) return false;
    return std::none_of(log.pages().begin(), log.pages().end(), [&](const sqlite::LoggedPage& other) {
      return other.is_right && other.number == page.number && other.offset > page.offset;
    });
  }

  // A copy of the database, changed by `change`, and what it is worth.
  base::Result<Candidate> make(const std::string& name, const Change& change) {
    Candidate made{name, work_ / std::to_string(made_++), {}};
    TRY(base::make_private_folder(made.folder));
    const std::filesystem::path path = made.folder / kDatabaseFile;
    TRY(copy(database(), path));
    TRY(change(path));
    made.worth = judge(made.folder);
    return made;
  }

  base::Result<void> copy(const std::filesystem::path& from, const std::filesystem::path& to) const {
    std::error_code error;
    std::filesystem::copy_file(from, to, error);
    if (error == std::errc::no_space_on_device) return base::storage_full("copying " + from.string() + ": no room");
    if (error) return base::io_error("copying " + from.string() + ": " + error.message());
    return {};
  }

  // With damaged pages too, if they hold events alone, which have checksums of their own: they hold nothing else if the
  // other tables say the same whatever stands there. Worth nothing otherwise.
  base::Result<Candidate> make_with_damaged(const sqlite::WriteAheadLog& log) {
    TRY_ASSIGN(Candidate made, make("with every page of the log, damaged ones without what is not right in them",
                                    with(log, Damaged::kAsItIs)));
    TRY_ASSIGN(const Candidate turned, make("", with(log, Damaged::kTurned)));
    const auto one = digest_of_others(made.folder);
    const auto other = digest_of_others(turned.folder);
    if (!one || !other || *one != *other) made.worth = {};
    return made;
  }

  // Of all tables but the log's.
  static base::Result<std::uint64_t> digest_of_others(const std::filesystem::path& folder) {
    TRY_ASSIGN(sqlite::Connection connection, open_existing_database(folder, {}, LogCheck::kDone));
    TRY_ASSIGN(
        sqlite::Statement columns,
        connection.prepare("SELECT m.name, group_concat('quote(\"' || c.name || '\")', '||') FROM sqlite_schema m, "
                           "pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name <> 'log' "
                           "GROUP BY m.name ORDER BY m.name"));
    std::uint64_t digest = 0;
    for (;;) {
      TRY_ASSIGN(const bool more, columns.step());
      if (!more) return digest;
      TRY_ASSIGN(sqlite::Statement rows, connection.prepare("SELECT " + std::string(columns.bytes(1)) + " FROM \"" +
                                                            std::string(columns.bytes(0)) + "\""));
      for (;;) {
        TRY_ASSIGN(const bool another, rows.step());
        if (!another) break;
        digest = base::hash64(rows.bytes(0), digest);
      }
    }
  }

  base::Result<void> list_segment_folder() {
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder_ / kSegmentFolder, error), end; !error && at != end;
         at.increment(error)) {
      names_.insert(at->path().filename().string());
    }
    if (error) return base::io_error("reading " + (folder_ / kSegmentFolder).string() + ": " + error.message());
    return {};
  }

  // A database that cannot be opened or read is worth nothing.
  [[nodiscard]] Worth judge(const std::filesystem::path& folder) const {
    const auto judged = [&]() -> base::Result<Worth> {
      TRY_ASSIGN(sqlite::Connection connection, open_existing_database(folder, {}, LogCheck::kDone));
      TRY_ASSIGN(const std::int64_t problems,
                 connection.query_integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"));
      if (problems > 0) return Worth{};
      TRY_ASSIGN(const StoreFacts facts, read_facts(connection));
      TRY_ASSIGN(const Manifest manifest, read_manifest(connection));
      Worth worth{true, 0, -misfits(manifest)};
      const model::Position sealed = std::max(manifest.sealed_through, sealed_by_others(manifest, facts));
      TRY_ASSIGN(const auto holes, scan_readable_log(connection, sealed, [&](std::vector<TailEvent>&& events) {
                   worth.events += events.size();
                 }));
      worth.misfits -= static_cast<std::int64_t>(holes.size());
      return worth;
    }();
    return judged ? *judged : Worth{};
  }

  [[nodiscard]] std::int64_t misfits(const Manifest& manifest) const {
    std::set<std::string> known;
    std::int64_t count = 0;
    for (const ManifestFile& file : manifest.live) {
      const std::string name = file_name(file.number, file.kind);
      known.insert(name);
      if (!names_.contains(name) && !names_.contains(name + kNewSuffix)) ++count;
    }
    for (const ManifestFile& file : manifest.obsolete) known.insert(file_name(file.number, file.kind));
    for (const std::string& name : names_) {
      if ((name.ends_with(".seg") || name.ends_with(".sid")) && !known.contains(name)) ++count;
    }
    return count;
  }

  // The last position of segments that the database does not know and a repair will make known: they are in the folder
  // under their names, so a later state of the database knew them.
  [[nodiscard]] model::Position sealed_by_others(const Manifest& manifest, const StoreFacts& facts) const {
    std::set<std::string> known;
    for (const ManifestFile& file : manifest.live) known.insert(file_name(file.number, file.kind));
    model::Position last = model::kNoPosition;
    for (const std::string& name : names_) {
      if (!name.ends_with(".seg") || known.contains(name)) continue;
      const auto segment = segment::Segment::open(folder_ / kSegmentFolder / name, facts.store_id);
      if (segment) last = std::max(last, (*segment)->summary().position_max);
    }
    return last;
  }

  // The chosen one lies beside the database, whole and synced, before anything is moved; from then on this can be
  // finished at any time.
  base::Result<void> install(const Candidate& best) {
    {
      TRY_ASSIGN(sqlite::Connection connection, open_existing_database(best.folder, {}, LogCheck::kDone));
      TRY(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    TRY(base::sync_file(best.folder / kDatabaseFile));
    TRY(parts_.files.rename(best.folder / kDatabaseFile, folder_ / kChosen));
    TRY(parts_.files.sync_folder(folder_));
    return finish_interrupted();
  }

  base::Result<void> finish_interrupted() {
    std::error_code error;
    if (!std::filesystem::exists(folder_ / kChosen, error)) return {};
    for (const char* const end : {"-wal", "-shm", ""}) {
      TRY(set_aside_damaged(folder_ / (kDatabaseFile + std::string(end)), parts_.files));
    }
    TRY(parts_.files.rename(folder_ / kChosen, database()));
    return parts_.files.sync_folder(folder_);
  }

  const std::filesystem::path& folder_;
  const std::filesystem::path work_;
  const RepairParts& parts_;
  RepairReport& report_;
  std::set<std::string> names_;  // in the folder of segments
  int made_ = 0;
};

}  // namespace

base::Result<void> rescue_database(const std::filesystem::path& folder, const RepairParts& parts,
                                   RepairReport& report) {
  return Rescue(folder, parts, report).run();
}

}  // namespace waybill::store
