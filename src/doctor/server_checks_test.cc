#include "doctor/server_checks.h"

#include <gtest/gtest.h>

#include "doctor/testing/judged.h"

namespace waybill::doctor {
namespace {

using testing::expect_finding;

constexpr const char* kUrl = "https://archive.example.org";

TEST(CheckServer, it_must_answer_and_be_ready) {
  expect_finding(check_server(ReadyFacts{kUrl, true, {}, {}}, kUrl), State::kFine, "is ready");
  expect_finding(check_server(ReadyFacts{kUrl, false, {"the disk failed", "it stops"}, {}}, kUrl), State::kMend,
                 "is not ready: the disk failed, it stops");
  expect_finding(check_server(ReadyFacts{kUrl, true, {"000001.seg is damaged"}, {}}, kUrl), State::kMend,
                 "is degraded: 000001.seg is damaged");
  const Finding silent = check_server(base::unavailable("no answer from archive.example.org"), kUrl);
  expect_finding(silent, State::kMend, "no answer");
  EXPECT_NE(silent.advice.find(kUrl), std::string::npos);
  const Finding distrusted = check_server(base::untrusted("GET u: it may be another one"), kUrl);
  expect_finding(distrusted, State::kMend, "it may be another one");
  EXPECT_EQ(distrusted.advice.find("start it"), std::string::npos) << "it runs, and has the right address";
  const Finding other = check_server(base::io_error("the certificate that the client uses cannot be read"), kUrl);
  EXPECT_NE(other.advice.find("start it"), std::string::npos) << "words say nothing of what failed";
}

SeenRequest seen(bool is_trusted, const std::string& forwarded_for, const std::string& public_base) {
  SeenRequest request;
  request.peer_address = "10.0.0.1";
  request.is_trusted_proxy = is_trusted;
  request.forwarded_for = forwarded_for;
  request.public_base = public_base;
  return request;
}

TEST(CheckProxy, what_a_proxy_says_must_be_believed_and_enough) {
  struct Case {
    SeenRequest request;
    bool is_public;
    State state;
    const char* words;
  };
  const Case cases[] = {
      {seen(false, "", kUrl), true, State::kFine, "none on the way from here"},
      {seen(true, "192.0.2.7", kUrl), true, State::kFine, "10.0.0.1 is trusted and sends X-Forwarded-For: 192.0.2.7"},
      {seen(false, "192.0.2.7", kUrl), true, State::kMend, "X-Forwarded-For: 192.0.2.7, and is not believed"},
      {seen(true, "192.0.2.7", "http://inside"), true, State::kMend, "the server takes itself for http://inside"},
      {seen(true, "192.0.2.7", "http://inside"), false, State::kFine, "URLs begin with http://inside"},
      {seen(true, "", kUrl), true, State::kMend, "does not say for whom it asks"},
      {seen(true, "", "http://127.0.0.1"), false, State::kFine, "none on the way from here"},
  };
  for (const Case& c : cases) expect_finding(check_proxy(c.request, kUrl, c.is_public), c.state, c.words);
  SeenRequest by_via = seen(false, "", kUrl);
  by_via.other_proxy_headers = "Via: 1.1 nginx";
  expect_finding(check_proxy(by_via, kUrl, true), State::kMend, "Via: 1.1 nginx");
  expect_finding(check_proxy(base::invalid_argument("no token"), kUrl, true), State::kNote, "no token");
}

TEST(CheckSignature, a_webhook_that_is_signed_for_the_public_url_is_taken) {
  struct Case {
    SignatureFacts facts;
    State state;
    const char* words;
  };
  const Case cases[] = {
      {{kUrl, true, kUrl, false, {{"of account AC1", 200}}}, State::kFine, "signed with the token of account AC1"},
      {{kUrl, true, kUrl, false, {{"of account AC1", 200}, {"of webhook-auth-tokens", 403}}},
       State::kMend,
       "signed with the token of webhook-auth-tokens, was answered 403"},
      {{kUrl, true, kUrl, false, {{"of account AC1", 502}}}, State::kMend, "answered 502"},
      {{kUrl, false, "http://inside", false, {}}, State::kMend, "would be checked as one for http://inside"},
      {{kUrl, true, kUrl, true, {}}, State::kMend, "whatever their signature"},
      {{kUrl, true, kUrl, false, {}}, State::kNote, "no Auth Token is known"},
  };
  for (const Case& c : cases) expect_finding(check_signature(c.facts), c.state, c.words);
  expect_finding(check_signature(base::invalid_argument("no token")), State::kNote, "no token");
}

TEST(CheckUpstream, it_must_answer_to_the_credentials) {
  const auto answered = [](int status, const char* message) {
    return std::optional<base::Result<UpstreamFacts>>(UpstreamFacts{kUrl, status, message});
  };
  expect_finding(check_upstream({}), State::kFine, "none is set");
  expect_finding(check_upstream(answered(200, "")), State::kFine, "answers to the credentials");
  const Finding refused = check_upstream(answered(401, "Authenticate"));
  expect_finding(refused, State::kMend, "answered 401: Authenticate");
  EXPECT_NE(refused.advice.find("TWILIO_AUTH_TOKEN"), std::string::npos);
  expect_finding(check_upstream(answered(404, "")), State::kMend, "answered 404");
  expect_finding(check_upstream(answered(500, "")), State::kMend, "answered 500");
  expect_finding(check_upstream(base::Result<UpstreamFacts>(base::unavailable("no answer from x: certificate"))),
                 State::kMend, "certificate");
}

TEST(CheckRejects, what_is_kept_aside_is_noted_and_wants_somebody_before_it_is_full_or_gone) {
  RejectFacts facts;
  facts.count_max = 100;
  facts.bytes_max = 1'000'000;
  facts.age_max = std::chrono::days(30);
  facts.now = base::from_ms(0) + std::chrono::days(100);
  expect_finding(check_rejects(facts), State::kFine, "nothing had to be kept aside");
  facts.count = 1;
  facts.oldest = facts.now - std::chrono::days(26);
  expect_finding(check_rejects(facts), State::kNote, "1 event could not be stored and is kept aside");
  facts.count = 89;
  expect_finding(check_rejects(facts), State::kNote, "89 events could not be stored and are kept aside");
  facts.oldest = facts.now - std::chrono::days(28);
  expect_finding(check_rejects(facts), State::kMend, "within three days (rejects-for)");
  facts.age_max.reset();
  expect_finding(check_rejects(facts), State::kNote, "89 events");
  facts.bytes = 900'000;
  expect_finding(check_rejects(facts), State::kMend, "answered with 503");
  facts.bytes = 0;
  facts.count = 90;
  expect_finding(check_rejects(facts), State::kMend, "answered with 503");
  expect_finding(check_rejects(base::unavailable("no token")), State::kNote, "was not looked at: no token");
}

}  // namespace
}  // namespace waybill::doctor
