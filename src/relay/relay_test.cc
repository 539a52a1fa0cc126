#include "relay/relay.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "relay/testing/folder.h"

namespace waybill::relay {
namespace {

using std::chrono::milliseconds;

constexpr const char* kUrl = "http://a/";
constexpr const char* kOtherUrl = "http://b/";

// Half the chance that there is.
class EvenRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), 0x80); }
};

// What receivers were sent, and how they answer.
class Script {
 public:
  base::Result<http::Response> post(const std::string& url, const std::vector<http::Header>& headers,
                                    std::string_view body) {
    const base::MutexLock lock(mutex_);
    posts_.push_back(url + " " + std::string(body));
    headers_ = headers;
    changed_.notify_all();
    while (is_held_) changed_.wait(mutex_);
    if (status_ == 0) return base::unavailable("nobody is there");
    return http::Response{status_, {}, ""};
  }

  // The status of answers from now on; 0: none at all.
  void answer(int status) {
    const base::MutexLock lock(mutex_);
    status_ = status;
  }
  // Posts do not end until released.
  void hold(bool is_held) {
    const base::MutexLock lock(mutex_);
    is_held_ = is_held;
    changed_.notify_all();
  }
  std::vector<std::string> wait_for(std::size_t count) {
    const base::MutexLock lock(mutex_);
    while (posts_.size() < count) changed_.wait(mutex_);
    return posts_;
  }
  std::vector<http::Header> last_headers() {
    const base::MutexLock lock(mutex_);
    return headers_;
  }

 private:
  base::Mutex mutex_;
  base::Condition changed_;

  std::vector<std::string> posts_ GUARDED_BY(mutex_);
  std::vector<http::Header> headers_ GUARDED_BY(mutex_);
  int status_ GUARDED_BY(mutex_) = 204;
  bool is_held_ GUARDED_BY(mutex_) = false;
};

class ScriptedPoster final : public Poster {
 public:
  explicit ScriptedPoster(Script& script) : script_(script) {}
  base::Result<http::Response> post(const std::string& url, const std::vector<http::Header>& headers,
                                    std::string_view body) override {
    return script_.post(url, headers, body);
  }

 private:
  Script& script_;
};

Callback callback(int number, const std::string& resource = "WT1") {
  const std::string sid = "EV" + std::to_string(number);
  return {"AC1", sid, resource, "Sid=" + sid};
}

std::string posted(int number, const std::string& url = kUrl) { return url + " Sid=EV" + std::to_string(number); }

class RelayTest : public ::testing::Test {
 protected:
  std::unique_ptr<Relay> open(RelaySettings settings = {.receivers = {{kUrl}}}) {
    auto relay = Relay::open(folder_.path(), std::move(settings),
                             {clock_, random_, log_, [](const std::string&) { return std::string("12345"); },
                              [this] { return std::make_unique<ScriptedPoster>(script_); }});
    EXPECT_TRUE(relay) << relay.error().message();
    return *std::move(relay);
  }

  // Waits until a receiver's status is as wanted, time moving on meanwhile.
  ReceiverStatus wait_for(Relay& relay, const std::function<bool(const ReceiverStatus&)>& is_wanted,
                          milliseconds step = milliseconds(0)) {
    for (;;) {
      const auto status = relay.status();
      EXPECT_TRUE(status);
      if (is_wanted(status->receivers.front())) return status->receivers.front();
      clock_.advance(step);
    }
  }

  static void forward(Relay& relay, const Callback& callback) {
    relay.forward(callback, [] {});
  }

  const testing::Folder folder_;
  base::testing::FakeClock clock_{base::from_ms(1'700'000'000'000)};
  EvenRandom random_;
  const obs::Log log_{obs::LogForm::kText, obs::LogLevel::kError};
  Script script_;
};

TEST_F(RelayTest, posts_what_it_is_given_signed_and_in_its_order) {
  const auto relay = open();
  for (int number = 1; number <= 20; ++number) forward(*relay, callback(number));
  const auto posts = script_.wait_for(20);
  for (int number = 1; number <= 20; ++number) {
    EXPECT_EQ(posts[static_cast<std::size_t>(number - 1)], posted(number));
  }
  const auto status = wait_for(*relay, [](const ReceiverStatus& each) { return each.delivered == 20; });
  EXPECT_EQ(status.queued, 0U);
  EXPECT_EQ(status.problem, "");
  EXPECT_EQ(script_.last_headers()[1].name, "X-Twilio-Signature");
}

TEST_F(RelayTest, says_when_a_callback_is_on_disk_though_its_receiver_takes_its_time) {
  script_.hold(true);
  const auto relay = open();
  base::Mutex mutex;
  base::Condition changed;
  bool is_done = false;
  relay->forward(callback(1), [&] {
    const base::MutexLock lock(mutex);
    is_done = true;
    changed.notify_all();
  });
  {
    const base::MutexLock lock(mutex);
    while (!is_done) changed.wait(mutex);
  }
  script_.wait_for(1);
  EXPECT_EQ(relay->status()->receivers.front().on_their_way, 1U);
  script_.hold(false);
}

TEST_F(RelayTest, tries_again_while_later_ones_of_the_resource_wait_and_others_go_on) {
  script_.answer(500);
  const auto relay = open();
  forward(*relay, callback(1));
  script_.wait_for(1);
  wait_for(*relay, [](const ReceiverStatus& each) { return each.failures == 1; });
  script_.answer(204);
  forward(*relay, callback(2));
  forward(*relay, callback(3, "WT2"));
  EXPECT_EQ(script_.wait_for(2).back(), posted(3));
  wait_for(*relay, [](const ReceiverStatus& each) { return each.delivered == 3; }, milliseconds(100));
  const auto posts = script_.wait_for(4);
  EXPECT_EQ(posts[2], posted(1));
  EXPECT_EQ(posts[3], posted(2));
}

TEST_F(RelayTest, posts_what_is_left_after_it_was_opened_again) {
  script_.answer(0);
  {
    const auto relay = open();
    for (int number = 1; number <= 3; ++number) forward(*relay, callback(number));
    script_.wait_for(1);
  }
  script_.answer(204);
  const auto relay = open();
  wait_for(*relay, [](const ReceiverStatus& each) { return each.delivered == 3; }, milliseconds(1000));
  const auto posts = script_.wait_for(4);
  EXPECT_EQ(std::vector<std::string>(posts.end() - 3, posts.end()),
            (std::vector<std::string>{posted(1), posted(2), posted(3)}));
}

TEST_F(RelayTest, gives_up_what_is_too_old_and_tries_it_again_when_told) {
  script_.answer(410);
  const auto relay = open();
  forward(*relay, callback(1));
  wait_for(*relay, [](const ReceiverStatus& each) { return each.dead == 1; }, std::chrono::hours(1));
  const auto dead = relay->dead({}, 10);
  ASSERT_EQ(dead->size(), 1U);
  EXPECT_EQ(dead->front().callback.event_sid, "EV1");
  EXPECT_EQ(dead->front().reason, "given up: answered 410");
  script_.answer(204);
  EXPECT_EQ(relay->revive({}).value(), 1U);
  wait_for(*relay, [](const ReceiverStatus& each) { return each.delivered == 1 && each.dead == 0; });
}

TEST_F(RelayTest, puts_what_finds_the_queue_full_with_the_dead_letters) {
  script_.hold(true);
  const auto relay = open({.receivers = {{kUrl}}, .queue_max = 2});
  for (int number = 1; number <= 3; ++number) {
    forward(*relay, callback(number));
    static_cast<void>(relay->status());  // one commit for each
  }
  const auto dead = relay->dead({}, 10);
  ASSERT_EQ(dead->size(), 1U);
  EXPECT_EQ(dead->front().callback.event_sid, "EV3");
  EXPECT_EQ(dead->front().reason, "the queue was full");
  EXPECT_EQ(relay->revive({}).value(), 0U);
  EXPECT_EQ(relay->drop_dead({}).value(), 1U);
  script_.hold(false);
}

TEST_F(RelayTest, counts_what_comes_faster_than_the_disk) {
  script_.hold(true);
  const auto relay = open({.receivers = {{kUrl}}, .arriving_bytes_max = 3});
  bool is_told = false;
  relay->forward(callback(1), [&is_told] { is_told = true; });
  EXPECT_TRUE(is_told);
  EXPECT_EQ(relay->status()->lost, 1U);
  EXPECT_EQ(relay->figures().lost, 1U);
  EXPECT_EQ(relay->figures().turned_away, 1U);
  ASSERT_FALSE(log_.recent_lines().empty());
  EXPECT_NE(log_.recent_lines().back().find("too many await the disk"), std::string::npos);
  script_.hold(false);
}

TEST_F(RelayTest, keeps_the_receivers_apart) {
  const auto relay = open({.receivers = {{kUrl}, {kOtherUrl}}});
  forward(*relay, callback(1));
  auto posts = script_.wait_for(2);
  std::sort(posts.begin(), posts.end());
  EXPECT_EQ(posts, (std::vector<std::string>{posted(1), posted(1, kOtherUrl)}));
}

TEST_F(RelayTest, keeps_what_is_queued_for_a_receiver_that_is_configured_no_more_until_it_is_dropped) {
  script_.answer(0);
  {
    const auto relay = open();
    forward(*relay, callback(1));
    script_.wait_for(1);
  }
  const auto relay = open({.receivers = {{kOtherUrl}}});
  auto status = relay->status();
  ASSERT_EQ(status->receivers.size(), 2U);
  EXPECT_EQ(status->receivers.back().url, kUrl);
  EXPECT_FALSE(status->receivers.back().is_configured);
  EXPECT_EQ(status->receivers.back().queued, 1U);
  EXPECT_EQ(relay->drop_queued(kUrl).value(), 1U);
  EXPECT_EQ(relay->status()->receivers.size(), 1U);
}

}  // namespace
}  // namespace waybill::relay
