#include "http/proxy.h"

#include <map>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace waybill::http {
namespace {

using Set = std::map<std::string, std::string>;

base::Result<std::optional<Proxy>> proxy_for(const char* url, const Set& set) {
  return proxy_of(*parse_url(url), [&set](const char* name) -> std::optional<std::string> {
    const auto found = set.find(name);
    if (found == set.end()) return std::nullopt;
    return found->second;
  });
}

TEST(Proxy, TheVariablesOfTheSchemeNameIt) {
  struct Case {
    const char* url;
    Set set;
    std::optional<Proxy> want;
  };
  const Proxy proxy{"proxy.example", 3128, ""};
  const Case cases[] = {
      {"http://a/", {}, std::nullopt},
      {"http://a/", {{"http_proxy", "http://proxy.example:3128"}}, proxy},
      {"http://a/", {{"http_proxy", "proxy.example:3128"}}, proxy},
      {"http://a/", {{"http_proxy", "http://proxy.example"}}, Proxy{"proxy.example", 1080, ""}},
      {"http://a/", {{"http_proxy", "http://[::1]:3128/"}}, Proxy{"::1", 3128, ""}},
      {"http://a/", {{"HTTP_PROXY", "http://proxy.example:3128"}}, std::nullopt},
      {"http://a/", {{"https_proxy", "http://proxy.example:3128"}}, std::nullopt},
      {"https://a/", {{"https_proxy", "http://proxy.example:3128"}}, proxy},
      {"https://a/", {{"HTTPS_PROXY", "http://proxy.example:3128"}}, proxy},
      {"https://a/", {{"https_proxy", ""}, {"ALL_PROXY", "http://proxy.example:3128"}}, proxy},
      {"http://a/", {{"all_proxy", "http://proxy.example:3128"}}, proxy},
      {"http://a/",
       {{"http_proxy", "http://u%40x:p%3A@proxy.example:3128"}},
       Proxy{"proxy.example", 3128, "Basic " + base::to_base64("u@x:p:")}},
  };
  for (const Case& c : cases) {
    const auto found = proxy_for(c.url, c.set);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(*found, c.want) << c.url;
  }
}

TEST(Proxy, HostsThatNoProxyListsAreAskedDirectly) {
  struct Case {
    const char* url;
    const char* no_proxy;
    bool direct;
  };
  const Case cases[] = {
      {"http://a.example/", "*", true},
      {"http://a.example/", "a.example", true},
      {"http://a.example:8080/", "b.example, A.EXAMPLE", true},
      {"http://a.example/", "example", true},
      {"http://a.example/", ".example", true},
      {"http://badexample/", "example", false},
      {"http://a.example/", "b.a.example", false},
      {"http://127.0.0.1:8080/", "localhost,127.0.0.1", true},
      {"http://[::1]:8080/", "[::1]", true},
      {"http://[::1]:8080/", "::1", true},
      {"http://a.example/", "", false},
  };
  for (const Case& c : cases) {
    const auto found = proxy_for(c.url, {{"http_proxy", "http://p:1"}, {"no_proxy", c.no_proxy}});
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(!found->has_value(), c.direct) << c.url << " " << c.no_proxy;
  }
}

TEST(Proxy, WhatIsNoHttpProxyIsRefusedWithoutItsValue) {
  struct Case {
    const char* value;
    const char* why;
  };
  const Case cases[] = {
      {"socks5://secret@p:1", "https_proxy: is not the URL of a proxy; it looks like http://HOST:PORT"},
      {"https://u:secret@p:1", "https_proxy: only proxies that speak http are supported"},
      {"http://u:secret%@p:1", "https_proxy: its user or password is not percent-encoded as it should be"},
      {"http://u:secret@:1", "https_proxy: is not the URL of a proxy; it looks like http://HOST:PORT"},
  };
  for (const Case& c : cases) {
    const auto found = proxy_for("https://a/", {{"https_proxy", c.value}});
    ASSERT_FALSE(found) << c.value;
    EXPECT_EQ(found.error().message(), c.why);
  }
}

TEST(Proxy, AnAuthorityHasAHostAndAPort) {
  struct Case {
    const char* url;
    const char* host;
    std::uint16_t port;
  };
  for (const Case& c : {Case{"http://a/", "a", 80}, Case{"https://a/", "a", 443}, Case{"https://a:8443/x", "a", 8443},
                        Case{"http://[::1]/", "::1", 80}, Case{"http://[::1]:8080/", "::1", 8080}}) {
    const HostAndPort found = host_and_port(*parse_url(c.url));
    EXPECT_EQ(found.host, c.host);
    EXPECT_EQ(found.port, c.port);
  }
}

}  // namespace
}  // namespace waybill::http
