#include "api/invariants.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "codec/json_scan.h"
#include "model/limits.h"
#include "model/sid.h"

namespace waybill::testing {
namespace {

constexpr std::size_t kNestingMax = 100;
using Names = std::vector<std::string>;

const Names kErrorMembers = {"code", "message", "more_info", "status"};
const Names kMetaMembers = {"key", "url", "page", "page_size", "next_page_url", "first_page_url", "previous_page_url"};
// In the order of the documented example.
const Names kEventMembers = {
    "sid",          "url",           "source",        "actor_sid",     "actor_url",        "actor_type",
    "event_data",   "event_date",    "event_type",    "account_sid",   "description",      "resource_sid",
    "resource_url", "event_date_ms", "resource_type", "workspace_sid", "source_ip_address"};

Names names_of(codec::CheckedJson object) {
  Names names;
  for (codec::MemberScanner scan(object); scan.next();) names.emplace_back(scan.name());
  return names;
}

codec::CheckedJson member_of(codec::CheckedJson object, std::string_view name) {
  for (codec::MemberScanner scan(object); scan.next();) {
    if (scan.name() == name) return scan.value();
  }
  return {};
}

void check_headers(const http::Response& response) {
  EXPECT_TRUE(model::RequestSid::parse(response.header("Twilio-Request-Id").value_or("")));
  for (const char* const name : {"Origin", "Methods", "Headers", "Credentials"}) {
    EXPECT_TRUE(response.header(std::string("Access-Control-Allow-") + name)) << name;
  }
  EXPECT_TRUE(response.header("Access-Control-Expose-Headers"));
  EXPECT_EQ(response.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(response.header("Cache-Control"), "no-store");
  const int rate_headers = (response.header("X-Rate-Limit-Limit") ? 1 : 0) +
                           (response.header("X-Rate-Limit-Remaining") ? 1 : 0) +
                           (response.header("X-Rate-Limit-Config") ? 1 : 0);
  EXPECT_TRUE(rate_headers == 0 || rate_headers == 3) << rate_headers;
  EXPECT_EQ(response.header("WWW-Authenticate").has_value(), response.status == 401);
  std::set<std::string> names;
  for (const http::Header& header : response.headers) EXPECT_TRUE(names.insert(header.name).second) << header.name;
}

void check_error(int status, codec::CheckedJson error) {
  EXPECT_EQ(names_of(error), kErrorMembers);
  EXPECT_EQ(member_of(error, "status").integer(), status);
  const auto code = member_of(error, "code").integer();
  ASSERT_TRUE(code);
  EXPECT_EQ(member_of(error, "more_info").string(), "https://www.twilio.com/docs/errors/" + std::to_string(*code));
  EXPECT_NE(member_of(error, "message").string().value_or(""), "");
}

void check_list(codec::CheckedJson list) {
  const codec::CheckedJson meta = member_of(list, "meta");
  ASSERT_TRUE(meta.is_object());
  EXPECT_EQ(names_of(meta), kMetaMembers);
  const std::string key = member_of(meta, "key").string().value_or("");
  EXPECT_EQ(names_of(list), (Names{"meta", key}));
  EXPECT_TRUE(member_of(meta, "url").is_string() && member_of(meta, "first_page_url").is_string());
  const std::int64_t page_size = member_of(meta, "page_size").integer().value_or(0);
  EXPECT_TRUE(page_size >= 1 && page_size <= model::kPageSizeMax) << page_size;
  std::int64_t count = 0;
  for (codec::ElementScanner scan(member_of(list, key)); scan.next(); ++count) {
    if (key != "events") continue;
    Names names = names_of(scan.value());
    if (!names.empty() && names.back() == "waybill_extra") names.pop_back();  // with Extra=true
    EXPECT_EQ(names, kEventMembers);
    EXPECT_TRUE(member_of(scan.value(), "event_data").is_object());
    EXPECT_TRUE(member_of(scan.value(), "event_date_ms").integer());
  }
  EXPECT_LE(count, page_size);
}

}  // namespace

void check_invariants(const http::Request& request, const http::Response& response) {
  SCOPED_TRACE(request.path);
  check_headers(response);
  if (response.status == 204) {
    EXPECT_EQ(response.body, "");
    return;
  }
  const bool is_text = request.path == "/openapi.yaml" || request.path == "/metrics";
  if (is_text && response.status == 200) return;
  EXPECT_EQ(response.header("Content-Type"), "application/json; charset=utf-8");
  codec::JsonChecker checker;
  const auto json = checker.check(response.body, kNestingMax);
  ASSERT_TRUE(json) << response.body;
  EXPECT_EQ(json->text(), response.body) << "white space that nobody asked for";
  ASSERT_TRUE(json->is_object());
  // Whether the server is ready is an answer, not an error.
  if (request.path == "/readyz") return;
  EXPECT_EQ(response.header("Retry-After").has_value(), response.status == 429 || response.status == 503);
  if (response.status >= 400) return check_error(response.status, *json);
  if (member_of(*json, "meta").is_object()) check_list(*json);
}

}  // namespace waybill::testing
