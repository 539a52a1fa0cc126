#include "support/judge.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "support/stores.h"

namespace waybill::testing {
namespace {

using model::Direction;
using model::EventQuery;
using model::FoundEvent;

std::string number(std::uint64_t value) { return std::to_string(value); }

EventQuery whole_list(model::WorkspaceNumber workspace, Direction direction) {
  EventQuery query;
  query.workspace = workspace;
  query.direction = direction;
  query.limit = 1'000;
  return query;
}

}  // namespace

std::vector<store::UnitOutcome> Judge::apply(State& state, std::span<const store::Unit> units) {
  std::vector<store::UnitOutcome> outcomes;
  for (const store::Unit& unit : units) {
    store::UnitOutcome& outcome = outcomes.emplace_back();
    state.workspaces.emplace(unit.account, unit.workspace);
    for (const model::Event& event : unit.events) {
      const auto [at, is_new] = state.by_id.try_emplace({unit.workspace, event.sid}, state.events.size());
      if (is_new) {
        ++outcome.accepted;
        state.events.push_back({unit.workspace, event.sid, event.time, event.terms, event.record});
      } else if (state.events[at->second].record == event.record) {
        ++outcome.duplicates;
      } else {
        ++outcome.variants;
        state.variants.emplace(unit.workspace, event.sid, event.record);
      }
    }
  }
  return outcomes;
}

std::vector<store::UnitOutcome> Judge::committed(std::span<const store::Unit> units) { return apply(known_, units); }

void Judge::in_doubt(std::span<const store::Unit> units) {
  CHECK(doubtful_.empty());
  doubtful_.assign(units.begin(), units.end());
}

std::vector<std::size_t> Judge::scan(const State& state, const model::WorkspaceSid& workspace,
                                     const EventQuery& query) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < state.events.size(); ++i) {
    const Event& event = state.events[i];
    if (event.workspace != workspace || event.time < query.from || query.to < event.time) continue;
    const bool has_all = std::all_of(query.terms.begin(), query.terms.end(),
                                     [&](const model::Term& term) { return event.terms.contains(term); });
    if (has_all) found.push_back(i);
  }
  // Events of one millisecond stand in the order of their commits.
  std::sort(found.begin(), found.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(state.events[a].time, a) < std::pair(state.events[b].time, b);
  });
  if (query.direction == Direction::kNewestFirst) std::reverse(found.begin(), found.end());
  return found;
}

::testing::AssertionResult Judge::agrees(const store::EventStore& store, RandomUnits& units, int questions) {
  if (const Complaint wrong = compare(known_, store, units, questions)) return ::testing::AssertionFailure() << *wrong;
  horizon_ = std::max(horizon_, store.horizon());
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult Judge::settles(const store::EventStore& store, RandomUnits& units, int questions) {
  if (doubtful_.empty()) return agrees(store, units, questions);
  State with = known_;
  apply(with, std::exchange(doubtful_, {}));
  const auto without = agrees(store, units, questions);
  if (without) return without;
  const Complaint wrong = compare(with, store, units, questions);
  if (wrong) {
    return ::testing::AssertionFailure() << "without the commit in doubt: " << without.message()
                                         << "; with it: " << *wrong;
  }
  known_ = std::move(with);
  return agrees(store, units, 0);
}

::testing::AssertionResult Judge::is_not_contradicted(const store::EventStore& store, RandomUnits& units, int questions,
                                                      const std::string& file) {
  damaged_file_ = file;
  const Complaint wrong = compare(known_, store, units, questions);
  damaged_file_.reset();
  return wrong ? ::testing::AssertionFailure() << *wrong : ::testing::AssertionSuccess();
}

Judge::Complaint Judge::compare(State& state, const store::EventStore& store, RandomUnits& units, int questions) const {
  for (const auto& [account, sid] : state.workspaces) {
    const auto workspace = store.find_workspace(account, sid);
    if (!workspace) return "the workspace " + sid.to_text() + " is missing";
    if (auto wrong = compare_workspace(state, *workspace, store, units, questions)) return wrong;
  }
  for (const auto& [account, sid] : state.workspaces) {
    if (store.workspaces(account).size() != state.workspaces.size()) return "there is a workspace that nobody made";
  }
  if (auto wrong = compare_positions(state, store)) return wrong;
  if (damaged_file_) return std::nullopt;
  return compare_summaries(state, store);
}

Judge::Complaint Judge::compare_workspace(State& state, const model::Workspace& workspace,
                                          const store::EventStore& store, RandomUnits& units, int questions) const {
  for (const Direction direction : {Direction::kOldestFirst, Direction::kNewestFirst}) {
    auto wrong = compare_list(state, workspace.sid, store, whole_list(workspace.number, direction));
    if (wrong) return "of all events: " + *wrong;
  }
  if (auto wrong = compare_sids(state, workspace, store)) return wrong;
  for (int i = 0; i < questions; ++i) {
    auto wrong = compare_list(state, workspace.sid, store, units.any_query(workspace.number));
    if (wrong) return "of the events that match: " + *wrong;
  }
  return std::nullopt;
}

// Every page of a list against a scan.
Judge::Complaint Judge::compare_list(State& state, const model::WorkspaceSid& workspace, const store::EventStore& store,
                                     EventQuery query) const {
  const std::vector<std::size_t> expected = scan(state, workspace, query);
  std::size_t seen = 0;
  for (;;) {
    const auto page = store.list(query);
    if (!page) return refused(page.error());
    for (const FoundEvent& found : page->events) {
      if (seen == expected.size()) return "there is one more than there should be, " + found.record.substr(0, 40);
      if (auto wrong = compare_event(state.events[expected[seen]], found)) {
        return "number " + number(seen) + " of " + number(expected.size()) + " " + *wrong;
      }
      ++seen;
    }
    if (!page->more) break;
    if (page->events.empty()) return "a page is empty and yet says that there are more";
    query.after = page->events.back().key;
  }
  if (seen < expected.size()) return "there are " + number(seen) + " instead of " + number(expected.size());
  return std::nullopt;
}

// What a store shows first gives an event its position, for ever.
Judge::Complaint Judge::compare_event(Event& event, const FoundEvent& found) const {
  if (found.record != event.record) return "is " + found.record.substr(0, 40) + ", not " + event.record.substr(0, 40);
  if (found.key.time != event.time) return "has another time";
  if (event.position == model::kNoPosition) {
    if (found.key.position <= horizon_) return "has a position that was final before it came";
    event.position = found.key.position;
  }
  if (found.key.position != event.position) return "has another position than before";
  return std::nullopt;
}

Judge::Complaint Judge::compare_sids(State& state, const model::Workspace& workspace,
                                     const store::EventStore& store) const {
  const std::size_t step = 1 + state.events.size() / 40;
  for (std::size_t i = 0; i < state.events.size(); i += step) {
    Event& event = state.events[i];
    if (event.workspace != workspace.sid) continue;
    const auto found = store.find(workspace.number, event.sid);
    if (!found) {
      if (auto wrong = refused(found.error())) return wrong;
      continue;
    }
    if (!*found) return "the event " + event.sid.to_text() + " is not found by its sid";
    if (auto wrong = compare_event(event, **found)) return "the event found by its sid " + *wrong;
  }
  const auto stranger = store.find(workspace.number, make_event("never written", 0, {}).sid);
  if (!stranger) return refused(stranger.error());
  if (*stranger) return "a sid is found that nobody wrote";
  return std::nullopt;
}

// Positions rise in the order of commits, and the horizon takes them all in.
Judge::Complaint Judge::compare_positions(const State& state, const store::EventStore& store) const {
  model::Position last = model::kNoPosition;
  for (const Event& event : state.events) {
    if (event.position == model::kNoPosition && damaged_file_) continue;
    if (event.position <= last) return "position " + number(to_number(event.position)) + " is out of order";
    last = event.position;
  }
  if (store.horizon() < last) return "the horizon is below the last event";
  if (store.horizon() < horizon_) return "the horizon has gone back";
  return std::nullopt;
}

Judge::Complaint Judge::compare_summaries(const State& state, const store::EventStore& store) {
  const auto summaries = store.summaries();
  if (!summaries) return summaries.error().message();
  for (const store::WorkspaceSummary& summary : *summaries) {
    const model::WorkspaceSid& sid = summary.workspace.sid;
    const auto events = static_cast<std::uint64_t>(std::count_if(
        state.events.begin(), state.events.end(), [&](const Event& event) { return event.workspace == sid; }));
    const auto variants = static_cast<std::uint64_t>(
        std::count_if(state.variants.begin(), state.variants.end(),
                      [&](const auto& variant) { return std::get<model::WorkspaceSid>(variant) == sid; }));
    if (summary.events != events || summary.variants != variants) {
      return "the summary counts " + number(summary.events) + " events and " + number(summary.variants) +
             " variants instead of " + number(events) + " and " + number(variants);
    }
  }
  return std::nullopt;
}

Judge::Complaint Judge::refused(const base::Error& error) const {
  const bool is_allowed =
      damaged_file_ && (error.code() == base::ErrorCode::kCorruption || error.code() == base::ErrorCode::kUnavailable);
  if (!is_allowed) return "cannot be read: " + error.message();
  if (error.message().find(*damaged_file_) == std::string::npos) {
    return "the error does not name " + *damaged_file_ + ": " + error.message();
  }
  return std::nullopt;
}

}  // namespace waybill::testing
