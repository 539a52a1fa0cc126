#include "cli/patient.h"

#include <gtest/gtest.h>

#include "cli/trust.h"

namespace waybill::cli {
namespace {

TEST(Patient, a_token_goes_by_tls_or_within_the_machine) {
  struct Case {
    const char* url;
    bool is_private;
    bool is_this_machine;
  };
  const Case cases[] = {
      {"http://127.0.0.1:8080", true, true},        {"http://127.0.0.1", true, true},
      {"http://localhost:80", true, true},          {"http://[::1]:8080", true, true},
      {"https://archive.example.org", true, false}, {"https://127.0.0.1:8443", true, true},
      {"http://archive.example.org", false, false}, {"http://10.0.0.1:8080", false, false},
      {"http://127.example.org", false, false},     {"http://localhost.example.org", false, false},
      {"http://[2001:db8::1]", false, false},       {"nonsense", false, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(is_private_way(c.url), c.is_private) << c.url;
    EXPECT_EQ(is_this_machine(c.url), c.is_this_machine) << c.url;
  }
}

TEST(Patient, a_server_is_reached_where_it_listens) {
  struct Case {
    const char* host;
    std::uint16_t port;
    bool is_encrypted;
    const char* url;
  };
  const Case cases[] = {
      {"127.0.0.1", 8080, false, "http://127.0.0.1:8080"},
      {"0.0.0.0", 80, false, "http://127.0.0.1:80"},
      {"::", 443, true, "https://[::1]:443"},
      {"10.0.0.1", 443, true, "https://10.0.0.1:443"},
      {"127.0.0.1", 0, false, ""},
  };
  for (const Case& c : cases) {
    app::Settings settings;
    settings.http.host = c.host;
    settings.http.port = c.port;
    settings.tls_self_signed = c.is_encrypted;
    EXPECT_EQ(local_url(settings), c.url);
  }
}

}  // namespace
}  // namespace waybill::cli
