// Random histories on a disk whose power goes, or in a process that is killed, between any two operations. What was
// acknowledged is there afterwards, what was in doubt is there whole or not at all, and there is nothing else.
//
//   power_loss_test [--rounds N] [--seed S]
//
// Each round has a seed of its own, counted up from S, so that a failure is repeated by that round alone.
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "support/arguments.h"
#include "support/judge.h"
#include "support/random_units.h"
#include "support/store_on_fault_disk.h"
#include "support/stores.h"

namespace waybill::testing {
namespace {

using base::SeededRandom;

struct Arguments {
  std::uint64_t rounds = 150;
  std::uint64_t seed = 20261125;
};
Arguments arguments;

// One store through several lives, each of which ends in its own way.
class Round {
 public:
  explicit Round(std::uint64_t seed) : random_(seed) {}

  void run() {
    const std::uint64_t lives = 2 + random_.below(6);
    for (std::uint64_t life = 0; life < lives && !::testing::Test::HasFailure(); ++life) {
      SCOPED_TRACE("life " + std::to_string(life));
      // Half of all lives end early; operations before the first append are a few dozen.
      if (random_.chance(0.8)) world_.disk().kill_after(random_.below(2ULL << random_.below(10)));
      live();
      end();
    }
    if (::testing::Test::HasFailure()) return;
    // What has been through all this is as good as new.
    live();
    EXPECT_FALSE(world_.disk().has_struck());
  }

  [[nodiscard]] std::size_t events() const { return judge_.events(); }

 private:
  [[nodiscard]] bool is_dead() { return world_.disk().has_struck(); }

  void live() {
    const auto opened = world_.open();
    if (!opened) {
      EXPECT_TRUE(is_dead()) << opened.error().message();
      return;
    }
    ASSERT_TRUE(judge_.settles(world_.store(), units_, 4));
    check_identity();
    if (!ensure_account()) return;
    const std::uint64_t steps = 1 + random_.below(20);
    for (std::uint64_t step = 0; step < steps && !is_dead() && !::testing::Test::HasFailure(); ++step) {
      if (random_.chance(0.15)) {
        EXPECT_TRUE(world_.do_upkeep(random_).has_value() || is_dead());
      } else {
        append(any_commit());
      }
    }
    // A process that can write no more goes on reading.
    EXPECT_TRUE(judge_.agrees(world_.store(), units_, 4));
  }

  // Now and then what nobody knows the end of is sent again, as clients do.
  std::vector<store::Unit> any_commit() {
    if (!doubtful_.empty() && random_.chance(0.5)) return std::exchange(doubtful_, {});
    return units_.any_commit(*account_, 40);
  }

  void append(const std::vector<store::Unit>& commit) {
    const auto outcomes = world_.store().append(commit);
    if (outcomes) {
      EXPECT_EQ(*outcomes, judge_.committed(commit));
      return;
    }
    EXPECT_TRUE(is_dead()) << outcomes.error().message();
    judge_.in_doubt(commit);
    doubtful_ = commit;
  }

  // The power goes, or only the process, which leaves the disk's memory as it is.
  void end() {
    world_.close();
    if (random_.chance(0.7)) {
      world_.disk().power_loss(random_);
    } else {
      world_.disk().mend();
    }
  }

  // A store that was open once has the same secret and the same incarnation for ever.
  void check_identity() {
    const store::StoreIdentity& identity = world_.store().identity();
    if (!identity_) identity_ = identity;
    EXPECT_EQ(identity.incarnation, identity_->incarnation);
    EXPECT_EQ(identity.token_secret, identity_->token_secret);
  }

  // False if the process died over it.
  bool ensure_account() {
    const auto accounts = world_.store().accounts();
    EXPECT_TRUE(accounts.has_value());
    if (!accounts) return false;
    EXPECT_LE(accounts->size(), 1U);
    if (!accounts->empty()) account_ = accounts->front();
    EXPECT_TRUE(!account_ || !accounts->empty()) << "an account is lost whose making was acknowledged";
    if (account_) return true;
    const auto made = world_.store().create_account(
        {{}, model::AccountSid(model::SidBytes{}), "token", "test", base::from_ms(0), {}});
    EXPECT_TRUE(made.has_value() || is_dead());
    if (made) account_ = *made;
    return made.has_value();
  }

  SeededRandom random_;
  RandomUnits units_{random_};
  Judge judge_;
  std::vector<store::Unit> doubtful_;
  StoreOnFaultDisk world_;
  std::optional<store::StoreIdentity> identity_;
  std::optional<model::Account> account_;
};

TEST(PowerLoss, what_was_acknowledged_is_there_and_nothing_else) {
  std::uint64_t events = 0;
  for (std::uint64_t round = 0; round < arguments.rounds && !HasFailure(); ++round) {
    const std::uint64_t seed = arguments.seed + round;
    SCOPED_TRACE("repeat with power_loss_test --rounds 1 --seed " + std::to_string(seed));
    Round story(seed);
    story.run();
    events += story.events();
  }
  std::printf("seed %llu, %llu rounds, %llu events\n", static_cast<unsigned long long>(arguments.seed),
              static_cast<unsigned long long>(arguments.rounds), static_cast<unsigned long long>(events));
}

}  // namespace
}  // namespace waybill::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  using waybill::testing::arguments;
  arguments.rounds = waybill::testing::number_behind(argc, argv, "--rounds", arguments.rounds);
  arguments.seed = waybill::testing::number_behind(argc, argv, "--seed", arguments.seed);
  return RUN_ALL_TESTS();
}
