#include "app/client_proxy.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/files.h"

namespace waybill::app {
namespace {

const base::WallTime kNow =
    std::chrono::floor<std::chrono::milliseconds>(std::chrono::sys_days(std::chrono::January / 1 / 2026));

// A data directory of its own.
class ClientProxy : public ::testing::Test {
 public:
  ClientProxy() : data(std::filesystem::temp_directory_path() / ("waybill-proxy-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(data);
  }
  ~ClientProxy() override { std::filesystem::remove_all(data); }

  // What is shown and who is trusted at a time.
  [[nodiscard]] std::pair<std::string, std::string> prepare(base::WallTime now) const {
    const auto context = prepare_client_proxy(data, now);
    EXPECT_TRUE(context) << context.error().message();
    const auto authority = base::read_file(client_proxy_files(data).authority.certificate);
    EXPECT_TRUE(authority);
    return {(*context)->fingerprint(), *authority};
  }

  const std::filesystem::path data;
};

TEST_F(ClientProxy, keeps_its_authority_and_renews_the_certificate_by_it) {
  const auto first = prepare(kNow);
  EXPECT_EQ(prepare(kNow + std::chrono::days(700)), first);
  const auto later = prepare(kNow + std::chrono::days(800));
  EXPECT_NE(later.first, first.first);
  EXPECT_EQ(later.second, first.second) << "clients go on to trust it";
  EXPECT_NE(prepare(kNow + std::chrono::days(3640)).second, first.second);
}

TEST_F(ClientProxy, lets_its_owner_alone_read_the_keys) {
  static_cast<void>(prepare(kNow));
  const ClientProxyFiles files = client_proxy_files(data);
  for (const std::filesystem::path& key : {files.authority.key, files.host.key}) {
    const auto mode = std::filesystem::status(key).permissions() & std::filesystem::perms::all;
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write) << key;
  }
}

TEST_F(ClientProxy, does_not_replace_what_it_cannot_read) {
  static_cast<void>(prepare(kNow));
  const std::filesystem::path key = client_proxy_files(data).authority.key;
  ASSERT_TRUE(base::write_private_file(key, "no key"));
  const auto refused = prepare_client_proxy(data, kNow);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message().starts_with(key.string())) << refused.error().message();
}

}  // namespace
}  // namespace waybill::app
