#include "app/upstream_credentials.h"

#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/files.h"

namespace waybill::app {
namespace {

using Variables = std::map<std::string, std::string>;

TEST(UpstreamCredentials, AKeyGoesBeforeTheAuthToken) {
  const Variables token = {{"TWILIO_ACCOUNT_SID", "AC1"}, {"TWILIO_AUTH_TOKEN", "token"}};
  Variables key = token;
  key["TWILIO_API_KEY"] = "SK1";
  key["TWILIO_API_SECRET"] = "secret";
  const auto by_token = read_upstream_credentials(Environment(token), "");
  ASSERT_TRUE(by_token);
  EXPECT_EQ(by_token->user + ":" + by_token->password, "AC1:token");
  const auto by_key = read_upstream_credentials(Environment(key), "");
  ASSERT_TRUE(by_key);
  EXPECT_EQ(by_key->user + ":" + by_key->password, "SK1:secret");
}

TEST(UpstreamCredentials, WhiteSpaceAroundThemIsNoPartOfThem) {
  const Variables variables = {{"TWILIO_ACCOUNT_SID", " AC1\n"}, {"TWILIO_AUTH_TOKEN", "token\r\n"}};
  const auto credentials = read_upstream_credentials(Environment(variables), "");
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user + ":" + credentials->password, "AC1:token");
  const auto blank =
      read_upstream_credentials(Environment(Variables{{"TWILIO_API_KEY", "SK1"}, {"TWILIO_API_SECRET", " \n"}}), "");
  EXPECT_FALSE(blank);
}

TEST(UpstreamCredentials, WhatIsMissingIsNamedAndNoValueShown) {
  const std::pair<Variables, const char*> cases[] = {
      {{{"TWILIO_API_KEY", "hidden"}}, "TWILIO_API_SECRET is missing"},
      {{{"TWILIO_AUTH_TOKEN", "hidden"}}, "TWILIO_ACCOUNT_SID is missing"},
      {{{"TWILIO_ACCOUNT_SID", "hidden"}},
       "an upstream asks who you are: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"},
      {{}, "an upstream asks who you are: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"},
  };
  for (const auto& [variables, why] : cases) {
    const auto credentials = read_upstream_credentials(Environment(variables), "");
    ASSERT_FALSE(credentials);
    EXPECT_TRUE(credentials.error().message().starts_with(why)) << credentials.error().message();
    EXPECT_EQ(credentials.error().message().find("hidden"), std::string::npos);
  }
}

TEST(UpstreamCredentials, AFileIsReadInsteadOfTheEnvironment) {
  const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "upstream_credentials_test.env";
  ASSERT_TRUE(
      base::write_private_file(file, "# whose\n\nexport TWILIO_ACCOUNT_SID=AC2\n TWILIO_AUTH_TOKEN = 'a=b' \n"));
  const Environment other(Variables{{"TWILIO_API_KEY", "SK1"}, {"TWILIO_API_SECRET", "secret"}});
  const auto credentials = read_upstream_credentials(other, file);
  ASSERT_TRUE(credentials) << credentials.error().message();
  EXPECT_EQ(credentials->user + ":" + credentials->password, "AC2:a=b");

  ASSERT_TRUE(base::write_private_file(file, "TWILIO_ACCOUNT_SID=AC2\nhidden\n"));
  const auto refused = read_upstream_credentials(other, file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), file.string() + ": line 2: must be NAME=value");
  std::filesystem::remove(file);
  EXPECT_FALSE(read_upstream_credentials(other, file));
}

}  // namespace
}  // namespace waybill::app
