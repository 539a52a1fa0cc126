// Bodies of one event, of an array of events, and of an event a line.

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codec/testing/events.h"

namespace waybill::codec {
namespace {

using testing::member_of;
using testing::shown;

constexpr auto kJson = BatchForm::kJson;
constexpr auto kNdjson = BatchForm::kNdjson;

// Events a, b, c …, told apart by their descriptions.
std::string event(char name) { return fmt::format(R"({{"event_date_ms":0,"description":"{}"}})", name); }

base::Result<std::vector<model::Event>> decode(std::string_view body, BatchForm form,
                                               const model::Limits& limits = {}) {
  return decode_batch(body, form, testing::arrival(), limits);
}

struct Case {
  std::string_view name;
  BatchForm form;
  std::string body;
  std::string_view want;  // the events' names in their order
};

TEST(DecodeBatch, reads_one_event_an_array_or_an_event_a_line) {
  const std::string a = event('a');
  const std::string b = event('b');
  const std::string c = event('c');
  const Case cases[] = {
      {"one event", kJson, a, "a"},
      {"one event in white space", kJson, "\r\n " + a + "\n\n", "a"},
      {"an event over several lines", kJson, "{\n\"event_date_ms\":0,\r\n\"description\":\"a\"\n}\n", "a"},
      {"an array of one", kJson, "[" + a + "]", "a"},
      {"an array in its order", kJson, "[" + c + " ,\n" + a + "," + b + "]", "cab"},
      {"one line", kNdjson, a, "a"},
      {"a newline at the end", kNdjson, a + "\n", "a"},
      {"no newline at the end", kNdjson, a + "\n" + b, "ab"},
      {"lines that end in CRLF", kNdjson, a + "\r\n" + b + "\r\n" + c + "\r\n", "abc"},
      {"no CRLF at the end", kNdjson, a + "\r\n" + b, "ab"},
      {"blank lines everywhere", kNdjson, "\n\n" + a + "\n \t\r\n\r\n" + b + "\n\n", "ab"},
      {"blanks around the events", kNdjson, "  " + a + " \n\t" + b + "\t\n", "ab"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const auto events = decode(each.body, each.form);
    ASSERT_TRUE(events) << events.error().message();
    std::string names;
    for (const model::Event& found : *events) names += member_of(shown(found), "description").substr(1, 1);
    EXPECT_EQ(names, each.want);
  }
}

struct Refusal {
  std::string_view name;
  BatchForm form;
  std::string body;
  std::string_view message;  // its beginning
};

void check_refused(const Refusal& c) {
  SCOPED_TRACE(c.name);
  const auto events = decode(c.body, c.form);
  ASSERT_FALSE(events) << events->size();
  EXPECT_EQ(events.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(events.error().message().substr(0, c.message.size()), c.message);
}

TEST(DecodeBatch, the_error_names_the_place) {
  const std::string a = event('a');
  const std::string bad = R"({"event_date":"never"})";
  const Refusal cases[] = {
      {"the only event", kJson, bad, "event_date: 'never': "},
      {"the first of an array", kJson, "[" + bad + "," + a + "]", "event 0: event_date: 'never': "},
      {"the fourth of an array", kJson, fmt::format("[{0},{0},{0},{1},{0}]", a, bad), "event 3: event_date: 'never': "},
      {"two bad ones: the first", kJson, fmt::format("[{0},{1},{{}}]", a, bad), "event 1: event_date: 'never': "},
      {"an array in the array", kJson, "[" + a + ",[" + a + "]]", "event 1: an event must be a JSON object"},
      {"null in the array", kJson, "[null]", "event 0: an event must be a JSON object"},
      {"a comma too many", kJson, "[" + a + ",]", "event 1: is empty where a JSON value is expected"},
      {"the third of an array no JSON", kJson, fmt::format("[{0},{0},{{]}},{0}]", a), "event 2: is not valid JSON: "},
      {"a byte order mark", kJson, "\xef\xbb\xbf" + bad, "event_date: 'never': "},
      {"a body cut short", kJson, "[" + a, "the body: is not valid JSON: "},
      {"two events without an array", kJson, a + "\n" + a, "the body: is not valid JSON: "},
      {"a number", kJson, "1", "an event must be a JSON object"},
      {"the first line", kNdjson, bad + "\n" + a, "line 1: event_date: 'never': "},
      {"the seventh line, blank ones counted", kNdjson, a + "\n\n\r\n" + a + "\n" + a + "\n  \n" + bad + "\n",
       "line 7: event_date: 'never': "},
      {"a line that is no JSON", kNdjson, a + "\n{\"event_date\":\n" + a, "line 2: is not valid JSON: "},
      {"two events on a line", kNdjson, a + " " + a, "line 1: is not valid JSON: "},
      {"events ended by a lone CR", kNdjson, a + "\r" + a, "line 1: is not valid JSON: "},
      {"an array on a line", kNdjson, a + "\n[" + a + "]", "line 2: an event must be a JSON object"},
      {"1 2", kNdjson, "1 2", "line 1: is not valid JSON: "},
  };
  for (const Refusal& c : cases) check_refused(c);
}

TEST(DecodeBatch, a_body_without_an_event_is_refused) {
  const Refusal cases[] = {
      {"an empty array", kJson, "[]", "there is no event in the body"},
      {"an empty array in white space", kJson, " [ ] ", "there is no event in the body"},
      {"nothing at all", kNdjson, "", "there is no event in the body"},
      {"blank lines", kNdjson, "\n\r\n  \n", "there is no event in the body"},
      {"no JSON at all", kJson, "", "the body: is empty where a JSON value is expected"},
      {"blanks where JSON is expected", kJson, " \n", "the body: is not valid JSON: "},
  };
  for (const Refusal& c : cases) check_refused(c);
}

TEST(DecodeBatch, a_batch_may_hold_as_many_events_as_the_limit_and_no_more) {
  model::Limits limits;
  limits.batch_events_max = 3;
  const auto body = [](BatchForm form, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += (form == kNdjson ? "\n" : i == 0 ? "[" : ",") + event('a');
    return form == kNdjson ? out : out + "]";
  };
  for (const BatchForm form : {kJson, kNdjson}) {
    const auto full = decode(body(form, 3), form, limits);
    ASSERT_TRUE(full) << full.error().message();
    EXPECT_EQ(full->size(), 3U);
    const auto over = decode(body(form, 4), form, limits);
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().code(), base::ErrorCode::kTooLarge);
    EXPECT_EQ(over.error().message(),
              "more than 3 events in one request (limit batch_events_max); send them in several");
  }
}

TEST(DecodeBatch, an_event_too_long_is_named_by_its_place) {
  model::Limits limits;
  limits.event_bytes_max = event('a').size();
  const std::string longer = R"({"event_date_ms":0,"description":"ab"})";
  for (const auto& [form, body, place] : {std::tuple(kJson, "[" + event('a') + "," + longer + "]", "event 1: "),
                                          std::tuple(kNdjson, event('a') + "\n" + longer, "line 2: ")}) {
    const auto events = decode(body, form, limits);
    ASSERT_FALSE(events);
    EXPECT_EQ(events.error().code(), base::ErrorCode::kTooLarge);
    EXPECT_EQ(events.error().message().substr(0, std::string_view(place).size()), place);
  }
}

// An event whose event_data makes it `levels` deep, itself included.
std::string nested(std::size_t levels) {
  std::string out = R"({"event_date_ms":0,"event_data":)";
  for (std::size_t i = 2; i < levels; ++i) out += R"({"a":)";
  out += R"({"a":1})";
  return out + std::string(levels - 1, '}');
}

TEST(DecodeBatch, an_event_may_nest_to_the_limit_however_it_comes) {
  const model::Limits limits;
  const std::string deep = nested(limits.nesting_max);
  const std::string too_deep = nested(limits.nesting_max + 1);
  const Case fine[] = {
      {"alone", kJson, deep, ""}, {"in an array", kJson, " [" + deep + "]", ""}, {"on a line", kNdjson, deep, ""}};
  for (const Case& c : fine) EXPECT_TRUE(decode(c.body, c.form)) << c.name;
  const Refusal cases[] = {
      {"alone", kJson, too_deep, "the body: is nested deeper than 32 levels (limit nesting_max)"},
      {"in an array", kJson, "\n[" + too_deep + "]", "event 0: is nested deeper than 32 levels (limit nesting_max)"},
      {"on a line", kNdjson, event('a') + "\n" + too_deep,
       "line 2: is nested deeper than 32 levels (limit nesting_max)"},
  };
  for (const Refusal& c : cases) check_refused(c);
}

TEST(DecodeBatch, a_new_sid_is_asked_for_only_where_one_is_missing) {
  std::vector<std::string> made;
  Arrival arrival = testing::arrival();
  arrival.new_event_sid = [&made] {
    model::SidBytes bytes{};
    bytes[15] = static_cast<std::uint8_t>(made.size() + 1);
    made.push_back(model::EventSid(bytes).to_text());
    return model::EventSid(bytes);
  };
  const auto events = decode_batch(
      event('a') + "\n" + R"({"event_date_ms":0,"sid":"EVffffffffffffffffffffffffffffffff"})" + "\n" + event('b'),
      kNdjson, arrival, {});
  ASSERT_TRUE(events) << events.error().message();
  EXPECT_EQ(made.size(), 2U);
  EXPECT_EQ((*events)[0].sid.to_text(), made[0]);
  EXPECT_EQ((*events)[1].sid.to_text(), "EVffffffffffffffffffffffffffffffff");
  EXPECT_EQ((*events)[2].sid.to_text(), made[1]);
}

}  // namespace
}  // namespace waybill::codec
