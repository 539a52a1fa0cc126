#include "app/tls_setup.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/clock.h"

namespace waybill::app {
namespace {

const base::WallTime kNow =
    std::chrono::floor<std::chrono::milliseconds>(std::chrono::sys_days(std::chrono::January / 1 / 2026));

// A data directory of its own.
class TlsSetup : public ::testing::Test {
 public:
  TlsSetup() {
    settings.data = std::filesystem::temp_directory_path() / ("waybill-tls-setup-" + std::to_string(getpid()));
    std::filesystem::create_directories(settings.data);
  }
  ~TlsSetup() override { std::filesystem::remove_all(settings.data); }

  [[nodiscard]] std::string fingerprint(base::WallTime now) const {
    const auto files = prepare_tls(settings, now);
    EXPECT_TRUE(files && *files);
    const auto context = http::TlsContext::load(**files);
    EXPECT_TRUE(context);
    return (*context)->fingerprint();
  }

  Settings settings;
};

TEST_F(TlsSetup, without_a_setting_there_is_none) {
  const auto files = prepare_tls(settings, kNow);
  ASSERT_TRUE(files);
  EXPECT_FALSE(*files);
}

TEST_F(TlsSetup, a_self_signed_certificate_is_kept_until_it_is_about_to_end) {
  settings.tls_self_signed = true;
  const std::string first = fingerprint(kNow);
  EXPECT_EQ(fingerprint(kNow + std::chrono::days(700)), first);
  EXPECT_NE(fingerprint(kNow + std::chrono::days(800)), first);
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(settings.data / "tls/key.pem").permissions(),
            perms::owner_read | perms::owner_write);
}

TEST_F(TlsSetup, settings_that_contradict_each_other_are_refused) {
  settings.tls_key = "key.pem";
  EXPECT_EQ(prepare_tls(settings, kNow).error().message(), "tls-certificate and tls-key must be given together");
  settings.tls_certificate = "certificate.pem";
  EXPECT_TRUE(prepare_tls(settings, kNow));
  settings.tls_self_signed = true;
  EXPECT_NE(prepare_tls(settings, kNow).error().message().find("leave out tls-certificate"), std::string::npos);
}

TEST_F(TlsSetup, a_replaced_file_is_noticed_once_and_when_it_has_settled) {
  const http::TlsFiles files{settings.data / "certificate.pem", settings.data / "key.pem"};
  std::ofstream(files.certificate) << "one";
  TlsWatch watch(files);
  EXPECT_FALSE(watch.have_changed());
  std::ofstream(files.certificate) << "other";
  EXPECT_FALSE(watch.have_changed());
  std::ofstream(files.key) << "its key";
  EXPECT_FALSE(watch.have_changed());
  EXPECT_TRUE(watch.have_changed());
  EXPECT_FALSE(watch.have_changed());
}

TEST(IsReachable, tells_this_machine_from_others) {
  for (const char* const host : {"localhost", "127.0.0.1", "127.9.9.9", "::1"})
    EXPECT_FALSE(is_reachable(host)) << host;
  for (const char* const host : {"0.0.0.0", "::", "192.0.2.1", "2001:db8::1"}) EXPECT_TRUE(is_reachable(host)) << host;
}

}  // namespace
}  // namespace waybill::app
