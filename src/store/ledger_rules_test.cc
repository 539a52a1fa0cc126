#include "store/ledger_rules.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"

namespace waybill::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::int64_t kMinute = 60'000;

const LedgerSubject kSubject{model::AccountNumber{1}, model::WorkspaceSid(model::SidBytes{})};

base::WallTime at(std::int64_t ms) { return base::from_ms(ms); }

Pull pull(std::int64_t from, std::int64_t to, std::int64_t asked, std::uint64_t events = 0) {
  return {kSubject, at(from), at(to), at(asked), "https://upstream", events};
}

// "0-99 60m" for each of the known: its span, and how long after it it was asked.
std::string shown(const std::vector<Pull>& known) {
  std::string out;
  for (const Pull& one : known) {
    out += (out.empty() ? "" : ", ") + std::to_string(base::to_ms(one.from)) + "-" +
           std::to_string(base::to_ms(one.to)) + " " +
           std::to_string(std::chrono::duration_cast<minutes>(one.settled).count()) + "m";
  }
  return out;
}

TEST(AddPull, windows_that_follow_each_other_become_one) {
  std::vector<Pull> known;
  const std::int64_t asked = 48 * 60 * kMinute;
  add_pull(known, pull(0, 999, asked, 3));
  add_pull(known, pull(2'000, 2'999, asked + 2, 5));
  add_pull(known, pull(1'000, 1'999, asked + 1, 4));
  EXPECT_EQ(shown(known), "0-2999 1440m");
  EXPECT_EQ(known.front().events, 12U);
  EXPECT_EQ(known.front().asked, at(asked));
  EXPECT_EQ(known.front().asked_last, at(asked + 2));
}

TEST(AddPull, a_hole_of_a_millisecond_stays) {
  std::vector<Pull> known;
  const std::int64_t asked = 48 * 60 * kMinute;
  add_pull(known, pull(0, 999, asked));
  add_pull(known, pull(1'001, 1'999, asked));
  EXPECT_EQ(shown(known), "0-999 1440m, 1001-1999 1440m");
}

TEST(AddPull, a_young_span_is_told_by_how_long_after_it_was_asked) {
  std::vector<Pull> known;
  add_pull(known, pull(0, 4 * kMinute, 4 * kMinute, 100));
  EXPECT_EQ(shown(known), "0-120000 2m, 120001-180000 1m, 180001-240000 0m");
  EXPECT_EQ(known[0].events + known[1].events + known[2].events, 100U);
}

TEST(AddPull, what_lies_after_the_question_says_nothing) {
  std::vector<Pull> known;
  add_pull(known, pull(0, 999, 499));
  EXPECT_EQ(shown(known), "0-499 0m");
  add_pull(known, pull(1'000, 1'999, 900));
  EXPECT_EQ(shown(known), "0-499 0m");
}

TEST(AddPull, who_pulls_every_minute_for_a_year_fills_no_table) {
  std::vector<Pull> known;
  std::int64_t now = 0;
  for (int poll = 0; poll < 5'000; ++poll, now += kMinute) {
    add_pull(known, pull(std::max<std::int64_t>(0, now - 130 * kMinute), now, now, 7));
    ASSERT_LE(known.size(), kSettlingSteps.size()) << poll;
  }
  EXPECT_EQ(proven_to(known.front(), minutes(60)), known.front().to);
}

TEST(AddPull, an_earlier_question_that_is_told_later_takes_nothing_away) {
  std::vector<Pull> known;
  add_pull(known, pull(0, 999, 120 * kMinute + 999));
  add_pull(known, pull(0, 1'999, 60 * kMinute));
  EXPECT_EQ(proven_to(known.front(), minutes(100)), at(999));
}

TEST(ProvenTo, counts_from_the_question) {
  const struct {
    Pull pull;
    milliseconds settling;
    std::optional<std::int64_t> want;
  } cases[] = {
      {pull(0, 100, 1'000), milliseconds(900), 100},   {pull(0, 100, 1'000), milliseconds(901), 99},
      {pull(0, 100, 1'000), milliseconds(1'000), 0},   {pull(0, 100, 1'000), milliseconds(1'001), std::nullopt},
      {pull(0, 2'000, 1'000), milliseconds(0), 1'000},
  };
  for (const auto& c : cases) {
    const auto end = proven_to(c.pull, c.settling);
    EXPECT_EQ(end ? std::optional(base::to_ms(*end)) : std::nullopt, c.want) << c.settling.count();
  }
}

// For each instant the longest time after which it was asked for is kept in an array; what the joined pulls prove is
// compared with it.
TEST(AddPull, joined_pulls_prove_what_they_proved_one_by_one) {
  constexpr std::int64_t kGrain = 30'000;  // an instant here is half a minute
  constexpr std::size_t kInstants = 400;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::SeededRandom random(seed);
    std::vector<std::int64_t> lag(kInstants, -1);
    std::vector<Pull> known;
    for (int i = 0; i < 60; ++i) {
      const auto from = static_cast<std::int64_t>(random.below(kInstants));
      const auto length = static_cast<std::int64_t>(random.below(i % 3 == 0 ? 200 : 20));
      const std::int64_t to = std::min<std::int64_t>(from + length, kInstants - 1);
      const auto asked = from + static_cast<std::int64_t>(random.below(i % 2 == 0 ? 300 : 3'000));
      for (std::int64_t t = from; t <= std::min(to, asked); ++t) {
        lag[static_cast<std::size_t>(t)] = std::max(lag[static_cast<std::size_t>(t)], asked - t);
      }
      add_pull(known, pull(from * kGrain, to * kGrain + kGrain - 1, asked * kGrain));
    }
    for (std::size_t i = 1; i < known.size(); ++i) ASSERT_GT(known[i].from, known[i - 1].to);
    for (const minutes step : kSettlingSteps) {
      for (std::size_t t = 0; t < kInstants; ++t) {
        const base::WallTime time = at(static_cast<std::int64_t>(t) * kGrain);
        const bool is_proven = std::any_of(known.begin(), known.end(), [&](const Pull& one) {
          const auto end = proven_to(one, step);
          return end && one.from <= time && time <= *end;
        });
        const bool want = lag[t] >= 0 && milliseconds(lag[t] * kGrain) >= milliseconds(step);
        ASSERT_EQ(is_proven, want) << "instant " << t << ", settling " << step.count() << " minutes";
      }
    }
  }
}

Gap gap(std::int64_t from, std::int64_t to, const std::string& detail = "down") {
  return {std::nullopt, at(from), at(to), GapReason::kAbsent, detail};
}

TEST(AddGap, joins_what_tells_the_same_and_lies_close) {
  const struct {
    std::string name;
    std::vector<Gap> gaps;
    std::string want;
  } cases[] = {
      {"apart", {gap(0, 10), gap(60'011, 60'020)}, "0-10 60011-60020 "},
      {"close", {gap(0, 10), gap(60'010, 60'020)}, "0-60020 "},
      {"inside", {gap(0, 100), gap(40, 50)}, "0-100 "},
      {"one that joins two", {gap(0, 10), gap(100'000, 100'010), gap(50'000, 50'001)}, "0-100010 "},
      {"another detail", {gap(0, 10), gap(5, 20, "up")}, "0-10 5-20 "},
  };
  for (const auto& c : cases) {
    std::vector<Gap> known;
    for (const Gap& one : c.gaps) add_gap(known, one);
    std::string text;
    for (const Gap& one : known) {
      text += std::to_string(base::to_ms(one.from)) + "-" + std::to_string(base::to_ms(one.to)) + " ";
    }
    EXPECT_EQ(text, c.want) << c.name;
  }
}

TEST(CheckSpan, refuses_an_empty_one) {
  EXPECT_TRUE(check_span(at(5), at(5)));
  const auto refused = check_span(at(6), at(5));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kInvalidArgument);
}

TEST(StretchGap, takes_the_nearest_that_tells_the_same) {
  const auto of_reason = [](Gap gap) {
    gap.reason = GapReason::kRefused;
    return gap;
  };
  const struct {
    std::string name;
    std::vector<Gap> known;
    Gap gap;
    std::string want;
  } cases[] = {
      {"none there", {}, gap(0, 10), "0-10 "},
      {"the nearest", {gap(0, 10), gap(900'000, 900'010)}, gap(300'000, 300'010), "900000-900010 0-300010 "},
      {"its own detail first",
       {gap(0, 10), gap(290'000, 290'010, "up")},
       gap(300'000, 300'010),
       "290000-290010 0-300010 "},
      {"another detail", {gap(0, 10, "up")}, gap(300'000, 300'010), "0-300010 "},
      {"no other reason", {of_reason(gap(0, 10))}, gap(300'000, 300'010), "0-10 300000-300010 "},
  };
  for (const auto& c : cases) {
    std::vector<Gap> known = c.known;
    stretch_gap(known, c.gap);
    std::string text;
    for (const Gap& one : known) {
      text += std::to_string(base::to_ms(one.from)) + "-" + std::to_string(base::to_ms(one.to)) + " ";
    }
    EXPECT_EQ(text, c.want) << c.name;
  }
}

}  // namespace
}  // namespace waybill::store
