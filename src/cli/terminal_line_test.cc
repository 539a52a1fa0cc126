#include "cli/terminal_line.h"

#include <gtest/gtest.h>

namespace waybill::cli {
namespace {

TEST(TerminalLine, loses_the_bar_then_parts_from_the_end_then_is_cut) {
  const ProgressLine line{0.25, {"1200 events", "80/s", "30 s left"}};
  struct Case {
    std::size_t columns;
    const char* text;
  };
  const Case cases[] = {
      {200, "[#####---------------]  25 %  1200 events  80/s  30 s left"},
      {58, "[#####---------------]  25 %  1200 events  80/s  30 s left"},
      {57, " 25 %  1200 events  80/s  30 s left"},
      {35, " 25 %  1200 events  80/s  30 s left"},
      {34, " 25 %  1200 events  80/s"},
      {17, " 25 %"},
      {3, " 25"},
      {0, ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.columns);
    EXPECT_EQ(fit(line, c.columns), c.text);
  }
}

TEST(TerminalLine, counts_characters_and_leaves_out_empty_parts) {
  EXPECT_EQ(fit({{}, {"März.csv", "", "7 of 9"}}, 16), "März.csv  7 of 9");
  EXPECT_EQ(fit({{}, {"März.csv", "", "7 of 9"}}, 15), "März.csv");
  EXPECT_EQ(fit({{}, {"März.csv"}}, 2), "Mä");
}

TEST(TerminalLine, takes_any_share) {
  EXPECT_EQ(fit({-1, {"a"}}, 80), "[--------------------]   0 %  a");
  EXPECT_EQ(fit({7, {"a"}}, 80), "[####################] 100 %  a");
}

TEST(TerminalLine, is_whole_where_there_is_no_terminal) {
  ::testing::internal::CaptureStderr();
  redraw({{}, {std::string(500, 'x')}}, LineEnd::kEnded);
  clear_line();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "\r\x1b[K" + std::string(500, 'x') + "\n\r\x1b[K");
}

}  // namespace
}  // namespace waybill::cli
