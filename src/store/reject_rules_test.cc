#include "store/reject_rules.h"

#include <gtest/gtest.h>

namespace waybill::store {
namespace {

const std::string kWorkspace = "WS" + std::string(32, '1');
const std::string kOtherWorkspace = "WS" + std::string(32, '2');
const std::string kTask = "WT" + std::string(32, 'a');
const std::string kOtherTask = "WT" + std::string(32, 'b');
const std::string kWorker = "WK" + std::string(32, 'c');
constexpr base::WallTime kNow = base::from_ms(1'700'000'000'000);

Reject reject(const std::string& body, const std::string& workspace = kWorkspace) {
  Reject out;
  out.account = model::AccountNumber{1};
  out.workspace_text = workspace;
  out.arrived = out.last_arrived = kNow;
  out.body = body;
  return out;
}

RejectErasure erasure_of_task() {
  return {model::AccountNumber{1}, *model::WorkspaceSid::parse(kWorkspace),
          *model::parse_term(model::Dimension::kTask, kTask), base::kTimeMin};
}

TEST(RejectRules, an_erasure_takes_what_may_be_of_its_subject) {
  struct Case {
    const char* what;
    std::string workspace;
    std::string body;
    bool goes;
  };
  const Case cases[] = {
      {"it names the task", kWorkspace, R"({"task_sid":")" + kTask + "\"", true},
      {"in capitals", kWorkspace, "TaskSid=WT" + std::string(32, 'A'), true},
      {"beside another", kWorkspace, kOtherTask + " " + kTask, true},
      {"no task at all", kWorkspace, R"({"task_attributes":"{\"name\":\"Ada\"}")", true},
      {"half a task", kWorkspace, kTask.substr(0, 20), true},
      {"another task", kWorkspace, kOtherTask, false},
      {"another task, and escapes that hide letters", kWorkspace, kOtherTask + "%57T", true},
      {"the same of JSON", kWorkspace, kOtherTask + R"(\u0057T)", true},
      {"another task, and escapes that hide none", kWorkspace, kOtherTask + R"(%3A%7B\u0022)", false},
      {"a worker", kWorkspace, kWorker, true},
      {"another workspace", kOtherWorkspace, kTask, false},
      {"the same workspace in capitals", "WS" + std::string(32, '1'), kTask, true},
      {"no workspace known", "", kTask, true},
      {"none, but another is in the bytes", "", kTask + kOtherWorkspace, false},
      {"none, and both are in the bytes", "", kTask + kOtherWorkspace + kWorkspace, true},
      {"no sid for a workspace", "WS1", kTask, true},
  };
  for (const Case& c : cases) EXPECT_EQ(may_be_of(reject(c.body, c.workspace), erasure_of_task()), c.goes) << c.what;
}

TEST(RejectRules, an_erasure_of_a_worker_looks_at_workers) {
  RejectErasure erasure = erasure_of_task();
  erasure.subject = *model::parse_term(model::Dimension::kWorker, kWorker);
  EXPECT_TRUE(may_be_of(reject(kWorker + kOtherTask), erasure));
  EXPECT_FALSE(may_be_of(reject("WK" + std::string(32, 'd')), erasure));
}

TEST(RejectRules, an_erasure_of_a_span_takes_all_that_may_lie_in_it) {
  RejectErasure erasure = erasure_of_task();
  erasure.subject.reset();
  EXPECT_TRUE(may_be_of(reject(kOtherTask), erasure));
  erasure.from = kNow + std::chrono::hours(24);
  EXPECT_TRUE(may_be_of(reject(kOtherTask), erasure)) << "the sender's clock may be ahead";
  erasure.from += std::chrono::milliseconds(1);
  EXPECT_FALSE(may_be_of(reject(kOtherTask), erasure)) << "what came before the span began is not of it";
}

TEST(RejectRules, another_account_keeps_its_own) {
  Reject other = reject(kTask);
  other.account = model::AccountNumber{2};
  EXPECT_FALSE(may_be_of(other, erasure_of_task()));
  other.account.reset();
  EXPECT_TRUE(may_be_of(other, erasure_of_task()));
}

TEST(RejectRules, the_same_element_has_the_same_digest) {
  const base::Sha256 digest = digest_of(reject("x"));
  Reject again = reject("x");
  again.place = "line 9";
  again.problem = "another";
  again.arrived += std::chrono::hours(1);
  EXPECT_EQ(digest_of(again), digest);
  for (const auto& change : std::initializer_list<void (*)(Reject&)>{
           [](Reject& r) { r.account.reset(); }, [](Reject& r) { r.workspace_text += "x"; },
           [](Reject& r) { r.road = RejectRoad::kPull; }, [](Reject& r) { r.form = RejectForm::kForm; },
           [](Reject& r) { r.body += "y"; }}) {
    Reject other = reject("x");
    change(other);
    EXPECT_NE(digest_of(other), digest);
  }
}

TEST(RejectRules, texts_are_kept_short_and_printable) {
  Reject given = reject("\x1b");
  given.problem = "\x1b[2J" + std::string(2000, 'x');
  given.workspace_text = "\xff";
  const Reject kept = tidied(given);
  EXPECT_EQ(kept.problem.substr(0, 8), R"(\x1b[2Jx)");
  EXPECT_LE(kept.problem.size(), kRejectTextMax + 3);
  EXPECT_EQ(kept.workspace_text, R"(\xff)");
  EXPECT_EQ(kept.body, "\x1b") << "bytes stay as they came";
}

TEST(RejectRules, words_for_roads_are_read_back) {
  for (const RejectRoad road : kAllRejectRoads) EXPECT_EQ(parse_reject_road(to_text(road)), road);
  EXPECT_EQ(parse_reject_road("event_stream"), RejectRoad::kEventStream) << "the metrics call it so";
  EXPECT_FALSE(parse_reject_road(""));
  EXPECT_FALSE(parse_reject_road("Post"));
}

}  // namespace
}  // namespace waybill::store
