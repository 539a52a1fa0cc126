#include "codec/record.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace waybill::codec {
namespace {

using base::ErrorCode;

// `text` is an event's JSON with marks in it: ^ where a base goes, in the order url, actor_url, resource_url (an empty
// place is a missing one: ~ takes its turn), and <…> around the task attributes.
ShownEvent marked(std::string_view text) {
  ShownEvent event;
  std::uint32_t* const places[] = {&event.places.url_at, &event.places.actor_url_at, &event.places.resource_url_at};
  std::size_t turn = 0;
  for (const char c : text) {
    const auto here = static_cast<std::uint32_t>(event.json.size());
    switch (c) {
      case '^': *places[turn++] = here; break;
      case '~': ++turn; break;
      case '<': event.places.attributes_begin = here; break;
      case '>': event.places.attributes_end = here; break;
      default: event.json += c;
    }
  }
  return event;
}

constexpr std::string_view kFull =
    R"({"url":"^/e","actor_url":"^/a","event_data":{"task_attributes":<"{\"a\":1}">,"x":1},"resource_url":"^/r"})";

std::string shown(const ShownEvent& event, std::string_view base, TaskAttributes attributes) {
  std::string out = "[";
  const auto done = append_shown(out, encode_plain_record(event), base, attributes);
  EXPECT_TRUE(done) << done.error().message();
  return out;
}

TEST(Record, comes_back_as_it_was) {
  for (const std::string_view text : {kFull, std::string_view("{}"), std::string_view("")}) {
    const ShownEvent event = marked(text);
    const auto decoded = decode_record(encode_plain_record(event));
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(decoded->json, event.json);
    EXPECT_EQ(decoded->places.url_at, event.places.url_at);
    EXPECT_EQ(decoded->places.actor_url_at, event.places.actor_url_at);
    EXPECT_EQ(decoded->places.resource_url_at, event.places.resource_url_at);
    EXPECT_EQ(decoded->places.attributes_begin, event.places.attributes_begin);
    EXPECT_EQ(decoded->places.attributes_end, event.places.attributes_end);
  }
}

TEST(Record, is_the_bytes_its_page_describes) {
  const std::string record = encode_plain_record(marked("{<1>}"));
  const std::string head("\x01\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0", 21);
  EXPECT_EQ(record, head + "{1}");
}

struct Case {
  std::string_view name;
  std::string_view event;
  std::string_view base;
  TaskAttributes attributes;
  std::string_view want;
};

TEST(AppendShown, puts_in_the_base_and_takes_out_the_attributes) {
  constexpr auto kShown = TaskAttributes::kShown;
  constexpr auto kRedacted = TaskAttributes::kRedacted;
  const Case cases[] = {
      {"all places, attributes shown", kFull, "https://h", kShown,
       R"([{"url":"https://h/e","actor_url":"https://h/a","event_data":{"task_attributes":"{\"a\":1}","x":1},"resource_url":"https://h/r"})"},
      {"all places, attributes redacted", kFull, "https://h", kRedacted,
       R"([{"url":"https://h/e","actor_url":"https://h/a","event_data":{"task_attributes":"{}","x":1},"resource_url":"https://h/r"})"},
      {"an empty base", kFull, "", kRedacted,
       R"([{"url":"/e","actor_url":"/a","event_data":{"task_attributes":"{}","x":1},"resource_url":"/r"})"},
      {"no places at all", R"({"url":null})", "https://h", kRedacted, R"([{"url":null})"},
      {"url alone", R"({"url":"^/e"})", "B", kShown, R"([{"url":"B/e"})"},
      {"actor_url alone", R"({"a":"~^/a"})", "B", kShown, R"([{"a":"B/a"})"},
      {"resource_url alone, behind attributes", R"({"t":<"{}">,"r":"~~^/r"})", "B", kRedacted,
       R"([{"t":"{}","r":"B/r"})"},
      {"attributes that are no text", R"({"t":<{"a":[1]}>})", "B", kRedacted, R"([{"t":"{}"})"},
      {"attributes shorter than what replaces them", R"({"t":<1>})", "B", kRedacted, R"([{"t":"{}"})"},
      {"attributes at the very end", R"({<1>)", "B", kRedacted, R"([{"{}")"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(shown(marked(c.event), c.base, c.attributes), c.want);
  }
}

// `record` is refused by both readers with this code, and nothing is appended.
void expect_refused(std::string_view record, ErrorCode code) {
  const auto decoded = decode_record(record);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code(), code) << decoded.error().message();
  std::string out = "kept";
  const auto appended = append_shown(out, record, "https://h", TaskAttributes::kRedacted);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error(), decoded.error());
  EXPECT_EQ(out, "kept");
}

TEST(Record, a_cut_at_every_byte_of_head_and_places_is_found) {
  const ShownEvent event = marked(kFull);
  const std::string record = encode_plain_record(event);
  const std::size_t head = record.size() - event.json.size();
  for (std::size_t length = 0; length < head + event.places.resource_url_at; ++length) {
    SCOPED_TRACE(length);
    expect_refused(std::string_view(record).substr(0, length), ErrorCode::kCorruption);
  }
}

TEST(Record, places_outside_the_text_are_found) {
  for (std::size_t place = 0; place < 5; ++place) {
    for (const std::uint32_t value : {4U, 5U, 0x7fff'ffffU, 0xffff'ffffU}) {
      SCOPED_TRACE(std::to_string(place) + " at " + std::to_string(value));
      std::string record = encode_plain_record(marked("{1}"));
      std::string bytes;
      base::put_le(bytes, value);
      record.replace(1 + place * bytes.size(), bytes.size(), bytes);
      expect_refused(record, ErrorCode::kCorruption);
    }
  }
}

TEST(Record, places_out_of_order_are_found) {
  ShownEvent event;
  event.json = std::string(100, 'x');
  const struct {
    std::string_view name;
    std::uint32_t url, actor_url, resource_url, begin, end;
  } cases[] = {
      {"actor_url before url", 20, 10, 0, 0, 0},
      {"attributes before actor_url", 10, 30, 0, 20, 40},
      {"resource_url before url", 20, 0, 10, 0, 0},
      {"the end before the beginning", 0, 0, 0, 30, 20},
      {"resource_url in the attributes", 0, 0, 25, 20, 30},
      {"a beginning without an end", 0, 0, 0, 20, 0},
      {"an end without a beginning", 0, 0, 0, 0, 20},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    event.places.url_at = c.url;
    event.places.actor_url_at = c.actor_url;
    event.places.resource_url_at = c.resource_url;
    event.places.attributes_begin = c.begin;
    event.places.attributes_end = c.end;
    expect_refused(encode_plain_record(event), ErrorCode::kCorruption);
  }
}

TEST(Record, a_later_version_is_refused_as_such) {
  std::string record = encode_plain_record(marked(kFull));
  for (const int version : {0, 3, 255}) {
    SCOPED_TRACE(version);
    record[0] = static_cast<char>(version);
    expect_refused(record, ErrorCode::kUnavailable);
  }
}

TEST(Record, no_change_of_a_byte_of_the_head_makes_a_reader_stumble) {
  const ShownEvent event = marked(kFull);
  const std::string record = encode_plain_record(event);
  for (std::size_t at = 0; at < record.size() - event.json.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string torn = record;
      torn[at] = static_cast<char>(value);
      std::string out;
      const bool read = append_shown(out, torn, "", TaskAttributes::kShown).has_value();
      // Without a base and without redaction nothing is put in or left out, wherever the places lie.
      EXPECT_EQ(out, read ? event.json : "") << "byte " << at << " as " << value;
    }
  }
}

}  // namespace
}  // namespace waybill::codec
