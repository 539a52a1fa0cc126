#pragma once

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "http/server.h"

namespace waybill::http::testing {

// An error page that shows the error's status and detail.
inline Response plain_page(const Failure& failure) {
  const std::string& detail = failure.detail;
  switch (failure.error) {
    case ProtocolError::kMalformed: return {400, {}, detail};
    case ProtocolError::kTimedOut: return {408, {}, detail};
    case ProtocolError::kBodyTooLarge: return {413, {}, detail};
    case ProtocolError::kTargetTooLong: return {414, {}, detail};
    case ProtocolError::kHeadersTooLarge: return {431, {}, detail};
    case ProtocolError::kVersionNotSupported: return {505, {}, detail};
    case ProtocolError::kHandlerFailed: return {500, {}, detail};
    case ProtocolError::kOverloaded:
    case ProtocolError::kStopping: return {503, {}, detail};
  }
  return {};
}

// Shows every part of a request but the headers and the peer: "POST /path ?query body".
inline std::string shown(const Request& request) {
  return fmt::format("{} {} ?{} {}", to_text(request.method), request.path, request.query, request.body);
}

// Answers with what it was asked.
inline void echo(Request&& request, Reply reply) { reply.send({200, {}, shown(request)}); }

inline std::unique_ptr<Server> start_server(Handler handler, const ServerOptions& options = {},
                                            ErrorPage page = plain_page) {
  auto server = Server::start(options, std::move(handler), std::move(page));
  EXPECT_TRUE(server) << server.error().message();
  return std::move(server).value();
}

}  // namespace waybill::http::testing
