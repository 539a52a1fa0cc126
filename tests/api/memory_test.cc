// Memory that runs out while a request is read or answered is nobody's mistake: whatever allocation fails, the answer
// is 503 with Retry-After, or none, for which the server says the same; never 400, and never 500.

#include <cstdlib>
#include <future>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "api/shorthand.h"
#include "api/world.h"
#include "base/bytes.h"
#include "base/out_of_memory.h"

namespace {

// So many allocations of this thread succeed before one fails; negative: all do.
thread_local long allocations_left = -1;
thread_local bool has_one_failed = false;

}  // namespace

// Not inline: the compiler would take what one of them does for a mistake of the other.
[[gnu::noinline]] void* operator new(std::size_t size) {
  const bool fails = allocations_left == 0;
  if (allocations_left >= 0) --allocations_left;
  if (fails) {
    has_one_failed = true;
    waybill::base::fail_without_memory();
  }
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace waybill::testing {
namespace {

http::Request request_of(http::Method method, const std::string& target, const std::string& type,
                         const std::string& body) {
  http::Request request;
  request.method = method;
  const std::string expanded = expand_sids(target);
  request.path = expanded.substr(0, expanded.find('?'));
  request.query = expanded.find('?') == std::string::npos ? "" : expanded.substr(expanded.find('?') + 1);
  request.headers = {{"Authorization", "Basic " + base::to_base64(expand_sids("AC~1") + ":token-of-AC~1")},
                     {"Content-Type", type},
                     {"Host", "waybill.test"}};
  request.peer_address = "127.0.0.1";
  request.body = expand_sids(body);
  return request;
}

struct Outcome {
  int status = 0;  // 0: none came, and the server says 503 by itself
  bool has_retry_after = false;
  std::string body;
  bool has_failed = false;  // an allocation did, on this thread
};

// Asks with one failing allocation.
Outcome ask(World& world, http::Request request, long allocations) {
  const auto answered = std::make_shared<std::promise<std::optional<http::Response>>>();
  auto answer = answered->get_future();
  http::Reply reply(
      [answered](http::Response given) {
        allocations_left = -1;
        answered->set_value(std::move(given));
      },
      [answered] {
        allocations_left = -1;
        answered->set_value(std::nullopt);
      });
  Outcome outcome;
  has_one_failed = false;
  allocations_left = allocations;
  try {
    world.api().handle(std::move(request), std::move(reply));
  } catch (const std::bad_alloc&) {
    has_one_failed = true;
  }
  allocations_left = -1;
  outcome.has_failed = has_one_failed;
  const std::optional<http::Response> response = answer.get();
  if (!response) return outcome;
  outcome.status = response->status;
  outcome.has_retry_after = response->header("Retry-After").has_value();
  outcome.body = response->body;
  return outcome;
}

void expect_only_503(World& world, const http::Request& request) {
  int failures = 0;
  for (long allocations = 0;; ++allocations) {
    SCOPED_TRACE(allocations);
    const Outcome outcome = ask(world, request, allocations);
    if (!outcome.has_failed) break;
    ++failures;
    EXPECT_TRUE(outcome.status < 300 || outcome.status == 503) << outcome.status << " " << outcome.body;
    EXPECT_EQ(outcome.has_retry_after, outcome.status == 503);
  }
  EXPECT_GT(failures, 20);
}

const std::string kEvent = R"({"sid":"EV~1","event_type":"task.created","event_date":"2026-11-23T11:50:00Z",)"
                           R"("event_data":{"task_sid":"WT~1","task_attributes":"{\"a\":\"\\u00e4\"}"}})";

TEST(MemoryTest, events_that_are_posted) {
  World world;
  expect_only_503(world, request_of(http::Method::kPost, "/v1/Workspaces/WS~1/Events", "application/json",
                                    "[" + kEvent + "," + kEvent + "]"));
}

TEST(MemoryTest, events_that_are_posted_a_line_each) {
  World world;
  expect_only_503(world, request_of(http::Method::kPost, "/v1/Workspaces/WS~1/Events", "application/x-ndjson",
                                    kEvent + "\n" + kEvent + "\n"));
}

TEST(MemoryTest, a_list) {
  World world;
  http::Request post =
      request_of(http::Method::kPost, "/v1/Workspaces/WS~1/Events", "application/json", "[" + kEvent + "]");
  ASSERT_EQ(world.ask(post).status, 201);
  expect_only_503(world, request_of(http::Method::kGet, "/v1/Workspaces/WS~1/Events?TaskSid=WT~1", "", ""));
}

}  // namespace
}  // namespace waybill::testing
