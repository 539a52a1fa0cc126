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

TEST(TermListTest, keeps_each_term_once_in_order_and_reads_itself_back) {
  const Term task{Dimension::kTask, std::string(16, '\0')};
  const Term type{Dimension::kEventType, "task.created"};
  const Term channel{Dimension::kTaskChannel, std::string(kTermValueMax, 'c')};
  const TermList list{channel, task, type, task};
  std::vector<Term> seen;
  for (const TermView term : list) seen.push_back({term.dimension, std::string(term.value)});
  EXPECT_EQ(seen, (std::vector<Term>{type, task, channel}));
  EXPECT_TRUE(list.contains(task));
  EXPECT_FALSE(list.contains({Dimension::kWorker, task.value}));
  EXPECT_EQ(*TermList::decode(list.bytes()), list);
  EXPECT_TRUE(TermList::decode("")->empty());
}

TEST(TermListTest, every_cut_wrong_dimension_and_disorder_is_found) {
  const TermList list{{Dimension::kEventType, "task.created"}};
  for (std::size_t length = 1; length < list.bytes().size(); ++length) {
    EXPECT_FALSE(TermList::decode(list.bytes().substr(0, length))) << length;
  }
  EXPECT_FALSE(TermList::decode(std::string("\x00\x01x", 3)));
  EXPECT_FALSE(TermList::decode(std::string("\x08\x01x", 3)));
  EXPECT_FALSE(TermList::decode("\x02\x01x\x01\x01x"));
  EXPECT_FALSE(TermList::decode("\x01\x01x\x01\x01x"));
}

TEST(TermGatherer, gathers_what_a_list_of_parsed_terms_would_be) {
  const std::pair<Dimension, std::string> given[] = {
      {Dimension::kTaskChannel, "voice"},
      {Dimension::kTask, "WTABCDEF00000000000000000000000000"},
      {Dimension::kTaskChannel, "TCABCDEF00000000000000000000000000"},
      {Dimension::kTask, "WTabcdef00000000000000000000000000"},
      {Dimension::kTask, "WTx"},
      {Dimension::kWorker, ""},
      {Dimension::kTaskChannel, ""},
      {Dimension::kEventType, std::string(kTermValueMax + 1, 'x')},
      {Dimension::kEventType, std::string(kTermValueMax, 'x')},
      {Dimension::kTask, "WT00000000000000000000000000000001"},
  };
  TermGatherer gatherer;
  EXPECT_TRUE(gatherer.list().empty());
  std::vector<Term> terms;
  for (const auto& [dimension, text] : given) {
    const auto term = parse_term(dimension, text);
    const auto added = gatherer.add(dimension, text);
    ASSERT_EQ(term.has_value(), added.has_value()) << text;
    if (term) {
      terms.push_back(*term);
    } else {
      EXPECT_EQ(added.error(), term.error());
    }
  }
  EXPECT_EQ(gatherer.list(), TermList(terms));
  EXPECT_TRUE(TermList::decode(gatherer.list().bytes()));
}

}  // namespace
}  // namespace waybill::model
