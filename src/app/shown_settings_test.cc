#include "app/shown_settings.h"

#include <gtest/gtest.h>

#include "app/settings.h"

namespace waybill::app {
namespace {

TEST(ShownSettings, no_secret_is_shown) {
  std::map<std::string, std::string> given;
  for (const SettingInfo& info : settings_table()) given[info.name] = "marker";
  given["forward"] =
      "https://user-may-be-secret.example/T00/marker?token=marker, http://[::1]:81/marker,"
      "https://marker:marker@protected.example/marker";
  const auto shown = shown_settings(given);
  EXPECT_EQ(shown.size(), given.size());
  for (const SettingInfo& info : settings_table()) {
    if (!info.secret) continue;
    EXPECT_EQ(shown.at(info.name), "(given, and secret)") << info.name;
  }
  EXPECT_EQ(shown.at("forward"), "https://user-may-be-secret.example/…,http://[::1]:81/…,https://protected.example/…");
  EXPECT_EQ(shown.at("listen"), "marker");
}

TEST(ShownSettings, what_was_not_given_is_not_shown) {
  EXPECT_TRUE(shown_settings({}).empty());
  EXPECT_EQ(shown_settings({{"listen", "127.0.0.1:1"}}).size(), 1U);
}

}  // namespace
}  // namespace waybill::app
