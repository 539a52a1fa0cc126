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

TEST(CallbackForm, refuses_what_has_no_time_or_is_no_text) {
  const std::pair<const char*, const char*> cases[] = {
      {"A=1", "Timestamp: is missing, and so is TimestampMs; one must be there"},
      {"Timestamp=x", "Timestamp: 'x' is no whole number of seconds since 1970 in the years 0 to 9999"},
      {"TimestampMs=x", "TimestampMs: 'x' is no whole number of milliseconds since 1970 in the years 0 to 9999"},
      {"%ff=A", "'\\xff' is not UTF-8"},
  };
  for (const auto& [body, message] : cases) {
    const auto json = json_of(body);
    ASSERT_FALSE(json) << body;
    EXPECT_EQ(json.error().message(), message);
  }
}

TEST(CallbackForm, of_what_is_told_twice_the_last_counts_and_nothing_else_is_lost) {
  const auto has = [](const char* body, const char* part) {
    const auto json = json_of(body);
    ASSERT_TRUE(json) << body;
    EXPECT_NE(json->find(part), std::string::npos) << *json;
  };
  has("Timestamp=1&Sid=a&Sid=b", R"({"sid":"b")");
  has("Timestamp=1&Timestamp=2", R"("event_date_ms":2000)");
  has("Timestamp=1&TaskSid=a&TaskSid=b", R"("event_data":{"task_sid":"b"})");
  has("Timestamp=1&TaskSid=a&TaskSid=a", R"("event_data":{"task_sid":"a"})");
  // Two names that would be one member in snake_case.
  has("Timestamp=1&TaskSid=a&task_sid=b", R"("event_data":{"TaskSid":"a","task_sid":"b"})");
  has("Timestamp=1&task_sid=b&TaskSid=a&TaskSid=c", R"("event_data":{"task_sid":"b","TaskSid":"c"})");
  // What is no text beside what is.
  has("Timestamp=1&A=%ff", "\"event_data\":{\"a\":\"\xef\xbf\xbd\"}");
  // A '%' that begins no escape.
  has("Timestamp=1&A=100%&B=%zz%41", R"("event_data":{"a":"100%","b":"%zzA"})");
  // A time that is none beside one that is.
  has("Timestamp=x&TimestampMs=5",
      R"("event_data":{"Timestamp":"x"},"event_date":"1970-01-01T00:00:00Z","event_date_ms":5)");
  has("Timestamp=5&TimestampMs=", R"("event_data":{},"event_date":"1970-01-01T00:00:05Z","event_date_ms":5000)");
}

TEST(CallbackForm, has_a_bound_on_its_parameters_and_another_on_being_looked_at) {
  std::string body = "Timestamp=1";
  for (std::size_t i = 1; i < kParametersMax; ++i) body += "&A" + std::to_string(i) + "=1";
  EXPECT_TRUE(decode_form(body));
  body += "&A=1";
  EXPECT_EQ(decode_form(body).error().code(), base::ErrorCode::kTooLarge);
  EXPECT_TRUE(split_form(body));
  EXPECT_EQ(split_form(std::string(kParametersSignedMax, '&')).error().code(), base::ErrorCode::kTooLarge);
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
