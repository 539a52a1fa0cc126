#include "backfill/workspace_list.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "backfill/testing/fake_pause.h"
#include "base/mutex.h"
#include "base/random.h"
#include "http/testing/test_server.h"

namespace waybill::backfill {
namespace {

constexpr const char* kOne = "WS00000000000000000000000000000001";
constexpr const char* kTwo = "WS00000000000000000000000000000002";

// A server with an answer for each query, and somebody who asks it for its workspaces.
class WorkspaceListTest : public ::testing::Test {
 public:
  WorkspaceListTest() {
    server_ = http::testing::start_server([this](http::Request&& request, http::Reply reply) {
      const base::MutexLock lock(mutex_);
      asked_.push_back(request.path + "?" + request.query);
      const auto at = answers_.find(request.query);
      reply.send(at == answers_.end() ? http::Response{404, {}, R"({"message":"no"})"} : at->second);
    });
    CallOptions options;
    options.requests_per_second = 0;
    client_ = std::make_unique<PatientClient>(options, CallParts{clock_, random_, pause_});
  }

 protected:
  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}", server_->port()); }
  void answer(const std::string& query, int status, const std::string& body) {
    const base::MutexLock lock(mutex_);
    answers_[query] = {status, {}, body};
  }
  std::vector<std::string> asked() {
    const base::MutexLock lock(mutex_);
    return asked_;
  }
  base::Result<std::vector<UpstreamWorkspace>> list() { return list_workspaces(*client_, url() + "/"); }

 private:
  base::testing::FakeClock clock_{base::from_ms(1'795'428'005'000)};
  base::SystemRandom random_;
  testing::FakePause pause_{clock_};
  base::Mutex mutex_;
  std::map<std::string, http::Response> answers_ GUARDED_BY(mutex_);
  std::vector<std::string> asked_ GUARDED_BY(mutex_);
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<PatientClient> client_;
};

std::string workspace(const std::string& sid, const std::string& name) {
  return fmt::format(R"({{"sid":"{}","friendly_name":"{}"}})", sid, name);
}

TEST_F(WorkspaceListTest, all_pages_are_read_and_each_workspace_comes_once_with_its_name) {
  answer(
      "PageSize=1000", 200,
      fmt::format(R"({{"meta":{{"next_page_url":"{}/v1/Workspaces?PageSize=1000&PageToken=PA1"}},"workspaces":[{}]}})",
                  "https://elsewhere", workspace(kOne, "Sales")));
  answer("PageSize=1000&PageToken=PA1", 200,
         fmt::format(R"({{"meta":{{"next_page_url":null}},"workspaces":[{},{}, 7, {}]}})", workspace(kOne, "Sales"),
                     workspace(kTwo, "Support"), workspace("WSnone", "x")));
  const auto listed = list();
  ASSERT_TRUE(listed) << listed.error().message();
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ((*listed)[0].sid, kOne);
  EXPECT_EQ((*listed)[1].sid, kTwo);
  EXPECT_EQ((*listed)[1].friendly_name, "Support");
  EXPECT_EQ(asked(),
            (std::vector<std::string>{"/v1/Workspaces?PageSize=1000", "/v1/Workspaces?PageSize=1000&PageToken=PA1"}));
}

TEST_F(WorkspaceListTest, a_list_that_turns_in_a_circle_ends) {
  answer("PageSize=1000", 200,
         fmt::format(R"({{"meta":{{"next_page_url":"/v1/Workspaces?PageSize=1000&PageToken=PA1"}},"workspaces":[{}]}})",
                     workspace(kOne, "")));
  const auto wrong = list();
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message().find("the next page of its workspaces is none of that list"), std::string::npos);
  const std::string body =
      fmt::format(R"({{"meta":{{"next_page_url":"{}/v1/Workspaces?PageSize=1000&PageToken=PA1"}},"workspaces":[{}]}})",
                  url(), workspace(kOne, ""));
  answer("PageSize=1000", 200, body);
  answer("PageSize=1000&PageToken=PA1", 200, body);
  const auto listed = list();
  ASSERT_TRUE(listed) << listed.error().message();
  EXPECT_EQ(listed->size(), 1U);
}

TEST_F(WorkspaceListTest, what_is_no_list_is_told_in_the_name_of_the_upstream) {
  const struct {
    int status;
    base::ErrorCode code;
    std::string body;
    std::string told;
  } cases[] = {
      {401, base::ErrorCode::kUnavailable, R"({"message":"Authenticate"})",
       "answered 401: 'Authenticate'; it does not take the upstream's credentials: TWILIO_ACCOUNT_SID"},
      {403, base::ErrorCode::kUnavailable, "", "it does not take the upstream's credentials"},
      {404, base::ErrorCode::kNotFound, "", "answered 404"},
      {302, base::ErrorCode::kUnavailable, "", "a redirection is not followed"},
      {400, base::ErrorCode::kInvalidArgument, "", "answered 400"},
      {200, base::ErrorCode::kUnavailable, "<html>", "its answer is no list of workspaces"},
      {200, base::ErrorCode::kUnavailable, "[]", "it is no JSON object"},
      {200, base::ErrorCode::kUnavailable, "{}", "it has no workspaces"},
      {200, base::ErrorCode::kUnavailable, R"({"workspaces":{}})", "its workspaces are no array"},
  };
  for (const auto& c : cases) {
    answer("PageSize=1000", c.status, c.body);
    const auto listed = list();
    ASSERT_FALSE(listed) << c.told;
    EXPECT_EQ(listed.error().code(), c.code) << c.told;
    EXPECT_NE(listed.error().message().find(c.told), std::string::npos) << listed.error().message();
    EXPECT_NE(listed.error().message().find("http://127.0.0.1:"), std::string::npos) << listed.error().message();
  }
}

}  // namespace
}  // namespace waybill::backfill
