#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "backfill/upstream.h"
#include "base/time_text.h"

namespace waybill::backfill::testing {

// The sid of the nth event.
inline std::string sid_of(std::uint64_t number) { return fmt::format("EV{:032x}", number); }

// An event as an upstream tells it; of a worker and a queue by its number.
inline ToldEvent told_event(std::uint64_t number, std::int64_t at_ms, const std::string& type = "task.updated") {
  ToldEvent event;
  event.sid = sid_of(number);
  event.time = base::from_ms(at_ms);
  event.second = base::to_seconds(*event.time);
  event.type = type;
  event.json = fmt::format(
      R"({{"sid":"{}","event_type":"{}","event_date_ms":{},"event_data":{{"worker_sid":"WK{:032x}","task_queue_sid":"WQ{:032x}"}}}})",
      event.sid, type, at_ms, number % 7, number % 3);
  return event;
}

// An upstream in memory, and how its paging lies. Not for concurrent use.
class FakeSource final : public Source {
 public:
  enum class Paging : std::uint8_t {
    kHonest,
    kNone,       // no page leads to another
    kSkips,      // each following page leaves some out
    kRepeats,    // each following page begins with some of the last
    kStands,     // the following page is the same page, for ever
    kMiscounts,  // pages are not numbered
    kRefuses,    // the token is never known
  };

  Paging paging = Paging::kHonest;
  base::WallTime now;  // what it was asked at
  std::size_t requests = 0;
  bool ignores_window = false;
  std::function<void()> before_each = [] {};  // runs before each answer

  void add(ToldEvent event) { events_.push_back(std::move(event)); }
  [[nodiscard]] std::size_t size() const { return events_.size(); }
  [[nodiscard]] std::set<std::string> sids() const {
    std::set<std::string> all;
    for (const ToldEvent& event : events_) all.insert(event.sid);
    return all;
  }

  base::Result<ToldPage> list(const Slice& slice, std::uint32_t page_size) override {
    return page(slice, page_size, 0, 0);
  }

  base::Result<ToldPage> follow(const ToldPage& previous) override {
    constexpr std::size_t kLie = 5;
    if (paging == Paging::kRefuses) return base::invalid_argument("Invalid PageToken.");
    std::size_t at = std::stoul(previous.next_url);
    if (paging == Paging::kSkips) at += kLie;
    if (paging == Paging::kRepeats) at -= kLie;
    if (paging == Paging::kStands) at -= previous.events.size();
    return page(previous.slice, previous.page_size, at, paging == Paging::kMiscounts ? 7 : previous.number + 1);
  }

 private:
  base::Result<ToldPage> page(const Slice& slice, std::uint32_t page_size, std::size_t at, std::int64_t number) {
    ++requests;
    before_each();
    std::vector<ToldEvent> found;
    for (const ToldEvent& event : events_) {
      if ((ignores_window || slice.span.holds(*event.second)) && matches(event, slice.filters)) found.push_back(event);
    }
    std::sort(found.begin(), found.end(), [](const ToldEvent& a, const ToldEvent& b) {
      return std::pair(a.time, a.sid) < std::pair(b.time, b.sid);
    });
    ToldPage told;
    told.slice = slice;
    told.page_size = page_size;
    told.number = number;
    told.asked = now;
    const std::size_t begin = std::min(at, found.size());
    const std::size_t end = std::min(begin + page_size, found.size());
    told.events.assign(found.begin() + static_cast<std::ptrdiff_t>(begin),
                       found.begin() + static_cast<std::ptrdiff_t>(end));
    told.is_full = end < found.size() || told.events.size() == page_size;
    told.is_outside =
        ignores_window && std::any_of(told.events.begin(), told.events.end(),
                                      [&](const ToldEvent& event) { return !slice.span.holds(*event.second); });
    if (end < found.size() && paging != Paging::kNone) told.next_url = std::to_string(end);
    return told;
  }

  static bool matches(const ToldEvent& event, const http::Parameters& filters) {
    return std::all_of(filters.begin(), filters.end(), [&](const auto& filter) {
      return filter.first == "EventType" ? event.type == filter.second
                                         : event.json.find(filter.second) != std::string::npos;
    });
  }

  std::vector<ToldEvent> events_;
};

}  // namespace waybill::backfill::testing
