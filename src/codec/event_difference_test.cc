#include "codec/event_difference.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "codec/record.h"

namespace waybill::codec {
namespace {

std::string record_of(std::string_view json) {
  ShownEvent event;
  event.json = json;
  return encode_record(event);
}

struct Case {
  std::string_view name;
  std::string_view a;
  std::string_view b;
};

void check(const Case& c, bool want) {
  SCOPED_TRACE(c.name);
  EXPECT_EQ(events_differ(record_of(c.a), record_of(c.b)), want);
  EXPECT_EQ(events_differ(record_of(c.b), record_of(c.a)), want);
  EXPECT_FALSE(events_differ(record_of(c.a), record_of(c.a)));
  EXPECT_FALSE(events_differ(record_of(c.b), record_of(c.b)));
}

TEST(EventsDiffer, order_and_spelling_do_not_count) {
  const Case cases[] = {
      {"the same bytes", R"({"a":1})", R"({"a":1})"},
      {"members in another order", R"({"a":1,"b":2})", R"({"b":2,"a":1})"},
      {"members of an inner object in another order", R"({"d":{"a":1,"b":[{"x":1,"y":2}]}})",
       R"({"d":{"b":[{"y":2,"x":1}],"a":1}})"},
      {"a character and its escape", R"({"a":"é"})", R"({"a":"\u00e9"})"},
      {"an escape in either case", R"({"a":"\u00E9"})", R"({"a":"\u00e9"})"},
      {"a slash and its escape", R"({"a":"/"})", R"({"a":"\/"})"},
      {"a pair of surrogates", R"({"a":"😀"})", R"({"a":"\ud83d\ude00"})"},
      {"a member twice, another one moved between", R"({"a":1,"a":2,"b":3})", R"({"a":1,"b":3,"a":2})"},
      {"an escape in a name", R"({"a":1})", R"({"\u0061":1})"},
  };
  for (const Case& c : cases) check(c, false);
}

TEST(EventsDiffer, every_value_counts) {
  const Case cases[] = {
      {"another number", R"({"a":1})", R"({"a":2})"},
      {"another spelling of a number", R"({"a":1})", R"({"a":1.0})"},
      {"a number and its text", R"({"a":1})", R"({"a":"1"})"},
      {"another text", R"({"a":"x"})", R"({"a":"y"})"},
      {"another case", R"({"a":"x"})", R"({"a":"X"})"},
      {"a blank at the end", R"({"a":"x"})", R"({"a":"x "})"},
      {"an empty object and an empty array", R"({"a":{}})", R"({"a":[]})"},
      {"true and false", R"({"a":true})", R"({"a":false})"},
      {"values that changed places", R"({"a":1,"b":2})", R"({"a":2,"b":1})"},
      {"an array in another order", R"({"a":[1,2]})", R"({"a":[2,1]})"},
      {"an array that is longer", R"({"a":[1]})", R"({"a":[1,1]})"},
      {"deep inside", R"({"a":[{"b":[{"c":1}]}]})", R"({"a":[{"b":[{"c":2}]}]})"},
      {"an array around it", R"({"a":{"b":1}})", R"({"a":[{"b":1}]})"},
      {"a member twice, its values the other way round", R"({"a":1,"a":2})", R"({"a":2,"a":1})"},
  };
  for (const Case& c : cases) check(c, true);
}

TEST(EventsDiffer, what_roads_differ_in_by_themselves_does_not_count) {
  const Case cases[] = {
      {"a member more", R"({"a":1})", R"({"a":1,"b":2})"},
      {"null and a value", R"({"a":null})", R"({"a":"x"})"},
      {"a member of event_data more", R"({"event_data":{"a":"1"}})", R"({"event_data":{"a":"1","b":"2"}})"},
      {"another address", R"({"source_ip_address":"1"})", R"({"source_ip_address":"2"})"},
      {"redacted attributes", R"({"event_data":{"task_attributes":"{}"}})",
       R"({"event_data":{"task_attributes":"{\"a\":1}"}})"},
      {"attributes in another order", R"({"event_data":{"worker_attributes":"{\"a\":1,\"b\":2}"}})",
       R"({"event_data":{"worker_attributes":"{\"b\":2, \"a\":1}"}})"},
  };
  for (const Case& c : cases) check(c, false);
}

TEST(EventsDiffer, other_attributes_and_members_inside_values_count) {
  const Case cases[] = {
      {"other attributes", R"({"event_data":{"worker_attributes":"{\"a\":1}"}})",
       R"({"event_data":{"worker_attributes":"{\"a\":2}"}})"},
      {"attributes that are no JSON", R"({"event_data":{"worker_attributes":"x"}})",
       R"({"event_data":{"worker_attributes":"y"}})"},
      {"a member more, inside", R"({"event_data":{"a":{"b":1}}})", R"({"event_data":{"a":{"b":1,"c":2}}})"},
      {"another member of event_data", R"({"event_data":{"a":"1"}})", R"({"event_data":{"a":"2"}})"},
  };
  for (const Case& c : cases) check(c, true);
}

TEST(EventsDiffer, deep_nesting_is_compared_too) {
  const auto nested = [](std::string_view inner) {
    std::string out = "{\"a\":";
    for (int i = 0; i < 1000; ++i) out += '[';
    out += inner;
    for (int i = 0; i < 1000; ++i) out += ']';
    return record_of(out + "}");
  };
  EXPECT_FALSE(events_differ(nested("\"/\""), nested("\"\\/\"")));
  EXPECT_TRUE(events_differ(nested("1"), nested("2")));
}

TEST(EventsDiffer, what_cannot_be_read_differs_from_everything_but_its_own_bytes) {
  const std::string good = record_of("{}");
  for (const std::string& bad :
       {std::string(), std::string("\x02"), good.substr(0, 5), record_of("{"), record_of("")}) {
    EXPECT_TRUE(events_differ(good, bad));
    EXPECT_TRUE(events_differ(bad, good));
    EXPECT_FALSE(events_differ(bad, bad));
  }
}

using Places = std::vector<std::string>;

// "path: a | b" of each difference.
Places differences(std::string_view a, std::string_view b) {
  JsonChecker checker_a;
  JsonChecker checker_b;
  Places out;
  for (const EventDifference& each : differences_of(*checker_a.check(a, 100), *checker_b.check(b, 100))) {
    out.push_back(each.path + ": " + each.a + " | " + each.b);
  }
  return out;
}

TEST(DifferencesOf, names_each_place_and_what_both_say_there) {
  const std::string_view a = R"({"event_type":"x","event_data":{"a":"1","gone":"1","a/b~":{"c":1,"d":[1,2],"e":2},)"
                             R"("worker_attributes":"{\"l\":{\"x\":1,\"y\":2}}","task_attributes":"{}"},"url":"u"})";
  const std::string_view b = R"({"url":"u","event_type":"y","event_data":{"a":"2","a/b~":{"c":1,"d":[1,3],"f":2},)"
                             R"("worker_attributes":"{\"l\":{\"x\":5,\"y\":2}}","task_attributes":"{\"k\":1}"}})";
  const Places want = {R"(/event_type: "x" | "y")",           R"(/event_data/a: "1" | "2")",
                       "/event_data/a~1b~0/d: [1,2] | [1,3]", "/event_data/a~1b~0/e: 2 | ",
                       "/event_data/a~1b~0/f:  | 2",          "/event_data/worker_attributes/l/x: 1 | 5"};
  EXPECT_EQ(differences(a, b), want);
  EXPECT_EQ(differences(a, a), Places());
}

TEST(DifferencesOf, attributes_that_are_no_json_are_one_place) {
  EXPECT_EQ(differences(R"({"event_data":{"worker_attributes":"x"}})", R"({"event_data":{"worker_attributes":"[]"}})"),
            Places{R"(/event_data/worker_attributes: "x" | "[]")"});
  EXPECT_EQ(differences("[1]", "[2]"), Places{": [1] | [2]"});
}

TEST(DifferencesOf, what_would_be_told_too_often_is_one_place) {
  const auto event = [](char value, int members) {
    std::string text = R"({"event_data":{")" + std::string(10'000, 'n') + R"(":{)";
    for (int i = 0; i < members; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":" + value;
    return text + "}}}";
  };
  EXPECT_EQ(differences(event('1', 100), event('2', 100)).size(), 100U);
  EXPECT_EQ(differences(event('1', 200), event('2', 200)), Places{": " + event('1', 200) + " | " + event('2', 200)});
}

}  // namespace
}  // namespace waybill::codec
