#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/result.h"
#include "http/message.h"
#include "http/server.h"

namespace waybill::api {

// An answer that is not what was asked for: the four members of the documented error body, less more_info, which
// follows from the code. Codes are those of the hosted service's error list where it has one that fits; where it has
// none, 20000 + the status, which is how that list is built.
struct ApiError {
  int status = 500;
  int code = 20500;
  std::string message;
  std::optional<std::chrono::seconds> retry_after = {};  // with 429 and 503; a second where nothing is said
};

// What an API function yields: a value, or the error to answer with.
template <class T>
using ApiResult = base::Result<T, ApiError>;

ApiError invalid_parameter(std::string message);     // 400, 20001
ApiError resource_not_found(std::string_view path);  // 404, 20404

// A request's path as a message may show it: what is no visible ASCII, and might be no UTF-8, percent-encoded.
std::string path_for_message(std::string_view path);

// A message without the folders of the files that it names, which say how the server's machine is laid out:
// "/var/lib/waybill/segments/000001.seg at offset 0" becomes "000001.seg at offset 0". URLs stay.
std::string without_folders(std::string_view message);

// The error to answer with where something below failed. What names files of the server names no folder.
ApiError to_api_error(const base::Error& error);

// What something below gave, as the API's.
template <class T>
ApiResult<T> checked(base::Result<T>&& result) {
  if (!result) return to_api_error(result.error());
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return *std::move(result);
  }
}

// The body {"code","message","more_info","status"}, and the headers that go with the status (Retry-After with 429 and
// 503, WWW-Authenticate with 401).
http::Response error_response(const ApiError& error);

// The answer to what never reached a handler.
http::Response protocol_error_response(http::ProtocolError error, const std::string& detail);

}  // namespace waybill::api
