#include "model/term.h"

#include <gtest/gtest.h>

#include "model/sid.h"

namespace waybill::model {
namespace {

TEST(TermTest, a_sid_is_the_same_term_in_either_case) {
  const auto upper = parse_term(Dimension::kTask, "WTABCDEF00000000000000000000000000");
  const auto lower = parse_term(Dimension::kTask, "WTabcdef00000000000000000000000000");
  ASSERT_TRUE(upper.has_value());
  EXPECT_EQ(*upper, *lower);
}

TEST(TermTest, a_channel_is_a_sid_or_a_name) {
  EXPECT_EQ(parse_term(Dimension::kTaskChannel, "voice")->value, "voice");
  EXPECT_NE(*parse_term(Dimension::kTaskChannel, "voice"), *parse_term(Dimension::kTaskChannel, "Voice"));
  EXPECT_EQ(*parse_term(Dimension::kTaskChannel, "TCABCDEF00000000000000000000000000"),
            *parse_term(Dimension::kTaskChannel, "TCabcdef00000000000000000000000000"));
}

TEST(TermTest, refuses_what_cannot_be_a_value) {
  EXPECT_FALSE(parse_term(Dimension::kWorker, "WT0123456789abcdef0123456789abcdef"));
  EXPECT_FALSE(parse_term(Dimension::kEventType, ""));
  EXPECT_FALSE(parse_term(Dimension::kEventType, std::string(kTermValueMax + 1, 'x')));
  EXPECT_TRUE(parse_term(Dimension::kEventType, std::string(kTermValueMax, 'x')));
}

TEST(TermTest, encodes_and_decodes) {
  const std::vector<Term> terms = {{Dimension::kEventType, "task.created"},
                                   {Dimension::kTask, std::string(16, '\0')},
                                   {Dimension::kTaskChannel, std::string(kTermValueMax, 'c')}};
  EXPECT_EQ(*decode_terms(encode_terms(terms)), terms);
  EXPECT_TRUE(decode_terms("")->empty());
}

TEST(TermTest, every_cut_and_every_wrong_dimension_is_found) {
  const std::string bytes = encode_terms({{Dimension::kEventType, "task.created"}});
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_terms(bytes.substr(0, length))) << length;
  }
  EXPECT_FALSE(decode_terms(std::string("\x00\x01x", 3)));
  EXPECT_FALSE(decode_terms(std::string("\x08\x01x", 3)));
}

}  // namespace
}  // namespace waybill::model
