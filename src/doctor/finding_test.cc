#include "doctor/finding.h"

#include <gtest/gtest.h>

namespace waybill::doctor {
namespace {

using std::chrono::nanoseconds;

const Finding kFindings[] = {fine("disk", "fast"), note("port", "unknown"), mend("clock", "wrong", "set it")};

TEST(Finding, each_is_a_line) {
  EXPECT_EQ(to_text(kFindings),
            "fine  disk   fast\n"
            "note  port   unknown\n"
            "mend  clock  wrong; set it\n");
}

TEST(Finding, as_json_they_say_whether_all_is_fine) {
  EXPECT_EQ(to_json(kFindings),
            R"({"fine":false,"checks":[{"check":"disk","state":"fine","text":"fast","advice":null},)"
            R"({"check":"port","state":"note","text":"unknown","advice":null},)"
            R"({"check":"clock","state":"mend","text":"wrong","advice":"set it"}]})"
            "\n");
  EXPECT_TRUE(to_json({kFindings, 2}).starts_with(R"({"fine":true,)"));
}

TEST(Finding, only_what_must_be_mended_counts) {
  EXPECT_EQ(count_to_mend(kFindings), 1U);
  EXPECT_EQ(count_to_mend({}), 0U);
}

TEST(Finding, sizes_and_durations_are_rounded_for_a_person) {
  const std::pair<std::uint64_t, const char*> sizes[] = {{0, "0 bytes"},           {1023, "1023 bytes"},
                                                         {1536, "1.5 KiB"},        {64ULL << 20U, "64 MiB"},
                                                         {3ULL << 30U, "3.0 GiB"}, {5000ULL << 40U, "5000 TiB"}};
  for (const auto& [bytes, text] : sizes) EXPECT_EQ(bytes_text(bytes), text);
  const std::pair<std::int64_t, const char*> durations[] = {
      {900, "1 µs"}, {850'000, "850 µs"}, {1'500'000, "1.5 ms"}, {42'000'000, "42 ms"}, {2'500'000'000, "2.5 s"}};
  for (const auto& [count, text] : durations) EXPECT_EQ(duration_text(nanoseconds(count)), text);
}

}  // namespace
}  // namespace waybill::doctor
