#include "support/random_units.h"

#include <algorithm>

#include "support/stores.h"

namespace waybill::testing {

std::vector<store::Unit> RandomUnits::any_commit(const model::Account& account, std::uint64_t events_max) {
  std::vector<store::Unit> units;
  const std::uint64_t unit_count = random_.chance(0.7) ? 1 : 2 + random_.below(3);
  for (std::uint64_t i = 0; i < unit_count; ++i) {
    std::vector<model::Event> events;
    const std::uint64_t count = random_.chance(0.5) ? 1 : 1 + random_.below(events_max);
    for (std::uint64_t event = 0; event < count; ++event) events.push_back(any_event());
    const auto workspace = static_cast<std::uint8_t>(random_.between(1, kWorkspaces));
    units.push_back(make_unit(account, workspace, std::move(events)));
  }
  return units;
}

model::EventQuery RandomUnits::any_query(model::WorkspaceNumber workspace) {
  model::EventQuery query;
  query.workspace = workspace;
  for (const model::Dimension dimension : model::kAllDimensions) {
    if (random_.chance(0.2)) query.terms.push_back(any_term(dimension));
  }
  if (random_.chance(0.4)) query.from = base::from_ms(random_.between(0, clock_ms_));
  if (random_.chance(0.4)) query.to = base::from_ms(random_.between(0, clock_ms_ + 1));
  query.direction = random_.chance(0.5) ? model::Direction::kOldestFirst : model::Direction::kNewestFirst;
  query.limit = static_cast<std::uint32_t>(1 + random_.below(30));
  return query;
}

model::Term RandomUnits::any_term(model::Dimension dimension) {
  const std::uint64_t values = 1 + random_.below(6);
  return {dimension, std::string(1, static_cast<char>('a' + random_.below(values)))};
}

model::Event RandomUnits::any_event() {
  const bool known = random_.chance(0.05);
  const std::string name = "e" + std::to_string(known ? random_.below(next_name_ + 1) : next_name_++);
  std::vector<model::Term> terms;
  for (const model::Dimension dimension : model::kAllDimensions) {
    if (random_.chance(0.6)) terms.push_back(any_term(dimension));
  }
  clock_ms_ += random_.chance(0.3) ? random_.between(0, 3) : 0;
  const std::int64_t time = random_.chance(0.2) ? random_.between(0, clock_ms_) : clock_ms_;
  const std::size_t length = random_.chance(0.05) ? random_.below(9'000) : random_.below(300);
  const std::string story = random_.chance(0.3) ? "*" : "";
  return make_event(name, time, terms, name + story + std::string(length, static_cast<char>('a' + random_.below(26))));
}

}  // namespace waybill::testing
