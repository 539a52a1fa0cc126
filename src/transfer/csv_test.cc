#include "transfer/csv.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace waybill::transfer {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// All rows, fields in quotes marked by a `"`; one that is refused as its line, the reason, and its text.
Rows rows_of(const std::string& text, std::size_t piece) {
  CsvReader reader(bytes_of(text, piece));
  Rows rows;
  std::vector<CsvField> fields;
  while (reader.next(fields).value_or(false)) {
    rows.emplace_back();
    for (const CsvField& field : fields) rows.back().push_back((field.quoted ? "\"" : "") + field.text);
    if (!reader.refused()) continue;
    EXPECT_TRUE(fields.empty());
    rows.back() = {std::to_string(reader.line_number()), reader.refused()->message(),
                   std::string(reader.refused_text())};
  }
  return rows;
}

TEST(Csv, rows_come_as_rfc_4180_has_them) {
  const std::pair<std::string, Rows> cases[] = {
      {"", {}},
      {"\r\n\n", {}},
      {"a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}},
      {"a,b\nc,d", {{"a", "b"}, {"c", "d"}}},
      {"\xef\xbb\xbf"
       "a,b\n",
       {{"a", "b"}}},
      {",\n", {{"", ""}}},
      {"\"\",\n", {{"\"", ""}}},
      {"\"a,b\",\"c\"\"d\"\n", {{"\"a,b", "\"c\"d"}}},
      {"\"a\nb\r\nc\",d\ne,f\n", {{"\"a\nb\r\nc", "d"}, {"e", "f"}}},
      {"\"\"\"\"\n", {{"\"\""}}},
      {" a , b \n", {{" a ", " b "}}},
      {"a\n\n\r\nb\n", {{"a"}, {"b"}}},
      {"a,\"b\"", {{"a", "\"b"}}},
      {"a,", {{"a", ""}}},
      {"a,b\rc,d\r\r", {{"a", "b"}, {"c", "d"}}},
      {"a,b\r\n\r\n\rc,\"d\re\"", {{"a", "b"}, {"c", "\"d\re"}}},
  };
  for (const auto& [text, want] : cases) {
    for (const std::size_t piece : {1UL, 2UL, 3UL, 1000UL}) EXPECT_EQ(rows_of(text, piece), want) << text << piece;
  }
}

TEST(Csv, what_breaks_a_rule_costs_the_line_it_begins_in_alone) {
  const std::string behind = "behind the closing quotes must come a separator or the end of the row";
  const std::pair<std::string, Rows> cases[] = {
      {"a,b\nc,d\"e\nf,g\n",
       {{"a", "b"}, {"2", "field 2: has quotes inside, but not around it", "c,d\"e"}, {"f", "g"}}},
      {"a,b\r\n\"c\"d,e\r\nf\r\n\"\"g",
       {{"a", "b"}, {"2", "field 1: " + behind, "\"c\"d,e"}, {"f"}, {"4", "field 1: " + behind, "\"\"g"}}},
      {"a\n\"b\nc\nd",
       {{"a"}, {"2", "field 1: the quotes that open in line 2 do not close (line 4)", "\"b"}, {"c"}, {"d"}}},
      {"a\r\"b\r\n\rc\r\n\"d\r",
       {{"a"},
        {"2", "field 1: " + behind + " (line 5)", "\"b"},
        {"c"},
        {"5", "field 1: the quotes that open in line 5 do not close (line 6)", "\"d"}}},
      {"a\n\"b\nc\",\"d\" \n",
       {{"a"},
        {"2", "field 2: " + behind + " (line 3)", "\"b"},
        {"3", "field 1: has quotes inside, but not around it", "c\",\"d\" "}}},
  };
  for (const auto& [text, want] : cases) {
    for (const std::size_t piece : {1UL, 2UL, 3UL, 1000UL}) EXPECT_EQ(rows_of(text, piece), want) << text;
  }
}

TEST(Csv, other_separators_are_taken_and_tabs_leave_quotes_alone) {
  const struct {
    char separator;
    std::string text;
    Rows rows;
  } cases[] = {
      {';', "a;b,c\n\"d;e\";f", {{"a", "b,c"}, {"\"d;e", "f"}}},
      {'\t', "a\tb;c\n{\"d\":\"e\"}\t\"f\tg\"\n", {{"a", "b;c"}, {"{\"d\":\"e\"}", "\"f\tg"}}},
      {'|', "a|b\n", {{"a", "b"}}},
  };
  for (const auto& c : cases) {
    CsvReader reader(bytes_of(c.text, 2), c.separator);
    std::vector<CsvField> fields;
    for (const auto& want : c.rows) {
      ASSERT_TRUE(reader.next(fields).value_or(false)) << c.text;
      ASSERT_EQ(fields.size(), want.size()) << c.text;
      for (std::size_t i = 0; i < want.size(); ++i) {
        EXPECT_EQ((fields[i].quoted ? "\"" : "") + fields[i].text, want[i]);
      }
    }
    EXPECT_FALSE(reader.next(fields).value_or(true));
  }
  CsvReader reader(bytes_of("a;b\"c\n"), ';');
  std::vector<CsvField> fields;
  EXPECT_TRUE(reader.next(fields).value_or(false));
  EXPECT_TRUE(reader.refused()) << "quotes inside are an error where programs quote";
}

TEST(Csv, a_row_has_a_length_at_most) {
  const std::string longest(CsvReader::kRowBytesMax, 'x');
  EXPECT_EQ(rows_of("a\n" + longest + "\n", 65'536).size(), 2U);
  const Rows want = {{"a"}, {"2", "the row is longer than 16777216 bytes", ""}, {"b"}};
  EXPECT_EQ(rows_of("a\n" + longest + ",x\nb\n", 65'536), want);
}

TEST(Csv, a_row_has_so_many_fields_at_most) {
  const std::string commas(CsvReader::kFieldsMax - 1, ',');
  EXPECT_EQ(rows_of(commas + "\n", 1000).back().size(), CsvReader::kFieldsMax);
  const Rows want = {{"1", "the row has more than 10000 fields", commas + ","}, {"a"}};
  EXPECT_EQ(rows_of(commas + ",\na\n", 1000), want);
}

TEST(Csv, a_row_is_numbered_by_the_line_it_begins_in) {
  for (const std::string text :
       {"a\n\n\"b\nc\"\nd\n", "a\r\n\r\n\"b\r\nc\"\r\nd\r\n", "a\r\r\"b\rc\"\rd\r", "a\r\n\n\"b\rc\"\nd"}) {
    for (const std::size_t piece : {1UL, 2UL, 100UL}) {
      CsvReader reader(bytes_of(text, piece));
      std::vector<CsvField> fields;
      for (const std::uint64_t line : {1U, 3U, 5U}) {
        ASSERT_TRUE(reader.next(fields).value_or(false));
        EXPECT_EQ(reader.line_number(), line) << text;
      }
    }
  }
}

TEST(Csv, every_value_that_is_written_is_read_again) {
  const std::vector<std::string> values = {"",   "a",    ",",  "\"",  "\"\"",         "a\"b,c",
                                           "\n", "\r\n", "\r", " a ", "{\"a\":\"b\"}"};
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ',';
    append_csv_field(text, values[i]);
  }
  text += kCsvRowEnd;
  CsvReader reader(bytes_of(text, 3));
  std::vector<CsvField> fields;
  ASSERT_TRUE(reader.next(fields).value_or(false));
  ASSERT_EQ(fields.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(fields[i].text, values[i]);
  EXPECT_TRUE(fields.front().quoted) << "an empty text is not the same as no value";
}

}  // namespace
}  // namespace waybill::transfer
