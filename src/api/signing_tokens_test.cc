#include "api/signing_tokens.h"

#include <string>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "codec/event_difference.h"
#include "store/memory/memory_store.h"

namespace waybill::api {
namespace {

std::string sid(const std::string& letters, std::size_t number) {
  const std::string digits = std::to_string(number);
  return letters + std::string(32 - digits.size(), '0') + digits;
}

// A store with accounts 1 to `count`, each with the workspace of its own number, and who may come in.
class SigningTokensTest : public ::testing::Test {
 protected:
  void make_accounts(std::size_t count) {
    for (std::size_t i = accounts_.size() + 1; i <= count; ++i) {
      const auto account = store_.create_account(
          {{}, *model::AccountSid::parse(sid("AC", i)), "token " + std::to_string(i), "", clock_.now(), {}});
      ASSERT_TRUE(account);
      accounts_.push_back(*account);
    }
    ASSERT_TRUE(access_.refresh());
  }

  // The numbers in the sids of those that may have signed.
  [[nodiscard]] std::string signers(const std::string& query, const std::string& body) const {
    std::string out;
    for (const model::Account& one : possible_signers(access_, query, body)) {
      out += std::to_string(std::stoul(one.sid.to_text().substr(2))) + " ";
    }
    return out;
  }

  base::testing::FakeClock clock_{base::from_ms(0)};
  store::MemoryStore store_{{1, "secret"}, codec::events_differ, clock_};
  Access access_{store_, "administrator"};
  std::vector<model::Account> accounts_;
};

TEST_F(SigningTokensTest, a_stranger_costs_as_much_with_many_accounts_as_with_one) {
  make_accounts(1);
  const std::string one = R"([{"data":{"account_sid":")" + sid("AC", 1) + R"("}}])";
  const std::string none = R"([{"data":{"account_sid":")" + sid("AC", 99'999) + R"("}}])";
  const std::vector<WebhookToken> configured = {{"", "everybody's"}};
  const auto tried = [&](const std::string& body) {
    return tokens_of(configured, possible_signers(access_, "", body)).secrets.size();
  };
  const std::size_t named = tried(one);
  EXPECT_EQ(named, 2U);
  const std::size_t unnamed = tried(none);
  make_accounts(3000);
  EXPECT_EQ(tried(one), named);
  EXPECT_LE(tried(none), unnamed);
  std::string all;
  for (std::size_t i = 1; i <= 3000; ++i) all += sid("AC", i);
  EXPECT_EQ(tried(all), kSignersMax + 1);
}

TEST_F(SigningTokensTest, an_account_is_named_in_any_place_of_the_query_or_the_body) {
  make_accounts(20);
  const std::string second = sid("AC", 2);
  EXPECT_EQ(signers("", R"({"payload":"{\"account_sid\":\")" + second + R"(\"}"})"), "2 ");
  EXPECT_EQ(signers("AccountSid=" + sid("AC", 3) + "&bodySHA256=00", "[" + second + "," + second + "]"), "3 2 ");
  EXPECT_EQ(signers("", "ACAC" + second.substr(2)), "2 ");
  EXPECT_EQ(signers("", second.substr(0, 33)), "");
  EXPECT_EQ(signers("", ""), "");
}

TEST_F(SigningTokensTest, where_there_are_few_accounts_none_need_be_named) {
  make_accounts(kSignersMax);
  EXPECT_EQ(signers("", "[]"), "1 2 3 4 5 6 7 8 ");
  EXPECT_EQ(signers("", sid("AC", 4)), "4 1 2 3 5 6 7 8 ");
  ASSERT_TRUE(store_.disable_account(*model::AccountSid::parse(sid("AC", 4)), clock_.now()));
  ASSERT_TRUE(access_.refresh());
  EXPECT_EQ(signers("", sid("AC", 4)), "1 2 3 5 6 7 8 ");
}

TEST_F(SigningTokensTest, only_so_many_sids_are_looked_up) {
  make_accounts(20);
  std::string body;
  for (std::size_t i = 1000; i < 1100; ++i) body += sid("AC", i) + ",";
  EXPECT_EQ(signers("", body + sid("AC", 2)), "");
  EXPECT_EQ(signers(sid("AC", 2), body), "2 ");
}

TEST_F(SigningTokensTest, configured_tokens_are_everybodys_or_of_the_accounts) {
  make_accounts(2);
  const std::vector<WebhookToken> configured = {{"", "all"}, {sid("AC", 1), "old 1"}, {sid("AC", 2), "old 2"}};
  const SigningTokens tokens = tokens_of(configured, {accounts_[1]});
  EXPECT_EQ(tokens.secrets, (std::vector<std::string>{"all", "old 2", "token 2"}));
  EXPECT_EQ(tokens.owners, (std::vector<std::string>{"", sid("AC", 2), sid("AC", 2)}));
}

TEST_F(SigningTokensTest, the_workspace_of_a_body_is_one_that_one_of_them_has) {
  make_accounts(2);
  store::Unit unit{accounts_[1].number, *model::WorkspaceSid::parse(sid("WS", 7)), sid("WS", 7), clock_.now(), {}};
  unit.events.push_back({model::EventSid(model::SidBytes{}), base::from_ms(0), {}, "a record"});
  EXPECT_EQ(named_workspace(store_, accounts_, sid("WS", 7)), std::nullopt);
  ASSERT_TRUE(store_.append({&unit, 1}));
  const auto found = named_workspace(store_, accounts_, sid("WS", 6) + sid("WS", 7));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->account, accounts_[1].number);
  EXPECT_EQ(named_workspace(store_, {accounts_[0]}, sid("WS", 7)), std::nullopt);
}

}  // namespace
}  // namespace waybill::api
