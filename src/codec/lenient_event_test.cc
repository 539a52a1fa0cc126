#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "codec/event_difference.h"
#include "codec/event_extra.h"
#include "codec/event_json.h"
#include "codec/json_writer.h"
#include "codec/testing/events.h"
#include "model/record_parts.h"

namespace waybill::codec {
namespace {

using testing::kAccount;
using testing::kNewSid;
using testing::kWorkspace;
using testing::member_of;
using testing::shown;

constexpr std::string_view kSid = "EV0000000000000000000000000000000a";

Arrival lenient() {
  Arrival arrival = testing::arrival();
  arrival.rules = Rules::kLenient;
  return arrival;
}

// An event with more members, which come last.
std::string event_with(std::string_view members) {
  std::string out = R"({"sid":")" + std::string(kSid) + R"(","event_date_ms":1795428009123)";
  if (!members.empty()) out.append(",").append(members);
  return out + "}";
}

base::Result<DecodedElements> read(std::string_view body, const Arrival& arrival, const model::Limits& limits = {}) {
  return decode_elements(body, BatchForm::kJson, arrival, limits);
}

std::string extra_of(const model::Event& event) {
  std::string out;
  const auto done = append_extra(out, event.record);
  EXPECT_TRUE(done) << done.error().message();
  return out;
}

std::string original(std::string_view raw) { return "\"" + base::to_base64(raw) + "\""; }

struct Case {
  std::string name;
  std::string members;
  std::string member;  // that is looked at
  std::string value;   // it shows
  std::string extra;
};

std::vector<Case> cases() {
  const auto members = [](std::string_view json) { return R"({"members":{)" + std::string(json) + "}}"; };
  const auto originals = [](std::string_view pointer, std::string_view raw) {
    return R"({"originals":{")" + std::string(pointer) + "\":" + original(raw) + "}}";
  };
  return {
      {"nothing odd", R"("description":"d")", "description", "\"d\"", ""},
      // Members that events do not have.
      {"unknown", R"("operating_unit_sid":"OU1")", "description", "null", members(R"("operating_unit_sid":"OU1")")},
      {"unknown object", R"("links":{"a":[1,2]})", "event_data", "{}", members(R"("links":{"a":[1,2]})")},
      {"unknown twice", R"("x":1,"y":2,"x":3)", "event_data", "{}", members(R"("x":3,"y":2)")},
      // Null or empty.
      {"null data", R"("event_data":null)", "event_data", "{}", ""},
      {"empty data", R"("event_data":"","actor_url":"")", "event_data", "{}", ""},
      {"empty sid", R"("actor_sid":"","account_sid":"","event_date":"")", "actor_sid", "null", ""},
      {"empty type", R"("event_type":"","resource_url":"","resource_sid":"")", "event_type", "null", ""},
      {"empty text", R"("description":"")", "description", "\"\"", ""},
      // Another JSON type, or a value that breaks the rule of its member.
      {"number for text", R"("description":7)", "description", "null", members(R"("description":7)")},
      {"text for object", R"("event_data":"{}")", "event_data", "{}", members(R"("event_data":"{}")")},
      {"object for sid", R"("resource_sid":{"a":1})", "resource_sid", "null", members(R"("resource_sid":{"a":1})")},
      {"no sid", R"("actor_sid":"me")", "actor_sid", "null", members(R"("actor_sid":"me")")},
      {"no account", R"("account_sid":5)", "account_sid", "\"" + std::string(kAccount) + "\"",
       members(R"("account_sid":5)")},
      {"no url", R"("resource_url":"/v1/x")", "resource_url", "null", members(R"("resource_url":"/v1/x")")},
      {"another's url", R"("url":"https://x/y")", "source", "null", members(R"("url":"https://x/y")")},
      {"no date", R"("event_date":"yesterday")", "event_date", "\"2026-11-23T10:00:09Z\"",
       members(R"("event_date":"yesterday")")},
      {"long type", R"("event_type":")" + std::string(300, 't') + "\"", "event_type", "null",
       members(R"("event_type":")" + std::string(300, 't') + "\"")},
      {"workspace of another type", R"("workspace_sid":1)", "workspace_sid", "\"" + std::string(kWorkspace) + "\"",
       members(R"("workspace_sid":1)")},
      // Numbers that fit no double stay as they are spelled.
      {"large number", R"("event_data":{"n":1e999})", "event_data", R"({"n":1e999})", ""},
      {"long number", R"("event_data":{"n":123456789012345678901234567890})", "event_data",
       R"({"n":123456789012345678901234567890})", ""},
      {"unknown number", R"("n":-1e999)", "source", "null", members(R"("n":-1e999)")},
      // The last of a name counts.
      {"text twice", R"("description":"a","description":"b")", "description", "\"b\"", ""},
      {"data twice", R"("event_data":{"task_sid":"a"},"event_data":{"b":1})", "event_data", R"({"b":1})", ""},
      {"attributes twice", R"("event_data":{"task_attributes":"1","x":0,"task_attributes":"2"})", "event_data",
       R"({"x":0,"task_attributes":"2"})", ""},
      // What is no text.
      {"half a pair", R"("description":"cut \ud83d")", "description", "\"cut \xef\xbf\xbd\"",
       originals("/description", R"("cut \ud83d")")},
      {"bytes", "\"event_data\":{\"worker_name\":\"Zo\xeb\"}", "event_data", "{\"worker_name\":\"Zo\xef\xbf\xbd\"}",
       originals("/event_data/worker_name", "\"Zo\xeb\"")},
      {"in a list", R"("event_data":{"l":[1,{"a/b":"\udc00"}]})", "event_data",
       "{\"l\":[1,{\"a/b\":\"\xef\xbf\xbd\"}]}", originals("/event_data/l/1/a~1b", R"("\udc00")")},
      {"name", R"("event_data":{"\ud800":1})", "event_data", "{\"\xef\xbf\xbd\":1}",
       originals("/event_data/\xef\xbf\xbd#", R"("\ud800")")},
      {"unknown name", R"("\ud800":1)", "source", "null",
       "{\"members\":{\"\xef\xbf\xbd\":1},\"originals\":{\"/\xef\xbf\xbd#\":" + original(R"("\ud800")") + "}}"},
      {"a NUL is text", R"("description":"a\u0000b")", "description", R"("a\u0000b")", ""},
  };
}

TEST(LenientEvent, it_is_stored_and_what_its_members_cannot_hold_is_kept_beside) {
  for (const Case& c : cases()) {
    const auto decoded = read(event_with(c.members), lenient());
    ASSERT_TRUE(decoded) << c.name << ": " << decoded.error().message();
    ASSERT_EQ(decoded->events.size(), 1U) << c.name << ": " << decoded->refused.front().problem;
    const model::Event& event = decoded->events.front();
    EXPECT_EQ(member_of(shown(event), c.member), c.value) << c.name;
    EXPECT_EQ(extra_of(event), c.extra) << c.name;
    EXPECT_TRUE(describe_record(event.record)) << c.name;
  }
}

TEST(LenientEvent, an_export_brings_back_the_same_record) {
  for (const Case& c : cases()) {
    const auto first = read(event_with(c.members), lenient());
    ASSERT_TRUE(first && first->events.size() == 1) << c.name;
    std::string line;
    ASSERT_TRUE(append_shown_whole(line, first->events[0].record, "https://h")) << c.name;
    EXPECT_EQ(line.find(kExtraMember) == std::string::npos, c.extra.empty()) << c.name;
    for (const Rules rules : {Rules::kStrict, Rules::kLenient}) {
      Arrival arrival = lenient();
      arrival.rules = rules;
      const auto again = decode_elements(line, BatchForm::kNdjson, arrival, {});
      ASSERT_TRUE(again) << c.name << again.error().message();
      ASSERT_EQ(again->events.size(), 1U) << c.name << ": " << again->refused.front().problem;
      EXPECT_EQ(again->events[0].record, first->events[0].record) << c.name;
      EXPECT_EQ(again->unknown_count, 0U) << c.name;
    }
  }
}

TEST(LenientEvent, an_extra_makes_no_variant_and_what_is_no_text_equals_its_replacement) {
  const auto record = [](std::string_view members) {
    const auto decoded = read(event_with(members), lenient());
    EXPECT_TRUE(decoded && decoded->events.size() == 1) << members;
    return decoded->events.front().record;
  };
  struct Pair {
    std::string a;
    std::string b;
    bool differs = false;
  };
  const Pair pairs[] = {
      {R"("description":"d")", R"("description":"d","links":{})"},
      {R"("x":1)", R"("x":2)"},
      {R"("description":"d")", R"("description":7)"},
      {R"("description":"cut \ud83d")", "\"description\":\"cut \xef\xbf\xbd\""},
      {R"("description":"cut \ud83d")", "\"description\":\"cut \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {"\"description\":\"Zo\xeb\"", "\"description\":\"Zo\xef\xbf\xbd\""},
      {R"("event_data":{"a":1,"a":2})", R"("event_data":{"a":2})"},
      {R"("event_data":{"a":"False"})", R"("event_data":{"a":"false"})"},
      {R"("event_data":{"a":"False"})", R"("event_data":{"a":"true"})", true},
      {R"("event_data":{"a":1,"a":2})", R"("event_data":{"a":1})", true},
      {R"("description":"cut \ud83d")", R"("description":"cut ?")", true},
      {R"("event_data":{"n":1e999})", R"("event_data":{"n":1e998})", true},
  };
  for (const Pair& pair : pairs) {
    EXPECT_EQ(events_differ(record(pair.a), record(pair.b)), pair.differs) << pair.a << " and " << pair.b;
    EXPECT_EQ(events_differ(record(pair.b), record(pair.a)), pair.differs) << pair.b << " and " << pair.a;
  }
}

TEST(LenientEvent, a_time_is_taken_in_each_spelling) {
  struct Time {
    std::string members;
    std::string extra;
  };
  const Time times[] = {
      {R"("event_date_ms":1795428009123.0)", ""},
      {R"("event_date_ms":1.795428009123e12)", ""},
      {R"("event_date_ms":"1795428009123")", R"({"members":{"event_date_ms":"1795428009123"}})"},
      {R"("event_date":"2026-11-23T10:00:09.123Z","event_date_ms":"soon")", R"({"members":{"event_date_ms":"soon"}})"},
      {R"("event_date":"2026-11-23T10:00:09.123Z","event_date_ms":1e999)", R"({"members":{"event_date_ms":1e999}})"},
      {R"("event_date":"2026-11-23T10:00:09.123Z","event_date_ms":null)", ""},
      {R"("event_date":7,"event_date_ms":1795428009123)", R"({"members":{"event_date":7}})"},
  };
  for (const Time& time : times) {
    const auto decoded = read(R"({"sid":")" + std::string(kSid) + "\"," + time.members + "}", lenient());
    ASSERT_TRUE(decoded && decoded->events.size() == 1) << time.members;
    EXPECT_EQ(base::to_ms(decoded->events[0].time), 1795428009123) << time.members;
    EXPECT_EQ(extra_of(decoded->events[0]), time.extra) << time.members;
  }
  // By hand too.
  EXPECT_TRUE(testing::decode(R"({"event_date_ms":1795428009123.0})"));
  EXPECT_FALSE(testing::decode(R"({"event_date_ms":1795428009123.5})"));
  EXPECT_FALSE(testing::decode(R"({"event_date_ms":"1795428009123"})"));
}

TEST(LenientEvent, what_is_nested_too_deep_is_kept_as_it_came) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + "1" + std::string(depth, ']'); };
  const std::string deep = "{ \"a\":" + nested(100'000) + "}";
  for (const std::string& name : {std::string("event_data"), std::string("links"), std::string("description")}) {
    const auto decoded = read(event_with("\"" + name + "\":" + deep + R"(,"source":"s")"), lenient());
    ASSERT_TRUE(decoded && decoded->events.size() == 1) << name;
    EXPECT_EQ(member_of(shown(decoded->events[0]), "source"), "\"s\"");
    EXPECT_EQ(extra_of(decoded->events[0]), R"({"originals":{"/)" + name + "\":" + original(deep) + "}}");
  }
  // The deepest that is kept as a member can be read again where it stands in an export.
  for (const std::size_t depth : {28U, 29U, 30U, 31U, 32U, 33U}) {
    const auto decoded = read(event_with("\"links\":" + nested(depth)), lenient());
    ASSERT_TRUE(decoded && decoded->events.size() == 1) << depth;
    std::string line;
    ASSERT_TRUE(append_shown_whole(line, decoded->events[0].record, "https://h"));
    EXPECT_TRUE(testing::decode(line)) << depth;
  }
}

// `count` strings that are no text, all under one long name.
std::string many_under_one_name(std::size_t name_bytes, std::size_t count) {
  std::string out = "{\"" + std::string(name_bytes, 'n') + "\":[";
  for (std::size_t i = 0; i < count; ++i) out.append(i == 0 ? "" : ",").append(R"("\ud83d")");
  return out + "]}";
}

TEST(LenientEvent, originals_that_would_take_many_times_the_value_are_kept_as_one) {
  const std::string data = many_under_one_name(100'000, 4000);
  const auto decoded = read(event_with("\"event_data\":" + data + R"(,"source":"\udc00")"), lenient());
  ASSERT_TRUE(decoded && decoded->events.size() == 1);
  EXPECT_EQ(extra_of(decoded->events[0]),
            R"({"originals":{"/source":)" + original(R"("\udc00")") + R"(,"/event_data":)" + original(data) + "}}");
  // A few stand each by itself.
  const auto few = read(event_with("\"links\":" + many_under_one_name(10, 2)), lenient());
  ASSERT_TRUE(few && few->events.size() == 1);
  EXPECT_NE(extra_of(few->events[0]).find("/links/nnnnnnnnnn/1"), std::string::npos);
}

TEST(LenientEvent, an_extra_has_a_bound_and_what_is_within_it_can_be_imported) {
  model::Limits limits;
  limits.event_bytes_max = 2000;
  std::string hashes;
  for (int i = 0; i < 105; ++i)
    hashes.append(i == 0 ? "" : ",").append("\"~~~~~~~~" + std::to_string(i) + "\\ud800\":1");
  std::string line;
  const auto odd = read(event_with(hashes), lenient(), limits);
  ASSERT_TRUE(odd && odd->events.size() == 1) << odd->refused[0].problem;
  EXPECT_GT(extra_of(odd->events[0]).size(), 3 * limits.event_bytes_max);
  ASSERT_TRUE(append_shown_whole(line, odd->events[0].record, "https://h"));
  const auto again = read(line, lenient(), limits);
  ASSERT_TRUE(again && again->events.size() == 1) << again->refused[0].problem;
  EXPECT_EQ(again->events[0].record, odd->events[0].record);
  // What others send as an extra may not be longer.
  const auto large = read(event_with(R"("x":1,"waybill_extra":{"members":{"y":")" + std::string(15'970, 'y') + "\"}}"),
                          lenient(), limits);
  ASSERT_TRUE(large && large->refused.size() == 1);
  EXPECT_NE(large->refused[0].problem.find("what is kept beside the event has"), std::string::npos)
      << large->refused[0].problem;
}

TEST(LenientEvent, is_found_by_what_stands_in_data_that_is_not_shown) {
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  const auto text = [](std::string_view json) {
    std::string out;
    append_json_string(out, json);
    return out;
  };
  const std::string_view task = R"("task_sid":"WT0000000000000000000000000000000a")";
  const std::string_view known = R"("workspace_name":"w","worker_sid":"WK0000000000000000000000000000000b")";
  const std::string whole = "{" + std::string(task) + R"(,"a":[1],"task_attributes":"{}",)" + std::string(known) + "}";
  const std::string too_deep =
      "{" + std::string(task) + R"(,"deep":)" + deep + R"(,"task_attributes":"{}",)" + std::string(known) + "}";
  const std::string shallow =
      "{" + std::string(task) + R"(,"worker_sid":"WK0000000000000000000000000000000b","workspace_name":"w"})";
  struct Row {
    std::string name;
    std::string data;
    std::string shows;
  };
  const Row rows[] = {
      {"deep", too_deep, shallow},
      {"text", text(whole), whole},
      {"deep text", text(too_deep), shallow},
      {"text with a name twice", text(R"({"task_sid":1,)" + whole.substr(1)), whole},
      {"a name twice", "{\"task_sid\":1," + too_deep.substr(1), shallow},
  };
  const auto plain = read(event_with("\"event_data\":" + whole), lenient());
  ASSERT_TRUE(plain && plain->events.size() == 1);
  ASSERT_FALSE(plain->events[0].terms == model::TermList());
  for (const Row& row : rows) {
    const auto odd = read(event_with("\"event_data\":" + row.data), lenient());
    ASSERT_TRUE(odd && odd->events.size() == 1) << row.name;
    const model::Event& event = odd->events[0];
    EXPECT_EQ(member_of(shown(event), "event_data"), row.shows) << row.name;
    EXPECT_TRUE(event.terms == plain->events[0].terms) << row.name;
    EXPECT_EQ(event.workspace_name, "w") << row.name;
    const bool is_text = row.data.starts_with('"');
    EXPECT_EQ(extra_of(event), is_text ? R"({"members":{"event_data":)" + row.data + "}}"
                                       : R"({"originals":{"/event_data":)" + original(row.data) + "}}");
    const auto described = describe_record(event.record);
    ASSERT_TRUE(described) << row.name << described.error().message();
    EXPECT_TRUE(described->terms == event.terms) << row.name;
  }
}

TEST(LenientEvent, only_what_has_no_identity_no_time_or_is_no_json_is_refused) {
  Arrival no_sids = lenient();
  no_sids.new_event_sid = nullptr;
  struct Refused {
    std::string json;
    std::string problem;
  };
  const std::string sid = R"("sid":")" + std::string(kSid) + "\"";
  const Refused refused[] = {
      {R"({"event_date_ms":1})", "sid: is missing"},
      {R"({"sid":"","event_date_ms":1})", "sid: is missing"},
      {R"({"sid":null,"event_date_ms":1})", "sid: is missing"},
      {R"({"sid":"EV1","event_date_ms":1})", "sid: must match"},
      {R"({"sid":7,"event_date_ms":1})", "sid: must be a string or null"},
      {"{" + sid + "}", "event_date: is missing, and so is event_date_ms"},
      {"{" + sid + R"(,"event_date":"soon","event_date_ms":null})", "event_date: 'soon'"},
      {"{" + sid + R"(,"event_date_ms":1e999})", "event_date_ms: must be a whole number"},
      {"{" + sid + R"(,"event_date_ms":1,"workspace_sid":"WS00000000000000000000000000000009"})", "workspace_sid: is "},
      {"[1]", "an event must be a JSON object"},
      {"{" + sid + ",\"event_date_ms\":}", "is not valid JSON"},
      {"{" + sid + ",\"event_date_ms\":1", "is not valid JSON"},
  };
  for (const Refused& c : refused) {
    const auto decoded = decode_elements(c.json, BatchForm::kNdjson, no_sids, {});
    ASSERT_TRUE(decoded) << c.json;
    ASSERT_EQ(decoded->refused.size(), 1U) << c.json;
    EXPECT_EQ(decoded->refused[0].index, 1U);
    EXPECT_EQ(decoded->refused[0].text, c.json);
    EXPECT_NE(decoded->refused[0].problem.find(c.problem), std::string::npos) << decoded->refused[0].problem;
  }
  model::Limits small;
  small.event_bytes_max = 100;
  const auto large = read(event_with("\"x\":\"" + std::string(100, 'x') + "\""), lenient(), small);
  ASSERT_TRUE(large && large->refused.size() == 1);
  EXPECT_NE(large->refused[0].problem.find("limit event_bytes_max"), std::string::npos);
}

TEST(LenientEvent, an_event_without_a_sid_is_given_one_once) {
  int made = 0;
  Arrival counting = lenient();
  counting.new_event_sid = [&made] {
    ++made;
    return *model::EventSid::parse(kNewSid);
  };
  const auto decoded =
      read(R"([{"event_date_ms":1,"url":"https://x/y","x":1},{"event_data":{}},{"event_date_ms":1,"actor_url":5}])",
           counting);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->events.size(), 2U);
  EXPECT_EQ(made, 2);
}

TEST(LenientEvent, thousands_of_unknown_members_are_counted_and_the_first_named) {
  constexpr std::size_t kNames = 20'000;
  std::string members;
  for (std::size_t i = 0; i < kNames; ++i) members += (i == 0 ? "\"x" : ",\"x") + std::to_string(i) + "\":1";
  const auto read_them = read(event_with(members + R"(,"x0":2)"), lenient());
  ASSERT_TRUE(read_them && read_them->events.size() == 1);
  EXPECT_EQ(read_them->unknown_count, kNames);
  EXPECT_EQ(read_them->unknown_members.size(), DecodedElements::kUnknownNamesMax);
  EXPECT_EQ(read_them->unknown_members.back(), "x99");
}

TEST(LenientEvent, elements_are_read_one_by_one) {
  const std::string good = event_with(R"("x":1)");
  const std::string odd = event_with(R"("description":"\ud800","y":1)");
  const auto array = read("[" + good + ",{\"sid\":nothing}," + odd + ",7," + good + "]", lenient());
  ASSERT_TRUE(array);
  EXPECT_EQ(array->events.size(), 3U);
  ASSERT_EQ(array->refused.size(), 2U);
  EXPECT_EQ(array->refused[0].index, 1U);
  EXPECT_EQ(array->refused[1].index, 3U);
  EXPECT_EQ(array->unknown_members, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(array->unknown_count, 3U);
  const auto lines = decode_elements(good + "\n\nnothing\n" + odd + "\n", BatchForm::kNdjson, lenient(), {});
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->events.size(), 2U);
  ASSERT_EQ(lines->refused.size(), 1U);
  EXPECT_EQ(lines->refused[0].index, 3U);
  EXPECT_FALSE(read("", lenient()));
  EXPECT_FALSE(read(" [ ] ", lenient()));
  model::Limits two;
  two.batch_events_max = 2;
  EXPECT_EQ(read("[1,2,3]", lenient(), two).error().code(), base::ErrorCode::kTooLarge);
  EXPECT_EQ(read("[1,\"\xff\",3]", lenient(), two).error().code(), base::ErrorCode::kTooLarge);
}

TEST(StrictEvent, text_is_taken_and_names_and_types_are_held) {
  const auto batch = [](std::string_view body) {
    return decode_batch(body, BatchForm::kJson, testing::arrival(), model::Limits());
  };
  const auto taken = batch("[" + event_with("\"description\":\"\\ud83d \xff\"") + "]");
  ASSERT_TRUE(taken) << taken.error().message();
  EXPECT_EQ(member_of(shown(taken->front()), "description"), "\"\xef\xbf\xbd \xef\xbf\xbd\"");
  EXPECT_EQ(extra_of(taken->front()), R"({"originals":{"/description":)" + original("\"\\ud83d \xff\"") + "}}");
  EXPECT_TRUE(batch(event_with(R"("event_data":{"n":1e999,"m":null})")));
  struct Refused {
    std::string members;
    std::string problem;
  };
  const Refused refused[] = {
      {R"("descripton":"a")", "did you mean description?"},
      {R"("description":7,"source":"\ud800")", "event 0: description: must be a string or null"},
      {R"("source":"a","source":"\ud800")", "event 0: source: stands there twice"},
      {R"("waybill_extra":{"x":1})", "waybill_extra: must be what an export wrote"},
      {R"("waybill_extra":{"originals":{"/x":1}})", "waybill_extra: must be what an export wrote"},
  };
  for (const Refused& c : refused) {
    const auto result = batch("[" + event_with(c.members) + "]");
    ASSERT_FALSE(result) << c.members;
    EXPECT_NE(result.error().message().find(c.problem), std::string::npos) << result.error().message();
  }
}

TEST(ExtraOfARecord, stands_in_front_of_the_template_and_is_named_by_the_high_bit) {
  const auto plain = read(event_with(""), lenient());
  const auto more = read(event_with(R"("x":1)"), lenient());
  ASSERT_TRUE(plain && more);
  const std::string_view without = model::split_record(plain->events[0].record)->body;
  const std::string_view with = model::split_record(more->events[0].record)->body;
  constexpr std::size_t kTimeBytes = 6;
  EXPECT_EQ(without[0], '\x01');
  EXPECT_EQ(with[0], '\x81');
  EXPECT_EQ(with.substr(1, kTimeBytes), without.substr(1, kTimeBytes));
  const auto length = static_cast<std::uint8_t>(with[1 + kTimeBytes]);
  EXPECT_EQ(with.substr(2 + kTimeBytes + length), without.substr(1 + kTimeBytes));
  EXPECT_EQ(shown(more->events[0]), shown(plain->events[0]));
  // Cut anywhere, it is no record, and nobody falls over it.
  const std::string& record = more->events[0].record;
  for (std::size_t length_kept = 0; length_kept < record.size(); ++length_kept) {
    std::string out;
    const std::string cut = record.substr(0, length_kept);
    const bool is_whole = append_extra(out, cut).has_value();
    EXPECT_TRUE(is_whole || out.empty()) << length_kept;
    EXPECT_FALSE(append_shown(out, cut, "https://h", TaskAttributes::kShown)) << length_kept;
  }
}

}  // namespace
}  // namespace waybill::codec
