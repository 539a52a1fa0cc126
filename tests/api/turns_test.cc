// An account that asks for much does not keep the others waiting: their requests take turns.

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/shorthand.h"
#include "api/world.h"
#include "base/bytes.h"
#include "base/mutex.h"

namespace waybill::testing {
namespace {

constexpr std::size_t kStorm = 40;
constexpr int kEvents = 200;  // more than is shown on a connection's thread

http::Request request_of(const std::string& account, http::Method method, const std::string& query = "") {
  http::Request request;
  request.method = method;
  request.path = expand_sids("/v1/Workspaces/WS~1/Events");
  request.query = query;
  request.headers = {{"Authorization", "Basic " + base::to_base64(expand_sids(account) + ":token-of-" + account)},
                     {"Content-Type", "application/json"},
                     {"Host", "waybill.test"}};
  request.peer_address = "127.0.0.1";
  return request;
}

// The answers in the order in which they came. The first one is held up until everything else has been asked.
class Answers {
 public:
  http::Reply reply(const std::string& account) {
    return {[this, account](const http::Response& response) {
              const base::MutexLock lock(mutex_);
              order_ += account.back();
              statuses_.push_back(response.status);
              changed_.notify_all();
              while (!is_open_) changed_.wait(mutex_);
            },
            [] { ADD_FAILURE() << "a reply was dropped"; }};
  }
  void await(std::size_t count) {
    const base::MutexLock lock(mutex_);
    while (order_.size() < count) changed_.wait(mutex_);
  }
  void open() {
    const base::MutexLock lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  std::string order() {
    const base::MutexLock lock(mutex_);
    return order_;
  }
  std::vector<int> statuses() {
    const base::MutexLock lock(mutex_);
    return statuses_;
  }

 private:
  base::Mutex mutex_;
  base::Condition changed_;
  bool is_open_ GUARDED_BY(mutex_) = false;
  std::string order_ GUARDED_BY(mutex_);
  std::vector<int> statuses_ GUARDED_BY(mutex_);
};

// Gives each of two accounts events enough for a long page.
void fill(World& world) {
  for (const char* const account : {"AC~1", "AC~2"}) {
    http::Request request = request_of(account, http::Method::kPost);
    request.body = "[";
    for (int i = 0; i < kEvents; ++i) {
      request.body +=
          fmt::format(R"({}{{"sid":"EV{:032x}","event_date":"2026-11-23T11:50:00Z"}})", i > 0 ? "," : "", i);
    }
    request.body += "]";
    ASSERT_EQ(world.ask(request).status, 201);
  }
}

// Asks for a long page, which one of the store's threads shows.
void ask_for_much(World& world, Answers& answers, const std::string& account) {
  world.api().handle(request_of(account, http::Method::kGet, "PageSize=1000"), answers.reply(account));
}

TEST(TurnsTest, a_storm_of_one_account_delays_another_by_one_request) {
  World world;
  world.serve({{"store-threads", "1"}});
  fill(world);
  Answers answers;
  ask_for_much(world, answers, "AC~1");
  answers.await(1);
  for (std::size_t i = 1; i < kStorm; ++i) ask_for_much(world, answers, "AC~1");
  ask_for_much(world, answers, "AC~2");
  answers.open();
  answers.await(kStorm + 1);
  EXPECT_LE(answers.order().find('2'), 2U) << answers.order();
  EXPECT_EQ(answers.statuses(), std::vector<int>(kStorm + 1, 200));
}

TEST(TurnsTest, a_short_page_of_another_does_not_wait_at_all) {
  World world;
  world.serve({{"store-threads", "1"}});
  fill(world);
  Answers answers;
  ask_for_much(world, answers, "AC~1");
  answers.await(1);
  // The only thread of the store is held up.
  EXPECT_EQ(world.ask(request_of("AC~2", http::Method::kGet, "PageSize=50")).status, 200);
  answers.open();
}

TEST(TurnsTest, one_account_leaves_room_for_reads_of_the_others) {
  World world;
  world.serve({{"store-threads", "1"}, {"heavy-reads-per-account-max", "3"}});
  fill(world);
  Answers answers;
  ask_for_much(world, answers, "AC~1");
  answers.await(1);
  for (int i = 1; i < 3; ++i) ask_for_much(world, answers, "AC~1");
  EXPECT_EQ(world.ask(request_of("AC~1", http::Method::kGet, "PageSize=1000")).status, 429);
  ask_for_much(world, answers, "AC~2");
  answers.open();
  answers.await(4);
  EXPECT_EQ(answers.statuses(), std::vector<int>(4, 200));
}

// They read accounts from the database, for which a connection's thread must not wait.
TEST(TurnsTest, no_connections_thread_answers_the_administrator) {
  World world;
  fill(world);
  for (const char* const path :
       {"/admin/v1/Accounts", "/admin/v1/Keys", "/admin/v1/Erasures", "/admin/v1/Variants",
        "/admin/v1/Accounts/AC~1/Workspaces/WS~1/Events", "/admin/v1/Accounts/AC~1/Workspaces/WS~1/Retention"}) {
    http::Request request = request_of("AC~1", http::Method::kGet);
    request.path = expand_sids(path);
    request.headers.front().value = "Bearer token-of-the-administrator";
    std::promise<std::pair<int, std::thread::id>> answered;
    world.api().handle(std::move(request), http::Reply(
                                               [&](const http::Response& response) {
                                                 answered.set_value({response.status, std::this_thread::get_id()});
                                               },
                                               [] { ADD_FAILURE() << "a reply was dropped"; }));
    const auto [status, thread] = answered.get_future().get();
    EXPECT_EQ(status, 200) << path;
    EXPECT_NE(thread, std::this_thread::get_id()) << path;
  }
}

}  // namespace
}  // namespace waybill::testing
