#include "ledger/completeness.h"

#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/time_text.h"
#include "ledger/words.h"

namespace waybill::ledger {
namespace {

using store::Feed;
using store::FeedRoad;
using store::Gap;
using store::GapReason;
using store::Pull;

const store::LedgerSubject kSubject{model::AccountNumber{1}, model::WorkspaceSid(model::SidBytes{})};
constexpr std::chrono::milliseconds kSettling{100};

base::WallTime at(std::int64_t ms) { return base::from_ms(ms); }
Pull pull(std::int64_t from, std::int64_t to, std::int64_t asked, const std::string& source = "up") {
  return {kSubject, at(from), at(to), at(asked), source, 1};
}
Gap gap(std::int64_t from, std::int64_t to, const std::string& detail = "down") {
  return {kSubject, at(from), at(to), GapReason::kRefused, detail};
}
Gap gap_of_all(std::int64_t from, std::int64_t to) {
  return {std::nullopt, at(from), at(to), GapReason::kAbsent, "off"};
}
Feed feed(std::int64_t first, std::int64_t last, FeedRoad road = FeedRoad::kCallback) {
  return {kSubject, road, at(first), at(last), 1};
}

// "0-99 proven up; 100-200 open down; through 99 from 0"
std::string shown(const Facts& facts, std::int64_t now, std::optional<base::WallTime> from = std::nullopt) {
  const Completeness result = completeness(facts, {at(now), kSettling, from});
  std::string out;
  for (const Span& span : result.spans) {
    out +=
        std::to_string(base::to_ms(span.from)) + "-" + std::to_string(base::to_ms(span.to)) + " " + to_text(span.state);
    for (const std::string& source : span.sources) out += " " + source;
    for (const FeedRoad road : span.roads) out += " " + to_text(road);
    for (const Gap& reason : span.reasons) out += " " + reason.detail;
    out += "; ";
  }
  if (!result.complete_through) return out + "null";
  return out + std::to_string(base::to_ms(*result.complete_from)) + " through " +
         std::to_string(base::to_ms(*result.complete_through));
}

TEST(Completeness, follows_from_the_facts) {
  const struct {
    std::string name;
    Facts facts;
    std::int64_t now;
    std::string want;
  } cases[] = {
      {"nothing is known", {}, 1'000, "null"},
      {"a gap of all workspaces says nothing of one", {{}, {gap_of_all(0, 10)}, {}}, 1'000, "null"},
      {"a pull long after", {{pull(0, 99, 500)}, {}, {}}, 500, "0-99 proven up; 100-500 open; 0 through 99"},
      {"a pull inside the settling time proves its older part",
       {{pull(0, 499, 500)}, {}, {}},
       500,
       "0-400 proven up; 401-500 open; 0 through 400"},
      {"a pull too soon after", {{pull(450, 499, 500)}, {}, {}}, 900, "450-900 open; null"},
      {"a feed claims", {{}, {}, {feed(10, 990)}}, 1'000, "10-1000 claimed callback; null"},
      {"two feeds that agree prove nothing",
       {{}, {}, {feed(10, 990), feed(10, 990, FeedRoad::kEventStream)}},
       1'000,
       "10-1000 claimed callback event_stream; null"},
      {"a feed that fell silent", {{}, {}, {feed(10, 500)}}, 1'000, "10-500 claimed callback; 501-1000 open; null"},
      {"an absence opens what a feed claims",
       {{}, {gap_of_all(0, 20), gap_of_all(500, 600)}, {feed(10, 990)}},
       1'000,
       "10-20 open callback off; 21-499 claimed callback; 500-600 open callback off; 601-1000 claimed callback; null"},
      {"a pull closes it, whenever the gap was told",
       {{pull(0, 999, 1'100)}, {gap(500, 600)}, {feed(10, 1'050)}},
       1'100,
       "0-9 proven up; 10-999 proven up callback; 1000-1100 claimed callback; 0 through 999"},
      {"the mark stops at the first hole",
       {{pull(0, 99, 900), pull(101, 199, 900)}, {}, {}},
       900,
       "0-99 proven up; 100-100 open; 101-199 proven up; 200-900 open; 0 through 99"},
      {"two sources prove together",
       {{pull(0, 99, 900, "a"), pull(50, 199, 900, "b")}, {}, {}},
       900,
       "0-49 proven a; 50-99 proven a b; 100-199 proven b; 200-900 open; 0 through 199"},
      {"an asking clock that runs ahead proves nothing inside the settling time",
       {{pull(0, 999, 5'000)}, {}, {}},
       1'000,
       "0-900 proven up; 901-1000 open; 0 through 900"},
      {"two reasons",
       {{}, {gap(0, 10, "a"), gap(5, 20, "b")}, {}},
       20,
       "0-4 open a; 5-10 open a b; 11-20 open b; null"},
  };
  for (const auto& c : cases) EXPECT_EQ(shown(c.facts, c.now), c.want) << c.name;
}

TEST(Completeness, what_proves_nothing_of_its_sender_opens_nothing) {
  const Gap unproven{std::nullopt, at(0), at(1'000), GapReason::kRefused, std::string(store::kUnprovenDetail)};
  EXPECT_EQ(shown({{}, {unproven}, {feed(10, 990)}}, 1'000), "10-1000 claimed callback; null");
  EXPECT_EQ(shown({{pull(0, 99, 500)}, {unproven}, {}}, 500), shown({{pull(0, 99, 500)}, {}, {}}, 500));
  Gap of_one = unproven;
  of_one.subject = kSubject;
  EXPECT_NE(shown({{}, {of_one}, {feed(10, 990)}}, 1'000).find("open"), std::string::npos);
}

TEST(Completeness, of_many_gaps_in_one_place_a_few_are_told) {
  Facts facts{{}, {}, {feed(0, 990)}};
  for (std::int64_t i = 0; i < 500; ++i) facts.gaps.push_back(gap(i, 1'000 - i, "reason " + std::to_string(i)));
  const Completeness known = completeness(facts, {at(1'000), kSettling, {}});
  for (const Span& span : known.spans) {
    ASSERT_LE(span.reasons.size(), kReasonsMax);
    ASSERT_EQ(span.roads.size(), 1U);
    ASSERT_EQ(span.state, State::kOpen);
  }
}

TEST(Completeness, may_be_asked_from_a_time_on) {
  const Facts facts{{pull(0, 99, 900), pull(200, 499, 900)}, {}, {}};
  EXPECT_EQ(shown(facts, 900, at(100)), "100-199 open; 200-499 proven up; 500-900 open; 200 through 499");
  EXPECT_EQ(shown(facts, 900, at(901)), "null");
}

// Compared with one look at each instant.
TEST(Completeness, agrees_with_a_look_at_each_instant) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::SeededRandom random(seed);
    const auto below = [&](std::uint64_t bound) { return static_cast<std::int64_t>(random.below(bound)); };
    Facts facts;
    std::vector<Pull> told;
    for (std::int64_t i = below(6); i > 0; --i) {
      const std::int64_t from = below(900);
      told.push_back(pull(from, from + below(300), from + below(500)));
      facts.pulls.push_back(told.back());
    }
    for (std::int64_t i = below(5); i > 0; --i) {
      const std::int64_t from = below(900);
      facts.gaps.push_back(below(2) == 0 ? gap(from, from + below(200)) : gap_of_all(from, from + below(200)));
    }
    if (below(2) == 0) {
      const std::int64_t first = below(500);
      facts.feeds.push_back(feed(first, first + below(500)));
    }
    const std::int64_t now = 1'000;
    const Completeness result = completeness(facts, {at(now), kSettling, {}});
    ASSERT_LE(result.complete_through.value_or(base::kTimeMin), result.settled_through);
    for (std::size_t i = 0; i < result.spans.size(); ++i) {
      const Span& span = result.spans[i];
      ASSERT_LE(span.from, span.to);
      if (i > 0) {
        ASSERT_EQ(span.from, result.spans[i - 1].to + std::chrono::milliseconds(1));
      }
      for (base::WallTime time = span.from; time <= span.to; time += std::chrono::milliseconds(1)) {
        bool proven = false;
        for (const Pull& one : told) {
          const bool in_time = one.asked - time >= kSettling && at(now) - time >= kSettling;
          proven = proven || (one.from <= time && time <= one.to && in_time);
        }
        bool missing = false;
        for (const Gap& one : facts.gaps) missing = missing || (one.from <= time && time <= one.to);
        ASSERT_EQ(span.state == State::kProven, proven) << base::to_ms(time);
        if (missing && !proven) {
          ASSERT_EQ(span.state, State::kOpen) << base::to_ms(time);
        }
      }
    }
  }
}

}  // namespace
}  // namespace waybill::ledger
