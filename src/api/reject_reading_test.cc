#include "api/reject_reading.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "codec/record.h"

namespace waybill::api {
namespace {

using base::Result;

constexpr const char* kAccount = "AC0123456789abcdef0123456789abcdef";

class NoRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, std::uint8_t{7}); }
};

// A registry of one account, which has no workspace yet.
class OneAccount final : public store::Registry {
 public:
  [[nodiscard]] Result<std::vector<model::Account>> accounts() const override {
    return std::vector<model::Account>{{model::AccountNumber{1}, *model::AccountSid::parse(kAccount), "", "", {}, {}}};
  }
  [[nodiscard]] Result<std::vector<model::ApiKey>> keys() const override { return refuse(); }
  [[nodiscard]] Result<std::int64_t> access_version() const override { return 1; }
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

 private:
  static base::Error refuse() { return {base::ErrorCode::kIo, "as told"}; }
};

TEST(RejectReader, reads_an_element_as_its_road_does_with_what_is_odd_kept_beside) {
  const OneAccount registry;
  NoRandom random;
  const RejectReader reader(registry, random, {});
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  struct Row {
    std::string member;
    std::string extra;
  };
  const Row rows[] = {
      {R"("source":"s")", ""},
      {"\"description\":\"J\xfcrgen\"",
       R"({"originals":{"/description":")" + base::to_base64("\"J\xfcrgen\"") + "\"}}"},
      {"\"event_data\":[" + deep + "]",
       R"({"originals":{"/event_data":")" + base::to_base64("[" + deep + "]") + "\"}}"},
  };
  for (const Row& row : rows) {
    store::Reject reject;
    reject.account = model::AccountNumber{1};
    reject.road = store::RejectRoad::kPull;
    reject.body = R"({"sid":"EV0000000000000000000000000000000a","event_date_ms":1795428009123,)"
                  R"("workspace_sid":"WS0000000000000000000000000000000a",)" +
                  row.member + "}";
    const auto unit = reader.read(reject, {});
    ASSERT_TRUE(unit) << row.member << ": " << unit.error().message();
    ASSERT_EQ(unit->events.size(), 1U);
    std::string extra;
    ASSERT_TRUE(codec::append_extra(extra, unit->events[0].record));
    EXPECT_EQ(extra, row.extra);
  }
}

}  // namespace
}  // namespace waybill::api
