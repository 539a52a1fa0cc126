#include "backfill/page.h"

#include <gtest/gtest.h>

namespace waybill::backfill {
namespace {

constexpr const char* kSid = "EV0123456789ABCDEF0123456789abcdef";

TEST(ParsePage, ReadsEventsAndMeta) {
  const std::string body =
      std::string(R"({"meta": {"page": 2, "page_size": 50, "next_page_url": "https://x/y", "key": "events"},
      "events": [ {"sid": ")") +
      kSid + R"(", "event_type": "task.created", "event_date": "2026-01-01T00:00:01Z",
                   "event_date_ms": 1767225601234, "event_data": {"a": [1]}}, {"sid": "EV1"} ], "extra": null})";
  const auto page = parse_page(body);
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->number, 2);
  EXPECT_EQ(page->size, 50);
  EXPECT_EQ(page->next_url, "https://x/y");
  ASSERT_EQ(page->events.size(), 2U);
  EXPECT_EQ(page->events[0].sid, "EV0123456789abcdef0123456789abcdef");
  EXPECT_EQ(page->events[0].type, "task.created");
  EXPECT_EQ(page->events[0].time, base::from_ms(1'767'225'601'234));
  EXPECT_EQ(page->events[0].second, 1'767'225'601);
  EXPECT_EQ(page->events[0].json.find(' '), std::string::npos);
  EXPECT_EQ(page->events[1].sid, "");
  EXPECT_FALSE(page->events[1].time);
}

TEST(ParsePage, MetaMayBeMissingOrNonsense) {
  for (const char* meta : {"", R"("meta":null,)", R"("meta":[],)", R"("meta":{"page":"two","page_size":null},)",
                           R"("meta":{"next_page_url":null},)"}) {
    const auto page = parse_page(std::string("{") + meta + R"("events":[]})");
    ASSERT_TRUE(page) << meta;
    EXPECT_FALSE(page->number || page->size || page->next_url) << meta;
  }
}

TEST(ParsePage, WhatIsNoPageIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {R"({"events":[{"sid":"EV)", ""},
      {"<html>", ""},
      {"[]", "it is no JSON object"},
      {"{}", "it has no events"},
      {R"({"events":{}})", "its events are no array"},
      {R"({"events":[{"sid":"EV1"}],"meta":{"page":)", "it ends too early"},
      {R"({"events":[{"sid":"EV1"},{"sid":"EV)", "it ends too early"},
      {R"({"meta":{"page":bad},"events":[]})", "is not valid JSON"},
      {R"({"events":[]} 1)", ""},
  };
  for (const auto& [body, why] : cases) {
    const auto page = parse_page(body);
    ASSERT_FALSE(page) << body;
    EXPECT_EQ(page.error().code(), base::ErrorCode::kUnavailable);
    EXPECT_TRUE(page.error().message().starts_with("its answer is no page of events: ")) << page.error().message();
    EXPECT_NE(page.error().message().find(why), std::string::npos) << page.error().message();
  }
}

TEST(ParsePage, AnEventThatCannotBeReadCostsItselfAlone) {
  const std::string good = std::string(R"({"sid":")") + kSid + R"(","event_date_ms":1767225601234,"x":1e999})";
  const std::string half =
      std::string(R"({"sid":")") + kSid + "\",\n\"event_date_ms\":\"1767225601234\",\"d\":\"\\ud83d\"}";
  const std::string bodies[] = {
      R"({"meta":{"page":3},"events":[)" + good + R"(,7,{"sid":nothing},)" + half + "]}",
      R"({"events":[)" + good + R"(,7,{"sid":nothing},)" + half + R"(],"meta":{"page":3}})",
  };
  for (const std::string& body : bodies) {
    const auto page = parse_page(body);
    ASSERT_TRUE(page) << page.error().message();
    EXPECT_EQ(page->number, 3);
    ASSERT_EQ(page->events.size(), 4U);
    EXPECT_EQ(page->events[0].json, good);
    EXPECT_EQ(page->events[1].json, "7");
    EXPECT_FALSE(page->events[1].time);
    EXPECT_EQ(page->events[2].json, "{\"sid\":nothing}");
    EXPECT_EQ(page->events[2].sid, "");
    EXPECT_EQ(page->events[3].json.find('\n'), std::string::npos);
    EXPECT_NE(page->events[3].json.find("\\ud83d"), std::string::npos);
    EXPECT_EQ(page->events[3].time, base::from_ms(1'767'225'601'234));
  }
}

TEST(ContinuationOf, IsThereOnlyWhereEverythingThatWasAskedStays) {
  const std::string asked =
      "https://h.example:1/v1/W/Events?EventType=task.created&StartDate=2026-01-01T00%3A00%3A00Z&PageSize=1000";
  const auto with = [](std::string_view head, std::string_view query) {
    return std::string(head) + std::string(query);
  };
  const std::string place = "https://h.example:1/v1/W/Events?";
  const std::string same = "EventType=task.created&StartDate=2026-01-01T00:00:00%2B00:00&PageSize=1000&Page=1";
  EXPECT_TRUE(continuation_of(asked, with(place, same + "&PageToken=PAEV1")));
  EXPECT_TRUE(continuation_of(asked, with("https://H.example:1/v1/W/Events?", same + "&PageToken=PAEV1")));
  EXPECT_TRUE(continuation_of(with(place, same + "&PageToken=PAEV1"), with(place, same + "&PageToken=PAEV2")));
  const std::string wrong[] = {
      with(place, same),                                                // no token
      with(place, same + "&PageToken="),                                //
      with("https://h.example:1/v1/V/Events?", same + "&PageToken=P"),  // another list
      with(place, "EventType=task.created&PageSize=1000&PageToken=P"),  // no window
      with(place, "EventType=task.updated&StartDate=2026-01-01T00:00:00Z&PageSize=1000&PageToken=P"),
      with(place, "EventType=task.created&StartDate=2026-01-01T00:00:01Z&PageSize=1000&PageToken=P"),
      with(place, "EventType=task.created&StartDate=2026-01-01T00:00:00Z&PageSize=50&PageToken=P"),
      "/v1/W/Events?PageToken=P",
      "",
      asked,
  };
  for (const std::string& next : wrong) EXPECT_FALSE(continuation_of(asked, next)) << next;
}

TEST(ContinuationOf, IsAskedOfTheHostThatWasAskedBefore) {
  const std::string asked = "https://h.example:1/v1/W/Events?PageSize=1";
  for (const char* elsewhere : {"https://h.example:1", "https://other.example", "http://h.example:1"}) {
    EXPECT_EQ(continuation_of(asked, elsewhere + std::string("/v1/W/Events?PageSize=1&PageToken=P")),
              "https://h.example:1/v1/W/Events?PageSize=1&PageToken=P");
  }
}

TEST(FiltersOf, NamesTheValuesThatFindAnEvent) {
  ToldEvent event;
  event.json = R"({"event_data":{"task_sid":"WT1","task_queue_sid":"WQ1","worker_name":"x","worker_sid":""}})";
  const auto filters = filters_of(event);
  ASSERT_EQ(filters.size(), 2U);
  EXPECT_EQ(filters[0].name, "TaskSid");
  EXPECT_EQ(filters[1].name, "TaskQueueSid");
  EXPECT_LT(filters[1], filters[0]);
}

}  // namespace
}  // namespace waybill::backfill
