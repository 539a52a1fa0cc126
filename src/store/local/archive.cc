#include "store/local/archive.h"

#include <algorithm>
#include <utility>

namespace waybill::store {

Archive::Archive(Segments segments, SidFiles sid_files) : segments_(std::move(segments)) {
  std::sort(segments_.begin(), segments_.end(),
            [](const auto& a, const auto& b) { return a->summary().first_key < b->summary().first_key; });
  std::sort(sid_files.begin(), sid_files.end(), [](const auto& a, const auto& b) { return a->number() < b->number(); });
  sids_ = segment::SidIndex(std::move(sid_files));
}

base::Result<Archive::Found> Archive::find(model::WorkspaceNumber workspace, const model::EventSid& sid,
                                           base::WallTime oldest, std::uint64_t sid_key,
                                           std::vector<UnseenPlace>* unseen) const {
  const std::uint64_t hash = segment::sid_hash(workspace, sid, sid_key);
  std::vector<base::WallTime> times;
  SidFiles damaged;
  TRY(sids_.find(hash, times, damaged));
  Found found;
  found.is_known = !times.empty() || !damaged.empty();
  base::Result<void> readable;
  for (const auto& file : damaged) {
    auto rescued = find_in_damaged({file, hash}, sid_key, unseen, times);
    if (!rescued && rescued.error().code() != base::ErrorCode::kCorruption) return std::move(rescued).error();
    if (!rescued) readable = std::move(rescued);
  }
  for (const base::WallTime time : times) {
    if (time < oldest) continue;
    for (const auto& segment : segments_) {
      const auto& summary = segment->summary();
      if (summary.first_key.time > time) break;
      if (summary.last_key.time < time) continue;
      const auto row = segment->find_event(workspace, sid, time);
      if (!row && row.error().code() != base::ErrorCode::kCorruption) return row.error();
      // Another may have it.
      if (!row) readable = row.error();
      if (!row || !*row) continue;
      found.place = Place{segment, **row};
      return found;
    }
  }
  TRY(readable);
  return found;
}

base::Result<void> Archive::find_in_damaged(const UnseenPlace& place, std::uint64_t sid_key,
                                            std::vector<UnseenPlace>* unseen,
                                            std::vector<base::WallTime>& times) const {
  TRY_ASSIGN(bool was_seen, rescue_->find(*place.file, place.hash, times));
  if (was_seen) return {};
  // A read may fail once and not again, and a look takes long.
  auto again = place.file->find(place.hash, times);
  if (again || again.error().code() != base::ErrorCode::kCorruption) return again;
  if (unseen != nullptr) {
    unseen->push_back(place);
    return base::busy(place.file->path().string() + " is damaged, and the segments have to be asked first");
  }
  TRY(look_at(place, sid_key));
  TRY_ASSIGN(was_seen, rescue_->find(*place.file, place.hash, times));
  if (was_seen) return {};
  return base::busy(place.file->path().string() + " is damaged, and was replaced meanwhile");
}

base::Result<void> Archive::look_at(const UnseenPlace& place, std::uint64_t sid_key) const {
  const SidFiles& files = sid_files();
  if (std::find(files.begin(), files.end(), place.file) == files.end()) return {};
  return rescue_->look(*place.file, place.hash, segments_, sid_key);
}

std::vector<DamagedFile> Archive::damage() const {
  std::vector<DamagedFile> out;
  const auto look = [&](const auto& files, DamagedFile::Kind kind) {
    for (const auto& file : files) {
      if (auto found = file->damage()) {
        out.push_back({kind, file->path().filename().string(), found->pages, std::move(found->first)});
      }
    }
  };
  look(segments_, DamagedFile::Kind::kSegment);
  look(sid_files(), DamagedFile::Kind::kSids);
  return out;
}

std::shared_ptr<const Archive> Archive::changed(const Segments& new_segments, const SidFiles& new_sid_files,
                                                const std::vector<std::uint64_t>& without) const {
  const auto stays = [&](const auto& file) {
    return std::find(without.begin(), without.end(), file->number()) == without.end();
  };
  Segments next_segments = new_segments;
  SidFiles next_sid_files = new_sid_files;
  std::copy_if(segments_.begin(), segments_.end(), std::back_inserter(next_segments), stays);
  std::copy_if(sid_files().begin(), sid_files().end(), std::back_inserter(next_sid_files), stays);
  auto next = std::make_shared<Archive>(std::move(next_segments), std::move(next_sid_files));
  next->rescue_ = rescue_;
  for (const std::uint64_t number : without) rescue_->forget(number);
  return next;
}

}  // namespace waybill::store
