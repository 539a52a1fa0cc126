#include "transfer/columns.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "codec/event_extra.h"
#include "codec/json_writer.h"

namespace waybill::transfer {
namespace {

using base::Result;
using codec::Member;

// The members of event_data that the reference has for any type of event, or that were seen there.
// https://www.twilio.com/docs/taskrouter/api/event/reference
constexpr std::string_view kDataKeys[] = {"activity_sid",
                                          "activity_name",
                                          "activity_available",
                                          "task_sid",
                                          "task_attributes",
                                          "task_age",
                                          "task_priority",
                                          "task_assignment_status",
                                          "task_canceled_reason",
                                          "task_completed_reason",
                                          "worker_sid",
                                          "worker_name",
                                          "worker_attributes",
                                          "worker_activity_sid",
                                          "worker_activity_name",
                                          "worker_version",
                                          "operating_unit_sid",
                                          "task_queue_sid",
                                          "reservation_sid",
                                          "workflow_sid",
                                          "task_channel_sid",
                                          "task_channel_name",
                                          "task_channel_unique_name",
                                          "task_channel_optimized_routing",
                                          "task_queue_name",
                                          "task_queue_target_expression",
                                          "worker_time_in_previous_activity",
                                          "worker_time_in_previous_activity_ms",
                                          "worker_previous_activity_sid",
                                          "worker_channel_available",
                                          "worker_channel_available_capacity",
                                          "worker_channel_previous_capacity",
                                          "worker_channel_task_count",
                                          "workflow_name",
                                          "workspace_sid",
                                          "workspace_name",
                                          "task_version",
                                          "task_date_created",
                                          "task_queue_entered_date",
                                          "task_virtual_start_time",
                                          "reservation_version",
                                          "task_ignore_capacity",
                                          "worker_channel_capacity",
                                          "worker_channel_consumed_capacity",
                                          "reservation_reason_code",
                                          "reason",
                                          "task_transfer_sid",
                                          "transfer_mode",
                                          "transfer_type",
                                          "transfer_to",
                                          "transfer_status",
                                          "transfer_started",
                                          "transfer_initiating_reservation_sid",
                                          "transfer_initiating_worker_sid",
                                          "transfer_failed_reason",
                                          "previous_task_queue_sid",
                                          "previous_task_queue_name",
                                          "previous_task_priority",
                                          "target_changed_reason",
                                          "workflow_filter_expression",
                                          "workflow_filter_target_expression",
                                          "worker_previous_activity_name",
                                          "workflow_filter_name",
                                          "workflow_filter_target_name"};

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

base::Error bad_value(const Column& column, std::string_view rule) {
  return base::invalid_argument("column " + column.name + ": " + std::string(rule));
}

// In place of `event_data.*`.
Result<void> add_all_data(std::vector<Column>& columns) {
  for (const std::string_view key : kDataKeys) {
    Column column{std::string(kDataPrefix) + std::string(key), Member::kEventData, std::string(key)};
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) {
      return bad_value(column, "stands there, and " + std::string(kAllData) + " has it too");
    }
    columns.push_back(std::move(column));
  }
  return {};
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
    if (base::trim(name) == kAllData) {
      TRY(add_all_data(columns));
      continue;
    }
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

}  // namespace waybill::transfer
