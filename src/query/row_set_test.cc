#include "query/row_set.h"

#include <algorithm>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "base/random.h"

namespace waybill::query {
namespace {

using model::Direction;

// Rows with the memory behind their view.
struct OwnedSet {
  std::vector<std::uint16_t> sparse;
  std::vector<std::uint64_t> dense;
  RowSet view;
};

std::unique_ptr<OwnedSet> make_set(const std::set<std::uint32_t>& rows, std::uint32_t run_rows) {
  auto out = std::make_unique<OwnedSet>();
  out->view.count = static_cast<std::uint32_t>(rows.size());
  if (is_dense(out->view.count, run_rows)) {
    out->dense.resize((run_rows + 63) / 64);
    for (const std::uint32_t row : rows) out->dense[row / 64] |= 1ULL << (row % 64);
    out->view.dense = out->dense;
  } else {
    out->sparse.assign(rows.begin(), rows.end());
    out->view.sparse = out->sparse;
  }
  return out;
}

struct Input {
  std::uint32_t run_rows;
  std::vector<std::set<std::uint32_t>> sets;
  std::uint32_t begin;
  std::uint32_t end;
};

std::vector<std::uint32_t> obvious(const Input& input, Direction direction) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t row = input.begin; row < input.end; ++row) {
    if (std::all_of(input.sets.begin(), input.sets.end(), [&](const auto& set) { return set.contains(row); })) {
      out.push_back(row);
    }
  }
  if (direction == Direction::kNewestFirst) std::reverse(out.begin(), out.end());
  return out;
}

void check(const Input& input) {
  std::vector<std::unique_ptr<OwnedSet>> owners;
  std::vector<RowSet> views;
  for (const auto& set : input.sets) {
    owners.push_back(make_set(set, input.run_rows));
    views.push_back(owners.back()->view);
  }
  for (const Direction direction : {Direction::kOldestFirst, Direction::kNewestFirst}) {
    Intersection intersection(views, input.begin, input.end, direction);
    std::vector<std::uint32_t> got;
    while (const auto row = intersection.next()) got.push_back(*row);
    EXPECT_EQ(got, obvious(input, direction));
    EXPECT_FALSE(intersection.next().has_value());
  }
}

std::set<std::uint32_t> every(std::uint32_t first, std::uint32_t step, std::uint32_t end) {
  std::set<std::uint32_t> rows;
  for (std::uint32_t row = first; row < end; row += step) rows.insert(row);
  return rows;
}

TEST(IntersectionTest, edges) {
  std::set<std::uint32_t> all;
  for (std::uint32_t row = 0; row < 130; ++row) all.insert(row);
  const std::set<std::uint32_t> ends = {0, 63, 64, 127, 128, 129};
  const struct {
    std::string name;
    Input input;
  } cases[] = {
      {"one row, one set", {1, {{0}}, 0, 1}},
      {"an empty range", {130, {all}, 7, 7}},
      {"a range that ends before it begins", {130, {all}, 9, 7}},
      {"an empty set among full ones", {130, {all, {}}, 0, 130}},
      {"word ends, dense", {130, {all, all}, 63, 65}},
      {"word ends, sparse against dense", {130, {ends, all}, 0, 130}},
      {"word ends, sparse against sparse", {130, {ends, {63, 64, 129}}, 0, 130}},
      {"range cuts both", {130, {ends, all}, 64, 129}},
      {"nothing in common", {130, {{1, 3}, {2, 4}}, 0, 130}},
      {"the last row of the largest run", {65'536, {{0, 7, 65'535}, every(2, 17, 65'536), {0, 7, 65'535}}, 0, 65'536}},
      {"a list many times as long", {65'536, {{0, 16, 17, 65'519, 65'535}, every(0, 17, 65'536)}, 0, 65'536}},
      {"a batch but one", {65'536, {every(0, 2'000, 65'536), every(0, 2'115, 65'536)}, 0, 65'536}},
      {"a batch", {65'536, {every(0, 2'000, 65'536), every(0, 2'048, 65'536)}, 0, 65'536}},
      {"a batch and one", {65'536, {every(0, 2'000, 65'536), every(0, 2'000, 65'536)}, 0, 65'536}},
      {"a chunk but one", {65'536, {every(0, 500, 63'501), every(0, 250, 65'536)}, 0, 65'536}},
      {"a chunk", {65'536, {every(0, 500, 64'000), every(0, 250, 65'536)}, 0, 65'536}},
      {"a chunk and one", {65'536, {every(0, 500, 64'001), every(0, 250, 65'536)}, 0, 65'536}},
      {"many chunks, all in common", {65'536, {every(3, 20, 65'536), every(3, 20, 65'536)}, 0, 65'536}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    check(c.input);
  }
}

TEST(IntersectionTest, agrees_with_the_obvious_algorithm_on_random_sets) {
  constexpr std::uint64_t kSeed = 20261123;
  SCOPED_TRACE(::testing::Message() << "seed " << kSeed);
  base::SeededRandom random(kSeed);
  for (int round = 0; round < 2000; ++round) {
    // Now and then so many rows that a list is many chunks long.
    const std::uint64_t rows_max = round % 20 == 0 ? 20'000 : 700;
    Input input{static_cast<std::uint32_t>(1 + random.below(rows_max)), {}, 0, 0};
    const std::size_t sets = 1 + random.below(4);
    for (std::size_t i = 0; i < sets; ++i) {
      const double density = random.unit() * random.unit();
      std::set<std::uint32_t> rows;
      for (std::uint32_t row = 0; row < input.run_rows; ++row) {
        if (random.chance(density)) rows.insert(row);
      }
      input.sets.push_back(std::move(rows));
    }
    input.begin = static_cast<std::uint32_t>(random.below(input.run_rows + 1));
    input.end = static_cast<std::uint32_t>(random.between(input.begin, input.run_rows));
    check(input);
  }
}

}  // namespace
}  // namespace waybill::query
