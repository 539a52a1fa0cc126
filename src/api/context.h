#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "api/error_response.h"
#include "base/clock.h"
#include "http/message.h"
#include "http/router.h"
#include "model/workspace.h"

namespace waybill::api {

// A request with a longer body is not handled on its connection's thread, whose other connections would wait for it.
constexpr std::size_t kQuickBodyBytesMax = 64UL * 1024;

// How much a handler may do. What runs on a connection's thread keeps its other connections waiting, so that it may
// find a page there and show a short one; a handler that needs more says so, and runs again where it may take its time.
enum class Effort { kLittle, kAll };
constexpr std::size_t kLittleItems = 64;
constexpr std::size_t kLittleBytes = 128UL * 1024;

// One request on its way to its handler: what the steps before found out.
struct Context {
  http::Request request;
  http::PathParameters path;
  std::optional<model::Account> account;  // who asks; unset where anybody may
  std::string public_base;                // what URLs in the answer begin with
  base::WallTime now;                     // one time for the whole request
  // Whether the administrator asks on behalf of `account`, from whom nothing is hidden.
  bool as_administrator = false;
};

// The answer {…} with status and content type.
inline http::Response json_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

}  // namespace waybill::api
