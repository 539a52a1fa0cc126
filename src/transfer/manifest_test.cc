#include "transfer/manifest.h"

#include <string>

#include <gtest/gtest.h>

namespace waybill::transfer {
namespace {

Manifest some_manifest() {
  Manifest manifest;
  manifest.request = {"WS1",
                      {{"TaskSid", "WT1"}, {"StartDate", "2026-01-01"}},
                      Order::kNewestFirst,
                      "an \"account\"",
                      {FileFormat::kCsv, Compression::kGzip, *parse_columns(std::string_view("sid,event_data.a"))}};
  DayFile day;
  day.day = day_of(base::from_ms(1'772'438'400'000));
  day.file = "2026-03-02.csv.gz";
  day.counts = {12, 345, 6'789, base::from_ms(1'772'438'400'000), base::from_ms(1'772'438'500'123)};
  day.sha256 = "00ff";
  day.token = "a token";
  manifest.days = {day};
  manifest.next_token = "next";
  return manifest;
}

TEST(Manifest, what_is_written_is_read_again) {
  const Manifest manifest = some_manifest();
  const auto read = decode_manifest(encode_manifest(manifest));
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(read->request, manifest.request);
  EXPECT_EQ(encode_manifest(*read), encode_manifest(manifest));
  EXPECT_FALSE(read->complete);
}

TEST(Manifest, what_is_none_is_refused_by_member) {
  const std::string good = encode_manifest(some_manifest());
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const std::pair<std::string, std::string> cases[] = {
      {"[]", "is no manifest of an export"},
      {"{}", "is no manifest of an export"},
      {changed("\"version\":1", "\"version\":2"), "has version 2, written by a later release; this one knows 1"},
      {changed("csv\"", "xml\""), "'xml' is neither ndjson nor csv"},
      {changed("\"events\":12,\"bytes\":345,\"t", "\"events\":-1,\"bytes\":345,\"t"), "events: must not be negative"},
      {changed("2026-03-02.csv.gz", "../x"), "file: '../x' is no name of a file beside it"},
      {changed("2026-03-02.csv.gz", ".x"), "file: '.x' is no name of a file beside it"},
      {changed("\"sha256\":\"00ff\"", "\"sha256\":5"), "sha256: must be a text"},
      {changed("\"days\":[", "\"days\":[1,"), "days: must be objects"},
  };
  for (const auto& [text, want] : cases) {
    const auto read = decode_manifest(text);
    ASSERT_FALSE(read.has_value()) << want;
    EXPECT_EQ(read.error().message(), want);
  }
}

TEST(Manifest, a_day_is_the_calendars_in_utc) {
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, "1970-01-01"}, {86'399'999, "1970-01-01"}, {86'400'000, "1970-01-02"}, {-1, "1969-12-31"}};
  for (const auto& [ms, want] : cases) EXPECT_EQ(to_text(day_of(base::from_ms(ms))), want);
}

}  // namespace
}  // namespace waybill::transfer
