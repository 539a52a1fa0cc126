#include "http/turns.h"

#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"

namespace waybill::http {
namespace {

using std::chrono::milliseconds;

class TurnsTest : public ::testing::Test {
 protected:
  // A request of `owner` that takes `time` comes in.
  void come(std::uint64_t owner, char name, milliseconds time) {
    boost::asio::post(context_, [this, owner, name, time] {
      const auto now = turns_.try_now();
      if (now) return run(name, time);
      turns_.wait(owner, [this, name, time] { run(name, time); });
    });
  }
  void run(char name, milliseconds time) {
    clock_.advance(time);
    order_ += name;
  }

  boost::asio::io_context context_{1};
  base::testing::FakeClock clock_{base::WallTime()};
  Turns turns_{context_.get_executor(), &clock_};
  std::string order_;
};

TEST_F(TurnsTest, what_takes_no_time_runs_as_it_comes) {
  for (int i = 0; i < 100; ++i) come(1, 'a', milliseconds(0));
  come(2, 'b', milliseconds(0));
  context_.run();
  EXPECT_EQ(order_, std::string(100, 'a') + "b");
}

TEST_F(TurnsTest, a_storm_of_one_owner_lets_another_in_after_one_of_its_requests) {
  for (int i = 0; i < 100; ++i) come(1, 'a', milliseconds(5));
  come(2, 'b', milliseconds(1));
  come(3, 'c', milliseconds(1));
  context_.run();
  // The first was there when nothing else was known of.
  EXPECT_EQ(order_.substr(0, 5), "aabca");
  EXPECT_EQ(order_.size(), 102U);
}

TEST_F(TurnsTest, what_comes_during_a_storm_waits_for_one_request) {
  for (int i = 0; i < 100; ++i) come(1, 'a', milliseconds(5));
  while (order_.size() < 20) context_.run_one();
  come(2, 'b', milliseconds(1));
  context_.run();
  EXPECT_LE(order_.find('b'), 22U);
}

TEST_F(TurnsTest, where_answers_take_long_to_send_another_does_not_wait_for_many_of_them) {
  // Each takes no time itself, and five milliseconds to be sent.
  const auto answer = [this](char name) {
    order_ += name;
    boost::asio::post(context_, [this] {
      clock_.advance(milliseconds(5));
      turns_.note_sending(milliseconds(5));
    });
  };
  const auto ask = [&](std::uint64_t owner, char name) {
    boost::asio::post(context_, [this, &answer, owner, name] {
      if (turns_.size() == 0 && order_.empty()) turns_.note_sending(milliseconds(5));
      turns_.wait(owner, [&answer, name] { answer(name); });
    });
  };
  for (int i = 0; i < 100; ++i) ask(1, 'a');
  while (order_.size() < 20) context_.run_one();
  ask(2, 'b');
  context_.run();
  EXPECT_LE(order_.find('b'), 23U) << order_;
}

TEST_F(TurnsTest, a_quiet_thread_runs_at_once_again) {
  come(1, 'a', milliseconds(5));
  come(1, 'b', milliseconds(5));
  context_.run();
  context_.restart();
  come(1, 'c', milliseconds(0));
  while (context_.poll_one() > 0 && order_.size() < 3) EXPECT_EQ(turns_.size(), 0U);
  EXPECT_EQ(order_, "abc");
}

TEST_F(TurnsTest, what_waits_can_be_forgotten) {
  for (int i = 0; i < 3; ++i) come(1, 'a', milliseconds(5));
  while (turns_.size() < 2) context_.run_one();
  turns_.clear();
  context_.run();
  EXPECT_EQ(order_, "a");
}

}  // namespace
}  // namespace waybill::http
