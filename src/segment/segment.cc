#include "segment/segment.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "query/row_set.h"
#include "query/term_key.h"
#include "segment/columns.h"
#include "segment/cursor.h"
#include "segment/meetings.h"
#include "segment/row_reader.h"
#include "segment/row_workspaces.h"
#include "segment/segment_file.h"
#include "segment/structure_check.h"
#include "segment/terms.h"

namespace waybill::segment {

class Segment::Impl {
 public:
  explicit Impl(std::unique_ptr<SegmentFile> opened) : file(std::move(opened)) {}

  // What was read, if all of it was really there.
  template <class T>
  base::Result<T> if_unharmed(base::Result<T> result) const {
    TRY(file->file().unharmed());
    return result;
  }

  [[nodiscard]] bool has_row(std::uint32_t row) const { return row < file->layout().summary.rows; }

  const std::unique_ptr<SegmentFile> file;
};

namespace {

base::Result<bool> row_has_term(const SegmentFile& file, std::uint32_t row, std::uint32_t term) {
  const std::uint32_t bits = file.layout().summary.block_bits;
  TRY_ASSIGN(const query::RowSet set, read_rows(file, term, row >> bits));
  return query::has_row(set, row & ((1U << bits) - 1));
}

// The rows of that time whose sid it is, until one is of the workspace.
base::Result<std::optional<std::uint32_t>> find_at(const SegmentFile& file, std::uint32_t workspace_term,
                                                   const model::EventSid& sid, base::WallTime time) {
  TRY_ASSIGN(const std::uint32_t begin, find_lower_bound(file, {time, model::kNoPosition}));
  for (std::uint32_t row = begin; row < file.layout().summary.rows; ++row) {
    TRY_ASSIGN(const model::SortKey key, read_key(file, row));
    if (key.time != time) break;
    TRY_ASSIGN(const model::EventSid found, read_sid(file, row));
    if (found != sid) continue;
    TRY_ASSIGN(const bool ours, row_has_term(file, row, workspace_term));
    if (ours) return std::optional(row);
  }
  return std::optional<std::uint32_t>();
}

// Whether something could be read; damage is no failure.
base::Result<bool> without_damage(const base::Result<void>& read) {
  if (read) return true;
  if (read.error().code() == base::ErrorCode::kCorruption) return false;
  return read.error();
}

// Goes through the rows of each workspace.
class SidWalk {
 public:
  SidWalk(const SegmentFile& file, const Segment::VisitSid& visit) : file_(file), visit_(visit) {}

  [[nodiscard]] std::uint64_t rows() const { return rows_; }

  // The rows of a term, if it is a workspace. kCorruption if some of it could not be read.
  base::Result<void> visit_term(std::uint32_t term) {
    TRY_ASSIGN(const TermEntry entry, read_term(file_, term));
    if (entry.dimension != 0) return {};
    base::Result<void> done;
    for (std::uint32_t block = 0; block < file_.layout().blocks(); ++block) {
      auto visited = visit_block(model::WorkspaceNumber{entry.workspace}, term, block);
      if (!visited && visited.error().code() != base::ErrorCode::kCorruption) return visited;
      if (!visited) done = std::move(visited);
    }
    return done;
  }

 private:
  base::Result<void> visit_block(model::WorkspaceNumber workspace, std::uint32_t term, std::uint32_t block) {
    TRY_ASSIGN(const query::RowSet set, read_rows(file_, term, block));
    const std::uint32_t first = block << file_.layout().summary.block_bits;
    const std::uint32_t rows = file_.layout().rows_of(block);
    base::Result<void> done;
    query::Intersection members({set}, 0, rows, model::Direction::kOldestFirst);
    for (auto row = members.next(); row; row = members.next()) {
      auto visited = visit_row(workspace, first + *row);
      if (!visited && visited.error().code() != base::ErrorCode::kCorruption) return visited;
      if (!visited) done = std::move(visited);
    }
    return done;
  }

  base::Result<void> visit_row(model::WorkspaceNumber workspace, std::uint32_t row) {
    TRY_ASSIGN(const model::SortKey key, read_key(file_, row));
    TRY_ASSIGN(const model::EventSid sid, read_sid(file_, row));
    TRY(file_.file().unharmed());
    ++rows_;
    return visit_(workspace, sid, key.time);
  }

  const SegmentFile& file_;
  const Segment::VisitSid& visit_;
  std::uint64_t rows_ = 0;
};

}  // namespace

Segment::Segment(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Segment::~Segment() = default;

base::Result<std::shared_ptr<const Segment>> Segment::open(const std::filesystem::path& path, std::uint64_t store_id,
                                                           base::FileSystem* files) {
  TRY_ASSIGN(auto file, SegmentFile::open(path, store_id, files));
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): the constructor is private
  return std::shared_ptr<const Segment>(new Segment(std::make_unique<Impl>(std::move(file))));
}

const query::Source::Summary& Segment::summary() const { return impl_->file->layout().summary; }
const std::filesystem::path& Segment::path() const { return impl_->file->file().path(); }
std::uint64_t Segment::number() const { return impl_->file->file().identity().number; }
const std::vector<std::uint64_t>& Segment::replaces() const { return impl_->file->file().identity().replaces; }
std::uint64_t Segment::file_bytes() const { return impl_->file->file().file_bytes(); }
std::optional<Damage> Segment::damage() const { return impl_->file->file().damage(); }
bool Segment::has_fault() const { return impl_->file->file().has_fault(); }
base::Result<bool> Segment::look_again() const { return impl_->file->file().look_again(); }
Measure Segment::measure() const {
  const Layout& layout = impl_->file->layout();
  return {layout.summary.rows, layout.terms, layout.place(Section::kValues).length / kValueBytes,
          layout.place(Section::kTexts).length, layout.place(Section::kRecords).length};
}

base::Result<std::optional<std::uint32_t>> Segment::find_term(std::string_view term_key) const {
  return impl_->if_unharmed(find_term_number(*impl_->file, term_key));
}

base::Result<query::RowSet> Segment::rows(std::uint32_t term, std::uint32_t block) const {
  return impl_->if_unharmed(read_rows(*impl_->file, term, block));
}

base::Result<bool> Segment::may_meet(std::span<const std::uint32_t> terms, std::uint32_t block) const {
  return impl_->if_unharmed(segment::may_meet(*impl_->file, terms, block));
}

base::Result<query::Source::PositionRange> Segment::positions(std::uint32_t block) const {
  CHECK(block < impl_->file->layout().blocks());
  return impl_->if_unharmed(read_bounds(*impl_->file, block));
}

base::Result<model::SortKey> Segment::key(std::uint32_t row) const {
  CHECK(impl_->has_row(row));
  return impl_->if_unharmed(read_key(*impl_->file, row));
}

base::Result<std::uint32_t> Segment::lower_bound(const model::SortKey& key) const {
  return impl_->if_unharmed(find_lower_bound(*impl_->file, key));
}

base::Result<std::optional<std::uint32_t>> Segment::find_event(model::WorkspaceNumber workspace,
                                                               const model::EventSid& sid, base::WallTime time) const {
  TRY_ASSIGN(const auto term, find_term(query::workspace_key(workspace)));
  if (!term) return std::optional<std::uint32_t>();
  return impl_->if_unharmed(find_at(*impl_->file, *term, sid, time));
}

base::Result<model::EventSid> Segment::sid(std::uint32_t row) const {
  CHECK(impl_->has_row(row));
  return impl_->if_unharmed(read_sid(*impl_->file, row));
}

base::Result<bool> Segment::for_each_sid(const VisitSid& visit) const {
  bool is_whole = true;
  SidWalk walk(*impl_->file, visit);
  for (std::uint32_t term = 0; term < impl_->file->layout().terms; ++term) {
    TRY_ASSIGN(const bool could_read, without_damage(walk.visit_term(term)));
    is_whole = is_whole && could_read;
  }
  // Behind a page that is lost there may be a whole workspace.
  return is_whole && walk.rows() == summary().rows;
}

base::Result<bool> Segment::has_term(std::uint32_t row, std::uint32_t term) const {
  CHECK(impl_->has_row(row));
  return impl_->if_unharmed(row_has_term(*impl_->file, row, term));
}

base::Result<std::vector<std::string>> Segment::records(std::span<const std::uint32_t> rows) const {
  CHECK(std::all_of(rows.begin(), rows.end(), [&](std::uint32_t row) { return impl_->has_row(row); }));
  return impl_->if_unharmed(read_records(*impl_->file, rows));
}

base::Result<std::optional<Owners>> Segment::owners() const { return impl_->if_unharmed(read_owners(*impl_->file)); }

base::Result<std::vector<std::optional<model::WorkspaceNumber>>> Segment::readable_workspaces() const {
  return read_workspaces(*impl_->file);
}

base::Result<void> Segment::check_pages() const { return impl_->file->file().check_pages(); }
base::Result<void> Segment::check_structure() const { return check_parts(*impl_->file); }

class Cursor::Impl {
 public:
  explicit Impl(std::shared_ptr<const Segment> opened) : segment(std::move(opened)), reader(*segment->impl_->file) {}

  const std::shared_ptr<const Segment> segment;
  RowReader reader;
};

Cursor::Cursor(std::shared_ptr<const Segment> segment) : impl_(std::make_unique<Impl>(std::move(segment))) {}
Cursor::~Cursor() = default;

base::Result<bool> Cursor::next() { return impl_->reader.next(); }
const Row& Cursor::row() const { return impl_->reader.row(); }

}  // namespace waybill::segment
