#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace waybill::relay {

// A callback that waits to be posted to one receiver; what it says lies in the queue's file.
struct Waiting {
  std::int64_t number = 0;  // rises in the order they came
  std::uint32_t attempts = 0;
  std::uint32_t bytes = 0;
  base::WallTime queued;
  base::SteadyTime due;  // not before this
};

// Which callback of one receiver is posted next: those of one resource one after the other in the order they came, a
// later one only when the earlier one is out of the way; resources independently of each other, those that have been
// due longest first. Pure: the time is handed in. Not for concurrent use.
class Schedule {
 public:
  // Resources are hashed with `hash_key`, which senders must not know: they could make all of them collide.
  explicit Schedule(std::uint64_t hash_key) : chains_(0, Hash{hash_key}) {}

  // Puts a callback behind those of its resource. An empty resource has no order to keep. REQUIRES: its number is
  // greater than any added before.
  void add(std::string_view resource, const Waiting& callback);

  // The next that is due at `now`, which is on its way from here on; nothing if there is none.
  std::optional<Waiting> take(base::SteadyTime now);

  // What became of one that is on its way. REQUIRES: take() gave it, and neither was called for it since.
  void finish(std::int64_t number);
  void retry(std::int64_t number, base::SteadyTime due);

  // Takes out every callback that is not on its way, and gives how many there were.
  std::size_t clear();

  // When the next one will be due; nothing if none waits but behind one that is on its way.
  [[nodiscard]] std::optional<base::SteadyTime> next_due() const;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t on_their_way() const { return on_their_way_.size(); }
  [[nodiscard]] std::vector<std::int64_t> numbers_on_their_way() const;
  // When the oldest of all came in; nothing if there is none.
  [[nodiscard]] std::optional<base::WallTime> oldest() const;

  // How many places the table of resources has, and how many resources share the fullest one.
  [[nodiscard]] std::size_t places_for_test() const { return chains_.bucket_count(); }
  [[nodiscard]] std::size_t fullest_place_for_test() const;

 private:
  struct Hash {
    std::uint64_t hash_key;
    std::size_t operator()(std::string_view resource) const;
  };
  using Chain = std::deque<Waiting>;
  using Chains = std::unordered_map<std::string, Chain, Hash>;
  using Due = std::pair<base::SteadyTime, std::int64_t>;  // and the number, so that equal times keep their order

  void offer(Chains::value_type& chain);

  Chains chains_;                               // by resource; none is empty
  std::map<Due, Chains::value_type*> offered_;  // the first of each chain that is not on its way
  std::unordered_map<std::int64_t, Chains::value_type*> on_their_way_;  // firsts too
  std::map<std::int64_t, base::WallTime> came_;                         // every callback's number
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace waybill::relay
