// Random histories, asked random questions: every store and a plain scan must agree, page by page and in sum, whatever
// is written, and however often the store is opened again, between two pages of a walk.
//
//   store_comparison_test [--queries N] [--seed S]
//
// A failure prints the seed; the same seed repeats the run.
#include <algorithm>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "support/arguments.h"
#include "support/stores.h"

namespace waybill::testing {
namespace {

using base::SeededRandom;
using model::Dimension;
using model::Direction;
using model::SortKey;

struct Arguments {
  std::uint64_t queries = 20'000;
  std::uint64_t seed = 20261123;
};
Arguments arguments;

constexpr std::uint8_t kWorkspaces = 2;

// An event as the scan sees it: everything it could be asked about.
struct PlainEvent {
  std::uint8_t workspace = 0;
  std::string name;
  model::TermList terms;
  SortKey key;
};

// A walk through the pages of one question.
struct Walk {
  std::uint8_t workspace = 1;
  model::EventQuery query;
  std::vector<std::string> expected;  // the whole answer at the first page's horizon
  std::size_t seen = 0;
};

// One history: the stores under comparison, and the plain list that says what is true.
class History {
 public:
  explicit History(SeededRandom& random) : random_(random) {
    for (const StoreKind& kind : store_kinds()) {
      stores_.push_back(kind.make());
      EXPECT_TRUE(kind.is_this(stores_.back()->store()));
      account_ = make_first_account(stores_.back()->store());
    }
    time_span_ms_ = random_.between(1, 5'000);
  }

  // Takes random steps until so many pages were compared.
  std::uint64_t run(std::uint64_t pages_wanted) {
    for (std::uint8_t workspace = 1; workspace <= kWorkspaces; ++workspace) write(workspace);
    std::uint64_t pages = 0;
    while (pages < pages_wanted && !::testing::Test::HasFailure()) {
      const std::uint64_t dice = random_.below(100);
      if (dice < 8) {
        write(any_workspace());
      } else if (dice < 9) {
        for (auto& under_test : stores_) under_test->reopen();
      } else if (dice < 40 || walks_.empty()) {
        begin_walk();
        ++pages;
      } else {
        continue_walk(random_.below(walks_.size()));
        ++pages;
      }
    }
    return pages;
  }

 private:
  std::uint8_t any_workspace() { return static_cast<std::uint8_t>(random_.between(1, kWorkspaces)); }

  // Values are few and skewed, so that combinations match often, rarely and never.
  model::Term any_term(Dimension dimension) {
    const std::uint64_t values = 1 + random_.below(6);
    return {dimension, std::string(1, static_cast<char>('a' + std::min(random_.below(values), random_.below(6))))};
  }

  model::Event any_event(std::uint8_t workspace) {
    // Now and then a sid that is known already, with the same or another story.
    const std::string name =
        random_.chance(0.05) ? "e" + std::to_string(random_.below(next_name_ + 1)) : "e" + std::to_string(next_name_++);
    std::vector<model::Term> terms;
    for (const Dimension dimension : model::kAllDimensions) {
      if (random_.chance(0.7)) terms.push_back(any_term(dimension));
    }
    // Mostly forward, sometimes from long ago, many in one millisecond.
    clock_ms_ += random_.chance(0.3) ? random_.between(0, 3) : 0;
    const std::int64_t time = random_.chance(0.2) ? random_.between(0, time_span_ms_) : clock_ms_;
    const std::string record = name + "/" + std::to_string(workspace) + (random_.chance(0.01) ? "*" : "");
    return make_event(name, time, terms, record);
  }

  void write(std::uint8_t workspace) {
    const bool large = random_.chance(0.05);
    std::vector<model::Event> events;
    const std::uint64_t count = 1 + random_.below(large ? 3'000 : 40);
    for (std::uint64_t i = 0; i < count; ++i) events.push_back(any_event(workspace));
    const store::Unit unit = make_unit(account_, workspace, events);
    std::vector<store::UnitOutcome> outcomes;
    for (auto& under_test : stores_) {
      const auto outcome = under_test->store().append({&unit, 1});
      ASSERT_TRUE(outcome.has_value());
      outcomes.push_back(outcome->front());
      EXPECT_EQ(outcomes.back(), outcomes.front());
    }
    std::uint32_t accepted = 0;
    for (const model::Event& event : events) {
      const std::string name = event.record.substr(0, event.record.find('/'));
      if (!known_.emplace(workspace, name).second) continue;
      ++accepted;
      events_.push_back({workspace, name, event.terms, {event.time, model::Position{events_.size() + 1}}});
      records_.push_back(event.record);
    }
    EXPECT_EQ(outcomes.front().accepted, accepted);
  }

  static model::EventSid sid_of(const std::string& name) { return make_event(name, 0, {}).sid; }

  model::EventQuery any_query() {
    model::EventQuery query;
    for (const Dimension dimension : model::kAllDimensions) {
      if (random_.chance(0.22)) query.terms.push_back(any_term(dimension));
    }
    if (random_.chance(0.04)) query.sid = sid_of("e" + std::to_string(random_.below(next_name_ + 2)));
    const std::int64_t latest = std::max(time_span_ms_, clock_ms_);
    if (random_.chance(0.4)) query.from = base::from_ms(random_.between(-2, latest));
    if (random_.chance(0.4)) query.to = base::from_ms(random_.between(-2, latest + 2));
    query.direction = random_.chance(0.5) ? Direction::kOldestFirst : Direction::kNewestFirst;
    query.limit = static_cast<std::uint32_t>(1 + random_.below(random_.chance(0.1) ? 1'000 : 30));
    return query;
  }

  [[nodiscard]] std::vector<std::string> scan(std::uint8_t workspace, const model::EventQuery& query) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const PlainEvent& event = events_[i];
      if (event.workspace != workspace || event.key.time < query.from || query.to < event.key.time) continue;
      if (query.sid && sid_of(event.name) != *query.sid) continue;
      const bool has_all = std::all_of(query.terms.begin(), query.terms.end(),
                                       [&](const model::Term& term) { return event.terms.contains(term); });
      if (has_all) found.push_back(i);
    }
    std::sort(found.begin(), found.end(), [&](std::size_t a, std::size_t b) {
      return query.direction == Direction::kOldestFirst ? events_[a].key < events_[b].key
                                                        : events_[b].key < events_[a].key;
    });
    std::vector<std::string> records;
    for (const std::size_t i : found) records.push_back(records_[i]);
    return records;
  }

  void begin_walk() {
    Walk walk;
    walk.workspace = any_workspace();
    walk.query = any_query();
    walk.expected = scan(walk.workspace, walk.query);
    walks_.push_back(std::move(walk));
    continue_walk(walks_.size() - 1);
  }

  // Reads the next page of a walk from every store and holds it against what the whole answer must be.
  void continue_walk(std::size_t index) {
    Walk& walk = walks_[index];
    const std::size_t end = std::min(walk.expected.size(), walk.seen + walk.query.limit);
    const std::vector<std::string> want(walk.expected.begin() + static_cast<std::ptrdiff_t>(walk.seen),
                                        walk.expected.begin() + static_cast<std::ptrdiff_t>(end));
    std::optional<SortKey> last;
    for (auto& under_test : stores_) {
      const store::EventStore& store = under_test->store();
      walk.query.workspace = store.find_workspace(account_.number, workspace_sid(walk.workspace))->number;
      const auto page = store.list(walk.query);
      ASSERT_TRUE(page.has_value());
      std::vector<std::string> got;
      for (const model::FoundEvent& event : page->events) got.push_back(event.record);
      ASSERT_EQ(got, want) << "page from " << walk.seen << " of a walk in workspace " << int{walk.workspace};
      ASSERT_EQ(page->more, end < walk.expected.size());
      if (&under_test == &stores_.back()) walk.query.horizon = page->horizon;
      if (!page->events.empty()) last = page->events.back().key;
    }
    walk.seen = end;
    if (walk.seen < walk.expected.size()) {
      walk.query.after = last;
    } else {
      walks_.erase(walks_.begin() + static_cast<std::ptrdiff_t>(index));
    }
  }

  SeededRandom& random_;
  std::vector<std::unique_ptr<StoreUnderTest>> stores_;
  model::Account account_{{}, model::AccountSid(model::SidBytes{}), "", "", {}, {}};
  std::vector<PlainEvent> events_;
  std::vector<std::string> records_;
  std::set<std::pair<std::uint8_t, std::string>> known_;
  std::vector<Walk> walks_;
  std::uint64_t next_name_ = 0;
  std::int64_t clock_ms_ = 0;
  std::int64_t time_span_ms_ = 0;
};

TEST(StoreComparison, every_store_answers_as_a_scan_does) {
  std::printf("seed %llu, %llu queries\n", static_cast<unsigned long long>(arguments.seed),
              static_cast<unsigned long long>(arguments.queries));
  SCOPED_TRACE(::testing::Message() << "repeat with --seed " << arguments.seed << " --queries " << arguments.queries);
  SeededRandom random(arguments.seed);
  std::uint64_t pages = 0;
  while (pages < arguments.queries && !HasFailure()) {
    History history(random);
    pages += history.run(std::min<std::uint64_t>(2'000, arguments.queries - pages));
  }
  EXPECT_GE(pages, arguments.queries);
}

}  // namespace
}  // namespace waybill::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  using waybill::testing::arguments;
  arguments.queries = waybill::testing::number_behind(argc, argv, "--queries", arguments.queries);
  arguments.seed = waybill::testing::number_behind(argc, argv, "--seed", arguments.seed);
  return RUN_ALL_TESTS();
}
