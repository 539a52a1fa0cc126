#include "transfer/event_file_reader.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "transfer/compression.h"

namespace waybill::transfer {
namespace {

using std::string_literals::operator""s;
using Lines = std::vector<std::string>;

// All events of a file with such bytes, each with the number of its place; one that is refused as that and the reason;
// an error ends them as its message.
Lines events_of(std::string bytes, std::size_t piece = 64UL * 1024, std::optional<Encoding> encoding = std::nullopt) {
  auto reader = EventFileReader::make("f", bytes_of(std::move(bytes), piece), encoding);
  if (!reader) return {reader.error().message()};
  Lines lines;
  for (;;) {
    const auto event = reader->next();
    if (!event) lines.push_back(event.error().message());
    if (!event || !*event) return lines;
    lines.push_back(std::to_string(reader->place_number()) + " " +
                    (reader->refused() ? reader->refused()->message() : std::string(**event)));
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
      {"neither\n{a", {"1 neither", "2 {a"}},
      {"{\"a\":\n{\"b\":2}\n{\"c\":3}\n", {"1 {\"a\":", "2 {\"b\":2}", "3 {\"c\":3}"}},
      {"{\"a\":\"b\n{\"b\":2}\n", {"1 {\"a\":\"b", "2 {\"b\":2}"}},
      {"{\"a\":1} \r\n{\"b\":2}", {"1 {\"a\":1} \r", "2 {\"b\":2}"}},
      {"{\"a\":1}", {"1 {\"a\":1}"}},
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
  const std::string refusal = "2 is longer than 16777216 bytes";
  EXPECT_EQ(events_of("{\n" + longest + "\n{\n").size(), 3U);
  EXPECT_EQ(events_of("{\n" + longest).size(), 2U);
  EXPECT_EQ(events_of("{\n" + longest + "x\nb\n"), (Lines{"1 {", refusal, "3 b"}));
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

TEST(EventFileReader, json_of_other_forms_is_read_by_element) {
  const std::pair<std::string, Lines> cases[] = {
      {"[1]\n", {"1 1"}},
      {"[{\"a\":1},\n{\"b\":2}]", {"1 {\"a\":1}", "2 {\"b\":2}"}},
      {"{\n \"a\":1\n}\n{\n \"b\":2\n}", {"1 {  \"a\":1 }", "2 {  \"b\":2 }"}},
      {"{\"a\":1}\r{\"b\":2}\r", {"1 {\"a\":1}", "2 {\"b\":2}"}},
      {"{\"a\":1}{\"b\":2}", {"1 {\"a\":1}", "2 {\"b\":2}"}},
      {"{\"meta\":{},\"events\":[{\"a\":1}]}\n{\"meta\":{},\"events\":[{\"b\":2}]}\n", {"1 {\"a\":1}", "2 {\"b\":2}"}},
      {"[{\"a\" 1},{\"b\":2}]", {"1 is not valid JSON: its brackets or quotes do not close (line 1)", "2 {\"b\":2}"}},
      {"[{\"a\":1}", {"1 {\"a\":1}", "f: the file ends inside an array, 1 events were read before: it was cut off"}},
      {"[{\"workspaceSid\":\"WS1\",\"eventDate\":\"x\"}]", {R"(1 {"workspace_sid":"WS1","event_date":"x"})"}},
      {"{\"workspaceSid\":\"WS1\"}\n", {R"(1 {"workspace_sid":"WS1"})"}},
  };
  for (const auto& [text, want] : cases) {
    for (const std::size_t piece : {1UL, 5UL, 1000UL}) EXPECT_EQ(events_of(text, piece), want) << text;
    EXPECT_EQ(events_of(compressed(Compression::kGzip, text) + std::string(1024, '\0')), want) << text;
  }
}

TEST(EventFileReader, tables_of_other_programs_are_read) {
  const std::string json = R"({"sid":"EV1","event_type":"t","workspace_sid":"WS1","event_data":{},"event_date_ms":5})";
  const std::string header = "sid,event_type,workspace_sid,event_data,event_date_ms";
  const auto with = [](std::string text, char separator) {
    std::replace(text.begin(), text.end(), ',', separator);
    return text;
  };
  const std::string table = header + "\r\nEV1,t,WS1,{},5\r\n";
  std::string utf16 = "\xff\xfe";
  for (const char c : with(table, '\t')) utf16 += {c, '\0'};
  const std::pair<std::string, std::uint64_t> cases[] = {
      {"\xef\xbb\xbf" + table, 2},
      {with(table, ';'), 2},
      {with(table, '\t'), 2},
      {with(table, '|'), 2},
      {"sep=;\r\n" + with(table, ';'), 3},
      {"\"sep=;\"\n" + with(table, ';'), 3},
      {"\xef\xbb\xbfsep=,\n" + table, 3},
      {"sep=^\n" + with(table, '^'), 3},
      {utf16, 2},
      {header + "\rEV1,t,WS1,{},5\r", 2},
      {table + ",,,,\r\n,,,\r\n , ,\r\n\"\",,,,\r\n", 2},
      {header + "\n,,,,\nEV1,t,WS1,{},5\n", 3},
      {"Sid;EventType;workspaceSid;eventData;eventDateMs\nEV1;t;WS1;{};5\n", 2},
  };
  for (const auto& [text, line] : cases) {
    for (const std::size_t piece : {1UL, 1000UL})
      EXPECT_EQ(events_of(text, piece), Lines{std::to_string(line) + " " + json}) << text;
  }
}

TEST(EventFileReader, a_table_in_another_encoding_is_taken_only_where_it_is_named) {
  const std::string table =
      "sid,event_type,workspace_sid,event_data,event_date_ms,description\nEV1,t,WS1,{},5,a\nEV2,t,WS1,{},5,"
      "gr\xfc\xdf\nEV3,t,WS1,{},5,b\n";
  const Lines lines = events_of(table);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1],
            "3 column description: 'gr\\xfc\\xdf' is not UTF-8; if the table is in another encoding, perhaps "
            "Windows-1252, import it again with --encoding windows-1252, or save it as CSV UTF-8");
  EXPECT_NE(lines[2].find("EV3"), std::string::npos) << "the row alone is refused";
  const std::string taken = events_of(table, 100, Encoding::kWindows1252).at(1);
  EXPECT_NE(taken.find("\"description\":\"gr\xc3\xbc\xc3\x9f\""), std::string::npos) << taken;
}

TEST(EventFileReader, what_is_no_file_of_events_says_what_it_looks_like) {
  const std::pair<std::string, std::string> cases[] = {
      {"neither\n",
       "f: begins with 'neither', which is neither JSON nor the header of a table; events come as NDJSON, a "
       "JSON array, a saved page of the API, or CSV with a header"},
      {"\"text\"\n", "f: begins with '\"text\"', which is neither JSON"},
      {"name;age;city;zip\n1;2;3;4\n",
       "f: begins with 'name;age;city;zip', a table whose first line names no member of "
       "an event; it needs a header such as sid"},
      {"%PDF-1.7\n", "f: is a PDF document"},
      {compressed(Compression::kGzip, std::string(257, 'n') + "ustar"), "f: is a tar archive"},
      {std::string(100, '\0'), "f: begins with bytes of zero"},
      {"<html><body>Sign in</body></html>", "f: is an HTML page"},
  };
  for (const auto& [text, want] : cases) {
    for (const std::size_t piece : {1UL, 1000UL}) {
      const Lines lines = events_of(text, piece);
      ASSERT_EQ(lines.size(), 1U);
      EXPECT_EQ(lines[0].substr(0, want.size()), want);
    }
  }
}

TEST(EventFileReader, a_bad_table_is_refused_by_line_and_column) {
  const std::string header = "sid,event_type,workspace_sid,event_data,event_date_ms\n";
  const std::pair<std::string, std::string> cases[] = {
      {"sid,event_typ\n",
       "f: line 1: column event_type: is missing; an event cannot be made again without it. Is it the column "
       "'event_typ'?; the file was taken for a table with commas between its fields"},
      {"sid;event_type\n",
       "f: line 1: column workspace_sid: is missing; an event cannot be made again without it; the file was taken for "
       "a "
       "table with semicolons between its fields"},
      {header + "\nEV1,t,WS1,{},x,more\n", "3 the row has 6 fields, and the header 5"},
      {header + "EV1,t,WS1\n", "2 the row has 3 fields, and the header 5; event_data is not among them"},
      {header + "EV1,t,WS1,{}", "2 the file ends inside the row, which lacks fields: it was cut off"},
      {header + "EV1,t\"u\",WS1,{},5\n", "2 field 2: has quotes inside, but not around it"},
      {"sep=,\n" + header + "EV1,t\"u\",WS1,{},5\n", "3 field 2: has quotes inside, but not around it"},
      {"sid,\"event_type\"x\n",
       "f: line 1: field 2: behind the closing quotes must come a separator or the end of the row; the file was taken "
       "for a table with commas between its fields"},
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
