#include "webhook/cloud_event.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "codec/json_writer.h"

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

TEST(CloudEvent, goes_on_behind_an_element_that_is_no_json) {
  const std::string good = envelope(R"({"workspace_sid":"WS1"})");
  for (const std::string broken :
       {R"({"specversion":"1.0","x":[)", R"({"specversion":"1.0","x":")", "{", "[", "\"", "]"}) {
    const std::string body = "[" + good + "," + broken + "," + good + "," + good + "]";
    const auto batch = decode_stream(body, {});
    ASSERT_TRUE(batch) << broken;
    ASSERT_EQ(batch->bad.size(), 1U) << broken;
    EXPECT_EQ(batch->events.size(), 3U) << broken;
    EXPECT_EQ(batch->bad[0].text, broken);
  }
}

TEST(CloudEvent, takes_what_lies_behind_the_array_for_an_element) {
  const std::string good = envelope(R"({"workspace_sid":"WS1"})");
  const auto batch = decode_stream("[" + good + "]," + good + "]", {});
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->events.size(), 1U);
  ASSERT_EQ(batch->bad.size(), 1U);
  EXPECT_EQ(batch->bad[0].text, "," + good + "]");
  EXPECT_EQ(batch->bad[0].index, 1U);
}

// A body of a few events, of which some byte may be wrong.
class BrokenBody {
 public:
  BrokenBody() {
    for (const char* sid : {"1", "2", "3", "4"}) {
      text_ += text_.empty() ? "[" : ",";
      begins_.push_back(text_.size());
      text_ += envelope(R"({"workspace_sid":"WS1","sid":")" + std::string(sid) +
                        R"(","task_attributes":"{\"list\":[1,{}],\"sid\":\"a\"}"})");
      ends_.push_back(text_.size());
    }
    text_ += ']';
  }

  [[nodiscard]] const std::string& text() const { return text_; }

  // Whether each event that lies outside of [from, to) in `body` is whole in an event or a bad element.
  void expect_nothing_lost(const std::string& body, std::size_t from, std::size_t to) const {
    const auto batch = decode_stream(body, {});
    if (!batch) return;
    std::vector<std::string_view> found;
    for (const StreamEvent& event : batch->events) found.push_back(event.text);
    for (const BadElement& bad : batch->bad) found.push_back(bad.text);
    for (std::size_t i = 0; i < begins_.size(); ++i) {
      if (ends_[i] > from && begins_[i] < to) continue;
      const std::string_view event = std::string_view(text_).substr(begins_[i], ends_[i] - begins_[i]);
      const bool is_there = std::any_of(found.begin(), found.end(), [&](std::string_view text) {
        return text.find(event) != std::string_view::npos;
      });
      EXPECT_TRUE(is_there) << "event " << i << " of " << body;
    }
  }

 private:
  std::string text_;
  std::vector<std::size_t> begins_;
  std::vector<std::size_t> ends_;
};

TEST(CloudEvent, loses_nothing_of_a_body_that_is_cut) {
  const BrokenBody body;
  const std::string& text = body.text();
  for (std::size_t at = 1; at < text.size(); ++at) {
    for (const char* end : {"]", "}", "\"]", "}]"}) {
      body.expect_nothing_lost(text.substr(0, at) + end, at, text.size());
    }
    // What is missing in the middle.
    body.expect_nothing_lost(text.substr(0, at) + text.substr(at + 1), at, at + 1);
  }
}

TEST(CloudEvent, loses_nothing_of_a_body_of_which_a_byte_is_wrong) {
  const BrokenBody body;
  for (std::size_t at = 0; at < body.text().size(); ++at) {
    for (const char wrong : std::string_view("[]{},:\"\\x\xff\0", 11)) {
      std::string text = body.text();
      text[at] = wrong;
      body.expect_nothing_lost(text, at, at + 1);
    }
  }
}

TEST(CloudEvent, takes_a_payload_of_very_many_members_and_none_that_is_too_large) {
  std::string payload = R"({"workspace_sid":"WS1")";
  for (int i = 0; i < 15'000; ++i) payload += ",\"m" + std::to_string(i % 10'000) + "\":" + std::to_string(i);
  payload += "}";
  model::Limits limits;
  const auto batch = decode_stream(envelope(payload), limits);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->events.size(), 1U);
  const std::string json = batch->events[0].event.json();
  EXPECT_NE(json.find(R"({"workspace_sid":"WS1","m0":"10000","m1":"10001",)"), std::string::npos) << "the last counts";
  EXPECT_NE(json.find(R"("m9998":"9998","m9999":"9999"})"), std::string::npos);
  limits.event_bytes_max = payload.size() - 1;
  const auto large = decode_stream("[" + envelope(payload) + "]", limits);
  ASSERT_TRUE(large);
  ASSERT_EQ(large->bad.size(), 1U);
  EXPECT_NE(large->bad[0].problem.find("data.payload: has "), std::string::npos) << large->bad[0].problem;
  EXPECT_EQ(large->bad[0].workspace_sid, "WS1");
}

TEST(CloudEvent, takes_values_of_any_depth) {
  for (const std::size_t depth : {40U, 60'000U}) {
    const std::string deep = std::string(depth, '[') + std::string(depth, ']');
    const std::string payload = R"({"workspace_sid":"WS1","deep":)" + deep + "}";
    std::string as_text;
    codec::append_json_string(as_text, payload);
    for (const std::string& told : {payload, as_text}) {
      const auto batch = decode_stream(envelope(told), {});
      ASSERT_TRUE(batch);
      ASSERT_EQ(batch->events.size(), 1U) << batch->bad.front().problem;
      EXPECT_NE(batch->events[0].event.json().find("\"deep\":\"" + deep + "\""), std::string::npos);
    }
    // Where something in it is no text, it is for a person to look at.
    const auto broken = decode_stream(envelope(R"({"workspace_sid":"WS1","a":"\ud800","deep":)" + deep + "}"), {});
    ASSERT_TRUE(broken);
    ASSERT_EQ(broken->bad.size(), 1U);
    EXPECT_NE(broken->bad[0].problem.find("is nested deeper than 32 levels"), std::string::npos);
  }
}

TEST(CloudEvent, refuses_what_is_no_whole_batch) {
  for (const char* body : {"", "7", "[{", "{\"a\":1", "hello"}) EXPECT_FALSE(decode_stream(body, {})) << body;
  const auto empty = decode_stream("[]", {});
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->events.empty() && empty->bad.empty());
}

}  // namespace
}  // namespace waybill::webhook
