#include "doctor/disk_checks.h"

#include <gtest/gtest.h>

#include "doctor/testing/judged.h"

namespace waybill::doctor {
namespace {

using std::chrono::microseconds;
using testing::expect_finding;

constexpr std::uint64_t kGiB = 1ULL << 30U;

FlushFacts flushes(const std::string& file_system, microseconds usual, microseconds slowest) {
  FlushFacts facts{"/data", file_system, {}};
  facts.flushes.assign(39, usual);
  facts.flushes.push_back(slowest);
  return facts;
}

TEST(CheckDisk, a_flush_must_take_the_time_of_a_disk) {
  struct Case {
    const char* file_system;
    microseconds usual;
    microseconds slowest;
    State state;
    const char* words;
  };
  const Case cases[] = {
      {"ext4", microseconds(800), microseconds(2'000), State::kFine,
       "on disk after 800 µs (the slowest of 40: 2.0 ms)"},
      {"", microseconds(40), microseconds(90), State::kFine, "40 µs"},
      {"xfs", microseconds(25'000), microseconds(90'000), State::kFine, "25 ms"},
      {"ext4", microseconds(3), microseconds(9), State::kMend, "faster than any disk"},
      {"ext4", microseconds(40'000), microseconds(90'000), State::kMend, "every commit waits for one"},
      {"ext4", microseconds(900), microseconds(400'000), State::kMend, "the slowest of 40: 400 ms"},
      {"tmpfs", microseconds(800), microseconds(900), State::kMend, "lies in memory (tmpfs)"},
      {"nfs", microseconds(800), microseconds(900), State::kMend, "network file system (NFS)"},
      {"cifs", microseconds(800), microseconds(900), State::kMend, "network file system (SMB)"},
      {"overlay", microseconds(800), microseconds(900), State::kNote, "goes with the container"},
  };
  for (const Case& c : cases) expect_finding(check_disk(flushes(c.file_system, c.usual, c.slowest)), c.state, c.words);
}

TEST(CheckDisk, a_directory_that_cannot_be_written_is_to_mend) {
  expect_finding(check_disk(base::io_error("creating /data/.doctor: Permission denied")), State::kMend,
                 "Permission denied");
  expect_finding(check_disk(FlushFacts{"/data", "ext4", {}}), State::kNote, "no write was measured");
}

SpaceFacts space(std::uint64_t free_bytes, std::uint64_t store_bytes, int days) {
  SpaceFacts facts;
  facts.free_bytes = free_bytes;
  facts.store_bytes = store_bytes;
  facts.largest_file_bytes = kGiB / 8;
  facts.now = base::from_ms(1'800'000'000'000);
  facts.since = facts.now - std::chrono::days(days);
  return facts;
}

TEST(CheckSpace, there_must_be_room_to_write_files_anew_and_for_a_month) {
  expect_finding(check_space(space(100 * kGiB, 10 * kGiB, 100)), State::kFine, "room for 1000 days");
  expect_finding(check_space(space(10 * kGiB, 100 * kGiB, 200)), State::kMend, "room for 20 days");
  expect_finding(check_space(space(kGiB / 2, kGiB, 200)), State::kMend, "upkeep needs 1.0 GiB");
  SpaceFacts large = space(3 * kGiB, 100 * kGiB, 10'000);
  large.largest_file_bytes = 2 * kGiB;
  expect_finding(check_space(large), State::kMend, "upkeep needs 4.0 GiB");
}

TEST(CheckSpace, a_young_store_is_not_taken_for_one_that_grows) {
  expect_finding(check_space(space(10 * kGiB, 100 * kGiB, 0)), State::kFine, "10 GiB free, 100 GiB held");
  SpaceFacts unknown = space(10 * kGiB, 100 * kGiB, 1);
  unknown.since.reset();
  expect_finding(check_space(unknown), State::kFine, "10 GiB free");
  expect_finding(check_space(space(10 * kGiB, 0, 900)), State::kFine, "10 GiB free, 0 bytes held");
}

TEST(CheckSpace, files_run_out_too) {
  SpaceFacts facts = space(100 * kGiB, kGiB, 100);
  facts.free_files = 12;
  expect_finding(check_space(facts), State::kMend, "room for 12 more files");
  facts.free_files = 1'000'000;
  expect_finding(check_space(facts), State::kFine, "free");
}

}  // namespace
}  // namespace waybill::doctor
