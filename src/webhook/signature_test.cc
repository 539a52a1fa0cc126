#include "webhook/signature.h"

#include <gtest/gtest.h>

#include "webhook/signature_diagnosis.h"

namespace waybill::webhook {
namespace {

const std::vector<std::string> kTokens = {"", "another", "12345"};
constexpr const char* kJson = R"({"property": "value", "boolean": true})";
constexpr const char* kHash = "bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
const http::Parameters kCall = {{"CallSid", "CA1234567890ABCDE"},
                                {"Digits", "1234"},
                                {"From", "+14158675309"},
                                {"To", "+18005551212"},
                                {"Caller", "+14158675309"}};

std::string sign_form(std::string_view token, const std::string& url, const http::Parameters& form) {
  return sign(token, url, form_suffix(form));
}

SignedRequest form_request(const std::string& url, const http::Parameters& form, const std::string& signature) {
  return {.url = url, .signature = signature, .suffix = form_suffix(form), .is_form = true, .body = ""};
}

SignedRequest json_request(const std::string& url, std::string_view body, const std::string& signature) {
  return {.url = url, .signature = signature, .suffix = "", .is_form = false, .body = body};
}

// The vectors that the official libraries publish (twilio-python tests/unit/test_request_validator.py, twilio-node
// spec/validation.spec.js, twilio-java RequestValidatorTest.java).
TEST(Signature, holds_for_the_published_vectors) {
  const std::string base = "https://mycompany.com/myapp.php?foo=1&bar=2";
  const http::Parameters twice = {
      {"Sid", "CA123"}, {"SidAccount", "AC123"}, {"Digits", "5678"}, {"Digits", "1234"}, {"Digits", "1234"}};
  const SignedRequest vectors[] = {
      form_request(base, kCall, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
      form_request(base, twice, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
      json_request(base + "&" + kHash, kJson, "a9nBmqA0ju/hNViExpshrM61xv4="),
      json_request(std::string("https://mycompany.com/myapp.php?") + kHash, kJson, "y77kIzt2vzLz71DgmJGsen2scGs="),
      form_request("http://mycompany.com:1234/myapp.php?foo=1&bar=2", kCall, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
      form_request(base, {}, "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
  };
  for (const SignedRequest& vector : vectors) {
    const Verdict verdict = check_signature(vector, kTokens);
    EXPECT_EQ(verdict.check, SignatureCheck::kMatches) << vector.signature;
    EXPECT_EQ(verdict.token, 2U);
    EXPECT_EQ(verdict.variant, "as given");
  }
}

TEST(Signature, is_tried_with_and_without_port_and_with_the_query_encoded_anew) {
  struct Case {
    const char* signed_url;
    const char* seen_url;
    const char* variant;
  };
  const Case cases[] = {
      {"https://x.org/p?a=1", "https://x.org:443/p?a=1", "without the port"},
      {"https://x.org:443/p", "https://x.org/p", "with the standard port"},
      {"http://x.org:80/p", "http://x.org/p", "with the standard port"},
      {"https://x.org/p?a=b%20c!", "https://x.org/p?a=b+c%21", "as given, its query encoded anew"},
      {"https://[::1]/p", "https://[::1]:8443/p", "without the port"},
  };
  for (const Case& c : cases) {
    const auto verdict =
        check_signature(form_request(c.seen_url, kCall, sign_form("12345", c.signed_url, kCall)), kTokens);
    EXPECT_EQ(verdict.check, SignatureCheck::kMatches) << c.seen_url;
    EXPECT_EQ(verdict.variant, c.variant);
  }
}

TEST(Signature, is_refused_with_the_reason) {
  const std::string url = "https://x.org/p";
  const std::string hashed = url + "?" + kHash;
  const std::pair<SignedRequest, SignatureCheck> cases[] = {
      {form_request(url, kCall, ""), SignatureCheck::kNoSignature},
      {form_request(url, kCall, "nonsense"), SignatureCheck::kWrongSignature},
      {form_request(url, kCall, sign_form("a third", url, kCall)), SignatureCheck::kWrongSignature},
      {form_request(url, kCall, sign_form("", url, kCall)), SignatureCheck::kWrongSignature},
      {form_request(url, kCall, sign_form("12345", url, {})), SignatureCheck::kWrongSignature},
      {json_request(url, kJson, sign("12345", url, "")), SignatureCheck::kNoBodyHash},
      {json_request(hashed, "{}", sign("12345", hashed, "")), SignatureCheck::kWrongBodyHash},
      {json_request(hashed, kJson, sign("12345", url, "")), SignatureCheck::kWrongSignature},
  };
  for (const auto& [request, check] : cases) EXPECT_EQ(check_signature(request, kTokens).check, check);
}

TEST(Signature, is_by_the_algorithm_that_the_request_names) {
  struct Case {
    const char* settings;
    Algorithm signed_by;
    SignatureCheck check;
  };
  const Case cases[] = {
      {"", Algorithm::kHmacSha1, SignatureCheck::kMatches},
      {"key=webhooks_sharedkey_01,algorithm=HMAC_SHA256", Algorithm::kHmacSha256, SignatureCheck::kMatches},
      {"algorithm = hmac_sha256 , key=k", Algorithm::kHmacSha256, SignatureCheck::kMatches},
      {"key=webhooks_sharedkey_01,algorithm=HMAC_SHA256", Algorithm::kHmacSha1, SignatureCheck::kWrongSignature},
      {"key=webhooks_sharedkey_01", Algorithm::kHmacSha1, SignatureCheck::kMatches},
      {"algorithm=HMAC_SHA1", Algorithm::kHmacSha1, SignatureCheck::kMatches},
      {"", Algorithm::kHmacSha256, SignatureCheck::kWrongSignature},
      {"algorithm=NONE", Algorithm::kHmacSha1, SignatureCheck::kWrongAlgorithm},
      {"algorithm=", Algorithm::kHmacSha1, SignatureCheck::kWrongAlgorithm},
  };
  for (const Case& c : cases) {
    http::Request headers;
    headers.headers = {{"x-twilio-signature", sign("12345", "https://x.org/p", form_suffix(kCall), c.signed_by)},
                       {"X-Twilio-Webhooks-Signature-Settings", c.settings},
                       {"Authorization", "Basic aG9vazpwdw=="}};
    SignedRequest request = signed_request(headers);
    EXPECT_EQ(request.credentials, "hook:pw");
    request.url = "https://x.org/p";
    request.is_form = true;
    request.suffix = form_suffix(kCall);
    EXPECT_EQ(check_signature(request, kTokens).check, c.check) << c.settings;
  }
}

TEST(SignatureDiagnosis, names_in_what_the_urls_differ) {
  struct Case {
    const char* signed_url;
    const char* seen_url;
    std::vector<std::string> differs;
  };
  const Case cases[] = {
      {"https://x.org/p", "http://x.org/p", {"scheme"}},
      {"https://public.org/p", "https://inner/p", {"host"}},
      {"https://public.org/p", "http://inner:8080/p", {"scheme", "host"}},
      {"https://x.org/p/", "https://x.org/p", {"trailing slash"}},
      {"https://x.org/hooks", "https://x.org/prefix/hooks", {"path"}},
      {"https://x.org/p", "https://x.org/p?a=1", {"query"}},
  };
  const std::vector<std::string> hosts = {"public.org"};
  for (const Case& c : cases) {
    const auto found =
        diagnose(form_request(c.seen_url, kCall, sign_form("12345", c.signed_url, kCall)), kTokens, hosts);
    EXPECT_EQ(found.signed_url, c.signed_url);
    EXPECT_EQ(found.differs, c.differs) << c.seen_url;
  }
  EXPECT_EQ(diagnose(form_request("https://x.org/p", kCall, "nonsense"), kTokens, hosts).signed_url, "");
}

}  // namespace
}  // namespace waybill::webhook
