#include "store/local/sid_rescue.h"

#include <algorithm>
#include <utility>

namespace waybill::store {
namespace {

using segment::HashRange;
using segment::SidEntry;

bool contains(const std::vector<HashRange>& ranges, std::uint64_t hash) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const HashRange& range) { return range.contains(hash); });
}

}  // namespace

base::Result<bool> collect_sids(const Segments& segments, std::uint64_t sid_key, const std::vector<HashRange>& ranges,
                                const std::function<base::Result<void>(const SidEntry&)>& visit,
                                const std::function<base::Result<void>()>& at_each) {
  bool is_whole = true;
  for (const auto& segment : segments) {
    const auto look = [&](model::WorkspaceNumber workspace, const model::EventSid& sid,
                          base::WallTime time) -> base::Result<void> {
      if (at_each) TRY(at_each());
      const std::uint64_t hash = segment::sid_hash(workspace, sid, sid_key);
      return contains(ranges, hash) ? visit({hash, time}) : base::Result<void>();
    };
    TRY_ASSIGN(bool could_read, segment->for_each_sid(look));
    // A read may fail once and not again. What was given already is given twice then.
    if (!could_read) {
      TRY_ASSIGN(could_read, segment->for_each_sid(look));
    }
    is_whole = is_whole && could_read;
  }
  return is_whole;
}

base::Result<bool> SidRescue::find(const segment::SidFile& file, std::uint64_t hash,
                                   std::vector<base::WallTime>& times) const {
  const auto patch = patch_of(file.number());
  if (patch == nullptr || !contains(patch->ranges, hash)) return false;
  if (patch->is_too_much) return base::busy(file.path().string() + " is damaged, and is being made anew");
  const auto first = std::lower_bound(patch->entries.begin(), patch->entries.end(), SidEntry{hash, base::kTimeMin});
  auto at = first;
  for (; at != patch->entries.end() && at->hash == hash; ++at) times.push_back(at->time);
  if (at != first || patch->is_whole) return true;
  return base::corruption(file.path().string() +
                          " is damaged, and so are sids of segments that would say what it held");
}

base::Result<void> SidRescue::look(const segment::SidFile& file, std::uint64_t hash, const Segments& segments,
                                   std::uint64_t sid_key) {
  const base::MutexLock one_at_a_time(looking_);
  const auto before = patch_of(file.number());
  if (before != nullptr && contains(before->ranges, hash)) return {};
  auto patch = std::make_shared<Patch>();
  TRY_ASSIGN(patch->ranges, file.unreadable());
  // What failed a moment ago may be readable by now, and fail again.
  if (!contains(patch->ranges, hash)) patch->ranges.push_back(file.range_of(hash));
  if (before != nullptr) patch->ranges.insert(patch->ranges.end(), before->ranges.begin(), before->ranges.end());
  const auto keep = [&](const SidEntry& entry) -> base::Result<void> {
    patch->entries.push_back(entry);
    patch->is_too_much = patch->entries.size() > entries_max_;
    return patch->is_too_much ? base::busy("too much is damaged") : base::Result<void>();
  };
  const auto collected = collect_sids(segments, sid_key, patch->ranges, keep);
  if (!collected && !patch->is_too_much) return collected.error();
  if (patch->is_too_much) patch->entries = {};
  patch->is_whole = collected.value_or(false);
  std::sort(patch->entries.begin(), patch->entries.end());
  patch->entries.erase(std::unique(patch->entries.begin(), patch->entries.end()), patch->entries.end());
  const base::MutexLock lock(mutex_);
  patches_.insert_or_assign(file.number(), std::move(patch));
  return {};
}

void SidRescue::forget(std::uint64_t number) {
  const base::MutexLock lock(mutex_);
  patches_.erase(number);
}

std::shared_ptr<const SidRescue::Patch> SidRescue::patch_of(std::uint64_t number) const {
  const base::MutexLock lock(mutex_);
  const auto at = patches_.find(number);
  return at == patches_.end() ? nullptr : at->second;
}

}  // namespace waybill::store
