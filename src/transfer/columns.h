#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/event_members.h"
#include "codec/json_scan.h"
#include "transfer/csv.h"

namespace waybill::transfer {

// A column of CSV: a member of an event, or one of its event_data (`event_data.task_age`).
struct Column {
  std::string name;
  codec::Member member = codec::Member::kEventData;
  std::string data_key;   // empty: the member itself; event_data as JSON then
  bool is_extra = false;  // codec::kExtraMember, as JSON; `member` means nothing then
  friend bool operator==(const Column&, const Column&) = default;
};

// All members, in their order, and the extra.
std::vector<Column> all_members();
// Names between commas. kInvalidArgument, naming the column, for one that is neither, stands there twice, or is empty.
base::Result<std::vector<Column>> parse_columns(std::string_view names);
base::Result<std::vector<Column>> parse_columns(const std::vector<std::string_view>& names);
std::string to_text(const std::vector<Column>& columns);

void append_csv_header(std::string& out, const std::vector<Column>& columns);
// Appends the row of an event. Texts stand as they are, other values as JSON, null and what is missing as an empty
// field without quotes. kInvalidArgument for what is no event.
base::Result<void> append_csv_row(std::string& out, codec::CheckedJson event, const std::vector<Column>& columns);

// Makes events of the rows under a header that append_csv_header wrote, or one like it. Not for concurrent use.
class RowDecoder {
 public:
  // Columns of event_data may be there, and are not looked at, since event_data itself has them. kInvalidArgument,
  // naming the column, for a name that is no column, and if one is missing without which the event would be another:
  // sid, event_type, workspace_sid, event_data, and one of event_date and event_date_ms.
  static base::Result<RowDecoder> make(const std::vector<CsvField>& header);

  // Replaces `json` by the event, on one line. What is no number or no JSON where that belongs, or no UTF-8, is given
  // as it stands, for the rules of the import. kInvalidArgument for a row with another number of fields.
  base::Result<void> decode(const std::vector<CsvField>& row, std::string& json);

 private:
  explicit RowDecoder(std::vector<Column> columns) : columns_(std::move(columns)) {}

  std::vector<Column> columns_;
  codec::JsonChecker checker_;
};

}  // namespace waybill::transfer
