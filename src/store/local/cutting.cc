#include "store/local/cutting.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "query/term_key.h"
#include "segment/cursor.h"
#include "segment/segment.h"
#include "segment/writer.h"
#include "store/local/erasure_table.h"
#include "store/local/expiry_marks.h"
#include "store/local/log_table.h"
#include "store/local/manifest.h"
#include "store/local/owner_table.h"
#include "store/local/rules.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

class Cut {
 public:
  Cut(const std::filesystem::path& folder, model::Position last, base::FileSystem& files, sqlite::Connection connection)
      : folder_(folder / kSegmentFolder), last_(last), files_(files), connection_(std::move(connection)) {}

  base::Result<std::uint64_t> run() {
    TRY_ASSIGN(facts_, read_facts(connection_));
    TRY_ASSIGN(manifest_, read_manifest(connection_));
    TRY_ASSIGN(auto erasures, read_erasures(connection_));
    rules_ = Rules({}, {}, std::move(erasures));
    TRY_ASSIGN(const std::int64_t variants, connection_.query_integer("SELECT count(*) FROM variants"));
    has_variants_ = variants > 0;
    for (const ManifestFile& file : manifest_.live) {
      if (file.kind == FileKind::kSegment) TRY(cut_segment(file));
    }
    TRY(files_.sync_folder(folder_));
    TRY(read_log());
    TRY(measure_kept());
    TRY(commit());
    return left_out_;
  }

 private:
  // What becomes of a workspace.
  struct Workspace {
    std::int64_t uncounted = 0;             // events left out that were counted
    std::vector<model::EventSid> sids;      // of those left out, where variants may have to follow them
    base::WallTime first = base::kTimeMax;  // of those that stay
    base::WallTime last = base::kTimeMin;
    [[nodiscard]] bool is_empty() const { return last < first; }
    void keep(base::WallTime time) {
      first = std::min(first, time);
      last = std::max(last, time);
    }
  };

  // What was erased and waits for its bytes to go is counted no more.
  void leave_out(model::WorkspaceNumber number, base::WallTime time, const model::EventSid& sid,
                 const model::TermList& terms) {
    Workspace& workspace = workspaces_[number];
    if (rules_.fate(number, time, terms, time) != Fate::kErased) ++workspace.uncounted;
    if (has_variants_) workspace.sids.push_back(sid);
    ++left_out_;
  }

  base::Result<void> cut_segment(const ManifestFile& file) {
    const std::filesystem::path path = folder_ / file_name(file.number, file.kind);
    TRY_ASSIGN(auto segment, segment::Segment::open(path, facts_.store_id));
    if (segment->summary().position_max <= last_) {
      kept_.push_back(std::move(segment));
      return {};
    }
    TRY(copy_kept(segment));
    change_.replaced.push_back(file.number);
    segment.reset();
    return files_.remove(path);
  }

  base::Result<void> copy_kept(const std::shared_ptr<const segment::Segment>& segment) {
    std::unique_ptr<segment::Writer> writer;
    const std::uint64_t number = manifest_.next_number;
    const std::filesystem::path path = folder_ / file_name(number, FileKind::kSegment);
    std::uint64_t rows = 0;
    segment::Cursor cursor(segment);
    for (;;) {
      TRY_ASSIGN(const bool more, cursor.next());
      if (!more) break;
      const segment::Row& row = cursor.row();
      // A damaged file may give bytes that are no terms, which must not go into the new one.
      TRY_ASSIGN(const model::TermList terms, model::TermList::decode(row.terms));
      if (row.key.position > last_) {
        leave_out(row.workspace, row.key.time, row.sid, terms);
        continue;
      }
      if (writer == nullptr) {
        segment::WriterOptions options{facts_.store_id, number, {segment->number()}};
        options.block_bits = segment->summary().block_bits;
        options.hash_key = facts_.sid_key;
        TRY_ASSIGN(writer, segment::Writer::create(files_, path, options));
      }
      TRY(writer->add(row));
      ++rows;
    }
    if (writer == nullptr) return {};
    TRY_ASSIGN(const segment::Owners owners, read_all_owners(connection_));
    TRY(writer->finish(owners));
    ++manifest_.next_number;
    TRY_ASSIGN(auto written, segment::Segment::open(path, facts_.store_id));
    TRY(written->check_pages());
    change_.added.push_back({number, FileKind::kSegment, rows, written->file_bytes()});
    kept_.push_back(std::move(written));
    return {};
  }

  base::Result<void> read_log() {
    return scan_log(connection_, manifest_.sealed_through, [&](std::vector<TailEvent>&& events) {
      for (TailEvent& event : events) {
        if (event.row.key.position <= last_) {
          log_.push_back(std::move(event));
        } else {
          leave_out(event.row.workspace, event.row.key.time, event.sid, event.row.terms);
        }
      }
    });
  }

  // The span of what stays, of the workspaces that lost something.
  base::Result<void> measure_kept() {
    for (auto& [number, workspace] : workspaces_) {
      for (const auto& segment : kept_) TRY(measure_in(*segment, number, workspace));
      for (const TailEvent& event : log_) {
        if (event.row.workspace == number) workspace.keep(event.row.key.time);
      }
    }
    return {};
  }

  static base::Result<void> measure_in(const segment::Segment& segment, model::WorkspaceNumber number,
                                       Workspace& workspace) {
    TRY_ASSIGN(const auto term, segment.find_term(query::workspace_key(number)));
    if (!term) return {};
    const auto& summary = segment.summary();
    const std::uint32_t blocks = ((summary.rows - 1) >> summary.block_bits) + 1;
    for (std::uint32_t block = 0; block < blocks; ++block) {
      TRY_ASSIGN(const query::RowSet set, segment.rows(*term, block));
      if (set.count == 0) continue;
      const std::uint32_t begin = block << summary.block_bits;
      const std::uint32_t end = std::min(summary.rows, begin + (1U << summary.block_bits));
      for (const auto direction : {model::Direction::kOldestFirst, model::Direction::kNewestFirst}) {
        query::Intersection rows({set}, 0, end - begin, direction);
        const auto row = rows.next();
        if (!row) continue;
        TRY_ASSIGN(const model::SortKey key, segment.key(begin + *row));
        workspace.keep(key.time);
      }
    }
    return {};
  }

  base::Result<void> commit() {
    TRY_ASSIGN(LogTable log, LogTable::make(connection_));
    TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection_));
    TRY(write_manifest(connection_, change_));
    TRY(forget_files(connection_, change_.replaced));
    TRY(run("UPDATE counters SET value = min(value, ?) WHERE name = 'sealed_through'"));
    TRY(connection_.execute("DELETE FROM log"));
    TRY(log.append(log_));
    // So that they may be completed: nothing above is left.
    TRY(run("UPDATE erasures SET horizon = min(horizon, ?)"));
    for (const auto& [number, workspace] : workspaces_) TRY(write_workspace(number, workspace));
    if (left_out_ > 0) TRY(forget_claims());
    return transaction.commit();
  }

  // What was proven or claimed complete counted on the events that are left out. A database of a format before the
  // ledger has no such tables.
  base::Result<void> forget_claims() {
    TRY_ASSIGN(const std::int64_t tables,
               connection_.query_integer("SELECT count(*) FROM sqlite_schema WHERE name IN ('pulls', 'feeds')"));
    if (tables == 0) return {};
    return connection_.execute("DELETE FROM pulls; DELETE FROM feeds;");
  }

  base::Result<void> run(const char* sql) {
    TRY_ASSIGN(sqlite::Statement update, connection_.prepare(sql));
    return update.run(static_cast<std::int64_t>(to_number(last_)));
  }

  base::Result<void> write_workspace(model::WorkspaceNumber number, const Workspace& workspace) {
    TRY(delete_variants(connection_, number, workspace.sids));
    TRY(uncount_events(connection_, number, workspace.uncounted));
    const auto id = static_cast<std::int64_t>(number);
    if (!workspace.is_empty()) {
      TRY_ASSIGN(sqlite::Statement update,
                 connection_.prepare("UPDATE workspaces SET first_ms = ?, last_ms = ? WHERE number = ?"));
      return update.run(base::to_ms(workspace.first), base::to_ms(workspace.last), id);
    }
    TRY_ASSIGN(sqlite::Statement update,
               connection_.prepare("UPDATE workspaces SET first_ms = NULL, last_ms = NULL WHERE number = ?"));
    TRY(update.run(id));
    TRY_ASSIGN(sqlite::Statement forget,
               connection_.prepare("DELETE FROM workspaces WHERE number = ?1 AND retain_minutes IS NULL "
                                   "AND NOT EXISTS (SELECT 1 FROM erasures WHERE workspace = ?1)"));
    TRY(forget.run(id));
    // Its number may be given again, to a workspace of which nothing has expired.
    return forget_marks_of_nobody(connection_);
  }

  const std::filesystem::path folder_;  // of the segments
  const model::Position last_;
  base::FileSystem& files_;
  sqlite::Connection connection_;
  StoreFacts facts_;
  Manifest manifest_;
  Rules rules_;
  bool has_variants_ = false;
  ManifestChange change_;
  std::vector<std::shared_ptr<const segment::Segment>> kept_;
  std::vector<TailEvent> log_;                              // what stays of it
  std::map<model::WorkspaceNumber, Workspace> workspaces_;  // that lose something
  std::uint64_t left_out_ = 0;
};

}  // namespace

base::Result<std::uint64_t> cut_after(const std::filesystem::path& folder, model::Position last,
                                      base::FileSystem& files) {
  TRY_ASSIGN(sqlite::Connection connection, open_existing_database(folder, {}));
  return Cut(folder, last, files, std::move(connection)).run();
}

}  // namespace waybill::store
