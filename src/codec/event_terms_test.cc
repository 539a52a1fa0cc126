// What an event is found by: "pertains to" means that the sid stands in event_data, or is the event's resource.

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codec/testing/events.h"

namespace waybill::codec {
namespace {

using model::Dimension;
using model::Term;
using testing::decode;
using testing::member_of;
using testing::shown;

struct Wanted {
  Dimension dimension;
  std::string_view text;  // as a filter would give it
};

struct Case {
  std::string_view name;
  std::string members;
  std::vector<Wanted> want;  // in the order of dimensions, then of values
};

void check(const Case& c) {
  SCOPED_TRACE(c.name);
  const auto event = decode(fmt::format(R"({{"event_date_ms":0{}{}}})", c.members.empty() ? "" : ",", c.members));
  ASSERT_TRUE(event) << event.error().message();
  std::vector<Term> want;
  want.reserve(c.want.size());
  for (const auto& [dimension, text] : c.want) want.push_back(*model::parse_term(dimension, text));
  EXPECT_EQ(event->terms, want);
}

std::string in_data(std::string_view members) { return fmt::format(R"("event_data":{{{}}})", members); }

TEST(EventTerms, each_member_that_names_something_is_a_term) {
  const Case cases[] = {
      {"nothing", "", {}},
      {"the type", R"("event_type":"task.created")", {{Dimension::kEventType, "task.created"}}},
      {"a task",
       in_data(R"("task_sid":"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"),
       {{Dimension::kTask, "WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"a worker",
       in_data(R"("worker_sid":"WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"),
       {{Dimension::kWorker, "WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"a queue",
       in_data(R"("task_queue_sid":"WQaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"),
       {{Dimension::kTaskQueue, "WQaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"a workflow",
       in_data(R"("workflow_sid":"WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"),
       {{Dimension::kWorkflow, "WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"a reservation",
       in_data(R"("reservation_sid":"WRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"),
       {{Dimension::kReservation, "WRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"a channel's sid",
       in_data(R"("task_channel_sid":"TCaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"),
       {{Dimension::kTaskChannel, "TCaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"a channel's name", in_data(R"("task_channel_unique_name":"voice")"), {{Dimension::kTaskChannel, "voice"}}},
      {"a channel's sid and name",
       in_data(R"("task_channel_unique_name":"voice","task_channel_sid":"TCaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"),
       {{Dimension::kTaskChannel, "TCaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, {Dimension::kTaskChannel, "voice"}}},
      {"names and values spelt with escapes",
       in_data(R"("task\u005fsid":"WT\u0061aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"),
       {{Dimension::kTask, "WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"all of a reservation's",
       R"("event_type":"reservation.created","resource_sid":"WR11111111111111111111111111111111",)" +
           in_data(
               R"("workflow_sid":"WW22222222222222222222222222222222","task_queue_sid":"WQ33333333333333333333333333333333",)"
               R"("worker_sid":"WK44444444444444444444444444444444","task_sid":"WT55555555555555555555555555555555",)"
               R"("reservation_sid":"WR11111111111111111111111111111111")"),
       {{Dimension::kEventType, "reservation.created"},
        {Dimension::kTask, "WT55555555555555555555555555555555"},
        {Dimension::kWorker, "WK44444444444444444444444444444444"},
        {Dimension::kTaskQueue, "WQ33333333333333333333333333333333"},
        {Dimension::kWorkflow, "WW22222222222222222222222222222222"},
        {Dimension::kReservation, "WR11111111111111111111111111111111"}}},
  };
  for (const Case& c : cases) check(c);
}

TEST(EventTerms, the_resource_counts) {
  const Case cases[] = {
      {"a task",
       R"("resource_sid":"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")",
       {{Dimension::kTask, "WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"a worker",
       R"("resource_sid":"WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")",
       {{Dimension::kWorker, "WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"a queue",
       R"("resource_sid":"WQaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")",
       {{Dimension::kTaskQueue, "WQaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"a workflow",
       R"("resource_sid":"WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")",
       {{Dimension::kWorkflow, "WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"a reservation",
       R"("resource_sid":"WRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")",
       {{Dimension::kReservation, "WRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"a channel",
       R"("resource_sid":"TCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")",
       {{Dimension::kTaskChannel, "TCaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"an activity, which no filter names", R"("resource_sid":"WAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")", {}},
      {"the workspace, which no filter names", R"("resource_sid":"WSaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")", {}},
      {"a kind in lower case", R"("resource_sid":"wtaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")", {}},
      {"the same as in event_data, in another case: once",
       R"("resource_sid":"WTAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",)" +
           in_data(R"("task_sid":"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"),
       {{Dimension::kTask, "WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}},
      {"another than in event_data: both",
       R"("resource_sid":"WT22222222222222222222222222222222",)" +
           in_data(R"("task_sid":"WT11111111111111111111111111111111")"),
       {{Dimension::kTask, "WT11111111111111111111111111111111"},
        {Dimension::kTask, "WT22222222222222222222222222222222"}}},
  };
  for (const Case& c : cases) check(c);
}

TEST(EventTerms, only_the_seven_members_at_the_top_of_event_data_count) {
  const Case cases[] = {
      {"what it was before",
       in_data(
           R"("previous_task_queue_sid":"WQaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","previous_task_sid":"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
           R"("worker_previous_activity_sid":"WAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"),
       {}},
      {"a sid under another name",
       in_data(R"("sid":"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","Task_Sid":"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)"
               R"("task_sid ":"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"),
       {}},
      {"a sid deeper down",
       in_data(R"("task":{"task_sid":"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},)"
               R"("tasks":[{"task_sid":"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}])"),
       {}},
      {"a sid in a text of JSON",
       in_data(R"("task_attributes":"{\"task_sid\":\"WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}")"),
       {}},
      {"a channel's other name", in_data(R"("task_channel_name":"Voice","task_channel":"voice")"), {}},
      {"the actor", R"("actor_sid":"WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")", {}},
      {"a sid in the description", R"("description":"Task WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")", {}},
      {"a sid in the resource's URL",
       R"("resource_url":"https://x/v1/Workspaces/y/Tasks/WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")",
       {}},
  };
  for (const Case& c : cases) check(c);
}

TEST(EventTerms, what_cannot_be_a_value_is_kept_and_found_by_nothing) {
  const std::string long_name(model::kTermValueMax + 1, 'x');
  const Case cases[] = {
      {"a sid too short", in_data(R"("task_sid":"WTaaa")"), {}},
      {"a sid of another kind", in_data(R"("task_sid":"WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"), {}},
      {"letters in lower case", in_data(R"("task_sid":"wtaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"), {}},
      {"an empty text", in_data(R"("task_sid":"","task_channel_unique_name":"")"), {}},
      {"null", in_data(R"("task_sid":null,"worker_sid":null,"task_channel_unique_name":null)"), {}},
      {"no text",
       in_data(
           R"("task_sid":1,"worker_sid":["WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],"workflow_sid":{},"reservation_sid":true)"),
       {}},
      {"a channel's name too long", in_data(fmt::format(R"("task_channel_unique_name":"{}")", long_name)), {}},
      {"a channel's name as long as can be",
       in_data(fmt::format(R"("task_channel_unique_name":"{}")", long_name.substr(1))),
       {{Dimension::kTaskChannel, std::string_view(long_name).substr(1)}}},
      {"a channel's sid that is none, which may be a name",
       in_data(R"("task_channel_sid":"voice")"),
       {{Dimension::kTaskChannel, "voice"}}},
  };
  for (const Case& c : cases) {
    check(c);
    const auto event = decode(fmt::format(R"({{"event_date_ms":0,{}}})", c.members));
    ASSERT_TRUE(event) << event.error().message();
    EXPECT_EQ(R"("event_data":)" + member_of(shown(*event), "event_data"), c.members) << c.name;
  }
}

TEST(EventTerms, hex_case_does_not_matter_and_the_case_of_names_does) {
  const auto terms = [](std::string_view members) {
    return decode(fmt::format(R"({{"event_date_ms":0,{}}})", members))->terms;
  };
  EXPECT_EQ(terms(in_data(R"("task_sid":"WTABCDEF00000000000000000000000000")")),
            terms(in_data(R"("task_sid":"WTabcdef00000000000000000000000000")")));
  EXPECT_NE(terms(in_data(R"("task_channel_unique_name":"voice")")),
            terms(in_data(R"("task_channel_unique_name":"Voice")")));
  EXPECT_NE(terms(R"("event_type":"task.created")"), terms(R"("event_type":"Task.created")"));
}

TEST(EventTerms, an_event_type_has_1_to_255_bytes) {
  for (const std::string& type : {std::string(), std::string(256, 'x')}) {
    const auto event = decode(fmt::format(R"({{"event_date_ms":0,"event_type":"{}"}})", type));
    ASSERT_FALSE(event);
    EXPECT_EQ(event.error().message(), "event_type: must have 1 to 255 bytes");
  }
  EXPECT_TRUE(decode(fmt::format(R"({{"event_date_ms":0,"event_type":"{}"}})", std::string(255, 'x'))));
}

}  // namespace
}  // namespace waybill::codec
