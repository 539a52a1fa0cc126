#include "segment/owners.h"

#include <gtest/gtest.h>

namespace waybill::segment {
namespace {

Owner owner_of(const std::string& account, const std::string& workspace, const std::string& name) {
  return {*model::AccountSid::parse(account), workspace, name};
}

const Owners kSome = {{model::WorkspaceNumber{1},
                       owner_of("AC0123456789abcdef0123456789abcdef", "WS0123456789ABCDEF0123456789abcdef", "Zürich")},
                      {model::WorkspaceNumber{70'000},
                       owner_of("ACfedcba9876543210fedcba9876543210", "WS0123456789abcdef0123456789abcdef", "")}};

TEST(Owners, are_read_as_they_were_written) {
  EXPECT_EQ(decode_owners(encode_owners(kSome)), kSome);
  EXPECT_EQ(decode_owners(""), Owners());
}

TEST(Owners, bytes_that_are_no_such_section_are_refused) {
  const std::string whole = encode_owners(kSome);
  const std::string first = encode_owners({*kSome.begin()});
  for (std::size_t length = 1; length < whole.size(); ++length) {
    if (length == first.size()) continue;  // the first alone is whole
    EXPECT_FALSE(decode_owners(whole.substr(0, length))) << length;
  }
  EXPECT_FALSE(decode_owners(first + first)) << "a number that stands twice";
  std::string bad = whole;
  bad[24] = 'X';
  EXPECT_FALSE(decode_owners(bad)) << "a workspace that is no SID";
  bad = whole;
  bad[7] = '\x7f';
  EXPECT_FALSE(decode_owners(bad)) << "a name without an end";
}

}  // namespace
}  // namespace waybill::segment
