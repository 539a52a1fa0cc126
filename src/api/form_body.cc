#include "api/form_body.h"

#include "base/strings.h"

namespace waybill::api {

ApiResult<QueryParams> parse_form_body(const http::Request& request, const std::vector<std::string_view>& known) {
  const std::string_view type = request.header("Content-Type").value_or("");
  const bool is_form =
      base::to_lower(base::trim(base::split(type, ';').front())) == "application/x-www-form-urlencoded";
  if (!request.body.empty() && !is_form) {
    return ApiError{415, 20415,
                    "Content-Type: " + base::quoted_for_message(type) + " is not application/x-www-form-urlencoded"};
  }
  TRY_ASSIGN(const QueryParams params, QueryParams::parse(request.body, known, "the body"));
  for (const std::string_view name : known) {
    const auto value = params.raw(name);
    if (value && !base::is_utf8(*value)) {
      return invalid_parameter(std::string(name) + ": " + base::quoted_for_message(*value) + " is not UTF-8");
    }
  }
  return params;
}

ApiResult<bool> form_switch(const QueryParams& params, std::string_view name) {
  const auto text = params.text(name);
  if (!text || *text == "false") return false;
  if (*text == "true") return true;
  return invalid_parameter(std::string(name) + ": " + base::quoted_for_message(*text) + " is neither true nor false");
}

}  // namespace waybill::api
