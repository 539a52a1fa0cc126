#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "backfill/event_types.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "base/thread.h"
#include "base/time_text.h"
#include "cli/address.h"
#include "cli/commands.h"
#include "cli/export_progress.h"
#include "cli/export_source.h"
#include "cli/page_queue.h"
#include "transfer/day_split.h"
#include "transfer/file_sink.h"

namespace waybill::cli {
namespace {

using base::Result;
using transfer::Compression;
using transfer::FileFormat;

constexpr const char* kStandardOutput = "-";

// Filters of which one would be left out silently.
Result<void> check_filters(const std::map<std::string, std::string>& filters) {
  if (filters.count("Minutes") == 0) return {};
  for (const auto& [name, flag] : {std::pair("StartDate", "--start-date"), std::pair("EndDate", "--end-date")}) {
    if (filters.count(name) == 0) continue;
    return base::invalid_argument("--minutes: means the last minutes, and stands beside " + std::string(flag) +
                                  "; give one of them");
  }
  return {};
}

// The list that is meant. An export without a window is of everything, where a list would be of fifteen minutes.
Result<ExportList> make_list(const ExportOptions& options, base::WallTime now) {
  const auto sid = model::WorkspaceSid::parse(options.workspace_sid);
  if (!sid) {
    return base::invalid_argument("--workspace: " + base::quoted_for_message(options.workspace_sid) + " " +
                                  sid.error().message());
  }
  TRY(check_filters(options.filters));
  ExportList list;
  list.workspace_sid = options.workspace_sid;
  for (const auto& [name, value] : options.filters) list.filters.emplace_back(name, value);
  const bool has_window = std::any_of(list.filters.begin(), list.filters.end(), [](const auto& filter) {
    return filter.first == "StartDate" || filter.first == "EndDate" || filter.first == "Minutes";
  });
  if (!has_window) list.filters.emplace_back("StartDate", base::to_second_text(base::kTimeMin));
  auto query = api::parse_event_list(http::encode_form(list.filters), now);
  if (!query) return base::invalid_argument(query.error().message);
  list.query = *std::move(query);
  return list;
}

// What a file's name ends with behind its last dot, in small letters; nothing for what is no such ending, as in a date.
std::string ending_in(std::string_view path) {
  const std::size_t folder = path.rfind('/');
  const std::string_view name = folder == std::string_view::npos ? path : path.substr(folder + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return {};
  const std::string ending = base::to_lower(name.substr(dot + 1));
  constexpr std::size_t kEndingMax = 8;
  const bool is_word = std::all_of(ending.begin(), ending.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  const bool has_letter = ending.find_first_not_of("0123456789") != std::string::npos;
  return is_word && has_letter && ending.size() <= kEndingMax ? ending : std::string();
}

// A name promises a form: one that cannot be written is refused, and any other that is not known unless the form is
// named.
Result<void> check_ending(const ExportOptions& options) {
  constexpr std::string_view kKnown[] = {"ndjson", "jsonl", "json", "csv", "txt", "gz", "zst"};
  constexpr std::string_view kForeign[] = {"xlsx", "xls", "ods",  "parquet", "avro", "orc", "arrow",  "feather",
                                           "zip",  "7z",  "rar",  "tar",     "tgz",  "bz2", "xz",     "lz4",
                                           "br",   "pdf", "html", "xml",     "tsv",  "db",  "sqlite", "duckdb"};
  const std::string_view compressed = transfer::ending_of(transfer::compression_of_name(options.out));
  const std::string ending = ending_in(std::string_view(options.out).substr(0, options.out.size() - compressed.size()));
  const bool is_foreign = std::find(std::begin(kForeign), std::end(kForeign), ending) != std::end(kForeign);
  const bool is_known = ending.empty() || std::find(std::begin(kKnown), std::end(kKnown), ending) != std::end(kKnown);
  const bool is_named = !options.format.empty() || !options.split.empty();
  if (!is_foreign && (is_known || is_named)) return {};
  const std::string hint = is_foreign ? "" : ", or name the form with --format";
  return base::invalid_argument("--out: export writes no ." + ending +
                                "; a file's name ends with .ndjson or .csv, and "
                                ".gz or .zst behind it" +
                                hint);
}

// The form that options and the file's name ask for.
Result<transfer::FileForm> make_form(const ExportOptions& options) {
  TRY(check_ending(options));
  transfer::FileForm form;
  form.compression = transfer::compression_of_name(options.out);
  if (!options.compress.empty()) {
    auto named = transfer::parse_compression(options.compress);
    if (!named) return named.error().while_doing("--compress");
    form.compression = *named;
  }
  const std::string_view ending = transfer::ending_of(transfer::compression_of_name(options.out));
  const std::string_view name = std::string_view(options.out).substr(0, options.out.size() - ending.size());
  if (name.ends_with(".csv")) form.format = FileFormat::kCsv;
  if (!options.format.empty()) {
    auto named = transfer::parse_file_format(options.format);
    if (!named) return named.error().while_doing("--format");
    form.format = *named;
  }
  if (form.format == FileFormat::kCsv) form.columns = transfer::all_members();
  if (options.columns.empty()) return form;
  if (form.format != FileFormat::kCsv) return base::invalid_argument("--columns: is for --format csv");
  auto columns = transfer::parse_columns(options.columns);
  if (!columns) return columns.error().while_doing("--columns");
  form.columns = *std::move(columns);
  return form;
}

// Standard output, a device or a pipe: written to directly, never replaced, and not resumed.
bool is_stream(const std::string& out) { return out == kStandardOutput || base::is_special_file(out); }

Result<void> check_target(const ExportOptions& options, const transfer::FileForm& form) {
  const bool to_stream = is_stream(options.out);
  if (!options.split.empty() && options.split != "day") {
    return base::invalid_argument("--split: " + base::quoted_for_message(options.split) + " is not day");
  }
  if (!options.split.empty() && to_stream) return base::invalid_argument("--split: needs a folder, --out DIR");
  if (options.resume && to_stream) {
    return base::invalid_argument("--resume: needs a file or a folder, --out; what a pipe took is gone");
  }
  if (to_stream && form.compression != Compression::kNone && isatty(STDOUT_FILENO) != 0) {
    return base::invalid_argument("--compress: compressed bytes are not for a terminal; name a file with --out");
  }
  return {};
}

Result<std::unique_ptr<transfer::ExportSink>> open_sink(const ExportOptions& options,
                                                        const transfer::ExportRequest& request,
                                                        const Process& process) {
  using transfer::DaySplit;
  using transfer::FileSink;
  if (!options.split.empty()) {
    const auto begin = options.resume ? DaySplit::Begin::kResume : DaySplit::Begin::kAnew;
    TRY_ASSIGN(auto split, DaySplit::open(process.files, options.out, request, begin));
    return std::unique_ptr<transfer::ExportSink>(std::move(split));
  }
  if (is_stream(options.out)) {
    auto out = base::standard_output();
    if (options.out != kStandardOutput) {
      TRY_ASSIGN(out, base::open_special_file(options.out));
    }
    return std::unique_ptr<transfer::ExportSink>(FileSink::to_stream(process.files, std::move(out), request));
  }
  const auto begin = options.resume ? FileSink::Begin::kResume : FileSink::Begin::kAnew;
  TRY_ASSIGN(auto file, FileSink::open(process.files, options.out, request, begin));
  return std::unique_ptr<transfer::ExportSink>(std::move(file));
}

// Reads the rest of a walk on a thread of its own, so that reading and compressing have a processor each.
Result<void> walk(ExportSource& source, transfer::ExportSink& sink, ExportProgress& progress) {
  PageQueue queue;
  const base::Thread reader("export", [&] {
    for (;;) {
      transfer::EventPage page;
      const auto more = source.next(page);
      if (!more) return queue.end(more.error());
      if (!*more) return queue.end({});
      if (!queue.push(std::move(page))) return;
    }
  });
  const auto write = [&]() -> Result<void> {
    for (;;) {
      TRY_ASSIGN(const auto page, queue.pop());
      if (!page) return {};
      TRY_ASSIGN(const bool goes_on, sink.append(*page));
      progress.counts(sink.counts());
      if (!goes_on) return {};
    }
  };
  auto done = write();
  queue.close();
  if (!done) source.stop();
  return done;
}

Result<void> export_all(ExportSource& source, transfer::ExportSink& sink, ExportProgress& progress) {
  for (;;) {
    TRY_ASSIGN(const auto token, sink.next_walk());
    if (!token) return sink.finish();
    TRY(source.begin(*token));
    TRY(walk(source, sink, progress));
  }
}

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

void tell(const std::string& line) { std::fputs((line + "\n").c_str(), stderr); }

// What may not be what was asked for: columns that never had a value, members that have no column, a type of event of
// which there is none.
void tell_doubts(const ExportOptions& options, const transfer::ExportSink& sink) {
  const auto type = options.filters.find("EventType");
  if (sink.counts().events == 0 && type != options.filters.end()) {
    const std::vector<std::string> known(backfill::kEventTypes.begin(), backfill::kEventTypes.end());
    const bool is_known = std::find(known.begin(), known.end(), type->second) != known.end();
    const auto meant = is_known ? std::nullopt : base::nearest(type->second, known);
    tell("no event of type " + base::printable(type->second) + (meant ? "; did you mean " + *meant + "?" : ""));
  }
  const std::vector<std::string_view> asked = base::split(options.columns, ',');
  const auto was_asked_for = [&asked](std::string_view name) {
    return std::any_of(asked.begin(), asked.end(), [name](std::string_view one) { return base::trim(one) == name; });
  };
  for (const auto& column : sink.rows().empty_columns()) {
    if (!was_asked_for(column.name)) continue;
    tell(column.name + " was empty in all " + with_commas(sink.rows().rows()) + " events" +
         (column.meant.empty() ? "" : "; did you mean " + column.meant + "?"));
  }
  if (!was_asked_for(transfer::kAllData)) return;
  for (const std::string& name : sink.rows().missing_columns()) {
    tell(name + " is in the events, and in no column; add it to --columns");
  }
}

}  // namespace

Result<void> run_export(const ExportOptions& given, const Process& process) {
  const ExportOptions options = with_default_url(given, process);
  if (options.url.empty() && options.data.empty()) {
    return base::invalid_argument("export: say where from: --url URL or --data DIR (or set WAYBILL_URL)");
  }
  TRY_ASSIGN(const ExportList list, make_list(options, process.clock.now()));
  transfer::ExportRequest request;
  TRY_ASSIGN(request.form, make_form(options));
  TRY(check_target(options, request.form));
  TRY_ASSIGN(const auto source, options.url.empty() ? open_directory_source(options, list, process)
                                                    : open_server_source(options, list, process));
  request.workspace_sid = list.workspace_sid;
  request.filters = list.filters;
  request.seen_by = source->seen_by();
  if (list.query.ordering == model::Direction::kNewestFirst) request.order = transfer::Order::kNewestFirst;
  TRY_ASSIGN(const auto sink, open_sink(options, request, process));
  const bool shows = options.progress || isatty(STDERR_FILENO) != 0;
  ExportProgress progress(process.clock, source->events_total(),
                          shows ? ExportProgress::Show::kLine : ExportProgress::Show::kNothing);
  auto done = export_all(*source, *sink, progress);
  if (!done) {
    sink->give_up();
    if (!sink->can_be_resumed()) return done;
    return base::Error(done.error().code(),
                       done.error().message() + "\nthe export is incomplete; run it again with --resume to continue");
  }
  progress.summary(sink->counts(), request.form.called(),
                   options.out == kStandardOutput ? "to standard output" : "in " + options.out);
  tell_doubts(options, *sink);
  return {};
}

}  // namespace waybill::cli
