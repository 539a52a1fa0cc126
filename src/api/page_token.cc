#include "api/page_token.h"

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/time_text.h"

namespace waybill::api {
namespace {

constexpr std::string_view kAfterPrefix = "PA";
constexpr std::string_view kBeforePrefix = "PB";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMacBytes = 16;
constexpr std::size_t kMarkBytes = 1 + 6 * sizeof(std::uint64_t);

std::string_view prefix_of(PageSide side) { return side == PageSide::kAfter ? kAfterPrefix : kBeforePrefix; }

std::optional<PageSide> side_of(std::string_view token) {
  if (token.starts_with(kAfterPrefix)) return PageSide::kAfter;
  if (token.starts_with(kBeforePrefix)) return PageSide::kBefore;
  return std::nullopt;
}

std::string mac_of(PageSide side, std::string_view mark, std::string_view secret, std::string_view bound_to) {
  std::string text(prefix_of(side));
  text += mark;
  text += bound_to;
  const base::Sha256 mac = base::hmac_sha256(secret, text);
  return std::string(base::as_text(mac).substr(0, kMacBytes));
}

}  // namespace

std::string encode_page_token(const PageMark& mark, std::string_view secret, std::string_view bound_to) {
  std::string bytes;
  base::put_le(bytes, kVersion);
  base::put_le(bytes, base::to_ms(mark.key.time));
  base::put_le(bytes, to_number(mark.key.position));
  base::put_le(bytes, to_number(mark.horizon));
  base::put_le(bytes, base::to_ms(mark.from));
  base::put_le(bytes, base::to_ms(mark.to));
  base::put_le(bytes, mark.incarnation);
  bytes += mac_of(mark.side, bytes, secret, bound_to);
  return std::string(prefix_of(mark.side)) + base::to_base64_url(bytes);
}

ApiResult<PageMark> decode_page_token(std::string_view token, std::string_view secret, std::string_view bound_to) {
  const auto side = side_of(token);
  const auto bytes = side ? base::from_base64_url(token.substr(kAfterPrefix.size())) : std::nullopt;
  if (!bytes || bytes->size() != kMarkBytes + kMacBytes) return invalid_page_token();
  const std::string_view mark = std::string_view(*bytes).substr(0, kMarkBytes);
  const std::string_view mac = std::string_view(*bytes).substr(kMarkBytes);
  const bool genuine = base::equal_in_constant_time(mac, mac_of(*side, mark, secret, bound_to));
  if (!genuine || base::get_le<std::uint8_t>(mark, 0) != kVersion) return invalid_page_token();
  const auto number = [&](std::size_t index) {
    return base::get_le<std::int64_t>(mark, 1 + index * sizeof(std::int64_t));
  };
  PageMark out;
  out.side = *side;
  out.key = {base::from_ms(number(0)), model::Position{static_cast<std::uint64_t>(number(1))}};
  out.horizon = model::Position{static_cast<std::uint64_t>(number(2))};
  out.from = base::from_ms(number(3));
  out.to = base::from_ms(number(4));
  out.incarnation = static_cast<std::uint64_t>(number(5));
  return out;
}

std::optional<BarePageToken> parse_bare_page_token(std::string_view token) {
  const auto side = side_of(token);
  if (!side) return std::nullopt;
  const auto sid = model::EventSid::parse(token.substr(kAfterPrefix.size()));
  if (!sid) return std::nullopt;
  return BarePageToken{*side, *sid};
}

ApiError invalid_page_token() {
  return {400, 21481, "PageToken: is not one that this list gave out with these filters; begin again without it"};
}

}  // namespace waybill::api
