#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/commands.h"
#include "store/event_store.h"
#include "store/upkeep_words.h"

namespace waybill::cli {

// Whose workspace is meant, as it was typed.
struct WorkspaceWords {
  std::string account_sid;  // empty: the only account
  std::string workspace_sid;
};

// The note of an erasure, as a person reads it.
struct ErasureNote {
  std::string number;
  std::string workspace_sid;
  std::string subject;  // a task's or a worker's sid, or "all"
  std::string span;     // "2026-11-23T10:00:00.000Z to …"
  std::string events;
  std::string requested;
  std::string completed;  // empty: the rewriting goes on
};
ErasureNote to_note(const store::Erasure& erasure, const std::string& workspace_sid);
// The span between two times; an empty text is an open end.
std::string span_text(const std::string& from, const std::string& to);

// How much would go, as a person reads it.
struct Prospect {
  std::uint64_t events = 0;
  std::uint64_t rejects = 0;  // elements kept aside
  std::string text;           // "132,000 of 150,000 events, of … to …, and 2 elements kept aside"
};
Prospect to_prospect(const store::Removal& removal);

// Where upkeep is asked for. Not for concurrent use.
class UpkeepTarget {
 public:
  UpkeepTarget() = default;
  UpkeepTarget(const UpkeepTarget&) = delete;
  UpkeepTarget& operator=(const UpkeepTarget&) = delete;
  virtual ~UpkeepTarget() = default;

  // What it names is invisible when this returns. kInvalidArgument for words that mean nothing, kNotFound for an
  // account or a workspace that is not there.
  virtual base::Result<ErasureNote> erase(const WorkspaceWords& workspace, const store::ErasureWords& words) = 0;
  // What that would be, without doing it.
  virtual base::Result<Prospect> would_erase(const WorkspaceWords& workspace, const store::ErasureWords& words) = 0;
  // Sees to it that the bytes of what was erased leave the files: does it, or leaves it to a server. Gives a sentence
  // that says so.
  virtual base::Result<std::string> finish_erasing() = 0;
  virtual base::Result<std::vector<ErasureNote>> erasures() = 0;
  // Gives what is in force then, and what goes. kInvalidArgument where more than half would go that is kept as yet, and
  // nobody confirmed it; otherwise as erase().
  struct Retained {
    std::string age;
    Prospect prospect;
  };
  enum class RetainMode { kAsk, kConfirmed, kDryRun };
  virtual base::Result<Retained> retain(const WorkspaceWords& workspace, const std::string& age, RetainMode mode) = 0;
};

// A server, asked with the administrator's token; kInvalidArgument if there is none.
base::Result<std::unique_ptr<UpkeepTarget>> open_server_upkeep(const UpkeepPlace& place, const Process& process);

// A data directory. What changes it is kConflict while a server holds it.
base::Result<std::unique_ptr<UpkeepTarget>> open_directory_upkeep(const UpkeepPlace& place, const Process& process);

}  // namespace waybill::cli
