#include "http/date.h"

#include <gtest/gtest.h>

namespace waybill::http {
namespace {

TEST(ParseDate, ThreeFormsOfHttpNameOneTime) {
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994", " Sun, 06 Nov 1994 08:49:37 GMT "}) {
    const auto date = parse_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(base::to_ms(*date), 784'111'777'000) << text;
  }
}

TEST(ParseDate, WhatIsNoDateIsNone) {
  for (const char* text :
       {"", " ", "120", "1994-11-06", "tomorrow", "Sun, 66 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 EST",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nox 1994 08:49:37 GMT",
        "Sun, -6 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov 08:49:37 GMT", "Wed, 30 Feb 2026 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

}  // namespace
}  // namespace waybill::http
