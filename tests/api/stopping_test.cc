// An API that ends while a search for a signature's URL is under way: what that search leads to is answered.

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "api/shorthand.h"
#include "api/world.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "http/url.h"
#include "webhook/signature.h"

namespace waybill::testing {
namespace {

constexpr int kCallbacks = 8;

enum class Signer { kAccount, kStranger };

// A callback whose signature is over another spelling of its URL than the one it is posted to. It has no time, so it
// can be no event and would be kept aside.
http::Request callback(Signer signer) {
  const http::Parameters form = {
      {"AccountSid", expand_sids("AC~1")}, {"WorkspaceSid", expand_sids("WS~1")}, {"EventType", "task.created"}};
  const std::string token = signer == Signer::kAccount ? "token-of-AC~1" : "another token";
  http::Request request;
  request.method = http::Method::kPost;
  request.path = "/webhooks/taskrouter";
  request.query = "a=@:&b=!";
  request.body = http::encode_form(form);
  const std::string url = "http://waybill.test" + request.path + "?a=%40:&b=%21";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Host", "waybill.test"},
                     {"X-Twilio-Signature", webhook::sign(token, url, webhook::form_suffix(form))}};
  request.peer_address = "127.0.0.1";
  return request;
}

// Whether a thread of this process has that name.
bool has_thread(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string found;
    std::getline(std::ifstream(entry.path() / "comm"), found);
    if (found == name) return true;
  }
  return false;
}

// Statuses of answers; 0 for a reply that was dropped. The first answer is held up until open() is called.
class Answers {
 public:
  http::Reply reply() {
    return {[this](const http::Response& response) { note(response.status); }, [this] { note(0); }};
  }
  void await(std::size_t count) {
    const base::MutexLock lock(mutex_);
    while (statuses_.size() < count) changed_.wait(mutex_);
  }
  void open() {
    const base::MutexLock lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  std::vector<int> statuses() {
    const base::MutexLock lock(mutex_);
    return statuses_;
  }

 private:
  void note(int status) {
    const base::MutexLock lock(mutex_);
    statuses_.push_back(status);
    changed_.notify_all();
    const bool is_first = statuses_.size() == 1;
    while (is_first && !is_open_) changed_.wait(mutex_);
  }

  base::Mutex mutex_;
  base::Condition changed_;
  bool is_open_ GUARDED_BY(mutex_) = false;
  std::vector<int> statuses_ GUARDED_BY(mutex_);
};

TEST(StoppingTest, a_search_that_ends_when_the_stores_threads_have_is_answered_503) {
  World world;
  world.serve({{"store-threads", "1"}});
  while (!has_thread("store")) std::this_thread::yield();  // it names itself
  Answers answers;
  world.api().handle(callback(Signer::kStranger), answers.reply());
  answers.await(1);  // holds up the only thread that searches
  for (int i = 0; i < kCallbacks; ++i) world.api().handle(callback(Signer::kAccount), answers.reply());
  {
    const base::Thread stopper("stopper", [&world] { world.serve({}); });
    while (has_thread("store")) std::this_thread::yield();
    answers.open();
  }
  std::vector<int> want(kCallbacks + 1, 503);
  want.front() = 403;
  EXPECT_EQ(answers.statuses(), want);
}

}  // namespace
}  // namespace waybill::testing
