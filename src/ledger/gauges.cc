#include "ledger/gauges.h"

#include <algorithm>

namespace waybill::ledger {
namespace {

using base::WallTime;
using std::chrono::milliseconds;

// The moment from which another thing follows from the same facts: a feed that is taken to be there still will have
// been silent for too long.
WallTime end_of_validity(const Facts& facts, const Completeness& completeness, milliseconds settling) {
  WallTime until = WallTime::max();
  for (const store::Feed& feed : facts.feeds) {
    if (feed.last >= completeness.settled_through) until = std::min(until, feed.last + settling);
  }
  // It would have gone further, had more settled.
  if (completeness.complete_through == completeness.settled_through) until = WallTime::min();
  return until;
}

}  // namespace

base::Result<GaugesSeen> Gauges::look(WallTime now) {
  TRY_ASSIGN(const std::vector<store::SubjectChanges> subjects, ledger_.changes());
  const base::MutexLock lock(mutex_);
  keep_to(subjects);
  ++looks_;
  std::vector<std::pair<const store::SubjectChanges*, Known*>> stale;
  for (const store::SubjectChanges& one : subjects) {
    Known& known = known_[{one.subject.account, one.subject.workspace}];
    if (known.changes != one.changes || now > known.valid_until) stale.emplace_back(&one, &known);
  }
  std::sort(stale.begin(), stale.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second->looked, a.first) < std::pair(b.second->looked, b.first);
  });
  GaugesSeen out;
  std::size_t facts = 0;
  for (const auto& [one, known] : stale) {
    if (facts >= facts_per_look_max_) break;
    known->looked = looks_;
    const auto read = compute(one->subject, now, *known);
    if (!read) {
      known->changes.reset();
      ++out.unreadable;
      continue;
    }
    known->changes = one->changes;
    facts += *read;
  }
  facts_read_ += facts;
  const WallTime settled_through = now - settling_;
  for (const store::SubjectChanges& one : subjects) {
    const Known& known = known_[{one.subject.account, one.subject.workspace}];
    if (!known.changes) continue;
    Gauge gauge{one.subject, known.complete_through, known.open_before};
    for (const auto& [from, to] : known.later) {
      const WallTime end = std::min(to, settled_through);
      if (from <= end) gauge.open += end - from + base::kMillisecond;
    }
    out.gauges.push_back(gauge);
  }
  return out;
}

// Reads the facts before it is known whether they change meanwhile: whatever is recorded now has another number.
base::Result<std::size_t> Gauges::compute(const store::LedgerSubject& subject, WallTime now, Known& known) const {
  TRY_ASSIGN(const Facts facts, read_facts(ledger_, subject));
  const Completeness completeness = ledger::completeness(facts, {now, settling_, {}});
  known.complete_through = completeness.complete_through;
  known.valid_until = end_of_validity(facts, completeness, settling_);
  known.open_before = milliseconds(0);
  known.later.clear();
  for (const Span& span : completeness.spans) {
    if (span.state != State::kOpen) continue;
    const WallTime settled = std::min(span.to, completeness.settled_through);
    if (span.from <= settled) known.open_before += settled - span.from + base::kMillisecond;
    const WallTime from = std::max(span.from, completeness.settled_through + base::kMillisecond);
    // What is open now goes on being so until somebody says otherwise.
    const WallTime to = span.to == now ? WallTime::max() : span.to;
    if (from <= to) known.later.emplace_back(from, to);
  }
  return facts.pulls.size() + facts.gaps.size() + facts.feeds.size() + 1;
}

void Gauges::keep_to(const std::vector<store::SubjectChanges>& subjects) {
  if (known_.size() <= subjects.size()) return;
  std::map<Key, Known> kept;
  for (const store::SubjectChanges& one : subjects) {
    if (auto known = known_.extract({one.subject.account, one.subject.workspace})) kept.insert(std::move(known));
  }
  known_ = std::move(kept);
}

std::uint64_t Gauges::facts_read_for_test() const {
  const base::MutexLock lock(mutex_);
  return facts_read_;
}

}  // namespace waybill::ledger
