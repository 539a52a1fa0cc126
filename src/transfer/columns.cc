#include "transfer/columns.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "codec/event_extra.h"
#include "codec/json_writer.h"
#include "model/limits.h"

namespace waybill::transfer {
namespace {

using base::Result;
using codec::CheckedJson;
using codec::Member;

constexpr std::string_view kDataPrefix = "event_data.";

std::optional<Member> find_member(std::string_view name) {
  for (std::size_t i = 0; i < codec::kMemberCount; ++i) {
    if (codec::name_of(static_cast<Member>(i)) == name) return static_cast<Member>(i);
  }
  return std::nullopt;
}

base::Error unknown_column(std::string_view name) {
  std::vector<std::string> known;
  for (const Column& column : all_members()) known.push_back(column.name);
  const auto meant = base::nearest(name, known);
  return base::invalid_argument("column " + base::quoted_for_message(name) +
                                ": is neither a member of an event nor event_data.KEY" +
                                (meant ? "; did you mean " + *meant + "?" : std::string()));
}

Result<Column> parse_column(std::string_view name) {
  if (name == codec::kExtraMember) return Column{std::string(name), Member::kEventData, "", true};
  if (const auto member = find_member(name)) return Column{std::string(name), *member, ""};
  const bool is_data = name.starts_with(kDataPrefix) && name.size() > kDataPrefix.size();
  if (!is_data) return unknown_column(name);
  return Column{std::string(name), Member::kEventData, std::string(name.substr(kDataPrefix.size()))};
}

// The value as a field: nothing for null and for what is not there.
void append_value(std::string& out, CheckedJson value) {
  if (value.text().empty() || value.is_null()) return;
  if (const auto plain = value.plain_string()) return append_csv_field(out, *plain);
  if (const auto text = value.string()) return append_csv_field(out, *text);
  append_csv_field(out, value.text());
}

bool has_column(const std::vector<Column>& columns, Member member) {
  return std::any_of(columns.begin(), columns.end(), [member](const Column& column) {
    return column.member == member && column.data_key.empty() && !column.is_extra;
  });
}

base::Error bad_value(const Column& column, std::string_view rule) {
  return base::invalid_argument("column " + column.name + ": " + std::string(rule));
}

}  // namespace

std::vector<Column> all_members() {
  std::vector<Column> columns;
  for (std::size_t i = 0; i < codec::kMemberCount; ++i) {
    const auto member = static_cast<Member>(i);
    columns.push_back({std::string(codec::name_of(member)), member, ""});
  }
  columns.push_back({std::string(codec::kExtraMember), Member::kEventData, "", true});
  return columns;
}

Result<std::vector<Column>> parse_columns(std::string_view names) { return parse_columns(base::split(names, ',')); }

Result<std::vector<Column>> parse_columns(const std::vector<std::string_view>& names) {
  std::vector<Column> columns;
  for (const std::string_view name : names) {
    TRY_ASSIGN(Column column, parse_column(base::trim(name)));
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) {
      return bad_value(column, "stands there twice");
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

std::string to_text(const std::vector<Column>& columns) {
  std::string out;
  for (const Column& column : columns) out.append(out.empty() ? "" : ",").append(column.name);
  return out;
}

void append_csv_header(std::string& out, const std::vector<Column>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += ',';
    append_csv_field(out, columns[i].name);
  }
  out += kCsvRowEnd;
}

Result<void> append_csv_row(std::string& out, CheckedJson event, const std::vector<Column>& columns) {
  TRY_ASSIGN(const codec::EventMembers members, codec::locate_members(event));
  const CheckedJson data = members[Member::kEventData];
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += ',';
    const Column& column = columns[i];
    if (column.is_extra) {
      for (const auto& [name, value] : members.others) {
        if (name == codec::kExtraMember) append_value(out, value);
      }
      continue;
    }
    if (column.data_key.empty()) {
      append_value(out, members[column.member]);
      continue;
    }
    if (!data.is_object()) continue;
    CheckedJson value;
    for (codec::MemberScanner scan(data); scan.next();) {
      if (scan.name() == column.data_key) value = scan.value();
    }
    append_value(out, value);
  }
  out += kCsvRowEnd;
  return {};
}

Result<RowDecoder> RowDecoder::make(const std::vector<CsvField>& header) {
  std::vector<std::string_view> names;
  for (const CsvField& field : header) names.emplace_back(field.text);
  TRY_ASSIGN(std::vector<Column> columns, parse_columns(names));
  for (const Member member : {Member::kSid, Member::kEventType, Member::kWorkspaceSid, Member::kEventData}) {
    if (has_column(columns, member)) continue;
    return base::invalid_argument("column " + std::string(codec::name_of(member)) +
                                  ": is missing; an event cannot be made again without it");
  }
  if (!has_column(columns, Member::kEventDate) && !has_column(columns, Member::kEventDateMs)) {
    return base::invalid_argument("column event_date_ms: is missing, and so is event_date; one must be there");
  }
  return RowDecoder(std::move(columns));
}

Result<void> RowDecoder::decode(const std::vector<CsvField>& row, std::string& json) {
  if (row.size() != columns_.size()) {
    return base::invalid_argument("the row has " + std::to_string(row.size()) + " fields, and the header " +
                                  std::to_string(columns_.size()));
  }
  json.clear();
  json += '{';
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Column& column = columns_[i];
    const CsvField& field = row[i];
    if (!column.data_key.empty() || (field.text.empty() && !field.quoted)) continue;
    if (json.size() > 1) json += ',';
    json.append("\"").append(column.name).append("\":");
    const bool is_json =
        column.is_extra || column.member == Member::kEventData || column.member == Member::kEventDateMs;
    const auto checked = is_json ? checker_.check(field.text, model::Limits().nesting_max) : base::invalid_argument("");
    if (checked) {
      json += checked->text();
    } else {
      codec::append_json_string(json, field.text);
    }
  }
  json += '}';
  return {};
}

}  // namespace waybill::transfer
