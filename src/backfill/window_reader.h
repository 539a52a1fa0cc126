#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "backfill/spans.h"
#include "backfill/upstream.h"
#include "base/result.h"

namespace waybill::backfill {

// What became of a window.
struct Reading {
  enum class Outcome : std::uint8_t {
    kWhole,        // everything the upstream has of it was told
    kTooFull,      // it has more; a narrower window may be had
    kUnreachable,  // it is one second, and has more than can be had, or cannot be read
  };
  Outcome outcome = Outcome::kWhole;
  std::uint64_t events = 0;  // that were told, each counted once
  base::WallTime asked;      // when the first request about it was sent
  std::string detail;        // of what is unreachable, for a person
};

// Gets all events of a window out of an upstream whose paging cannot be trusted.
//
// A page that is not full is everything. Where one is full, the pages that follow are believed as long as they look
// right (times rise, nothing comes twice, pages count up) and a second look agrees: the seams between pages are asked
// for as windows of their own, or, within one second, the whole walk is made again with pages of another size. An
// upstream that was caught once is not paged any more. A second that is too full and cannot be paged is asked for by
// event type, and a type that is still too full by whatever other values its events show. A page
// that cannot be read is treated as too full a one, until so many cannot in a row that the upstream itself must be at
// fault.
//
// Not for concurrent use.
class WindowReader {
 public:
  // Takes events, each sid once in a window; what it cannot take must not end the reading, unless nothing can go on.
  using Deliver = std::function<base::Result<void>(std::vector<ToldEvent> events)>;

  // `source` must outlive it.
  WindowReader(Source& source, Deliver deliver) : source_(source), deliver_(std::move(deliver)) {}

  // Fails as the source does, and with kUnavailable if it tells of events outside of the window.
  base::Result<Reading> read(const Span& window);

 private:
  // Pages that followed each other.
  struct Walk {
    bool is_sound = true;      // nothing about it looked wrong
    bool is_finished = false;  // it came to an end
    bool end_is_open = false;  // its last page was as long as a page can be
    std::vector<Span> pages;   // the first and last second of each
    std::set<std::string> sids;
  };
  base::Result<ToldPage> list(const Slice& slice, std::uint32_t page_size);
  base::Result<void> deliver(const std::vector<ToldEvent>& events);
  base::Result<bool> page_through(const ToldPage& first);
  base::Result<Walk> walk(const ToldPage& first, std::size_t pages_max);
  base::Result<bool> seams_hold(const Walk& walk, const Span& window);
  base::Result<bool> seam_holds(const Walk& walk, const Span& seam);
  base::Result<bool> second_walk_agrees(const Walk& walk, const Span& window);
  base::Result<std::string> read_by_type(const Span& window);
  base::Result<std::size_t> read_by_values(const Span& window, const std::string& type,
                                           const std::vector<ToldEvent>& first);

  Source& source_;
  const Deliver deliver_;
  bool trusts_paging_ = true;
  int unreadable_in_a_row_ = 0;

  // Of the window being read.
  std::unordered_set<std::string> seen_;
  std::set<std::string> types_;
};

}  // namespace waybill::backfill
