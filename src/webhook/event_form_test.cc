#include "webhook/event_form.h"

#include <map>

#include <gtest/gtest.h>

namespace waybill::webhook {
namespace {

constexpr std::size_t kNestingMax = 16;

base::Result<std::map<std::string, std::string>> form_of(const std::string& json) {
  codec::JsonChecker checker;
  const auto event = checker.check(json, kNestingMax);
  EXPECT_TRUE(event);
  TRY_ASSIGN(const auto parameters, form_of_event(*event));
  std::map<std::string, std::string> form;
  for (const auto& [name, value] : parameters) EXPECT_TRUE(form.emplace(name, value).second) << name;
  return form;
}

TEST(EventForm, is_the_callback_that_would_have_brought_the_event) {
  const auto form =
      form_of(R"({"account_sid":"AC1","actor_sid":"WS1","actor_type":"workspace","description":"Böse & gut",
    "event_data":{"workspace_sid":"WS1","workspace_name":"Näh","task_sid":"WT1","task_attributes":"{\"a\":\"b c\"}",
                  "worker_time_in_previous_activity_ms":"17"},
    "event_date":"2023-08-21T19:04:39Z","event_date_ms":1692644679861,"event_type":"task.updated","resource_sid":"WT1",
    "resource_type":"task","resource_url":"https://x/Tasks/WT1","sid":"EV1","source":"twilio","source_ip_address":null,
    "url":"https://x","workspace_sid":"WS1"})");
  ASSERT_TRUE(form);
  const std::map<std::string, std::string> wanted = {{"AccountSid", "AC1"},
                                                     {"EventDescription", "Böse & gut"},
                                                     {"EventType", "task.updated"},
                                                     {"ResourceSid", "WT1"},
                                                     {"ResourceType", "task"},
                                                     {"Sid", "EV1"},
                                                     {"TaskAttributes", R"({"a":"b c"})"},
                                                     {"TaskSid", "WT1"},
                                                     {"Timestamp", "1692644679"},
                                                     {"TimestampMs", "1692644679861"},
                                                     {"WorkerTimeInPreviousActivityMs", "17"},
                                                     {"WorkspaceName", "Näh"},
                                                     {"WorkspaceSid", "WS1"}};
  EXPECT_EQ(*form, wanted);
}

TEST(EventForm, shows_what_is_no_text_as_its_json_and_leaves_out_null) {
  const auto form = form_of(
      R"({"sid":"EV1","event_type":"t","event_date_ms":-1,"workspace_sid":"WS2",
          "event_data":{"task_age":7,"worker_on":true,"list":[1],"nothing":null,"sid":"other"}})");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->at("TaskAge"), "7");
  EXPECT_EQ(form->at("WorkerOn"), "true");
  EXPECT_EQ(form->at("List"), "[1]");
  EXPECT_EQ(form->count("Nothing"), 0U);
  EXPECT_EQ(form->at("Sid"), "EV1");
  EXPECT_EQ(form->at("Timestamp"), "-1");
  EXPECT_EQ(form->at("WorkspaceSid"), "WS2");
}

TEST(EventForm, names_what_is_missing) {
  const std::pair<const char*, const char*> cases[] = {
      {R"([])", "an event is a JSON object"},
      {R"({"event_type":"t","event_date_ms":1})", "sid: is missing"},
      {R"({"sid":"EV1","event_date_ms":1})", "event_type: is missing"},
      {R"({"sid":"EV1","event_type":"t"})", "event_date_ms: is missing"},
      {R"({"sid":"EV1","event_type":"t","event_date_ms":"1"})", "event_date_ms: is no whole number"},
  };
  for (const auto& [json, message] : cases) {
    const auto form = form_of(json);
    ASSERT_FALSE(form) << json;
    EXPECT_EQ(form.error().message(), message);
  }
}

TEST(EventForm, names_parameters_as_callbacks_do) {
  const std::pair<const char*, const char*> cases[] = {
      {"task_queue_sid", "TaskQueueSid"}, {"sid", "Sid"}, {"a_1_b", "A1B"}, {"", ""}, {"_x__y_", "XY"}};
  for (const auto& [member, parameter] : cases) EXPECT_EQ(parameter_name(member), parameter);
}

}  // namespace
}  // namespace waybill::webhook
