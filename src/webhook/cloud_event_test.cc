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
  const auto batch =
      decode_stream("[" + good + ",7,{\"specversion\":\"0.3\"}," + envelope("{}", "com.twilio.messaging.sent") + "," +
                        envelope("{}") + ",{\"a\":}," + good + "]",
                    {});
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->events.size(), 2U);
  EXPECT_EQ(batch->others, 1U);
  ASSERT_EQ(batch->bad.size(), 4U);
  EXPECT_EQ(batch->bad[0].problem, "a CloudEvent is a JSON object");
  EXPECT_EQ(batch->bad[1].problem, "specversion: '0.3' is not 1.0");
  EXPECT_EQ(batch->bad[2].problem, "data.payload.workspace_sid: is missing");
  EXPECT_EQ(batch->bad[3].index, 5U);
}

TEST(CloudEvent, refuses_what_is_no_whole_batch) {
  for (const char* body : {"", "7", "[{", "{\"a\":1", "hello"}) EXPECT_FALSE(decode_stream(body, {})) << body;
  const auto empty = decode_stream("[]", {});
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->events.empty() && empty->bad.empty());
}

}  // namespace
}  // namespace waybill::webhook
