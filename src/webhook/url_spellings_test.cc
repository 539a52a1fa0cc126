#include "webhook/url_spellings.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "webhook/signature.h"

namespace waybill::webhook {
namespace {

const std::vector<std::string> kTokens = {"another", "12345"};
constexpr const char* kHost = "https://x.org/p?";

SignedRequest request_of(const std::string& seen, const std::string& signed_url, const std::string& credentials = "") {
  SignedRequest request;
  request.url = seen;
  request.is_form = true;
  request.suffix = "AccountSidAC1";
  request.signature = sign("12345", signed_url, request.suffix);
  request.credentials = credentials;
  return request;
}

// Both ways: what one side signs the other may have sent.
TEST(SignatureSearch, finds_what_the_validators_take_for_the_same_url_in_both_directions) {
  const std::pair<std::string, std::string> pairs[] = {
      {"tenant=ops@acme.example", "tenant=ops%40acme.example"},
      {"from=sip:agent", "from=sip%3Aagent"},
      {"from=sip:agent", "from=sip%3aagent"},
      {"a=b+c", "a=b%20c"},
      {"a=+14155550100", "a=%2B14155550100"},
      {"team=b&site=a", "site=a&team=b"},
      {"c=1&a=2&b=3", "a=2&b=3&c=1"},
      {"a=1&b=2&a=3", "a=1&a=3&b=2"},
      {"a=caf\xc3\xa9", "a=caf%C3%A9"},
      {"a=x[1]&b={y}", "a=x%5B1%5D&b=%7By%7D"},
      {"a=YQ==", "a=YQ%3D%3D"},
      {"flag", "flag="},
      {"a=b+c&to=sip:x@y", "a=b%20c&to=sip%3Ax%40y"},
      {"b=x@y&a=1", "a=1&b=x%40y"},
  };
  for (const auto& [one, other] : pairs) {
    for (const auto& [seen, signed_query] : {std::pair(one, other), std::pair(other, one)}) {
      const SearchResult found = search_signature(request_of(kHost + seen, kHost + signed_query), kTokens, {});
      EXPECT_EQ(found.verdict.check, SignatureCheck::kMatches) << seen << " signed as " << signed_query;
      EXPECT_EQ(found.verdict.token, 1U);
      EXPECT_LE(found.tried, 256U);
    }
  }
}

TEST(SignatureSearch, takes_every_mark_raw_or_escaped) {
  for (const char mark : std::string_view("!\"$'()*,/:;<>?@[\\]^`{|}~")) {
    const std::string raw = std::string(kHost) + "a=x" + mark + "y";
    const std::string escaped = std::string(kHost) + "a=x" + http::percent_encode({&mark, 1}) + "y";
    if (raw == escaped) continue;
    EXPECT_EQ(search_signature(request_of(escaped, raw), kTokens, {}).verdict.check, SignatureCheck::kMatches) << mark;
    EXPECT_EQ(search_signature(request_of(raw, escaped), kTokens, {}).verdict.check, SignatureCheck::kMatches) << mark;
  }
}

TEST(SignatureSearch, says_which_spelling_it_was) {
  struct Case {
    const char* seen;
    const char* signed_url;
    const char* credentials;
    const char* variant;
  };
  const Case cases[] = {
      {"https://x.org/p", "https://hook:pw@x.org/p", "hook:pw", "with user and password"},
      {"https://x.org/p", "https://hook:p%40w@x.org/p", "hook:p@w", "with user and password"},
      {"https://x.org/p", "https://hook:p@w@x.org/p", "hook:p@w", "with user and password, unescaped"},
      {"https://x.org:443/p?a=%40", "https://x.org/p?a=@", "",
       "without the port, its query with what RFC 3986 lets stand raw"},
      {"https://x.org/p?b=1&a=2", "https://x.org/p?a=2&b=1", "", "with the query's parameters in another order"},
      {"https://x.org/p?a=%3a&b=@", "https://x.org/p?a=%3A&b=@", "", "with escapes in capitals"},
      {"https://x.org/p?a=@&b=:", "https://x.org/p?a=%40&b=:", "", "with @ escaped"},
  };
  for (const Case& c : cases) {
    const SearchResult found = search_signature(request_of(c.seen, c.signed_url, c.credentials), kTokens, {});
    EXPECT_EQ(found.url, c.signed_url);
    EXPECT_EQ(found.verdict.variant, c.variant) << c.seen;
  }
}

TEST(SignatureSearch, ends_at_its_limits) {
  const std::string query = "a=!x@:y;&b=(1)&c=[2]&d=+3&e=%2F";
  const SignedRequest wrong = request_of(kHost + query, "https://another.org/");
  EXPECT_EQ(search_signature(wrong, kTokens, {}).tried, 256U);
  EXPECT_EQ(search_signature(wrong, kTokens, {.spellings_max = 10}).tried, 10U);
  SignedRequest large = wrong;
  large.suffix.assign(60UL * 1024, 'x');
  // Two tokens, 60 KiB each: 34 times.
  EXPECT_EQ(search_signature(large, kTokens, {}).tried, 34U);
  EXPECT_EQ(search_signature(large, kTokens, {}).verdict.check, SignatureCheck::kWrongSignature);
}

TEST(SignatureSearch, without_limits_goes_through_all_combinations) {
  const SignedRequest request =
      request_of("https://x.org/p?a=@:!&b=(&c=;&d=%2F&e=%3F", "https://x.org:443/p?e=?&d=%2f&c=%3b&a=%40:%21&b=(");
  EXPECT_EQ(search_signature(request, kTokens, {}).verdict.check, SignatureCheck::kWrongSignature);
  const SearchResult found = search_signature_to_its_end(request, kTokens);
  EXPECT_EQ(found.verdict.check, SignatureCheck::kMatches);
  EXPECT_GT(found.tried, 256U);
}

// No spelling is looked at twice, and none of the changes leaves the host or the path.
TEST(SpellingSearch, looks_at_each_once_and_stays_at_its_host) {
  std::vector<std::string> seen;
  search_spellings({"https://x.org/p?b=@&a=1+2&c", "u:p"}, Thoroughness::kUsual, [&](const std::string& url) {
    seen.push_back(url);
    return seen.size() < 5000 ? Visit::kGoOn : Visit::kGiveUp;
  });
  EXPECT_EQ(seen.front(), "https://x.org/p?b=@&a=1+2&c");
  EXPECT_GT(seen.size(), 100U);
  for (const std::string& url : seen) EXPECT_NE(url.find("x.org"), std::string::npos);
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

}  // namespace
}  // namespace waybill::webhook
