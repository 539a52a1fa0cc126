// Memory that runs out while a request is read or answered is nobody's mistake: whatever allocation fails, the answer is
// 503 with Retry-After, or none, for which the server says the same; never 400, and never 500.

#include <cstdlib>
#include <new>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "api/shorthand.h"
#include "api/world.h"
#include "base/bytes.h"
#include "base/out_of_memory.h"

namespace {

// So many allocations of this thread succeed before one fails; negative: all do.
thread_local long allocations_left = -1;

}  // namespace

void* operator new(std::size_t size) {
  if (allocations_left >= 0 && allocations_left-- == 0) waybill::base::fail_without_memory();
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

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
  http::Response response;
  bool has_failed = false;  // an allocation did, on this thread
};

// Asks with one failing allocation; what escapes the API is what the server answers 503 by itself.
Outcome ask(World& world, http::Request request, long allocations) {
  auto response = std::make_shared<http::Response>();
  http::Reply reply([response](http::Response given) { *response = std::move(given); }, [] {});
  Outcome outcome;
  allocations_left = allocations;
  try {
    world.api().handle(std::move(request), std::move(reply));
  } catch (const std::bad_alloc&) {
    outcome.has_failed = true;
    if (response->status == 200 && response->headers.empty()) response->status = 0;
  }
  outcome.has_failed = outcome.has_failed || allocations_left < 0;
  allocations_left = -1;
  outcome.response = std::move(*response);
  return outcome;
}

void expect_only_503(World& world, const http::Request& request) {
  int failures = 0;
  for (long allocations = 0;; ++allocations) {
    SCOPED_TRACE(allocations);
    const Outcome outcome = ask(world, request, allocations);
    if (!outcome.has_failed) break;
    ++failures;
    const int status = outcome.response.status;
    EXPECT_TRUE(status == 0 || status == 503 || status < 300) << status << " " << outcome.response.body;
    if (status == 503) EXPECT_TRUE(outcome.response.header("Retry-After"));
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
