// The URLs of an event: what completes them, and how they come to stand on another base.

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codec/testing/events.h"

namespace waybill::codec {
namespace {

using testing::decode;
using testing::member_of;
using testing::shown;

constexpr std::string_view kEvent = "EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr std::string_view kPath = "/v1/Workspaces/WS00000000000000000000000000000002";
constexpr std::string_view kOwnPath =
    "/v1/Workspaces/WS00000000000000000000000000000002/Events/EVaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

struct Case {
  std::string_view name;
  std::string members;
  std::string want;  // of the member, shown on the base https://h; `null`, or text without its quotes
};

void check(const Case& c, std::string_view member) {
  SCOPED_TRACE(c.name);
  const auto event =
      decode(fmt::format(R"({{"event_date_ms":0,"sid":"{}"{}{}}})", kEvent, c.members.empty() ? "" : ",", c.members));
  ASSERT_TRUE(event) << event.error().message();
  EXPECT_EQ(member_of(shown(*event), member), c.want == "null" ? c.want : '"' + c.want + '"');
}

std::string resource(std::string_view sid) { return fmt::format(R"("resource_sid":"{}")", sid); }

TEST(EventUrls, resource_url_is_made_of_the_resource_sid) {
  const auto on_base = [](std::string_view rest) { return fmt::format("https://h{}{}", kPath, rest); };
  const std::string reservation = resource("WRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  const Case cases[] = {
      {"nothing", "", "null"},
      {"a task", resource("WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), on_base("/Tasks/WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")},
      {"a worker", resource("WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
       on_base("/Workers/WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")},
      {"a queue", resource("WQaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
       on_base("/TaskQueues/WQaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")},
      {"a workflow", resource("WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
       on_base("/Workflows/WWaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")},
      {"a channel", resource("TCaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
       on_base("/TaskChannels/TCaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")},
      {"an activity", resource("WAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
       on_base("/Activities/WAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")},
      {"the workspace", resource("WS00000000000000000000000000000002"), on_base("")},
      {"another workspace", resource("WS00000000000000000000000000000003"), "null"},
      {"something unknown", resource("XXaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "null"},
      {"a kind in lower case", resource("wtaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "null"},
      {"a reservation with its task",
       reservation + R"(,"event_data":{"task_sid":"WTbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"})",
       on_base("/Tasks/WTbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/Reservations/WRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")},
      {"a reservation without a task", reservation, "null"},
      {"a reservation whose task is none", reservation + R"(,"event_data":{"task_sid":"../x"})", "null"},
  };
  for (const Case& c : cases) check(c, "resource_url");
}

TEST(EventUrls, actor_url_is_made_of_the_workspace_alone) {
  const Case cases[] = {
      {"nobody", "", "null"},
      {"the workspace", R"("actor_sid":"WS00000000000000000000000000000002")", fmt::format("https://h{}", kPath)},
      {"somebody else", R"("actor_sid":"WKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")", "null"},
      {"another workspace", R"("actor_sid":"WS00000000000000000000000000000003")", "null"},
  };
  for (const Case& c : cases) check(c, "actor_url");
}

TEST(EventUrls, what_lies_on_this_api_moves_to_the_public_base) {
  for (const char* const member : {"actor_url", "resource_url"}) {
    const auto given = [&](std::string_view url) { return fmt::format(R"("{}":"{}")", member, url); };
    const std::string moved = fmt::format("https://h{}/Tasks/x", kPath);
    const Case cases[] = {
        {"the hosted service's", given(fmt::format("https://taskrouter.twilio.com{}/Tasks/x", kPath)), moved},
        {"another server's, with a port", given(fmt::format("http://127.0.0.1:8080{}/Tasks/x", kPath)), moved},
        {"a scheme in capitals", given(fmt::format("HTTPS://X{}/Tasks/x", kPath)), moved},
        {"behind a proxy's folder", given(fmt::format("https://proxy/way/bill{}/Tasks/x", kPath)), moved},
        {"with a query", given(fmt::format("https://x{}/Tasks/x?a=b", kPath)), moved + "?a=b"},
        {"escaped slashes", given(R"(https:\/\/x\/v1\/Workspaces\/y)"), "https://h/v1/Workspaces/y"},
        {"another API", given("https://api.example.com/2010/Calls/CA1"), "https://api.example.com/2010/Calls/CA1"},
        {"another version", given("https://x/v2/Workspaces/y"), "https://x/v2/Workspaces/y"},
        {"only in the query", given("https://x/?u=/v1/Workspaces/y"), "https://x/?u=/v1/Workspaces/y"},
        {"a host alone", given("https://x"), "https://x"},
    };
    for (const Case& c : cases) check(c, member);
  }
}

TEST(EventUrls, a_given_resource_url_counts_more_than_the_sid) {
  check({"", resource("WTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") + R"(,"resource_url":"https://x/v1/Workspaces/y")",
         "https://h/v1/Workspaces/y"},
        "resource_url");
}

TEST(EventUrls, the_events_own_url_may_stand_on_any_base) {
  const std::string want = fmt::format("https://h{}", kOwnPath);
  const Case cases[] = {
      {"missing", "", want},
      {"null", R"("url":null)", want},
      {"the hosted service's", fmt::format(R"("url":"https://taskrouter.twilio.com{}")", kOwnPath), want},
      {"behind a proxy's folder", fmt::format(R"("url":"https://proxy/waybill{}")", kOwnPath), want},
      {"hex in capitals",
       R"("url":"https://x/v1/Workspaces/WS00000000000000000000000000000002/Events/EVAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")",
       want},
  };
  for (const Case& c : cases) check(c, "url");
}

TEST(EventUrls, a_url_that_is_none_or_of_another_event_is_refused) {
  const auto refused = [](std::string_view member, std::string_view url) {
    const auto event = decode(fmt::format(R"({{"event_date_ms":0,"sid":"{}","{}":"{}"}})", kEvent, member, url));
    EXPECT_FALSE(event) << url;
    return event ? std::string() : event.error().message();
  };
  for (const char* const url :
       {"", "x", "/v1/Workspaces/y", "//h/v1/Workspaces/y", "ftp://h/x", "http://", "https:///x", "https://?x",
        "https://h/a b", "https://h/\\n", "https://h/é", "https//h", "mailto:a@b"}) {
    for (const char* const member : {"actor_url", "resource_url"}) {
      EXPECT_EQ(refused(member, url), fmt::format("{}: must be an absolute http or https URL", member)) << url;
    }
  }
  const std::string_view other =
      "https://x/v1/Workspaces/WS00000000000000000000000000000002/Events/"
      "EVbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
  EXPECT_EQ(refused("url", other),
            fmt::format("url: '{}' is not a URL of this event, which ends with {}", other, kOwnPath));
  for (const std::string& url :
       {std::string(kOwnPath), fmt::format("ftp://x{}", kOwnPath), fmt::format("https://x{}/", kOwnPath),
        fmt::format("https://x{}?a=b", kOwnPath), std::string("https://x")}) {
    EXPECT_NE(refused("url", url), "") << url;
  }
}

}  // namespace
}  // namespace waybill::codec
