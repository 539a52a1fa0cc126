#include "query/search.h"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

#include "base/random.h"
#include "query/run.h"
#include "query/term_key.h"

namespace waybill::query {
namespace {

using model::Dimension;
using model::Direction;
using model::Position;
using model::SortKey;

constexpr model::WorkspaceNumber kWorkspace{1};

SortKey key(std::int64_t ms, std::uint64_t position) { return {base::from_ms(ms), Position{position}}; }

model::Term type(std::string text) { return {Dimension::kEventType, std::move(text)}; }

// Rows as a source of any block size whose reading fails when it is told to: a run answers for the whole, and is cut
// into blocks here.
class BlockedRows final : public Source {
 public:
  BlockedRows(std::vector<IndexedRow> rows, std::uint32_t block_bits) : rows_(std::move(rows)) {
    std::sort(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    summary_.rows = static_cast<std::uint32_t>(rows_.size());
    summary_.block_bits = block_bits;
    summary_.first_key = rows_.front().key;
    summary_.last_key = rows_.back().key;
    const PositionRange all = range(0, rows_.size());
    summary_.position_min = all.min;
    summary_.position_max = all.max;
    for (std::size_t begin = 0; begin < rows_.size(); begin += block_size()) {
      std::vector<const IndexedRow*> block;
      for (std::size_t i = begin; i < std::min(rows_.size(), begin + block_size()); ++i) block.push_back(&rows_[i]);
      blocks_.push_back(Run::build(block, 0));
    }
  }

  void fail() { fails_ = true; }

  [[nodiscard]] const Summary& summary() const override { return summary_; }
  [[nodiscard]] base::Result<std::optional<std::uint32_t>> find_term(std::string_view term_key) const override {
    for (const auto& block : blocks_) {
      if (!block->find_term(term_key)->has_value()) continue;
      terms_.emplace_back(term_key);
      return std::optional(static_cast<std::uint32_t>(terms_.size() - 1));
    }
    return std::optional<std::uint32_t>();
  }
  [[nodiscard]] base::Result<RowSet> rows(std::uint32_t term, std::uint32_t block) const override {
    if (fails_) return base::corruption("block " + std::to_string(block) + " is damaged");
    const auto number = *blocks_[block]->find_term(terms_[term]);
    return number ? blocks_[block]->rows(*number, 0) : RowSet{};
  }
  // Knows it of every other block, so that rows are compared as well.
  [[nodiscard]] base::Result<bool> may_meet(std::span<const std::uint32_t> terms, std::uint32_t block) const override {
    if (block % 2 != 0) return true;
    const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(block * block_size());
    const auto end = begin + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(block_size()), rows_.end() - begin);
    return std::any_of(begin, end, [&](const IndexedRow& row) {
      return std::all_of(terms.begin(), terms.end(), [&](std::uint32_t term) { return has_term(row, terms_[term]); });
    });
  }
  [[nodiscard]] base::Result<PositionRange> positions(std::uint32_t block) const override {
    const std::size_t begin = block * block_size();
    return range(begin, std::min(rows_.size(), begin + block_size()));
  }
  [[nodiscard]] base::Result<SortKey> key(std::uint32_t row) const override { return rows_[row].key; }
  [[nodiscard]] base::Result<std::uint32_t> lower_bound(const SortKey& key) const override {
    const auto at = std::lower_bound(rows_.begin(), rows_.end(), key,
                                     [](const IndexedRow& row, const SortKey& wanted) { return row.key < wanted; });
    return static_cast<std::uint32_t>(at - rows_.begin());
  }

 private:
  static bool has_term(const IndexedRow& row, std::string_view wanted) {
    if (workspace_key(row.workspace) == wanted) return true;
    return std::any_of(row.terms.begin(), row.terms.end(),
                       [&](const model::TermView& term) { return term_key(row.workspace, term) == wanted; });
  }
  [[nodiscard]] std::size_t block_size() const { return std::size_t{1} << summary_.block_bits; }
  [[nodiscard]] PositionRange range(std::size_t begin, std::size_t end) const {
    PositionRange out{rows_[begin].key.position, rows_[begin].key.position};
    for (std::size_t i = begin; i < end; ++i) {
      out.min = std::min(out.min, rows_[i].key.position);
      out.max = std::max(out.max, rows_[i].key.position);
    }
    return out;
  }

  std::vector<IndexedRow> rows_;
  Summary summary_;
  std::vector<std::shared_ptr<const Run>> blocks_;
  mutable std::vector<std::string> terms_;
  bool fails_ = false;
};

std::vector<SortKey> keys_of(const base::Result<std::vector<Match>>& found) {
  std::vector<SortKey> keys;
  for (const Match& match : found.value()) keys.push_back(match.key);
  return keys;
}

bool is_inside(const Search& asked, const IndexedRow& row) {
  const bool has_all = std::all_of(asked.terms.begin(), asked.terms.end(),
                                   [&](const model::Term& wanted) { return row.terms.contains(wanted); });
  const bool is_excluded =
      std::any_of(asked.exclusions.begin(), asked.exclusions.end(), [&](const Exclusion& exclusion) {
        if (row.key.time < exclusion.from || exclusion.to < row.key.time) return false;
        return exclusion.term_key == workspace_key(kWorkspace) ||
               (exclusion.term_key == term_key(kWorkspace, {Dimension::kEventType, "a"}) &&
                row.terms.contains(type("a")));
      });
  return has_all && !is_excluded && !(row.key < asked.low) && !(asked.high < row.key) &&
         row.key.position <= asked.horizon;
}

std::vector<SortKey> obvious(const Search& asked, const std::vector<IndexedRow>& rows) {
  std::vector<SortKey> out;
  for (const IndexedRow& row : rows) {
    if (is_inside(asked, row)) out.push_back(row.key);
  }
  std::sort(out.begin(), out.end());
  if (asked.direction == Direction::kNewestFirst) std::reverse(out.begin(), out.end());
  out.resize(std::min(out.size(), asked.limit));
  return out;
}

// Some rows, the first of them in sources of random sizes, the rest loose.
struct World {
  std::vector<IndexedRow> rows;
  std::vector<std::unique_ptr<BlockedRows>> sources;
  std::size_t in_sources = 0;
  std::int64_t span = 0;

  explicit World(base::SeededRandom& random) {
    const auto count = static_cast<std::uint64_t>(random.between(1, 200));
    span = random.between(1, 300);
    for (std::uint64_t position = 1; position <= count; ++position) {
      std::vector<model::Term> terms;
      for (const char* text : {"a", "b", "c"}) {
        if (random.chance(0.4)) terms.push_back(type(text));
      }
      rows.push_back({query::key(random.between(0, span), position), kWorkspace, std::move(terms)});
    }
    while (in_sources < rows.size() && random.chance(0.9)) {
      const std::size_t size = std::min<std::size_t>(1 + random.below(60), rows.size() - in_sources);
      const auto first = rows.begin() + static_cast<std::ptrdiff_t>(in_sources);
      const auto bits = static_cast<std::uint32_t>(random.between(1, 7));
      sources.push_back(std::make_unique<BlockedRows>(
          std::vector<IndexedRow>(first, first + static_cast<std::ptrdiff_t>(size)), bits));
      in_sources += size;
    }
  }

  [[nodiscard]] std::vector<Match> loose(const Search& asked) const {
    std::vector<Match> found;
    for (std::size_t i = in_sources; i < rows.size(); ++i) {
      const IndexedRow& row = rows[i];
      if (matches(asked, row.workspace, row.key, row.terms)) found.push_back({row.key, 99, 0});
    }
    std::sort(found.begin(), found.end(), [](const Match& a, const Match& b) { return a.key < b.key; });
    return found;
  }

  [[nodiscard]] base::Result<std::vector<Match>> search(const Search& asked) const {
    std::vector<const Source*> pointers;
    for (const auto& source : sources) pointers.push_back(source.get());
    return query::search(asked, pointers, loose(asked));
  }
};

Search any_search(base::SeededRandom& random, const World& world) {
  Search asked;
  asked.workspace = kWorkspace;
  for (const char* text : {"a", "b", "c", "absent"}) {
    if (random.chance(0.3)) asked.terms.push_back(type(text));
  }
  for (const model::Term& term : asked.terms) {
    asked.term_keys.push_back(term_key(kWorkspace, {term.dimension, term.value}));
  }
  if (asked.term_keys.empty()) asked.term_keys.push_back(workspace_key(kWorkspace));
  if (random.chance(0.2)) {
    const bool all = random.chance(0.3);
    const std::int64_t from = random.between(0, world.span);
    asked.exclusions.push_back({all ? workspace_key(kWorkspace) : term_key(kWorkspace, {Dimension::kEventType, "a"}),
                                base::from_ms(from), base::from_ms(from + random.between(0, world.span / 2))});
  }
  const std::uint64_t count = world.rows.size();
  asked.low = key(random.between(-5, world.span), random.below(count));
  asked.high = key(random.between(0, world.span + 5), random.below(count + 2));
  asked.horizon = Position{random.below(count + 2)};
  asked.direction = random.chance(0.5) ? Direction::kOldestFirst : Direction::kNewestFirst;
  asked.limit = random.below(30);
  return asked;
}

TEST(SearchTest, agrees_with_a_scan_over_any_division_into_sources_and_blocks) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE(::testing::Message() << "seed " << kSeed);
  base::SeededRandom random(kSeed);
  for (int round = 0; round < 300; ++round) {
    const World world(random);
    for (int i = 0; i < 20; ++i) {
      const Search asked = any_search(random, world);
      EXPECT_EQ(keys_of(world.search(asked)), obvious(asked, world.rows)) << "round " << round;
    }
  }
}

TEST(SearchTest, a_match_names_its_source_and_row) {
  const BlockedRows first({{key(10, 1), kWorkspace, {}}, {key(30, 2), kWorkspace, {}}}, 4);
  const BlockedRows second({{key(20, 3), kWorkspace, {}}}, 4);
  const Source* const sources[] = {&first, &second};
  model::EventQuery query;
  query.workspace = kWorkspace;
  const auto found = search(make_search(query, Position{3}), sources, {});
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ((*found)[1].source, 1U);
  EXPECT_EQ((*found)[1].row, 0U);
  EXPECT_EQ((*found)[2].source, 0U);
  EXPECT_EQ((*found)[2].row, 1U);
}

TEST(SearchTest, a_source_that_cannot_be_read_fails_the_search_that_needs_it_and_no_other) {
  BlockedRows bad({{key(10, 1), kWorkspace, {type("a")}}}, 4);
  bad.fail();
  const BlockedRows good({{key(20, 2), kWorkspace, {type("b")}}}, 4);
  const Source* const sources[] = {&bad, &good};
  model::EventQuery query;
  query.workspace = kWorkspace;
  const auto all = search(make_search(query, Position{2}), sources, {});
  ASSERT_FALSE(all.has_value());
  EXPECT_EQ(all.error().code(), base::ErrorCode::kCorruption);
  query.terms = {type("b")};
  EXPECT_EQ(keys_of(search(make_search(query, Position{2}), sources, {})), std::vector<SortKey>{key(20, 2)});
  query.terms = {};
  query.direction = Direction::kNewestFirst;
  query.limit = 1;
  EXPECT_EQ(keys_of(search(make_search(query, Position{2}), sources, {})), std::vector<SortKey>{key(20, 2)});
}

TEST(SearchTest, compares_no_rows_of_a_block_in_which_terms_are_known_not_to_meet) {
  std::vector<IndexedRow> rows;
  for (std::int64_t i = 0; i < 16; ++i) {
    const model::Term queue{Dimension::kTaskQueue, "queue"};
    model::TermList terms = {type("first")};
    if (i % 2 != 0) terms = {queue};
    if (i == 14) terms = {type("first"), queue};
    rows.push_back({key(i, static_cast<std::uint64_t>(i + 1)), kWorkspace, terms});
  }
  const BlockedRows source(std::move(rows), 2);
  const Source* const all[] = {&source};
  model::EventQuery query;
  query.workspace = kWorkspace;
  query.terms = {type("first"), {Dimension::kTaskQueue, "queue"}};
  query.limit = 10;
  SearchWork work;
  const auto found = search(make_search(query, Position{1000}), all, {}, &work);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().row, 14U);
  // Of the blocks 0 and 2 it is known.
  EXPECT_EQ(work.inside.blocks, 4U);
  EXPECT_EQ(work.inside.containers, 4U);
}

TEST(SearchTest, says_what_it_touched) {
  // Two sources of two blocks of two rows each, and one that lies outside the window.
  const auto rows_at = [](std::int64_t begin) {
    std::vector<IndexedRow> rows;
    for (std::int64_t i = begin; i < begin + 4; ++i) {
      const model::TermList terms = {type(i % 4 < 2 ? "first" : "second")};
      rows.push_back({key(i, static_cast<std::uint64_t>(i)), kWorkspace, terms});
    }
    return rows;
  };
  const BlockedRows a(rows_at(4), 1);
  const BlockedRows b(rows_at(8), 1);
  const BlockedRows outside(rows_at(100), 1);
  const Source* const all[] = {&a, &b, &outside};
  model::EventQuery query;
  query.workspace = kWorkspace;
  query.to = base::from_ms(50);
  query.terms = {type("second")};
  query.limit = 10;
  SearchWork work;
  ASSERT_EQ(search(make_search(query, Position{1000}), all, {}, &work)->size(), 4U);
  EXPECT_EQ(work.opened, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(work.inside.blocks, 4U);
  EXPECT_EQ(work.inside.containers, 2U);
  EXPECT_EQ(work.inside.rows, 4U);

  // A page that ends in the first source opens no other.
  query.limit = 1;
  SearchWork of_page;
  ASSERT_EQ(search(make_search(query, Position{1000}), all, {}, &of_page)->size(), 1U);
  EXPECT_EQ(of_page.opened, std::vector<std::uint32_t>{0});
}

TEST(SearchTest, a_mark_is_left_out_and_its_neighbours_are_not) {
  const BlockedRows rows({{key(10, 1), kWorkspace, {}}, {key(10, 2), kWorkspace, {}}, {key(10, 3), kWorkspace, {}}}, 4);
  const Source* const sources[] = {&rows};
  model::EventQuery query;
  query.workspace = kWorkspace;
  query.after = key(10, 2);
  EXPECT_EQ(keys_of(search(make_search(query, Position{3}), sources, {})), std::vector<SortKey>{key(10, 3)});
  query.direction = Direction::kNewestFirst;
  EXPECT_EQ(keys_of(search(make_search(query, Position{3}), sources, {})), std::vector<SortKey>{key(10, 1)});
  query.after = key(10, 0);
  EXPECT_TRUE(keys_of(search(make_search(query, Position{3}), sources, {})).empty());
}

}  // namespace
}  // namespace waybill::query
