#include "query/run.h"

#include <gtest/gtest.h>

namespace waybill::query {
namespace {

model::SortKey key(std::int64_t ms, std::uint64_t position) { return {base::from_ms(ms), model::Position{position}}; }

std::vector<std::uint32_t> rows_of(const query::Run& run, std::string_view term) {
  const RowSet set = run.find(term);
  if (set.count == 0) return {};
  Intersection rows({set}, 0, run.size(), model::Direction::kOldestFirst);
  std::vector<std::uint32_t> out;
  while (const auto row = rows.next()) out.push_back(*row);
  return out;
}

TEST(RunTest, numbers_rows_in_order_and_finds_them_by_term) {
  const auto run = query::Run::build({{key(30, 1), {"a", "b"}}, {key(10, 2), {"a"}}, {key(30, 3), {"b", "c"}}});
  EXPECT_EQ(run->key(0), key(10, 2));
  EXPECT_EQ(run->key(1), key(30, 1));
  EXPECT_EQ(run->key(2), key(30, 3));
  EXPECT_EQ(run->position_max(), model::Position{3});
  EXPECT_EQ(rows_of(*run, "a"), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(rows_of(*run, "b"), (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(rows_of(*run, "c"), (std::vector<std::uint32_t>{2}));
  EXPECT_TRUE(rows_of(*run, "d").empty());
  EXPECT_TRUE(rows_of(*run, "").empty());
}

TEST(RunTest, a_full_run_keeps_every_term_of_every_row) {
  std::vector<IndexedRow> rows;
  rows.reserve(kRunRowsMax);
  for (std::uint32_t i = 0; i < kRunRowsMax; ++i) {
    rows.push_back({key(i, i + 1), {"all", "own " + std::to_string(i), "mod " + std::to_string(i % 20)}});
  }
  const auto run = query::Run::build(rows);
  EXPECT_EQ(run->find("all").count, kRunRowsMax);
  for (std::uint32_t i = 0; i < kRunRowsMax; i += 1111) {
    EXPECT_EQ(rows_of(*run, "own " + std::to_string(i)), std::vector<std::uint32_t>{i});
  }
  EXPECT_EQ(rows_of(*run, "mod 19").size(), kRunRowsMax / 20);
  EXPECT_EQ(rows_of(*run, "mod 19").back(), kRunRowsMax - 17);
}

TEST(RunTest, lower_bound_is_the_first_row_not_below) {
  const auto run = query::Run::build({{key(10, 5), {"a"}}, {key(20, 2), {"a"}}, {key(20, 9), {"a"}}});
  EXPECT_EQ(run->lower_bound(key(0, 0)), 0U);
  EXPECT_EQ(run->lower_bound(key(10, 5)), 0U);
  EXPECT_EQ(run->lower_bound(key(10, 6)), 1U);
  EXPECT_EQ(run->lower_bound(key(20, 3)), 2U);
  EXPECT_EQ(run->lower_bound(key(21, 0)), 3U);
}

}  // namespace
}  // namespace waybill::query
