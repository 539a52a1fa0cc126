#include "relay/schedule.h"

#include <algorithm>

#include "base/check.h"
#include "base/crypto.h"

namespace waybill::relay {

std::size_t Schedule::Hash::operator()(std::string_view resource) const { return base::hash64(resource, hash_key); }

void Schedule::add(std::string_view resource, const Waiting& callback) {
  CHECK(came_.empty() || came_.rbegin()->first < callback.number);
  // No resource's sid begins like this.
  const std::string key = resource.empty() ? "#" + std::to_string(callback.number) : std::string(resource);
  Chains::value_type& chain = *chains_.try_emplace(key).first;
  chain.second.push_back(callback);
  if (chain.second.size() == 1) offer(chain);
  came_.emplace(callback.number, callback.queued);
  ++size_;
  bytes_ += callback.bytes;
}

std::optional<Waiting> Schedule::take(base::SteadyTime now) {
  if (offered_.empty() || offered_.begin()->first.first > now) return std::nullopt;
  Chains::value_type* const chain = offered_.begin()->second;
  offered_.erase(offered_.begin());
  const Waiting& first = chain->second.front();
  on_their_way_.emplace(first.number, chain);
  return first;
}

void Schedule::finish(std::int64_t number) {
  const auto at = on_their_way_.find(number);
  CHECK(at != on_their_way_.end());
  Chains::value_type* const chain = at->second;
  on_their_way_.erase(at);
  bytes_ -= chain->second.front().bytes;
  --size_;
  came_.erase(number);
  chain->second.pop_front();
  if (!chain->second.empty()) return offer(*chain);
  chains_.erase(chains_.find(chain->first));
}

void Schedule::retry(std::int64_t number, base::SteadyTime due) {
  const auto at = on_their_way_.find(number);
  CHECK(at != on_their_way_.end());
  Chains::value_type* const chain = at->second;
  on_their_way_.erase(at);
  Waiting& first = chain->second.front();
  ++first.attempts;
  first.due = due;
  offer(*chain);
}

std::size_t Schedule::clear() {
  Chains kept(0, chains_.hash_function());
  std::map<std::int64_t, base::WallTime> came;
  const std::size_t before = size_;
  size_ = 0;
  bytes_ = 0;
  for (auto& [number, chain] : on_their_way_) {
    const Waiting first = chain->second.front();
    // The chain goes below, so what points to it must point to its successor.
    Chains::value_type& successor = *kept.try_emplace(chain->first).first;
    successor.second.push_back(first);
    chain = &successor;
    came.emplace(number, first.queued);
    ++size_;
    bytes_ += first.bytes;
  }
  chains_ = std::move(kept);
  came_ = std::move(came);
  offered_.clear();
  return before - size_;
}

std::optional<base::SteadyTime> Schedule::next_due() const {
  if (offered_.empty()) return std::nullopt;
  return offered_.begin()->first.first;
}

std::vector<std::int64_t> Schedule::numbers_on_their_way() const {
  std::vector<std::int64_t> numbers;
  for (const auto& [number, chain] : on_their_way_) numbers.push_back(number);
  return numbers;
}

std::optional<base::WallTime> Schedule::oldest() const {
  if (came_.empty()) return std::nullopt;
  return came_.begin()->second;
}

std::size_t Schedule::fullest_place_for_test() const {
  std::size_t fullest = 0;
  for (std::size_t i = 0; i < chains_.bucket_count(); ++i) fullest = std::max(fullest, chains_.bucket_size(i));
  return fullest;
}

void Schedule::offer(Chains::value_type& chain) {
  const Waiting& first = chain.second.front();
  offered_.emplace(Due{first.due, first.number}, &chain);
}

}  // namespace waybill::relay
