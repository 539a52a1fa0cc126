#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/commands.h"
#include "store/event_store.h"

namespace waybill::cli {

// Lines of one file for one workspace, and where in the file they stand.
struct ImportBatch {
  std::string file;
  std::string workspace_sid;
  std::string_view place_word = "line";     // what line_numbers number: lines, or the events of other JSON
  std::string lines;                        // NDJSON
  std::vector<std::uint64_t> line_numbers;  // one for each line of `lines`
};

// A line of a batch that could not be stored, and why.
struct RejectedLine {
  std::string file;
  std::uint64_t line = 0;
  std::string problem;
  std::string_view place_word = "line";  // what `line` numbers (ImportBatch)

  [[nodiscard]] std::string place() const { return std::string(place_word) + " " + std::to_string(line); }
};

// What became of lines.
struct ImportOutcome {
  store::UnitOutcome stored;
  std::vector<RejectedLine> rejected;
};

// Where imported events go. Not for concurrent use.
class ImportTarget {
 public:
  ImportTarget() = default;
  ImportTarget(const ImportTarget&) = delete;
  ImportTarget& operator=(const ImportTarget&) = delete;
  virtual ~ImportTarget() = default;

  // Takes a batch. The answer tells of what has become durable since the last call, which need not be this batch yet;
  // lines that cannot be stored are kept aside where the events go. An error names the file and the line where it can;
  // the batch it is about is not stored, earlier ones are. kStorageFull where there is no room to keep lines aside.
  virtual base::Result<ImportOutcome> send(ImportBatch batch) = 0;

  // Keeps a line aside that names no workspace, if this place keeps such ones; says whether. `line.problem` says why.
  virtual base::Result<bool> keep_aside(const RejectedLine& line, std::string_view text) = 0;

  // Waits for everything sent, and tells of what was not told of yet. Fails as send() does; called again then, it tells
  // of what was stored all the same, unless that fails too.
  virtual base::Result<ImportOutcome> finish() = 0;
};

// A server's API. Credentials come from WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN; kInvalidArgument if they are unset.
base::Result<std::unique_ptr<ImportTarget>> open_server_target(const std::string& url, const Process& process);

// A data directory; kConflict if a server holds it. The events belong to the account that WAYBILL_ACCOUNT_SID names, or
// to the directory's first one.
base::Result<std::unique_ptr<ImportTarget>> open_directory_target(const std::filesystem::path& folder,
                                                                  const Process& process);

// The error of a batch with the file's line in place of the batch's: "line 3: sid: …" becomes "f.ndjson: line 1003: …",
// or "f.json: event 1003: …".
base::Error name_line(const base::Error& error, const ImportBatch& batch);

}  // namespace waybill::cli
