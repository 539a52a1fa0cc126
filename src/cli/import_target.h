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

// Where imported events go. Not for concurrent use.
class ImportTarget {
 public:
  ImportTarget() = default;
  ImportTarget(const ImportTarget&) = delete;
  ImportTarget& operator=(const ImportTarget&) = delete;
  virtual ~ImportTarget() = default;

  // Takes a batch. The answer counts what has become durable since the last call, which need not be this batch yet. An
  // error names the file and the line where it can; the batch it is about is not stored, earlier ones are.
  virtual base::Result<store::UnitOutcome> send(ImportBatch batch) = 0;

  // Waits for everything sent, and counts what was not counted yet. Fails as send() does; called again then, it counts
  // what was stored all the same, unless that fails too.
  virtual base::Result<store::UnitOutcome> finish() = 0;
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
