#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "base/strings.h"
#include "cli/address.h"
#include "cli/commands.h"
#include "cli/gap_advice.h"
#include "cli/import_target.h"
#include "cli/progress.h"
#include "codec/event_json.h"
#include "codec/json_scan.h"
#include "transfer/event_file_reader.h"
#include "transfer/manifest.h"

namespace waybill::cli {
namespace {

using base::Result;
using transfer::EventFileReader;

// One request's worth: few enough bytes for every server's default limit.
constexpr std::size_t kBatchLines = 1000;
constexpr std::size_t kBatchBytes = 4UL * 1024 * 1024;
// Lines that wait until their workspace has a batch together.
constexpr std::size_t kWaitingBytesMax = 64UL * 1024 * 1024;
// Of lines that are kept aside the first tell what is wrong with such a file; the others can be looked at where they
// are kept. Of a line that is kept nowhere its name is the only trace.
constexpr std::uint64_t kKeptShownMax = 20;
constexpr std::uint64_t kLostShownMax = 1000;

// Where lines that could not be stored can be looked at.
struct Advice {
  std::string kept;  // the command that lists those that are kept aside
  std::string lost;  // what shows all that are kept nowhere; empty: nothing does
};

// Sorts the lines of a file into batches, each of one workspace, and hands them on.
class Importer {
 public:
  Importer(ImportTarget& target, Progress& progress, std::optional<transfer::Encoding> encoding)
      : target_(target), progress_(progress), encoding_(encoding) {}

  // Takes down what became of lines.
  void note(const ImportOutcome& outcome) {
    progress_.outcome(outcome.stored);
    for (const RejectedLine& line : outcome.rejected) note(line, true);
  }

  // What could not be stored. Nothing if there is none.
  [[nodiscard]] std::optional<std::string> rejected_text(const Advice& advice) const {
    const std::uint64_t rejected = kept_ + lost_;
    if (rejected == 0) return std::nullopt;
    std::string text = std::to_string(rejected) + (rejected == 1 ? " event" : " events") + " could not be stored";
    if (kept_ > 0) {
      text += "; " + (lost_ == 0 ? std::string(kept_ == 1 ? "it" : "they") : std::to_string(kept_) + " of them") +
              (kept_ == 1 ? " is" : " are") + " kept aside: " + advice.kept;
    }
    if (lost_ == 0) return text;
    text += "; " + std::to_string(lost_) + (lost_ == 1 ? " line is" : " lines are") + " kept nowhere; ";
    if (lost_ <= kLostShownMax) return text + (lost_ == 1 ? "it is" : "they are") + " named above";
    text += "the first " + std::to_string(kLostShownMax) + " are named above";
    return text + (advice.lost.empty() ? "" : "; to see all, " + advice.lost);
  }

  // Gives how many events the file had.
  Result<std::uint64_t> import_file(const std::string& name) {
    TRY_ASSIGN(EventFileReader reader, EventFileReader::open(name, encoding_));
    std::uint64_t events = 0;
    for (;;) {
      const auto event = reader.next();
      progress_.read(reader.text_bytes(), reader.file_bytes());
      if (!event) {
        // What stands before the place where the file is damaged is kept.
        TRY(send_all());
        return event.error();
      }
      if (!*event) break;
      ++events;
      progress_.event_read();
      TRY(add(name, reader, **event));
    }
    if (events == 0) std::fputs((name + ": has no events\n").c_str(), stderr);
    progress_.file_done();
    TRY(send_all());
    return events;
  }

 private:
  void note(const RejectedLine& line, bool is_kept) {
    std::uint64_t& count = is_kept ? kept_ : lost_;
    const std::uint64_t shown_max = is_kept ? kKeptShownMax : kLostShownMax;
    if (++count > shown_max) return;
    std::fprintf(stderr, "%s: %s: %s\n", line.file.c_str(), line.place().c_str(),
                 base::printable(line.problem).c_str());
    if (count < shown_max) return;
    std::fprintf(stderr, "more lines that are kept %s are not shown\n", is_kept ? "aside" : "nowhere");
  }

  // Of a line that belongs to no batch; an empty text is one that is too long to be kept.
  Result<void> keep_aside(const RejectedLine& rejected, std::string_view text) {
    const auto kept = text.empty() ? Result<bool>(false) : target_.keep_aside(rejected, text);
    if (!kept) return kept.error().while_doing(rejected.file + ": " + rejected.place());
    note(rejected, *kept);
    return {};
  }

  Result<void> add(const std::string& file, const EventFileReader& reader, std::string_view line) {
    RejectedLine rejected{file, reader.place_number(), "", reader.place_word()};
    if (reader.refused()) {
      rejected.problem = reader.refused()->message();
      return keep_aside(rejected, line);
    }
    auto workspace = codec::peek_workspace_sid(checker_, line);
    if (workspace && !model::WorkspaceSid::parse(*workspace)) {
      workspace = base::invalid_argument("workspace_sid: " + base::quoted_for_message(*workspace) + " is no workspace");
    }
    if (!workspace) {
      rejected.problem = workspace.error().message();
      return keep_aside(rejected, line);
    }
    ImportBatch& batch = waiting_[*workspace];
    if (batch.line_numbers.size() >= kBatchLines || batch.lines.size() + line.size() > kBatchBytes) TRY(send(batch));
    batch.file = file;
    batch.place_word = reader.place_word();
    batch.workspace_sid = *std::move(workspace);
    batch.lines += line;
    batch.lines += '\n';
    batch.line_numbers.push_back(reader.place_number());
    waiting_bytes_ += line.size();
    return waiting_bytes_ > kWaitingBytesMax ? send_all() : Result<void>();
  }

  // Leaves the batch empty, also where it fails.
  Result<void> send(ImportBatch& batch) {
    if (batch.line_numbers.empty()) return {};
    waiting_bytes_ -= std::min(waiting_bytes_, batch.lines.size());
    TRY_ASSIGN(const ImportOutcome outcome, target_.send(std::exchange(batch, {})));
    note(outcome);
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
  const std::optional<transfer::Encoding> encoding_;
  codec::JsonChecker checker_;
  std::map<std::string, ImportBatch> waiting_;  // by workspace
  std::size_t waiting_bytes_ = 0;
  // Lines that could not be stored.
  std::uint64_t kept_ = 0;  // aside
  std::uint64_t lost_ = 0;  // kept nowhere
};

// What is to be read: a file, or one of a folder's, with as many events as its manifest says.
struct Input {
  std::string name;
  std::optional<std::uint64_t> events;
};

// The files of a folder that an export was split into. Each is held against the manifest first, so that nothing is sent
// of a folder that is not whole.
Result<void> add_folder(const std::filesystem::path& folder, std::vector<Input>& inputs) {
  auto manifest = transfer::read_manifest(folder);
  if (!manifest && manifest.error().code() == base::ErrorCode::kNotFound) {
    return base::invalid_argument(folder.string() + ": is a folder without a " + transfer::kManifestFile +
                                  ", so it is no export; name the files in it");
  }
  if (!manifest) return std::move(manifest).error();
  if (!manifest->complete) {
    return base::invalid_argument(folder.string() +
                                  ": the export was cut off; go on with it (--resume), or name the files in it");
  }
  for (const transfer::DayFile& day : manifest->days) {
    TRY(transfer::check_day_file(folder, day));
    inputs.push_back({(folder / day.file).string(), day.counts.events});
  }
  return {};
}

Result<std::vector<Input>> find_inputs(const std::vector<std::string>& names) {
  std::vector<Input> inputs;
  for (const std::string& name : names) {
    std::error_code error;
    if (name != "-" && std::filesystem::is_directory(name, error)) {
      TRY(add_folder(name, inputs));
    } else {
      inputs.push_back({name, std::nullopt});
    }
  }
  return inputs;
}

// How many bytes the files have together; 0 if one of them does not say.
std::uint64_t total_bytes(const std::vector<Input>& inputs) {
  std::uint64_t total = 0;
  for (const Input& input : inputs) {
    std::error_code error;
    const std::uintmax_t bytes = std::filesystem::file_size(input.name, error);
    if (error) return 0;
    total += bytes;
  }
  return total;
}

Result<void> import_all(Importer& importer, const std::vector<Input>& inputs) {
  for (const Input& input : inputs) {
    TRY_ASSIGN(const std::uint64_t events, importer.import_file(input.name));
    if (input.events && events != *input.events) {
      return base::invalid_argument(input.name + ": has " + std::to_string(events) + " events, and the manifest says " +
                                    std::to_string(*input.events));
    }
  }
  return {};
}

Advice advice_for(const ImportOptions& options, const Process& process) {
  const std::string list = "waybill rejects list ";
  if (options.url.empty()) return {list + "--data " + shell_word(options.data.string()), ""};
  return {list + "--url " + shell_word(options.url) +
              (process.environment.find_trimmed("WAYBILL_ADMIN_TOKEN") ? "" : " --admin-token-file FILE") +
              (process.ca_file.empty() ? "" : " --ca-file " + shell_word(process.ca_file.string())),
          "import the file with --data DIR into an empty directory, which keeps them aside"};
}

}  // namespace

Result<void> run_import(const ImportOptions& given, const Process& process) {
  const ImportOptions options = with_default_url(given, process);
  if (options.url.empty() && options.data.empty()) {
    return base::invalid_argument("import: say where to: --url URL or --data DIR (or set WAYBILL_URL)");
  }
  std::optional<transfer::Encoding> encoding;
  if (!options.encoding.empty()) {
    const auto named = transfer::parse_encoding(options.encoding);
    if (!named) return named.error().while_doing("--encoding");
    encoding = *named;
  }
  TRY_ASSIGN(const std::vector<Input> inputs, find_inputs(options.files));
  TRY_ASSIGN(const auto target, options.url.empty() ? open_directory_target(options.data, process)
                                                    : open_server_target(options.url, process));
  Progress progress(process.clock, total_bytes(inputs), isatty(STDERR_FILENO) != 0);
  Importer importer(*target, progress, encoding);
  auto done = import_all(importer, inputs);
  auto rest = target->finish();
  if (!rest) {
    // It is about what was sent, which stands before whatever else went wrong.
    done = rest.error();
    rest = target->finish();
  }
  if (rest) importer.note(*rest);
  progress.summary();
  const auto rejected = importer.rejected_text(advice_for(options, process));
  return done && rejected ? base::conflict(*rejected) : done;
}

}  // namespace waybill::cli
