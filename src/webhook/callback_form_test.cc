#include "webhook/callback_form.h"

#include <gtest/gtest.h>

namespace waybill::webhook {
namespace {

base::Result<std::string> json_of(std::string_view body) {
  TRY_ASSIGN(const http::Parameters form, decode_form(body));
  TRY_ASSIGN(const codec::TextEvent event, read_callback(form));
  return event.json();
}

TEST(CallbackForm, becomes_the_event_that_the_events_api_shows) {
  const auto json = json_of(
      "EventType=task.updated&Sid=EV1&AccountSid=AC1&WorkspaceSid=WS1&WorkspaceName=N%C3%A4h&EventDescription=a+b&"
      "ResourceType=Task&ResourceSid=WT1&Timestamp=1692644679&TimestampMs=1692644679861&TaskQueueSid=WQ1&"
      "NewThing=&TaskSid=WT1");
  ASSERT_TRUE(json);
  EXPECT_EQ(
      *json,
      R"({"sid":"EV1","source":"twilio","actor_sid":"WS1","actor_type":"workspace","event_data":{"workspace_sid":"WS1",)"
      R"("workspace_name":"Näh","task_queue_sid":"WQ1","new_thing":"","task_sid":"WT1"},)"
      R"("event_date":"2023-08-21T19:04:39Z","event_date_ms":1692644679861,"event_type":"task.updated",)"
      R"("account_sid":"AC1","description":"a b","resource_sid":"WT1","resource_type":"task","workspace_sid":"WS1"})");
}

TEST(CallbackForm, without_a_sid_gets_one_from_its_content_in_any_order) {
  const auto sid = [](std::string_view body) { return json_of(body)->substr(8, 34); };
  EXPECT_EQ(sid("Timestamp=1&A=1&B=2"), sid("B=2&A=1&Timestamp=1"));
  EXPECT_NE(sid("Timestamp=1&A=1&B=2"), sid("Timestamp=1&A=1&B=3"));
  EXPECT_NE(sid("Timestamp=1&A=1B"), sid("Timestamp=1&A1=B"));
  EXPECT_EQ(sid("Timestamp=1").substr(0, 2), "EV");
}

TEST(CallbackForm, refuses_what_would_be_two_stories_or_has_no_time) {
  const std::pair<const char*, const char*> cases[] = {
      {"A=1", "Timestamp: is missing, and so is TimestampMs; one must be there"},
      {"Timestamp=1&Sid=a&Sid=b", "Sid: stands there twice"},
      {"Timestamp=1&TaskSid=a&TaskSid=b", "'TaskSid': stands there twice, as 'task_sid' of event_data"},
      {"Timestamp=x", "Timestamp: 'x' is no whole number of seconds since 1970 in the years 0 to 9999"},
      {"A=%ff", "'A': '\\xff' is not UTF-8"},
  };
  for (const auto& [body, message] : cases) {
    const auto json = json_of(body);
    ASSERT_FALSE(json) << body;
    EXPECT_EQ(json.error().message(), message);
  }
  EXPECT_TRUE(json_of("Timestamp=1&TaskSid=a&TaskSid=a"));
}

TEST(CallbackForm, names_members_in_snake_case) {
  const std::pair<const char*, const char*> cases[] = {
      {"TaskQueueSid", "task_queue_sid"},
      {"Sid", "sid"},
      {"SLAName", "sla_name"},
      {"WorkerTimeInPreviousActivityMs", "worker_time_in_previous_activity_ms"},
      {"already_snake", "already_snake"},
      {"", ""}};
  for (const auto& [name, snake] : cases) EXPECT_EQ(to_snake_case(name), snake);
}

}  // namespace
}  // namespace waybill::webhook
