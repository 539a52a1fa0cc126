// Records of version 2: whatever JSON goes in comes out, whatever bytes are read do no harm.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "codec/compression.h"
#include "codec/event_template.h"
#include "codec/record.h"
#include "codec/testing/events.h"
#include "model/record_parts.h"

namespace waybill::codec {
namespace {

using base::ErrorCode;

constexpr std::string_view kBase = "https://h";

std::string shown_of(std::string_view record, std::string_view base, TaskAttributes attributes) {
  std::string out = "[";
  const auto done = append_shown(out, record, base, attributes);
  EXPECT_TRUE(done) << done.error().message();
  return out;
}

// The record holds the event: it inflates to the version 1 that would have been written, and shows the same.
void expect_round_trip(const ShownEvent& event) {
  const std::string record = encode_record(event);
  const std::string plain = encode_plain_record(event);
  EXPECT_EQ(record[0], model::kRecordWithValues);
  EXPECT_EQ(record, encode_record(event));
  const auto inflated = inflate_record(record);
  ASSERT_TRUE(inflated) << inflated.error().message();
  ASSERT_EQ(*inflated, plain);
  EXPECT_EQ(*inflate_record(plain), plain) << "version 1 is as it is";
  const auto decoded = decode_record(record);
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(decoded->json, event.json);
  EXPECT_EQ(decoded->places, event.places);
  for (const TaskAttributes attributes : {TaskAttributes::kShown, TaskAttributes::kRedacted}) {
    for (const std::string& base : {std::string(), std::string(kBase), std::string(1000, 'b')}) {
      EXPECT_EQ(shown_of(record, base, attributes), shown_of(plain, base, attributes));
    }
  }
}

std::string sid(std::string_view letters, unsigned number) { return fmt::format("{}{:032x}", letters, number); }

std::string many_sids(unsigned count) {
  std::string out = "{";
  for (unsigned i = 0; i < 2 * count; ++i) {
    out += fmt::format(R"({}"s{}":"{}")", i == 0 ? "" : ",", i, sid("WT", 1 + i % count));
  }
  return out + "}";
}

struct Case {
  std::string_view name;
  std::string json;
  std::size_t values;  // sids that are not spelled out
};

TEST(CompressedRecord, any_json_comes_back_byte_for_byte) {
  const Case cases[] = {
      {"nothing", "{}", 0},
      {"a sid", fmt::format(R"({{"a":"{}"}})", sid("WT", 0xabc)), 1},
      {"a sid twice", fmt::format(R"({{"a":"{0}","b":"{0}"}})", sid("WT", 0xabc)), 1},
      {"the same digits under other letters", fmt::format(R"(["{}","{}"])", sid("WT", 7), sid("WR", 7)), 1},
      {"letters before it", fmt::format(R"(["XYZ{}"])", sid("WT", 7)), 1},
      {"more digits behind it", fmt::format(R"(["{}00ff"])", sid("WT", 7)), 1},
      {"sids side by side", fmt::format(R"(["{}{}"])", sid("WT", 7), sid("WR", 8)), 2},
      {"a digit too few", R"(["WT0123456789abcdef0123456789abcde"])", 0},
      {"a digit in upper case", R"(["WT0123456789abcdef0123456789abcdeF"])", 0},
      {"all digits in upper case", R"(["WTABCDEFABCDEFABCDEFABCDEFABCDEFAB"])", 0},
      {"letters in lower case", R"(["wt0123456789abcdef0123456789abcdef"])", 0},
      {"at the end of the text", "[\"WT0123456789abcdef0123456789abcde", 0},
      {"24 sids", many_sids(24), 24},
      {"25 sids", many_sids(25), 24},
      {"40 sids", many_sids(40), 24},
      {"300 sids", many_sids(300), 24},
      {"escapes that look like codes", R"({"\u0001":"\u0002\u001b\u001f\\u0001\n"})", 0},
      {"all of UTF-8", "{\"a\":\"\x7f\xc2\x80\xdf\xbf\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"}", 0},
      {"a quarter of a megabyte", "[\"" + std::string(256UL * 1024, 'x') + "\"]", 0},
      {"capitals only", "[\"" + std::string(4096, 'A') + "\"]", 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const ShownEvent event{.json = c.json};
    expect_round_trip(event);
    EXPECT_EQ(model::split_record(encode_record(event))->values.size(), c.values * model::kRecordValueBytes);
  }
}

TEST(CompressedRecord, events_come_back_with_their_places) {
  const std::string_view members[] = {
      "",
      R"(,"event_data":{"task_attributes":"{\"a\":1}","x":1})",
      R"(,"event_data":{"x":1,"task_attributes":{}})",
      R"(,"event_data":{"task_attributes":null})",
      R"(,"event_data":{"task_attributes":1},"resource_sid":"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")",
      R"(,"actor_sid":"WS00000000000000000000000000000002","event_date":"2015-02-07T00:32:41Z")",
      R"(,"sid":"EVABCDEF00000000000000000000000000","description":"EVABCDEF00000000000000000000000000")",
      R"(,"actor_url":"https://x/v1/Workspaces/y","resource_url":"https://elsewhere/z")",
  };
  for (const std::string_view ms : {"0", "-1", "1795428005412", "-62167219200000", "253402300799999"}) {
    for (const std::string_view each : members) {
      SCOPED_TRACE(fmt::format("{} {}", ms, each));
      const auto event = testing::decode(fmt::format(R"({{"event_date_ms":{}{}}})", ms, each));
      ASSERT_TRUE(event) << event.error().message();
      const auto plain = decode_record(event->record);
      ASSERT_TRUE(plain) << plain.error().message();
      expect_round_trip(*plain);
      EXPECT_EQ(testing::member_of(plain->json, "event_date_ms"), ms);
      const auto found = describe_record(event->record);
      ASSERT_TRUE(found) << found.error().message();
      EXPECT_EQ(found->sid, event->sid);
      EXPECT_EQ(found->time, event->time);
      EXPECT_EQ(found->terms, event->terms);
    }
  }
}

TEST(CompressedRecord, the_events_own_sid_is_the_first_value) {
  const auto event = testing::decode(R"({"event_date_ms":0,"event_data":{"task_sid":"WTaa"}})");
  const auto parts = model::split_record(event->record);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->values.substr(0, model::kRecordValueBytes), base::as_text(event->sid.bytes()));
}

// A random JSON value: sids of few kinds, escapes, capitals, whatever.
std::string random_json(base::SeededRandom& random, int depth) {
  const auto pieces = std::to_array<std::string_view>(
      {"WT", "A", "EVE", "0123456789abcdef", "\\u0001", "\\n", "é", "/v1/", "ABCDEF", "x", "https://", "2026-01-01"});
  switch (random.below(depth > 3 ? 3 : 5)) {
    case 0: return std::to_string(random.below(1'000'000));
    case 1:
      return fmt::format("\"{}\"", sid(random.below(2) == 0 ? "WT" : "WR", static_cast<unsigned>(random.below(40))));
    case 2: {
      std::string out = "\"";
      for (std::uint64_t i = random.below(20); i > 0; --i) out += pieces[random.below(pieces.size())];
      return out + "\"";
    }
    default: break;
  }
  std::string out = "{";
  for (std::uint64_t i = random.below(8); i > 0; --i) {
    out += fmt::format(R"({}"{}":{})", out.size() == 1 ? "" : ",", i, random_json(random, depth + 1));
  }
  return out + "}";
}

TEST(CompressedRecord, random_json_comes_back) {
  constexpr std::uint64_t kSeed = 20261125;
  base::SeededRandom random(kSeed);
  for (int i = 0; i < 2000; ++i) {
    SCOPED_TRACE(fmt::format("seed {}, turn {}", kSeed, i));
    const std::string data = "{\"n\":" + random_json(random, 0) + "}";
    expect_round_trip({.json = data});
    const auto event = testing::decode(fmt::format(R"({{"event_date_ms":{},"event_data":{}}})", i * 997, data));
    ASSERT_TRUE(event) << event.error().message();
    EXPECT_EQ(testing::member_of(testing::shown(*event), "event_data"), data);
  }
}

model::Event typical_event() {
  return *testing::decode(fmt::format(
      R"({{"event_date_ms":1795428005412,"resource_sid":"{0}","description":"Task {0} created","event_data":)"
      R"({{"task_sid":"{0}","task_attributes":"{{\"name\":\"Ann\"}}","workflow_sid":"{1}"}}}})",
      sid("WT", 0xabcdef), sid("WW", 0x123456)));
}

// Any answer is right but a crash: whoever keeps the record has a checksum. Nothing is left behind by a failure.
void expect_harmless(std::string_view record) {
  std::string out = "kept";
  const auto done = append_shown(out, record, kBase, TaskAttributes::kRedacted);
  EXPECT_TRUE(done || out == "kept");
  EXPECT_LE(out.size(), 1024UL * 1024);
  EXPECT_EQ(inflate_record(record).has_value(), done.has_value());
  static_cast<void>(describe_record(record).has_value());
}

TEST(CompressedRecord, cut_short_anywhere_it_is_refused) {
  const std::string record = typical_event().record;
  for (std::size_t length = 0; length < record.size(); ++length) {
    SCOPED_TRACE(length);
    const std::string cut = record.substr(0, length);
    const auto done = inflate_record(cut);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), ErrorCode::kCorruption) << done.error().message();
    expect_harmless(cut);
  }
}

TEST(CompressedRecord, no_change_of_a_byte_does_harm) {
  const std::string record = typical_event().record;
  for (std::size_t at = 0; at < record.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string torn = record;
      torn[at] = static_cast<char>(value);
      expect_harmless(torn);
    }
  }
}

TEST(CompressedRecord, a_later_dictionary_is_refused_by_name) {
  std::string record = typical_event().record;
  const std::size_t at = record.size() - model::split_record(record)->body.size();
  ASSERT_EQ(record[at], kDictionaryVersion);
  for (const int version : {0, 2, 127}) {
    record[at] = static_cast<char>(version);
    const auto done = inflate_record(record);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), ErrorCode::kUnavailable);
    EXPECT_EQ(done.error().message(), fmt::format("an event's record is compressed with the dictionary {}, which this "
                                                  "release does not have",
                                                  version));
  }
}

struct Template {
  std::string_view name;
  std::string_view text;
  std::string_view message;  // its end
};

TEST(CompressedRecord, a_template_that_makes_no_sense_is_refused) {
  using namespace std::string_view_literals;
  const std::string one_value(model::kRecordValueBytes, 'v');
  const Template cases[] = {
      {"no code", "{\0}"sv, "names a sid that it does not have"},
      {"a value it does not have", "{\x02}", "names a sid that it does not have"},
      {"attributes without an end", "{\x1b}", "ends inside its task attributes"},
      {"an end without attributes", "{\x1c}", "has its codes out of order"},
      {"attributes twice", "{\x1b\"a\"\x1c\x1b\"a\"\x1c}", "has its codes out of order"},
      {"a place twice", "{\x19/\x19/}", "has its codes out of order"},
      {"places in another order", "{\x1a/\x19/}", "has its codes out of order"},
      {"a base inside the attributes", "{\x1b\x1d\x1c}", "has its codes out of order"},
      {"a place at the very beginning", "\x19", "has its codes out of order"},
      {"a date beyond the calendar", "{\x1e}", "has a time beyond the calendar"},
  };
  for (const Template& c : cases) {
    SCOPED_TRACE(c.name);
    std::string out = "kept";
    const std::string padded = std::string(c.text) + std::string(kDecompressedSlack, '\0');
    const EventTemplate event{std::string_view(padded).substr(0, c.text.size()), one_value,
                              base::WallTime(std::chrono::milliseconds(INT64_MIN / 2))};
    const auto done = append_expanded(out, event, kBase, TaskAttributes::kShown);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(done.error().message(), fmt::format("an event's record {}", c.message));
    EXPECT_EQ(out, "kept");
  }
}

TEST(CompressedRecord, what_claims_to_be_longer_than_an_event_is_refused) {
  std::string frame;
  append_compressed(frame, std::string(100'000, 'x'));
  ASSERT_TRUE(decompress(frame, kDictionaryVersion, 100'000));
  const auto over = decompress(frame, kDictionaryVersion, 99'999);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code(), ErrorCode::kCorruption);
  // A frame that says 2 GiB and has a handful of bytes: refused before memory is asked for.
  const std::string huge("\xa0\0\0\0\x80\x03\0\0", 8);
  EXPECT_FALSE(decompress(huge, kDictionaryVersion, SIZE_MAX));
}

TEST(DescribeRecord, refuses_what_is_no_event) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"{", "an event's record is no event: is not valid JSON"},
      {"[]", "an event's record is no event: an event must be a JSON object"},
      {"{}", "an event's record is no event: sid: is missing"},
      {R"({"sid":"EVx","workspace_sid":"","account_sid":""})", "an event's record is no event: sid: must match"},
      {R"({"sid":"EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","workspace_sid":"WS00000000000000000000000000000002",)"
       R"("account_sid":"AC00000000000000000000000000000001"})",
       "an event's record is no event: event_date: is missing"},
  };
  for (const auto& [json, message] : cases) {
    const auto found = describe_record(encode_record({.json = std::string(json)}));
    ASSERT_FALSE(found) << json;
    EXPECT_EQ(found.error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(found.error().message().substr(0, message.size()), message);
  }
  EXPECT_EQ(describe_record("\x09").error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace waybill::codec
