#include "app/reload_plan.h"

#include <string>

#include <gtest/gtest.h>

namespace waybill::app {
namespace {

using Given = std::map<std::string, std::string>;

struct Case {
  Given before;
  Given after;
  CertificateChange certificate;
  std::string changed;
  std::string for_a_start;
  Given in_force;
};

TEST(ReloadPlan, says_what_changes_now_and_what_waits_for_a_start) {
  const CertificateChange now = CertificateChange::kNow;
  const CertificateChange at_start = CertificateChange::kAtStart;
  const Case cases[] = {
      {{}, {}, now, "", "", {}},
      {{{"rate-limit", "1"}}, {{"rate-limit", "1"}}, now, "", "", {{"rate-limit", "1"}}},
      {{{"rate-limit", "1"}}, {{"rate-limit", "2"}}, now, "rate-limit", "", {{"rate-limit", "2"}}},
      {{{"rate-limit", "1"}}, {}, now, "rate-limit", "", {}},
      {{}, {{"listen", "[::1]:1"}, {"log-level", "debug"}}, now, "log-level", "listen", {{"log-level", "debug"}}},
      {{{"data", "a"}}, {{"data", "b"}}, now, "", "data", {{"data", "a"}}},
      {{{"tls-key", "a"}}, {{"tls-key", "b"}}, now, "tls-key", "", {{"tls-key", "b"}}},
      {{}, {{"tls-certificate", "a"}, {"tls-key", "b"}}, at_start, "", "tls-certificate,tls-key", {}},
      {{},
       {{"idle-time-max", "1"}, {"body-bytes-max", "2"}},
       now,
       "body-bytes-max,idle-time-max",
       "",
       {{"idle-time-max", "1"}, {"body-bytes-max", "2"}}},
  };
  for (const Case& c : cases) {
    const ReloadPlan plan = plan_reload(c.before, c.after, c.certificate);
    EXPECT_EQ(plan.changed, c.changed);
    EXPECT_EQ(plan.for_a_start, c.for_a_start);
    EXPECT_EQ(plan.in_force, c.in_force);
  }
}

}  // namespace
}  // namespace waybill::app
