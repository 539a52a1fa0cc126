#include "transfer/event_file_reader.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "transfer/compression.h"

namespace waybill::transfer {
namespace {

using std::string_literals::operator""s;
using Lines = std::vector<std::string>;

// All events of a file with such bytes, each with its line; an error ends them as its message.
Lines events_of(std::string bytes, std::size_t piece = 64UL * 1024) {
  auto reader = EventFileReader::make("f", bytes_of(std::move(bytes), piece));
  if (!reader) return {reader.error().message()};
  Lines lines;
  for (;;) {
    const auto event = reader->next();
    if (!event) lines.push_back(event.error().message());
    if (!event || !*event) return lines;
    lines.push_back(std::to_string(reader->line_number()) + " " + std::string(**event));
  }
}

std::string compressed(Compression compression, std::string_view text) {
  std::string out;
  const auto writer = make_frame_writer(compression);
  writer->append(text, out);
  writer->end_frame(out);
  return out;
}

TEST(EventFileReader, gives_every_line_of_ndjson_that_is_not_blank) {
  const std::pair<std::string, Lines> cases[] = {
      {"", {}},
      {"\n  \r\n", {}},
      {"{a", {"1 {a"}},
      {"{a\n", {"1 {a"}},
      {"{a\nb", {"1 {a", "2 b"}},
      {"\n\n{a\n\nb\n", {"3 {a", "5 b"}},
      {"{a\r\n{b\r\n", {"1 {a\r", "2 {b\r"}},
      {"{a\0b\nc"s, {"1 {a\0b"s, "2 c"}},
      {"[1]\n", {"1 [1]"}},
      {"neither\n", {"1 neither"}},
      {"\"text\"\n", {"1 \"text\""}},
  };
  for (const auto& [text, want] : cases) {
    for (const std::size_t piece : {1UL, 5UL, 1000UL}) EXPECT_EQ(events_of(text, piece), want) << text;
  }
}

TEST(EventFileReader, lines_may_cross_what_is_read_at_once) {
  Lines want;
  std::string text;
  for (const std::size_t length : {65'535UL, 65'535UL, 65'536UL, 65'537UL, 200'000UL, 5UL}) {
    const std::string line = "{" + std::string(length, static_cast<char>('a' + want.size()));
    want.push_back(std::to_string(want.size() + 1) + " " + line);
    text += line + "\n";
  }
  EXPECT_EQ(events_of(text), want);
  text.pop_back();
  EXPECT_EQ(events_of(text), want);
}

TEST(EventFileReader, a_line_may_be_as_long_as_the_limit_and_no_longer) {
  const std::string longest(EventFileReader::kLineBytesMax, '{');
  const std::string refusal = "f: line 2: is longer than 16777216 bytes";
  EXPECT_EQ(events_of("{\n" + longest + "\n{\n").size(), 3U);
  EXPECT_EQ(events_of("{\n" + longest).size(), 2U);
  EXPECT_EQ(events_of("{\n" + longest + "x\nb\n"), (Lines{"1 {", refusal}));
  EXPECT_EQ(events_of("{\n" + longest + "x"), (Lines{"1 {", refusal}));
}

TEST(EventFileReader, compressed_files_are_known_by_their_first_bytes) {
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string bytes = compressed(compression, "{a\n{b\n");
    for (const std::size_t piece : {1UL, 1000UL}) {
      EXPECT_EQ(events_of(bytes, piece), (Lines{"1 {a", "2 {b"}));
      EXPECT_EQ(events_of(bytes + compressed(compression, "{c"), piece), (Lines{"1 {a", "2 {b", "3 {c"}));
    }
    const std::string cut = bytes.substr(0, bytes.size() - 2);
    EXPECT_EQ(events_of(cut).back(), "f: the " + std::string(to_text(compression)) + " data ends in the middle");
  }
}

TEST(EventFileReader, a_table_is_read_as_events) {
  const std::string header = "sid,event_type,workspace_sid,event_data,event_date_ms\r\n";
  const std::string json = R"({"sid":"EV1","event_type":"t","workspace_sid":"WS1","event_data":{},"event_date_ms":5})";
  EXPECT_EQ(events_of(header), Lines{});
  EXPECT_EQ(events_of(header + "EV1,t,WS1,{},5\r\n"), Lines{"2 " + json});
  EXPECT_EQ(events_of("\"sid\",event_type,workspace_sid,event_data,event_date_ms\nEV1,t,WS1,{},5", 7),
            Lines{"2 " + json});
  EXPECT_EQ(events_of(compressed(Compression::kZstd, header + "EV1,t,WS1,{},5\r\n")), Lines{"2 " + json});
}

TEST(EventFileReader, a_bad_table_is_refused_by_line_and_column) {
  const std::string header = "sid,event_type,workspace_sid,event_data,event_date_ms\n";
  const std::pair<std::string, std::string> cases[] = {
      {"sid,event_typ\n",
       "f: line 1: column 'event_typ': is neither a member of an event nor event_data.KEY; did you mean event_type?"},
      {"sid,event_type\n", "f: line 1: column workspace_sid: is missing; an event cannot be made again without it"},
      {header + "\nEV1,t,WS1\n", "f: line 3: the row has 3 fields, and the header 5"},
      {header + "EV1,t,WS1\n", "f: line 2: the row has 3 fields, and the header 5"},
      {header + "EV1,t\"u\",WS1,{},5\n", "f: line 2: field 2: has quotes inside, but not around it"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(events_of(text).back(), want);
}

TEST(EventFileReader, a_file_that_is_not_there_and_a_folder_are_named) {
  const auto missing = EventFileReader::open("/nowhere/f.ndjson");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), base::ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message().find("/nowhere/f.ndjson"), std::string::npos);
  const auto folder = EventFileReader::open("/tmp");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code(), base::ErrorCode::kIo);
  EXPECT_EQ(folder.error().message(), "/tmp: it cannot be read");
}

}  // namespace
}  // namespace waybill::transfer
