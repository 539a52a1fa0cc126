#include "api/error_response.h"

#include <algorithm>

#include "base/strings.h"
#include "codec/json_writer.h"
#include "http/url.h"

namespace waybill::api {
namespace {

constexpr const char* kMoreInfo = "https://www.twilio.com/docs/errors/";

// `/v1/Workspaces/…` is named without its version, as the hosted service does.
std::string_view without_version(std::string_view path) { return path.starts_with("/v1/") ? path.substr(3) : path; }

bool is_printable(char c) { return c > ' ' && c < '\x7f'; }

ApiError of_status(int status, std::string message) { return {status, 20000 + status, std::move(message)}; }

}  // namespace

ApiError invalid_parameter(std::string message) { return {400, 20001, std::move(message)}; }

std::string path_for_message(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (is_printable(c)) {
      out += c;
    } else {
      out += http::percent_encode({&c, 1});
    }
  }
  return out;
}

ApiError resource_not_found(std::string_view path) {
  return {404, 20404, "The requested resource " + path_for_message(without_version(path)) + " was not found"};
}

std::string without_folders(std::string_view message) {
  std::string out;
  for (const std::string_view word : base::split(message, ' ')) {
    const std::size_t begin = std::min(word.find_first_not_of("'\"("), word.size());
    if (!word.substr(begin).starts_with('/')) {
      out.append(word);
    } else {
      out.append(word.substr(0, begin)).append(word.substr(word.rfind('/') + 1));
    }
    out += ' ';
  }
  out.pop_back();
  return out;
}

ApiError to_api_error(const base::Error& error) {
  switch (error.code()) {
    case base::ErrorCode::kInvalidArgument: return invalid_parameter(error.message());
    case base::ErrorCode::kNotFound: return of_status(404, error.message());
    case base::ErrorCode::kConflict: return of_status(409, error.message());
    case base::ErrorCode::kTooLarge: return of_status(413, error.message());
    case base::ErrorCode::kBusy:
    case base::ErrorCode::kUnavailable:
    case base::ErrorCode::kUntrusted:
    case base::ErrorCode::kCorruption: return of_status(503, without_folders(error.message()));
    case base::ErrorCode::kStorageFull: return of_status(507, without_folders(error.message()));
    case base::ErrorCode::kIo: return of_status(500, without_folders(error.message()));
  }
  return of_status(500, without_folders(error.message()));
}

http::Response error_response(const ApiError& error) {
  http::Response response;
  response.status = error.status;
  codec::JsonWriter out(response.body);
  out.begin_object();
  out.key("code").number(error.code);
  out.member("message", error.message);
  out.member("more_info", kMoreInfo + std::to_string(error.code));
  out.key("status").number(error.status);
  out.end_object();
  if (error.status == 401)
    response.headers.push_back({"WWW-Authenticate", "Basic realm=\"Waybill\", charset=\"UTF-8\""});
  if (error.status == 429 || error.status == 503) {
    const std::chrono::seconds pause = error.retry_after.value_or(std::chrono::seconds(1));
    response.headers.push_back({"Retry-After", std::to_string(pause.count())});
  }
  return response;
}

http::Response protocol_error_response(http::ProtocolError error, const std::string& detail) {
  switch (error) {
    case http::ProtocolError::kMalformed: return error_response(invalid_parameter(detail));
    case http::ProtocolError::kTimedOut: return error_response(of_status(408, detail));
    case http::ProtocolError::kBodyTooLarge: return error_response(of_status(413, detail));
    case http::ProtocolError::kTargetTooLong: return error_response(of_status(414, detail));
    case http::ProtocolError::kHeadersTooLarge: return error_response(of_status(431, detail));
    case http::ProtocolError::kVersionNotSupported: return error_response(of_status(505, detail));
    case http::ProtocolError::kHandlerFailed: return error_response(of_status(500, detail));
    case http::ProtocolError::kOverloaded:
    case http::ProtocolError::kStopping: return error_response(of_status(503, detail));
  }
  return error_response(of_status(500, detail));
}

}  // namespace waybill::api
