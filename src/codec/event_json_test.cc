#include "codec/event_json.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "codec/testing/events.h"

namespace waybill::codec {
namespace {

using testing::decode;
using testing::kAccount;
using testing::kNewSid;
using testing::kWorkspace;
using testing::member_of;
using testing::shown;

// The example that documents GET …/Events, on the base "https://h", without white space. Its two dates disagree.
constexpr std::string_view kDocumented =
    R"({"sid":"EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
    R"("url":"https://h/v1/Workspaces/WS00000000000000000000000000000002/Events/EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
    R"("source":"twilio",)"
    R"("actor_sid":"WS00000000000000000000000000000002",)"
    R"("actor_url":"https://h/v1/Workspaces/WS00000000000000000000000000000002",)"
    R"("actor_type":"workspace",)"
    R"("event_data":{"worker_sid":"WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","worker_name":"JustinWorker",)"
    R"("workspace_sid":"WS00000000000000000000000000000002","workspace_name":"WorkspaceName",)"
    R"("worker_attributes":"{}","worker_activity_sid":"WAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
    R"("worker_activity_name":"Offline","worker_time_in_previous_activity":"26",)"
    R"("worker_time_in_previous_activity_ms":"26123"},)"
    R"("event_date":"2015-02-07T00:32:41Z",)"
    R"("event_type":"worker.activity",)"
    R"("account_sid":"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
    R"("description":"Worker JustinWorker updated to Idle Activity",)"
    R"("resource_sid":"WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
    R"("resource_url":"https://h/v1/Workspaces/WS00000000000000000000000000000002/Workers/WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
    R"("event_date_ms":987654321111,)"
    R"("resource_type":"worker",)"
    R"("workspace_sid":"WS00000000000000000000000000000002",)"
    R"("source_ip_address":"1.2.3.4"})";

constexpr std::string_view kTextMembers[] = {"sid",           "url",           "source",           "actor_sid",
                                             "actor_url",     "actor_type",    "event_date",       "event_type",
                                             "account_sid",   "description",   "resource_sid",     "resource_url",
                                             "resource_type", "workspace_sid", "source_ip_address"};

// An event with a date and these members besides.
std::string event_with(std::string_view members) {
  return fmt::format(R"({{"event_date":"2026-11-23T10:00:05Z"{}{}}})", members.empty() ? "" : ",", members);
}

TEST(DecodeEvent, the_documented_example_comes_back_byte_for_byte) {
  const auto event = decode(kDocumented);
  ASSERT_TRUE(event) << event.error().message();
  EXPECT_EQ(shown(*event), kDocumented);
  EXPECT_EQ(event->sid.to_text(), "EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(base::to_ms(event->time), 987654321111) << "event_date_ms rules the order, not event_date";
  EXPECT_EQ(event->workspace_name, "WorkspaceName");
}

TEST(DecodeEvent, members_in_any_order_are_shown_in_the_documented_one) {
  testing::Members members = testing::members_of(kDocumented);
  std::reverse(members.begin(), members.end());
  std::string turned;
  for (const auto& [name, value] : members)
    turned += fmt::format("{}\n \"{}\" : {} ", turned.empty() ? "{" : ",", name, value);
  EXPECT_EQ(shown(*decode(turned + "}")), kDocumented);
}

TEST(DecodeEvent, what_is_missing_is_put_in_its_place_or_null) {
  const std::string own = fmt::format("https://h/v1/Workspaces/{}/Events/{}", kWorkspace, kNewSid);
  const testing::Members want = {
      {"sid", fmt::format("\"{}\"", kNewSid)},
      {"url", fmt::format("\"{}\"", own)},
      {"source", "null"},
      {"actor_sid", "null"},
      {"actor_url", "null"},
      {"actor_type", "null"},
      {"event_data", "{}"},
      {"event_date", R"("2026-11-23T10:00:05Z")"},
      {"event_type", "null"},
      {"account_sid", fmt::format("\"{}\"", kAccount)},
      {"description", "null"},
      {"resource_sid", "null"},
      {"resource_url", "null"},
      {"event_date_ms", "1795428005000"},
      {"resource_type", "null"},
      {"workspace_sid", fmt::format("\"{}\"", kWorkspace)},
      {"source_ip_address", "null"},
  };
  const auto bare = decode(event_with(""));
  ASSERT_TRUE(bare) << bare.error().message();
  EXPECT_EQ(testing::members_of(shown(*bare)), want);
  EXPECT_TRUE(bare->terms.empty());
  EXPECT_EQ(bare->workspace_name, "");

  std::string nulls = R"("event_date_ms":null)";
  for (const std::string_view name : kTextMembers) {
    if (name != "event_date") nulls += fmt::format(R"(,"{}":null)", name);
  }
  const auto with_nulls = decode(event_with(nulls));
  ASSERT_TRUE(with_nulls) << with_nulls.error().message();
  EXPECT_EQ(testing::members_of(shown(*with_nulls)), want) << "null is as good as missing";
}

struct Refusal {
  std::string_view name;
  std::string event;
  std::string message;  // all of it
};

void check_refused(const Refusal& c) {
  SCOPED_TRACE(c.name);
  const auto event = decode(c.event);
  ASSERT_FALSE(event) << shown(*event);
  EXPECT_EQ(event.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(event.error().message(), c.message);
}

TEST(DecodeEvent, every_member_refuses_the_wrong_type) {
  for (const std::string_view name : kTextMembers) {
    for (const char* const value : {"1", "-1.5", "true", "{}", "[]", R"(["x"])"}) {
      const std::string date = name == "event_date" ? "" : R"("event_date":"2026-11-23",)";
      check_refused({name, fmt::format(R"({{{}"{}":{}}})", date, name, value),
                     fmt::format("{}: must be a string or null", name)});
    }
  }
  for (const char* const value : {R"("1795428005000")", "true", "{}", "[1]", "1.5", "1e99", "1795428005000.5",
                                  "253402300800000", "-62167219200001", "18446744073709551615"}) {
    check_refused({"event_date_ms", fmt::format(R"({{"event_date_ms":{}}})", value),
                   "event_date_ms: must be a whole number of milliseconds since 1970, in the years 0 to 9999"});
  }
  for (const char* const value : {"null", "1", "true", R"("{}")", "[]", "[{}]"}) {
    check_refused(
        {"event_data", event_with(fmt::format(R"("event_data":{})", value)), "event_data: must be an object"});
  }
}

TEST(DecodeEvent, an_event_is_an_object) {
  for (const char* const text : {"null", "1", "\"x\"", "[]", "[{}]", "true"}) {
    check_refused({text, text, "an event must be a JSON object"});
  }
}

TEST(DecodeEvent, a_member_it_does_not_know_is_refused_with_the_nearest_name) {
  const Refusal cases[] = {
      {"one letter off", event_with(R"("event_typ":"x")"),
       "'event_typ': is no member of an event; did you mean event_type?"},
      {"another case", event_with(R"("Sid":"x")"), "'Sid': is no member of an event; did you mean sid?"},
      {"camel case", event_with(R"("eventData":{})"),
       "'eventData': is no member of an event; did you mean event_data?"},
      {"a member of event_data", event_with(R"("task_priority":"1")"), "'task_priority': is no member of an event"},
      {"an empty name", event_with(R"("":1)"), "'': is no member of an event"},
      {"control characters", event_with(R"("a\u0000\n":1)"), R"('a\x00\x0a': is no member of an event)"},
  };
  for (const Refusal& c : cases) check_refused(c);
}

TEST(DecodeEvent, a_member_may_stand_there_once) {
  for (const auto& [name, value] : testing::members_of(kDocumented)) {
    const std::string member = fmt::format(R"("{}":{})", name, value);
    check_refused({name, fmt::format("{{{},{}}}", member, member), name + ": stands there twice"});
  }
  check_refused({"spelt with an escape", event_with(R"("sid":null,"\u0073id":null)"), "sid: stands there twice"});
  for (const std::string_view name : {"task_sid", "worker_sid", "task_queue_sid", "workflow_sid", "reservation_sid",
                                      "task_channel_sid", "task_channel_unique_name", "task_attributes"}) {
    check_refused({name, event_with(fmt::format(R"("event_data":{{"{0}":null,"x":1,"{0}":"y"}})", name)),
                   fmt::format("event_data.{}: stands there twice", name)});
  }
  EXPECT_TRUE(decode(event_with(R"("event_data":{"other":1,"other":2})")))
      << "what nobody looks for may stand there twice";
}

TEST(DecodeEvent, sids_are_checked) {
  constexpr std::string_view kRest = "[0-9a-fA-F]{32}$";
  for (const char* const sid : {"", "EV", "EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                "EVgaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "evaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                "WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", " EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                "EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "}) {
    check_refused({sid, event_with(fmt::format(R"("sid":"{}")", sid)), fmt::format("sid: must match ^EV{}", kRest)});
  }
  for (const char* const sid : {"", "ACx", "WSaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    check_refused({sid, event_with(fmt::format(R"("account_sid":"{}")", sid)),
                   fmt::format("account_sid: must match ^AC{}", kRest)});
  }
  for (const char* const member : {"actor_sid", "resource_sid"}) {
    for (const char* const sid :
         {"", "x", "1Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-"}) {
      check_refused({sid, event_with(fmt::format(R"("{}":"{}")", member, sid)),
                     fmt::format("{}: must match ^[a-zA-Z]{{2}}{}", member, kRest)});
    }
  }
}

TEST(DecodeEvent, an_event_may_not_name_another_workspace) {
  const Refusal cases[] = {
      {"another", event_with(R"("workspace_sid":"WS00000000000000000000000000000003")"),
       "workspace_sid: is 'WS00000000000000000000000000000003', but the events go to "
       "WS00000000000000000000000000000002"},
      {"none", event_with(R"("workspace_sid":"")"),
       "workspace_sid: is '', but the events go to WS00000000000000000000000000000002"},
  };
  for (const Refusal& c : cases) check_refused(c);
}

TEST(DecodeEvent, the_hex_case_of_sids_is_kept_and_does_not_matter) {
  const Arrival arrival{std::string(kAccount), "WSabcdef00000000000000000000000000", nullptr};
  JsonChecker checker;
  const auto json = checker.check(event_with(R"("sid":"EVABCDEF00000000000000000000000000",)"
                                             R"("workspace_sid":"WSABCDEF00000000000000000000000000",)"
                                             R"("account_sid":"ACABCDEF00000000000000000000000000")"),
                                  32);
  const auto event = decode_event(*json, arrival, {});
  ASSERT_TRUE(event) << event.error().message();
  EXPECT_EQ(event->sid.to_text(), "EVabcdef00000000000000000000000000");
  EXPECT_EQ(member_of(shown(*event), "sid"), R"("EVABCDEF00000000000000000000000000")");
  EXPECT_EQ(member_of(shown(*event), "workspace_sid"), R"("WSABCDEF00000000000000000000000000")");
  EXPECT_EQ(member_of(shown(*event), "account_sid"), R"("ACABCDEF00000000000000000000000000")");
}

struct Dates {
  std::string_view name;
  std::string members;
  std::string want_date;
  std::string want_ms;
};

TEST(DecodeEvent, either_date_completes_the_other_and_both_are_kept) {
  const Dates cases[] = {
      {"a date alone", R"("event_date":"2026-11-23T10:00:05Z")", "2026-11-23T10:00:05Z", "1795428005000"},
      {"a date with a fraction", R"("event_date":"2026-11-23T10:00:05.412Z")", "2026-11-23T10:00:05Z", "1795428005412"},
      {"a date with an offset", R"("event_date":"2026-11-23T11:00:05+01:00")", "2026-11-23T10:00:05Z", "1795428005000"},
      {"a day alone", R"("event_date":"2026-11-23")", "2026-11-23T00:00:00Z", "1795392000000"},
      {"milliseconds alone", R"("event_date_ms":1795428005412)", "2026-11-23T10:00:05Z", "1795428005412"},
      {"milliseconds before 1970", R"("event_date_ms":-1)", "1969-12-31T23:59:59Z", "-1"},
      {"zero", R"("event_date_ms":0)", "1970-01-01T00:00:00Z", "0"},
      {"the first millisecond there is", R"("event_date_ms":-62167219200000)", "0000-01-01T00:00:00Z",
       "-62167219200000"},
      {"the last millisecond there is", R"("event_date_ms":253402300799999)", "9999-12-31T23:59:59Z",
       "253402300799999"},
      {"both, agreeing", R"("event_date":"2026-11-23T10:00:05Z","event_date_ms":1795428005412)", "2026-11-23T10:00:05Z",
       "1795428005412"},
      {"both, disagreeing", R"("event_date":"2015-02-07T00:32:41Z","event_date_ms":987654321111)",
       "2015-02-07T00:32:41Z", "987654321111"},
      {"both, the date first null", R"("event_date":null,"event_date_ms":987654321111)", "2001-04-19T04:25:21Z",
       "987654321111"},
  };
  for (const Dates& c : cases) {
    SCOPED_TRACE(c.name);
    const auto event = decode("{" + c.members + "}");
    ASSERT_TRUE(event) << event.error().message();
    EXPECT_EQ(member_of(shown(*event), "event_date"), '"' + c.want_date + '"');
    EXPECT_EQ(member_of(shown(*event), "event_date_ms"), c.want_ms);
    EXPECT_EQ(base::to_ms(event->time), base::parse_int(c.want_ms));
  }
}

TEST(DecodeEvent, a_date_must_be_there_and_be_one) {
  const std::string missing = "event_date: is missing, and so is event_date_ms; one must be there";
  const Refusal cases[] = {
      {"neither", "{}", missing},
      {"both null", R"({"event_date":null,"event_date_ms":null})", missing},
      {"no date", R"({"event_date":"yesterday"})", "event_date: 'yesterday': a date looks like 2026-11-23"},
      {"an empty text", R"({"event_date":""})", "event_date: '': a date looks like 2026-11-23"},
      {"no such day", R"({"event_date":"2026-02-30"})", "event_date: '2026-02-30': no such day in the calendar"},
      {"the date is wrong where the milliseconds would do", R"({"event_date":"x","event_date_ms":0})",
       "event_date: 'x': a date looks like 2026-11-23"},
      {"a year too late", R"({"event_date":"9999-12-31T23:59:59-01:00"})",
       "event_date: '9999-12-31T23:59:59-01:00': a year lies between 0000 and 9999"},
  };
  for (const Refusal& c : cases) check_refused(c);
}

TEST(DecodeEvent, event_data_is_kept_byte_for_byte) {
  const std::string_view data =
      R"({"z":"1","a":{"deep":[1.0,1e3,-0,18446744073709551615,[],{}]},"\u0041":"\u00e9é\/","num":0.10,)"
      R"("dup":1,"dup":2,"null":null,"task_attributes":"{\"a\": [1, 2]}","":"","task_sid":"not a sid"})";
  const auto event = decode(event_with(fmt::format(R"("event_data": {} )", data)));
  ASSERT_TRUE(event) << event.error().message();
  EXPECT_EQ(member_of(shown(*event), "event_data"), data);

  const auto spaced = decode(event_with(R"("event_data":{ "a" : [ 1 , "x  y" ] ,)"
                                        "\n\t"
                                        R"("b": { } })"));
  EXPECT_EQ(member_of(shown(*spaced), "event_data"), R"({"a":[1,"x  y"],"b":{}})") << "without white space";
}

TEST(DecodeEvent, texts_are_kept_as_they_were_spelt) {
  const std::string_view members =
      R"("source":"\u00e9","actor_type":"\/","event_type":"\u0061","description":"😀\n","resource_type":"","source_ip_address":"::1")";
  const auto event = decode(event_with(members));
  ASSERT_TRUE(event) << event.error().message();
  const std::string json = shown(*event);
  EXPECT_EQ(member_of(json, "source"), R"("\u00e9")");
  EXPECT_EQ(member_of(json, "actor_type"), R"("\/")");
  EXPECT_EQ(member_of(json, "event_type"), R"("\u0061")");
  EXPECT_EQ(member_of(json, "description"), R"("😀\n")");
  EXPECT_EQ(member_of(json, "resource_type"), R"("")");
  EXPECT_EQ(member_of(json, "source_ip_address"), R"("::1")");
}

TEST(DecodeEvent, redaction_takes_out_the_task_attributes_of_event_data_and_nothing_else) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"task_attributes":"{\"name\":\"Ann\"}","x":1})", R"({"task_attributes":"{}","x":1})"},
      {R"({"x":1,"task_attributes":"secret"})", R"({"x":1,"task_attributes":"{}"})"},
      {R"({"task_attribute\u0073":"secret"})", R"({"task_attribute\u0073":"{}"})"},
      {R"({"task_attributes":{"name":"Ann"}})", R"({"task_attributes":"{}"})"},
      {R"({"task_attributes":[1,2]})", R"({"task_attributes":"{}"})"},
      {R"({"task_attributes":12345})", R"({"task_attributes":"{}"})"},
      {R"({"task_attributes":null})", R"({"task_attributes":null})"},
      {R"({"task_attributes":""})", R"({"task_attributes":"{}"})"},
      {R"({"worker_attributes":"shown","old":{"task_attributes":"shown"}})",
       R"({"worker_attributes":"shown","old":{"task_attributes":"shown"}})"},
      {"{}", "{}"},
  };
  for (const auto& [data, want] : cases) {
    SCOPED_TRACE(data);
    const auto event = decode(event_with(fmt::format(
        R"("event_data":{},"actor_sid":"{}","resource_sid":"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")", data, kWorkspace)));
    ASSERT_TRUE(event) << event.error().message();
    EXPECT_EQ(member_of(shown(*event), "event_data"), data);
    std::string expected = shown(*event);
    const std::string_view open(data);
    expected.replace(expected.find(open), open.size(), want);
    EXPECT_EQ(shown(*event, TaskAttributes::kRedacted), expected);
  }
}

TEST(DecodeEvent, what_is_shown_comes_in_again_as_the_same_record) {
  const std::string reservation =
      R"("sid":"EVABCDEF00000000000000000000000000","actor_sid":"WS00000000000000000000000000000002",)"
      R"("event_date_ms":1795428005412,"resource_sid":"WRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
      R"("event_data":{"task_sid":"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","task_attributes":"{}","n":1.0})";
  for (const std::string& json : {std::string(kDocumented), event_with(""), event_with(reservation)}) {
    const auto first = decode(json);
    ASSERT_TRUE(first) << first.error().message();
    for (const char* const base : {"https://h", "http://[::1]:8080", "https://proxy.example/way/bill"}) {
      std::string listed;
      ASSERT_TRUE(append_shown(listed, first->record, base, TaskAttributes::kShown));
      const auto second = decode(listed);
      ASSERT_TRUE(second) << second.error().message();
      EXPECT_EQ(second->record, first->record) << base;
      EXPECT_EQ(second->terms, first->terms);
      EXPECT_EQ(second->time, first->time);
    }
  }
}

TEST(DecodeEvent, an_event_may_be_as_long_as_the_limit_and_no_longer) {
  const std::string event = event_with(R"("description":"é")");
  model::Limits limits;
  limits.event_bytes_max = event.size();
  EXPECT_TRUE(decode(event, limits));
  EXPECT_TRUE(decode("  " + event + "\n", limits)) << "white space does not count";
  --limits.event_bytes_max;
  const auto refused = decode(event, limits);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kTooLarge);
  EXPECT_EQ(refused.error().message(),
            fmt::format("the event has {} bytes of JSON, more than {} (limit event_bytes_max)", event.size(),
                        limits.event_bytes_max));
}

TEST(PeekWorkspaceSid, finds_it_wherever_it_stands) {
  JsonChecker checker;
  EXPECT_EQ(*peek_workspace_sid(checker, R"({"workspace_sid":"WS1"})"), "WS1");
  EXPECT_EQ(
      *peek_workspace_sid(checker, R"( { "x" : { "workspace_sid" : "no" } , "workspace\u005fsid" : "W\u0053" } )"),
      "WS");
  const char* const last_is_b[] = {
      R"({"workspace_sid":"A","x":{"workspace_sid":"C"},"workspace_sid":"B"})",
      R"({"workspace_sid":"A","workspace\u005fsid":"B","event_data":{"workspace_sid":"C"}})",
      R"({"workspace_sid":null,"workspace_sid":"B"})",
      R"({"workspace_sid":"A", "y" : ["workspace_sid"], "workspace_sid" : "B" })",
  };
  for (const char* json : last_is_b) {
    const auto sid = peek_workspace_sid(checker, json);
    ASSERT_TRUE(sid) << json;
    EXPECT_EQ(*sid, "B") << json;
  }
  const std::pair<const char*, const char*> refused[] = {
      {"[]", "an event must be a JSON object"},
      {"{}", "workspace_sid: is missing; it says where the event belongs"},
      {R"({"workspace_sid":null})", "workspace_sid: is missing; it says where the event belongs"},
      {R"({"workspace_sid":1})", "workspace_sid: is missing; it says where the event belongs"},
      {R"({"event_data":{"workspace_sid":"WS1"}})", "workspace_sid: is missing; it says where the event belongs"},
      {"", "is not valid JSON: at byte 0 it ends too early"},
  };
  for (const auto& [json, message] : refused) {
    const auto sid = peek_workspace_sid(checker, json);
    ASSERT_FALSE(sid) << json;
    EXPECT_EQ(sid.error().message(), message);
  }
}

}  // namespace
}  // namespace waybill::codec
