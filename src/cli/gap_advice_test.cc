#include "cli/gap_advice.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace waybill::cli {
namespace {

constexpr std::int64_t kSettledThrough = 1'000;

base::WallTime at(std::int64_t seconds) { return base::from_ms(seconds * 1000); }

KnownSpan span(std::int64_t from, std::int64_t to, const std::string& state) {
  return {at(from), at(to), state, "x", false};
}

KnownWorkspace known(std::vector<KnownSpan> spans) {
  KnownWorkspace out;
  out.account_sid = "AC1";
  out.workspace_sid = "WS1";
  out.settled_through = at(kSettledThrough);
  out.settling = std::chrono::hours(1);
  out.spans = std::move(spans);
  return out;
}

std::string text_of(const KnownWorkspace& one, const std::string& upstream = "http://a b",
                    const GapPlace& place = {"--url u", "", ""}) {
  return to_text(one, advice_of(one, upstream, place));
}

TEST(GapAdvice, names_the_one_command_that_closes_what_is_open) {
  const struct {
    std::string name;
    KnownWorkspace known;
    std::string want;
  } cases[] = {
      {"all open spans together", known({span(0, 9, "open"), span(10, 19, "proven"), span(20, 29, "open")}),
       "This closes what is open:\n  waybill backfill --from 'http://a b' --workspace WS1 --since 1970-01-01T00:00:00Z "
       "--until 1970-01-01T00:00:29Z --url u\n"},
      {"not what has not settled yet", known({span(900, 2'000, "open")}),
       "--since 1970-01-01T00:15:00Z --until 1970-01-01T00:16:40Z --url u\n"},
      {"claims, where nothing is open", known({span(0, 9, "claimed"), span(1'001, 2'000, "open")}),
       "No settled span is open. This proves what is claimed:\n  waybill backfill --from 'http://a b' --workspace WS1 "
       "--since 1970-01-01T00:00:00Z --until 1970-01-01T00:00:09Z --url u\n"},
      {"all proven", known({span(0, 1'000, "proven"), span(1'001, 4'600, "open")}), "No settled span is open.\n"},
      {"nothing known", known({}),
       "Complete through: nothing is proven yet.\nThe ledger has no pull, no feed and no gap of it; a server writes "
       "into it every few seconds.\n"},
  };
  for (const auto& c : cases) {
    EXPECT_TRUE(text_of(c.known).ends_with(c.want)) << c.name << "\n" << text_of(c.known);
  }
}

TEST(GapAdvice, what_settled_less_than_a_minute_ago_is_left_for_the_next_time) {
  for (const std::string state : {"open", "claimed"}) {
    const KnownWorkspace pulled = known({span(0, 958, "proven"), span(959, 4'600, state)});
    EXPECT_EQ(advice_of(pulled, "u", {}).step, NextStep::kNothingOpen) << state;
    EXPECT_FALSE(has_settled_gap(pulled));
  }
  const KnownWorkspace later = known({span(0, 939, "proven"), span(940, 4'600, "open")});
  EXPECT_EQ(advice_of(later, "u", {}).step, NextStep::kClose);
  EXPECT_TRUE(has_settled_gap(later));
  // A restart of two seconds is open however short it was.
  EXPECT_EQ(advice_of(known({span(0, 9, "proven"), span(10, 11, "open"), span(12, 999, "proven")}), "u", {}).step,
            NextStep::kClose);
}

TEST(GapAdvice, where_nothing_has_settled_it_says_when_to_pull) {
  for (const std::int64_t from : {1'001, 990, 4'599}) {
    const KnownWorkspace fresh = known({span(from, 4'600, "claimed")});
    const std::string text = text_of(fresh);
    EXPECT_NE(text.find("nothing is proven yet"), std::string::npos);
    EXPECT_NE(text.find("Nothing has settled yet: what is younger than 1h cannot be proven. Run a backfill after " +
                        base::to_second_text(at(from + 3'660)) + ".\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("No settled span is open"), std::string::npos);
    EXPECT_EQ(text.find("waybill backfill"), std::string::npos);
  }
}

TEST(GapAdvice, pulls_from_the_upstream_in_use_and_never_from_another) {
  KnownWorkspace one = known({span(0, 9, "open")});
  EXPECT_NE(text_of(one, "").find("--from URL "), std::string::npos);
  EXPECT_NE(text_of(one, "").find("\nURL stands for the Events API to pull from: no pull and no setting names one; "
                                  "--from names it.\n"),
            std::string::npos);
  one.server_upstream = "http://setting";
  EXPECT_NE(text_of(one, "").find("--from http://setting "), std::string::npos);
  one.pulled_from = "http://pull";
  EXPECT_NE(text_of(one, "").find("--from http://pull "), std::string::npos);
  EXPECT_NE(text_of(one, "http://given").find("--from http://given "), std::string::npos);
  EXPECT_EQ(text_of(one, "").find("stands for"), std::string::npos);
}

TEST(GapAdvice, what_the_server_pulls_by_itself_needs_no_command) {
  KnownWorkspace one = known({span(100, 109, "open")});
  one.server_upstream = "http://up";
  one.server_pulls_since = at(100);
  EXPECT_TRUE(text_of(one).ends_with("The server closes what is open by itself: it pulls from http://up.\n"));
  one.server_pulls_since = at(101);
  EXPECT_EQ(advice_of(one, "", {}).step, NextStep::kClose) << "it looks back no further";
  one.server_pulls_since = at(100);
  one.spans.front().is_unreachable = true;
  EXPECT_EQ(advice_of(one, "", {}).step, NextStep::kClose) << "it has given up";
}

TEST(GapAdvice, says_what_stands_for_something_and_what_stands_before) {
  const std::string text = text_of(known({span(0, 9, "open")}), "http://up", {"--url SERVER", "SERVER is it.", "A=1"});
  EXPECT_NE(text.find("\n  A=1 waybill backfill --from http://up "), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with(" --url SERVER\nSERVER is it.\n")) << text;
}

TEST(GapAdvice, shows_the_mark_and_each_span) {
  KnownWorkspace one = known({span(0, 4, "proven"), span(5, 999, "proven")});
  one.complete_from = at(0);
  one.complete_through = at(999);
  EXPECT_EQ(text_of(one),
            "WS1 of AC1\n"
            "Complete through 1970-01-01T00:16:39.000Z, from 1970-01-01T00:00:00.000Z on.\n"
            "STATE   FROM                      TO                        BY\n"
            "proven  1970-01-01T00:00:00.000Z  1970-01-01T00:16:39.000Z  x\n"
            "No settled span is open.\n");
}

TEST(GapAdvice, a_word_of_a_shell_is_quoted_where_it_must_be) {
  const std::pair<std::string, std::string> cases[] = {
      {"a/b-c", "a/b-c"}, {"", "''"}, {"a b", "'a b'"}, {"a'b", "'a'\\''b'"}, {"$x", "'$x'"}};
  for (const auto& [text, want] : cases) EXPECT_EQ(shell_word(text), want);
}

}  // namespace
}  // namespace waybill::cli
