#pragma once

#include <string>

#include <gtest/gtest.h>

#include "doctor/finding.h"

namespace waybill::doctor::testing {

// Expects a state, and words that the text must have; what is to be mended must say how.
inline void expect_finding(const Finding& finding, State state, const std::string& words) {
  EXPECT_EQ(finding.state, state) << finding.text;
  EXPECT_NE(finding.text.find(words), std::string::npos) << finding.text << "\nlacks: " << words;
  EXPECT_FALSE(finding.check.empty());
  if (state == State::kMend) {
    EXPECT_FALSE(finding.advice.empty()) << finding.text;
  }
}

}  // namespace waybill::doctor::testing
