#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/event_query.h"
#include "store/local/local_state.h"
#include "store/local/sid_table.h"

namespace waybill::store {

// The answer to a query out of one view, which `state` gave. kCorruption, naming file and place, if something it needs
// cannot be read.
base::Result<model::FoundPage> list_events(const LocalState& state, const View& view, const model::EventQuery& query,
                                           base::WallTime now);

struct KnownEvent {
  model::SortKey key;
  std::string record;
};
// What is known of an identity.
struct Lookup {
  std::optional<KnownEvent> event;  // not one that has expired, which is as if it had never been
  bool is_erased = false;           // the event, whose bytes are still there, must not be shown
  bool sid_is_known = false;        // without an event: that of one that is gone, or another's by chance
};
// Errors as above.
base::Result<Lookup> look_up(const LocalState& state, const View& view, const EventId& id, base::WallTime now);

// The same, if the event is one that `search` would find.
base::Result<std::optional<KnownEvent>> look_up_match(const LocalState& state, const View& view, const EventId& id,
                                                      const query::Search& search);

// The sids of all events that an erasure names and that are to be seen.
base::Result<std::vector<model::EventSid>> find_sids(const View& view, const ErasureRequest& request,
                                                     base::WallTime now);

// About how many of a workspace's events in a segment happened before `time`: those of whole blocks.
base::Result<std::uint64_t> count_rows_before(const segment::Segment& segment, model::WorkspaceNumber workspace,
                                              base::WallTime time);

}  // namespace waybill::store
