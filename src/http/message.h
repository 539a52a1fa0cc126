#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::http {

// The methods somebody here answers; every other token is kOther.
enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

// `GET` and so on; `OTHER` for kOther.
std::string_view to_text(Method method);

class Turns;

struct Header {
  std::string name;
  std::string value;
};

// One request, its body whole.
struct Request {
  Method method = Method::kGet;
  std::string path;   // as sent, percent-encoded, without the query; begins with '/', or is "*" (kOptions only)
  std::string query;  // as sent, without the '?'; empty if there is none
  std::vector<Header> headers;  // in the order they came
  std::string body;
  std::string peer_address;   // the other end of the connection: "127.0.0.1", "::1"
  bool is_encrypted = false;  // it came by TLS
  std::string tunnel_host;    // the host that the client believes it speaks to (ServerOptions::tunnel_to); else empty
  std::string id;             // as ServerOptions::new_request_id gave it; empty without
  Turns* turns = nullptr;     // of the thread it came on, for the handler while it runs there; may be null

  // The value of the first header of that name, in any case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

// Text that many answers end with, and its compressed form (make_shared_text).
struct SharedText {
  std::string text;
  std::string deflated;   // RFC 1951, to the end of the stream; empty if it would not be shorter
  std::uint32_t crc = 0;  // of the text, as gzip has it
};

// One answer. The server adds Content-Length, Date, Connection, and what compression needs (headers of the first three
// names are its own, whatever the handler sets); it drops the body of an answer to HEAD but keeps the Content-Length.
struct Response {
  int status = 200;
  std::vector<Header> headers;
  std::string body;
  std::shared_ptr<const SharedText> body_end = {};  // what follows `body`; may be unset
  std::string remark = {};                          // for ServerOptions::on_answer alone: is not sent
  std::uint64_t owner = 0;  // whose share of ServerLimits::answers_bytes_max it takes; 0: nobody's in particular
  bool is_urgent = false;   // it is sent even where that limit is reached

  // The length of the body as a whole.
  [[nodiscard]] std::size_t body_bytes() const { return body.size() + (body_end ? body_end->text.size() : 0); }

  // The value of the first header of that name, in any case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

}  // namespace waybill::http
