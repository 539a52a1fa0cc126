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
                                           base::WallTime oldest, std::uint64_t sid_key) const {
  const std::uint64_t hash = segment::sid_hash(workspace, sid, sid_key);
  std::vector<base::WallTime> times;
  TRY(sids_.find(hash, times));
  Found found;
  found.is_known = !times.empty();
  for (const base::WallTime time : times) {
    if (time < oldest) continue;
    for (const auto& segment : segments_) {
      const auto& summary = segment->summary();
      if (summary.first_key.time > time) break;
      if (summary.last_key.time < time) continue;
      TRY_ASSIGN(const auto row, segment->find_event(workspace, sid, time));
      if (!row) continue;
      found.place = Place{segment, *row};
      return found;
    }
  }
  return found;
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
  return std::make_shared<const Archive>(std::move(next_segments), std::move(next_sid_files));
}

}  // namespace waybill::store
