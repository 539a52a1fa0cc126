#include "segment/sid_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/random.h"
#include "segment/paged_output.h"
#include "segment/sid_format.h"

namespace waybill::segment {
namespace {

using base::ErrorCode;

constexpr std::uint64_t kStore = 0x1122'3344'5566'7788;
constexpr std::uint64_t kHashMax = kSidHashMax;

SidEntry entry(std::uint64_t hash, std::int64_t ms) { return {hash, base::from_ms(ms)}; }

// A folder of its own for each test, gone afterwards.
class SidFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "waybill_sids_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::filesystem::path in_folder(std::string_view name) const { return folder_ / name; }

  // Writes a file of the entries, which need not be in order, and opens it.
  std::shared_ptr<const SidFile> make(std::string_view name, std::vector<SidEntry> entries,
                                      const SidFileOptions& options = {kStore, 7, {}}) {
    std::sort(entries.begin(), entries.end());
    const auto written = write_sid_file(files_, in_folder(name), options, entries);
    EXPECT_TRUE(written) << written.error().message();
    auto opened = SidFile::open(in_folder(name), options.store_id);
    EXPECT_TRUE(opened) << opened.error().message();
    return opened.value();
  }

  std::shared_ptr<const SidFile> merge(std::string_view name, std::span<const std::shared_ptr<const SidFile>> inputs,
                                       const std::function<bool(const SidEntry&)>& keep = {}) {
    const auto merged = merge_sid_files(files_, in_folder(name), {kStore, 9, {1, 2}}, inputs, keep);
    EXPECT_TRUE(merged) << merged.error().message();
    return SidFile::open(in_folder(name), kStore).value();
  }

  base::SystemFiles files_;

 private:
  std::filesystem::path folder_;
};

std::vector<base::WallTime> find(const SidFile& file, std::uint64_t hash) {
  std::vector<base::WallTime> times;
  const auto found = file.find(hash, times);
  EXPECT_TRUE(found) << found.error().message();
  return times;
}

std::vector<SidEntry> all(const SidFile& file) {
  std::vector<SidEntry> out;
  const auto done = file.for_each([&](const SidEntry& e) -> base::Result<void> {
    out.push_back(e);
    return {};
  });
  EXPECT_TRUE(done) << done.error().message();
  return out;
}

// Holds a file against a std::multimap: all it has, beside it, and the ends.
void check_against_map(const SidFile& file, const std::vector<SidEntry>& entries) {
  std::multimap<std::uint64_t, base::WallTime> expected;
  for (const SidEntry& e : entries) expected.emplace(e.hash, e.time);
  std::set<std::uint64_t> asked = {0, 1, kHashMax / 2, kHashMax - 1, kHashMax};
  for (const SidEntry& e : entries) asked.insert({e.hash, (e.hash + 1) & kHashMax, (e.hash - 1) & kHashMax});
  for (const std::uint64_t hash : asked) {
    std::vector<base::WallTime> times;
    const auto [begin, end] = expected.equal_range(hash);
    for (auto at = begin; at != end; ++at) times.push_back(at->second);
    std::sort(times.begin(), times.end());
    ASSERT_EQ(find(file, hash), times) << "hash " << hash;
  }
  std::vector<SidEntry> sorted = entries;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(all(file), sorted);
  EXPECT_EQ(file.entries(), entries.size());
  EXPECT_TRUE(file.check_pages());
  const auto structure = file.check_structure();
  EXPECT_TRUE(structure) << structure.error().message();
}

TEST_F(SidFileTest, finds_what_a_multimap_finds) {
  struct Case {
    std::size_t entries;
    std::uint64_t hash_max;  // hashes lie evenly up to it
  };
  const Case cases[] = {
      {0, kHashMax},      {1, kHashMax},   {2, kHashMax},   {63, kHashMax},       {64, kHashMax},
      {65, kHashMax},     {128, kHashMax}, {129, kHashMax}, {341, kHashMax},      {5'000, kHashMax},
      {30'000, kHashMax}, {3'000, 700},    {5'000, 0},      {2'000, 1ULL << 20U},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::to_string(c.entries) + " entries up to " + std::to_string(c.hash_max));
    base::SeededRandom random(c.entries + c.hash_max);
    std::vector<SidEntry> entries;
    for (std::size_t i = 0; i < c.entries; ++i) {
      entries.push_back(entry(random.below(c.hash_max + 1), random.between(-1'000'000, 2'000'000'000'000)));
    }
    const auto file = make(std::to_string(c.entries) + "-" + std::to_string(c.hash_max), entries);
    check_against_map(*file, entries);
  }
}

TEST_F(SidFileTest, keeps_equal_hashes_duplicates_and_times_at_both_ends) {
  const std::int64_t first = base::to_ms(base::kTimeMin);
  const std::int64_t last = base::to_ms(base::kTimeMax);
  const std::vector<SidEntry> entries = {
      entry(0, first),        entry(0, last), entry(5, 20),           entry(5, 10),          entry(5, 10),
      entry(6, -1),           entry(6, 0),    entry(kHashMax, first), entry(kHashMax, last), entry(kHashMax, last),
      entry(kHashMax - 1, 1),
  };
  const auto file = make("a", entries);
  check_against_map(*file, entries);
  EXPECT_EQ(find(*file, 5), (std::vector{base::from_ms(10), base::from_ms(10), base::from_ms(20)}));
  EXPECT_EQ(find(*file, kHashMax), (std::vector{base::kTimeMin, base::kTimeMax, base::kTimeMax}));
}

TEST_F(SidFileTest, adds_to_the_times_that_are_there) {
  const auto file = make("a", {entry(1, 10), entry(2, 20)});
  std::vector<base::WallTime> times = {base::from_ms(1)};
  ASSERT_TRUE(file->find(2, times));
  ASSERT_TRUE(file->find(3, times));
  EXPECT_EQ(times, (std::vector{base::from_ms(1), base::from_ms(20)}));
}

TEST_F(SidFileTest, says_what_it_is) {
  const auto file = make("a", {entry(1, 10)}, {kStore, 12, {3, 4, 5}});
  EXPECT_EQ(file->path(), in_folder("a"));
  EXPECT_EQ(file->number(), 12U);
  EXPECT_EQ(file->replaces(), (std::vector<std::uint64_t>{3, 4, 5}));
  EXPECT_EQ(file->file_bytes(), std::filesystem::file_size(in_folder("a")));
  EXPECT_FALSE(file->damage().has_value());
}

TEST_F(SidFileTest, takes_twelve_bytes_and_a_little_an_entry) {
  constexpr std::size_t kEntries = 100'000;
  base::SeededRandom random(1);
  std::vector<SidEntry> entries;
  for (std::size_t i = 0; i < kEntries; ++i) entries.push_back(entry(random.next() & kHashMax, 1));
  const auto bytes = static_cast<double>(make("a", entries)->file_bytes() - 4096);
  EXPECT_LT(bytes / kEntries, 12.2);
}

TEST_F(SidFileTest, for_each_ends_when_its_visitor_fails) {
  const auto file = make("a", {entry(1, 10), entry(2, 20), entry(3, 30)});
  int visits = 0;
  const auto done = file->for_each([&](const SidEntry& e) -> base::Result<void> {
    ++visits;
    if (e.hash == 2) return base::busy("enough");
    return {};
  });
  EXPECT_EQ(done.error().code(), ErrorCode::kBusy);
  EXPECT_EQ(visits, 2);
}

TEST_F(SidFileTest, a_merge_has_the_entries_of_all_in_order) {
  base::SeededRandom random(5);
  std::vector<std::shared_ptr<const SidFile>> inputs;
  std::vector<SidEntry> entries;
  for (const std::size_t count : {0U, 1U, 40'000U, 300U, 25'000U}) {
    std::vector<SidEntry> part;
    for (std::size_t i = 0; i < count; ++i) {
      part.push_back(
          entry(random.below(2) == 0 ? random.below(5'000) : random.next() & kHashMax, random.between(0, 100)));
    }
    entries.insert(entries.end(), part.begin(), part.end());
    inputs.push_back(make(std::to_string(count), std::move(part)));
  }
  const auto merged = merge("merged", inputs);
  check_against_map(*merged, entries);
  EXPECT_EQ(merged->number(), 9U);
  EXPECT_EQ(merged->replaces(), (std::vector<std::uint64_t>{1, 2}));

  const auto at_once = make("at-once", entries, {kStore, 9, {1, 2}});
  EXPECT_EQ(base::read_file(merged->path()).value(), base::read_file(at_once->path()).value());
}

TEST_F(SidFileTest, a_merge_leaves_out_what_is_not_to_be_kept) {
  const std::vector<std::shared_ptr<const SidFile>> inputs = {make("a", {entry(1, 10), entry(2, 20), entry(3, 30)}),
                                                              make("b", {entry(1, 11), entry(2, 20)})};
  const auto odd = merge("odd", inputs, [](const SidEntry& e) { return e.hash % 2 == 1; });
  check_against_map(*odd, {entry(1, 10), entry(1, 11), entry(3, 30)});
  check_against_map(*merge("none", inputs, [](const SidEntry&) { return false; }), {});
  check_against_map(*merge("of-nothing", {}), {});
}

TEST_F(SidFileTest, a_merge_that_leaves_most_out_still_finds_the_rest) {
  base::SeededRandom random(6);
  std::vector<SidEntry> entries;
  for (int i = 0; i < 20'000; ++i) entries.push_back(entry(random.next() & kHashMax, i));
  const std::vector<std::shared_ptr<const SidFile>> inputs = {make("a", entries)};
  const auto few = [](const SidEntry& e) { return e.hash % 100 == 0; };
  std::vector<SidEntry> kept;
  std::copy_if(entries.begin(), entries.end(), std::back_inserter(kept), few);
  check_against_map(*merge("few", inputs, few), kept);
}

TEST_F(SidFileTest, is_never_written_over_another) {
  make("a", {entry(1, 10)});
  EXPECT_EQ(write_sid_file(files_, in_folder("a"), {kStore, 1, {}}, {}).error().code(), ErrorCode::kConflict);
}

TEST_F(SidFileTest, that_is_missing_is_not_found) {
  EXPECT_EQ(SidFile::open(in_folder("a"), kStore).error().code(), ErrorCode::kNotFound);
}

TEST_F(SidFileTest, of_another_store_is_refused) {
  make("a", {entry(1, 10)});
  const auto opened = SidFile::open(in_folder("a"), kStore + 1);
  EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption);
  EXPECT_NE(opened.error().message().find("belongs to another store"), std::string::npos) << opened.error().message();
}

TEST_F(SidFileTest, of_a_later_version_is_refused_by_name) {
  make("a", {entry(1, 10)});
  std::string bytes = base::read_file(in_folder("a")).value();
  std::string prologue = bytes.substr(0, 8);
  base::put_le(prologue, std::uint32_t{2});
  base::put_le(prologue, static_cast<std::uint32_t>(base::hash64(prologue)));
  std::ofstream(in_folder("b"), std::ios::binary) << prologue << bytes.substr(prologue.size());
  const auto opened = SidFile::open(in_folder("b"), kStore);
  EXPECT_EQ(opened.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(opened.error().message(),
            in_folder("b").string() + " has version 2 of the sid file format, and this program reads version 1");
}

// What a file says in all: everything found, walked and checked, or the error that some step gave.
base::Result<std::vector<SidEntry>> everything(const std::filesystem::path& path, std::span<const SidEntry> asked) {
  TRY_ASSIGN(const auto file, SidFile::open(path, kStore));
  TRY(file->check_pages());
  TRY(file->check_structure());
  std::vector<base::WallTime> times;
  for (const SidEntry& e : asked) TRY(file->find(e.hash, times));
  return all(*file);
}

TEST_F(SidFileTest, that_was_cut_short_or_lengthened_is_refused) {
  base::SeededRandom random(8);
  std::vector<SidEntry> entries;
  for (int i = 0; i < 500; ++i) entries.push_back(entry(random.next() & kHashMax, i));
  make("a", entries);
  const std::string bytes = base::read_file(in_folder("a")).value();
  for (std::size_t length = 0; length < bytes.size(); length += length < 40 ? 1 : 97) {
    std::ofstream(in_folder("cut"), std::ios::binary) << bytes.substr(0, length);
    EXPECT_EQ(SidFile::open(in_folder("cut"), kStore).error().code(), ErrorCode::kCorruption) << length;
  }
  std::ofstream(in_folder("cut"), std::ios::binary) << bytes << std::string(4096, '\0');
  EXPECT_EQ(SidFile::open(in_folder("cut"), kStore).error().code(), ErrorCode::kCorruption);
}

TEST_F(SidFileTest, with_a_flipped_byte_never_gives_a_wrong_answer) {
  base::SeededRandom random(9);
  std::vector<SidEntry> entries;
  for (int i = 0; i < 500; ++i) entries.push_back(entry(random.next() & kHashMax, i));
  make("a", entries);
  const std::string bytes = base::read_file(in_folder("a")).value();
  for (std::size_t at = 0; at < bytes.size(); at += at < 20 ? 1 : 1 + random.below(60)) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ static_cast<char>(1U << random.below(8)));
    std::ofstream(in_folder("flipped"), std::ios::binary) << flipped;
    const auto said = everything(in_folder("flipped"), entries);
    ASSERT_FALSE(said) << "byte " << at;
    ASSERT_EQ(said.error().code(), ErrorCode::kCorruption) << said.error().message();
    ASSERT_NE(said.error().message().find("flipped at offset "), std::string::npos) << said.error().message();
  }
}

TEST_F(SidFileTest, finding_in_a_damaged_page_fails_and_other_pages_go_on) {
  base::SeededRandom random(10);
  std::vector<SidEntry> entries;
  for (int i = 0; i < 5'000; ++i) entries.push_back(entry(random.next() & kHashMax, i));
  make("a", entries);
  std::string bytes = base::read_file(in_folder("a")).value();
  bytes[20'000] = static_cast<char>(bytes[20'000] ^ 1);
  std::ofstream(in_folder("b"), std::ios::binary) << bytes;
  const auto file = SidFile::open(in_folder("b"), kStore).value();
  std::size_t failed = 0;
  for (const SidEntry& e : entries) {
    std::vector<base::WallTime> times;
    const auto found = file->find(e.hash, times);
    if (found) {
      ASSERT_EQ(times, std::vector{e.time});
    } else {
      ASSERT_EQ(found.error().code(), ErrorCode::kCorruption);
      ASSERT_TRUE(times.empty());
      ++failed;
    }
  }
  EXPECT_GT(failed, 300U);
  EXPECT_LT(failed, 600U);
  EXPECT_TRUE(file->damage().has_value());
}

// A machine whose disk does not give one page of each file, as long as it is told not to.
class FilesWithABadPage final : public base::FileSystem {
 public:
  base::Result<std::unique_ptr<base::OutputFile>> create(const std::filesystem::path& path) override {
    return below_.create(path);
  }
  base::Result<std::unique_ptr<base::InputFile>> open(const std::filesystem::path& path) override {
    TRY_ASSIGN(auto below, below_.open(path));
    return std::unique_ptr<base::InputFile>(std::make_unique<Input>(std::move(below), bad_page));
  }
  base::Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return below_.rename(from, to);
  }
  base::Result<void> remove(const std::filesystem::path& path) override { return below_.remove(path); }
  base::Result<void> sync_folder(const std::filesystem::path& folder) override { return below_.sync_folder(folder); }

  std::optional<std::uint64_t> bad_page;

 private:
  class Input final : public base::InputFile {
   public:
    Input(std::unique_ptr<base::InputFile> below, const std::optional<std::uint64_t>& bad_page)
        : below_(std::move(below)), bad_page_(bad_page) {}
    [[nodiscard]] base::Result<std::size_t> read(std::uint64_t offset, std::span<char> out) const override {
      const bool is_asked =
          bad_page_ && offset < (*bad_page_ + 1) * kPageBytes && *bad_page_ * kPageBytes < offset + out.size();
      if (is_asked) return base::io_error("the disk does not give it");
      return below_->read(offset, out);
    }
    [[nodiscard]] bool read_if_cached(std::uint64_t, std::span<char>) const override { return false; }
    [[nodiscard]] std::unique_ptr<base::InputFile> past_cache() const override { return nullptr; }
    [[nodiscard]] int descriptor() const override { return below_->descriptor(); }

   private:
    std::unique_ptr<base::InputFile> below_;
    const std::optional<std::uint64_t>& bad_page_;
  };

  base::SystemFiles below_;
};

TEST_F(SidFileTest, a_page_that_the_disk_does_not_give_is_damaged_until_it_does) {
  base::SeededRandom random(5);
  std::vector<SidEntry> entries;
  for (int i = 0; i < 5'000; ++i) entries.push_back(entry(random.next() & kHashMax, i));
  make("a", entries);
  FilesWithABadPage disk;
  const auto file = SidFile::open(in_folder("a"), kStore, &disk).value();
  const auto walk = [&] { return file->for_each([](const SidEntry&) { return base::Result<void>(); }); };
  const auto find_all = [&]() -> base::Result<void> {
    std::vector<base::WallTime> times;
    for (const SidEntry& e : entries) TRY(file->find(e.hash, times));
    return {};
  };
  // Whatever part of the file is read at once, that page is told and no other.
  disk.bad_page = 7;
  for (const auto& failed : {walk(), find_all(), file->check_pages()}) {
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code(), ErrorCode::kCorruption);
    EXPECT_NE(failed.error().message().find(" at offset " + std::to_string(7 * kPageBytes) + ": "), std::string::npos)
        << failed.error().message();
    ASSERT_TRUE(file->damage().has_value());
    EXPECT_EQ(file->damage()->pages, 1U);
    EXPECT_EQ(file->damage()->first, failed.error().message());
  }
  EXPECT_FALSE(file->look_again().value());
  EXPECT_TRUE(file->damage().has_value());
  disk.bad_page.reset();
  ASSERT_TRUE(walk());
  EXPECT_FALSE(file->damage().has_value()) << "the walk has read it";
  ASSERT_TRUE(find_all());
  // Also where it was read before.
  disk.bad_page = 7;
  EXPECT_FALSE(walk().has_value());
  EXPECT_TRUE(file->damage().has_value());
  disk.bad_page.reset();
  EXPECT_TRUE(file->look_again().value());
  EXPECT_FALSE(file->damage().has_value());
}

// Whatever pages are damaged: each hash is found, or lies in a range that is said to be unreadable; and what is not
// given by a walk around the damage lies in one as well.
TEST_F(SidFileTest, says_which_hashes_it_cannot_answer_for) {
  base::SeededRandom random(11);
  std::vector<SidEntry> entries;
  for (int i = 0; i < 20'000; ++i) entries.push_back(entry(random.next() & kHashMax, i));
  const auto whole = make("a", entries);
  EXPECT_TRUE(whole->unreadable().value().empty());
  const std::string bytes = base::read_file(in_folder("a")).value();
  const std::uint64_t pages = (bytes.size() - kFooterBytes) / kPageBytes;
  for (int round = 0; round < 60; ++round) {
    std::string damaged = bytes;
    // The first and the last pages first, one by one; then some at random.
    std::vector<std::uint64_t> chosen = {round < 10 ? round : round < 20 ? pages - (round - 9) : random.below(pages)};
    if (round >= 20) chosen.push_back(random.below(pages));
    for (const std::uint64_t page : chosen) damaged[page * kPageBytes + random.below(16)] ^= 1;
    std::ofstream(in_folder("b"), std::ios::binary) << damaged;
    const auto opened = SidFile::open(in_folder("b"), kStore);
    if (!opened) continue;
    const std::vector<HashRange> ranges = (*opened)->unreadable().value();
    EXPECT_FALSE(ranges.empty());
    const auto is_said = [&](std::uint64_t hash) {
      return std::any_of(ranges.begin(), ranges.end(), [&](const HashRange& range) { return range.contains(hash); });
    };
    std::set<SidEntry> given;
    ASSERT_TRUE((*opened)->for_each_readable([&](const SidEntry& e) -> base::Result<void> {
      given.insert(e);
      return {};
    }));
    for (const SidEntry& e : entries) {
      std::vector<base::WallTime> times;
      EXPECT_TRUE((*opened)->find(e.hash, times) || is_said(e.hash));
      EXPECT_TRUE(given.contains(e) || is_said(e.hash));
    }
  }
}

// A file whose checksums agree, of entries in the order given and any directory.
struct Contradiction {
  std::vector<SidEntry> entries;
  std::vector<std::uint32_t> directory;
  std::uint64_t entries_said;
  std::uint32_t bits_said;
  std::string_view message;
};

TEST_F(SidFileTest, whose_parts_contradict_each_other_is_refused) {
  const SidEntry low = entry(1, 10);
  const SidEntry high = entry(kHashMax, 20);
  const SidEntry too_late = {kHashMax, base::kTimeMax + std::chrono::milliseconds(1)};
  const Contradiction cases[] = {
      {{low, high}, {0, 1, 2}, 2, 1, ""},
      {{low, high}, {0, 2}, 2, 0, ""},
      {{low, high}, {0, 2}, 3, 0, "the number of entries does not fit the length of the data"},
      {{low, high}, {0, 1, 2}, 2, 3, "the number of entries does not fit the length of the data"},
      {{low, high}, {0, 2}, ~0ULL, 0, "the number of entries does not fit the length of the data"},
      {{low, high}, {0, 2}, 2, 60, "the number of entries does not fit the length of the data"},
      {{high, low}, {0, 2}, 2, 0, "the entry is smaller than the one before it"},
      {{low, too_late}, {0, 2}, 2, 0, "the entry's time is beyond the year 9999"},
      {{low, high}, {0, 3}, 2, 0, "a bucket ends before it begins"},
      {{low, high}, {0, 2, 1}, 2, 1, "a bucket does not hold the entries that belong to it"},
      {{low, high}, {2, 1, 2}, 2, 1, "a bucket ends before it begins"},
      {{low, high}, {0, 0, 2}, 2, 1, "a bucket does not hold the entries that belong to it"},
      {{low, high}, {1, 1, 2}, 2, 1, "a bucket does not hold the entries that belong to it"},
      {{low, high}, {0, 1, 1}, 2, 1, "a bucket does not hold the entries that belong to it"},
  };
  for (const Contradiction& c : cases) {
    SCOPED_TRACE(c.message);
    std::filesystem::remove(in_folder("a"));
    const auto output = PagedOutput::create(files_, in_folder("a"), kSidFileKind, {kStore, 1, {}}).value();
    std::string bytes;
    for (const SidEntry& e : c.entries) put_sid_entry(bytes, e);
    for (const std::uint32_t start : c.directory) base::put_le(bytes, start);
    std::string summary;
    base::put_le(summary, c.entries_said);
    base::put_le(summary, c.bits_said);
    ASSERT_TRUE(output->append(bytes));
    ASSERT_TRUE(output->finish(summary));
    const auto said = everything(in_folder("a"), c.entries);
    EXPECT_EQ(said.has_value(), c.message.empty());
    if (said) continue;
    EXPECT_EQ(said.error().code(), ErrorCode::kCorruption);
    EXPECT_TRUE(said.error().message().ends_with(c.message)) << said.error().message();
    // What was written like that stays damaged, however often it is read.
    const auto opened = SidFile::open(in_folder("a"), kStore);
    if (!opened) continue;
    EXPECT_FALSE((*opened)->check_structure());
    EXPECT_TRUE((*opened)->check_pages());
    EXPECT_TRUE((*opened)->look_again().value());
    EXPECT_TRUE((*opened)->damage().has_value());
  }
}

// A disk that takes so many bytes.
class SmallDisk final : public base::FileSystem {
 public:
  explicit SmallDisk(std::size_t room) : room_(room) {}

  base::Result<std::unique_ptr<base::OutputFile>> create(const std::filesystem::path& /*path*/) override {
    return std::unique_ptr<base::OutputFile>(std::make_unique<File>(room_));
  }
  base::Result<void> rename(const std::filesystem::path& /*from*/, const std::filesystem::path& /*to*/) override {
    return {};
  }
  base::Result<void> remove(const std::filesystem::path& /*path*/) override { return {}; }
  base::Result<void> sync_folder(const std::filesystem::path& /*folder*/) override { return {}; }

 private:
  class File final : public base::OutputFile {
   public:
    explicit File(std::size_t room) : room_(room) {}
    base::Result<void> append(std::string_view bytes) override {
      if (bytes.size() > room_) return base::storage_full("as told");
      room_ -= bytes.size();
      return {};
    }
    base::Result<void> sync() override { return base::io_error("as told"); }

   private:
    std::size_t room_;
  };

  std::size_t room_;
};

TEST_F(SidFileTest, writing_passes_on_what_the_disk_says) {
  const std::vector<SidEntry> entries(100'000, entry(1, 1));
  const std::vector<std::shared_ptr<const SidFile>> inputs = {make("a", entries)};
  struct Case {
    std::size_t room;
    ErrorCode code;
  };
  for (const Case& c :
       {Case{0, ErrorCode::kStorageFull}, {1'000'000, ErrorCode::kStorageFull}, {1'250'000, ErrorCode::kIo}}) {
    SmallDisk disk(c.room);
    EXPECT_EQ(write_sid_file(disk, in_folder("b"), {kStore, 1, {}}, entries).error().code(), c.code) << c.room;
    EXPECT_EQ(merge_sid_files(disk, in_folder("b"), {kStore, 1, {}}, inputs, {}).error().code(), c.code) << c.room;
  }
}

TEST_F(SidFileTest, a_merge_of_a_damaged_file_fails) {
  make("a", {entry(1, 10), entry(2, 20)});
  std::string bytes = base::read_file(in_folder("a")).value();
  bytes[20] = static_cast<char>(bytes[20] ^ 1);
  std::ofstream(in_folder("b"), std::ios::binary) << bytes;
  const std::vector<std::shared_ptr<const SidFile>> inputs = {SidFile::open(in_folder("b"), kStore).value()};
  const auto merged = merge_sid_files(files_, in_folder("c"), {kStore, 1, {}}, inputs, {});
  EXPECT_EQ(merged.error().code(), ErrorCode::kCorruption);
}

TEST(SidHash, tells_workspaces_sids_and_keys_apart_and_stays_in_its_bits) {
  std::set<std::uint64_t> hashes;
  std::size_t made = 0;
  for (std::uint32_t workspace = 0; workspace < 10; ++workspace) {
    for (std::uint8_t number = 0; number < 100; ++number) {
      for (std::uint64_t key = 0; key < 10; ++key, ++made) {
        model::SidBytes bytes{};
        bytes[number % 16] = number;
        hashes.insert(sid_hash(model::WorkspaceNumber{workspace}, model::EventSid(bytes), key));
      }
    }
  }
  EXPECT_EQ(*std::max_element(hashes.begin(), hashes.end()) >> kSidHashBits, 0U);
  EXPECT_EQ(hashes.size(), made);
}

TEST(SidHash, stays_what_files_were_written_with) {
  const model::EventSid sid = model::EventSid::parse("EV00112233445566778899aabbccddeeff").value();
  EXPECT_EQ(sid_hash(model::WorkspaceNumber{3}, sid, 42), 17'321'582'015'260U);
}

}  // namespace
}  // namespace waybill::segment
