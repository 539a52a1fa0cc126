#include "api/public_base.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace waybill::api {
namespace {

struct RangeCase {
  std::string_view range;
  std::vector<std::string_view> inside;
  std::vector<std::string_view> outside;
};

TEST(AddressRange, holds_addresses_of_its_kind) {
  const RangeCase cases[] = {
      {"192.0.2.7", {"192.0.2.7", "::ffff:192.0.2.7"}, {"192.0.2.6", "192.0.2.8", "::1", "", "192.0.2.7x"}},
      {"192.0.2.7/32", {"192.0.2.7"}, {"192.0.2.6"}},
      {"10.0.0.0/8",
       {"10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"},
       {"9.255.255.255", "11.0.0.0", "::ffff:11.0.0.0"}},
      {"10.1.2.3/8", {"10.0.0.0", "10.255.255.255"}, {"11.0.0.0"}},
      {"172.16.0.0/12", {"172.16.0.0", "172.31.255.255"}, {"172.15.255.255", "172.32.0.0"}},
      {"192.0.2.128/25", {"192.0.2.128", "192.0.2.255"}, {"192.0.2.127"}},
      {"192.0.2.6/31", {"192.0.2.6", "192.0.2.7"}, {"192.0.2.5", "192.0.2.8"}},
      {"0.0.0.0/0", {"0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"}, {"::1", "2001:db8::1"}},
      {"::1", {"::1", "0:0:0:0:0:0:0:1"}, {"::2", "0.0.0.1", "127.0.0.1"}},
      {"2001:db8::/32", {"2001:db8::", "2001:db8:ffff::1"}, {"2001:db9::", "2001:db7:ffff::"}},
      {"2001:db8::/33", {"2001:db8:7fff::1"}, {"2001:db8:8000::1"}},
      {"::/0", {"::1", "2001:db8::1"}, {"127.0.0.1"}},
      {"::ffff:192.0.2.7", {"192.0.2.7", "::ffff:192.0.2.7"}, {"192.0.2.8"}},
      {"fe80::/10", {"fe80::1", "febf::1"}, {"fec0::1"}},
  };
  for (const RangeCase& c : cases) {
    SCOPED_TRACE(c.range);
    const auto range = AddressRange::parse(c.range);
    ASSERT_TRUE(range) << range.error().message();
    for (const std::string_view address : c.inside) EXPECT_TRUE(range->contains(address)) << address;
    for (const std::string_view address : c.outside) EXPECT_FALSE(range->contains(address)) << address;
  }
}

TEST(AddressRange, refuses_what_is_no_range_and_says_which) {
  for (const char* const text : {"", "localhost", "10.0.0", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/",
                                 "10.0.0.0/x", "10.0.0.0/8/8", "/8", "::1/129", "::g", "10.0.0.0 /8", " 10.0.0.0",
                                 "10.0.0.0-10.0.0.9", "[::1]", "10.0.0.0/8 "}) {
    const auto range = AddressRange::parse(text);
    ASSERT_FALSE(range) << text;
    EXPECT_EQ(range.error().message(), "'" + std::string(text) + "' is no address and no range such as 10.0.0.0/8");
  }
}

TEST(AddressRange, the_length_of_a_mapped_range_counts_as_ipv6_does) {
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const auto range = AddressRange::parse("::ffff:10.0.0.0/104");
  ASSERT_TRUE(range) << range.error().message();
  EXPECT_TRUE(range->contains("10.1.2.3"));
  EXPECT_FALSE(range->contains("11.1.2.3"));
  EXPECT_TRUE(AddressRange::parse("::ffff:10.0.0.7/128")->contains("10.0.0.7"));
  EXPECT_FALSE(AddressRange::parse("::ffff:10.0.0.7/128")->contains("10.0.0.6"));
  EXPECT_FALSE(AddressRange::parse("::ffff:10.0.0.0/8")) << "reaches far beyond IPv4";
  EXPECT_FALSE(AddressRange::parse("::ffff:10.0.0.0/95"));
  EXPECT_TRUE(AddressRange::parse("::ffff:10.0.0.0/96")->contains("192.0.2.1"));
}

struct Case {
  std::string_view name;
  std::string public_url;
  std::vector<std::string_view> trusted;
  std::string peer;
  std::vector<http::Header> headers;
  std::string want;  // the base; the error's message where it begins with a name and a colon
};

void check(const Case& c) {
  SCOPED_TRACE(c.name);
  PublicBaseSettings settings;
  settings.public_url = c.public_url;
  for (const std::string_view range : c.trusted) settings.trusted_proxies.push_back(*AddressRange::parse(range));
  http::Request request;
  request.peer_address = c.peer;
  request.headers = c.headers;
  const auto base = public_base(settings, request);
  if (base) {
    EXPECT_EQ(*base, c.want);
    return;
  }
  EXPECT_EQ(base.error().message, c.want);
  EXPECT_EQ(base.error().status, 400);
  EXPECT_EQ(base.error().code, 20001);
}

TEST(PublicBase, is_the_setting_else_the_requests_own) {
  const http::Header host = {"Host", "events.example:8080"};
  const Case cases[] = {
      {"the setting", "https://e.example/waybill", {}, "127.0.0.1", {host}, "https://e.example/waybill"},
      {"the setting, whatever a proxy says",
       "https://e.example",
       {"127.0.0.1"},
       "127.0.0.1",
       {host, {"X-Forwarded-Host", "x"}, {"X-Forwarded-Proto", "http"}},
       "https://e.example"},
      {"Host", "", {}, "127.0.0.1", {host}, "http://events.example:8080"},
      {"Host in any case", "", {}, "127.0.0.1", {{"hOST", "h"}}, "http://h"},
      {"an IPv6 host", "", {}, "::1", {{"Host", "[::1]:8080"}}, "http://[::1]:8080"},
      {"no Host", "", {}, "127.0.0.1", {}, "http://localhost"},
  };
  for (const Case& c : cases) check(c);
}

TEST(PublicBase, believes_trusted_proxies_alone) {
  const http::Header host = {"Host", "inner"};
  const http::Header proto = {"X-Forwarded-Proto", "https"};
  const http::Header forwarded = {"X-Forwarded-Host", "outer.example"};
  const Case cases[] = {
      {"nobody is trusted", "", {}, "10.0.0.1", {host, proto, forwarded}, "http://inner"},
      {"somebody else is trusted", "", {"10.0.0.2"}, "10.0.0.1", {host, proto, forwarded}, "http://inner"},
      {"the peer is trusted",
       "",
       {"10.0.0.2", "10.0.0.1"},
       "10.0.0.1",
       {host, proto, forwarded},
       "https://outer.example"},
      {"the peer's range is trusted",
       "",
       {"10.0.0.0/8"},
       "10.9.9.9",
       {host, proto, forwarded},
       "https://outer.example"},
      {"an IPv4 peer of an IPv6 socket",
       "",
       {"10.0.0.0/8"},
       "::ffff:10.0.0.1",
       {host, proto, forwarded},
       "https://outer.example"},
      {"an IPv6 peer", "", {"::1"}, "::1", {host, proto, forwarded}, "https://outer.example"},
      {"a peer without an address", "", {"0.0.0.0/0"}, "", {host, proto, forwarded}, "http://inner"},
      {"the scheme alone", "", {"::1"}, "::1", {host, proto}, "https://inner"},
      {"the host alone", "", {"::1"}, "::1", {host, forwarded}, "http://outer.example"},
      {"the scheme in capitals", "", {"::1"}, "::1", {host, {"X-Forwarded-Proto", "HTTPS"}}, "https://inner"},
      {"a scheme nobody serves", "", {"::1"}, "::1", {host, {"X-Forwarded-Proto", "javascript"}}, "http://inner"},
      {"lists of several proxies: the first is the client's",
       "",
       {"::1"},
       "::1",
       {host, {"X-Forwarded-Proto", "https , http"}, {"X-Forwarded-Host", " outer.example:444 , inner"}},
       "https://outer.example:444"},
      {"nothing but X-Forwarded-Host", "", {"::1"}, "::1", {forwarded}, "http://outer.example"},
      {"a port", "", {"::1"}, "::1", {proto, forwarded, {"X-Forwarded-Port", "8443"}}, "https://outer.example:8443"},
      {"a port for the Host", "", {"::1"}, "::1", {host, proto, {"X-Forwarded-Port", "8443, 1"}}, "https://inner:8443"},
      {"a port for an IPv6 host",
       "",
       {"::1"},
       "::1",
       {{"Host", "[::2]"}, {"X-Forwarded-Port", "81"}},
       "http://[::2]:81"},
      {"a port that the host names",
       "",
       {"::1"},
       "::1",
       {{"X-Forwarded-Host", "outer.example:444"}, {"X-Forwarded-Port", "8443"}},
       "http://outer.example:444"},
      {"standard ports are not written",
       "",
       {"::1"},
       "::1",
       {proto, host, {"X-Forwarded-Port", "80"}},
       "https://inner"},
      {"what is no port", "", {"::1"}, "::1", {host, {"X-Forwarded-Port", "70000"}}, "http://inner"},
      {"a port from one who is not trusted", "", {"::2"}, "::1", {host, {"X-Forwarded-Port", "81"}}, "http://inner"},
  };
  for (const Case& c : cases) check(c);
}

TEST(PublicBase, refuses_a_host_that_could_not_stand_in_a_url) {
  const auto refused = [](std::string_view name, const std::string& value) {
    return std::string(name) + ": '" + value + "' cannot stand in a URL";
  };
  for (const char* const host : {"", "a b", "a/b", "a@b", "a?b", "a#b", "\"", "<x>", "a\\b"}) {
    check({host, "", {}, "127.0.0.1", {{"Host", host}}, refused("Host", host)});
    check(
        {host, "", {"::1"}, "::1", {{"Host", "fine"}, {"X-Forwarded-Host", host}}, refused("X-Forwarded-Host", host)});
  }
  check({"not from one who is not trusted",
         "",
         {},
         "::1",
         {{"Host", "fine"}, {"X-Forwarded-Host", "a b"}},
         "http://fine"});
}

TEST(ClientNetwork, is_the_first_that_no_trusted_proxy_stands_for) {
  struct NetworkCase {
    std::string peer;
    std::string forwarded;
    std::string same_as;
  };
  const NetworkCase cases[] = {
      {"192.0.2.1", "", "192.0.2.1"},
      {"192.0.2.1", "198.51.100.9", "192.0.2.1"},
      {"10.0.0.1", "", "10.0.0.1"},
      {"10.0.0.1", "198.51.100.9", "198.51.100.9"},
      {"10.0.0.1", "203.0.113.5, 198.51.100.9", "198.51.100.9"},
      {"10.0.0.1", "203.0.113.5, 198.51.100.9, 10.0.0.2", "198.51.100.9"},
      {"10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"},
      {"::ffff:10.0.0.1", "2001:db8:1:2:3::4", "2001:db8:1:2:9::9"},
      {"10.0.0.1", "unknown", "nobody"},
  };
  PublicBaseSettings settings;
  settings.trusted_proxies = {*AddressRange::parse("10.0.0.0/8")};
  for (const NetworkCase& c : cases) {
    http::Request request;
    request.peer_address = c.peer;
    if (!c.forwarded.empty()) request.headers.push_back({"X-Forwarded-For", c.forwarded});
    http::Request plain;
    plain.peer_address = c.same_as;
    EXPECT_EQ(client_network(settings, request), client_network({}, plain)) << c.peer << " for " << c.forwarded;
  }
}

}  // namespace
}  // namespace waybill::api
