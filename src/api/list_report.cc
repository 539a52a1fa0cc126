#include "api/list_report.h"

#include <algorithm>

namespace waybill::api {
namespace {

// A stage that was never reached took no time.
std::int64_t microseconds(base::SteadyTime from, base::SteadyTime to) {
  return std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(to - from).count());
}

double ms(base::SteadyTime from, base::SteadyTime to) { return static_cast<double>(microseconds(from, to)) / 1000; }

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
  return out.empty() ? "-" : out;
}

void write_names(codec::JsonWriter& out, std::string_view key, const std::vector<std::string>& names) {
  out.key(key).begin_array();
  for (const std::string& name : names) out.text(name);
  out.end_array();
}

void write_indexes(codec::JsonWriter& out, std::string_view key, std::uint32_t in_all, std::uint32_t opened) {
  out.key(key).begin_object();
  out.key("in_all").number(in_all).key("opened").number(opened).key("skipped").number(in_all - opened);
  out.end_object();
}

}  // namespace

void write_report(codec::JsonWriter& out, const ListReport& report) {
  out.begin_object();
  out.member("account_sid", report.account).member("workspace_sid", report.workspace);
  write_names(out, "filters", report.filters);
  out.member("ordering", report.ordering).key("page_size").number(report.page_size);
  out.key("plan").begin_object();
  out.member("way", report.is_looked_up ? "lookup" : "search");
  write_names(out, "terms", report.terms);
  write_indexes(out, "segments", report.work.segments, report.work.segments_opened);
  write_indexes(out, "runs", report.work.runs, report.work.runs_opened);
  out.key("blocks").number(report.work.blocks).key("containers").number(report.work.containers);
  out.key("rows").number(static_cast<std::int64_t>(report.work.rows));
  out.key("records_read").number(static_cast<std::int64_t>(report.records_read));
  out.key("page_was_kept").boolean(report.page_was_kept);
  out.end_object();
  out.key("events").number(static_cast<std::int64_t>(report.events));
  out.key("microseconds").begin_object();
  out.key("finding").number(microseconds(report.began, report.found));
  out.key("reading").number(microseconds(report.found, report.read));
  out.key("showing").number(microseconds(report.read, report.ended));
  out.key("in_all").number(microseconds(report.began, report.ended));
  out.end_object().end_object();
}

void log_slow_list(const obs::Log& log, const std::string& request_id, const ListReport& report) {
  const model::FindingWork& work = report.work;
  log.frequent("a slow query", {{"request", request_id},
                                {"account", report.account},
                                {"workspace", report.workspace},
                                {"filters", joined(report.filters)},
                                {"ordering", report.ordering},
                                {"page_size", report.page_size},
                                {"way", report.is_looked_up ? "lookup" : "search"},
                                {"terms", joined(report.terms)},
                                {"segments", work.segments},
                                {"segments_opened", work.segments_opened},
                                {"runs", work.runs},
                                {"runs_opened", work.runs_opened},
                                {"blocks", work.blocks},
                                {"containers", work.containers},
                                {"rows", work.rows},
                                {"records_read", report.records_read},
                                {"page_was_kept", report.page_was_kept ? "yes" : "no"},
                                {"events", report.events},
                                {"ms", ms(report.began, report.ended)},
                                {"ms_finding", ms(report.began, report.found)},
                                {"ms_reading", ms(report.found, report.read)},
                                {"ms_showing", ms(report.read, report.ended)}});
}

}  // namespace waybill::api
