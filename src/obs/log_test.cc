#include "obs/log.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace waybill::obs {
namespace {

// What `write` puts on standard error through a log of this form and level.
std::string written(LogForm form, LogLevel level, const std::function<void(const Log&)>& write) {
  ::testing::internal::CaptureStderr();
  {
    const Log log(form, level);
    write(log);
  }
  return ::testing::internal::GetCapturedStderr();
}

// `text` with a 9 for every digit: times are never the same.
std::string shape_of(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }, '9');
  return text;
}

TEST(Log, text_is_a_line_with_time_level_and_fields) {
  const std::string line = written(LogForm::kText, LogLevel::kInfo, [](const Log& log) {
    log.info("listening", {{"url", "http://h"}, {"threads", 2}});
  });
  EXPECT_EQ(shape_of(line), "9999-99-99 99:99:99.999+99:99 info    listening  url=http://h  threads=9\n");
}

TEST(Log, json_is_an_object_a_line_in_gmt) {
  const std::string line = written(LogForm::kJson, LogLevel::kInfo, [](const Log& log) {
    log.warning("request failed", {{"status", 503}, {"ms", 1.5}, {"path", "7"}});
  });
  EXPECT_EQ(shape_of(line), R"({"time":"9999-99-99T99:99:99.999Z","level":"warning",)"
                            R"("message":"request failed","status":999,"ms":9.999,"path":"9"})"
                            "\n");
}

TEST(Log, a_value_cannot_break_its_line) {
  const std::string value =
      "a\"b\\c\nd\x01"
      "%v é";
  const std::string json =
      written(LogForm::kJson, LogLevel::kInfo, [&](const Log& log) { log.info("m", {{"v", value}}); });
  EXPECT_NE(json.find(R"("v":"a\"b\\c\u000ad\u0001%v é"})"), std::string::npos) << json;
  const std::string text =
      written(LogForm::kText, LogLevel::kInfo, [&](const Log& log) { log.info("m", {{"v", value}}); });
  EXPECT_NE(text.find(R"(v=a\"b\\c\u000ad\u0001%v é)"), std::string::npos) << text;
}

TEST(Log, a_value_steers_no_terminal) {
  const std::string value = "\x1b[2J\x7f\u009b1m\xff\xe2\x82 é";
  for (const LogForm form : {LogForm::kText, LogForm::kJson}) {
    const std::string line = written(form, LogLevel::kInfo, [&](const Log& log) { log.info("m", {{"v", value}}); });
    EXPECT_NE(line.find(R"(\u001b[2J\u007f\u00c2\u009b1m\u00ff\u00e2\u0082 é)"), std::string::npos) << line;
  }
}

TEST(Log, frequent_lines_come_in_their_order_and_at_the_latest_at_the_end) {
  const std::string text = written(LogForm::kText, LogLevel::kInfo, [](const Log& log) {
    for (int i = 0; i < 3; ++i) log.frequent("request", {{"number", i}});
  });
  EXPECT_EQ(shape_of(text).find("9999-99-99 99:99:99.999+99:99 info    request  number=9\n"), 0U) << text;
  EXPECT_LT(text.find("number=0"), text.find("number=1"));
  EXPECT_LT(text.find("number=1"), text.find("number=2"));
}

TEST(Log, frequent_lines_that_find_no_room_are_dropped_and_counted) {
  const std::string value(Log::kFrequentBytesMax / 8, 'x');
  const std::string text = written(LogForm::kJson, LogLevel::kInfo, [&](const Log& log) {
    // Faster than they can be written, however often the thread comes round.
    for (int i = 0; i < 400; ++i) log.frequent("request", {{"value", value}});
  });
  EXPECT_NE(text.find(R"("message":"more lines came than could be written, and were dropped","lines":)"),
            std::string::npos);
}

TEST(Log, frequent_lines_obey_the_level) {
  EXPECT_EQ(written(LogForm::kText, LogLevel::kWarning, [](const Log& log) { log.frequent("request", {}); }), "");
}

TEST(Log, what_is_below_the_level_is_left_out) {
  const auto write_all = [](const Log& log) {
    log.debug("d");
    log.info("i");
    log.warning("w");
    log.error("e");
  };
  const std::pair<LogLevel, std::size_t> cases[] = {
      {LogLevel::kDebug, 4}, {LogLevel::kInfo, 3}, {LogLevel::kWarning, 2}, {LogLevel::kError, 1}};
  for (const auto& [level, lines] : cases) {
    const std::string text = written(LogForm::kText, level, write_all);
    EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), lines) << text;
  }
}

TEST(Log, the_newest_lines_are_kept_as_they_were_written) {
  constexpr int kWritten = 1000;
  std::vector<std::string> kept;
  const std::string text = written(LogForm::kText, LogLevel::kInfo, [&](const Log& log) {
    for (int i = 0; i < kWritten; ++i) log.info("line", {{"number", i}});
    log.debug("left out");
    kept = log.recent_lines();
  });
  ASSERT_EQ(kept.size(), 500U);
  EXPECT_TRUE(kept.front().ends_with("number=500")) << kept.front();
  EXPECT_TRUE(text.ends_with(kept.back() + "\n")) << kept.back();
}

}  // namespace
}  // namespace waybill::obs
