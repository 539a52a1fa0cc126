#include "bundle/hidden_secrets.h"

#include <gtest/gtest.h>

namespace waybill::bundle {
namespace {

TEST(HideSecrets, each_is_replaced_wherever_it_stands) {
  const std::vector<std::string> secrets = {"token-one", "token-one-longer", "with blank", "short", "", R"(quo"te\d)"};
  struct Case {
    const char* text;
    const char* shown;
  };
  const Case cases[] = {
      {"nothing here", "nothing here"},
      {"token-one", "(secret)"},
      {"a token-one-longer and token-one.", "a (secret) and (secret)."},
      {"token-onetoken-one", "(secret)(secret)"},
      {"/x?t=with%20blank", "/x?t=(secret)"},
      {"short stays", "short stays"},
      {R"({"token":"quo\"te\\d"})", R"x({"token":"(secret)"})x"},
      {R"(["{\"token\":\"quo\\\"te\\\\d\"}"])", R"x(["{\"token\":\"(secret)\"}"])x"},
  };
  for (const Case& c : cases) EXPECT_EQ(hide_secrets(c.text, secrets), c.shown);
}

}  // namespace
}  // namespace waybill::bundle
