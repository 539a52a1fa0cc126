#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/workspace.h"
#include "store/event_store.h"

namespace waybill::store {

// What a person asks to be erased, in the words of the request; an empty text is an absent one.
struct ErasureWords {
  std::string task_sid;
  std::string worker_sid;
  std::string from;
  std::string to;
};

// The request they make for one workspace. Times are what base::parse_time reads, and both ends belong to the span. A
// task or a worker is erased from the beginning up to `now` where no time is given, so that what happens to it later is
// kept; without either, both times must be given. kInvalidArgument, naming the word, its value and the rule.
base::Result<ErasureRequest> parse_erasure(model::WorkspaceNumber workspace, const ErasureWords& words,
                                           base::WallTime now);

// How long a workspace's events are kept, in the same way: an age of at least a minute, `never` for ever, `default` as
// the store's own setting says. kInvalidArgument as above.
base::Result<std::optional<Retention>> parse_own_retention(std::string_view text);
std::string to_text(const std::optional<Retention>& retention);

}  // namespace waybill::store
