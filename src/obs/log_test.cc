#include "obs/log.h"

#include <algorithm>
#include <functional>
#include <regex>
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

void expect_match(const std::string& text, const std::string& pattern) {
  EXPECT_TRUE(std::regex_match(text, std::regex(pattern))) << text;
}

TEST(Log, text_is_a_line_with_time_level_and_fields) {
  const std::string line = written(LogForm::kText, LogLevel::kInfo, [](const Log& log) {
    log.info("listening", {{"url", "http://h"}, {"threads", "2"}});
  });
  expect_match(line, R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} info    listening  url=http://h  threads=2\n)");
}

TEST(Log, json_is_an_object_a_line_in_gmt) {
  const std::string line = written(LogForm::kJson, LogLevel::kInfo,
                                   [](const Log& log) { log.warning("a request failed", {{"status", "503"}}); });
  expect_match(line, R"re(\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"warning",)re"
                     R"re("message":"a request failed","status":"503"\}\n)re");
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

}  // namespace
}  // namespace waybill::obs
