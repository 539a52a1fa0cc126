// Random walks: the pages of one walk, concatenated, are exactly the answer at the time of its first page, each event
// once, whatever is written meanwhile; and previous_page_url leads back over the same pages.

#include <algorithm>
#include <chrono>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/answer_text.h"
#include "api/shorthand.h"
#include "api/world.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/time_text.h"

namespace waybill::testing {
namespace {

constexpr std::uint64_t kSeed = 20261123;
constexpr std::uint64_t kRounds = 60;
constexpr int kWalks = 10;

struct Known {
  std::string sid;
  std::int64_t ms;
  std::string type;
};

using Pages = std::vector<std::vector<std::string>>;

// What is asked, and how the obviously right answer to it is found.
struct Question {
  std::string query;
  std::string type;  // empty: any
  std::int64_t from_ms = 0;
  bool newest_first = false;
  std::size_t page_size = 1;
};

class Walker {
 public:
  explicit Walker(base::SeededRandom& random) : random_(random) {}

  // Some events, most of them within the last minutes and many at the same instant.
  void write_some() {
    std::string body;
    for (std::uint64_t count = random_.below(8); count > 0; --count) {
      const std::int64_t age_s = random_.chance(0.1) ? random_.between(-3600, 86'400) : random_.between(0, 20 * 60);
      Known event{fmt::format("EV{:032x}", known_.size() + 1), now_ms_ - age_s / 30 * 30'000,
                  random_.chance(0.5) ? "a" : "b"};
      body += fmt::format("{{\"sid\":\"{}\",\"event_date_ms\":{},\"event_type\":\"{}\"}}\n", event.sid, event.ms,
                          event.type);
      known_.push_back(std::move(event));
    }
    if (body.empty()) return;
    EXPECT_EQ(ask(http::Method::kPost, path_, body).status, 201);
  }

  void advance() {
    const std::int64_t ms = random_.between(0, 60'000);
    world_.advance(std::chrono::milliseconds(ms));
    now_ms_ += ms;
  }

  Question make_question() {
    Question question;
    question.page_size = 1 + random_.below(6);
    question.query = fmt::format("PageSize={}", question.page_size);
    question.from_ms = now_ms_ - 15 * 60'000;
    if (random_.chance(0.5)) {
      question.type = random_.chance(0.5) ? "a" : "b";
      question.query += "&EventType=" + question.type;
    }
    if (random_.chance(0.3)) {
      question.from_ms = now_ms_ - 3600'000;
      question.query += "&StartDate=" + base::to_millisecond_text(base::from_ms(question.from_ms));
    }
    question.newest_first = random_.chance(0.5);
    if (question.newest_first) question.query += "&Ordering=EventDate:desc";
    return question;
  }

  // The answer by a scan over all that has been written so far.
  [[nodiscard]] Pages right_answer(const Question& question) const {
    std::vector<Known> found;
    std::copy_if(known_.begin(), known_.end(), std::back_inserter(found), [&](const Known& event) {
      return event.ms >= question.from_ms && (question.type.empty() || event.type == question.type);
    });
    // The sids rise as they were written.
    std::sort(found.begin(), found.end(),
              [](const Known& a, const Known& b) { return std::tie(a.ms, a.sid) < std::tie(b.ms, b.sid); });
    if (question.newest_first) std::reverse(found.begin(), found.end());
    Pages pages(1);
    for (const Known& event : found) {
      if (pages.back().size() == question.page_size) pages.emplace_back();
      pages.back().push_back(event.sid);
    }
    return pages;
  }

  // The pages from the first one on, with writes and time between them.
  Pages walk(const Question& question) {
    Pages pages;
    for (list_ = get(path_ + "?" + question.query);; list_ = get(list_.url("next"))) {
      pages.push_back(list_.sids());
      if (!list_.has("next")) return pages;
      if (random_.chance(0.5)) write_some();
      if (random_.chance(0.3)) advance();
    }
  }

  // The pages from the last one of the walk back to its first.
  Pages walk_back() {
    Pages pages = {list_.sids()};
    while (list_.has("previous")) {
      if (random_.chance(0.3)) write_some();
      list_ = get(list_.url("previous"));
      pages.push_back(list_.sids());
    }
    std::reverse(pages.begin(), pages.end());
    return pages;
  }

 private:
  http::Response ask(http::Method method, const std::string& url, const std::string& body) {
    const std::size_t path = url.find("/v1/");
    const std::size_t question = std::min(url.find('?'), url.size());
    http::Request request;
    request.method = method;
    request.path = url.substr(path, question - path);
    request.query = url.substr(std::min(question + 1, url.size()));
    request.headers = {{"Host", "waybill.test"},
                       {"Authorization", "Basic " + base::to_base64(expand_sids("AC~1") + ":token-of-AC~1")},
                       {"Content-Type", "application/x-ndjson"}};
    request.body = body;
    return world_.ask(std::move(request));
  }

  ListAnswer get(const std::string& url) {
    const http::Response response = ask(http::Method::kGet, url, "");
    auto list = ListAnswer::parse(response);
    EXPECT_TRUE(list) << url << ": " << response.body;
    return list.value_or(ListAnswer());
  }

  const std::string path_ = "/v1/Workspaces/" + expand_sids("WS~1") + "/Events";

  base::SeededRandom& random_;
  World world_;
  std::int64_t now_ms_ = base::to_ms(base::parse_time("2026-11-23T12:00:00Z")->first);
  std::vector<Known> known_;
  ListAnswer list_;
};

TEST(Walk, its_pages_are_the_answer_of_its_first_moment_forth_and_back) {
  std::size_t pages_seen = 0;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    base::SeededRandom random(kSeed + round);
    Walker walker(random);
    walker.write_some();
    for (int i = 0; i < kWalks; ++i) {
      walker.advance();
      walker.write_some();
      const Question question = walker.make_question();
      SCOPED_TRACE(fmt::format("seed {}, walk {}: {}", kSeed + round, i, question.query));
      const Pages want = walker.right_answer(question);
      const Pages got = walker.walk(question);
      ASSERT_EQ(got, want);
      ASSERT_EQ(walker.walk_back(), want);
      pages_seen += got.size();
    }
  }
  EXPECT_GT(pages_seen, 3U * kRounds * kWalks) << "these were no walks";
}

}  // namespace
}  // namespace waybill::testing
