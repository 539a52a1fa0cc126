#pragma once

#include <string_view>

namespace waybill::api {

// docs/openapi.yaml, as it was when this binary was built.
std::string_view openapi_document();

}  // namespace waybill::api
