#include "http/connect_request.h"

#include <gtest/gtest.h>

namespace waybill::http {
namespace {

constexpr const char* kTarget = "taskrouter.twilio.com:443";
constexpr std::size_t kMax = 200;

TEST(ConnectRequest, leads_to_one_target_alone) {
  using State = ConnectRequest::State;
  const std::pair<std::string, State> cases[] = {
      {"", State::kIncomplete},
      {"CONNECT taskrouter.twilio.com:443 HTTP/1.1\r\nHost: x\r\n", State::kIncomplete},
      {"CONNECT taskrouter.twilio.com:443 HTTP/1.1\r\n\r\n", State::kForTarget},
      {"CONNECT TaskRouter.Twilio.com:443 HTTP/1.0\r\nHost: x\r\n\r\n", State::kForTarget},
      {"CONNECT taskrouter.twilio.com:443 HTTP/1.1\r\n\r\n\x16\x03", State::kMalformed},
      {"CONNECT api.twilio.com:443 HTTP/1.1\r\n\r\n", State::kRefused},
      {"CONNECT taskrouter.twilio.com:80 HTTP/1.1\r\n\r\n", State::kRefused},
      {"CONNECT taskrouter.twilio.com HTTP/1.1\r\n\r\n", State::kRefused},
      {"CONNECT taskrouter.twilio.com.evil.example:443 HTTP/1.1\r\n\r\n", State::kRefused},
      {"GET http://taskrouter.twilio.com/ HTTP/1.1\r\n\r\n", State::kRefused},
      {"\x16\x03\x01\r\n\r\n", State::kMalformed},
      {"CONNECT  HTTP/1.1\r\n\r\n", State::kMalformed},
      {"CONNECT x:1 SPDY/3\r\n\r\n", State::kMalformed},
      {"CONNECT " + std::string(kMax, 'x'), State::kMalformed},
  };
  for (const auto& [bytes, state] : cases) {
    EXPECT_EQ(static_cast<int>(read_connect(bytes, kTarget, kMax).state), static_cast<int>(state)) << bytes;
  }
  EXPECT_EQ(read_connect("CONNECT api.twilio.com:443 HTTP/1.1\r\n\r\n", kTarget, kMax).why,
            "This proxy leads to taskrouter.twilio.com:443 and nowhere else; CONNECT 'api.twilio.com:443' is refused.");
}

}  // namespace
}  // namespace waybill::http
