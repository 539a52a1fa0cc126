#include "base/turn_queue.h"

#include <string>

#include <gtest/gtest.h>

namespace waybill::base {
namespace {

// What is taken until nothing is left, each done before the next.
std::string drain(TurnQueue<char>& queue) {
  std::string out;
  while (auto taken = queue.take()) {
    out += taken->item;
    queue.done(taken->owner);
  }
  return out;
}

TEST(TurnQueue, keeps_the_order_of_one_owner) {
  TurnQueue<char> queue;
  for (const char c : std::string("abcdef")) queue.push(1, c);
  EXPECT_EQ(queue.size(), 6U);
  EXPECT_EQ(queue.size_of(1), 6U);
  EXPECT_EQ(drain(queue), "abcdef");
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_EQ(queue.size_of(1), 0U);
}

TEST(TurnQueue, owners_take_turns_however_much_each_has) {
  TurnQueue<char> queue;
  for (const char c : std::string("aaaaaaaa")) queue.push(1, c);
  for (const char c : std::string("bbb")) queue.push(2, c);
  queue.push(3, 'c');
  EXPECT_EQ(drain(queue), "abcababaaaaa");
}

TEST(TurnQueue, a_newcomer_waits_for_one_item_of_each_at_most) {
  TurnQueue<char> queue;
  for (int i = 0; i < 1000; ++i) queue.push(1, 'a');
  for (int i = 0; i < 100; ++i) {
    const auto taken = queue.take();
    ASSERT_TRUE(taken);
    queue.done(taken->owner);
  }
  queue.push(2, 'b');
  const std::string order = drain(queue).substr(0, 2);
  EXPECT_NE(order.find('b'), std::string::npos) << order;
}

TEST(TurnQueue, an_owner_that_comes_back_stands_behind_those_who_wait) {
  TurnQueue<char> queue;
  queue.push(1, 'a');
  const auto first = queue.take();
  ASSERT_TRUE(first);
  queue.push(2, 'b');
  queue.done(1);
  queue.push(1, 'a');
  EXPECT_EQ(drain(queue), "ba");
}

TEST(TurnQueue, an_owner_runs_as_many_at_once_as_it_may) {
  TurnQueue<char> queue(2);
  for (const char c : std::string("aaa")) queue.push(1, c);
  ASSERT_TRUE(queue.take() && queue.take());
  EXPECT_FALSE(queue.take());
  EXPECT_EQ(queue.size(), 1U);
  // Another one does not wait for that.
  queue.push(2, 'b');
  const auto other = queue.take();
  ASSERT_TRUE(other);
  EXPECT_EQ(other->item, 'b');
  queue.done(1);
  EXPECT_TRUE(queue.take());
  EXPECT_FALSE(queue.take());
}

}  // namespace
}  // namespace waybill::base
