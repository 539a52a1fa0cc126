#include "store/ledger_rules.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"

namespace waybill::store {
namespace {

using std::chrono::milliseconds;

// The part of `pull` between two times, both inclusive, with its share of the events.
Pull part_of(const Pull& pull, base::WallTime from, base::WallTime to) {
  Pull part = pull;
  part.from = from;
  part.to = to;
  const auto share = static_cast<double>((to - from + base::kMillisecond).count()) /
                     static_cast<double>((pull.to - pull.from + base::kMillisecond).count());
  part.events = static_cast<std::uint64_t>(static_cast<double>(pull.events) * share);
  return part;
}

// A pull as pieces, in order, each with the step that all its instants have and the younger ones lack.
std::vector<Pull> by_steps(const Pull& pull) {
  std::vector<Pull> pieces;
  base::WallTime from = pull.from;
  const base::WallTime end = std::min(pull.to, pull.asked);
  for (auto step = kSettlingSteps.rbegin(); step != kSettlingSteps.rend() && from <= end; ++step) {
    const base::WallTime to = std::min(end, pull.asked - *step);
    if (to < from) continue;
    Pull& piece = pieces.emplace_back(part_of(pull, from, to));
    piece.settled = *step;
    piece.asked_last = pull.asked;
    from = to + base::kMillisecond;
  }
  // What rounding has taken from the shares goes to the last one.
  std::uint64_t told = 0;
  for (const Pull& piece : pieces) told += piece.events;
  if (!pieces.empty() && pull.to == end) pieces.back().events += pull.events - std::min(pull.events, told);
  return pieces;
}

// Puts one piece among the known ones: what they cover better stays theirs.
void add_piece(std::vector<Pull>& known, const Pull& piece) {
  std::vector<Pull> out;
  out.reserve(known.size() + 2);
  base::WallTime from = piece.from;  // what is left of the piece begins here
  const auto add_rest_before = [&](base::WallTime end) {
    if (from < end) out.push_back(part_of(piece, from, std::min(piece.to, end - base::kMillisecond)));
  };
  for (const Pull& old : known) {
    if (old.to < piece.from || piece.to < old.from) {
      if (piece.to < old.from && from <= piece.to) {
        add_rest_before(old.from);
        from = piece.to + base::kMillisecond;
      }
      out.push_back(old);
      continue;
    }
    const bool old_is_better =
        old.settled > piece.settled || (old.settled == piece.settled && old.asked_last > piece.asked_last);
    if (old_is_better) {
      add_rest_before(old.from);
      out.push_back(old);
      from = std::max(from, old.to + base::kMillisecond);
      continue;
    }
    if (old.from < piece.from) out.push_back(part_of(old, old.from, piece.from - base::kMillisecond));
    if (old.to <= piece.to) continue;
    add_rest_before(piece.to + base::kMillisecond);
    from = piece.to + base::kMillisecond;
    out.push_back(part_of(old, piece.to + base::kMillisecond, old.to));
  }
  if (from <= piece.to) add_rest_before(piece.to + base::kMillisecond);
  known = std::move(out);
}

// Joins neighbours that say the same.
void join(std::vector<Pull>& known) {
  std::vector<Pull> out;
  for (Pull& pull : known) {
    if (out.empty() || out.back().settled != pull.settled || out.back().to + base::kMillisecond != pull.from) {
      out.push_back(std::move(pull));
      continue;
    }
    Pull& last = out.back();
    last.to = pull.to;
    last.asked = std::min(last.asked, pull.asked);
    last.asked_last = std::max(last.asked_last, pull.asked_last);
    last.events += pull.events;
  }
  known = std::move(out);
}

}  // namespace

std::optional<base::WallTime> proven_to(const Pull& pull, milliseconds settling) {
  if (settling <= pull.settled) return std::min(pull.to, std::max(pull.asked, pull.asked_last));
  const base::WallTime to = std::min(pull.to, pull.asked - settling);
  return to < pull.from ? std::nullopt : std::optional(to);
}

base::Result<void> check_span(base::WallTime from, base::WallTime to) {
  if (from <= to) return {};
  return base::invalid_argument("the span ends (" + std::to_string(base::to_ms(to)) + ") before it begins (" +
                                std::to_string(base::to_ms(from)) + ", in milliseconds)");
}

void add_pull(std::vector<Pull>& known, const Pull& pull) {
  for (const Pull& piece : by_steps(pull)) add_piece(known, piece);
  join(known);
}

bool belong_together(const Gap& a, const Gap& b) {
  if (a.subject != b.subject || a.reason != b.reason || a.detail != b.detail) return false;
  if (is_unproven(a)) return true;
  return a.from <= b.to + kGapPause && b.from <= a.to + kGapPause;
}

void add_gap(std::vector<Gap>& known, Gap gap) {
  // Grown by one, it may reach another.
  for (;;) {
    const auto other =
        std::find_if(known.begin(), known.end(), [&](const Gap& one) { return belong_together(one, gap); });
    if (other == known.end()) break;
    gap.from = std::min(gap.from, other->from);
    gap.to = std::max(gap.to, other->to);
    known.erase(other);
  }
  known.push_back(std::move(gap));
}

void stretch_gap(std::vector<Gap>& known, Gap gap) {
  const auto rank = [&](const Gap& one) {
    const milliseconds apart = std::max({one.from - gap.to, gap.from - one.to, milliseconds(0)});
    return std::pair(one.detail != gap.detail, apart);
  };
  auto nearest = known.end();
  for (auto one = known.begin(); one != known.end(); ++one) {
    if (one->subject != gap.subject || one->reason != gap.reason) continue;
    if (nearest == known.end() || rank(*one) < rank(*nearest)) nearest = one;
  }
  if (nearest != known.end()) {
    gap = {gap.subject, std::min(gap.from, nearest->from), std::max(gap.to, nearest->to), gap.reason, nearest->detail};
    known.erase(nearest);
  }
  add_gap(known, std::move(gap));
}

}  // namespace waybill::store
