#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "codec/event_extra.h"
#include "codec/json_writer.h"
#include "model/limits.h"
#include "transfer/columns.h"
#include "transfer/member_names.h"

namespace waybill::transfer {
namespace {

using base::Result;
using codec::Member;

constexpr Member kWanted[] = {Member::kSid, Member::kEventType, Member::kWorkspaceSid, Member::kEventData};

base::Error bad_column(std::string_view column, std::string_view rule) {
  return base::invalid_argument("column " + std::string(column) + ": " + std::string(rule));
}

bool is_empty(const CsvField& field) { return field.text.empty() && !field.quoted; }

// A whole number as a spreadsheet may write it: 1795428000123, and the same with a fraction of zero.
std::optional<std::string_view> whole_number(std::string_view text) {
  text = base::trim(text);
  const std::size_t point = text.find_first_of(".,");
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  // Behind a comma three zeros may be thousands.
  const bool may_be_thousands = point != std::string_view::npos && text[point] == ',' && fraction.size() > 2;
  if (fraction.find_first_not_of('0') != std::string_view::npos || may_be_thousands || whole.starts_with('+')) {
    return std::nullopt;
  }
  return base::parse_int(whole) ? std::optional(whole) : std::nullopt;
}

}  // namespace

RowDecoder::ReadColumn RowDecoder::column_of(std::string_view name) {
  name = base::trim(name);
  if (name.empty()) return {"", Kind::kNameless};
  const std::string lower = base::to_lower(name);
  if (lower.starts_with("event_data.") || lower.starts_with("eventdata.")) return {std::string(name), Kind::kNotRead};
  if (name == codec::kExtraMember) return {std::string(name), Kind::kJson};
  const auto member = find_member_spelled(name);
  if (!member) return {std::string(name), Kind::kText};
  const Kind kind = *member == Member::kEventData     ? Kind::kJson
                    : *member == Member::kEventDateMs ? Kind::kTime
                                                      : Kind::kText;
  return {std::string(codec::name_of(*member)), kind};
}

bool RowDecoder::is_header(const std::vector<CsvField>& fields) {
  return std::any_of(fields.begin(), fields.end(),
                     [](const CsvField& field) { return find_member_spelled(base::trim(field.text)).has_value(); });
}

Result<RowDecoder> RowDecoder::make(const std::vector<CsvField>& header) {
  std::vector<ReadColumn> columns;
  std::vector<std::string> others;
  const auto has = [&columns](std::string_view name) {
    return std::any_of(columns.begin(), columns.end(), [name](const ReadColumn& column) {
      return column.name == name && column.kind != Kind::kNotRead;
    });
  };
  for (const CsvField& field : header) {
    if (!base::is_utf8(field.text)) return bad_column(base::quoted_for_message(field.text), "is not UTF-8");
    ReadColumn column = column_of(field.text);
    if (column.kind != Kind::kNameless && has(column.name)) return bad_column(column.name, "stands there twice");
    if (column.kind == Kind::kText && !find_member_spelled(column.name)) others.push_back(column.name);
    columns.push_back(std::move(column));
  }
  for (const Member member : kWanted) {
    const std::string name(codec::name_of(member));
    if (has(name)) continue;
    const auto meant = base::nearest(name, others);
    return bad_column(name, "is missing; an event cannot be made again without it" +
                                (meant ? ". Is it the column " + base::quoted_for_message(*meant) + "?" : ""));
  }
  if (!has(codec::name_of(Member::kEventDate)) && !has(codec::name_of(Member::kEventDateMs))) {
    return bad_column("event_date_ms", "is missing, and so is event_date; one must be there");
  }
  return RowDecoder(std::move(columns));
}

Result<void> RowDecoder::decode(const std::vector<CsvField>& row, std::string& json) {
  TRY(check_row(row));
  json.clear();
  json += '{';
  for (std::size_t i = 0; i < std::min(row.size(), columns_.size()); ++i) {
    const ReadColumn& column = columns_[i];
    if (column.kind == Kind::kNotRead || column.kind == Kind::kNameless || is_empty(row[i])) continue;
    if (json.size() > 1) json += ',';
    codec::append_json_string(json, column.name);
    json += ':';
    TRY(append_value(column, row[i].text, json));
  }
  json += '}';
  return {};
}

Result<void> RowDecoder::append_value(const ReadColumn& column, const std::string& text, std::string& json) {
  if (!base::is_utf8(text)) return bad_column(column.name, base::quoted_for_message(text) + " is not UTF-8");
  // A number that lost digits in a spreadsheet, 1.79543E+12, is another time: it is no number here.
  const auto number = column.kind == Kind::kTime ? whole_number(text) : std::nullopt;
  if (number) {
    json += *number;
    return {};
  }
  const auto checked =
      column.kind == Kind::kJson ? checker_.check(text, model::Limits().nesting_max) : base::invalid_argument("");
  if (!checked) {
    codec::append_json_string(json, text);
  } else if (checker_.cleaned() == nullptr) {
    json += checked->text();
  } else {
    // What is no text in it is for the import to see, on one line.
    std::replace_copy_if(
        text.begin(), text.end(), std::back_inserter(json), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  }
  return {};
}

// Nothing stands where no column is named, and something where the event needs it.
Result<void> RowDecoder::check_row(const std::vector<CsvField>& row) const {
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool has_column = i < columns_.size();
    if ((has_column && columns_[i].kind != Kind::kNameless) || row[i].text.empty()) continue;
    if (has_column) return bad_column(std::to_string(i + 1), "has no name, but a value");
    return base::invalid_argument("the row has " + std::to_string(row.size()) + " fields, and the header " +
                                  std::to_string(columns_.size()));
  }
  if (row.size() >= columns_.size()) return {};
  for (std::size_t i = row.size(); i < columns_.size(); ++i) {
    for (const Member member : kWanted) {
      if (columns_[i].name != codec::name_of(member)) continue;
      return base::invalid_argument("the row has " + std::to_string(row.size()) + " fields, and the header " +
                                    std::to_string(columns_.size()) + "; " + columns_[i].name + " is not among them");
    }
  }
  return {};
}

}  // namespace waybill::transfer
