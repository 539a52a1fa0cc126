#include <string>

#include "api/page_token.h"
#include "fuzz/target.h"

// Page tokens: nothing is taken that was not given out; what was is taken, but changed in one byte not.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace waybill;
  constexpr std::string_view kSecret = "a secret of the store";
  std::string_view rest = fuzz::text_of(data, size);
  const std::string bound_to(fuzz::take_line(rest));
  const std::string forged(rest);
  static_cast<void>(api::parse_bare_page_token(forged));
  // To guess a code of 128 bits is beyond any fuzzer.
  CHECK(!api::decode_page_token(forged, kSecret, bound_to));

  const auto number = [&](std::size_t at) { return at < rest.size() ? static_cast<unsigned char>(rest[at]) : 0U; };
  api::PageMark mark;
  mark.side = number(0) % 2 == 0 ? api::PageSide::kAfter : api::PageSide::kBefore;
  mark.key = {base::from_ms(static_cast<std::int64_t>(number(1)) << (number(2) % 50)), model::Position{number(3)}};
  mark.horizon = model::Position{static_cast<std::uint64_t>(number(4)) << (number(5) % 56)};
  mark.from = base::from_ms(-static_cast<std::int64_t>(number(6)));
  mark.to = base::from_ms(number(7));
  mark.incarnation = number(8);
  std::string token = api::encode_page_token(mark, kSecret, bound_to);
  const auto decoded = api::decode_page_token(token, kSecret, bound_to);
  CHECK(decoded && *decoded == mark);
  CHECK(!api::decode_page_token(token, kSecret, bound_to + "|"));
  const std::size_t at = number(9) % token.size();
  const char other = static_cast<char>(number(10));
  if (token[at] != other) {
    token[at] = other;
    CHECK(!api::decode_page_token(token, kSecret, bound_to));
  }
  return 0;
}
