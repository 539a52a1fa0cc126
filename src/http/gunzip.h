#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace waybill::http {

// What a gzip body (RFC 1952) holds. kCorruption for what is none, or is cut short; kTooLarge for more than `bytes_max`
// bytes.
base::Result<std::string> gunzip(std::string_view body, std::size_t bytes_max);

}  // namespace waybill::http
