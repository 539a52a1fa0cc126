#include "store/memory/memory_rejects.h"

#include <algorithm>
#include <iterator>

namespace waybill::store {

using base::MutexLock;

namespace {

void add(RejectRoom& room, const Reject& reject) {
  ++room.count;
  room.bytes += room_of(reject);
}

}  // namespace

RejectRoom MemoryRejects::room_of_posts() const {
  RejectRoom room;
  for (const auto& [number, reject] : rejects_) {
    if (reject.road == RejectRoad::kPost) add(room, reject);
  }
  return room;
}

bool MemoryRejects::matches(const Reject& reject, const RejectQuery& query) {
  if (query.road && reject.road != *query.road) return false;
  if (!query.workspace) return true;
  const auto workspace = model::WorkspaceSid::parse(reject.workspace_text);
  return workspace && *workspace == *query.workspace;
}

void MemoryRejects::count_again(Reject& known, const Reject& reject) {
  bytes_ -= room_of(known);
  ++known.times;
  known.last_arrived = std::max(known.last_arrived, reject.arrived);
  known.origin = reject.origin;
  known.place = reject.place;
  known.problem = reject.problem;
  bytes_ += room_of(known);
}

base::Result<std::vector<std::uint64_t>> MemoryRejects::keep(std::span<const Reject> rejects) {
  const MutexLock lock(mutex_);
  std::map<base::Sha256, Reject> fresh;
  std::vector<Reject> again;
  std::vector<base::Sha256> digests;
  std::uint64_t bytes = bytes_;
  RejectRoom posts = room_of_posts();
  const std::uint64_t posts_before = posts.count;
  for (const Reject& given : rejects) {
    Reject reject = tidied(given);
    const base::Sha256 digest = digest_of(reject);
    digests.push_back(digest);
    if (!numbers_.contains(digest) && !fresh.contains(digest)) {
      bytes += room_of(reject);
      if (reject.road == RejectRoad::kPost) add(posts, reject);
      reject.number = last_number_ + fresh.size() + 1;
      fresh.emplace(digest, std::move(reject));
    } else {
      again.push_back(std::move(reject));
    }
  }
  if (!fresh.empty()) TRY(check_room({rejects_.size() + fresh.size(), bytes}, limits_));
  if (posts.count > posts_before) TRY(check_room_of_posts(posts, limits_));
  last_number_ += fresh.size();
  bytes_ = bytes;
  for (auto& [digest, reject] : fresh) {
    numbers_.emplace(digest, reject.number);
    rejects_.emplace(reject.number, std::move(reject));
  }
  for (const Reject& reject : again) count_again(rejects_.at(numbers_.at(digest_of(reject))), reject);
  std::vector<std::uint64_t> numbers;
  for (const base::Sha256& digest : digests) numbers.push_back(numbers_.at(digest));
  count_roads(rejects, kept_);
  return numbers;
}

MemoryRejects::Place MemoryRejects::forget(Place at) {
  bytes_ -= room_of(at->second);
  numbers_.erase(digest_of(at->second));
  return rejects_.erase(at);
}

template <class Condition>
std::uint64_t MemoryRejects::forget_if(Condition condition) {
  const std::size_t before = rejects_.size();
  for (auto at = rejects_.begin(); at != rejects_.end();) at = condition(at->second) ? forget(at) : std::next(at);
  return before - rejects_.size();
}

base::Result<std::vector<Reject>> MemoryRejects::list(const RejectQuery& query) const {
  const MutexLock lock(mutex_);
  std::vector<Reject> out;
  std::uint64_t bytes = 0;
  for (auto at = rejects_.upper_bound(query.after); at != rejects_.end(); ++at) {
    if (out.size() == query.limit || bytes >= query.bytes_max) break;
    if (!matches(at->second, query)) continue;
    bytes += at->second.body.size();
    out.push_back(at->second);
  }
  return out;
}

base::Result<std::optional<Reject>> MemoryRejects::find(std::uint64_t number) const {
  const MutexLock lock(mutex_);
  const auto at = rejects_.find(number);
  return at == rejects_.end() ? std::optional<Reject>() : std::optional(at->second);
}

base::Result<void> MemoryRejects::set_problem(std::uint64_t number, const std::string& problem) {
  const MutexLock lock(mutex_);
  const auto at = rejects_.find(number);
  if (at == rejects_.end()) return no_such_reject(number);
  bytes_ -= at->second.problem.size();
  at->second.problem = tidied_text(problem);
  bytes_ += at->second.problem.size();
  return {};
}

base::Result<std::uint64_t> MemoryRejects::drop(std::span<const std::uint64_t> numbers) {
  const MutexLock lock(mutex_);
  std::uint64_t dropped = 0;
  for (const std::uint64_t number : numbers) {
    const auto at = rejects_.find(number);
    if (at == rejects_.end()) continue;
    forget(at);
    ++dropped;
  }
  return dropped;
}

base::Result<std::uint64_t> MemoryRejects::drop_all(const RejectQuery& query) {
  const MutexLock lock(mutex_);
  return forget_if([&](const Reject& reject) { return matches(reject, query); });
}

base::Result<std::uint64_t> MemoryRejects::expire(base::WallTime time) {
  const MutexLock lock(mutex_);
  return forget_if([&](const Reject& reject) { return reject.last_arrived < time; });
}

base::Result<RejectFigures> MemoryRejects::figures() const {
  const MutexLock lock(mutex_);
  RejectFigures figures{rejects_.size(), bytes_, std::nullopt, limits_, kept_};
  for (const auto& [number, reject] : rejects_) {
    figures.oldest = std::min(figures.oldest.value_or(reject.last_arrived), reject.last_arrived);
  }
  return figures;
}

}  // namespace waybill::store
