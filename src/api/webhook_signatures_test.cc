#include "api/webhook_signatures.h"

#include <atomic>
#include <future>
#include <string>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/testing/fake_clock.h"

namespace waybill::api {
namespace {

using Depth = WebhookSignatures::Depth;
using webhook::SignatureCheck;

const std::vector<std::string> kTokens = {"12345"};

// A callback to https://x.org/p?a=@ from an address.
Context context_of(std::size_t body_bytes, int number = 0, const std::string& address = "192.0.2.1") {
  Context context;
  context.request.peer_address = address;
  context.request.id = "RQ" + std::to_string(number);
  context.request.body = std::string(body_bytes, 'x');
  return context;
}

webhook::SignedRequest request_of(const std::string& signed_url, bool is_form = true) {
  webhook::SignedRequest request;
  request.url = "https://x.org/p?a=@";
  request.is_form = is_form;
  request.signature = webhook::sign("12345", signed_url, "");
  return request;
}

class WebhookSignaturesTest : public ::testing::Test {
 public:
  base::testing::FakeClock clock{base::from_ms(0)};
  obs::Log log{obs::LogForm::kJson, obs::LogLevel::kError};
  WebhookSignatures signatures{clock, log, {}, {.free = 2, .delay_max = std::chrono::seconds(60)}};
};

TEST_F(WebhookSignaturesTest, a_usual_spelling_needs_no_search_and_another_one_does) {
  const Context context = context_of(10);
  EXPECT_EQ(signatures.check(context, request_of("https://x.org/p?a=@"), kTokens, Depth::kUsual).verdict.check,
            SignatureCheck::kMatches);
  const auto other = request_of("https://hook:pw@x.org/p?a=@");
  webhook::SignedRequest with_credentials = other;
  with_credentials.credentials = "hook:pw";
  const auto first = signatures.check(context, with_credentials, kTokens, Depth::kUsual);
  EXPECT_TRUE(first.needs_search);
  EXPECT_EQ(signatures.check(context, with_credentials, kTokens, Depth::kSearch).verdict.check,
            SignatureCheck::kMatches);
  EXPECT_EQ(signatures.check(context, other, kTokens, Depth::kSearch).verdict.check, SignatureCheck::kWrongSignature);
}

TEST_F(WebhookSignaturesTest, a_long_form_is_not_searched_for_and_another_long_body_is_at_once) {
  const auto form = request_of("https://x.org/p?a=nothing");
  const auto outcome = signatures.check(context_of(kSearchedFormBytesMax + 1), form, kTokens, Depth::kUsual);
  EXPECT_FALSE(outcome.needs_search);
  EXPECT_LT(outcome.tried, 8U);
  webhook::SignedRequest json = request_of("", false);
  const std::string body(kQuickBodyBytesMax + 1, 'x');
  json.body = body;
  const std::string hash = "bodySHA256=" + base::to_hex(base::sha256(body));
  json.url = "https://x.org/p?a=@:&b=!&" + hash;
  json.signature = webhook::sign("12345", "https://x.org/p?a=%40:&b=%21&" + hash, "");
  const auto at_once = signatures.check(context_of(body.size()), json, kTokens, Depth::kUsual);
  EXPECT_EQ(at_once.verdict.check, SignatureCheck::kMatches);
  EXPECT_FALSE(at_once.needs_search);
}

TEST_F(WebhookSignaturesTest, failed_searches_of_an_address_make_it_wait_and_no_other) {
  const auto wrong = request_of("https://x.org/other");
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(signatures.check(context_of(1, i), wrong, kTokens, Depth::kUsual).wait) << i;
    static_cast<void>(signatures.check(context_of(1, i), wrong, kTokens, Depth::kSearch));
  }
  const auto refused = signatures.check(context_of(1, 9), wrong, kTokens, Depth::kUsual);
  EXPECT_EQ(refused.wait, std::chrono::seconds(1));
  EXPECT_FALSE(refused.needs_search);
  EXPECT_TRUE(signatures.check(context_of(1, 9, "192.0.2.2"), wrong, kTokens, Depth::kUsual).needs_search);
  EXPECT_EQ(signatures.check(context_of(1, 9), request_of("https://x.org/p?a=@"), kTokens, Depth::kUsual).verdict.check,
            SignatureCheck::kMatches);
  clock.advance(std::chrono::seconds(2));
  EXPECT_TRUE(signatures.check(context_of(1, 9), wrong, kTokens, Depth::kUsual).needs_search);
}

// The thread of the connection does not wait for it.
TEST(WebhookSignatures, a_search_runs_on_a_thread_of_its_own_and_too_many_are_refused) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::atomic<int> ran = 0;
  std::atomic<int> refused = 0;
  constexpr int kMany = 100;
  const base::testing::FakeClock clock(base::from_ms(0));
  obs::Log log(obs::LogForm::kJson, obs::LogLevel::kError);
  WebhookSignatures signatures(clock, log, {}, {});
  for (int i = 0; i < kMany; ++i) {
    http::Reply reply([&refused](const http::Response& response) { refused += response.status == 503 ? 1 : 0; }, [] {});
    signatures.search_later(context_of(1, i), std::move(reply), [&, released](const Context&, http::Reply again) {
      released.wait();
      ++ran;
      again.send({204, {}, ""});
    });
  }
  EXPECT_EQ(ran, 0);
  EXPECT_GE(refused, kMany - 65);
  EXPECT_LT(refused, kMany);
  release.set_value();
}

}  // namespace
}  // namespace waybill::api
