// Every file of a small store has bytes changed and is cut short, one damage at a time: opening or reading says so and
// names the file, or the store answers as ever. It never answers otherwise, with one exception: SQLite has no checksums
// of its pages, so that rows of waybill.db may be missing without a word. Looking at the whole store must find that.
//
//   corruption_test [--damages N] [--seed S]
//
// N damages of each kind to each file; a failure names file and damage.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/files.h"
#include "base/random.h"
#include "store/local/schema.h"
#include "support/arguments.h"
#include "support/judge.h"
#include "support/random_units.h"
#include "support/store_on_fault_disk.h"
#include "support/stores.h"

namespace waybill::testing {
namespace {

namespace fs = std::filesystem;

using base::ErrorCode;
using base::SeededRandom;

struct Arguments {
  std::uint64_t damages = 200;
  std::uint64_t seed = 20261125;
};
Arguments arguments;

// A store that is closed, and what its files hold.
class DamagedStore {
 public:
  explicit DamagedStore(std::uint64_t seed) : random_(seed) {
    EXPECT_TRUE(world_.open());
    const model::Account account = make_first_account(world_.store());
    for (int commit = 0; commit < 20; ++commit) {
      const auto units = units_.any_commit(account, 30);
      EXPECT_EQ(world_.store().append(units).value(), judge_.committed(units));
      EXPECT_TRUE(world_.do_upkeep(random_));
    }
    EXPECT_TRUE(judge_.agrees(world_.store(), units_, 0));
    world_.close();
    for (const auto& entry : fs::recursive_directory_iterator(world_.folder())) {
      if (entry.is_regular_file()) files_[entry.path().lexically_relative(world_.folder())] = content(entry.path());
    }
  }

  [[nodiscard]] const std::map<fs::path, std::string>& files() const { return files_; }
  [[nodiscard]] SeededRandom& random() { return random_; }

  // Opens and reads the store with `content` in place of that of `file`.
  void judge(const fs::path& file, const std::string& content) {
    restore();
    write(file, content);
    const auto opened = world_.open();
    if (!opened) {
      ++refused_;
      check_error(opened.error(), file);
      return;
    }
    const auto right = judge_.is_not_contradicted(world_.store(), units_, 3, file.filename());
    world_.close();
    if (right) return;
    ++wrong_;
    EXPECT_TRUE(file == store::kDatabaseFile && !world_.verify()) << right.message();
  }

  // How often the store did not open, and how often it answered wrongly.
  void print() const {
    std::printf("seed %llu, %llu damages to each file: refused %llu times, wrong %llu times\n",
                static_cast<unsigned long long>(arguments.seed), static_cast<unsigned long long>(arguments.damages),
                static_cast<unsigned long long>(refused_), static_cast<unsigned long long>(wrong_));
  }

 private:
  static std::string content(const fs::path& path) {
    auto content = base::read_file(path);
    CHECK(content.has_value());
    return *std::move(content);
  }

  static void check_error(const base::Error& error, const fs::path& file) {
    const ErrorCode allowed[] = {ErrorCode::kCorruption, ErrorCode::kUnavailable, ErrorCode::kConflict};
    EXPECT_NE(std::find(std::begin(allowed), std::end(allowed), error.code()), std::end(allowed)) << error.message();
    EXPECT_NE(error.message().find(file.filename()), std::string::npos) << error.message();
  }

  void restore() {
    for (const auto& entry : fs::directory_iterator(world_.folder())) fs::remove_all(entry.path());
    for (const auto& [file, content] : files_) write(file, content);
  }

  void write(const fs::path& file, const std::string& content) {
    const fs::path path = world_.folder() / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }

  SeededRandom random_;
  RandomUnits units_{random_};
  Judge judge_;
  StoreOnFaultDisk world_;
  std::map<fs::path, std::string> files_;
  std::uint64_t refused_ = 0;
  std::uint64_t wrong_ = 0;
};

// Anywhere, but every second time close to where a page or the file begins or ends: there stands what rules the rest.
std::uint64_t any_place(SeededRandom& random, std::uint64_t size) {
  constexpr std::uint64_t kPageBytes = 4096;
  constexpr std::uint64_t kNear = 24;
  const std::uint64_t anywhere = random.below(size);
  if (random.chance(0.5)) return anywhere;
  const std::uint64_t page = anywhere / kPageBytes * kPageBytes;
  const std::uint64_t end = std::min(size, page + kPageBytes);
  return random.chance(0.5) ? std::min(page + random.below(kNear), end - 1)
                            : end - 1 - random.below(std::min(kNear, end - page));
}

TEST(Corruption, a_changed_byte_is_named_or_changes_no_answer) {
  DamagedStore store(arguments.seed);
  SCOPED_TRACE("repeat with corruption_test --seed " + std::to_string(arguments.seed));
  for (const auto& [file, whole] : store.files()) {
    for (std::uint64_t damage = 0; damage < arguments.damages && !whole.empty(); ++damage) {
      const std::uint64_t at = any_place(store.random(), whole.size());
      std::string content = whole;
      content[at] = static_cast<char>(content[at] ^ static_cast<char>(1U << store.random().below(8)));
      SCOPED_TRACE(file.string() + ", byte " + std::to_string(at) + " of " + std::to_string(whole.size()));
      store.judge(file, content);
    }
  }
  store.print();
}

TEST(Corruption, a_file_cut_short_is_named_or_changes_no_answer) {
  DamagedStore store(arguments.seed);
  SCOPED_TRACE("repeat with corruption_test --seed " + std::to_string(arguments.seed));
  for (const auto& [file, whole] : store.files()) {
    for (std::uint64_t damage = 0; damage < arguments.damages && !whole.empty(); ++damage) {
      const std::uint64_t length = store.random().below(whole.size());
      SCOPED_TRACE(file.string() + ", cut to " + std::to_string(length) + " of " + std::to_string(whole.size()));
      store.judge(file, whole.substr(0, length));
    }
  }
  store.print();
}

}  // namespace
}  // namespace waybill::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  using waybill::testing::arguments;
  arguments.damages = waybill::testing::number_behind(argc, argv, "--damages", arguments.damages);
  arguments.seed = waybill::testing::number_behind(argc, argv, "--seed", arguments.seed);
  return RUN_ALL_TESTS();
}
