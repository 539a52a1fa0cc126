#include "api/query_params.h"

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/time_text.h"

namespace waybill::api {
namespace {

using model::Dimension;
using model::Term;

const base::WallTime kNow = base::parse_time("2026-11-23T12:00:00.250Z")->first;

std::string text(base::WallTime time) {
  if (time == base::kTimeMin) return "ever";
  if (time == base::kTimeMax) return "ever";
  return base::to_millisecond_text(time);
}

struct Window {
  std::string_view query;
  std::string_view from;
  std::string_view to;
};

void check(const Window& c) {
  SCOPED_TRACE(c.query);
  const auto list = parse_event_list(c.query, kNow);
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(text(list->from), c.from);
  EXPECT_EQ(text(list->to), c.to);
}

TEST(Window, dates_and_minutes_say_where_it_begins_and_ends) {
  const Window cases[] = {
      // With none of the three the last 15 minutes apply, whatever other filters are given.
      {"", "2026-11-23T11:45:00.250Z", "ever"},
      {"EventType=task.created", "2026-11-23T11:45:00.250Z", "ever"},
      {"TaskSid=WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "2026-11-23T11:45:00.250Z", "ever"},
      {"Sid=EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&PageSize=1", "2026-11-23T11:45:00.250Z", "ever"},
      {"StartDate=&EndDate=", "2026-11-23T11:45:00.250Z", "ever"},
      // Minutes counts back from now.
      {"Minutes=1", "2026-11-23T11:59:00.250Z", "ever"},
      {"Minutes=15", "2026-11-23T11:45:00.250Z", "ever"},
      {"Minutes=43200", "2026-10-24T12:00:00.250Z", "ever"},
      {"Minutes=%2B5", "2026-11-23T11:55:00.250Z", "ever"},
      {"Minutes=0005", "2026-11-23T11:55:00.250Z", "ever"},
      {"Minutes=2147483647", "ever", "ever"},
      {"Minutes=2147483648", "ever", "ever"},
      {"Minutes=99999999999999999999999999", "ever", "ever"},
      // StartDate given: Minutes is ignored.
      {"StartDate=2026-11-23T10:00:05Z", "2026-11-23T10:00:05.000Z", "ever"},
      {"StartDate=2026-11-23T10:00:05Z&Minutes=1", "2026-11-23T10:00:05.000Z", "ever"},
      {"StartDate=2026-11-23T10:00:05Z&Minutes=0", "2026-11-23T10:00:05.000Z", "ever"},
      {"StartDate=2026-11-23T10:00:05Z&Minutes=", "2026-11-23T10:00:05.000Z", "ever"},
      {"Minutes=1&StartDate=2026-11-23", "2026-11-23T00:00:00.000Z", "ever"},
      {"StartDate=2027-01-01", "2027-01-01T00:00:00.000Z", "ever"},
      // EndDate alone: no lower bound. Minutes with EndDate: both hold.
      {"EndDate=2026-11-23T10:00:05Z", "ever", "2026-11-23T10:00:05.999Z"},
      {"EndDate=2026-11-23T11:58:00Z&Minutes=5", "2026-11-23T11:55:00.250Z", "2026-11-23T11:58:00.999Z"},
      {"EndDate=2026-11-20&Minutes=5", "2026-11-23T11:55:00.250Z", "2026-11-20T23:59:59.999Z"},
      {"StartDate=2026-11-22&EndDate=2026-11-20", "2026-11-22T00:00:00.000Z", "2026-11-20T23:59:59.999Z"},
      {"StartDate=2026-11-20&EndDate=2026-11-21&Minutes=5", "2026-11-20T00:00:00.000Z", "2026-11-21T23:59:59.999Z"},
      // A bound covers the whole unit it names.
      {"StartDate=2026-11-23&EndDate=2026-11-23", "2026-11-23T00:00:00.000Z", "2026-11-23T23:59:59.999Z"},
      {"StartDate=2026-11-23T10:00:05.4Z&EndDate=2026-11-23T10:00:05.4Z", "2026-11-23T10:00:05.400Z",
       "2026-11-23T10:00:05.499Z"},
      {"StartDate=2026-11-23T10:00:05.412Z&EndDate=2026-11-23T10:00:05.412Z", "2026-11-23T10:00:05.412Z",
       "2026-11-23T10:00:05.412Z"},
      // Offsets, also when their + arrived as a blank.
      {"StartDate=2026-11-23T12:00:00%2B01:00", "2026-11-23T11:00:00.000Z", "ever"},
      {"StartDate=2026-11-23T12:00:00+01:00", "2026-11-23T11:00:00.000Z", "ever"},
      {"StartDate=2026-11-23T12%3A00%3A00%20"
       "01%3A00",
       "2026-11-23T11:00:00.000Z", "ever"},
      {"StartDate=2026-11-23T12:00:00-01:00", "2026-11-23T13:00:00.000Z", "ever"},
      {"EndDate=2026-11-23T12:00:00%2B0130", "ever", "2026-11-23T10:30:00.999Z"},
      {"EndDate=9999-12-31", "ever", "ever"},
      {"StartDate=0000-01-01", "ever", "ever"},
  };
  for (const Window& c : cases) check(c);
}

struct Refused {
  std::string_view query;
  std::string message;  // its beginning
  int code = 20001;
};

void check_refused(const Refused& c) {
  SCOPED_TRACE(c.query);
  const auto list = parse_event_list(c.query, kNow);
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().status, 400);
  EXPECT_EQ(list.error().code, c.code);
  EXPECT_EQ(list.error().message.substr(0, c.message.size()), c.message);
}

TEST(Window, what_is_no_date_is_refused_by_name_and_value) {
  const std::string not_a_date = " is not an ISO 8601 date-time: ";
  for (const std::string_view name : {"StartDate", "EndDate"}) {
    for (const char* const value :
         {"yesterday", "2026", "2026-11", "2026-13-01", "2026-02-30", "20261123", "23/11/2026", "2026-11-23T",
          "2026-11-23T10", "2026-11-23T10:00", "2026-11-23T10:00:60Z", "2026-11-23T24:00:00Z", "2026-11-23 10:00:05",
          "2026-11-23T10:00:05Zx", "2026-11-23T10:00:05.Z", "2026-11-23T10:00:05UTC", "1795428005", "now", " "}) {
      std::string query = fmt::format("{}={}", name, value);
      for (char& c : query) c = c == ' ' ? '+' : c;
      check_refused({query, fmt::format("{}: '{}'{}", name, value, not_a_date)});
    }
  }
  check_refused({"StartDate=%ff%0a", R"(StartDate: '\xff\x0a' is not an ISO 8601 date-time: )"});
  check_refused({"StartDate=2026-11-23&EndDate=x", "EndDate: 'x' is not an ISO 8601"});
}

TEST(Minutes, is_a_whole_number_from_1) {
  const Refused cases[] = {
      {"Minutes=", "Minutes: '' is not a whole number"},
      {"Minutes", "Minutes: '' is not a whole number"},
      {"Minutes=0", "Minutes: '0' is less than 1"},
      {"Minutes=-5", "Minutes: '-5' is less than 1"},
      {"Minutes=-99999999999999999999", "Minutes: '-99999999999999999999' is not a whole number"},
      {"Minutes=1.5", "Minutes: '1.5' is not a whole number"},
      {"Minutes=1e3", "Minutes: '1e3' is not a whole number"},
      {"Minutes=abc", "Minutes: 'abc' is not a whole number"},
      {"Minutes=+5", "Minutes: ' 5' is not a whole number"},
      {"Minutes=5+", "Minutes: '5 ' is not a whole number"},
      {"Minutes=0x10", "Minutes: '0x10' is not a whole number"},
      {"Minutes=%D9%A1", "Minutes: '١' is not a whole number"},
      {"EndDate=2026-11-23&Minutes=0", "Minutes: '0' is less than 1"},
  };
  for (const Refused& c : cases) check_refused(c);
}

std::vector<Term> terms(const std::vector<std::pair<Dimension, std::string_view>>& want) {
  std::vector<Term> out;
  out.reserve(want.size());
  for (const auto& [dimension, value] : want) out.push_back(*model::parse_term(dimension, value));
  return out;
}

TEST(Filters, each_is_a_term_and_all_hold) {
  const struct {
    std::string_view query;
    std::vector<Term> want;
  } cases[] = {
      {"", {}},
      {"EventType=task.created", terms({{Dimension::kEventType, "task.created"}})},
      {"EventType=anything%20at%20all", terms({{Dimension::kEventType, "anything at all"}})},
      {"TaskSid=WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", terms({{Dimension::kTask, "WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}})},
      {"TaskSid=WTAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", terms({{Dimension::kTask, "WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}})},
      {"WorkerSid=WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
       terms({{Dimension::kWorker, "WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}})},
      {"TaskQueueSid=WQaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
       terms({{Dimension::kTaskQueue, "WQaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}})},
      {"WorkflowSid=WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
       terms({{Dimension::kWorkflow, "WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}})},
      {"ReservationSid=WRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
       terms({{Dimension::kReservation, "WRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}})},
      {"TaskChannel=TCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
       terms({{Dimension::kTaskChannel, "TCaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}})},
      {"TaskChannel=voice", terms({{Dimension::kTaskChannel, "voice"}})},
      {"TaskSid=WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&EventType=x&WorkerSid=WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
       terms({{Dimension::kEventType, "x"},
              {Dimension::kTask, "WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
              {Dimension::kWorker, "WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}})},
      // An empty string counts as absent.
      {"EventType=&TaskSid=&WorkerSid=&TaskQueueSid=&WorkflowSid=&ReservationSid=&TaskChannel=&Sid=&PageToken=&"
       "Ordering=",
       {}},
      {"EventType&TaskSid", {}},
      // An unknown parameter is ignored, and so is a known one in another case.
      {"Unknown=1&eventtype=x&TASKSID=nonsense&task_sid=nonsense&=&", {}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.query);
    const auto list = parse_event_list(c.query, kNow);
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(list->terms, c.want);
    EXPECT_EQ(list->sid, std::nullopt);
  }
  EXPECT_EQ(parse_event_list("Sid=EVABCDEF00000000000000000000000000", kNow)->sid->to_text(),
            "EVabcdef00000000000000000000000000");
}

TEST(Filters, a_malformed_sid_is_refused_by_name) {
  const std::pair<const char*, const char*> sids[] = {{"TaskSid", "WT"},        {"WorkerSid", "WK"},
                                                      {"TaskQueueSid", "WQ"},   {"WorkflowSid", "WW"},
                                                      {"ReservationSid", "WR"}, {"Sid", "EV"}};
  for (const auto& [name, prefix] : sids) {
    const std::string hex = "0123456789abcdef0123456789abcdef";
    for (const std::string& value : {std::string("x"), prefix + hex.substr(1), prefix + hex + "0", "XX" + hex,
                                     prefix + hex.substr(1) + "g", hex, fmt::format("{0}{1},{0}{1}", prefix, hex)}) {
      check_refused({fmt::format("{}={}", name, value),
                     fmt::format("{}: '{}' must match ^{}[0-9a-fA-F]{{32}}$", name, value, prefix)});
    }
  }
  const std::string long_text(256, 'x');
  check_refused({"EventType=" + long_text, "EventType: '" + long_text.substr(0, 80) + "…' must have 1 to 255 bytes"});
  check_refused({"TaskChannel=" + long_text, "TaskChannel: '"});
  EXPECT_TRUE(parse_event_list("TaskChannel=" + long_text.substr(1), kNow));
}

TEST(Ordering, is_oldest_first_or_newest_first) {
  using model::Direction;
  EXPECT_EQ(parse_event_list("", kNow)->ordering, Direction::kOldestFirst);
  EXPECT_EQ(parse_event_list("Ordering=", kNow)->ordering, Direction::kOldestFirst);
  EXPECT_EQ(parse_event_list("Ordering=EventDate:asc", kNow)->ordering, Direction::kOldestFirst);
  EXPECT_EQ(parse_event_list("Ordering=EventDate%3Adesc", kNow)->ordering, Direction::kNewestFirst);
  for (const char* const value :
       {"desc", "EventDate", "EventDate:", "EventDate:DESC", "eventdate:desc", "Sid:asc", "EventDate:asc,Sid:asc"}) {
    check_refused({fmt::format("Ordering={}", value),
                   fmt::format("Ordering: '{}' is neither EventDate:asc nor EventDate:desc", value)});
  }
}

TEST(Paging, has_its_defaults_and_its_limits) {
  const struct {
    std::string_view query;
    std::uint32_t page_size;
    std::int64_t page;
    std::string_view token;
  } cases[] = {
      {"", 50, 0, ""},
      {"PageSize=1", 1, 0, ""},
      {"PageSize=1000", 1000, 0, ""},
      {"PageSize=1001", 1000, 0, ""},
      {"PageSize=5000", 1000, 0, ""},
      {"PageSize=99999999999999999999999", 1000, 0, ""},
      {"Page=0", 50, 0, ""},
      {"Page=0&PageToken=PAx", 50, 0, "PAx"},
      {"Page=3&PageToken=PAx", 50, 3, "PAx"},
      {"Page=007&PageToken=PAx", 50, 7, "PAx"},
      {"Page=99999999999999999999999&PageToken=PAx", 50, INT64_MAX - 1, "PAx"},
      {"PageToken=P%41x&PageSize=7", 7, 0, "PAx"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.query);
    const auto list = parse_event_list(c.query, kNow);
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(list->paging.page_size, c.page_size);
    EXPECT_EQ(list->paging.page, c.page);
    EXPECT_EQ(list->paging.page_token, c.token);
  }
}

TEST(Paging, refuses_what_is_no_page) {
  const Refused cases[] = {
      {"PageSize=0", "PageSize: '0' is less than 1"},
      {"PageSize=-1", "PageSize: '-1' is less than 1"},
      {"PageSize=", "PageSize: '' is not a whole number"},
      {"PageSize=ten", "PageSize: 'ten' is not a whole number"},
      {"PageSize=10.0", "PageSize: '10.0' is not a whole number"},
      {"Page=-1", "Page: '-1' is less than 0"},
      {"Page=", "Page: '' is not a whole number"},
      {"Page=x", "Page: 'x' is not a whole number"},
      {"Page=1", "Page: '1' without a PageToken", 40153},
      {"Page=1&PageToken=", "Page: '1' without a PageToken", 40153},
      {"Page=99999999999999999999999", "Page: '99999999999999999999999' without a PageToken", 40153},
  };
  for (const Refused& c : cases) check_refused(c);
}

TEST(QueryParams, a_known_parameter_may_be_given_once) {
  check_refused({"TaskSid=&TaskSid=", "TaskSid: is given twice"});
  check_refused({"Page=0&Page=0", "Page: is given twice"});
  check_refused({"Minutes=5&%4Dinutes=5", "Minutes: is given twice"});
  EXPECT_TRUE(parse_event_list("Unknown=1&Unknown=2", kNow));
}

TEST(QueryParams, a_query_that_does_not_decode_is_refused) {
  for (const char* const query : {"TaskSid=%", "Unknown=%zz", "%4=1", "a=b&c=%f"}) {
    check_refused({query, "the query: a '%' without two hex digits in "});
  }
}

TEST(Filters, are_repeated_as_given_in_the_documented_order) {
  const auto repeated = [](std::string_view query) {
    return http::encode_form(parse_event_list(query, kNow)->filters);
  };
  // The order of the documented example; what it leaves out follows.
  EXPECT_EQ(repeated("Ordering=EventDate:asc&Sid=EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&TaskChannel=a%20b&Minutes=07"
                     "&ReservationSid=WRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&WorkflowSid=WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                     "&TaskSid=WTAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&EventType=reservation.created"
                     "&WorkerSid=WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&EndDate=2008-01-03T00:00:00Z"
                     "&StartDate=2008-01-02T00:00:00+00:00&TaskQueueSid=WQaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                     "&PageSize=2&Page=0&PageToken=x&Unknown=1"),
            "TaskQueueSid=WQaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&StartDate=2008-01-02T00%3A00%3A00%2000%3A00"
            "&EndDate=2008-01-03T00%3A00%3A00Z&WorkerSid=WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "&EventType=reservation.created&TaskSid=WTAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            "&WorkflowSid=WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&ReservationSid=WRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "&Minutes=07&TaskChannel=a%20b&Sid=EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&Ordering=EventDate%3Aasc");
  EXPECT_EQ(repeated(""), "");
  EXPECT_EQ(repeated("EventType=&TaskChannel=%E2%82%AC%26%3D"), "TaskChannel=%E2%82%AC%26%3D");
}

}  // namespace
}  // namespace waybill::api
