#include "api/readiness.h"

#include <gtest/gtest.h>

namespace waybill::api {
namespace {

void expect(const http::Response& response, int status, const std::string& body) {
  EXPECT_EQ(response.status, status);
  EXPECT_EQ(response.body, body);
}

TEST(Readiness, a_server_is_ready_once_it_has_started_and_until_it_stops) {
  Readiness readiness;
  expect(readiness.answer({}), 200, R"({"status":"ready","reasons":[]})");
  readiness.begin_to_start("the accounts are being read");
  readiness.begin_to_start("the demonstration day is being written");
  EXPECT_EQ(readiness.starting(), "the demonstration day is being written");
  expect(readiness.answer({}), 503, R"({"status":"not ready","reasons":["the demonstration day is being written"]})");
  readiness.end_of_start();
  EXPECT_EQ(readiness.starting(), std::nullopt);
  expect(readiness.answer("EIO"), 503,
         R"({"status":"not ready","reasons":["new events are refused since a write to the disk failed: EIO"]})");
  readiness.begin_to_stop();
  expect(readiness.answer({}), 503, R"({"status":"not ready","reasons":["the server is stopping"]})");
}

TEST(Readiness, a_note_leaves_it_ready_until_the_trouble_ends) {
  Readiness readiness;
  readiness.note("upstream", "it does not answer");
  readiness.note("upstream", "it refuses");
  expect(readiness.answer({}), 200, R"({"status":"ready","reasons":[],"notes":["upstream: it refuses"]})");
  readiness.note("upstream", "");
  expect(readiness.answer({}), 200, R"({"status":"ready","reasons":[]})");
}

}  // namespace
}  // namespace waybill::api
