#include "query/search.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/random.h"

namespace waybill::query {
namespace {

using model::Direction;
using model::Position;
using model::SortKey;

SortKey key(std::int64_t ms, std::uint64_t position) { return {base::from_ms(ms), Position{position}}; }

std::vector<SortKey> obvious(const Search& asked, const std::vector<IndexedRow>& rows) {
  std::vector<SortKey> out;
  for (const IndexedRow& row : rows) {
    const bool has_all = std::all_of(asked.term_keys.begin(), asked.term_keys.end(), [&](const std::string& wanted) {
      return std::count(row.term_keys.begin(), row.term_keys.end(), wanted) > 0;
    });
    const bool inside = !(row.key < asked.low) && !(asked.high < row.key) && row.key.position <= asked.horizon;
    if (has_all && inside) out.push_back(row.key);
  }
  std::sort(out.begin(), out.end());
  if (asked.direction == Direction::kNewestFirst) std::reverse(out.begin(), out.end());
  out.resize(std::min(out.size(), asked.limit));
  return out;
}

TEST(SearchTest, agrees_with_a_scan_over_any_division_into_runs) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE(::testing::Message() << "seed " << kSeed);
  base::SeededRandom random(kSeed);
  for (int round = 0; round < 300; ++round) {
    std::vector<IndexedRow> rows;
    const auto count = static_cast<std::uint64_t>(random.between(1, 200));
    const std::int64_t span = random.between(1, 300);
    for (std::uint64_t position = 1; position <= count; ++position) {
      IndexedRow row{key(random.between(0, span), position), {"w"}};
      for (const char* term : {"a", "b", "c"}) {
        if (random.chance(0.4)) row.term_keys.emplace_back(term);
      }
      rows.push_back(std::move(row));
    }
    std::vector<std::shared_ptr<const query::Run>> runs;
    std::size_t done = 0;
    while (done < rows.size() && random.chance(0.9)) {
      const std::size_t size = std::min<std::size_t>(1 + random.below(60), rows.size() - done);
      runs.push_back(query::Run::build(
          {rows.begin() + static_cast<std::ptrdiff_t>(done), rows.begin() + static_cast<std::ptrdiff_t>(done + size)}));
      done += size;
    }
    const std::span<const IndexedRow> loose = std::span(rows).subspan(done);
    for (int i = 0; i < 20; ++i) {
      Search asked;
      asked.term_keys = {"w"};
      for (const char* term : {"a", "b", "c", "absent"}) {
        if (random.chance(0.3)) asked.term_keys.emplace_back(term);
      }
      asked.low = key(random.between(-5, span), random.below(count));
      asked.high = key(random.between(0, span + 5), random.below(count + 2));
      asked.horizon = Position{random.below(count + 2)};
      asked.direction = random.chance(0.5) ? Direction::kOldestFirst : Direction::kNewestFirst;
      asked.limit = random.below(30);
      EXPECT_EQ(search(asked, runs, loose), obvious(asked, rows)) << "round " << round;
    }
  }
}

TEST(SearchTest, a_mark_is_left_out_and_its_neighbours_are_not) {
  const auto run = query::Run::build({{key(10, 1), {std::string("\1\0\0\0\0", 5)}},
                                      {key(10, 2), {std::string("\1\0\0\0\0", 5)}},
                                      {key(10, 3), {std::string("\1\0\0\0\0", 5)}}});
  const std::vector<std::shared_ptr<const query::Run>> runs = {run};
  model::EventQuery query;
  query.workspace = model::WorkspaceNumber{1};
  query.after = key(10, 2);
  EXPECT_EQ(search(make_search(query, Position{3}), runs, {}), std::vector<SortKey>{key(10, 3)});
  query.direction = Direction::kNewestFirst;
  EXPECT_EQ(search(make_search(query, Position{3}), runs, {}), std::vector<SortKey>{key(10, 1)});
  query.after = key(10, 0);
  EXPECT_TRUE(search(make_search(query, Position{3}), runs, {}).empty());
}

}  // namespace
}  // namespace waybill::query
