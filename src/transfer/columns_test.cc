#include "transfer/columns.h"

#include <string>

#include <gtest/gtest.h>

#include "transfer/row_writer.h"

namespace waybill::transfer {
namespace {

std::string row_of(const std::string& json, std::string_view columns) {
  codec::JsonChecker checker;
  const auto checked = checker.check(json, 32);
  const auto parsed = parse_columns(columns);
  EXPECT_TRUE(checked.has_value() && parsed.has_value());
  std::string out;
  const auto done = RowWriter(*parsed).append(out, *checked);
  return done ? out : done.error().message();
}

// The event that a CSV text of one row makes, or why not.
std::string event_of(const std::string& csv) {
  CsvReader reader(bytes_of(csv));
  std::vector<CsvField> fields;
  EXPECT_TRUE(reader.next(fields).value_or(false));
  auto decoder = RowDecoder::make(fields);
  if (!decoder) return decoder.error().message();
  EXPECT_TRUE(reader.next(fields).value_or(false));
  std::string json;
  const auto done = decoder->decode(fields, json);
  return done ? json : done.error().message();
}

TEST(Columns, a_row_has_the_values_that_were_asked_for) {
  const std::string json =
      R"({"sid":"EV1","description":"a, \"b\"","source":null,"event_data":{"task_age":"12","n":[1,2],"e":""},"event_date_ms":5})";
  const std::pair<const char*, const char*> cases[] = {
      {"sid", "EV1\r\n"},
      {"event_date_ms,sid", "5,EV1\r\n"},
      {"description", "\"a, \"\"b\"\"\"\r\n"},
      {"source,url", ",\r\n"},
      {"event_data.task_age,event_data.n", "12,\"[1,2]\"\r\n"},
      {"event_data.e,event_data.missing", "\"\",\r\n"},
  };
  for (const auto& [columns, want] : cases) EXPECT_EQ(row_of(json, columns), want) << columns;
}

TEST(Columns, names_that_are_none_are_refused_by_name) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "column '': is neither a member of an event nor event_data.KEY"},
      {"sid,event_typ",
       "column 'event_typ': is neither a member of an event nor event_data.KEY; did you mean event_type?"},
      {"event_data.",
       "column 'event_data.': is neither a member of an event nor event_data.KEY; did you mean event_data?"},
      {"sid,url,sid", "column sid: stands there twice"},
  };
  for (const auto& [names, want] : cases) {
    const auto columns = parse_columns(std::string_view(names));
    ASSERT_FALSE(columns.has_value()) << names;
    EXPECT_EQ(columns.error().message(), want);
  }
}

TEST(Columns, an_event_of_all_members_is_the_same_after_it_was_a_row) {
  const std::string json =
      R"({"sid":"EV1","url":"https://h/x","source":"twilio","actor_sid":null,"actor_url":null,"actor_type":"","event_data":{"a":"\u00e9\n\",","b":{"c":[1.50]}},"event_date":"2026-01-01T00:00:00Z","event_type":"t","account_sid":"AC1","description":"line\nbreak","resource_sid":null,"resource_url":null,"event_date_ms":-5,"resource_type":"task","workspace_sid":"WS1","source_ip_address":"::1","waybill_extra":{"members":{"x":[1,"a,b"]}}})";
  std::string csv;
  append_csv_header(csv, all_members());
  csv += row_of(json, to_text(all_members()));
  const std::string want =
      R"({"sid":"EV1","url":"https://h/x","source":"twilio","actor_type":"","event_data":{"a":"\u00e9\n\",","b":{"c":[1.50]}},"event_date":"2026-01-01T00:00:00Z","event_type":"t","account_sid":"AC1","description":"line\nbreak","event_date_ms":-5,"resource_type":"task","workspace_sid":"WS1","source_ip_address":"::1","waybill_extra":{"members":{"x":[1,"a,b"]}}})";
  EXPECT_EQ(event_of(csv), want) << "null is the same as absent";
}

TEST(Columns, rows_that_make_no_event_are_refused_by_column) {
  const std::string header = "sid,event_type,workspace_sid,event_data,event_date_ms,event_data.x\n";
  const std::pair<std::string, std::string> cases[] = {
      {"sid,event_type,workspace_sid,event_date\nx",
       "column event_data: is missing; an event cannot be made again without it"},
      {"sid,event_type,workspace_sid,event_data\nx",
       "column event_date_ms: is missing, and so is event_date; one must be there"},
      {"sid,what,event_typ\nx",
       "column event_type: is missing; an event cannot be made again without it. Is it the column 'event_typ'?"},
      {"sid,Sid\nx", "column sid: stands there twice"},
      {header + "EV1,t,WS1,{},5,,z", "the row has 7 fields, and the header 6"},
      {header + "EV1,t,WS1", "the row has 3 fields, and the header 6; event_data is not among them"},
      // What breaks a member's rule is for the import to judge; a time that lost digits is another time.
      {header + "EV1,t,WS1,{},1.79543E+12,",
       R"({"sid":"EV1","event_type":"t","workspace_sid":"WS1","event_data":{},"event_date_ms":"1.79543E+12"})"},
      {header + "EV1,t,WS1,{},\"1,000\",",
       R"({"sid":"EV1","event_type":"t","workspace_sid":"WS1","event_data":{},"event_date_ms":"1,000"})"},
      {header + "EV1,t,WS1,{},5.5,",
       R"({"sid":"EV1","event_type":"t","workspace_sid":"WS1","event_data":{},"event_date_ms":"5.5"})"},
      {header + "EV1,t,WS1,{a,5,",
       R"({"sid":"EV1","event_type":"t","workspace_sid":"WS1","event_data":"{a","event_date_ms":5})"},
      {header + "EV1,t,WS1,\"{\"\"a\"\":\n\"\"\\ud83d\"\"}\",5,",
       R"({"sid":"EV1","event_type":"t","workspace_sid":"WS1","event_data":{"a": "\ud83d"},"event_date_ms":5})"},
      {"sid,event_type,workspace_sid,event_data,event_date_ms,\nEV1,t,WS1,{},5,x",
       "column 6: has no name, but a value"},
      {header + "EV1,t\xff,WS1,{},5,", "column event_type: 't\\xff' is not UTF-8"},
      {header + "EV1,t,WS1,{},5,y",
       R"({"sid":"EV1","event_type":"t","workspace_sid":"WS1","event_data":{},"event_date_ms":5})"},
  };
  for (const auto& [csv, want] : cases) EXPECT_EQ(event_of(csv), want);
  const std::string want = R"({"sid":"EV1","event_type":"t","workspace_sid":"WS1","event_data":{},"event_date_ms":5})";
  const std::string tables[] = {
      header + "EV1,t,WS1,{},5",                                                    // its last fields were dropped
      header + "EV1,t,WS1,{},5,,,",                                                 // others were added
      "sid,event_type,workspace_sid,event_data,event_date_ms,,\nEV1,t,WS1,{},5,,",  // and so were columns
      "Sid, eventType ,WORKSPACE_SID,EventData,Event Date Ms,eventData.x\nEV1,t,WS1,{},5.0,y",
      "sid,event_type,workspace_sid,event_data,event_date_ms\nEV1,t,WS1,{},\" 5,0 \"",
  };
  for (const std::string& csv : tables) EXPECT_EQ(event_of(csv), want) << csv;
  EXPECT_EQ(event_of("sid,event_type,workspace_sid,event_data,event_date_ms,my note,waybill_extra\n"
                     "EV1,t,WS1,{},5,mine,\"{\"\"x\"\":1}\""),
            want.substr(0, want.size() - 1) + R"(,"my note":"mine","waybill_extra":{"x":1}})")
      << "a column that is none of an event's is kept beside it";
  const std::string injected = event_of(header + "EV1,t,WS1,\"{},\"\"sid\"\":1\",5,");
  EXPECT_EQ(injected,
            R"({"sid":"EV1","event_type":"t","workspace_sid":"WS1","event_data":"{},\"sid\":1","event_date_ms":5})");
}

}  // namespace
}  // namespace waybill::transfer
