#pragma once

#include <string>
#include <string_view>

namespace waybill::testing {

// Sids as the case files write them: `EV~2a` stands for EV and 32 hex digits that end in 2a, with zeros before. Other
// text stays as it is; the two functions undo each other.
std::string expand_sids(std::string_view text);
std::string shorten_sids(std::string_view text);

// What a page token of ours says is no case's business: `PageToken=PA` and what follows becomes `PageToken=PA…`. The
// bare form, with an event's sid, stays.
std::string mask_page_tokens(std::string_view text);

// JSON over as many lines as it needs, its tokens as they came. REQUIRES: `json` is JSON without white space.
std::string laid_out(std::string_view json);

}  // namespace waybill::testing
