#include "webhook/query_text.h"

#include <gtest/gtest.h>

namespace waybill::webhook {
namespace {

using Spelling = QueryText::Spelling;

TEST(QueryText, is_what_it_was_made_of_unless_it_is_dressed) {
  for (const char* query : {"", "a", "a=", "=", "a=b&c=d", "a=%40&b=@&c", "a=b+c%20d&&", "a=100%&b=%zz", "a=b=c",
                            "a=\xc3\xa9%C3%a9", "a=%"}) {
    EXPECT_EQ(QueryText(query).text({}), query);
  }
}

TEST(QueryText, spells_each_kind_of_character_otherwise) {
  struct Case {
    const char* query;
    unsigned char kind;
    Spelling spelling;
    const char* want;
  };
  const Case cases[] = {
      {"a=x@y%40", '@', Spelling::kRaw, "a=x@y@"},
      {"a=x@y%40", '@', Spelling::kEscaped, "a=x%40y%40"},
      {"a=b+c%20d", ' ', Spelling::kEscaped, "a=b%20c%20d"},
      {"a=b+c%20d", ' ', Spelling::kPlus, "a=b+c+d"},
      {"a=b+c", ' ', Spelling::kPlusSign, "a=b%2Bc"},
      {"a=%2B1", '+', Spelling::kRaw, "a=+1"},
      {"a=\xc3\xa9", QueryText::kBeyondAscii, Spelling::kEscaped, "a=%C3%A9"},
      {"a=YQ%3D%3D", '=', Spelling::kRaw, "a=YQ=="},
      {"a%3Db=c", '=', Spelling::kRaw, "a%3Db=c"},
      {"a=b%26c", '&', Spelling::kRaw, "a=b%26c"},
      {"a=100%", '%', Spelling::kEscaped, "a=100%25"},
  };
  for (const Case& c : cases) {
    QueryText::Dress dress;
    dress.kinds[c.kind] = c.spelling;
    EXPECT_EQ(QueryText(c.query).text(dress), c.want) << c.query;
  }
}

TEST(QueryText, puts_on_order_digits_and_equals) {
  const QueryText query("b=%3A&a");
  QueryText::Dress dress;
  dress.order = {1, 0};
  dress.digits = QueryText::HexDigits::kLower;
  dress.equals = QueryText::Equals::kAlways;
  EXPECT_EQ(query.text(dress), "a=&b=%3a");
}

TEST(QueryText, names_the_kinds_that_may_be_spelled_otherwise) {
  const auto kinds_of = [](const char* query) {
    std::string out;
    const QueryText text(query);
    for (const QueryText::Kind& kind : text.kinds()) out += static_cast<char>(kind.kind);
    return out;
  };
  EXPECT_EQ(kinds_of("a=b-c_d.e"), "");
  EXPECT_EQ(kinds_of("a=b%2Dc:d~e%26"), "-:~");
  EXPECT_EQ(kinds_of("a=b+c"), " ");
}

}  // namespace
}  // namespace waybill::webhook
