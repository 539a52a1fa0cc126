#include "api/error_response.h"

#include <string_view>

#include <gtest/gtest.h>

namespace waybill::api {
namespace {

TEST(ErrorResponse, messages_name_files_without_their_folders) {
  struct Case {
    std::string_view message;
    std::string_view want;
  };
  const Case cases[] = {
      {"/var/lib/waybill/segments/000001.seg at offset 0: damaged", "000001.seg at offset 0: damaged"},
      {"writing /var/lib/waybill/waybill.db: disk I/O error", "writing waybill.db: disk I/O error"},
      {"linking '/a/b c/d' to (/e/f)", "linking 'b c/d' to (f)"},
      {"no answer from https://example.org/a/b: closed", "no answer from https://example.org/a/b: closed"},
      {"the data are 1/2 full", "the data are 1/2 full"},
      {"two  blanks ", "two  blanks "},
      {"/", ""},
      {"", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(without_folders(c.message), c.want) << c.message;
}

TEST(ErrorResponse, what_the_store_says_of_its_files_is_answered_without_folders) {
  const std::string_view message = "reading /var/lib/waybill/waybill.db: failed";
  struct Case {
    base::ErrorCode code;
    int status;
  };
  const Case cases[] = {{base::ErrorCode::kBusy, 503},
                        {base::ErrorCode::kUnavailable, 503},
                        {base::ErrorCode::kCorruption, 503},
                        {base::ErrorCode::kStorageFull, 507},
                        {base::ErrorCode::kIo, 500}};
  for (const Case& c : cases) {
    const ApiError error = to_api_error(base::Error(c.code, std::string(message)));
    EXPECT_EQ(error.status, c.status);
    EXPECT_EQ(error.message, "reading waybill.db: failed");
  }
}

}  // namespace
}  // namespace waybill::api
