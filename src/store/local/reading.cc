#include "store/local/reading.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "query/term_key.h"
#include "store/local/counting.h"

namespace waybill::store {
namespace {

using query::Match;

// Records are read so many at a time, since the bytes of a page are known only once they are there.
constexpr std::size_t kRecordsAtOnce = 128;

// The sources of a view that have events above a position, numbered: the tail's runs, the segments, and behind them the
// loose events.
class Sources {
 public:
  explicit Sources(const View& view, model::Position above = model::kNoPosition) : view_(view) {
    const Segments& segments = view.archive->segments();
    all_.reserve(view.tail.runs().size() + segments.size());
    for (const auto& run : view.tail.runs()) {
      if (run->index->summary().position_max > above) add(*run->index, runs_of_, *run);
    }
    runs_ = runs_of_.size();
    for (const auto& segment : segments) {
      if (segment->summary().position_max > above) add(*segment, segments_of_, *segment);
    }
  }

  [[nodiscard]] base::Result<std::vector<Match>> search(const query::Search& asked,
                                                        query::SearchWork* work = nullptr) const {
    return query::search(asked, all_, view_.tail.find_loose(asked, static_cast<std::uint32_t>(all_.size())), work);
  }

  // What was touched, told of memory and of files.
  [[nodiscard]] model::FindingWork told(const query::SearchWork& work) const {
    model::FindingWork told;
    told.runs = static_cast<std::uint32_t>(runs_);
    told.segments = static_cast<std::uint32_t>(all_.size() - runs_);
    for (const std::uint32_t source : work.opened) ++(source < runs_ ? told.runs_opened : told.segments_opened);
    told.blocks = work.inside.blocks;
    told.containers = work.inside.containers;
    told.rows = work.inside.rows;
    return told;
  }

  // The event, where it lies in memory.
  [[nodiscard]] const TailEvent* tail_event(const Match& match) const {
    if (match.source < runs_) return runs_of_[match.source]->events[match.row];
    return match.source == all_.size() ? &view_.tail.loose()[match.row] : nullptr;
  }
  // REQUIRES: it lies in no memory.
  [[nodiscard]] const segment::Segment& segment_of(const Match& match) const {
    return *segments_of_[match.source - runs_];
  }

 private:
  template <class File>
  void add(const query::Source& source, std::vector<const File*>& files, const File& file) {
    all_.push_back(&source);
    files.push_back(&file);
  }

  const View& view_;
  std::vector<const TailRun*> runs_of_;
  std::vector<const segment::Segment*> segments_of_;
  std::size_t runs_ = 0;
  std::vector<const query::Source*> all_;
};

// Reads the records of some matches into `events`, which are theirs; those of one segment together. `is_known` says of
// which none is wanted.
base::Result<void> read_records(const Sources& sources, std::span<const Match> matches,
                                const std::vector<bool>& is_known, std::span<model::FoundEvent> events) {
  std::vector<std::uint32_t> order;
  order.reserve(matches.size());
  for (std::uint32_t i = 0; i < matches.size(); ++i) {
    if (is_known[i]) continue;
    if (const TailEvent* event = sources.tail_event(matches[i])) {
      events[i].record = event->record;
    } else {
      order.push_back(i);
    }
  }
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(matches[a].source, a) < std::pair(matches[b].source, b);
  });
  std::vector<std::uint32_t> rows;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    rows.clear();
    while (end < order.size() && matches[order[end]].source == matches[order[begin]].source) {
      rows.push_back(matches[order[end++]].row);
    }
    TRY_ASSIGN(std::vector<std::string> read, sources.segment_of(matches[order[begin]]).records(rows));
    for (std::size_t i = begin; i < end; ++i) events[order[i]].record = std::move(read[i - begin]);
    begin = end;
  }
  return {};
}

// Fills in the records of a page, and cuts it where they reach `bytes_max`.
base::Result<void> add_records(const Sources& sources, std::span<const Match> matches, std::size_t bytes_max,
                               KnownRecords* known, std::vector<model::FoundEvent>& events) {
  if (known != nullptr && known->has_page(events)) return {};
  std::size_t done = 0;
  std::size_t bytes = 0;
  while (done < events.size() && bytes < bytes_max) {
    const std::size_t count = std::min(kRecordsAtOnce, events.size() - done);
    std::vector<bool> is_known(count);
    std::vector<std::size_t> lengths(count);
    for (std::size_t i = 0; known != nullptr && i < count; ++i) {
      const auto length = known->has_record(done + i, events[done + i].key);
      is_known[i] = length.has_value();
      lengths[i] = length.value_or(0);
    }
    TRY(read_records(sources, matches.subspan(done, count), is_known, std::span(events).subspan(done, count)));
    for (std::size_t i = 0; i < count && bytes < bytes_max; ++i, ++done)
      bytes += lengths[i] + events[done].record.size();
  }
  events.resize(done);
  return {};
}

// One event, wherever it lies.
struct Located {
  const TailEvent* in_tail = nullptr;
  std::optional<Archive::Place> sealed;
  std::shared_ptr<const Archive> archive;  // keeps `sealed` alive
  bool sid_is_known = false;
};

base::Result<Located> locate(const SidPlaces& places, const View& view, const EventId& id, base::WallTime oldest) {
  Located found;
  // What stands in the table but not in this view's tail was committed or sealed since the view was taken.
  const auto key = places.tail_sids.find(id);
  if (key && oldest <= key->time) found.in_tail = view.tail.find(*key);
  if (found.in_tail != nullptr) return found;
  found.archive = view.archive;
  TRY_ASSIGN(Archive::Found sealed, found.archive->find(id.workspace, id.sid, oldest, places.sid_key, places.unseen));
  if (!sealed.place) {
    // It may have left the table since, when it was sealed.
    const auto newest = places.newest_archive();
    if (newest != found.archive) {
      found.archive = newest;
      TRY_ASSIGN(sealed, newest->find(id.workspace, id.sid, oldest, places.sid_key, places.unseen));
    }
  }
  found.sealed = std::move(sealed.place);
  found.sid_is_known = sealed.is_known;
  return found;
}

base::Result<KnownEvent> read_sealed(const Archive::Place& place) {
  TRY_ASSIGN(const model::SortKey key, place.segment->key(place.row));
  const std::uint32_t rows[] = {place.row};
  TRY_ASSIGN(auto records, place.segment->records(rows));
  return KnownEvent{key, std::move(records.front())};
}

base::Result<bool> has_term(const Archive::Place& place, std::string_view term_key) {
  TRY_ASSIGN(const auto term, place.segment->find_term(term_key));
  if (!term) return false;
  return place.segment->has_term(place.row, *term);
}

base::Result<bool> is_erased(const Archive::Place& place, base::WallTime time, model::WorkspaceNumber workspace,
                             const Rules& rules) {
  // Of those that are completed nothing is left.
  for (const RecordedErasure& erasure : rules.pending()) {
    const ErasureRequest& request = erasure.note.request;
    if (request.workspace != workspace || time < request.from || request.to < time) continue;
    TRY_ASSIGN(const bool is_one, has_term(place, erased_key(request)));
    if (is_one) return true;
  }
  return false;
}

base::Result<bool> is_match(const Archive::Place& place, const query::Search& search) {
  TRY_ASSIGN(const model::SortKey key, place.segment->key(place.row));
  if (key < search.low || search.high < key || search.horizon < key.position) return false;
  for (const std::string& wanted : search.term_keys) {
    TRY_ASSIGN(const bool has, has_term(place, wanted));
    if (!has) return false;
  }
  for (const query::Exclusion& exclusion : search.exclusions) {
    if (key.time < exclusion.from || exclusion.to < key.time) continue;
    TRY_ASSIGN(const bool has, has_term(place, exclusion.term_key));
    if (has) return false;
  }
  return true;
}

// A sid names one event at most: it is looked up, and the other conditions are held against it.
base::Result<model::FoundPage> list_one(const SidPlaces& places, const View& view, const model::EventQuery& query,
                                        base::WallTime now) {
  query::Search search = query::make_search(query, view.horizon);
  view.rules->apply(search, now);
  model::FoundPage page;
  page.horizon = search.horizon;
  TRY_ASSIGN(auto found, look_up_match(places, view, {query.workspace, *query.sid}, search));
  if (found) page.events.push_back({found->key, std::move(found->record)});
  return page;
}

}  // namespace

SidPlaces::SidPlaces(const LocalState& state)
    : SidPlaces(state.tail_sids, state.facts.sid_key, [&state] { return state.view().archive; }) {}

base::Result<model::FoundPage> list_events(const SidPlaces& places, const View& view, const model::EventQuery& query,
                                           base::WallTime now, KnownRecords* known) {
  if (query.sid) return list_one(places, view, query, now);
  query::Search search = query::make_search(query, view.horizon);
  view.rules->apply(search, now);
  search.limit = std::size_t{query.limit} + 1;
  const Sources sources(view);
  query::SearchWork work;
  TRY_ASSIGN(const std::vector<Match> found, sources.search(search, &work));
  model::FoundPage page;
  page.work = sources.told(work);
  page.horizon = search.horizon;
  const auto wanted = std::span(found).first(std::min<std::size_t>(found.size(), query.limit));
  page.events.reserve(wanted.size());
  for (const Match& match : wanted) page.events.push_back({match.key, {}});
  TRY(add_records(sources, wanted, query.bytes_max, known, page.events));
  page.more = page.events.size() < found.size();
  return page;
}

base::Result<Lookup> look_up(const SidPlaces& places, const View& view, const EventId& id, base::WallTime oldest) {
  TRY_ASSIGN(const Located located, locate(places, view, id, oldest));
  Lookup found;
  found.sid_is_known = located.sid_is_known;
  if (const TailEvent* event = located.in_tail) {
    found.event = KnownEvent{event->row.key, event->record};
    found.is_erased = view.rules->is_erased(id.workspace, event->row.key.time, event->row.terms);
  } else if (located.sealed) {
    TRY_ASSIGN(found.event, read_sealed(*located.sealed));
    TRY_ASSIGN(found.is_erased, is_erased(*located.sealed, found.event->key.time, id.workspace, *view.rules));
  }
  return found;
}

base::Result<std::optional<KnownEvent>> look_up_match(const SidPlaces& places, const View& view, const EventId& id,
                                                      const query::Search& search) {
  TRY_ASSIGN(const Located located, locate(places, view, id, search.low.time));
  if (const TailEvent* event = located.in_tail) {
    if (!query::matches(search, id.workspace, event->row.key, event->row.terms)) return std::optional<KnownEvent>();
    return std::optional(KnownEvent{event->row.key, event->record});
  }
  if (!located.sealed) return std::optional<KnownEvent>();
  TRY_ASSIGN(const bool matches, is_match(*located.sealed, search));
  if (!matches) return std::optional<KnownEvent>();
  TRY_ASSIGN(KnownEvent event, read_sealed(*located.sealed));
  return std::optional(std::move(event));
}

query::Search search_of(const View& view, const ErasureRequest& request, base::WallTime now) {
  model::EventQuery query;
  query.workspace = request.workspace;
  if (request.subject) query.terms = {*request.subject};
  query.from = request.from;
  query.to = request.to;
  query::Search search = query::make_search(query, view.horizon);
  view.rules->apply(search, now);
  return search;
}

namespace {

// Visits what a search finds above a position, in rising order, some matches at a time.
base::Result<void> for_each_match(const Sources& sources, query::Search search, model::Position above,
                                  std::size_t at_once,
                                  const std::function<base::Result<void>(const std::vector<Match>&)>& visit) {
  search.limit = at_once;
  for (;;) {
    TRY_ASSIGN(std::vector<Match> found, sources.search(search));
    if (found.empty()) return {};
    const bool is_last = found.size() < at_once;
    const model::SortKey& last = found.back().key;
    search.low = {last.time, model::Position{to_number(last.position) + 1}};
    std::erase_if(found, [&](const Match& match) { return match.key.position <= above; });
    if (!found.empty()) TRY(visit(found));
    if (is_last) return {};
  }
}

}  // namespace

base::Result<void> for_each_named(const View& view, const ErasureRequest& request, base::WallTime now,
                                  model::Position above, std::size_t at_once,
                                  const std::function<base::Result<void>(const std::vector<NamedEvent>&)>& visit) {
  const Sources sources(view, above);
  std::vector<NamedEvent> events;
  return for_each_match(sources, search_of(view, request, now), above, at_once,
                        [&](const std::vector<Match>& matches) -> base::Result<void> {
                          events.clear();
                          for (const Match& match : matches) {
                            if (const TailEvent* event = sources.tail_event(match)) {
                              events.push_back({match.key, event->sid});
                              continue;
                            }
                            TRY_ASSIGN(const model::EventSid sid, sources.segment_of(match).sid(match.row));
                            events.push_back({match.key, sid});
                          }
                          return visit(events);
                        });
}

base::Result<Removal> count_named(const View& view, const ErasureRequest& request, base::WallTime now) {
  constexpr std::size_t kAtOnce = 4'096;
  TRY_ASSIGN(Removal removal, count_older(view, request.workspace, base::kTimeMin));
  const Sources sources(view);
  TRY(for_each_match(sources, search_of(view, request, now), model::kNoPosition, kAtOnce,
                     [&](const std::vector<Match>& found) -> base::Result<void> {
                       if (removal.events == 0) removal.first = found.front().key.time;
                       removal.events += found.size();
                       removal.last = found.back().key.time;
                       return {};
                     }));
  return removal;
}

base::Result<bool> has_event_between(const View& view, model::WorkspaceNumber workspace, base::WallTime from,
                                     base::WallTime to) {
  model::EventQuery query;
  query.workspace = workspace;
  query.from = from;
  query.to = to - std::chrono::milliseconds(1);
  query.limit = 1;
  TRY_ASSIGN(const std::vector<Match> found, Sources(view).search(query::make_search(query, view.horizon)));
  return !found.empty();
}

base::Result<std::uint64_t> count_rows_before(const segment::Segment& segment, model::WorkspaceNumber workspace,
                                              base::WallTime time) {
  const query::Source::Summary& summary = segment.summary();
  if (time <= summary.first_key.time) return std::uint64_t{0};
  TRY_ASSIGN(const auto term, segment.find_term(query::workspace_key(workspace)));
  if (!term) return std::uint64_t{0};
  TRY_ASSIGN(const std::uint32_t end, segment.lower_bound({time, model::kNoPosition}));
  std::uint64_t rows = 0;
  for (std::uint32_t block = 0; (block << summary.block_bits) < end; ++block) {
    const std::uint32_t block_end = std::min(summary.rows, (block + 1) << summary.block_bits);
    if (block_end > end) break;
    TRY_ASSIGN(const query::RowSet set, segment.rows(*term, block));
    rows += set.count;
  }
  return rows;
}

}  // namespace waybill::store
