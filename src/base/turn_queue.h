#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

namespace waybill::base {

// Items that wait, each for an owner, and come out owner by owner: the next item is the oldest one of the owner whose
// last turn is longest ago. However much one owner puts in, another's first item waits for one item of each owner at
// most. Not for concurrent use.
template <class T>
class TurnQueue {
 public:
  struct Taken {
    std::uint64_t owner;
    T item;
  };

  // An owner with `running_max` items that were taken and are not done() has to wait. REQUIRES: running_max >= 1.
  explicit TurnQueue(std::size_t running_max = std::numeric_limits<std::size_t>::max()) : running_max_(running_max) {}

  void push(std::uint64_t owner, T item) {
    Line& line = lines_[owner];
    line.items.push_back(std::move(item));
    ++size_;
    line_up(owner, line);
  }

  // The next item; nothing if none waits, or all that wait are of owners who have to.
  std::optional<Taken> take() {
    if (turns_.empty()) return std::nullopt;
    const std::uint64_t owner = turns_.front();
    turns_.pop_front();
    Line& line = lines_.find(owner)->second;
    line.is_lined_up = false;
    Taken taken{owner, std::move(line.items.front())};
    line.items.pop_front();
    --size_;
    ++line.running;
    line_up(owner, line);
    return taken;
  }

  // For each item that was taken, once it has run. REQUIRES: it is of `owner`.
  void done(std::uint64_t owner) {
    const auto at = lines_.find(owner);
    --at->second.running;
    line_up(owner, at->second);
    if (at->second.items.empty() && at->second.running == 0) lines_.erase(at);
  }

  // How many wait, in all and of one owner.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t size_of(std::uint64_t owner) const {
    const auto at = lines_.find(owner);
    return at == lines_.end() ? 0 : at->second.items.size();
  }

 private:
  struct Line {
    std::deque<T> items;
    std::size_t running = 0;
    bool is_lined_up = false;  // stands in turns_
  };

  void line_up(std::uint64_t owner, Line& line) {
    if (line.is_lined_up || line.items.empty() || line.running >= running_max_) return;
    turns_.push_back(owner);
    line.is_lined_up = true;
  }

  std::size_t running_max_;
  std::unordered_map<std::uint64_t, Line> lines_;
  std::deque<std::uint64_t> turns_;  // of owners whose next item may be taken
  std::size_t size_ = 0;
};

}  // namespace waybill::base
