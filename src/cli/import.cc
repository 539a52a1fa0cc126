#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include "base/strings.h"
#include "cli/commands.h"
#include "cli/import_target.h"
#include "cli/line_reader.h"
#include "cli/progress.h"
#include "codec/event_json.h"
#include "codec/json_scan.h"

namespace waybill::cli {
namespace {

using base::Result;

// One request's worth: few enough bytes for every server's default limit.
constexpr std::size_t kBatchLines = 1000;
constexpr std::size_t kBatchBytes = 4UL * 1024 * 1024;
// Lines that wait until their workspace has a batch together.
constexpr std::size_t kWaitingBytesMax = 64UL * 1024 * 1024;

// Sorts the lines of a file into batches, each of one workspace, and hands them on.
class Importer {
 public:
  Importer(ImportTarget& target, Progress& progress) : target_(target), progress_(progress) {}

  Result<void> import_file(const std::string& name) {
    TRY_ASSIGN(LineReader reader, LineReader::open(name));
    std::string line;
    for (;;) {
      TRY_ASSIGN(const bool more, reader.next(line));
      if (!more) break;
      progress_.bytes(line.size() + 1);
      if (base::trim(line).empty()) continue;
      TRY(add(name, reader.line_number(), line));
    }
    return send_all();
  }

 private:
  Result<void> add(const std::string& file, std::uint64_t number, const std::string& line) {
    auto workspace = codec::peek_workspace_sid(checker_, line);
    if (!workspace) return std::move(workspace).error().while_doing(file + ": line " + std::to_string(number));
    ImportBatch& batch = waiting_[*workspace];
    if (batch.line_numbers.size() >= kBatchLines || batch.lines.size() + line.size() > kBatchBytes) TRY(send(batch));
    batch.file = file;
    batch.workspace_sid = *std::move(workspace);
    batch.lines += line;
    batch.lines += '\n';
    batch.line_numbers.push_back(number);
    waiting_bytes_ += line.size();
    return waiting_bytes_ > kWaitingBytesMax ? send_all() : Result<void>();
  }

  // Leaves the batch empty, also where it fails.
  Result<void> send(ImportBatch& batch) {
    if (batch.line_numbers.empty()) return {};
    waiting_bytes_ -= std::min(waiting_bytes_, batch.lines.size());
    TRY_ASSIGN(const store::UnitOutcome outcome, target_.send(std::exchange(batch, {})));
    progress_.outcome(outcome);
    return {};
  }

  Result<void> send_all() {
    for (auto& [workspace, batch] : waiting_) TRY(send(batch));
    waiting_.clear();
    waiting_bytes_ = 0;
    return {};
  }

  ImportTarget& target_;
  Progress& progress_;
  codec::JsonChecker checker_;
  std::map<std::string, ImportBatch> waiting_;  // by workspace
  std::size_t waiting_bytes_ = 0;
};

}  // namespace

Result<void> run_import(const ImportOptions& options, const Process& process) {
  if (options.url.empty() && options.data.empty()) {
    return base::invalid_argument("import: say where to: --url URL or --data DIR");
  }
  TRY_ASSIGN(const auto target, options.url.empty() ? open_directory_target(options.data, process)
                                                    : open_server_target(options.url, process));
  Progress progress(process.clock, total_bytes(options.files), isatty(STDERR_FILENO) != 0);
  Importer importer(*target, progress);
  Result<void> done;
  for (const std::string& file : options.files) {
    done = importer.import_file(file);
    if (!done) break;
  }
  auto rest = target->finish();
  if (rest) progress.outcome(*rest);
  progress.summary();
  if (done && !rest) return std::move(rest).error();
  return done;
}

}  // namespace waybill::cli
