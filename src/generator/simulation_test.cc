#include "generator/simulation.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace waybill::generator {
namespace {

// The first `count` events of a small centre, in the order they happen.
std::vector<Happening> happenings(std::uint64_t seed, std::size_t count) {
  Settings settings;
  settings.seed = seed;
  const ContactCentre centre(settings);
  Simulation simulation(centre, seed, settings.size.tasks_per_hour);
  std::vector<Happening> out;
  while (out.size() < count) out.push_back(simulation.next());
  return out;
}

bool has_task(const Happening& happening) { return has_task(facts_of(happening.type).shape); }

// What happened to each task, in order.
std::map<std::uint64_t, std::vector<Happening>> lives_in(const std::vector<Happening>& all) {
  std::map<std::uint64_t, std::vector<Happening>> lives;
  for (const Happening& happening : all) {
    if (has_task(happening)) lives[happening.task.number].push_back(happening);
  }
  return lives;
}

// Whether an event of the second type may follow one of the first in the life of one reservation; `first` is nothing
// for its beginning.
bool may_follow(std::optional<EventType> first, EventType second) {
  if (!first) return second == EventType::kReservationCreated || second == EventType::kReservationFailed;
  switch (*first) {
    case EventType::kReservationCreated:
      return second == EventType::kReservationAccepted || second == EventType::kReservationRejected ||
             second == EventType::kReservationTimeout || second == EventType::kReservationCanceled ||
             second == EventType::kReservationRescinded;
    case EventType::kReservationAccepted:
      return second == EventType::kReservationWrapup || second == EventType::kReservationCompleted;
    case EventType::kReservationWrapup: return second == EventType::kReservationCompleted;
    default: return false;
  }
}

constexpr std::size_t kEvents = 40'000;
constexpr std::uint64_t kSeeds[] = {1, 2, 3};

TEST(Simulation, EventsComeInTheOrderOfTheirTime) {
  for (const std::uint64_t seed : kSeeds) {
    const std::vector<Happening> all = happenings(seed, kEvents);
    for (std::size_t i = 1; i < all.size(); ++i) {
      ASSERT_LE(all[i - 1].time, all[i].time);
      ASSERT_EQ(all[i].number, i);
    }
  }
}

TEST(Simulation, EveryTaskBeginsAsTheServiceReportsIt) {
  constexpr EventType kBeginning[] = {EventType::kWorkflowEntered, EventType::kTaskQueueEntered,
                                      EventType::kTaskCreated, EventType::kWorkflowTargetMatched};
  for (const std::uint64_t seed : kSeeds) {
    for (const auto& [number, life] : lives_in(happenings(seed, kEvents))) {
      for (std::size_t i = 0; i < std::min(life.size(), std::size(kBeginning)); ++i) {
        ASSERT_EQ(life[i].type, kBeginning[i]) << "seed " << seed << ", task " << number;
        ASSERT_LT(life[i].time - life[0].time, std::chrono::seconds(1));
      }
    }
  }
}

TEST(Simulation, EveryReservationIsMadeThenAnsweredThenEnded) {
  for (const std::uint64_t seed : kSeeds) {
    std::map<std::uint64_t, EventType> latest;
    for (const Happening& happening : happenings(seed, kEvents)) {
      if (facts_of(happening.type).resource != Resource::kReservation) continue;
      const auto known = latest.find(happening.reservation.number);
      const std::optional<EventType> before = known == latest.end() ? std::nullopt : std::optional(known->second);
      ASSERT_TRUE(may_follow(before, happening.type))
          << "seed " << seed << ", reservation " << happening.reservation.number << ": "
          << facts_of(happening.type).name << " after " << (before ? facts_of(*before).name : "nothing");
      latest[happening.reservation.number] = happening.type;
    }
  }
}

TEST(Simulation, NothingFollowsTheEndOfATaskButTheEndOfItsReservations) {
  for (const std::uint64_t seed : kSeeds) {
    for (const auto& [number, life] : lives_in(happenings(seed, kEvents))) {
      std::optional<Happening> end;
      for (const Happening& happening : life) {
        if (end) {
          const bool completes =
              end->type == EventType::kTaskCompleted &&
              (happening.type == EventType::kReservationCompleted || happening.type == EventType::kTaskUpdated);
          ASSERT_TRUE(completes || happening.type == EventType::kReservationCanceled)
              << "seed " << seed << ", task " << number << ": " << facts_of(happening.type).name;
          ASSERT_LT(happening.time - end->time, std::chrono::seconds(1));
        }
        const bool ends = happening.type == EventType::kTaskCompleted || happening.type == EventType::kTaskCanceled ||
                          happening.type == EventType::kTaskDeleted || happening.type == EventType::kTaskSystemDeleted;
        if (ends) end = happening;
      }
    }
  }
}

TEST(Simulation, AWorkerIsAskedOnlyWhileAvailableAndNeverChangesToTheSameActivity) {
  for (const std::uint64_t seed : kSeeds) {
    std::map<std::uint64_t, ActivityId> activity;
    for (const Happening& happening : happenings(seed, kEvents)) {
      ActivityId& now = activity[happening.worker.number];
      if (happening.type == EventType::kWorkerActivityUpdate) {
        ASSERT_EQ(happening.worker.previous_activity, now);
        ASSERT_NE(happening.worker.activity, now);
        now = happening.worker.activity;
      }
      if (happening.type == EventType::kReservationCreated) {
        ASSERT_EQ(now, ActivityId::kAvailable) << "seed " << seed << ", worker " << happening.worker.number;
      }
    }
  }
}

TEST(Simulation, SlotsOfTasksAreReusedAndNeverShared) {
  const std::vector<Happening> all = happenings(1, kEvents);
  std::uint32_t slots = 0;
  std::uint64_t tasks = 0;
  for (const Happening& happening : all) {
    if (!has_task(happening)) continue;
    slots = std::max(slots, happening.task.slot + 1);
    tasks = std::max(tasks, happening.task.number + 1);
  }
  EXPECT_GT(tasks, 3'000U);
  EXPECT_LT(slots, 200U);
}

}  // namespace
}  // namespace waybill::generator
