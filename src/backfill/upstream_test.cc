#include "backfill/upstream.h"

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

constexpr const char* kWorkspace = "WS00000000000000000000000000000001";

// A server that answers every list with one body, and an Upstream that asks it.
class UpstreamTest : public ::testing::Test {
 public:
  UpstreamTest() {
    server_ = http::testing::start_server([this](http::Request&& request, http::Reply reply) {
      const base::MutexLock lock(mutex_);
      asked_.push_back(request.path + "?" + request.query);
      reply.send(http::Response(answer_));
    });
    CallOptions options;
    options.requests_per_second = 0;
    auto opened = Upstream::open(base_url() + "/", kWorkspace, options, {clock_, random_, pause_});
    EXPECT_TRUE(opened);
    upstream_ = std::move(opened).value();
  }

 protected:
  [[nodiscard]] std::string base_url() const { return fmt::format("http://127.0.0.1:{}", server_->port()); }

  void answer(int status, const std::string& body) {
    const base::MutexLock lock(mutex_);
    answer_ = {status, {}, body};
  }
  [[nodiscard]] std::string last_asked() {
    const base::MutexLock lock(mutex_);
    return asked_.back();
  }
  static std::string event(std::int64_t ms) {
    return fmt::format(R"({{"sid":"EV0123456789abcdef0123456789abcdef","event_date_ms":{}}})", ms);
  }
  base::Result<ToldPage> list(const Span& span) { return upstream_->list({span, {}}, 1000); }

  base::testing::FakeClock clock_{base::from_ms(1'795'428'005'000)};
  base::SystemRandom random_;
  StoppablePause pause_;
  std::unique_ptr<Upstream> upstream_;

 private:
  base::Mutex mutex_;
  http::Response answer_ GUARDED_BY(mutex_);
  std::vector<std::string> asked_ GUARDED_BY(mutex_);
  std::unique_ptr<http::Server> server_;
};

TEST_F(UpstreamTest, AsksASecondFurtherUntilAnAnswerShowsWhatEndDateMeans) {
  const std::string path = std::string("/v1/Workspaces/") + kWorkspace + "/Events?";
  answer(200, R"({"events":[],"meta":{}})");
  ASSERT_TRUE(list({0, 59}));
  EXPECT_EQ(last_asked(), path + "StartDate=1970-01-01T00%3A00%3A00Z&EndDate=1970-01-01T00%3A01%3A00Z&PageSize=1000");
  answer(200, R"({"events":[)" + event(60'000) + "]}");
  ASSERT_TRUE(list({0, 59}));
  answer(200, R"({"events":[)" + event(60'001) + "]}");
  ASSERT_TRUE(list({0, 59}));
  EXPECT_NE(last_asked().find("EndDate=1970-01-01T00%3A01%3A00Z"), std::string::npos);
  ASSERT_TRUE(list({0, 59}));
  EXPECT_NE(last_asked().find("EndDate=1970-01-01T00%3A00%3A59Z"), std::string::npos);
}

TEST_F(UpstreamTest, APageIsFullByItsLengthByItsSizeAndByWhatFollows) {
  answer(200, R"({"events":[)" + event(1) + R"(],"meta":{"page_size":1}})");
  EXPECT_TRUE(list({0, 59})->is_full);
  answer(200, R"({"events":[)" + event(1) + R"(],"meta":{"page_size":2}})");
  EXPECT_FALSE(list({0, 59})->is_full);
  answer(200, R"({"events":[)" + event(1) + R"(],"meta":{"next_page_url":"http://elsewhere.example/"}})");
  EXPECT_TRUE(list({0, 59})->is_full);
  EXPECT_EQ(list({0, 59})->next_url, "");
  answer(200, R"({"events":[],"meta":{"next_page_url":"http://elsewhere.example/"}})");
  EXPECT_FALSE(list({0, 59})->is_full);
}

TEST_F(UpstreamTest, EventsOutsideOfTheSliceAreNoticed) {
  for (const auto& [ms, outside] : {std::pair(-1, true), {0, false}, {60'999, false}, {61'000, true}}) {
    answer(200, R"({"events":[)" + event(ms) + "]}");
    EXPECT_EQ(list({0, 59})->is_outside, outside) << ms;
  }
}

TEST_F(UpstreamTest, RefusalsSayWhoRefusedWhat) {
  const std::tuple<int, base::ErrorCode, const char*> cases[] = {
      {400, base::ErrorCode::kInvalidArgument, " answered 400: 'why'"},
      {401, base::ErrorCode::kUnavailable,
       " answered 401: 'why'; it does not take the upstream's credentials: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, "
       "or TWILIO_API_KEY and TWILIO_API_SECRET"},
      {404, base::ErrorCode::kNotFound, " answered 404: 'why'"},
      {302, base::ErrorCode::kUnavailable, " answered 302: 'why'; a redirection is not followed"},
  };
  for (const auto& [status, code, text] : cases) {
    answer(status, R"({"message":"why"})");
    const auto page = list({0, 59});
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code(), code);
    EXPECT_EQ(page.error().message(), base_url() + text);
  }
}

TEST(Upstream, AnAddressThatIsNoneIsRefused) {
  base::testing::FakeClock clock{base::from_ms(0)};
  base::SystemRandom random;
  testing::FakePause pause(clock);
  for (const char* url : {"", "taskrouter.twilio.com", "ftp://x", "https://x/?a=b", "https://u:p@x"}) {
    EXPECT_FALSE(Upstream::open(url, kWorkspace, {}, {clock, random, pause})) << url;
  }
}

TEST(UsualRetention, IsKnownOfTheHostedServiceAlone) {
  EXPECT_EQ(usual_retention("https://taskrouter.twilio.com"), std::chrono::hours(720));
  EXPECT_EQ(usual_retention("https://taskrouter.Dublin.ie1.twilio.com:443/"), std::chrono::hours(720));
  for (const char* url : {"https://nottwilio.com", "http://127.0.0.1:8080", "https://twilio.com.example", "x"}) {
    EXPECT_EQ(usual_retention(url), std::nullopt) << url;
  }
}

}  // namespace
}  // namespace waybill::backfill
