#include "generator/event_stream.h"

#include <gtest/gtest.h>

namespace waybill::generator {
namespace {

TEST(EventStream, HasExactlyAsManyLinesAsAskedFor) {
  Settings settings;
  settings.events = 1000;
  EventStream stream(settings);
  std::string line;
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(stream.next(line));
  EXPECT_FALSE(stream.next(line));
}

}  // namespace
}  // namespace waybill::generator
