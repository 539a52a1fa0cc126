#include "relay/poster.h"

#include <gtest/gtest.h>

#include "http/testing/test_server.h"

namespace waybill::relay {
namespace {

TEST(ParseReceiver, gives_every_url_a_path_and_changes_nothing_else) {
  const std::pair<const char*, const char*> cases[] = {
      {"https://crm.example.com", "https://crm.example.com/"},
      {"http://localhost:3000?a=b", "http://localhost:3000/?a=b"},
      {"https://crm.example.com/Hook%20s?x=1&y=2", "https://crm.example.com/Hook%20s?x=1&y=2"},
  };
  for (const auto& [text, url] : cases) {
    const auto parsed = parse_receiver(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->url, url);
    EXPECT_EQ(parsed->credentials, "");
  }
}

TEST(ParseReceiver, keeps_user_and_password_apart) {
  struct Case {
    const char* text;
    const char* url;
    const char* credentials;
  };
  const Case cases[] = {
      {"https://hook:p%40ss@crm.example.com/x?a=b@c", "https://crm.example.com/x?a=b@c", "hook:p@ss"},
      {"https://hook:p@ss@crm.example.com", "https://crm.example.com/", "hook:p@ss"},
      {"https://crm.example.com/x@y", "https://crm.example.com/x@y", ""},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_receiver(c.text);
    ASSERT_TRUE(parsed) << c.text;
    EXPECT_EQ(parsed->url, c.url);
    EXPECT_EQ(parsed->credentials, c.credentials);
  }
}

TEST(ParseReceiver, refuses_what_cannot_be_posted_to) {
  const std::pair<const char*, const char*> cases[] = {
      {"crm.example.com", "'crm.example.com' is no absolute URL"},
      {"ftp://crm.example.com/", "'ftp://crm.example.com/' is neither http nor https"},
      {"https://secret@crm.example.com/", "the URL holds no user and password of the form user:password@"},
      {"https://:secret@crm.example.com/", "the URL holds no user and password of the form user:password@"},
      {"https://u:%zz@crm.example.com/", "the user and password of the URL hold a '%' without two hex digits"},
      {"https://crm.example.com/#rc=3", "'https://crm.example.com/#rc=3' must not have a fragment"},
  };
  for (const auto& [text, message] : cases) {
    const auto parsed = parse_receiver(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().message(), message);
  }
}

TEST(SignedHeaders, sign_the_decoded_form) {
  const auto headers = signed_headers("12345", {"https://mycompany.com/myapp.php?foo=1&bar=2", ""},
                                      "To=%2B18005551212&From=%2B14158675309&Digits=1234&Caller=%2B14158675309&"
                                      "CallSid=CA1234567890ABCDE");
  ASSERT_TRUE(headers);
  EXPECT_EQ((*headers)[1].name, "X-Twilio-Signature");
  EXPECT_EQ((*headers)[1].value, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
  EXPECT_EQ(headers->size(), 3U);
  EXPECT_FALSE(signed_headers("12345", {"https://x/", ""}, "a=%"));
}

TEST(SignedHeaders, carry_the_credentials_and_sign_the_url_without_them) {
  const auto plain = signed_headers("12345", {"https://x/", ""}, "a=b");
  const auto headers = signed_headers("12345", {"https://x/", "hook:pw"}, "a=b");
  ASSERT_TRUE(plain && headers);
  EXPECT_EQ((*headers)[1].value, (*plain)[1].value);
  ASSERT_EQ(headers->size(), 4U);
  EXPECT_EQ(headers->back().name, "Authorization");
  EXPECT_EQ(headers->back().value, "Basic aG9vazpwdw==");
}

TEST(UrlForLog, leaves_out_the_query) {
  EXPECT_EQ(url_for_log("https://x/y"), "https://x/y");
  EXPECT_EQ(url_for_log("https://x/y?key=secret"), "https://x/y?…");
}

TEST(HttpPoster, posts_the_form_as_it_is) {
  const auto server = http::testing::start_server(http::testing::echo);
  const std::atomic<bool> is_stopping = false;
  const auto poster = make_http_poster(std::chrono::seconds(10), {}, is_stopping);
  const auto answer = poster->post("http://127.0.0.1:" + std::to_string(server->port()) + "/h?a=b", {}, "x=%20+");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "POST /h ?a=b x=%20+");
}

TEST(HttpPoster, gives_up_when_it_is_told_to) {
  // A receiver that never answers, until it ends.
  std::vector<http::Reply> kept;
  auto server =
      http::testing::start_server([&kept](http::Request&&, http::Reply reply) { kept.push_back(std::move(reply)); });
  const std::atomic<bool> is_stopping = true;
  const auto poster = make_http_poster(std::chrono::hours(1), {}, is_stopping);
  EXPECT_FALSE(poster->post("http://127.0.0.1:" + std::to_string(server->port()) + "/", {}, "a=b"));
  server.reset();
}

}  // namespace
}  // namespace waybill::relay
