#include "http/connection_gate.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace waybill::http {
namespace {

bool is_ready(const std::future<void>& future) {
  return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

TEST(ConnectionGateTest, OneTooManyIsRefusedUntilAnotherLeaves) {
  ConnectionGate gate({2, 2});
  EXPECT_EQ(gate.enter("a"), Entry::kOpen);
  EXPECT_EQ(gate.enter("b"), Entry::kOpen);
  EXPECT_EQ(gate.enter("c"), Entry::kTooMany);
  EXPECT_EQ(gate.count(), 2U);
  gate.leave("a", Entry::kOpen);
  EXPECT_EQ(gate.enter("c"), Entry::kOpen);
}

TEST(ConnectionGateTest, ANetworkHasItsOwnLimitAndAnUnnamedOneHasNone) {
  ConnectionGate gate({100, 2});
  EXPECT_EQ(gate.enter("a"), Entry::kOpen);
  EXPECT_EQ(gate.enter("a"), Entry::kOpen);
  EXPECT_EQ(gate.enter("a"), Entry::kTooManyOfNetwork);
  EXPECT_EQ(gate.enter("b"), Entry::kOpen);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(gate.enter(""), Entry::kOpen);
  gate.leave("a", Entry::kOpen);
  EXPECT_EQ(gate.enter("a"), Entry::kOpen);
  EXPECT_EQ(gate.enter("a"), Entry::kTooManyOfNetwork);
}

TEST(ConnectionGateTest, NewLimitsAreForThoseThatComeLater) {
  ConnectionGate gate({1, 1});
  EXPECT_EQ(gate.enter("a"), Entry::kOpen);
  gate.set_limits({3, 2});
  EXPECT_EQ(gate.enter("a"), Entry::kOpen);
  gate.set_limits({1, 1});
  EXPECT_EQ(gate.enter("b"), Entry::kTooMany);
  EXPECT_EQ(gate.count(), 2U);
}

TEST(ConnectionGateTest, ClosingWaitsForThoseThatCameInTimeOnly) {
  ConnectionGate gate({10, 10});
  EXPECT_EQ(gate.enter("a"), Entry::kOpen);
  const std::future<void> emptied = gate.begin_to_close();
  EXPECT_EQ(gate.enter("a"), Entry::kLate);
  EXPECT_FALSE(is_ready(emptied));
  gate.leave("a", Entry::kOpen);
  EXPECT_TRUE(is_ready(emptied));
  gate.leave("a", Entry::kLate);
  EXPECT_EQ(gate.count(), 0U);
  ConnectionGate empty({1, 1});
  EXPECT_TRUE(is_ready(empty.begin_to_close()));
}

}  // namespace
}  // namespace waybill::http
