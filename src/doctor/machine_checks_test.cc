#include "doctor/machine_checks.h"

#include <gtest/gtest.h>

#include "doctor/testing/judged.h"

namespace waybill::doctor {
namespace {

using std::chrono::seconds;
using testing::expect_finding;

constexpr base::WallTime kNow = base::from_ms(1'800'000'000'000);
constexpr std::uint64_t kMiB = 1ULL << 20U;

TEST(CheckClock, one_that_is_kept_right_is_fine) {
  expect_finding(check_clock({kNow, ClockKeeping::kSynchronised, {}, {}, ""}), State::kFine, "synchronised");
  expect_finding(check_clock({kNow, ClockKeeping::kSynchronised, kNow - seconds(5), seconds(2), "https://up"}),
                 State::kFine, "synchronised");
}

TEST(CheckClock, another_clock_may_vouch_for_one_that_nobody_keeps) {
  expect_finding(check_clock({kNow, ClockKeeping::kAlone, {}, {}, ""}), State::kMend, "nothing keeps it right");
  expect_finding(check_clock({kNow, ClockKeeping::kAlone, {}, seconds(-1), "https://up"}), State::kFine,
                 "as at https://up");
  expect_finding(check_clock({kNow, ClockKeeping::kUnknown, {}, {}, ""}), State::kNote, "cannot be told");
  expect_finding(check_clock({kNow, ClockKeeping::kElsewhere, {}, {}, ""}), State::kNote, "in this container");
}

TEST(CheckClock, one_that_cannot_be_right_is_to_mend) {
  struct Case {
    ClockFacts facts;
    const char* words;
  };
  const Case cases[] = {
      {{base::from_ms(1'000'000), ClockKeeping::kSynchronised, {}, {}, ""}, "stands at 1970-01-01"},
      {{kNow, ClockKeeping::kSynchronised, kNow + seconds(120), {}, ""}, "before the newest file of the store"},
      {{kNow, ClockKeeping::kSynchronised, {}, seconds(9), "https://up"}, "9 s ahead of that of https://up"},
      {{kNow, ClockKeeping::kUnknown, {}, seconds(-300), "https://up"}, "300 s behind that of https://up"},
  };
  for (const Case& c : cases) expect_finding(check_clock(c.facts), State::kMend, c.words);
}

TEST(CheckDescriptors, connections_and_sealed_files_must_all_be_open) {
  expect_finding(check_descriptors({65'536, true, 10'000, 100}), State::kFine,
                 "65536 may be open in the running server");
  expect_finding(check_descriptors({10'456, false, 10'000, 100}), State::kFine, "a process started here");
  const Finding few = check_descriptors({4'096, false, 10'000, 100});
  expect_finding(few, State::kMend, "need 10456");
  EXPECT_NE(few.advice.find("10456"), std::string::npos);
}

TEST(CheckMappings, every_sealed_file_is_mapped) {
  expect_finding(check_mappings(65'530, 2'000), State::kFine, "vm.max_map_count is 65530");
  expect_finding(check_mappings(65'530, 40'000), State::kMend, "need 84096");
  expect_finding(check_mappings({}, 10), State::kNote, "cannot be read");
}

TEST(CheckMemory, what_the_settings_allow_must_fit) {
  const MemoryFacts usual{8'192 * kMiB, {}, 64 * kMiB, 128 * kMiB, 512 * kMiB, 256 * kMiB, 300 * kMiB};
  expect_finding(check_memory(usual), State::kFine, "8.0 GiB in all; the settings let the server take 1.2 GiB");
  MemoryFacts small = usual;
  small.group_bytes = 1'024 * kMiB;
  expect_finding(check_memory(small), State::kMend, "1.0 GiB for its control group");
  MemoryFacts unlimited = usual;
  unlimited.group_bytes = ~0ULL;
  expect_finding(check_memory(unlimited), State::kFine, "8.0 GiB in all");
  expect_finding(check_memory({}), State::kNote, "cannot be told");
}

}  // namespace
}  // namespace waybill::doctor
