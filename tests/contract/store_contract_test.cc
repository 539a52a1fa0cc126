// What every store must do, whichever it is (src/store/event_store.h says it in words).
#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <thread>

#include <gtest/gtest.h>

#include "contract/any_store.h"

namespace waybill::testing {
namespace {

using base::ErrorCode;
using model::Dimension;
using model::Direction;
using model::Position;
using model::Term;
using store::UnitOutcome;

Term type(const std::string& text) { return {Dimension::kEventType, text}; }
Term task(char name) { return {Dimension::kTask, std::string(16, name)}; }
Term worker(char name) { return {Dimension::kWorker, std::string(16, name)}; }

class StoreContract : public AnyStore {
 protected:
  model::EventQuery query(std::uint8_t workspace = 1) {
    model::EventQuery out;
    out.workspace = store().find_workspace(account_->number, workspace_sid(workspace))->number;
    return out;
  }

  model::FoundPage list(const model::EventQuery& query) {
    auto page = store().list(query);
    EXPECT_TRUE(page.has_value());
    return page ? *std::move(page) : model::FoundPage{};
  }

  // The records of an answer, with "…" behind them if there are more.
  std::string shown(const model::EventQuery& query) {
    const model::FoundPage page = list(query);
    std::string out;
    for (const model::FoundEvent& event : page.events) out += (out.empty() ? "" : " ") + event.record;
    return page.more ? out + " …" : out;
  }
};

TEST_P(StoreContract, an_empty_store_has_no_workspace_and_no_position) {
  EXPECT_EQ(store().horizon(), model::kNoPosition);
  EXPECT_FALSE(store().find_workspace(account_->number, workspace_sid(1)));
  EXPECT_TRUE(store().workspaces(account_->number).empty());
  model::EventQuery unknown;
  unknown.workspace = model::WorkspaceNumber{77};
  EXPECT_EQ(shown(unknown), "");
}

TEST_P(StoreContract, lists_by_time_then_by_arrival) {
  append(1, {make_event("c", 30, {}), make_event("a", 10, {}), make_event("b1", 20, {}), make_event("b2", 20, {})});
  append(1, {make_event("b3", 20, {}), make_event("late", 5, {})});
  EXPECT_EQ(shown(query()), "late a b1 b2 b3 c");
  auto newest = query();
  newest.direction = Direction::kNewestFirst;
  EXPECT_EQ(shown(newest), "c b3 b2 b1 a late");
}

TEST_P(StoreContract, every_condition_must_hold) {
  append(1, {make_event("1", 10, {type("t"), task('A')}), make_event("2", 20, {type("t"), task('A'), worker('W')}),
             make_event("3", 30, {type("u"), task('A'), worker('W')}), make_event("4", 40, {type("t"), task('B')})});
  const struct {
    std::string name;
    std::vector<Term> terms;
    std::string want;
  } cases[] = {
      {"one term", {type("t")}, "1 2 4"},
      {"two terms", {type("t"), task('A')}, "1 2"},
      {"three terms", {type("t"), task('A'), worker('W')}, "2"},
      {"each matches, never together", {type("u"), task('B')}, ""},
      {"a value nobody has", {task('Z')}, ""},
      {"the same bytes in another dimension", {worker('A')}, ""},
      {"the same condition twice", {task('B'), task('B')}, "4"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    auto asked = query();
    asked.terms = c.terms;
    EXPECT_EQ(shown(asked), c.want);
  }
}

TEST_P(StoreContract, both_ends_of_the_window_are_inside) {
  append(1, {make_event("a", 10, {}), make_event("b", 20, {}), make_event("c", 30, {})});
  const struct {
    std::int64_t from, to;
    std::string want;
  } cases[] = {{10, 30, "a b c"}, {11, 29, "b"}, {20, 20, "b"}, {31, 99, ""}, {30, 10, ""}};
  for (const auto& c : cases) {
    auto asked = query();
    asked.from = base::from_ms(c.from);
    asked.to = base::from_ms(c.to);
    EXPECT_EQ(shown(asked), c.want) << c.from << " to " << c.to;
  }
}

TEST_P(StoreContract, a_limit_cuts_and_says_whether_there_is_more) {
  append(1, {make_event("a", 10, {}), make_event("b", 20, {}), make_event("c", 30, {})});
  auto asked = query();
  asked.limit = 2;
  EXPECT_EQ(shown(asked), "a b …");
  asked.limit = 3;
  EXPECT_EQ(shown(asked), "a b c");
  asked.limit = 2;
  asked.after = list(asked).events.back().key;
  EXPECT_EQ(shown(asked), "c");
}

TEST_P(StoreContract, a_page_ends_where_its_bytes_reach_the_limit_and_the_walk_loses_nothing) {
  append(1, {make_event("a", 10, {}, std::string(60, 'a')), make_event("b", 20, {}, std::string(60, 'b')),
             make_event("c", 30, {}, std::string(60, 'c'))});
  auto asked = query();
  asked.bytes_max = 100;
  const model::FoundPage first = list(asked);
  ASSERT_EQ(first.events.size(), 2U) << "the event that reaches the limit is still on the page";
  EXPECT_TRUE(first.more);
  asked.after = first.events.back().key;
  EXPECT_EQ(shown(asked), std::string(60, 'c'));
  asked.after.reset();
  asked.bytes_max = 1;
  EXPECT_EQ(list(asked).events.size(), 1U) << "a page has at least one event";
  asked.bytes_max = 180;
  EXPECT_FALSE(list(asked).more);
}

// Has the records of some events, and perhaps the page.
class KnownForTest final : public store::KnownRecords {
 public:
  bool has_page(std::span<const model::FoundEvent> events) override {
    for (const model::FoundEvent& event : events) keys.push_back(event.key);
    return has_all;
  }
  std::optional<std::size_t> has_record(std::size_t number, const model::SortKey& key) override {
    EXPECT_EQ(keys.at(number), key);
    const auto at = records.find(key);
    return at == records.end() ? std::nullopt : std::optional(at->second.size());
  }

  bool has_all = false;
  std::map<model::SortKey, std::string> records;
  std::vector<model::SortKey> keys;
};

TEST_P(StoreContract, a_page_is_the_same_to_who_knows_some_of_its_records) {
  std::vector<model::Event> events;
  for (int i = 0; i < 300; ++i) {
    events.push_back(make_event("sid" + std::to_string(i), 10 + i % 70, {}, std::string(40 + i % 13, 'a')));
  }
  append(1, std::move(events));
  for (const Direction direction : {Direction::kOldestFirst, Direction::kNewestFirst}) {
    for (const std::size_t bytes_max : {1UL, 150UL, 5'000UL, 1'000'000UL}) {
      auto asked = query();
      asked.direction = direction;
      asked.limit = 200;
      asked.bytes_max = bytes_max;
      const model::FoundPage page = list(asked);
      KnownForTest known;
      for (std::size_t i = 0; i < page.events.size(); i += 3) known.records[page.events[i].key] = page.events[i].record;
      const auto found = store().list_unknown(asked, known);
      ASSERT_TRUE(found.has_value());
      EXPECT_EQ(found->more, page.more);
      EXPECT_EQ(found->horizon, page.horizon);
      ASSERT_EQ(found->events.size(), page.events.size());
      for (std::size_t i = 0; i < page.events.size(); ++i) {
        EXPECT_EQ(found->events[i].key, page.events[i].key);
        const bool left_out = i % 3 == 0 && found->events[i].record.empty();
        EXPECT_TRUE(left_out || found->events[i].record == page.events[i].record);
      }
    }
  }
}

TEST_P(StoreContract, who_knows_a_page_as_a_whole_gets_its_keys) {
  append(1, {make_event("a", 10, {}), make_event("b", 20, {}), make_event("c", 30, {})});
  auto asked = query();
  asked.limit = 2;
  KnownForTest known;
  known.has_all = true;
  const auto found = store().list_unknown(asked, known);
  ASSERT_TRUE(found.has_value());
  const model::FoundPage page = list(asked);
  ASSERT_EQ(found->events.size(), 2U);
  EXPECT_TRUE(found->more);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(found->events[i].key, page.events[i].key);
}

TEST_P(StoreContract, a_walk_under_one_horizon_sees_nothing_that_came_later) {
  append(1, {make_event("a", 10, {}), make_event("b", 20, {}), make_event("c", 30, {})});
  auto walk = query();
  walk.limit = 1;
  const model::FoundPage first = list(walk);
  append(1, {make_event("before all", 1, {}), make_event("same time as b", 20, {}), make_event("after all", 99, {})});
  walk.horizon = first.horizon;
  walk.after = first.events.back().key;
  walk.limit = 10;
  EXPECT_EQ(shown(walk), "b c");
  walk.horizon.reset();
  EXPECT_EQ(shown(walk), "b same time as b c after all");
}

TEST_P(StoreContract, a_sid_finds_one_event_if_the_rest_holds_too) {
  append(1, {make_event("a", 10, {task('A')}), make_event("b", 20, {task('B')})});
  auto asked = query();
  asked.sid = make_event("a", 0, {}).sid;
  EXPECT_EQ(shown(asked), "a");
  asked.terms = {task('A')};
  EXPECT_EQ(shown(asked), "a");
  asked.terms = {task('B')};
  EXPECT_EQ(shown(asked), "");
  asked.terms = {};
  asked.from = base::from_ms(11);
  EXPECT_EQ(shown(asked), "");
  asked.from = base::from_ms(10);
  asked.horizon = model::kNoPosition;
  EXPECT_EQ(shown(asked), "");
  asked.horizon.reset();
  asked.sid = make_event("unknown", 0, {}).sid;
  EXPECT_EQ(shown(asked), "");
}

TEST_P(StoreContract, a_known_sid_is_a_duplicate_and_the_first_copy_stays) {
  EXPECT_EQ(append(1, {make_event("a", 10, {}, "first")}), (UnitOutcome{1, 0, 0}));
  EXPECT_EQ(append(1, {make_event("a", 10, {}, "first"), make_event("b", 20, {})}), (UnitOutcome{1, 1, 0}));
  EXPECT_EQ(append(1, {make_event("a", 99, {task('A')}, "other")}), (UnitOutcome{0, 0, 1}));
  EXPECT_EQ(append(1, {make_event("a", 99, {task('A')}, "other")}), (UnitOutcome{0, 0, 1}));
  EXPECT_EQ(shown(query()), "first b");
  auto asked = query();
  asked.terms = {task('A')};
  EXPECT_EQ(shown(asked), "");
  const auto summaries = store().summaries();
  ASSERT_TRUE(summaries.has_value());
  ASSERT_EQ(summaries->size(), 1U);
  EXPECT_EQ(summaries->front().events, 2U);
  EXPECT_EQ(summaries->front().variants, 1U) << "the same variant is kept once";
  EXPECT_EQ(summaries->front().first, base::from_ms(10));
  EXPECT_EQ(summaries->front().last, base::from_ms(20));
}

TEST_P(StoreContract, a_sid_twice_in_one_unit_is_a_duplicate_of_its_first) {
  EXPECT_EQ(append(1, {make_event("a", 10, {}, "x"), make_event("a", 10, {}, "x"), make_event("a", 10, {}, "y")}),
            (UnitOutcome{1, 1, 1}));
  EXPECT_EQ(shown(query()), "x");
}

TEST_P(StoreContract, units_of_one_commit_see_each_other) {
  const std::vector<store::Unit> units = {make_unit(*account_, 1, {make_event("a", 10, {})}),
                                          make_unit(*account_, 2, {make_event("a", 10, {})}),
                                          make_unit(*account_, 1, {make_event("a", 10, {}), make_event("b", 20, {})})};
  const auto outcomes = store().append(units);
  ASSERT_TRUE(outcomes.has_value());
  EXPECT_EQ(*outcomes, (std::vector<UnitOutcome>{{1, 0, 0}, {1, 0, 0}, {1, 1, 0}}));
  EXPECT_EQ(shown(query(1)), "a b");
  EXPECT_EQ(shown(query(2)), "a");
}

TEST_P(StoreContract, one_sid_under_two_accounts_is_two_workspaces) {
  const auto other =
      store().create_account({{}, model::AccountSid(model::SidBytes{9}), "token", "other", base::from_ms(0), {}});
  ASSERT_TRUE(other.has_value());
  append(1, {make_event("a", 10, {}, "mine")});
  const store::Unit unit = make_unit(*other, 1, {make_event("a", 10, {}, "theirs")});
  ASSERT_EQ(store().append({&unit, 1})->front(), (UnitOutcome{1, 0, 0}));
  EXPECT_EQ(shown(query()), "mine");
  auto asked = query();
  asked.workspace = store().find_workspace(other->number, workspace_sid(1))->number;
  EXPECT_EQ(shown(asked), "theirs");
  EXPECT_EQ(store().workspaces(other->number).size(), 1U);
}

TEST_P(StoreContract, find_gives_the_event_or_nothing) {
  append(1, {make_event("a", 10, {})});
  const auto found = store().find(query().workspace, make_event("a", 0, {}).sid);
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_EQ((*found)->record, "a");
  EXPECT_EQ((*found)->key.time, base::from_ms(10));
  EXPECT_FALSE((*store().find(query().workspace, make_event("b", 0, {}).sid)).has_value());
  EXPECT_FALSE((*store().find(model::WorkspaceNumber{99}, make_event("a", 0, {}).sid)).has_value());
}

TEST_P(StoreContract, positions_rise_by_commit_and_the_horizon_with_them) {
  append(1, {make_event("a", 10, {}), make_event("b", 5, {})});
  const Position before = store().horizon();
  append(1, {make_event("c", 1, {})});
  EXPECT_GT(store().horizon(), before);
  const model::FoundPage page = list(query());
  ASSERT_EQ(page.events.size(), 3U);
  EXPECT_EQ(page.horizon, store().horizon());
  EXPECT_GT(page.events[0].key.position, page.events[2].key.position) << "c came last and is listed first";
}

TEST_P(StoreContract, everything_is_there_after_opening_again) {
  append(1, {make_event("a", 10, {type("t")}), make_event("b", 20, {task('A')})});
  append(2, {make_event("c", 30, {})});
  append(1, {make_event("b", 21, {}, "variant")});
  const Position horizon = store().horizon();
  const std::uint64_t incarnation = store().identity().incarnation;
  under_test_->reopen();
  EXPECT_EQ(store().horizon(), horizon);
  EXPECT_EQ(store().identity().incarnation, incarnation);
  EXPECT_EQ(shown(query(1)), "a b");
  EXPECT_EQ(shown(query(2)), "c");
  auto asked = query();
  asked.terms = {task('A')};
  EXPECT_EQ(shown(asked), "b");
  EXPECT_EQ(append(1, {make_event("a", 10, {}), make_event("d", 40, {})}), (UnitOutcome{1, 1, 0}));
  EXPECT_EQ(shown(query(1)), "a b d");
}

TEST_P(StoreContract, thousands_of_rows_with_one_time_page_exactly) {
  constexpr int kEvents = 5'000;
  std::vector<model::Event> events;
  for (int i = 0; i < kEvents; ++i) {
    const std::string name = std::to_string(i);
    events.push_back(make_event(name, 7, {type(i % 3 == 0 ? "fizz" : "none"), type(i % 5 == 0 ? "buzz" : "nope")}));
  }
  append(1, events);
  auto walk = query();
  walk.terms = {type("fizz"), type("buzz")};
  walk.limit = 7;
  std::vector<std::string> got;
  for (;;) {
    const model::FoundPage page = list(walk);
    for (const auto& event : page.events) got.push_back(event.record);
    if (!page.more) break;
    walk.after = page.events.back().key;
    walk.horizon = page.horizon;
  }
  std::vector<std::string> want;
  for (int i = 0; i < kEvents; i += 15) want.push_back(std::to_string(i));
  EXPECT_EQ(got, want);
}

TEST_P(StoreContract, readers_beside_a_writer_see_whole_units_only) {
  constexpr int kUnits = 300;
  constexpr int kEventsInUnit = 7;
  append(1, {make_event("first", 0, {})});
  const auto asked = query();
  std::atomic<bool> done = false;
  std::thread reader([&] {
    auto all = asked;
    all.limit = 100'000;
    std::size_t last = 0;
    while (!done) {
      const auto page = store().list(all);
      ASSERT_TRUE(page.has_value());
      EXPECT_EQ(page->events.size() % kEventsInUnit, 1U) << "part of a unit";
      EXPECT_GE(page->events.size(), last) << "an event vanished";
      last = page->events.size();
    }
  });
  for (int i = 0; i < kUnits; ++i) {
    std::vector<model::Event> events;
    for (int j = 0; j < kEventsInUnit; ++j) {
      events.push_back(make_event(std::to_string(i) + "/" + std::to_string(j), 1'000 - i, {}));
    }
    append(1, std::move(events));
  }
  done = true;
  reader.join();
}

TEST_P(StoreContract, accounts_are_made_rotated_and_disabled) {
  const auto version = [&] { return *store().access_version(); };
  const std::int64_t before = version();
  const model::AccountSid sid(model::SidBytes{5});
  ASSERT_TRUE(store().create_account({{}, sid, "old", "name", base::from_ms(123), {}}));
  EXPECT_GT(version(), before);
  const auto again = store().create_account({{}, sid, "x", "", base::from_ms(0), {}});
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code(), ErrorCode::kConflict);
  ASSERT_TRUE(store().set_auth_token(sid, "new"));
  ASSERT_TRUE(store().disable_account(sid, base::from_ms(456)));
  ASSERT_TRUE(store().disable_account(sid, base::from_ms(789)));
  under_test_->reopen();
  const auto accounts = store().accounts();
  ASSERT_TRUE(accounts.has_value());
  ASSERT_EQ(accounts->size(), 2U);
  EXPECT_EQ(accounts->back().sid, sid);
  EXPECT_EQ(accounts->back().auth_token, "new");
  EXPECT_EQ(accounts->back().friendly_name, "name");
  EXPECT_EQ(accounts->back().created, base::from_ms(123));
  EXPECT_EQ(accounts->back().disabled, base::from_ms(456));
  const model::AccountSid unknown(model::SidBytes{6});
  EXPECT_EQ(store().set_auth_token(unknown, "x").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(store().disable_account(unknown, base::from_ms(0)).error().code(), ErrorCode::kNotFound);
}

TEST_P(StoreContract, keys_are_made_and_revoked) {
  const model::ApiKeySid sid(model::SidBytes{5});
  const model::ApiKey key{sid, account_->number, base::sha256("secret"), "name", base::from_ms(1), {}};
  ASSERT_TRUE(store().create_key(key));
  EXPECT_EQ(store().create_key(key).error().code(), ErrorCode::kConflict);
  ASSERT_TRUE(store().revoke_key(sid, base::from_ms(2)));
  ASSERT_TRUE(store().revoke_key(sid, base::from_ms(3)));
  EXPECT_EQ(store().revoke_key(model::ApiKeySid(model::SidBytes{6}), base::from_ms(3)).error().code(),
            ErrorCode::kNotFound);
  under_test_->reopen();
  const auto keys = store().keys();
  ASSERT_TRUE(keys.has_value());
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().sid, sid);
  EXPECT_EQ(keys->front().secret_hash, base::sha256("secret"));
  EXPECT_EQ(keys->front().revoked, base::from_ms(2));
}

// Times around the clock of the store under test, since retention goes by it.
class StoreContractUpkeep : public StoreContract {
 protected:
  static constexpr std::int64_t kMinute = 60'000;

  store::Erasure erase(std::optional<Term> subject, std::int64_t from, std::int64_t to) {
    store::ErasureRequest request{query().workspace, std::move(subject), base::from_ms(from), base::from_ms(to)};
    auto erased = store().erase(request);
    EXPECT_TRUE(erased.has_value());
    return erased ? *std::move(erased) : store::Erasure{};
  }

  // Until every erasure's bytes are gone.
  void complete() {
    settle();
    const auto done = [&] {
      const auto erasures = store().erasures();
      return std::all_of(erasures->begin(), erasures->end(),
                         [](const store::Erasure& erasure) { return erasure.completed.has_value(); });
    };
    while (!done()) std::this_thread::yield();
  }
};

TEST_P(StoreContractUpkeep, what_is_erased_is_gone_at_once_and_never_comes_back) {
  append(1, {make_event("a", 10, {task('A')}), make_event("b", 20, {task('B')}), make_event("a2", 30, {task('A')})});
  append(2, {make_event("a", 10, {task('A')})});
  EXPECT_EQ(erase(task('A'), 0, 100).events, 2U);
  const auto check = [&] {
    EXPECT_EQ(shown(query()), "b");
    auto asked = query();
    asked.terms = {task('A')};
    EXPECT_EQ(shown(asked), "");
    asked.terms = {};
    asked.sid = make_event("a", 0, {}).sid;
    EXPECT_EQ(shown(asked), "");
    EXPECT_FALSE(store().find(query().workspace, *asked.sid)->has_value());
    EXPECT_EQ(shown(query(2)), "a") << "another workspace's is another task";
  };
  check();
  EXPECT_EQ(append(1, {make_event("a", 10, {task('A')}), make_event("new", 50, {task('A')}),
                       make_event("a2", 300, {}, "the sid without the task"), make_event("after", 101, {task('A')})}),
            (UnitOutcome{1, 0, 0, 3}));
  complete();
  under_test_->reopen();
  EXPECT_EQ(append(1, {make_event("a", 10, {}), make_event("a2", 500, {}), make_event("new", 60, {task('A')})}),
            (UnitOutcome{0, 0, 0, 3}));
  EXPECT_EQ(shown(query()), "b after");
  const auto notes = store().erasures();
  ASSERT_EQ(notes->size(), 1U);
  EXPECT_EQ(notes->front().events, 2U);
  EXPECT_EQ(notes->front().request.subject, task('A'));
  EXPECT_TRUE(notes->front().completed.has_value());
}

TEST_P(StoreContractUpkeep, a_span_is_erased_with_both_its_ends_and_its_variants) {
  append(1, {make_event("a", 10, {}), make_event("b", 20, {}), make_event("c", 30, {}), make_event("d", 40, {})});
  append(1, {make_event("b", 20, {}, "variant")});
  EXPECT_EQ(erase(std::nullopt, 20, 30).events, 2U);
  EXPECT_EQ(shown(query()), "a d");
  complete();
  EXPECT_EQ(shown(query()), "a d");
  EXPECT_EQ(store().summaries()->front().events, 2U);
  EXPECT_EQ(store().summaries()->front().variants, 0U);
  EXPECT_EQ(append(1, {make_event("x", 25, {}), make_event("y", 31, {})}), (UnitOutcome{1, 0, 0, 1}));
}

TEST_P(StoreContractUpkeep, a_walk_goes_on_over_what_was_erased_under_it) {
  append(1, {make_event("a", 10, {}), make_event("b", 20, {task('A')}), make_event("c", 30, {})});
  auto walk = query();
  walk.limit = 2;
  const model::FoundPage first = list(walk);
  erase(task('A'), 0, 100);
  complete();
  walk.horizon = first.horizon;
  walk.after = first.events.back().key;
  EXPECT_EQ(shown(walk), "c");
}

TEST_P(StoreContractUpkeep, an_erasure_must_name_a_span) {
  append(1, {make_event("a", 10, {})});
  const auto refused = store().erase({query().workspace, {}, base::from_ms(2), base::from_ms(1)});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(store().erasures()->empty());
}

TEST_P(StoreContractUpkeep, what_has_expired_is_as_if_it_had_never_been) {
  const std::int64_t start = now();
  append(1, {make_event("old", start - 10 * kMinute, {}), make_event("young", start - kMinute, {})});
  ASSERT_TRUE(store().set_retention(query().workspace, store::Retention(std::chrono::minutes(5))));
  EXPECT_EQ(shown(query()), "young");
  EXPECT_FALSE(store().find(query().workspace, make_event("old", 0, {}).sid)->has_value());
  EXPECT_EQ(append(1, {make_event("old", start - 10 * kMinute, {}), make_event("older", start - 6 * kMinute, {})}),
            (UnitOutcome{0, 0, 0, 2}));
  EXPECT_EQ(append(1, {make_event("old", start, {}, "the sid, born again")}), (UnitOutcome{1, 0, 0, 0}));
  EXPECT_EQ(shown(query()), "young the sid, born again");
  under_test_->clock().advance(std::chrono::minutes(5));
  settle();
  EXPECT_EQ(shown(query()), "the sid, born again") << "the end of what is kept is still kept";
  under_test_->reopen();
  EXPECT_EQ(store().retention(query().workspace), std::optional<store::Retention>(std::chrono::minutes(5)));
  under_test_->clock().advance(std::chrono::milliseconds(1));
  EXPECT_EQ(shown(query()), "");
}

TEST_P(StoreContractUpkeep, retention_is_a_workspaces_own_or_the_stores) {
  append(1, {make_event("a", now() - 10 * kMinute, {})});
  append(2, {make_event("a", now() - 10 * kMinute, {})});
  EXPECT_EQ(store().retention(query(1).workspace), std::nullopt);
  ASSERT_TRUE(store().set_retention(query(1).workspace, store::Retention(std::chrono::minutes(5))));
  settle();
  EXPECT_EQ(shown(query(1)), "");
  EXPECT_EQ(shown(query(2)), "a");
  ASSERT_TRUE(store().set_retention(query(2).workspace, store::Retention()));
  EXPECT_EQ(store().retention(query(2).workspace), std::optional<store::Retention>(std::in_place));
  ASSERT_TRUE(store().set_retention(query(2).workspace, std::nullopt));
  EXPECT_EQ(store().retention(query(2).workspace), std::nullopt);
  EXPECT_EQ(store().set_retention(model::WorkspaceNumber{99}, store::Retention()).error().code(), ErrorCode::kNotFound);
}

TEST_P(StoreContract, a_workspace_keeps_its_first_spelling_and_name) {
  store::Unit unit = make_unit(*account_, 1, {make_event("a", 10, {})});
  unit.workspace_text = "WS0000000000000000000000000000000A";
  unit.workspace = *model::WorkspaceSid::parse(unit.workspace_text);
  unit.events.front().workspace_name = "Support";
  ASSERT_TRUE(store().append({&unit, 1}).has_value());
  store::Unit other = unit;
  other.workspace_text = unit.workspace.to_text();
  other.events = {make_event("b", 20, {})};
  other.events.front().workspace_name = "Renamed";
  ASSERT_TRUE(store().append({&other, 1}).has_value());
  under_test_->reopen();
  const auto workspaces = store().workspaces(account_->number);
  ASSERT_EQ(workspaces.size(), 1U);
  EXPECT_EQ(workspaces.front().sid_text, "WS0000000000000000000000000000000A");
  EXPECT_EQ(workspaces.front().friendly_name, "Support");
}

std::string name_of(const ::testing::TestParamInfo<StoreKind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, ::testing::ValuesIn(store_kinds().begin(), store_kinds().end()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Stores, StoreContractUpkeep, ::testing::ValuesIn(store_kinds().begin(), store_kinds().end()),
                         name_of);

}  // namespace
}  // namespace waybill::testing
