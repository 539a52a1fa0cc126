#include "cli/flag_names.h"

#include <gtest/gtest.h>

namespace waybill::cli {
namespace {

TEST(FlagNames, stand_where_the_parameters_of_the_api_stood) {
  const std::pair<const char*, const char*> cases[] = {
      {"AccountSid: is needed", "--account: is needed"},
      {"From: \"x\" is no time", "--from: \"x\" is no time"},
      {"From and To: are both needed where neither TaskSid nor WorkerSid says whose events are meant",
       "--from and --to: are both needed where neither --task nor --worker says whose events are meant"},
      {"To the disk nothing was written", "To the disk nothing was written"},
      {"Retain: '365' needs a unit", "age: '365' needs a unit"},
      {"Road: 'x' is none of post", "--road: 'x' is none of post"},
      {"Number: '0' must be a whole number", "NUMBER: '0' must be a whole number"},
      {"confirm it (--confirm, or Confirm=true)", "confirm it (--confirm)"},
      {"there is no workspace", "there is no workspace"},
  };
  for (const auto& [message, want] : cases) EXPECT_EQ(with_flag_names(message), want);
}

}  // namespace
}  // namespace waybill::cli
