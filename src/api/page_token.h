#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/error_response.h"
#include "base/clock.h"
#include "model/position.h"
#include "model/sid.h"

namespace waybill::api {

enum class PageSide { kAfter, kBefore };

// Where a page stopped, and everything the next one needs to be cut from the same answer: the place in the order, the
// horizon and the window of the walk's first page, and the store's incarnation.
struct PageMark {
  PageSide side = PageSide::kAfter;
  model::SortKey key;
  model::Position horizon = model::kNoPosition;
  base::WallTime from;
  base::WallTime to;
  std::uint64_t incarnation = 0;
  friend bool operator==(const PageMark&, const PageMark&) = default;
};

// A mark as opaque text: PA or PB, then base64url of its bytes and of a MAC over them and over `bound_to`, the text of
// what the token may be used for (account, workspace, filters, ordering). docs/formats/page-token.md.
std::string encode_page_token(const PageMark& mark, std::string_view secret, std::string_view bound_to);

// The mark of a token that encode_page_token made with the same secret and `bound_to`; 400/21481 for any other text.
ApiResult<PageMark> decode_page_token(std::string_view token, std::string_view secret, std::string_view bound_to);

// The remedy that the hosted service documents for absolute paging: PA or PB followed by an event's sid.
struct BarePageToken {
  PageSide side = PageSide::kAfter;
  model::EventSid sid;
};
std::optional<BarePageToken> parse_bare_page_token(std::string_view token);

// 400/21481.
ApiError invalid_page_token();

}  // namespace waybill::api
