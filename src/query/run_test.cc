#include "query/run.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "query/term_key.h"

namespace waybill::query {
namespace {

using model::Dimension;

constexpr model::WorkspaceNumber kWorkspace{7};
constexpr std::uint64_t kHashKey = 0x9e3779b97f4a7c15;

model::SortKey key(std::int64_t ms, std::uint64_t position) { return {base::from_ms(ms), model::Position{position}}; }

model::Term type(std::string text) { return {Dimension::kEventType, std::move(text)}; }

std::string key_of(const std::string& text) {
  return text.empty() ? workspace_key(kWorkspace) : term_key(kWorkspace, {Dimension::kEventType, text});
}

// A run over rows that stand in order.
std::shared_ptr<const query::Run> run_of(const std::vector<IndexedRow>& rows) {
  std::vector<const IndexedRow*> pointers;
  pointers.reserve(rows.size());
  for (const IndexedRow& row : rows) pointers.push_back(&row);
  return query::Run::build(pointers, kHashKey);
}

RowSet find(const query::Run& run, const std::string& type) {
  const auto term = *run.find_term(key_of(type));
  return term ? *run.rows(*term, 0) : RowSet{};
}

std::vector<std::uint32_t> rows_of(const query::Run& run, const std::string& type) {
  const RowSet set = find(run, type);
  if (set.count == 0) return {};
  Intersection rows({set}, 0, run.summary().rows, model::Direction::kOldestFirst);
  std::vector<std::uint32_t> out;
  while (const auto row = rows.next()) out.push_back(*row);
  return out;
}

TEST(RunTest, finds_rows_by_term_and_all_of_them_by_the_workspace) {
  const auto run = run_of({{key(10, 2), kWorkspace, {type("a")}},
                           {key(30, 1), kWorkspace, {type("a"), type("b")}},
                           {key(30, 3), kWorkspace, {type("b"), type("c")}}});
  EXPECT_EQ(*run->key(0), key(10, 2));
  EXPECT_EQ(run->summary().first_key, key(10, 2));
  EXPECT_EQ(run->summary().last_key, key(30, 3));
  EXPECT_EQ(run->summary().position_min, model::Position{1});
  EXPECT_EQ(run->summary().position_max, model::Position{3});
  EXPECT_EQ(rows_of(*run, "a"), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(rows_of(*run, "b"), (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(rows_of(*run, "c"), (std::vector<std::uint32_t>{2}));
  EXPECT_TRUE(rows_of(*run, "d").empty());
  EXPECT_EQ(rows_of(*run, ""), (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_FALSE(run->find_term(workspace_key(model::WorkspaceNumber{8}))->has_value());
}

TEST(RunTest, a_full_run_keeps_every_term_of_every_row) {
  std::vector<IndexedRow> rows;
  rows.reserve(kRunRowsMax);
  for (std::uint32_t i = 0; i < kRunRowsMax; ++i) {
    rows.push_back({key(i, i + 1),
                    kWorkspace,
                    {type("all"), type("own " + std::to_string(i)), type("mod " + std::to_string(i % 20))}});
  }
  const auto run = run_of(rows);
  EXPECT_EQ(find(*run, "all").count, kRunRowsMax);
  for (std::uint32_t i = 0; i < kRunRowsMax; i += 1111) {
    EXPECT_EQ(rows_of(*run, "own " + std::to_string(i)), std::vector<std::uint32_t>{i});
  }
  EXPECT_EQ(rows_of(*run, "mod 19").size(), kRunRowsMax / 20);
  EXPECT_EQ(rows_of(*run, "mod 19").back(), kRunRowsMax - 17);
}

TEST(RunTest, lower_bound_is_the_first_row_not_below) {
  const auto run = run_of({{key(10, 5), kWorkspace, {}}, {key(20, 2), kWorkspace, {}}, {key(20, 9), kWorkspace, {}}});
  EXPECT_EQ(*run->lower_bound(key(0, 0)), 0U);
  EXPECT_EQ(*run->lower_bound(key(10, 5)), 0U);
  EXPECT_EQ(*run->lower_bound(key(10, 6)), 1U);
  EXPECT_EQ(*run->lower_bound(key(20, 3)), 2U);
  EXPECT_EQ(*run->lower_bound(key(21, 0)), 3U);
}

// Each colliding value would pass all those before it: half a million looks for a thousand.
TEST(RunTest, values_that_collide_without_the_key_cost_no_more_than_others) {
  constexpr std::size_t kValues = 1000;
  constexpr std::uint64_t kLowBits = 0xFFF;  // of more slots than a table of so many has
  std::vector<IndexedRow> rows;
  for (std::uint64_t i = 0; rows.size() < kValues; ++i) {
    const std::string text = "v" + std::to_string(i);
    if ((base::hash64(key_of(text)) & kLowBits) != 0) continue;
    const auto number = static_cast<std::int64_t>(rows.size());
    rows.push_back({key(number, rows.size() + 1), kWorkspace, {type(text)}});
  }
  EXPECT_LT(run_of(rows)->probes_for_test(), 10 * kValues);
}

}  // namespace
}  // namespace waybill::query
