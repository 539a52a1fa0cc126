#include "transfer/member_names.h"

#include <string>

#include <gtest/gtest.h>

namespace waybill::transfer {
namespace {

TEST(MemberNames, are_known_in_other_spellings) {
  for (const std::string_view name :
       {"event_date_ms", "eventDateMs", "EventDateMs", "Event Date Ms", "EVENT-DATE-MS"}) {
    EXPECT_EQ(find_member_spelled(name), codec::Member::kEventDateMs) << name;
  }
  EXPECT_EQ(find_member_spelled("Sid"), codec::Member::kSid);
  for (const std::string_view name : {"", "event", "sids", "event_data.sid"}) {
    EXPECT_FALSE(find_member_spelled(name)) << name;
  }
}

TEST(MemberNames, of_the_libraries_become_those_of_the_api) {
  const std::pair<std::string, std::string> cases[] = {
      // As JSON.stringify writes an EventInstance of the Node library.
      {R"({"accountSid":"AC1","eventData":{"taskSid":"WT1","workspace_sid":"x"},"eventDate":"2026-11-23T10:00:05.000Z",)"
       R"("eventDateMs":1795428005123,"workspaceSid":"WS1","sourceIpAddress":null})",
       R"({"account_sid":"AC1","event_data":{"taskSid":"WT1","workspace_sid":"x"},)"
       R"("event_date":"2026-11-23T10:00:05.000Z","event_date_ms":1795428005123,"workspace_sid":"WS1",)"
       R"("source_ip_address":null})"},
      // As json_encode writes the properties of PHP's.
      {R"({"workspaceSid":"WS1","eventDate":{"date":"2026-11-23 10:00:05.000000","timezone_type":3,"timezone":"UTC"}})",
       R"({"workspace_sid":"WS1","event_date":"2026-11-23T10:00:05.000Z"})"},
      {R"({"Sid":"EV1","WorkspaceSid":"WS1","Other":1.10})", R"({"sid":"EV1","workspace_sid":"WS1","Other":1.10})"},
      // What is no text stays as it came.
      {"{\"eventData\": {\"a\": \"x\xff\\ud800\"}, \"n\xfe\": 1, \"workspaceSid\": \"WS1\", \"description\":\"\xe9\"}",
       "{\"event_data\":{\"a\": \"x\xff\\ud800\"},\"n\xfe\":1,\"workspace_sid\":\"WS1\",\"description\":\"\xe9\"}"},
  };
  LibraryObjects objects;
  for (const auto& [text, want] : cases) EXPECT_EQ(objects.translate(text).value_or("none"), want);
}

TEST(MemberNames, what_is_no_object_of_a_library_stays_as_it_is) {
  LibraryObjects objects;
  for (const std::string_view text : {
           R"({"workspace_sid":"WS1","sid":"EV1"})",
           R"({"workspace_sid":"WS1","workspaceSid":"WS2"})",
           R"({"event_data":{"workspaceSid":"WS1"},"sid":"EV1"})",
           R"({"workspaceSid":"WS1")",
           R"(["workspaceSid"])",
           R"("workspaceSid")",
       }) {
    EXPECT_FALSE(objects.translate(text)) << text;
  }
}

}  // namespace
}  // namespace waybill::transfer
