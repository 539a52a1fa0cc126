#include "model/friendly_name.h"

#include <string>

#include <gtest/gtest.h>

namespace waybill::model {
namespace {

TEST(FriendlyName, has_at_most_64_characters_whatever_bytes_they_take) {
  std::string wide;
  for (int i = 0; i < 64; ++i) wide += "é";
  for (const std::string& fine : {std::string(), std::string("billing"), std::string(64, 'x'), wide}) {
    EXPECT_TRUE(check_friendly_name(fine)) << fine;
  }
  const std::pair<std::string, std::string> refused[] = {{std::string(65, 'x'), "has more than 64 characters"},
                                                         {wide + "x", "has more than 64 characters"},
                                                         {"\xff", "is no UTF-8"}};
  for (const auto& [name, told] : refused) {
    const auto checked = check_friendly_name(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().code(), base::ErrorCode::kInvalidArgument);
    EXPECT_EQ(checked.error().message(), told);
  }
}

}  // namespace
}  // namespace waybill::model
