#include "codec/text_event.h"

#include <functional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "codec/testing/events.h"

namespace waybill::codec {
namespace {

constexpr std::string_view kSid = "EV00000000000000000000000000000007";
constexpr std::int64_t kTime = 1'692'644'679'861;

TextEvent event_with(const std::function<void(TextEvent&)>& tell) {
  TextEvent event;
  event.tell(Member::kSid, kSid);
  event.tell_time(kTime);
  tell(event);
  return event;
}

// Built directly, and out of its own JSON: the same event, or the same error.
void check_same(const TextEvent& event, const model::Limits& limits = {}) {
  const auto direct = event.build(testing::arrival(), limits);
  const auto read = testing::decode(event.json(), limits);
  ASSERT_EQ(direct.has_value(), read.has_value()) << event.json();
  if (!direct) {
    EXPECT_EQ(direct.error().message(), read.error().message());
    EXPECT_EQ(direct.error().code(), read.error().code());
    return;
  }
  EXPECT_EQ(direct->sid, read->sid);
  EXPECT_EQ(direct->time, read->time);
  EXPECT_EQ(direct->terms, read->terms);
  EXPECT_EQ(direct->record, read->record);
  EXPECT_EQ(direct->workspace_name, read->workspace_name);
}

void tell_all(TextEvent& event) {
  event.tell(Member::kResourceType, "task");
  event.begin_data();
  event.tell_data("task_sid", "WT00000000000000000000000000000001");
  event.tell_data("task_attributes", "{\"a\":\"\\\"\n\\u0001\"}");
  event.tell_data("workspace_name", "N\xc3\xa4h \"1\"");
  event.tell_data("line\nbreak", std::string_view("\0\x1f\\", 3));
  event.tell_data("", "");
  event.end_data();
  event.tell(Member::kEventType, "task.created");
  event.tell(Member::kResourceSid, "WT00000000000000000000000000000001");
  event.tell(Member::kActorSid, testing::kWorkspace);
  event.tell(Member::kDescription, "\xf0\x9f\x98\x80");
}

TEST(TextEvent, is_the_event_that_its_json_is) {
  const std::function<void(TextEvent&)> cases[] = {
      [](TextEvent&) {},
      tell_all,
      [](TextEvent& event) {
        event.begin_data();
        event.end_data();
      },
      [](TextEvent& event) { event.tell(Member::kActorSid, "no sid"); },
      [](TextEvent& event) { event.tell(Member::kWorkspaceSid, "WS00000000000000000000000000000009"); },
      [](TextEvent& event) { event.tell(Member::kEventDate, "yesterday"); },
      [](TextEvent& event) { event.tell(Member::kResourceUrl, "no url"); },
      [](TextEvent& event) { event.tell(Member::kEventType, std::string(300, 'x')); },
  };
  for (const auto& tell : cases) check_same(event_with(tell));
}

TEST(TextEvent, may_be_as_long_as_its_json_may) {
  const TextEvent event = event_with(tell_all);
  model::Limits limits;
  for (const std::size_t length_max : {event.json().size() - 1, event.json().size()}) {
    limits.event_bytes_max = length_max;
    EXPECT_EQ(event.build(testing::arrival(), limits).has_value(), length_max == event.json().size());
    check_same(event, limits);
  }
}

TEST(TextEvent, by_the_rules_of_others_what_breaks_a_rule_is_kept_beside) {
  const TextEvent event = event_with([](TextEvent& one) {
    one.tell(Member::kResourceSid, "task 7");
    one.tell(Member::kResourceUrl, "");
    one.tell(Member::kEventType, std::string(300, 'x'));
  });
  EXPECT_FALSE(event.build(testing::arrival(), model::Limits()));
  Arrival arrival = testing::arrival();
  arrival.rules = Rules::kLenient;
  const auto built = event.build(arrival, model::Limits());
  ASSERT_TRUE(built) << built.error().message();
  std::string extra;
  ASSERT_TRUE(append_extra(extra, built->record));
  EXPECT_EQ(extra, R"({"members":{"event_type":")" + std::string(300, 'x') + R"(","resource_sid":"task 7"}})");
}

TEST(TextEvent, bytes_that_are_no_text_are_replaced_and_kept) {
  const TextEvent event = event_with([](TextEvent& one) {
    one.tell(Member::kDescription, "Zo\xeb");
    one.begin_data();
    one.tell_data("worker_name", "\xff\n");
    one.end_data();
  });
  const auto built = event.build(testing::arrival(), model::Limits());
  ASSERT_TRUE(built) << built.error().message();
  EXPECT_EQ(testing::member_of(testing::shown(*built), "description"), "\"Zo\xef\xbf\xbd\"");
  EXPECT_EQ(testing::member_of(testing::shown(*built), "event_data"), "{\"worker_name\":\"\xef\xbf\xbd\\n\"}");
  std::string extra;
  ASSERT_TRUE(append_extra(extra, built->record));
  EXPECT_EQ(extra, R"({"originals":{"/description":"Wm/r","/event_data/worker_name":"/wo="}})");
}

TEST(TextEvent, may_be_moved_and_copied_before_it_is_built) {
  TextEvent first = event_with(tell_all);
  const TextEvent copy = first;
  const TextEvent moved = std::move(first);
  check_same(copy);
  check_same(moved);
}

}  // namespace
}  // namespace waybill::codec
