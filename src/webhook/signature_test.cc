#include "webhook/signature.h"

#include <gtest/gtest.h>

namespace waybill::webhook {
namespace {

// From the tests of the official libraries (twilio-python tests/unit/test_request_validator.py, twilio-java
// RequestValidatorTest.java).
TEST(Signature, of_a_form_is_as_the_published_vectors_have_it) {
  const http::Parameters call = {{"To", "+18005551212"},
                                 {"From", "+14158675309"},
                                 {"Digits", "1234"},
                                 {"Caller", "+14158675309"},
                                 {"CallSid", "CA1234567890ABCDE"}};
  struct Vector {
    const char* url;
    http::Parameters parameters;
    const char* signature;
  };
  const Vector vectors[] = {
      {"https://mycompany.com/myapp.php?foo=1&bar=2", call, "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
      {"http://mycompany.com:1234/myapp.php?foo=1&bar=2", call, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="},
      {"https://mycompany.com/myapp.php?foo=1&bar=2", {}, "zYQTYrRWXE7LtzbG4PfP7/bkkGo="},
      {"https://mycompany.com/myapp.php?foo=1&bar=2",
       {{"SidAccount", "AC123"}, {"Digits", "5678"}, {"Sid", "CA123"}, {"Digits", "1234"}, {"Digits", "1234"}},
       "IK+Dwps556ElfBT0I3Rgjkr1wJU="},
  };
  for (const Vector& vector : vectors) {
    EXPECT_EQ(sign("12345", vector.url, form_suffix(vector.parameters)), vector.signature) << vector.url;
  }
}

}  // namespace
}  // namespace waybill::webhook
