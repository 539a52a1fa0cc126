#pragma once

#include <string_view>
#include <vector>

#include "api/error_response.h"
#include "api/query_params.h"
#include "http/message.h"

namespace waybill::api {

// The parameters of a form body; an empty body has none. 415/20415 for a body of another type than
// application/x-www-form-urlencoded; 400/20001 for a malformed one, for one of `known` given twice, and for a value
// that is not UTF-8.
ApiResult<QueryParams> parse_form_body(const http::Request& request, const std::vector<std::string_view>& known);

// One that is `true` or `false`; false where it is absent. 400/20001 for anything else.
ApiResult<bool> form_switch(const QueryParams& params, std::string_view name);

}  // namespace waybill::api
