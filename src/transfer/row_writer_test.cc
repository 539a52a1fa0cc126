#include "transfer/row_writer.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace waybill::transfer {
namespace {

RowWriter writer_for(std::string_view columns) {
  auto parsed = parse_columns(columns);
  EXPECT_TRUE(parsed) << parsed.error().message();
  return RowWriter(*std::move(parsed));
}

// The row of an event with such event_data, without its end.
std::string row(RowWriter& writer, const std::string& data) {
  codec::JsonChecker checker;
  const std::string json = R"({"sid":"EV1","event_data":)" + data + "}";
  std::string out;
  EXPECT_TRUE(writer.append(out, *checker.check(json, 100)));
  return out.substr(0, out.size() - kCsvRowEnd.size());
}

// `name` or `name (meant)` of each column that had no value.
std::string empty_of(const RowWriter& writer) {
  std::string out;
  for (const auto& column : writer.empty_columns()) {
    out += column.name + (column.meant.empty() ? "" : " (" + column.meant + ")") + " ";
  }
  return out;
}

TEST(RowWriter, dots_lead_into_objects_and_into_texts_that_are_objects) {
  const std::string data =
      R"({"task_attributes":"{\"type\":\"sales\",\"n\":1.50,\"a.b\":7,\"in\":{\"x\":\"{\\\"y\\\":true}\"},\"list\":[1]}",)"
      R"("o":{"k":"v","k":"w"},"o.k2":"dotted","o":{"k":"last"},"plain":"text","none":null})";
  const std::pair<const char*, const char*> cases[] = {
      {"event_data.task_attributes.type", "sales"},
      {"event_data.task_attributes.n", "1.50"},
      {"event_data.task_attributes.a.b", "7"},
      {"event_data.task_attributes.in", R"("{""x"":""{\""y\"":true}""}")"},
      {"event_data.task_attributes.in.x.y", "true"},
      {"event_data.task_attributes.list", "[1]"},
      {"event_data.task_attributes.list.0", ""},
      {"event_data.task_attributes.type.more", ""},
      {"event_data.o.k", "last"},
      {"event_data.o.k2", "dotted"},
      {"event_data.plain.k", ""},
      {"event_data.none.k", ""},
      {"event_data.o.", ""},
  };
  for (const auto& [column, want] : cases) {
    RowWriter writer = writer_for(column);
    EXPECT_EQ(row(writer, data), want) << column;
  }
}

TEST(RowWriter, a_column_that_never_had_a_value_is_told_with_what_was_meant) {
  RowWriter writer =
      writer_for("sid,event_data.task_qeue_name,event_data.a,event_data.task_attributes.typ,event_data.zzzzzz,url");
  EXPECT_EQ(empty_of(writer), "") << "no event says nothing";
  row(writer, R"({"task_queue_name":"Sales","task_attributes":"{\"type\":1}"})");
  row(writer, R"({"a":""})");
  EXPECT_EQ(empty_of(writer),
            "event_data.task_qeue_name (event_data.task_queue_name) "
            "event_data.task_attributes.typ (event_data.task_attributes.type) event_data.zzzzzz url ");
  EXPECT_EQ(writer.rows(), 2U);
}

TEST(RowWriter, a_star_stands_for_all_members_that_are_known) {
  RowWriter writer = writer_for("sid,event_data.*,event_data.task_attributes.type");
  const std::string columns = to_text(*parse_columns(std::string_view("event_data.*")));
  EXPECT_NE(columns.find("event_data.task_sid,"), std::string::npos);
  EXPECT_NE(columns.find("event_data.transfer_mode,"), std::string::npos);
  row(writer, R"({"task_sid":"WT1","task_attributes":"{\"type\":1}","brand_new":1,"o":{"x":1}})");
  EXPECT_EQ(writer.missing_columns(), (std::vector<std::string>{"event_data.brand_new", "event_data.o"}));
  EXPECT_FALSE(parse_columns(std::string_view("event_data.task_sid,event_data.*")));
  EXPECT_FALSE(parse_columns(std::string_view("event_data.*,event_data.task_sid")));
}

TEST(RowWriter, names_are_known_up_to_a_number) {
  RowWriter writer = writer_for("event_data.absent");
  for (std::size_t i = 0; i < RowWriter::kNamesMax + 10; ++i) row(writer, R"({"n)" + std::to_string(i) + R"(":1})");
  EXPECT_EQ(writer.missing_columns().size(), RowWriter::kNamesMax);
}

}  // namespace
}  // namespace waybill::transfer
