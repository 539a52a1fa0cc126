#include "store/upkeep_words.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace waybill::store {
namespace {

constexpr model::WorkspaceNumber kWorkspace{7};
const std::string kTask = "WT" + std::string(32, 'a');
const std::string kWorker = "WK" + std::string(32, 'B');

base::WallTime at(const char* text) { return base::parse_time(text)->first; }

const base::WallTime kNow = at("2026-11-23T12:00:00Z");

TEST(ErasureWords, a_subject_is_erased_up_to_the_present_moment) {
  const auto request = parse_erasure(kWorkspace, {kTask, "", "", ""}, kNow);
  ASSERT_TRUE(request.has_value()) << request.error().message();
  EXPECT_EQ(request->workspace, kWorkspace);
  EXPECT_EQ(request->subject, *model::parse_term(model::Dimension::kTask, kTask));
  EXPECT_EQ(request->from, base::kTimeMin);
  EXPECT_EQ(request->to, kNow);
}

TEST(ErasureWords, a_span_reaches_from_the_first_to_the_last_moment_that_its_words_name) {
  const auto request = parse_erasure(kWorkspace, {"", kWorker, "2026-11-01", "2026-11-02"}, kNow);
  ASSERT_TRUE(request.has_value()) << request.error().message();
  EXPECT_EQ(request->subject, *model::parse_term(model::Dimension::kWorker, kWorker));
  EXPECT_EQ(request->from, at("2026-11-01T00:00:00Z"));
  EXPECT_EQ(request->to, at("2026-11-02T23:59:59.999Z"));
  EXPECT_FALSE(parse_erasure(kWorkspace, {"", "", "2026-11-01", "2026-11-02"}, kNow)->subject.has_value());
}

TEST(ErasureWords, what_names_nothing_clearly_is_refused) {
  const std::string both_times =
      "From and To: are both needed where neither TaskSid nor WorkerSid says whose events are meant";
  const struct {
    ErasureWords words;
    std::string message;
  } cases[] = {
      {{"", "", "", ""}, both_times},
      {{"", "", "2026-11-01", ""}, both_times},
      {{"", "", "", "2026-11-01"}, both_times},
      {{kTask, kWorker, "", ""}, "TaskSid and WorkerSid: only one of them may be given"},
      {{"WT1", "", "", ""}, "TaskSid: 'WT1' must match ^WT[0-9a-fA-F]{32}$"},
      {{"", kTask, "", ""}, "WorkerSid: '" + kTask + "' must match ^WK[0-9a-fA-F]{32}$"},
      {{kTask, "", "2026-11-24", ""}, "From and To: the span ends before it begins"},
      {{"", "", "2026-11-02", "2026-11-01"}, "From and To: the span ends before it begins"},
  };
  for (const auto& c : cases) {
    const auto request = parse_erasure(kWorkspace, c.words, kNow);
    ASSERT_FALSE(request.has_value()) << c.message;
    EXPECT_EQ(request.error(), base::invalid_argument(c.message));
  }
  const auto request = parse_erasure(kWorkspace, {kTask, "", "soon", ""}, kNow);
  ASSERT_FALSE(request.has_value());
  EXPECT_TRUE(request.error().message().starts_with("From: 'soon' is not an ISO 8601 date-time: "));
}

TEST(OwnRetention, is_an_age_never_or_default) {
  const struct {
    const char* text;
    std::optional<Retention> retention;
    const char* written;
  } cases[] = {
      {"400d", Retention(std::chrono::minutes(576'000)), "400d"},
      {"never", Retention(), "never"},
      {"default", std::nullopt, "default"},
  };
  for (const auto& c : cases) {
    const auto retention = parse_own_retention(c.text);
    ASSERT_TRUE(retention.has_value()) << c.text;
    EXPECT_EQ(*retention, c.retention) << c.text;
    EXPECT_EQ(to_text(*retention), c.written);
  }
  const auto bare = parse_own_retention("365");
  ASSERT_FALSE(bare.has_value());
  EXPECT_EQ(bare.error().message(), "Retain: '365' needs a unit; did you mean 365d?");
  for (const char* const text : {"", "0", "1s"}) {
    const auto retention = parse_own_retention(text);
    ASSERT_FALSE(retention.has_value()) << text;
    EXPECT_EQ(retention.error().message(), "Retain: '" + std::string(text) +
                                               "' must be a number with m, h, d, w or y, such as 30d, or never, or "
                                               "default");
  }
}

}  // namespace
}  // namespace waybill::store
