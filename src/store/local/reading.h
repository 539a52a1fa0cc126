#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/event_query.h"
#include "store/local/local_state.h"
#include "store/local/sid_table.h"

namespace waybill::store {

// What a sid is looked up in, beside a view.
struct SidPlaces {
  explicit SidPlaces(const LocalState& state);
  SidPlaces(const SidTable& tail, std::uint64_t key, std::function<std::shared_ptr<const Archive>()> archive)
      : tail_sids(tail), sid_key(key), newest_archive(std::move(archive)) {}

  const SidTable& tail_sids;
  std::uint64_t sid_key = 0;  // of the store's sid files
  // As of now: what left `tail_sids` since the view was taken is in there.
  std::function<std::shared_ptr<const Archive>()> newest_archive;
  // For who must not wait for a look at a damaged sid file (Archive::find).
  std::vector<Archive::UnseenPlace>* unseen = nullptr;
};

// The answer to a query out of one view; without what is `known`, if that is given (EventReader::list_unknown).
// kCorruption, naming file and place, if something it needs cannot be read. Here and below, `places` are those of the
// store that gave the view.
base::Result<model::FoundPage> list_events(const SidPlaces& places, const View& view, const model::EventQuery& query,
                                           base::WallTime now, KnownRecords* known = nullptr);

struct KnownEvent {
  model::SortKey key;
  std::string record;
};
// What is known of an identity.
struct Lookup {
  std::optional<KnownEvent> event;  // not one that is too old, which is as if it had never been
  bool is_erased = false;           // the event, whose bytes are still there, must not be shown
  bool sid_is_known = false;        // without an event: that of one that is gone, or another's by chance
};
// Events before `oldest` are too old. Errors as above.
base::Result<Lookup> look_up(const SidPlaces& places, const View& view, const EventId& id, base::WallTime oldest);

// The same, if the event is one that `search` would find.
base::Result<std::optional<KnownEvent>> look_up_match(const SidPlaces& places, const View& view, const EventId& id,
                                                      const query::Search& search);

// What finds the events that an erasure names and that are to be seen.
query::Search search_of(const View& view, const ErasureRequest& request, base::WallTime now);

struct NamedEvent {
  model::SortKey key;
  model::EventSid sid{model::SidBytes{}};
};
// Visits all of them above a position, oldest first, `at_once` at a time, without holding more in memory.
base::Result<void> for_each_named(const View& view, const ErasureRequest& request, base::WallTime now,
                                  model::Position above, std::size_t at_once,
                                  const std::function<base::Result<void>(const std::vector<NamedEvent>&)>& visit);

// How many those are, and when the first and the last of them happened.
base::Result<Removal> count_named(const View& view, const ErasureRequest& request, base::WallTime now);

// Whether a workspace has an event, seen or not, that happened at `from` or later and before `to`. REQUIRES: from < to.
base::Result<bool> has_event_between(const View& view, model::WorkspaceNumber workspace, base::WallTime from,
                                     base::WallTime to);

// About how many of a workspace's events in a segment happened before `time`: those of whole blocks.
base::Result<std::uint64_t> count_rows_before(const segment::Segment& segment, model::WorkspaceNumber workspace,
                                              base::WallTime time);

}  // namespace waybill::store
