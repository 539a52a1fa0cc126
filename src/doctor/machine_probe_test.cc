#include "doctor/machine_probe.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"

namespace waybill::doctor {
namespace {

namespace fs = std::filesystem;

// A file whose every sync takes a while, or fails.
class SlowFile final : public base::OutputFile {
 public:
  SlowFile(base::testing::FakeClock& clock, std::chrono::milliseconds pause, bool is_broken)
      : clock_(clock), pause_(pause), is_broken_(is_broken) {}
  base::Result<void> append(std::string_view /*bytes*/) override { return {}; }
  base::Result<void> sync() override {
    clock_.advance(pause_);
    if (is_broken_) return base::io_error("syncing: broken");
    return {};
  }

 private:
  base::testing::FakeClock& clock_;
  const std::chrono::milliseconds pause_;
  const bool is_broken_;
};

class SlowFiles final : public base::FileSystem {
 public:
  SlowFiles(base::testing::FakeClock& clock, std::chrono::milliseconds pause, bool is_broken)
      : clock_(clock), pause_(pause), is_broken_(is_broken) {}
  base::Result<std::unique_ptr<base::OutputFile>> create(const fs::path& path) override {
    created = path;
    return std::unique_ptr<base::OutputFile>(std::make_unique<SlowFile>(clock_, pause_, is_broken_));
  }
  base::Result<void> rename(const fs::path& /*from*/, const fs::path& /*to*/) override { return {}; }
  base::Result<void> remove(const fs::path& path) override {
    removed = path;
    return {};
  }
  base::Result<void> sync_folder(const fs::path& /*folder*/) override { return {}; }

  fs::path created;
  fs::path removed;

 private:
  base::testing::FakeClock& clock_;
  const std::chrono::milliseconds pause_;
  const bool is_broken_;
};

class MachineProbe : public ::testing::Test {
 public:
  MachineProbe() {
    std::string pattern = (fs::temp_directory_path() / "waybill-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~MachineProbe() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

 protected:
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  base::testing::FakeClock clock_{base::from_ms(1'800'000'000'000)};
  fs::path folder_;
};

TEST_F(MachineProbe, each_sync_is_measured_and_the_file_is_removed) {
  SlowFiles files(clock_, std::chrono::milliseconds(7), false);
  const auto facts = measure_flushes(folder_, files, clock_);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->flushes, std::vector<std::chrono::nanoseconds>(40, std::chrono::milliseconds(7)));
  EXPECT_EQ(files.created.parent_path(), folder_);
  EXPECT_EQ(files.removed, files.created);
}

TEST_F(MachineProbe, a_slow_disk_is_not_measured_for_long) {
  SlowFiles files(clock_, std::chrono::milliseconds(1'000), false);
  const auto facts = measure_flushes(folder_, files, clock_);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->flushes.size(), 3U);
}

TEST_F(MachineProbe, a_disk_that_fails_keeps_no_file_either) {
  SlowFiles files(clock_, std::chrono::milliseconds(1), true);
  const auto facts = measure_flushes(folder_, files, clock_);
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().message(), "syncing: broken");
  EXPECT_EQ(files.removed, files.created);
}

TEST_F(MachineProbe, the_machines_own_files_leave_nothing_behind) {
  base::SystemFiles files;
  const auto facts = measure_flushes(folder_, files, clock_);
  ASSERT_TRUE(facts) << facts.error().message();
  EXPECT_FALSE(facts->flushes.empty());
  EXPECT_TRUE(fs::is_empty(folder_));
  EXPECT_FALSE(measure_flushes(folder_ / "missing", files, clock_));
}

TEST_F(MachineProbe, files_are_counted) {
  write("waybill.db", std::string(100, 'x'));
  write("segments/000001.seg", std::string(5'000, 'x'));
  write("segments/000001.sid", "x");
  const FileCensus census = count_files(folder_);
  EXPECT_EQ(census.bytes, 5'101U);
  EXPECT_EQ(census.largest_bytes, 5'000U);
  EXPECT_EQ(census.sealed_files, 2U);
  EXPECT_EQ(census.newest,
            std::max(time_of_change(folder_ / "waybill.db"), time_of_change(folder_ / "segments/000001.sid")));
  const FileCensus none = count_files(folder_ / "missing");
  EXPECT_EQ(none.bytes, 0U);
  EXPECT_FALSE(none.newest);
}

TEST_F(MachineProbe, only_a_waybill_that_runs_holds_a_directory) {
  EXPECT_FALSE(find_holder(folder_ / "waybill.lock"));
  for (const char* text : {"", "x\n", "-1\n", "999999999\n"}) {
    write("waybill.lock", text);
    EXPECT_FALSE(find_holder(folder_ / "waybill.lock")) << text;
  }
  // Somebody else's process by now.
  write("waybill.lock", std::to_string(1) + "\n");
  EXPECT_FALSE(find_holder(folder_ / "waybill.lock"));
}

TEST_F(MachineProbe, modes_are_those_of_the_files) {
  write("secret", "x");
  fs::permissions(folder_ / "secret", fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  const auto mode = mode_of(folder_ / "secret", Secrecy::kGroup);
  ASSERT_TRUE(mode);
  EXPECT_EQ(mode->mode & 0777U, 0640U);
  EXPECT_FALSE(mode_of(folder_ / "missing", Secrecy::kGroup));
  EXPECT_FALSE(mode_of("", Secrecy::kGroup));
}

TEST(MaySetClock, is_a_bit_of_the_bounding_set) {
  EXPECT_TRUE(may_set_clock("Name:\tx\nCapBnd:\t000001ffffffffff\nSeccomp:\t0\n"));
  EXPECT_FALSE(may_set_clock("Name:\tx\nCapBnd:\t00000000a80425fb\nSeccomp:\t2\n"));
  EXPECT_TRUE(may_set_clock(""));
  EXPECT_TRUE(may_set_clock("x\nCapBnd:\tnone\n"));
}

TEST(ParseLimits, the_hard_one_is_meant) {
  const std::string text =
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max processes             1                    2                    processes \n"
      "Max open files            1024                 524288               files     \n";
  EXPECT_EQ(parse_descriptor_limit(text), 524'288U);
  EXPECT_EQ(parse_descriptor_limit("Max open files   1024   unlimited   files"), std::nullopt);
  EXPECT_EQ(parse_descriptor_limit(""), std::nullopt);
}

TEST(ParseMemory, it_is_told_in_kib) {
  EXPECT_EQ(parse_memory_total("MemTotal:       24093676 kB\nMemFree: 1 kB\n"), 24'093'676ULL * 1024);
  EXPECT_EQ(parse_memory_total("nothing"), 0U);
}

TEST(Machine, something_is_known_of_this_one) {
  EXPECT_GT(measure_memory().machine_bytes, 0U);
  EXPECT_GT(descriptor_limit({}).value_or(0), 0U);
  const auto space = measure_space(fs::temp_directory_path());
  ASSERT_TRUE(space);
  EXPECT_GT(space->free_bytes, 0U);
  EXPECT_FALSE(measure_space("/no/such/place"));
}

}  // namespace
}  // namespace waybill::doctor
