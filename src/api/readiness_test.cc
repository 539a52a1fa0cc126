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
  expect(readiness.answer({}, {}), 200, R"({"status":"ready","reasons":[]})");
  readiness.begin_to_start("the accounts are being read");
  readiness.begin_to_start("the demonstration day is being written");
  EXPECT_EQ(readiness.starting(), "the demonstration day is being written");
  expect(readiness.answer({}, {}), 503,
         R"({"status":"not ready","reasons":["the demonstration day is being written"]})");
  readiness.end_of_start();
  EXPECT_EQ(readiness.starting(), std::nullopt);
  expect(readiness.answer("EIO", {}), 503,
         R"({"status":"not ready","reasons":["new events are refused since a write to the disk failed: EIO"]})");
  readiness.begin_to_stop();
  expect(readiness.answer({}, {}), 503, R"({"status":"not ready","reasons":["the server is stopping"]})");
}

TEST(Readiness, a_note_leaves_it_ready_until_the_trouble_ends) {
  Readiness readiness;
  readiness.note("upstream", "it does not answer");
  readiness.note("upstream", "it refuses");
  expect(readiness.answer({}, {}), 200, R"({"status":"ready","reasons":[],"notes":["upstream: it refuses"]})");
  readiness.note("upstream", "");
  expect(readiness.answer({}, {}), 200, R"({"status":"ready","reasons":[]})");
}

TEST(Readiness, damage_leaves_it_ready_and_is_said_without_paths) {
  using Kind = store::DamagedFile::Kind;
  const std::vector<store::DamagedFile> damage = {
      {Kind::kSegment, "000001.seg", 1, "/var/lib/waybill/segments/000001.seg at offset 4096: …"},
      {Kind::kSids, "000002.sid", 3, "…"}};
  const std::string said =
      R"("000001.seg is damaged (1 page found): lists that need them fail",)"
      R"("000002.sid is damaged (3 pages found): the segments are asked instead until it is made anew")";
  Readiness readiness;
  expect(readiness.answer({}, damage), 200, R"({"status":"degraded","reasons":[)" + said + "]}");
  readiness.begin_to_stop();
  expect(readiness.answer({}, damage), 503,
         R"({"status":"not ready","reasons":["the server is stopping",)" + said + "]}");
}

TEST(Readiness, what_went_wrong_is_said_without_folders) {
  Readiness readiness;
  readiness.note("upstream", "reading /etc/waybill/ca.pem: no such file");
  expect(readiness.answer("writing /var/lib/waybill/waybill.db: EIO", {}), 503,
         R"({"status":"not ready","reasons":["new events are refused since a write to the disk failed: )"
         R"(writing waybill.db: EIO"],"notes":["upstream: reading ca.pem: no such file"]})");
}

}  // namespace
}  // namespace waybill::api
