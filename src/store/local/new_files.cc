#include "store/local/new_files.h"

#include <utility>

#include "segment/segment.h"
#include "store/local/owner_table.h"

namespace waybill::store {

using base::MutexLock;

namespace {

// Owners that are read under one hold of the writer's lock.
constexpr std::int64_t kOwnersAtOnce = 1'024;

}  // namespace

NewFiles::~NewFiles() {
  writer_.reset();
  if (installed_) return;
  // At once for the room, and again by upkeep, which sees to it that they are gone from the disk.
  for (const File& file : files_) {
    static_cast<void>(state_.parts.files.remove(file.path).has_value());
    state_.obsolete.add({file.path, 0});
  }
}

void NewFiles::begin_segments(std::vector<model::SortKey> cuts, std::vector<std::uint64_t> replaces) {
  cuts_ = std::move(cuts);
  next_cut_ = 0;
  replaces_ = std::move(replaces);
}

base::Result<std::filesystem::path> NewFiles::take_name(FileKind kind) {
  std::uint64_t number = 0;
  {
    const MutexLock lock(state_.writer);
    number = state_.next_file++;
  }
  files_.push_back({{number, kind, 0, 0}, state_.segment_folder() / (file_name(number, kind) + kNewSuffix)});
  return files_.back().path;
}

base::Result<void> NewFiles::begin_segment() {
  TRY_ASSIGN(const std::filesystem::path path, take_name(FileKind::kSegment));
  segment::WriterOptions options;
  options.store_id = state_.facts.store_id;
  options.number = files_.back().entry.number;
  options.replaces = replaces_;
  options.block_bits = state_.options.block_bits;
  options.hash_key = state_.facts.sid_key;
  TRY_ASSIGN(writer_, segment::Writer::create(state_.parts.files, path, options));
  rows_ = 0;
  return {};
}

base::Result<void> NewFiles::add(const segment::Row& row) {
  bool is_cut = writer_ == nullptr || rows_ == segment::kRowsMax || !limits_.has_room(writer_->measure(), row);
  while (next_cut_ < cuts_.size() && cuts_[next_cut_] <= row.key) {
    ++next_cut_;
    is_cut = true;
  }
  if (is_cut) {
    if (writer_) TRY(finish_segment());
    TRY(begin_segment());
  }
  ++rows_;
  return writer_->add(row);
}

base::Result<void> NewFiles::finish_segments() { return writer_ ? finish_segment() : base::Result<void>(); }

// In steps, so that nobody waits long for the writer's lock.
base::Result<void> NewFiles::load_owners() {
  owners_.emplace();
  model::WorkspaceNumber last{};
  for (;;) {
    const MutexLock lock(state_.writer);
    TRY_ASSIGN(OwnersPart part, read_owners(state_.connection, last, kOwnersAtOnce));
    owners_->merge(part.owners);
    if (part.last == last) return {};
    last = part.last;
  }
}

// A file that does not read back as it was written must not become the only copy of anything.
base::Result<void> NewFiles::finish_segment() {
  File& file = files_.back();
  state_.at_step("segment.written");
  if (!owners_) TRY(load_owners());
  TRY(writer_->finish(*owners_));
  writer_.reset();
  state_.at_step("segment.synced");
  TRY_ASSIGN(const auto segment, segment::Segment::open(file.path, state_.facts.store_id, &state_.parts.files));
  TRY(segment->check_pages());
  if (segment->summary().rows != rows_) return base::corruption(file.path.string() + " does not read back whole");
  file.entry.rows = rows_;
  file.entry.bytes = segment->file_bytes();
  state_.at_step("segment.verified");
  return {};
}

base::Result<void> NewFiles::write_sids(std::span<const segment::SidEntry> entries) {
  TRY_ASSIGN(const std::filesystem::path path, take_name(FileKind::kSids));
  const segment::SidFileOptions options{state_.facts.store_id, files_.back().entry.number, {}};
  TRY(segment::write_sid_file(state_.parts.files, path, options, entries));
  return note_sids(path);
}

base::Result<void> NewFiles::merge_sids(const SidFiles& inputs,
                                        const std::function<base::Result<bool>(const segment::SidEntry&)>& keep) {
  TRY_ASSIGN(const std::filesystem::path path, take_name(FileKind::kSids));
  segment::SidFileOptions options{state_.facts.store_id, files_.back().entry.number, {}};
  for (const auto& input : inputs) options.replaces.push_back(input->number());
  TRY(segment::merge_sid_files(state_.parts.files, path, options, inputs, keep));
  return note_sids(path);
}

base::Result<void> NewFiles::note_sids(const std::filesystem::path& path) {
  state_.at_step("sids.synced");
  TRY_ASSIGN(const auto sids, segment::SidFile::open(path, state_.facts.store_id, &state_.parts.files));
  TRY(sids->check_pages());
  files_.back().entry.rows = sids->entries();
  files_.back().entry.bytes = sids->file_bytes();
  return {};
}

base::Result<void> NewFiles::install(const Installation& installation) {
  // The names with .new must be there when the manifest says so.
  TRY(state_.parts.files.sync_folder(state_.segment_folder()));
  state_.at_step("install.before_commit");
  {
    const MutexLock lock(state_.writer);
    if (state_.broken) return *state_.broken;
    auto committed = commit(installation);
    if (!committed) {
      state_.note_failure(committed.error());
      // A commit that failed to sync may be found done at the next start, which then needs the files.
      installed_ = state_.broken.has_value();
      return committed;
    }
    installed_ = true;
  }
  state_.at_step("install.committed");
  auto finish = [&state = state_, files = files_, replaced = installation.replaced,
                 sealed_through = installation.sealed_through,
                 runs_sealed = installation.runs_sealed]() mutable -> base::Result<void> {
    if (auto named = name_files(state, files); !named) {
      const MutexLock lock(state.writer);
      state.note_failure(named.error());
      return named;
    }
    // What cannot be opened now may be later.
    return publish(state, files, {replaced, sealed_through, runs_sealed, {}});
  };
  auto shown = finish();
  if (shown) return {};
  const MutexLock lock(state_.writer);
  // The database is ahead of what readers see. Going on would seal the same events once more.
  if (!state_.broken) state_.unfinished = std::move(finish);
  return shown;
}

base::Result<void> NewFiles::commit(const Installation& installation) {
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
  ManifestChange change{{}, installation.replaced, installation.sealed_through};
  for (const File& file : files_) change.added.push_back(file.entry);
  TRY(write_manifest(state_.connection, change));
  if (installation.also) TRY(installation.also(state_.connection));
  return transaction.commit();
}

// Where this fails, or a power failure takes it back, the next start does it (tidy_folder).
base::Result<void> NewFiles::name_files(LocalState& state, std::vector<File>& files) {
  for (File& file : files) {
    std::filesystem::path name = state.segment_folder() / file_name(file.entry.number, file.entry.kind);
    if (file.path == name) continue;
    TRY(state.parts.files.rename(file.path, name));
    file.path = std::move(name);
  }
  state.at_step("install.named");
  return {};
}

// From when it is read no more until it is gone, so that nothing is called gone before.
void NewFiles::list_if_replaced(LocalState& state, std::uint64_t number, FileKind kind,
                                const Installation& installation) {
  const auto& replaced = installation.replaced;
  if (std::find(replaced.begin(), replaced.end(), number) == replaced.end()) return;
  state.obsolete.add({state.segment_folder() / file_name(number, kind), number});
}

base::Result<void> NewFiles::publish(LocalState& state, const std::vector<File>& files,
                                     const Installation& installation) {
  Segments segments;
  SidFiles sid_files;
  for (const File& file : files) {
    if (file.entry.kind == FileKind::kSegment) {
      TRY_ASSIGN(auto segment, segment::Segment::open(file.path, state.facts.store_id, &state.parts.files));
      segments.push_back(std::move(segment));
    } else {
      TRY_ASSIGN(auto sids, segment::SidFile::open(file.path, state.facts.store_id, &state.parts.files));
      sid_files.push_back(std::move(sids));
    }
  }
  const MutexLock lock(state.writer);
  const auto before = state.view().archive;
  for (const auto& old : before->segments()) list_if_replaced(state, old->number(), FileKind::kSegment, installation);
  for (const auto& old : before->sid_files()) list_if_replaced(state, old->number(), FileKind::kSids, installation);
  if (installation.sealed_through) state.sealed_through = *installation.sealed_through;
  state.tail.drop_runs(installation.runs_sealed);
  state.publish_archive(state.view().archive->changed(segments, sid_files, installation.replaced));
  state.tail_shrank.notify_all();
  return {};
}

}  // namespace waybill::store
