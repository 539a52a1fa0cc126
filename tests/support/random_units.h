#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/event_query.h"
#include "store/event_store.h"

namespace waybill::testing {

// Units as life brings them, only more wildly: many events in one millisecond, late ones, sids that are known already,
// with the same story or another. Values are few and skewed, so that questions match often, rarely and never.
class RandomUnits {
 public:
  static constexpr std::uint8_t kWorkspaces = 2;

  // `random` must outlive this object.
  explicit RandomUnits(base::SeededRandom& random) : random_(random) {}

  // What one commit may hold: a few units, each of at most `events_max` events.
  std::vector<store::Unit> any_commit(const model::Account& account, std::uint64_t events_max);

  // A question about `workspace` of any kind but for a sid.
  model::EventQuery any_query(model::WorkspaceNumber workspace);

 private:
  model::Term any_term(model::Dimension dimension);
  model::Event any_event();

  base::SeededRandom& random_;
  std::uint64_t next_name_ = 0;
  std::int64_t clock_ms_ = 1'000;
};

}  // namespace waybill::testing
