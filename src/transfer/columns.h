#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/event_members.h"
#include "codec/json_scan.h"
#include "transfer/csv.h"

namespace waybill::transfer {

constexpr std::string_view kDataPrefix = "event_data.";
// A column for each member that event_data is known to have.
constexpr std::string_view kAllData = "event_data.*";

// A column of CSV: a member of an event, one of its event_data (`event_data.task_age`), or one inside of that, where it
// is an object or a text that is one (`event_data.task_attributes.type`).
struct Column {
  std::string name;
  codec::Member member = codec::Member::kEventData;
  std::string data_key;   // empty: the member itself; event_data as JSON then
  bool is_extra = false;  // codec::kExtraMember, as JSON; `member` means nothing then
  friend bool operator==(const Column&, const Column&) = default;
};

// All members, in their order, and the extra.
std::vector<Column> all_members();
// Names between commas; `event_data.*` stands for many. kInvalidArgument, naming the column, for one that is neither,
// stands there twice, or is empty.
base::Result<std::vector<Column>> parse_columns(std::string_view names);
base::Result<std::vector<Column>> parse_columns(const std::vector<std::string_view>& names);
std::string to_text(const std::vector<Column>& columns);

void append_csv_header(std::string& out, const std::vector<Column>& columns);

// Makes events of the rows under a header that append_csv_header wrote, or of a table like it that went through other
// programs: names in another spelling (member_names.h), columns of its own, rows that lost their empty last fields. Not
// for concurrent use.
class RowDecoder {
 public:
  // Columns of event_data may be there, and are not looked at, since event_data itself has them. A column of another
  // name becomes a member of that name, whose value is text. kInvalidArgument, naming the column, for one that stands
  // there twice, and if one is missing without which the event would be another: sid, event_type, workspace_sid,
  // event_data, and one of event_date and event_date_ms.
  static base::Result<RowDecoder> make(const std::vector<CsvField>& header);

  // Whether any name of a header means a member of an event.
  static bool is_header(const std::vector<CsvField>& fields);

  // Whether a row has fewer fields than the header.
  [[nodiscard]] bool is_short(const std::vector<CsvField>& row) const { return row.size() < columns_.size(); }

  // Replaces `json` by the event, on one line. Fields that are missing at the end of the row have no value. What is no
  // number or no JSON where that belongs is given as a text, for the rules of the import. kInvalidArgument, naming
  // column and rule, for a row that has values beyond the header's columns or none of a column that make() wants, or
  // text that is not UTF-8.
  base::Result<void> decode(const std::vector<CsvField>& row, std::string& json);

 private:
  enum class Kind : std::uint8_t { kText, kTime, kJson, kNotRead, kNameless };
  struct ReadColumn {
    std::string name;
    Kind kind = Kind::kText;
  };

  explicit RowDecoder(std::vector<ReadColumn> columns) : columns_(std::move(columns)) {}
  static ReadColumn column_of(std::string_view name);
  base::Result<void> append_value(const ReadColumn& column, const std::string& text, std::string& json);
  [[nodiscard]] base::Result<void> check_row(const std::vector<CsvField>& row) const;

  std::vector<ReadColumn> columns_;
  codec::JsonChecker checker_;
};

}  // namespace waybill::transfer
