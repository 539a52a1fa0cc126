#include "backfill/window_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "backfill/event_types.h"
#include "base/time_text.h"
#include "model/limits.h"

namespace waybill::backfill {
namespace {

using base::Result;

constexpr std::uint32_t kPageSize = model::kPageSizeMax;
// Shares no multiple with the other size below half a million events, so that pages end elsewhere.
constexpr std::uint32_t kOtherPageSize = 719;
// More in one window would be lost work where one is interrupted.
constexpr std::size_t kPagesMax = 10;
constexpr std::size_t kPagesOfASecondMax = 1000;
// To halve a month down to a second takes 22.
constexpr int kUnreadableMax = 32;
// Requests for one event type of one second.
constexpr std::size_t kValuesMax = 300;

// The first and last second in which events of a page lie. REQUIRES: there are some.
Span seconds_of_page(const std::vector<ToldEvent>& events, const Span& window) {
  Span span{window.to + 1, window.from};
  for (const ToldEvent& event : events) {
    if (!event.second) continue;
    span.from = std::min(span.from, *event.second);
    span.to = std::max(span.to, *event.second);
  }
  return span.from > span.to ? Span{window.from, window.from} : span;
}

// Names an event even where it has no sid.
const std::string& name_of(const ToldEvent& event) { return event.sid.empty() ? event.json : event.sid; }

bool is_refusal(const base::Error& error) {
  return error.code() == base::ErrorCode::kInvalidArgument || error.code() == base::ErrorCode::kNotFound;
}

std::string text_of(std::int64_t second) { return base::to_second_text(base::WallTime(std::chrono::seconds(second))); }

}  // namespace

Result<Reading> WindowReader::read(const Span& window) {
  seen_.clear();
  types_.clear();
  TRY_ASSIGN(ToldPage first, list({window, {}}, kPageSize));
  Reading reading;
  reading.asked = first.asked;
  if (!first.unreadable.empty()) {
    reading.outcome = window.seconds() > 1 ? Reading::Outcome::kTooFull : Reading::Outcome::kUnreachable;
    reading.detail = first.unreadable;
    return reading;
  }
  bool whole = !first.is_full;
  if (!whole && first.next_url.empty() && first.events.size() < kPageSize) {
    // Not full, but said to be followed by something that cannot be. That may have been a slip.
    TRY_ASSIGN(first, list({window, {}}, kPageSize));
    whole = !first.is_full;
  }
  if (!whole) {
    TRY_ASSIGN(whole, page_through(first));
  }
  if (!whole && window.seconds() > 1) {
    reading.outcome = Reading::Outcome::kTooFull;
  } else if (!whole) {
    TRY_ASSIGN(reading.detail, read_by_type(window));
    if (!reading.detail.empty()) reading.outcome = Reading::Outcome::kUnreachable;
  }
  reading.events = seen_.size();
  return reading;
}

// A page of its own, delivered. Its events must be those that were asked for: else nothing it tells is proof.
Result<ToldPage> WindowReader::list(const Slice& slice, std::uint32_t page_size) {
  TRY_ASSIGN(ToldPage page, source_.list(slice, page_size));
  unreadable_in_a_row_ = page.unreadable.empty() ? 0 : unreadable_in_a_row_ + 1;
  if (unreadable_in_a_row_ > kUnreadableMax) return base::unavailable(page.unreadable);
  TRY(deliver(page.events));
  if (page.is_outside) {
    // Once more, since an answer may have been another's.
    TRY_ASSIGN(page, source_.list(slice, page_size));
    TRY(deliver(page.events));
  }
  if (page.is_outside) {
    return base::unavailable(
        fmt::format("asked for the events from {} to {}, it tells of others; what it leaves out "
                    "cannot be known",
                    text_of(slice.span.from), text_of(slice.span.to)));
  }
  return page;
}

Result<void> WindowReader::deliver(const std::vector<ToldEvent>& events) {
  std::vector<ToldEvent> fresh;
  for (const ToldEvent& event : events) {
    if (!event.type.empty()) types_.insert(event.type);
    if (!seen_.insert(name_of(event)).second) continue;
    fresh.push_back(event);
  }
  if (fresh.empty()) return {};
  return deliver_(std::move(fresh));
}

// Whether everything of the window came by following pages from the first, and a second look agrees.
Result<bool> WindowReader::page_through(const ToldPage& first) {
  if (!trusts_paging_ || first.next_url.empty()) return false;
  const Span& window = first.slice.span;
  const bool one_second = window.seconds() == 1;
  TRY_ASSIGN(const Walk walked, walk(first, one_second ? kPagesOfASecondMax : kPagesMax));
  trusts_paging_ = walked.is_sound;
  if (!walked.is_sound || !walked.is_finished) return false;
  return one_second ? second_walk_agrees(walked, window) : seams_hold(walked, window);
}

Result<WindowReader::Walk> WindowReader::walk(const ToldPage& first, std::size_t pages_max) {
  Walk walk;
  ToldPage page = first;
  for (;;) {
    if (!page.events.empty()) {
      const Span seconds = seconds_of_page(page.events, page.slice.span);
      if (!walk.pages.empty() && seconds.from < walk.pages.back().to) walk.is_sound = false;
      walk.pages.push_back(seconds);
    }
    for (const ToldEvent& event : page.events) {
      if (!walk.sids.insert(name_of(event)).second) walk.is_sound = false;
    }
    walk.end_is_open = page.events.size() >= page.page_size;
    walk.is_finished = !page.is_full || (walk.end_is_open && page.next_url.empty());
    if (!walk.is_sound || walk.is_finished || page.next_url.empty() || walk.pages.size() >= pages_max) return walk;

    auto next = source_.follow(page);
    if (!next && !is_refusal(next.error())) return std::move(next).error();
    if (!next || !next->unreadable.empty() || next->is_outside || next->number != page.number + 1) {
      walk.is_sound = false;
      return walk;
    }
    TRY(deliver(next->events));
    page = *std::move(next);
  }
}

// Whether what lies where one page ends and the next begins is known already, so that no page left anything out.
Result<bool> WindowReader::seams_hold(const Walk& walk, const Span& window) {
  std::vector<Span> seams;
  for (std::size_t i = 1; i < walk.pages.size(); ++i) seams.push_back({walk.pages[i - 1].to, walk.pages[i].from});
  if (walk.end_is_open) seams.push_back({walk.pages.back().to, window.to});
  for (Span seam : seams) {
    seam.from = std::clamp(seam.from, window.from, window.to);
    seam.to = std::clamp(seam.to, seam.from, window.to);
    TRY_ASSIGN(const bool holds, seam_holds(walk, seam));
    if (!holds) return false;
  }
  return true;
}

Result<bool> WindowReader::seam_holds(const Walk& walk, const Span& seam) {
  TRY_ASSIGN(const ToldPage page, list({seam, {}}, kPageSize));
  // One that is too full tells nothing against the pages, and nothing for them.
  if (page.is_full) return false;
  trusts_paging_ = std::all_of(page.events.begin(), page.events.end(),
                               [&](const ToldEvent& event) { return walk.sids.contains(name_of(event)); });
  return trusts_paging_;
}

Result<bool> WindowReader::second_walk_agrees(const Walk& walk, const Span& window) {
  // The last page must have had room.
  if (walk.end_is_open) return false;
  TRY_ASSIGN(const ToldPage first, list({window, {}}, kOtherPageSize));
  TRY_ASSIGN(const Walk again, this->walk(first, kPagesOfASecondMax));
  trusts_paging_ = again.is_sound && again.is_finished && again.sids == walk.sids;
  return trusts_paging_ && !again.end_is_open;
}

// Asks for each event type by itself. Gives what could not be had, for a person; nothing if everything was.
Result<std::string> WindowReader::read_by_type(const Span& window) {
  std::set<std::string> types(kEventTypes.begin(), kEventTypes.end());
  types.insert(types_.begin(), types_.end());
  std::string full;
  for (const std::string& type : types) {
    TRY_ASSIGN(const ToldPage page, list({window, {{"EventType", type}}}, kPageSize));
    if (!page.is_full) continue;
    TRY_ASSIGN(const std::size_t had, read_by_values(window, type, page.events));
    full += fmt::format("{}{} of {}", full.empty() ? "" : ", ", had, type);
  }
  if (full.empty()) return full;
  return fmt::format("the second {} has more events of one type than a page, and its pages cannot be trusted; had {}",
                     text_of(window.from), full);
}

// Asks for each value that the events of one type show, of those that so come to light too. What shows no value of
// theirs stays hidden, so this proves nothing. Gives how many events of the type are known in the end.
Result<std::size_t> WindowReader::read_by_values(const Span& window, const std::string& type,
                                                 const std::vector<ToldEvent>& first) {
  std::set<std::string> sids;
  std::set<ValueFilter> known;
  std::set<ValueFilter> waiting;
  const auto learn = [&](const std::vector<ToldEvent>& events) {
    for (const ToldEvent& event : events) {
      if (!sids.insert(name_of(event)).second) continue;
      for (const ValueFilter& filter : filters_of(event)) {
        if (known.insert(filter).second) waiting.insert(filter);
      }
    }
  };
  learn(first);
  for (std::size_t asked = 0; !waiting.empty() && asked < kValuesMax; ++asked) {
    const ValueFilter filter = *waiting.begin();
    waiting.erase(waiting.begin());
    TRY_ASSIGN(const ToldPage page, list({window, {{"EventType", type}, {filter.name, filter.value}}}, kPageSize));
    learn(page.events);
  }
  return sids.size();
}

}  // namespace waybill::backfill
