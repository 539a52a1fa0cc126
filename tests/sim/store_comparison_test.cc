// Random histories, asked random questions: every store and a plain scan must agree, page by page and in sum, whatever
// is written, erased, expired, sealed or merged, and however often the store is opened again, between two pages of a
// walk.
//
//   store_comparison_test [--queries N] [--seed S]
//
// A failure prints the seed; the same seed repeats the run.
#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
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
  std::uint64_t queries = 50'000;
  std::uint64_t seed = 20261123;
};
Arguments arguments;

constexpr std::uint8_t kWorkspaces = 2;
// Events happen around here; the stores' clocks start an hour later, so that retention of an hour lets them expire, and
// a longer one none of them.
constexpr std::int64_t kBeginMs = 1'000'000'000;
constexpr std::chrono::minutes kRetention{60};
const store::Retention kRetentions[] = {kRetention, std::chrono::minutes(70), {}};

// An event as the scan sees it: everything it could be asked about.
struct PlainEvent {
  std::uint8_t workspace = 0;
  std::string name;
  model::TermList terms;
  SortKey key;
  std::string record;
  bool is_erased = false;
};

struct PlainErasure {
  std::uint8_t workspace = 0;
  std::optional<model::Term> subject;
  base::WallTime from;
  base::WallTime to;

  [[nodiscard]] bool names(std::uint8_t of_workspace, base::WallTime time, const model::TermList& terms) const {
    return of_workspace == workspace && from <= time && time <= to && (!subject || terms.contains(*subject));
  }
};

// A walk through the pages of one question.
struct Walk {
  std::uint8_t workspace = 1;
  model::EventQuery query;
  std::vector<std::size_t> rest;  // what must still come, as the first page's horizon had it
};

// The plain truth: all that was ever written, and what is to be seen of it.
class Truth {
 public:
  // What a store must say of the event, which is taken down if it is new.
  store::UnitOutcome write(std::uint8_t workspace, const model::Event& event) {
    const std::string name = event.record.substr(0, event.record.find('/'));
    const bool is_refused = event.time < oldest(workspace) ||
                            std::any_of(
                                erasures_.begin(), erasures_.end(),
                                [&](const auto& erasure) { return erasure.names(workspace, event.time, event.terms); });
    if (is_refused) return {0, 0, 0, 1};
    const auto known = known_.find({workspace, name});
    if (known != known_.end()) {
      const PlainEvent& copy = events_[known->second];
      if (copy.is_erased) return {0, 0, 0, 1};
      if (copy.key.time >= oldest(workspace)) {
        return copy.record == event.record ? store::UnitOutcome{0, 1, 0, 0} : store::UnitOutcome{0, 0, 1, 0};
      }
    }
    known_[{workspace, name}] = events_.size();
    events_.push_back({workspace, name, event.terms, {event.time, model::Position{events_.size() + 1}}, event.record});
    return {1, 0, 0, 0};
  }

  std::uint64_t erase(const PlainErasure& erasure) {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      PlainEvent& event = events_[i];
      if (!is_visible(i) || !erasure.names(event.workspace, event.key.time, event.terms)) continue;
      event.is_erased = true;
      ++count;
    }
    erasures_.push_back(erasure);
    return count;
  }

  // What is older has expired, and stays so.
  void expire(std::uint8_t workspace, base::WallTime oldest) {
    const auto [at, is_new] = oldest_.try_emplace(workspace, oldest);
    at->second = std::max(at->second, oldest);
  }
  [[nodiscard]] base::WallTime oldest(std::uint8_t workspace) const {
    const auto at = oldest_.find(workspace);
    return at == oldest_.end() ? base::kTimeMin : at->second;
  }

  [[nodiscard]] const PlainEvent& event(std::size_t index) const { return events_[index]; }
  [[nodiscard]] bool is_visible(std::size_t index) const {
    return !events_[index].is_erased && events_[index].key.time >= oldest(events_[index].workspace);
  }

  // Everything that a question is answered with, in its order.
  [[nodiscard]] std::vector<std::size_t> scan(std::uint8_t workspace, const model::EventQuery& query) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const PlainEvent& event = events_[i];
      if (event.workspace != workspace || event.key.time < query.from || query.to < event.key.time) continue;
      if (!is_visible(i)) continue;
      if (query.sid && make_event(event.name, 0, {}).sid != *query.sid) continue;
      const bool has_all = std::all_of(query.terms.begin(), query.terms.end(),
                                       [&](const model::Term& term) { return event.terms.contains(term); });
      if (has_all) found.push_back(i);
    }
    std::sort(found.begin(), found.end(), [&](std::size_t a, std::size_t b) {
      return query.direction == Direction::kOldestFirst ? events_[a].key < events_[b].key
                                                        : events_[b].key < events_[a].key;
    });
    return found;
  }

 private:
  std::vector<PlainEvent> events_;
  std::map<std::pair<std::uint8_t, std::string>, std::size_t> known_;
  std::vector<PlainErasure> erasures_;
  std::map<std::uint8_t, base::WallTime> oldest_;
};

// One history: the stores under comparison, and what is true.
class History {
 public:
  explicit History(SeededRandom& random) : random_(random) {
    for (const StoreKind& kind : store_kinds()) {
      stores_.push_back(kind.make());
      EXPECT_TRUE(kind.is_this(stores_.back()->store()));
      account_ = make_first_account(stores_.back()->store());
      advance_clock(*stores_.back(), kBeginMs + std::chrono::milliseconds(kRetention).count());
    }
    time_span_ms_ = random_.between(1, 5'000);
  }

  // Takes random steps until so many pages were compared.
  std::uint64_t run(std::uint64_t pages_wanted) {
    for (std::uint8_t workspace = 1; workspace <= kWorkspaces; ++workspace) write(workspace);
    std::uint64_t pages = 0;
    while (pages < pages_wanted && !::testing::Test::HasFailure()) {
      const std::uint64_t dice = random_.below(1'000);
      if (dice < 80) {
        write(any_workspace());
      } else if (dice < 90) {
        reopen();
      } else if (dice < 150) {
        keep_up();
      } else if (dice < 153) {
        erase();
      } else if (dice < 158) {
        expire();
      } else if (dice < 400 || walks_.empty()) {
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
  static void advance_clock(StoreUnderTest& under_test, std::int64_t to_ms) {
    under_test.clock().advance(base::from_ms(to_ms) - under_test.clock().now());
  }

  std::uint8_t any_workspace() { return static_cast<std::uint8_t>(random_.between(1, kWorkspaces)); }

  // Values are few and skewed, so that combinations match often, rarely and never.
  model::Term any_term(Dimension dimension) {
    const std::uint64_t values = 1 + random_.below(6);
    return {dimension, std::string(1, static_cast<char>('a' + std::min(random_.below(values), random_.below(6))))};
  }

  std::int64_t any_time(std::int64_t below, std::int64_t above) {
    return kBeginMs + random_.between(-below, std::max(time_span_ms_, clock_ms_) + above);
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
    const std::int64_t time = random_.chance(0.2) ? any_time(0, 0) : kBeginMs + clock_ms_;
    const std::string record = name + "/" + std::to_string(workspace) + (random_.chance(0.01) ? "*" : "");
    return make_event(name, time, terms, record);
  }

  void write(std::uint8_t workspace) {
    const bool large = random_.chance(0.05);
    std::vector<model::Event> events;
    const std::uint64_t count = 1 + random_.below(large ? 3'000 : 40);
    for (std::uint64_t i = 0; i < count; ++i) events.push_back(any_event(workspace));
    store::UnitOutcome want;
    for (const model::Event& event : events) {
      const store::UnitOutcome one = truth_.write(workspace, event);
      want.accepted += one.accepted;
      want.duplicates += one.duplicates;
      want.variants += one.variants;
      want.dropped += one.dropped;
    }
    const store::Unit unit = make_unit(account_, workspace, events);
    for (auto& under_test : stores_) {
      const auto outcome = under_test->store().append({&unit, 1});
      ASSERT_TRUE(outcome.has_value());
      EXPECT_EQ(outcome->front(), want);
    }
  }

  void keep_up() {
    const std::uint64_t steps = random_.below(6);
    for (auto& under_test : stores_) {
      for (std::uint64_t i = 0; i < steps && under_test->run_upkeep_step(); ++i) {
      }
    }
  }

  [[nodiscard]] model::WorkspaceNumber number_of(const StoreUnderTest& under_test, std::uint8_t workspace) const {
    return under_test.store().find_workspace(account_.number, workspace_sid(workspace))->number;
  }

  void erase() {
    PlainErasure erasure;
    erasure.workspace = any_workspace();
    if (random_.chance(0.7)) erasure.subject = any_term(random_.chance(0.5) ? Dimension::kTask : Dimension::kWorker);
    erasure.from = base::from_ms(any_time(2, 0));
    erasure.to = erasure.from + std::chrono::milliseconds(random_.between(0, 1 + time_span_ms_ / 8));
    const std::uint64_t count = truth_.erase(erasure);
    for (auto& under_test : stores_) {
      const auto erased = under_test->store().erase(
          {number_of(*under_test, erasure.workspace), erasure.subject, erasure.from, erasure.to});
      ASSERT_TRUE(erased.has_value());
      EXPECT_EQ(erased->events, count);
    }
  }

  store::Retention any_retention() { return kRetentions[random_.below(std::size(kRetentions))]; }

  void reopen() {
    const bool is_changed = random_.chance(0.1);
    if (is_changed) general_ = any_retention();
    for (auto& under_test : stores_) {
      if (is_changed) {
        under_test->reopen(general_);
      } else {
        under_test->reopen();
      }
    }
    note_expired();
  }

  // Time passes, or a workspace keeps its events for another time.
  void expire() {
    oldest_ms_ += random_.between(0, 1 + time_span_ms_ / 20);
    for (auto& under_test : stores_) {
      advance_clock(*under_test, kBeginMs + oldest_ms_ + std::chrono::milliseconds(kRetention).count());
    }
    note_expired();
    if (random_.chance(0.5)) return;
    const std::uint8_t workspace = any_workspace();
    const std::optional<store::Retention> retention =
        random_.chance(0.2) ? std::nullopt : std::optional<store::Retention>(std::in_place, any_retention());
    own_[workspace] = retention;
    for (auto& under_test : stores_) {
      ASSERT_TRUE(under_test->store().set_retention(number_of(*under_test, workspace), retention));
    }
    note_expired();
  }

  // What the retentions in force make too old now has expired, whichever come later.
  void note_expired() {
    const base::WallTime now = base::from_ms(kBeginMs + oldest_ms_) + kRetention;
    for (std::uint8_t workspace = 1; workspace <= kWorkspaces; ++workspace) {
      const auto own = own_.find(workspace);
      const store::Retention& retention = own == own_.end() || !own->second ? general_ : *own->second;
      if (retention) truth_.expire(workspace, now - *retention);
    }
  }

  model::EventQuery any_query() {
    model::EventQuery query;
    for (const Dimension dimension : model::kAllDimensions) {
      if (random_.chance(0.22)) query.terms.push_back(any_term(dimension));
    }
    if (random_.chance(0.04)) query.sid = make_event("e" + std::to_string(random_.below(next_name_ + 2)), 0, {}).sid;
    if (random_.chance(0.4)) query.from = base::from_ms(any_time(2, 0));
    if (random_.chance(0.4)) query.to = base::from_ms(any_time(2, 2));
    query.direction = random_.chance(0.5) ? Direction::kOldestFirst : Direction::kNewestFirst;
    query.limit = static_cast<std::uint32_t>(1 + random_.below(random_.chance(0.1) ? 1'000 : 30));
    return query;
  }

  void begin_walk() {
    Walk walk;
    walk.workspace = any_workspace();
    walk.query = any_query();
    walk.rest = truth_.scan(walk.workspace, walk.query);
    walks_.push_back(std::move(walk));
    continue_walk(walks_.size() - 1);
  }

  // Reads the next page of a walk from every store and holds it against what is left of the answer: what was to come,
  // without what has been erased or has expired since.
  void continue_walk(std::size_t index) {
    Walk& walk = walks_[index];
    std::erase_if(walk.rest, [&](std::size_t event) { return !truth_.is_visible(event); });
    const std::size_t count = std::min<std::size_t>(walk.rest.size(), walk.query.limit);
    std::vector<std::string> want;
    for (std::size_t i = 0; i < count; ++i) want.push_back(truth_.event(walk.rest[i]).record);
    const bool more = count < walk.rest.size();
    std::optional<SortKey> last;
    for (auto& under_test : stores_) {
      walk.query.workspace = number_of(*under_test, walk.workspace);
      const auto page = under_test->store().list(walk.query);
      ASSERT_TRUE(page.has_value()) << page.error().message();
      std::vector<std::string> got;
      for (const model::FoundEvent& event : page->events) got.push_back(event.record);
      ASSERT_EQ(got, want) << "a page in workspace " << int{walk.workspace} << " of store number "
                           << (&under_test - stores_.data());
      ASSERT_EQ(page->more, more);
      if (&under_test == &stores_.back()) walk.query.horizon = page->horizon;
      if (!page->events.empty()) last = page->events.back().key;
    }
    walk.rest.erase(walk.rest.begin(), walk.rest.begin() + static_cast<std::ptrdiff_t>(count));
    if (more) {
      walk.query.after = last;
    } else {
      walks_.erase(walks_.begin() + static_cast<std::ptrdiff_t>(index));
    }
  }

  SeededRandom& random_;
  std::vector<std::unique_ptr<StoreUnderTest>> stores_;
  model::Account account_{{}, model::AccountSid(model::SidBytes{}), "", "", {}, {}};
  Truth truth_;
  std::vector<Walk> walks_;
  store::Retention general_;
  std::map<std::uint8_t, std::optional<store::Retention>> own_;
  std::uint64_t next_name_ = 0;
  std::int64_t clock_ms_ = 0;
  std::int64_t time_span_ms_ = 0;
  std::int64_t oldest_ms_ = 0;
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
