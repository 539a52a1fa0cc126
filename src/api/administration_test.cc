#include "api/administration.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "codec/event_difference.h"
#include "store/memory/memory_store.h"

namespace waybill::api {
namespace {

constexpr const char* kSid = "AC0123456789abcdef0123456789abcdef";
constexpr const char* kBusy = "the database is busy";

// A registry that can be changed and, when it is told so, not be read again.
class DeafRegistry final : public store::Registry {
 public:
  explicit DeafRegistry(store::Registry& inner) : inner_(inner) {}
  base::Result<model::Account> create_account(const model::Account& account) override {
    return inner_.create_account(account);
  }
  base::Result<void> set_auth_token(const model::AccountSid& sid, const std::string& token) override {
    return inner_.set_auth_token(sid, token);
  }
  base::Result<void> disable_account(const model::AccountSid& sid, base::WallTime when) override {
    return inner_.disable_account(sid, when);
  }
  base::Result<void> create_key(const model::ApiKey& key) override { return inner_.create_key(key); }
  base::Result<void> revoke_key(const model::ApiKeySid& sid, base::WallTime when) override {
    return inner_.revoke_key(sid, when);
  }
  [[nodiscard]] base::Result<std::vector<model::Account>> accounts() const override { return inner_.accounts(); }
  [[nodiscard]] base::Result<std::vector<model::ApiKey>> keys() const override { return inner_.keys(); }
  [[nodiscard]] base::Result<std::int64_t> access_version() const override {
    if (is_deaf) return base::busy(kBusy);
    return inner_.access_version();
  }
  [[nodiscard]] std::vector<model::Workspace> workspaces(model::AccountNumber account) const override {
    return inner_.workspaces(account);
  }
  [[nodiscard]] std::optional<model::Workspace> find_workspace(model::AccountNumber account,
                                                               const model::WorkspaceSid& sid) const override {
    return inner_.find_workspace(account, sid);
  }
  [[nodiscard]] base::Result<std::vector<store::WorkspaceSummary>> summaries() const override {
    return inner_.summaries();
  }

  bool is_deaf = false;

 private:
  store::Registry& inner_;
};

class AdministrationTest : public ::testing::Test {
 protected:
  [[nodiscard]] static Context context(const std::string& body = "") {
    Context context;
    context.path = {{"AccountSid", kSid}};
    context.request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    context.request.body = body;
    return context;
  }
  // The member of an answer that holds a secret.
  static std::string secret(const ApiResult<http::Response>& answer, const std::string& member) {
    if (!answer) return answer.error().message;
    const std::string mark = "\"" + member + "\":\"";
    const std::size_t at = answer->body.find(mark);
    return at == std::string::npos ? "" : answer->body.substr(at + mark.size(), 32);
  }
  [[nodiscard]] bool comes_in(const std::string& token) const {
    const auto account = access_.find_account(kSid);
    return account && account->auth_token == token;
  }

  base::testing::FakeClock clock_{base::from_ms(0)};
  base::SystemRandom random_;
  store::MemoryStore store_{{1, "secret"}, codec::events_differ, clock_};
  DeafRegistry registry_{store_};
  Access access_{registry_, "administrator"};
  Administration administration_{registry_, access_, random_};
};

TEST_F(AdministrationTest, a_secret_that_is_committed_is_shown_though_accounts_cannot_be_read_again) {
  registry_.is_deaf = true;
  const std::string first =
      secret(administration_.create_account(context("AccountSid=" + std::string(kSid))), "auth_token");
  EXPECT_EQ(first.size(), 32U) << first;
  const std::string second = secret(administration_.rotate_account(context()), "auth_token");
  EXPECT_EQ(second.size(), 32U) << second;
  EXPECT_EQ(secret(administration_.create_key(context()), "secret").size(), 32U);
  EXPECT_EQ(store_.keys()->size(), 1U);
  registry_.is_deaf = false;
  ASSERT_TRUE(access_.refresh());
  EXPECT_FALSE(comes_in(first));
  EXPECT_TRUE(comes_in(second));
}

TEST_F(AdministrationTest, what_disables_says_so_when_it_is_not_in_force_yet) {
  ASSERT_TRUE(administration_.create_account(context("AccountSid=" + std::string(kSid))));
  registry_.is_deaf = true;
  const auto refused = administration_.disable_account(context());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, kBusy);
  registry_.is_deaf = false;
  EXPECT_TRUE(administration_.disable_account(context()));
  EXPECT_FALSE(access_.find_account(kSid));
}

}  // namespace
}  // namespace waybill::api
