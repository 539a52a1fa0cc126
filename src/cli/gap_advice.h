#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "cli/known_spans.h"

namespace waybill::cli {

// How the command that is printed names where the events go, ready for a shell.
struct GapPlace {
  std::string arguments;  // --url http://127.0.0.1:8080
  std::string remark;     // what must be put in first; empty if it works as it stands
  std::string prefix;     // what must stand before the command, such as a variable; usually empty
};

enum class NextStep {
  kNothingKnown,    // no pull, no feed and no gap
  kNothingSettled,  // all that is known is too young to be proven
  kServerCloses,    // spans are open, and the server pulls them by itself
  kClose,           // spans are open: the command pulls them
  kProve,           // nothing is open, and the command proves what is claimed
  kNothingOpen,     // all that has settled is proven
};

// What to do about what is known of a workspace.
struct GapAdvice {
  NextStep step = NextStep::kNothingKnown;
  std::string command;                  // of kClose and kProve, on one line
  std::string remark;                   // what in the command only stands for something; empty: it works as pasted
  std::string upstream;                 // of kServerCloses
  std::optional<base::WallTime> after;  // of kNothingSettled: when a backfill can prove something
};

// Pure. `upstream` is where the command pulls from; empty: the upstream of the newest pull, else the one the server
// pulls from. What settled less than a minute ago is left for the next time.
GapAdvice advice_of(const KnownWorkspace& known, const std::string& upstream, const GapPlace& place);

// Whether something that has settled is open, other than what settled less than a minute ago.
bool has_settled_gap(const KnownWorkspace& known);

// What `waybill gaps` prints of one workspace: its spans, and the advice.
std::string to_text(const KnownWorkspace& known, const GapAdvice& advice);

// One word of a shell.
std::string shell_word(const std::string& text);

}  // namespace waybill::cli
