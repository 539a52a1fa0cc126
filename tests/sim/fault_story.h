#pragma once

#include <cstdint>
#include <optional>

#include <gtest/gtest.h>

#include "base/random.h"
#include "eventlog/event_log.h"
#include "support/judge.h"
#include "support/random_units.h"
#include "support/store_on_fault_disk.h"
#include "support/stores.h"

namespace waybill::testing {

// A life of a store on a disk that may fail, written to through an event log, beside what it must hold. It begins with
// an open store that has an account.
class FaultStory {
 protected:
  // The events follow from the seed.
  explicit FaultStory(std::uint64_t seed) : random_(seed) {
    EXPECT_TRUE(world_.open());
    account_ = make_first_account(world_.store());
  }
  FaultStory(const FaultStory&) = delete;
  FaultStory& operator=(const FaultStory&) = delete;
  ~FaultStory() = default;

  // Gives the units of so many commits to `append`, until something is wrong. REQUIRES: the store is open.
  template <class Append>
  void for_some_units(int commits, const Append& append) {
    if (!log_) log_.emplace(world_.store(), quiet_, eventlog::EventLogLimits{});
    for (int i = 0; i < commits && !::testing::Test::HasFailure(); ++i) {
      for (const store::Unit& unit : units_.any_commit(*account_, 20)) append(unit);
    }
  }

  void close() {
    log_.reset();
    world_.close();
  }

  base::SeededRandom random_;
  RandomUnits units_{random_};
  Judge judge_;
  StoreOnFaultDisk world_;
  std::optional<model::Account> account_;
  const obs::Log quiet_{obs::LogForm::kText, obs::LogLevel::kError};
  std::optional<eventlog::EventLog> log_;
};

}  // namespace waybill::testing
