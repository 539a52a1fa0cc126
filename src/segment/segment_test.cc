#include "segment/segment.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/files.h"
#include "query/term_key.h"
#include "segment/format.h"
#include "segment/testing/rows.h"

namespace waybill::segment {
namespace {

using testing::OwnedRow;
using testing::random_rows;
using testing::RowsShape;
using testing::write_segment;

constexpr std::uint64_t kStore = 0x5708E;

std::string path_for(const std::string& name) {
  return ::testing::TempDir() + "segment_test_" + name + "_" +
         ::testing::UnitTest::GetInstance()->current_test_info()->name();
}

// The rows of a set, by looking at every one.
std::vector<std::uint32_t> rows_of(const query::RowSet& set) {
  std::vector<std::uint32_t> out(set.sparse.begin(), set.sparse.end());
  for (std::uint32_t bit = 0; bit < set.dense.size() * 64; ++bit) {
    if ((set.dense[bit / 64] >> (bit % 64) & 1U) != 0) out.push_back(bit);
  }
  return out;
}

// By term key and block, the rows in the block.
using Postings = std::map<std::string, std::map<std::uint32_t, std::vector<std::uint32_t>>>;

Postings postings_of(const std::vector<OwnedRow>& rows, std::uint32_t block_bits) {
  Postings out;
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    for (const std::string& key : testing::keys_of(rows[row].workspace, rows[row].terms)) {
      out[key][row >> block_bits].push_back(row & ((1U << block_bits) - 1));
    }
  }
  return out;
}

void check_terms(const Segment& segment, const std::vector<OwnedRow>& rows) {
  const std::uint32_t bits = segment.summary().block_bits;
  const std::uint32_t blocks = (segment.summary().rows + (1U << bits) - 1) >> bits;
  const Postings postings = postings_of(rows, bits);
  for (const auto& [key, by_block] : postings) {
    const auto term = segment.find_term(key);
    ASSERT_TRUE(term && *term);
    for (std::uint32_t block = 0; block < blocks; ++block) {
      const auto set = segment.rows(**term, block);
      ASSERT_TRUE(set) << set.error().message();
      const auto expected = by_block.contains(block) ? by_block.at(block) : std::vector<std::uint32_t>();
      ASSERT_EQ(rows_of(*set), expected);
      ASSERT_EQ(set->count, expected.size());
    }
    for (std::uint32_t row = 0; row < rows.size(); row += 97) {
      const auto has = segment.has_term(row, **term);
      const auto keys = testing::keys_of(rows[row].workspace, rows[row].terms);
      ASSERT_TRUE(has);
      ASSERT_EQ(*has, std::find(keys.begin(), keys.end(), key) != keys.end());
    }
    // No other key is found, however like it is.
    std::string other = key;
    other.back() = static_cast<char>(other.back() + 1);
    const auto absent = segment.find_term(other);
    ASSERT_TRUE(absent);
    ASSERT_EQ(absent->has_value(), postings.contains(other));
  }
}

bool share_a_row(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  return std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

// What two terms are said to have in common: never less than they have, and no more where both are frequent and have
// rows in several blocks.
void check_meetings(const Segment& segment, const std::vector<OwnedRow>& rows) {
  int said_not_to_meet = 0;
  const std::uint32_t bits = segment.summary().block_bits;
  const Postings postings = postings_of(rows, bits);
  std::vector<std::pair<std::uint32_t, const Postings::mapped_type*>> terms;
  for (const auto& [key, by_block] : postings) terms.emplace_back(**segment.find_term(key), &by_block);
  base::SeededRandom random(rows.size());
  for (int round = 0; round < 3000; ++round) {
    const auto& [a, rows_of_a] = terms[random.below(terms.size())];
    const auto& [b, rows_of_b] = terms[random.below(terms.size())];
    for (const auto& [block, in_block] : *rows_of_a) {
      const auto other = rows_of_b->find(block);
      if (other == rows_of_b->end()) continue;
      const auto may_meet = segment.may_meet(std::array{a, b}, block);
      ASSERT_TRUE(may_meet) << may_meet.error().message();
      const bool met = share_a_row(in_block, other->second);
      const std::size_t rows_of_block = std::min<std::size_t>(1U << bits, rows.size() - (std::size_t{block} << bits));
      const bool is_said = rows_of_a->size() > 1 && rows_of_b->size() > 1 &&
                           is_frequent(in_block.size(), rows_of_block) &&
                           is_frequent(other->second.size(), rows_of_block);
      if (!met && !is_said) continue;
      ASSERT_EQ(*may_meet, met);
      if (!met) ++said_not_to_meet;
    }
  }
  EXPECT_TRUE(rows.size() < 1000 || bits >= 10 || said_not_to_meet > 0);
}

void check_keys(const Segment& segment, const std::vector<OwnedRow>& rows) {
  std::vector<model::SortKey> keys;
  for (const OwnedRow& row : rows) keys.push_back(row.key);
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    ASSERT_EQ(*segment.key(row), keys[row]);
    ASSERT_EQ(*segment.sid(row), rows[row].sid);
    ASSERT_EQ(*segment.lower_bound(keys[row]), row);
    const model::SortKey behind{keys[row].time, model::Position{to_number(keys[row].position) + 1}};
    ASSERT_EQ(*segment.lower_bound(behind), std::lower_bound(keys.begin(), keys.end(), behind) - keys.begin());
    ASSERT_EQ(*segment.find_event(rows[row].workspace, rows[row].sid, rows[row].key.time), row);
    ASSERT_EQ(*segment.find_event(model::WorkspaceNumber{99}, rows[row].sid, rows[row].key.time), std::nullopt);
    ASSERT_EQ(*segment.find_event(rows[row].workspace, rows[row].sid, base::from_ms(1)), std::nullopt);
  }
  ASSERT_EQ(*segment.lower_bound({}), 0U);
}

void check_summary(const Segment& segment, const std::vector<OwnedRow>& rows) {
  const query::Source::Summary& summary = segment.summary();
  EXPECT_EQ(summary.rows, rows.size());
  EXPECT_EQ(summary.first_key, rows.front().key);
  EXPECT_EQ(summary.last_key, rows.back().key);
  std::map<std::uint32_t, std::set<model::Position>> positions;
  std::set<model::Position> all;
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    positions[row >> summary.block_bits].insert(rows[row].key.position);
    all.insert(rows[row].key.position);
  }
  EXPECT_EQ(summary.position_min, *all.begin());
  EXPECT_EQ(summary.position_max, *all.rbegin());
  for (const auto& [block, of_block] : positions) {
    const auto range = segment.positions(block);
    ASSERT_TRUE(range);
    EXPECT_EQ(range->min, *of_block.begin());
    EXPECT_EQ(range->max, *of_block.rbegin());
  }
}

void check_records(const Segment& segment, const std::vector<OwnedRow>& rows) {
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t row = 0; row < rows.size(); row += 3) wanted.push_back(row);
  std::reverse(wanted.begin(), wanted.end());
  for (int time = 0; time < 2; ++time) {
    const auto records = segment.records(wanted);
    ASSERT_TRUE(records) << records.error().message();
    for (std::size_t i = 0; i < wanted.size(); ++i) ASSERT_EQ((*records)[i], rows[wanted[i]].record);
  }
}

void check_segment(const std::string& path, const std::vector<OwnedRow>& rows) {
  const auto segment = Segment::open(path, kStore);
  ASSERT_TRUE(segment) << segment.error().message();
  check_summary(**segment, rows);
  check_keys(**segment, rows);
  check_terms(**segment, rows);
  check_meetings(**segment, rows);
  check_records(**segment, rows);
  const auto walked = testing::rows_of(*segment);
  ASSERT_TRUE(walked) << walked.error().message();
  ASSERT_EQ(*walked, rows);
  const auto pages = (*segment)->check_pages();
  EXPECT_TRUE(pages) << pages.error().message();
  const auto structure = (*segment)->check_structure();
  EXPECT_TRUE(structure) << structure.error().message();
  EXPECT_FALSE((*segment)->damage().has_value());
}

void check_round_trip(const std::vector<OwnedRow>& rows, std::uint32_t block_bits) {
  const std::string path = path_for("round_trip");
  write_segment(path, rows, {kStore, 7, {}, block_bits});
  check_segment(path, rows);
  std::filesystem::remove(path);
}

TEST(SegmentTest, gives_back_what_was_written) {
  const RowsShape shapes[] = {
      {.rows = 1},
      {.rows = 63},
      {.rows = 64, .time_step_max = 0},
      {.rows = 65, .workspaces = 1},
      {.rows = 128, .first_position = 0xFFFF'FFFF'0000'0000},
      {.rows = 129, .time_step_max = 100'000'000'000},
      {.rows = 1000, .tasks = 1000},
      {.rows = 3000, .workspaces = 40, .record_bytes_max = 3},
      {.rows = 2500, .time_step_max = 0, .record_bytes_max = 300},
  };
  std::uint64_t seed = 0;
  for (const RowsShape& shape : shapes) {
    for (const std::uint32_t bits : {6U, 7U, 10U, 16U}) {
      SCOPED_TRACE("seed " + std::to_string(++seed) + ", rows " + std::to_string(shape.rows) + ", block bits " +
                   std::to_string(bits));
      check_round_trip(random_rows(shape, seed), bits);
    }
  }
}

// Rows in blocks of 2^12: each has a term of its own kind out of `kinds`, and one that all of a half of them have.
std::vector<OwnedRow> rows_of_many_kinds(std::size_t kinds) {
  std::vector<OwnedRow> rows = random_rows({.rows = std::size_t{2} << 12U, .workspaces = 1}, 5);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].terms = {{model::Dimension::kEventType, i / 2 % 2 == 0 ? "even" : "odd"},
                     {model::Dimension::kTask, std::to_string(i / 2 % kinds)}};
  }
  return rows;
}

TEST(SegmentTest, knows_of_so_many_frequent_terms_of_a_block_who_meets) {
  const std::string path = path_for("many");
  // With four rows in 4,096 a term is not frequent; with some seventy it is.
  for (const std::size_t kinds : {60U, 2'000U}) {
    write_segment(path, rows_of_many_kinds(kinds), {kStore, 7, {}, 12});
    const auto segment = Segment::open(path, kStore);
    ASSERT_TRUE(segment);
    const auto term = [&](model::Dimension dimension, const std::string& value) {
      return **(*segment)->find_term(query::term_key(model::WorkspaceNumber{1}, {dimension, value}));
    };
    const std::uint32_t even = term(model::Dimension::kEventType, "even");
    const std::uint32_t odd = term(model::Dimension::kEventType, "odd");
    const std::uint32_t four = term(model::Dimension::kTask, "4");
    EXPECT_TRUE(*(*segment)->may_meet(std::array{four, even}, 0));
    EXPECT_TRUE(*(*segment)->may_meet(std::array{four, four}, 0));
    EXPECT_FALSE(*(*segment)->may_meet(std::array{even, odd}, 0));
    EXPECT_EQ(*(*segment)->may_meet(std::array{four, odd}, 0), kinds == 2'000U);
    EXPECT_FALSE(*(*segment)->may_meet(std::array{four, even, odd}, 0));
    EXPECT_TRUE((*segment)->check_structure());
  }
}

TEST(SegmentTest, says_nothing_of_more_frequent_terms_than_it_has_room_for) {
  // 2,100 terms of some 41 rows each, where 32 are enough; row i has those from i % 100 on, 100 apart.
  std::vector<OwnedRow> rows = random_rows({.rows = std::size_t{2} << 12U, .workspaces = 1}, 6);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<model::Term> terms;
    for (std::size_t kind = i % 100; kind < 2'100; kind += 100) {
      terms.push_back({model::Dimension::kTask, std::to_string(kind)});
    }
    rows[i].terms = terms;
  }
  const std::string path = path_for("more");
  write_segment(path, rows, {kStore, 7, {}, 12});
  const auto segment = Segment::open(path, kStore);
  ASSERT_TRUE(segment);
  EXPECT_TRUE((*segment)->check_structure());
  int not_met = 0;
  for (std::size_t kind = 0; kind < 2'100; ++kind) {
    const auto term_of = [&](std::size_t number) {
      const std::string value = std::to_string(number % 2'100);
      return **(*segment)->find_term(query::term_key(model::WorkspaceNumber{1}, {model::Dimension::kTask, value}));
    };
    ASSERT_TRUE(*(*segment)->may_meet(std::array{term_of(kind), term_of(kind + 100)}, 0));
    if (!*(*segment)->may_meet(std::array{term_of(kind), term_of(kind + 1)}, 0)) ++not_met;
  }
  EXPECT_GT(not_met, 1'900);
  EXPECT_LT(not_met, 2'100);
}

TEST(SegmentTest, keeps_rows_whose_positions_do_not_rise_with_time) {
  std::vector<OwnedRow> rows = random_rows({.rows = 700, .time_step_max = 5}, 3);
  base::SeededRandom random(3);
  for (OwnedRow& row : rows) row.key.position = model::Position{random.next()};
  std::sort(rows.begin(), rows.end(), [](const OwnedRow& a, const OwnedRow& b) { return a.key < b.key; });
  check_round_trip(rows, 7);
}

TEST(SegmentTest, keeps_records_of_any_length) {
  std::vector<OwnedRow> rows = random_rows({.rows = 200}, 4);
  const std::size_t lengths[] = {0, 1, 65'533, 65'534, 65'535, 65'536, 300'000, 2'000'000};
  for (std::size_t i = 0; i < std::size(lengths); ++i) {
    rows[i * 20].record = std::string(lengths[i], 'r');
    rows[i * 20 + 1].record = std::string(lengths[i], model::kRecordWithValues);
  }
  rows[199].record = std::string(1, model::kRecordWithValues) + '\0' + "no values";
  check_round_trip(rows, 6);
}

TEST(SegmentTest, says_which_segment_it_is) {
  const std::string path = path_for("identity");
  std::vector<std::uint64_t> replaces(256);
  for (std::size_t i = 0; i < replaces.size(); ++i) replaces[i] = i * 1000;
  write_segment(path, random_rows({.rows = 10}, 1), {kStore, 41, replaces, 16});
  const auto segment = Segment::open(path, kStore);
  ASSERT_TRUE(segment);
  EXPECT_EQ((*segment)->number(), 41U);
  EXPECT_EQ((*segment)->replaces(), replaces);
  EXPECT_EQ((*segment)->path(), path);
  EXPECT_EQ((*segment)->file_bytes(), std::filesystem::file_size(path));
}

}  // namespace
}  // namespace waybill::segment
