#include "store/local/repair_plan.h"

#include <gtest/gtest.h>

namespace waybill::store {
namespace {

using enum SegmentFate;

FoundSegment segment(std::uint64_t number, bool has_new_name, std::vector<std::uint64_t> replaces, std::uint64_t first,
                     std::uint64_t last) {
  return {number, has_new_name, std::move(replaces), model::Position{first}, model::Position{last}};
}

TEST(RepairPlan, tells_what_is_live_from_what_the_files_say) {
  constexpr bool kNamed = false;
  constexpr bool kNew = true;
  const struct {
    const char* about;
    std::vector<FoundSegment> found;
    std::uint64_t logged;
    std::vector<SegmentFate> fates;
  } cases[] = {
      {"no file", {}, 9, {}},
      {"what nothing replaces", {segment(1, kNamed, {}, 1, 9), segment(3, kNamed, {}, 10, 19)}, 0, {kLive, kLive}},
      {"a merge of both",
       {segment(1, kNamed, {}, 1, 9), segment(3, kNamed, {}, 10, 19), segment(5, kNamed, {1, 3}, 1, 19)},
       0,
       {kReplaced, kReplaced, kLive}},
      {"a merge of a merge",
       {segment(5, kNamed, {1, 3}, 1, 19), segment(7, kNamed, {5}, 1, 19)},
       0,
       {kReplaced, kLive}},
      {"a merge that was not finished",
       {segment(1, kNamed, {}, 1, 9), segment(5, kNew, {1}, 1, 9)},
       0,
       {kLive, kUnfinished}},
      {"a merge of which one file has its name",
       {segment(1, kNamed, {}, 1, 9), segment(5, kNamed, {1}, 1, 4), segment(6, kNew, {1}, 5, 9)},
       0,
       {kReplaced, kLive, kLive}},
      {"sealed, and in the log",
       {segment(1, kNamed, {}, 1, 9), segment(3, kNew, {}, 10, 19)},
       25,
       {kLive, kUnfinished}},
      {"sealed, and the log is lost", {segment(1, kNamed, {}, 1, 9), segment(3, kNew, {}, 10, 19)}, 0, {kLive, kLive}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(plan_segments(c.found, model::Position{c.logged}), c.fates) << c.about;
  }
}

}  // namespace
}  // namespace waybill::store
