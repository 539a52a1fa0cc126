#include "doctor/setup_checks.h"

#include <gtest/gtest.h>

#include "doctor/testing/judged.h"

namespace waybill::doctor {
namespace {

using testing::expect_finding;

constexpr base::WallTime kNow = base::from_ms(1'800'000'000'000);

TEST(CheckModes, secrets_are_for_their_owner_alone) {
  struct Case {
    Secrecy secrecy;
    std::uint32_t mode;
    State state;
  };
  const Case cases[] = {
      {Secrecy::kOwner, 0100600, State::kFine}, {Secrecy::kOwner, 0100400, State::kFine},
      {Secrecy::kOwner, 0100640, State::kMend}, {Secrecy::kOwner, 0100604, State::kMend},
      {Secrecy::kOwner, 0100666, State::kMend}, {Secrecy::kGroup, 0100640, State::kFine},
      {Secrecy::kGroup, 0100644, State::kMend}, {Secrecy::kGroup, 0100660, State::kMend},
  };
  for (const Case& c : cases) {
    const FileMode files[] = {{"/data", Secrecy::kOwner, 040700, 7}, {"/data/admin.token", c.secrecy, c.mode, 7}};
    expect_finding(check_modes(files), c.state,
                   c.state == State::kMend ? "open to others: /data/admin.token" : "nobody");
  }
}

TEST(CheckModes, one_user_owns_the_directory) {
  const FileMode files[] = {{"/data", Secrecy::kOwner, 040700, 7},
                            {"/data/waybill.db", Secrecy::kOwner, 0100600, 0},
                            {"/etc/key.pem", Secrecy::kGroup, 0100640, 0}};
  expect_finding(check_modes(files), State::kMend, "not of the user who owns /data: /data/waybill.db");
  expect_finding(check_modes({}), State::kNote, "nothing is there yet");
}

TEST(CheckCertificate, it_must_be_good_for_a_while) {
  const auto with = [](std::chrono::days left) { return std::optional(CertificateFacts{"/c.pem", kNow + left, kNow}); };
  expect_finding(check_certificate(with(std::chrono::days(60)), true), State::kFine, "/c.pem fits its key");
  expect_finding(check_certificate(with(std::chrono::days(5)), true), State::kMend, "good until");
  expect_finding(check_certificate(with(std::chrono::days(-5)), true), State::kMend, "has not been valid since");
  expect_finding(check_certificate(base::invalid_argument("/k.pem: is not the key of /c.pem"), true), State::kMend,
                 "is not the key");
}

TEST(CheckCertificate, plain_http_is_for_this_machine) {
  expect_finding(check_certificate(std::optional<CertificateFacts>(), false), State::kFine, "plain HTTP");
  expect_finding(check_certificate(std::optional<CertificateFacts>(), true), State::kNote, "others can reach");
}

TEST(CheckPort, it_is_free_or_ours) {
  struct Case {
    PortFacts facts;
    State state;
    const char* words;
  };
  const Case cases[] = {
      {{"127.0.0.1:80", PortState::kFree, "", {}}, State::kFine, "127.0.0.1:80 is free"},
      {{"127.0.0.1:80", PortState::kOurs, "", 7}, State::kFine, "the running server"},
      {{"127.0.0.1:80", PortState::kFree, "", 7}, State::kMend, "though process 7 serves"},
      {{"127.0.0.1:80", PortState::kWaybill, "", {}}, State::kMend, "another Waybill"},
      {{"127.0.0.1:80", PortState::kOther, "", {}}, State::kMend, "no Waybill"},
      {{"127.0.0.1:80", PortState::kRefused, "listening: Permission denied", {}}, State::kMend, "Permission denied"},
  };
  for (const Case& c : cases) expect_finding(check_port(c.facts), c.state, c.words);
}

}  // namespace
}  // namespace waybill::doctor
