#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

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

// The list that is meant. An export without a window is of everything, where a list would be of fifteen minutes.
Result<ExportList> make_list(const ExportOptions& options, base::WallTime now) {
  const auto sid = model::WorkspaceSid::parse(options.workspace_sid);
  if (!sid) {
    return base::invalid_argument("--workspace: " + base::quoted_for_message(options.workspace_sid) + " " +
                                  sid.error().message());
  }
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

// The form that options and the file's name ask for.
Result<transfer::FileForm> make_form(const ExportOptions& options) {
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

Result<void> check_target(const ExportOptions& options, const transfer::FileForm& form) {
  const bool to_stream = options.out == kStandardOutput;
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
  if (options.out == kStandardOutput) {
    return std::unique_ptr<transfer::ExportSink>(FileSink::to_stream(process.files, base::standard_output(), request));
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
    return base::Error(done.error().code(), done.error().message() + "\nwhat is there can be gone on with: --resume");
  }
  progress.summary(sink->counts(), options.out == kStandardOutput ? "to standard output" : "in " + options.out);
  return {};
}

}  // namespace waybill::cli
