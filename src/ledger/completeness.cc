#include "ledger/completeness.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace waybill::ledger {
namespace {

using base::WallTime;

enum class Kind { kPull, kGap, kFeed };

// What begins and ends at a moment: kind and index of a fact.
using Fact = std::pair<Kind, std::size_t>;
struct Turn {
  std::vector<Fact> begin;
  std::vector<Fact> end;
};

// The facts cut to one stretch of time, by their turning points.
class Timeline {
 public:
  Timeline(WallTime first, WallTime last) : first_(first), last_(last) {
    turns_[first];
    turns_[last + base::kMillisecond];
  }

  // Both ends inclusive.
  void add(Fact fact, WallTime from, WallTime to) {
    from = std::max(from, first_);
    to = std::min(to, last_);
    if (to < from) return;
    turns_[from].begin.push_back(fact);
    turns_[to + base::kMillisecond].end.push_back(fact);
  }

  [[nodiscard]] const std::map<WallTime, Turn>& turns() const { return turns_; }

 private:
  const WallTime first_;
  const WallTime last_;
  std::map<WallTime, Turn> turns_;
};

// When anything is first known of the workspace; gaps of every workspace say nothing of it.
std::optional<WallTime> beginning(const Facts& facts) {
  std::optional<WallTime> first;
  const auto meet = [&](WallTime time) { first = first ? std::min(*first, time) : time; };
  for (const store::Pull& pull : facts.pulls) meet(pull.from);
  for (const store::Feed& feed : facts.feeds) meet(feed.first);
  for (const store::Gap& gap : facts.gaps) {
    if (gap.subject) meet(gap.from);
  }
  return first;
}

Span span_of(const Facts& facts, const std::set<Fact>& present) {
  Span span;
  std::set<std::string> sources;
  for (auto fact = present.begin(); fact != present.end();) {
    const auto& [kind, index] = *fact++;
    switch (kind) {
      case Kind::kPull: {
        const store::Pull& pull = facts.pulls[index];
        const WallTime asked = std::max(pull.asked, pull.asked_last);
        span.asked = span.asked ? std::max(*span.asked, asked) : asked;
        sources.insert(pull.source);
        break;
      }
      case Kind::kGap:
        span.reasons.push_back(facts.gaps[index]);
        if (span.reasons.size() == kReasonsMax) fact = present.lower_bound({Kind::kFeed, 0});
        break;
      case Kind::kFeed: span.roads.push_back(facts.feeds[index].road); break;
    }
  }
  span.sources.assign(sources.begin(), sources.end());
  if (!span.sources.empty()) {
    span.state = State::kProven;
    span.reasons.clear();
  } else if (span.reasons.empty() && !span.roads.empty()) {
    span.state = State::kClaimed;
  }
  return span;
}

bool same_reason(const store::Gap& a, const store::Gap& b) { return a.reason == b.reason && a.detail == b.detail; }

bool tell_the_same(const Span& a, const Span& b) {
  return a.state == b.state && a.sources == b.sources && a.asked == b.asked && a.roads == b.roads &&
         std::equal(a.reasons.begin(), a.reasons.end(), b.reasons.begin(), b.reasons.end(), same_reason);
}

std::vector<Span> spans_of(const Facts& facts, const Timeline& timeline) {
  std::vector<Span> spans;
  std::set<Fact> present;
  for (auto turn = timeline.turns().begin(); std::next(turn) != timeline.turns().end(); ++turn) {
    for (const Fact& fact : turn->second.end) present.erase(fact);
    present.insert(turn->second.begin.begin(), turn->second.begin.end());
    Span span = span_of(facts, present);
    span.from = turn->first;
    span.to = std::next(turn)->first - base::kMillisecond;
    if (!spans.empty() && tell_the_same(spans.back(), span)) {
      spans.back().to = span.to;
    } else {
      spans.push_back(std::move(span));
    }
  }
  return spans;
}

void mark_first_run(Completeness& out) {
  for (const Span& span : out.spans) {
    if (span.state != State::kProven) {
      if (out.complete_from) return;
      continue;
    }
    if (!out.complete_from) out.complete_from = span.from;
    out.complete_through = span.to;
  }
}

}  // namespace

Completeness completeness(const Facts& facts, const Question& question) {
  Completeness out;
  out.settled_through = question.now - question.settling;
  const auto known_from = beginning(facts);
  if (!known_from) return out;
  const WallTime first = std::max(*known_from, question.from.value_or(*known_from));
  if (question.now < first) return out;
  Timeline timeline(first, question.now);
  for (std::size_t i = 0; i < facts.pulls.size(); ++i) {
    const auto to = proven_to(facts.pulls[i], question.settling);
    // An upstream's or a puller's clock may run ahead; ours decides what is settled.
    if (to) timeline.add({Kind::kPull, i}, facts.pulls[i].from, std::min(*to, out.settled_through));
  }
  for (std::size_t i = 0; i < facts.gaps.size(); ++i) {
    if (store::is_unproven(facts.gaps[i])) continue;
    timeline.add({Kind::kGap, i}, facts.gaps[i].from, facts.gaps[i].to);
  }
  for (std::size_t i = 0; i < facts.feeds.size(); ++i) {
    const store::Feed& feed = facts.feeds[i];
    // A feed that spoke a moment ago is taken to be there still.
    timeline.add({Kind::kFeed, i}, feed.first, feed.last < out.settled_through ? feed.last : question.now);
  }
  out.spans = spans_of(facts, timeline);
  mark_first_run(out);
  return out;
}

base::Result<Facts> read_facts(const store::Ledger& ledger, const store::LedgerSubject& subject) {
  Facts facts;
  TRY_ASSIGN(facts.pulls, ledger.pulls(subject));
  TRY_ASSIGN(facts.gaps, ledger.gaps(subject));
  TRY_ASSIGN(facts.feeds, ledger.feeds(subject));
  return facts;
}

}  // namespace waybill::ledger
