#include "api/access.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crypto.h"

namespace waybill::api {
namespace {

using base::Result;

// A registry of the accounts and keys that the test puts into it; it counts how often they are read.
class ScriptedRegistry final : public store::Registry {
 public:
  [[nodiscard]] Result<std::vector<model::Account>> accounts() const override {
    ++reads;
    if (fail) return refuse();
    return known_accounts;
  }
  [[nodiscard]] Result<std::vector<model::ApiKey>> keys() const override {
    if (fail) return refuse();
    return known_keys;
  }
  [[nodiscard]] Result<std::int64_t> access_version() const override {
    if (fail_version) return refuse();
    return version;
  }

  // Nobody who only looks calls what follows.
  Result<model::Account> create_account(const model::Account&) override { return refuse(); }
  Result<void> set_auth_token(const model::AccountSid&, const std::string&) override { return refuse(); }
  Result<void> disable_account(const model::AccountSid&, base::WallTime) override { return refuse(); }
  Result<void> create_key(const model::ApiKey&) override { return refuse(); }
  Result<void> revoke_key(const model::ApiKeySid&, base::WallTime) override { return refuse(); }
  [[nodiscard]] std::vector<model::Workspace> workspaces(model::AccountNumber) const override { return {}; }
  [[nodiscard]] std::optional<model::Workspace> find_workspace(model::AccountNumber,
                                                               const model::WorkspaceSid&) const override {
    return std::nullopt;
  }
  [[nodiscard]] Result<std::vector<store::WorkspaceSummary>> summaries() const override { return refuse(); }

  std::vector<model::Account> known_accounts;
  std::vector<model::ApiKey> known_keys;
  std::int64_t version = 1;
  bool fail = false;
  bool fail_version = false;
  mutable int reads = 0;

 private:
  static base::Error refuse() { return {base::ErrorCode::kIo, "as told"}; }
};

constexpr const char* kSid = "AC0123456789abcdef0123456789abcdef";
constexpr const char* kToken = "an auth token: with colons, blanks and é";
constexpr const char* kOtherSid = "AC22222222222222222222222222222222";
constexpr const char* kDisabledSid = "AC33333333333333333333333333333333";
constexpr const char* kKey = "SK11111111111111111111111111111111";
constexpr const char* kSecret = "the secret of a key";
constexpr const char* kRevokedKey = "SK22222222222222222222222222222222";
constexpr const char* kKeyOfDisabled = "SK33333333333333333333333333333333";
constexpr const char* kAdmin = "an administrator's token";

class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    const auto account = [](std::uint32_t number, std::string_view sid, const char* token) {
      return model::Account{model::AccountNumber{number}, *model::AccountSid::parse(sid), token, "", {}, {}};
    };
    registry_.known_accounts = {account(1, kSid, kToken), account(2, kOtherSid, "another token"),
                                account(3, kDisabledSid, kToken)};
    registry_.known_accounts[2].disabled = base::from_ms(1);
    const auto key = [](std::uint32_t account_number, std::string_view sid) {
      return model::ApiKey{
          *model::ApiKeySid::parse(sid), model::AccountNumber{account_number}, base::sha256(kSecret), "", {}, {}};
    };
    registry_.known_keys = {key(1, kKey), key(1, kRevokedKey), key(3, kKeyOfDisabled)};
    registry_.known_keys[1].revoked = base::from_ms(1);
    EXPECT_TRUE(access_.refresh());
  }

  // The number of the account that this header proves; 0 for none.
  [[nodiscard]] std::uint32_t account_of(const std::string& authorization) const {
    http::Request request;
    request.headers = {{"Authorization", authorization}};
    const auto account = access_.authenticate(request);
    return account ? static_cast<std::uint32_t>(account->number) : 0;
  }

  [[nodiscard]] std::uint32_t login(std::string_view user, std::string_view password) const {
    return account_of("Basic " + base::to_base64(std::string(user) + ":" + std::string(password)));
  }

  ScriptedRegistry registry_;
  Access access_{registry_, kAdmin};
};

TEST_F(AccessTest, an_account_comes_in_with_its_own_token_alone) {
  EXPECT_EQ(login(kSid, kToken), 1U);
  EXPECT_EQ(login("AC0123456789ABCDEF0123456789ABCDEF", kToken), 1U) << "hex case does not matter";
  EXPECT_EQ(login(kOtherSid, "another token"), 2U);
  const std::pair<std::string, std::string> refused[] = {
      {kSid, ""},
      {kSid, "another token"},
      {kSid, std::string(kToken) + " "},
      {kSid, std::string(kToken).substr(1)},
      {kSid, std::string(kToken) + std::string(1, '\0')},
      {kSid, kAdmin},
      {kSid, kSid},
      {"", ""},
      {"", kToken},
      {"ac0123456789abcdef0123456789abcdef", kToken},
      {" AC0123456789abcdef0123456789abcdef", kToken},
      {"AC0123456789abcdef0123456789abcde", kToken},
      {"AC99999999999999999999999999999999", kToken},
      {"AC99999999999999999999999999999999", ""},
      {"admin", kAdmin},
  };
  for (const auto& [user, password] : refused) EXPECT_EQ(login(user, password), 0U) << user << " " << password;
}

TEST_F(AccessTest, a_key_comes_in_for_its_account) {
  EXPECT_EQ(login(kKey, kSecret), 1U);
  EXPECT_EQ(login(kKey, ""), 0U);
  EXPECT_EQ(login(kKey, "another secret"), 0U);
  EXPECT_EQ(login(kKey, kToken), 0U) << "the token of its account is not the key's secret";
  EXPECT_EQ(login(kKey, base::to_hex(base::sha256(kSecret))), 0U) << "what is stored opens nothing";
  EXPECT_EQ(login("SK99999999999999999999999999999999", kSecret), 0U);
  EXPECT_EQ(login("SK1", kSecret), 0U);
}

TEST_F(AccessTest, what_is_disabled_or_revoked_stays_out) {
  EXPECT_EQ(login(kDisabledSid, kToken), 0U);
  EXPECT_EQ(login(kRevokedKey, kSecret), 0U);
  EXPECT_EQ(login(kKeyOfDisabled, kSecret), 0U) << "with its account go its keys";
}

TEST_F(AccessTest, the_header_must_be_basic_in_base64) {
  const std::string pair = std::string(kSid) + ":" + kToken;
  const std::string encoded = base::to_base64(pair);
  for (const std::string& fine :
       {"Basic " + encoded, "basic " + encoded, "BASIC   " + encoded, "Basic " + encoded + " "}) {
    EXPECT_EQ(account_of(fine), 1U) << fine;
  }
  const std::string refused[] = {
      "",
      "Basic",
      "Basic ",
      encoded,
      "Basic" + encoded,
      "Bearer " + encoded,
      "Basic " + pair,
      "Basic " + encoded + "x",
      "Basic " + encoded.substr(0, encoded.size() - 1),
      "Basic =" + encoded,
      "Basic " + base::to_base64(kSid),
      "Basic " + base::to_base64(""),
      "Basic " + base::to_base64(":"),
      "Basic " + base::to_base64(pair + "\n"),
      "Digest username=x",
  };
  for (const std::string& header : refused) EXPECT_EQ(account_of(header), 0U) << header;
  EXPECT_FALSE(access_.authenticate({})) << "no header at all";
}

TEST_F(AccessTest, nobody_comes_in_before_the_first_refresh) {
  const Access fresh(registry_, kAdmin);
  http::Request request;
  request.headers = {{"Authorization", "Basic " + base::to_base64(std::string(kSid) + ":" + kToken)}};
  EXPECT_FALSE(fresh.authenticate(request));
}

TEST_F(AccessTest, a_change_counts_from_the_next_refresh) {
  registry_.known_accounts[0].auth_token = "a new token";
  registry_.known_keys[0].revoked = base::from_ms(2);
  registry_.known_accounts.push_back(
      {model::AccountNumber{4}, *model::AccountSid::parse("AC44444444444444444444444444444444"), "t", "", {}, {}});
  EXPECT_EQ(login(kSid, kToken), 1U);
  EXPECT_TRUE(access_.refresh());
  EXPECT_EQ(login(kSid, kToken), 1U) << "the version says that nothing has changed";
  EXPECT_EQ(registry_.reads, 1);

  ++registry_.version;
  EXPECT_TRUE(access_.refresh());
  EXPECT_EQ(registry_.reads, 2);
  EXPECT_EQ(login(kSid, kToken), 0U);
  EXPECT_EQ(login(kSid, "a new token"), 1U);
  EXPECT_EQ(login(kKey, kSecret), 0U);
  EXPECT_EQ(login("AC44444444444444444444444444444444", "t"), 4U);
}

TEST_F(AccessTest, a_registry_that_cannot_be_read_changes_nothing) {
  ++registry_.version;
  registry_.known_accounts.clear();
  registry_.fail = true;
  EXPECT_EQ(access_.refresh().error().message(), "as told");
  EXPECT_EQ(login(kSid, kToken), 1U);
  registry_.fail_version = true;
  EXPECT_FALSE(access_.refresh());
  EXPECT_EQ(login(kSid, kToken), 1U);
  registry_.fail = registry_.fail_version = false;
  EXPECT_TRUE(access_.refresh());
  EXPECT_EQ(login(kSid, kToken), 0U) << "the change was not taken for read";
}

TEST_F(AccessTest, the_administrator_bears_a_token) {
  const auto administrates = [](const Access& access, const std::string& authorization) {
    http::Request request;
    request.headers = {{"Authorization", authorization}};
    return access.is_administrator(request);
  };
  EXPECT_TRUE(administrates(access_, std::string("Bearer ") + kAdmin));
  EXPECT_TRUE(administrates(access_, std::string("bearer  ") + kAdmin + " "));
  for (const std::string& header :
       {std::string(), std::string("Bearer"), std::string("Bearer "), std::string(kAdmin),
        std::string("Bearer ") + kAdmin + "x", std::string("Basic ") + kAdmin,
        "Basic " + base::to_base64(std::string("admin:") + kAdmin), std::string("Bearer ") + kToken}) {
    EXPECT_FALSE(administrates(access_, header)) << header;
  }
  EXPECT_FALSE(access_.is_administrator({}));
  const Access without(registry_, "");
  EXPECT_FALSE(administrates(without, "Bearer ")) << "no token is set, so none is right";
  EXPECT_FALSE(administrates(without, "Bearer  "));
}

}  // namespace
}  // namespace waybill::api
