#include "http/held_answers.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace waybill::http {
namespace {

constexpr std::size_t kPage = 100'000;

Response answer_of(std::uint64_t owner, std::size_t bytes = kPage) {
  Response response{200, {}, std::string(bytes, 'x')};
  response.owner = owner;
  return response;
}

Response answer_with(std::uint64_t owner, const std::shared_ptr<const SharedText>& text) {
  Response response = answer_of(owner, 10);
  response.body_end = text;
  return response;
}

// As many pages of `owner` as are held before one is refused.
std::vector<HeldAnswers::Share> take_all(HeldAnswers& answers, std::uint64_t owner) {
  std::vector<HeldAnswers::Share> shares;
  while (auto share = answers.hold(answer_of(owner))) shares.push_back(*std::move(share));
  return shares;
}

TEST(HeldAnswersTest, an_owner_may_never_take_more_than_is_left_free) {
  HeldAnswers answers(12 * kPage + 1000);
  auto first = take_all(answers, 1);
  EXPECT_EQ(first.size(), 6U);
  // The next one has half of what is left; then each new one, too, finds room for something.
  const auto second = take_all(answers, 2);
  EXPECT_EQ(second.size(), 3U);
  EXPECT_EQ(take_all(answers, 3).size(), 2U);
  EXPECT_EQ(answers.refused(), 3U);
  // What is given back is there for others.
  first.clear();
  EXPECT_EQ(answers.bytes(), 3 * answer_of(2).body.capacity());
  EXPECT_EQ(take_all(answers, 3).size(), 5U);
}

TEST(HeldAnswersTest, small_and_urgent_answers_are_never_refused) {
  HeldAnswers answers(2 * kPage);
  const auto all = take_all(answers, 1);
  const auto small = answers.hold(answer_of(1, HeldAnswers::kSmallBytes));
  EXPECT_TRUE(small);
  Response urgent = answer_of(1, 10 * kPage);
  urgent.is_urgent = true;
  const auto share = answers.hold(urgent);
  EXPECT_TRUE(share);
  EXPECT_FALSE(answers.hold(answer_of(2)));
}

TEST(HeldAnswersTest, a_text_that_answers_share_counts_once_and_as_long_as_one_is_there) {
  const auto text = std::make_shared<const SharedText>(SharedText{std::string(kPage, 'x'), std::string(1000, 'y'), 0});
  HeldAnswers answers(3 * kPage);
  auto first = answers.hold(answer_with(1, text));
  auto second = answers.hold(answer_with(2, text));
  ASSERT_TRUE(first && second);
  const std::size_t small = answer_of(1, 10).body.capacity();
  EXPECT_EQ(answers.bytes(), kPage + 1000 + 2 * small);
  first.reset();
  EXPECT_EQ(answers.bytes(), kPage + 1000 + small);
  second.reset();
  EXPECT_EQ(answers.bytes(), 0U);
}

TEST(HeldAnswersTest, an_answer_that_has_changed_is_counted_anew) {
  HeldAnswers answers(3 * kPage);
  const auto text = std::make_shared<const SharedText>(SharedText{std::string(kPage, 'x'), {}, 0});
  Response response = answer_with(1, text);
  auto share = answers.hold(response);
  ASSERT_TRUE(share);
  response.body = std::string(20'000, 'x');
  answers.recount(*share, response);
  EXPECT_EQ(answers.bytes(), kPage + response.body.capacity());
  response.body_end.reset();
  answers.recount(*share, response);
  EXPECT_EQ(answers.bytes(), response.body.capacity());
  // What had no share gets one, whatever there is room for.
  HeldAnswers::Share other;
  answers.recount(other, answer_of(2, 10 * kPage));
  EXPECT_GT(answers.bytes(), 10 * kPage);
  other = {};
  share.reset();
  EXPECT_EQ(answers.bytes(), 0U);
}

TEST(HeldAnswersTest, another_limit_is_in_force_at_once) {
  HeldAnswers answers(1);
  const auto first = answers.hold(answer_of(1));
  EXPECT_FALSE(answers.hold(answer_of(2)));
  answers.set_bytes_max(2 * kPage + 1000);
  EXPECT_TRUE(answers.hold(answer_of(2)));
}

TEST(HeldAnswersTest, alone_an_answer_is_held_whatever_the_limit) {
  HeldAnswers answers(1);
  auto alone = answers.hold(answer_of(1));
  EXPECT_TRUE(alone);
  EXPECT_FALSE(answers.hold(answer_of(1)));
  alone.reset();
  EXPECT_TRUE(answers.hold(answer_of(1)));
}

}  // namespace
}  // namespace waybill::http
