#include "transfer/export_request.h"

#include <algorithm>

#include "base/strings.h"
#include "transfer/json_members.h"

namespace waybill::transfer {
namespace {

using base::Result;

constexpr std::string_view kOrders[] = {"EventDate:asc", "EventDate:desc"};

std::string_view to_text(Order order) { return kOrders[static_cast<std::size_t>(order)]; }

}  // namespace

std::string_view to_text(FileFormat format) { return format == FileFormat::kNdjson ? "ndjson" : "csv"; }

Result<FileFormat> parse_file_format(std::string_view word) {
  for (const FileFormat format : {FileFormat::kNdjson, FileFormat::kCsv}) {
    if (word == to_text(format)) return format;
  }
  return base::invalid_argument(base::quoted_for_message(word) + " is neither ndjson nor csv");
}

std::string FileForm::ending() const {
  return "." + std::string(to_text(format)) + std::string(ending_of(compression));
}

std::string FileForm::called() const {
  const std::string name = format == FileFormat::kNdjson ? "NDJSON" : "CSV";
  return compression == Compression::kNone ? name : name + ", " + std::string(to_text(compression));
}

void write_request(codec::JsonWriter& out, const ExportRequest& request) {
  out.member("workspace_sid", request.workspace_sid);
  out.key("filters").begin_object();
  for (const auto& [name, value] : request.filters) out.member(name, value);
  out.end_object();
  out.member("ordering", to_text(request.order));
  out.member("seen_by", request.seen_by);
  out.member("file_format", to_text(request.form.format));
  out.member("compression", to_text(request.form.compression));
  out.key("columns").begin_array();
  for (const Column& column : request.form.columns) out.text(column.name);
  out.end_array();
}

Result<ExportRequest> read_request(codec::CheckedJson object) {
  ExportRequest request;
  TRY_ASSIGN(request.workspace_sid, get_text(object, "workspace_sid"));
  const auto filters = find_member(object, "filters");
  if (!filters || !filters->is_object()) return base::invalid_argument("filters: must be an object");
  for (codec::MemberScanner scan(*filters); scan.next();) {
    request.filters.emplace_back(scan.name(), scan.value().string().value_or(""));
  }
  TRY_ASSIGN(const std::string order, get_text(object, "ordering"));
  const auto* const known = std::find(std::begin(kOrders), std::end(kOrders), order);
  if (known == std::end(kOrders)) return base::invalid_argument("ordering: is none");
  request.order = static_cast<Order>(known - std::begin(kOrders));
  TRY_ASSIGN(request.seen_by, get_text(object, "seen_by"));
  TRY_ASSIGN(const std::string format, get_text(object, "file_format"));
  TRY_ASSIGN(request.form.format, parse_file_format(format));
  TRY_ASSIGN(const std::string compression, get_text(object, "compression"));
  TRY_ASSIGN(request.form.compression, parse_compression(compression));
  const auto columns = find_member(object, "columns");
  if (!columns || !columns->is_array()) return base::invalid_argument("columns: must be an array");
  std::string names;
  for (codec::ElementScanner scan(*columns); scan.next();) {
    names.append(names.empty() ? "" : ",").append(scan.value().string().value_or(""));
  }
  if (!names.empty()) {
    TRY_ASSIGN(request.form.columns, parse_columns(names));
  }
  return request;
}

Result<void> check_same_request(const ExportRequest& before, const ExportRequest& now) {
  const auto differs = [](std::string_view what, std::string_view was, std::string_view is) {
    return base::invalid_argument("it was begun with " + std::string(what) + " " + base::quoted_for_message(was) +
                                  ", not " + base::quoted_for_message(is));
  };
  const auto filters = [](const ExportRequest& request) {
    std::string out;
    for (const auto& [name, value] : request.filters) out.append(name).append("=").append(value).append(" ");
    return out;
  };
  if (before.workspace_sid != now.workspace_sid) {
    return differs("the workspace", before.workspace_sid, now.workspace_sid);
  }
  if (before.filters != now.filters) return differs("the filters", filters(before), filters(now));
  if (before.order != now.order) return differs("the ordering", to_text(before.order), to_text(now.order));
  if (before.seen_by != now.seen_by) return differs("the events as seen by", before.seen_by, now.seen_by);
  if (before.form.ending() != now.form.ending()) {
    return differs("files", before.form.ending(), now.form.ending());
  }
  if (before.form.columns != now.form.columns) {
    return differs("the columns", to_text(before.form.columns), to_text(now.form.columns));
  }
  return {};
}

}  // namespace waybill::transfer
