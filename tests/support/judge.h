#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/event_store.h"
#include "support/random_units.h"

namespace waybill::testing {

// What a store must hold, kept outside it and in the plainest way: every event that was committed, with its first
// record, and at most one commit of which nobody knows whether it came to its end.
class Judge {
 public:
  // What append must have answered for `units`, which are there from now on.
  std::vector<store::UnitOutcome> committed(std::span<const store::Unit> units);
  // All of `units` may be there once the store is opened again, or none of them. REQUIRES: no other commit is in doubt.
  void in_doubt(std::span<const store::Unit> units);

  // Whether the store shows every event that was committed, once, and no other; the commit in doubt it may not show.
  // Reads each workspace from both ends, asks for sids, and asks `questions` questions of `units`.
  ::testing::AssertionResult agrees(const store::EventStore& store, RandomUnits& units, int questions);

  // The same for a store that was opened again: it decides what became of the commit in doubt.
  ::testing::AssertionResult settles(const store::EventStore& store, RandomUnits& units, int questions);

  // The same for a store of which something is damaged: what it shows must be right, and it may show less only by
  // failing, with kCorruption or kUnavailable and a message that names `file`.
  ::testing::AssertionResult is_not_contradicted(const store::EventStore& store, RandomUnits& units, int questions,
                                                 const std::string& file);

  [[nodiscard]] std::size_t events() const { return known_.events.size(); }

 private:
  using Id = std::pair<model::WorkspaceSid, model::EventSid>;

  struct Event {
    model::WorkspaceSid workspace;
    model::EventSid sid;
    base::WallTime time;
    model::TermList terms;
    std::string record;
    model::Position position = model::kNoPosition;  // none before a store has shown it
  };
  struct State {
    std::vector<Event> events;  // in the order of their commits
    std::map<Id, std::size_t> by_id;
    std::set<std::tuple<model::WorkspaceSid, model::EventSid, std::string>> variants;
    std::set<std::pair<model::AccountNumber, model::WorkspaceSid>> workspaces;
  };
  // What a look at a store has brought to light: nothing, or what is wrong.
  using Complaint = std::optional<std::string>;

  static std::vector<store::UnitOutcome> apply(State& state, std::span<const store::Unit> units);
  // The numbers of the events that match, in the order asked for.
  static std::vector<std::size_t> scan(const State& state, const model::WorkspaceSid& workspace,
                                       const model::EventQuery& query);

  Complaint compare(State& state, const store::EventStore& store, RandomUnits& units, int questions) const;
  Complaint compare_workspace(State& state, const model::Workspace& workspace, const store::EventStore& store,
                              RandomUnits& units, int questions) const;
  Complaint compare_list(State& state, const model::WorkspaceSid& workspace, const store::EventStore& store,
                         model::EventQuery query) const;
  Complaint compare_event(Event& event, const model::FoundEvent& found) const;
  Complaint compare_sids(State& state, const model::Workspace& workspace, const store::EventStore& store) const;
  [[nodiscard]] Complaint compare_positions(const State& state, const store::EventStore& store) const;
  static Complaint compare_summaries(const State& state, const store::EventStore& store);
  [[nodiscard]] Complaint refused(const base::Error& error) const;

  State known_;
  std::vector<store::Unit> doubtful_;
  model::Position horizon_ = model::kNoPosition;  // the highest that a store has named
  std::optional<std::string> damaged_file_;       // while a store is judged of which a file is damaged
};

}  // namespace waybill::testing
