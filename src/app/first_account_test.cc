#include "app/first_account.h"

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "store/memory/memory_store.h"

namespace waybill::app {
namespace {

constexpr const char* kSid = "AC0123456789abcdef0123456789ABCDEF";
const base::WallTime kNow = base::from_ms(1'795'428'005'000);

// Bytes that count up, so that no two draws are the same.
class CountingRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 1;
};

class FirstAccountTest : public ::testing::Test {
 protected:
  base::Result<FirstAccount> ensure(const std::string& sid = "", const std::string& token = "") {
    return ensure_first_account(store_, sid, token, random_, kNow);
  }

  const base::testing::FakeClock clock_{kNow};
  store::MemoryStore store_{{1, "secret"}, [](std::string_view a, std::string_view b) { return a != b; }, clock_};
  CountingRandom random_;
};

TEST_F(FirstAccountTest, is_made_with_random_credentials_if_none_are_given) {
  const auto made = ensure();
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_TRUE(made->is_new);
  EXPECT_EQ(made->account.sid.to_text(), "AC0102030405060708090a0b0c0d0e0f10");
  EXPECT_EQ(made->account.auth_token, "1112131415161718191a1b1c1d1e1f20");
  EXPECT_EQ(made->account.created, kNow);
  EXPECT_EQ(made->account.disabled, std::nullopt);
  ASSERT_EQ(store_.accounts()->size(), 1U);
  EXPECT_EQ(store_.accounts()->front().number, made->account.number);
}

TEST_F(FirstAccountTest, a_disabled_account_is_the_first_only_by_name_or_alone) {
  const auto held = store_.create_account({{}, *model::AccountSid::parse(kSid), "token", "held", kNow, {}});
  ASSERT_TRUE(held);
  ASSERT_TRUE(store_.disable_account(held->sid, kNow));
  EXPECT_EQ(ensure()->account.sid, held->sid);
  const model::AccountSid own(model::SidBytes{1});
  ASSERT_TRUE(store_.create_account({{}, own, "token", "own", kNow, {}}));
  EXPECT_EQ(ensure()->account.sid, own);
  EXPECT_EQ(ensure(kSid)->account.sid, held->sid);
}

TEST_F(FirstAccountTest, is_made_with_the_given_credentials) {
  const auto made = ensure(kSid, "the token I want");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_TRUE(made->is_new);
  EXPECT_EQ(made->account.sid, *model::AccountSid::parse(kSid));
  EXPECT_EQ(made->account.auth_token, "the token I want");
}

TEST_F(FirstAccountTest, either_half_may_be_left_to_chance) {
  const auto made = ensure(kSid);
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->account.sid, *model::AccountSid::parse(kSid));
  EXPECT_EQ(made->account.auth_token.size(), 32U);
}

TEST_F(FirstAccountTest, is_found_again_and_stays_as_it_is) {
  const model::Account made = ensure(kSid, "the first token")->account;
  for (const char* const sid : {"", kSid, "AC0123456789ABCDEF0123456789abcdef"}) {
    const auto again = ensure(sid, "another token");
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_FALSE(again->is_new);
    EXPECT_EQ(again->account.sid, made.sid);
    EXPECT_EQ(again->account.auth_token, "the first token") << "a start does not rotate";
  }
  EXPECT_EQ(store_.accounts()->size(), 1U);
}

TEST_F(FirstAccountTest, tells_a_token_that_was_made_from_one_that_was_chosen) {
  const auto start = [](const std::string& token, const std::string& name) {
    const base::testing::FakeClock clock{kNow};
    store::MemoryStore store{{1, "secret"}, [](std::string_view a, std::string_view b) { return a != b; }, clock};
    CountingRandom random;
    const bool at_first = ensure_first_account(store, kSid, token, random, kNow, name)->token_is_made;
    const bool later = ensure_first_account(store, kSid, "", random, kNow, name)->token_is_made;
    return std::pair(at_first, later);
  };
  EXPECT_EQ(start("", kDemoAccountName), std::pair(true, true)) << "a demonstration's may be shown again";
  EXPECT_EQ(start("", kFirstAccountName), std::pair(true, false));
  EXPECT_EQ(start("a chosen token of theirs", kDemoAccountName), std::pair(false, false));
  EXPECT_EQ(start("a chosen token of theirs", kFirstAccountName), std::pair(false, false));
}

TEST_F(FirstAccountTest, is_the_one_that_is_named_among_several) {
  (void)ensure(kSid, "one");
  const model::AccountSid second = *model::AccountSid::parse("AC22222222222222222222222222222222");
  ASSERT_TRUE(store_.create_account({{}, second, "two", "", kNow, {}}));
  EXPECT_EQ(ensure()->account.auth_token, "one");
  EXPECT_EQ(ensure(second.to_text())->account.auth_token, "two");
}

TEST_F(FirstAccountTest, a_store_that_has_others_refuses_a_new_one) {
  (void)ensure(kSid);
  const auto refused = ensure("AC99999999999999999999999999999999");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kConflict);
  EXPECT_EQ(
      refused.error().message(),
      "WAYBILL_ACCOUNT_SID names AC99999999999999999999999999999999, which this data directory does not have; its "
      "first account is AC0123456789abcdef0123456789abcdef. Others are made by `waybill account create`");
  EXPECT_EQ(store_.accounts()->size(), 1U);
}

TEST_F(FirstAccountTest, a_sid_that_is_none_is_refused) {
  for (const char* const sid : {"x", "SK0123456789abcdef0123456789abcdef", "AC0123456789abcdef0123456789abcde"}) {
    const auto refused = ensure(sid);
    ASSERT_FALSE(refused) << sid;
    EXPECT_EQ(refused.error().code(), base::ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(store_.accounts()->empty());
}

TEST(NewSecret, is_32_hex_digits_and_never_the_same) {
  CountingRandom random;
  std::set<std::string> secrets;
  for (int i = 0; i < 16; ++i) {
    const std::string secret = new_secret(random);
    EXPECT_EQ(secret.size(), 32U);
    EXPECT_EQ(secret.find_first_not_of("0123456789abcdef"), std::string::npos) << secret;
    EXPECT_TRUE(secrets.insert(secret).second) << secret;
  }
}

}  // namespace
}  // namespace waybill::app
