#include "webhook/cloud_event.h"

#include <gtest/gtest.h>

namespace waybill::webhook {
namespace {

std::string envelope(const std::string& payload, const std::string& type = "com.twilio.taskrouter.task.created") {
  return R"({"specversion":"1.0","type":")" + type +
         R"(","source":"AB1","id":"NO1","data":{"sid":"EV9","account_sid":"AC1",)"
         R"("timestamp":"2025-01-01T00:00:00.123Z","payload":)" +
         payload + "}}";
}

TEST(CloudEvent, turns_typed_values_into_the_texts_of_the_rest_api) {
  const auto batch = decode_stream(
      envelope(R"({"sid":"EV1","eventtype":"task.created","timestamp":"2025-01-01T00:00:00Z","workspace_sid":"WS1",
        "resource_type":"TASK","resource_sid":"WT1","task_age":7,"worker_available":true,"task_priority":null,
        "task_date_created":"1970-01-01T00:01:00Z","task_attributes":"{\"a\":1}","new_thing":"x"})"),
      {});
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->events.size(), 1U);
  EXPECT_EQ(
      batch->events[0].event.json(),
      R"({"sid":"EV1","source":"twilio","actor_sid":"WS1","actor_type":"workspace","event_data":{"workspace_sid":"WS1",)"
      R"("task_age":"7","worker_available":"true","task_date_created":"60","task_attributes":"{\"a\":1}","new_thing":"x"},)"
      R"("event_date":"2025-01-01T00:00:00Z","event_date_ms":1735689600123,"event_type":"task.created",)"
      R"("account_sid":"AC1","resource_sid":"WT1","resource_type":"task","workspace_sid":"WS1"})");
}

TEST(CloudEvent, keeps_the_good_ones_of_a_batch_and_names_the_bad_ones) {
  const std::string good = envelope(R"({"workspace_sid":"WS1"})");
  const std::string body = "[" + good + ",7,{\"specversion\":\"0.3\"}," + envelope("{}", "com.twilio.messaging.sent") +
                           "," + envelope("{}") + ",{\"a\":}," + good + "]";
  const auto batch = decode_stream(body, {});
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->events.size(), 3U);
  EXPECT_EQ(batch->events[1].workspace_sid, "") << "whoever knows may add it";
  EXPECT_EQ(batch->events[1].index, 4U);
  EXPECT_EQ(batch->events[0].id, "NO1");
  EXPECT_EQ(batch->events[0].text, good);
  EXPECT_EQ(batch->others, 1U);
  ASSERT_EQ(batch->bad.size(), 3U);
  EXPECT_EQ(batch->bad[0].text, "7");
  EXPECT_EQ(batch->bad[0].problem, "a CloudEvent is a JSON object");
  EXPECT_EQ(batch->bad[1].problem, "specversion: '0.3' is not 1.0");
  EXPECT_EQ(batch->bad[2].index, 5U);
  EXPECT_EQ(batch->bad[2].text, "{\"a\":}");
}

TEST(CloudEvent, says_of_a_bad_element_what_can_be_seen) {
  std::string body = envelope(R"({"workspace_sid":"WS1","timestamp":"yesterday"})");
  body.replace(body.find("2025-01-01T00:00:00.123Z"), 24, "never");
  const auto batch = decode_stream(body, {});
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->bad.size(), 1U);
  const BadElement& bad = batch->bad[0];
  EXPECT_EQ(bad.problem, "data.payload.timestamp: is missing or no date");
  EXPECT_EQ(bad.id + " " + bad.account_sid + " " + bad.workspace_sid, "NO1 AC1 WS1");
  EXPECT_EQ(bad.text, body);
}

TEST(CloudEvent, refuses_what_is_no_whole_batch) {
  for (const char* body : {"", "7", "[{", "{\"a\":1", "hello"}) EXPECT_FALSE(decode_stream(body, {})) << body;
  const auto empty = decode_stream("[]", {});
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->events.empty() && empty->bad.empty());
}

}  // namespace
}  // namespace waybill::webhook
