#include "http/request_reader.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <fmt/format.h>

#include "base/strings.h"
#include "http/gzip.h"

namespace waybill::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using BeastText = boost::beast::string_view;

constexpr std::string_view kHeadEnd = "\r\n\r\n";

// A chunk's size line and the trailers after the last chunk; nobody sends long ones.
constexpr std::size_t kChunkLineBytesMax = 8UL * 1024;

// A Content-Length is a promise only: so much room is made for a body in advance, the rest as it comes.
constexpr std::size_t kBodyReservedMax = 256UL * 1024;

Method method_of(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get: return Method::kGet;
    case beast_http::verb::head: return Method::kHead;
    case beast_http::verb::post: return Method::kPost;
    case beast_http::verb::put: return Method::kPut;
    case beast_http::verb::patch: return Method::kPatch;
    case beast_http::verb::delete_: return Method::kDelete;
    case beast_http::verb::options: return Method::kOptions;
    default:  // the enumeration is Beast's, and holds every method ever registered
      return Method::kOther;
  }
}

// The length of the scheme and "//" of an absolute-form target; 0 if it is none.
std::size_t scheme_length(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (base::equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

// Whether a request line is right but for the number of its version.
bool names_some_version(std::string_view line) {
  constexpr std::string_view kShape = "HTTP/";
  if (std::count(line.begin(), line.end(), ' ') != 2 || line.size() < kShape.size() + 3) return false;
  const std::string_view version = line.substr(line.size() - kShape.size() - 3);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return version.starts_with(kShape) && is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
}

// Whether what is left of a chunked body begins with the whole line of a chunk that is not the last one. The line end
// of the chunk before stands in front of it.
bool has_chunk_line(std::string_view bytes) {
  if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
  const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
  const std::size_t digit = line.find_first_not_of('0');
  const bool is_last = digit == std::string_view::npos || std::isxdigit(static_cast<unsigned char>(line[digit])) == 0;
  return line.size() < bytes.size() && !is_last;
}

bool is_token_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

// Beast's parser, putting what it finds where the reader wants it. It is only ever given whole heads: its own limit on
// heads that come in pieces counts each piece anew.
class RequestReader::Parser final : public beast_http::basic_parser<true> {
 public:
  Parser(Request& request, const ServerLimits& limits) : request_(request) {
    eager(true);
    header_limit(static_cast<std::uint32_t>(
        std::min<std::size_t>(limits.header_bytes_max, std::numeric_limits<std::uint32_t>::max())));
    body_limit(limits.body_bytes_max);
  }

  std::string target;
  std::string accept_encoding;
  std::string expect;
  std::string transfer_encoding;
  bool is_http_1_0 = false;
  int content_length_count = 0;
  int host_count = 0;
  std::string repeated;  // a header that an honest client sends once, and that came again

 private:
  void on_request_impl(beast_http::verb verb, BeastText /*method*/, BeastText text, int version,
                       error_code& /*error*/) override {
    request_.method = method_of(verb);
    is_http_1_0 = version == 10;
    target.assign(text.data(), text.size());
  }

  void on_response_impl(int /*status*/, BeastText /*reason*/, int /*version*/, error_code& /*error*/) override {}

  void on_field_impl(beast_http::field field, BeastText name, BeastText value, error_code& /*error*/) override {
    // A trailer comes too late for whoever has decided by the headers.
    if (head_is_done_) return;
    if (field == beast_http::field::host) ++host_count;
    if (field == beast_http::field::content_length) note_length(value);
    if (field == beast_http::field::authorization) note_single(name, has_authorization_);
    if (field == beast_http::field::content_type) note_single(name, has_content_type_);
    if (field == beast_http::field::expect) expect.assign(value.data(), value.size());
    if (field == beast_http::field::accept_encoding) append_to_list(accept_encoding, value);
    if (field == beast_http::field::transfer_encoding) append_to_list(transfer_encoding, value);
    request_.headers.push_back({std::string(name), std::string(value)});
  }

  void on_header_impl(error_code& /*error*/) override { head_is_done_ = true; }

  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, error_code& /*error*/) override {}

  std::size_t on_body_impl(BeastText bytes, error_code& /*error*/) override {
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t /*size*/, BeastText /*extensions*/, error_code& /*error*/) override {}

  std::size_t on_chunk_body_impl(std::uint64_t /*remaining*/, BeastText bytes, error_code& error) override {
    return on_body_impl(bytes, error);
  }

  void on_finish_impl(error_code& /*error*/) override {}

  // A list counts as what it is: several.
  void note_length(BeastText value) {
    content_length_count += value.find(',') == BeastText::npos ? 1 : 2;
    if (content_length_count > 1) repeated = "Content-Length";
  }

  void note_single(BeastText name, bool& has_come) {
    if (has_come) repeated.assign(name.data(), name.size());
    has_come = true;
  }

  // Several headers of one name are one list (RFC 9110 §5.3).
  static void append_to_list(std::string& list, BeastText value) {
    if (!list.empty()) list += ", ";
    list.append(value.data(), value.size());
  }

  Request& request_;
  bool head_is_done_ = false;
  bool has_authorization_ = false;
  bool has_content_type_ = false;
};

RequestReader::RequestReader(const ServerLimits& limits) : limits_(limits) {}

RequestReader::~RequestReader() = default;

void RequestReader::begin() {
  state_ = State::kHead;
  parser_.reset();
  searched_ = 0;
  body_remaining_ = 0;
  request_ = {};
  traits_ = {};
}

void RequestReader::fail(ProtocolError error, std::string detail) {
  state_ = State::kFailed;
  problem_ = {error, std::move(detail)};
  traits_.keep_alive = false;
  // Nobody is going to ask for what has come of the body, and the answer may be long under way.
  std::string().swap(request_.body);
}

std::size_t RequestReader::read(std::string_view bytes) {
  if (state_ == State::kHead) {
    const std::size_t taken = read_head(bytes);
    if (state_ != State::kBody) return taken;
    return taken + read_body(bytes.substr(taken));
  }
  return read_body(bytes);
}

std::size_t RequestReader::read_head(std::string_view bytes) {
  // Some clients send an empty line after the body before (RFC 9112 §2.2).
  std::size_t skipped = 0;
  while (bytes.substr(skipped).starts_with("\r\n")) skipped += 2;
  if (skipped > 0) searched_ = 0;
  bytes.remove_prefix(skipped);
  if (bytes.empty()) return skipped;

  const std::size_t from = std::max(searched_, kHeadEnd.size()) - kHeadEnd.size();
  const std::size_t end = bytes.find(kHeadEnd, from);
  const std::size_t head_bytes = end == std::string_view::npos ? bytes.size() : end + kHeadEnd.size();
  searched_ = head_bytes;
  if (!check_beginning(bytes)) return skipped;
  if (head_bytes > limits_.header_bytes_max) {
    fail_oversize_head(bytes);
    return skipped;
  }
  if (end == std::string_view::npos) return skipped;
  parse_head(bytes.substr(0, head_bytes));
  return skipped + head_bytes;
}

// Spares who does not speak HTTP at all (TLS, say, or lines ended by LF alone) the wait for an end that will not come.
bool RequestReader::check_beginning(std::string_view bytes) {
  const std::size_t line_end = bytes.find('\n');
  if (line_end != std::string_view::npos && (line_end == 0 || bytes[line_end - 1] != '\r')) {
    fail(ProtocolError::kMalformed, "The request line does not end with CR LF.");
  } else if (!is_token_char(bytes.front()) && bytes != "\r") {
    fail(ProtocolError::kMalformed, "This is no HTTP request.");
  }
  return state_ != State::kFailed;
}

void RequestReader::fail_oversize_head(std::string_view bytes) {
  traits_.is_head = bytes.starts_with("HEAD ");
  const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
  const std::size_t target_at = std::min(line.find(' '), line.size() - 1) + 1;
  const std::string_view target = line.substr(target_at, line.find(' ', target_at) - target_at);
  if (target.size() > limits_.target_bytes_max) {
    return fail(ProtocolError::kTargetTooLong,
                fmt::format("The request's target is longer than {} bytes.", limits_.target_bytes_max));
  }
  fail(ProtocolError::kHeadersTooLarge,
       fmt::format("The request's headers are longer than {} bytes.", limits_.header_bytes_max));
}

void RequestReader::parse_head(std::string_view head) {
  // RFC 9112 §5.2 lets a server refuse them; what stands before us may take the second line for a header of its own.
  if (head.find("\r\n ") != std::string_view::npos || head.find("\r\n\t") != std::string_view::npos) {
    return fail(ProtocolError::kMalformed, "A header of the request goes on in the next line.");
  }
  parser_ = std::make_unique<Parser>(request_, limits_);
  error_code error;
  parser_->put(boost::asio::const_buffer(head.data(), head.size()), error);
  traits_.is_head = request_.method == Method::kHead;
  if (!error) return accept_head();
  if (error == beast_http::error::body_limit) {
    return fail(ProtocolError::kBodyTooLarge,
                fmt::format("The request's body is longer than {} bytes.", limits_.body_bytes_max));
  }
  if (error == beast_http::error::header_limit) return fail_oversize_head(head);
  if (error == beast_http::error::bad_version && names_some_version(head.substr(0, head.find("\r\n")))) {
    return fail(ProtocolError::kVersionNotSupported, "This server speaks HTTP/1.1.");
  }
  fail(ProtocolError::kMalformed, fmt::format("This is no valid HTTP request: {}.", error.message()));
}

// Beast has found the syntax right; here is what we ask beyond it.
void RequestReader::accept_head() {
  traits_.is_http_1_0 = parser_->is_http_1_0;
  traits_.accepts_gzip = accepts_gzip(parser_->accept_encoding);
  if (parser_->target.size() > limits_.target_bytes_max) {
    return fail(ProtocolError::kTargetTooLong,
                fmt::format("The request's target is longer than {} bytes.", limits_.target_bytes_max));
  }
  if (!take_target(parser_->target)) {
    return fail(ProtocolError::kMalformed, "The request's target is no path.");
  }
  if (parser_->host_count > 1 || (parser_->host_count == 0 && !traits_.is_http_1_0)) {
    return fail(ProtocolError::kMalformed, "The request must have one Host header.");
  }
  // Whoever stands before us might read another one of them, or end the body elsewhere than we do; so nothing that can
  // be read two ways.
  if (!parser_->repeated.empty()) {
    return fail(ProtocolError::kMalformed, "The request must not have two headers " + parser_->repeated + ".");
  }
  if (const std::string& encoding = parser_->transfer_encoding; !encoding.empty()) {
    if (parser_->content_length_count > 0 || traits_.is_http_1_0 || !base::equals_ignoring_case(encoding, "chunked")) {
      return fail(ProtocolError::kMalformed,
                  "A Transfer-Encoding must be 'chunked', and neither with a Content-Length nor in HTTP/1.0.");
    }
  }
  traits_.keep_alive = parser_->keep_alive();
  if (parser_->is_done()) {
    state_ = State::kWhole;
    return;
  }
  traits_.expects_continue = !traits_.is_http_1_0 && base::equals_ignoring_case(parser_->expect, "100-continue");
  body_remaining_ = parser_->content_length().value_or(0);
  request_.body.reserve(std::min(body_remaining_, kBodyReservedMax));
  state_ = State::kBody;
}

// Splits a target in origin-form, in absolute-form (whose authority outranks the Host header), or "*".
bool RequestReader::take_target(std::string_view target) {
  if (target == "*" && request_.method == Method::kOptions) {
    request_.path = target;
    return true;
  }
  if (const std::size_t scheme = scheme_length(target); scheme > 0) {
    target.remove_prefix(scheme);
    const std::string_view authority = target.substr(0, target.find_first_of("/?"));
    if (authority.empty()) return false;
    for (Header& header : request_.headers) {
      if (base::equals_ignoring_case(header.name, "Host")) header.value = authority;
    }
    target.remove_prefix(authority.size());
  } else if (!target.starts_with('/')) {
    return false;
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  request_.path = question == 0 ? "/" : target.substr(0, question);
  request_.query = target.substr(std::min(question + 1, target.size()));
  return true;
}

std::size_t RequestReader::read_body(std::string_view bytes) {
  if (bytes.empty()) return 0;
  if (body_remaining_ == 0) return read_chunks(bytes);
  const std::size_t taken = std::min(bytes.size(), body_remaining_);
  std::string& body = request_.body;
  // Room grows by doubling, but never beyond what the body is going to be, for all of it counts against the others. A
  // string that has room already takes twice as much whatever it is asked for, so a fresh one is filled.
  if (body.size() + taken > body.capacity()) {
    std::string roomier;
    roomier.reserve(std::min(std::max(2 * body.capacity(), body.size() + taken), body.size() + body_remaining_));
    body.swap(roomier.append(body));
  }
  body.append(bytes.substr(0, taken));
  body_remaining_ -= taken;
  if (body_remaining_ == 0) state_ = State::kWhole;
  return taken;
}

std::size_t RequestReader::read_chunks(std::string_view bytes) {
  error_code error;
  const std::size_t taken = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  const bool wants_more = error == beast_http::error::need_more;
  if (error == beast_http::error::body_limit) {
    fail(ProtocolError::kBodyTooLarge,
         fmt::format("The request's body is longer than {} bytes.", limits_.body_bytes_max));
  } else if (error && !wants_more) {
    fail(ProtocolError::kMalformed, fmt::format("The request's body is malformed: {}.", error.message()));
  } else if (parser_->is_done()) {
    state_ = State::kWhole;
  } else if (wants_more && has_chunk_line(bytes.substr(taken))) {
    // Beast looks for the end of a quoted text beyond its line, and counts the chunk's length anew with each look.
    fail(ProtocolError::kMalformed, "The request's body is malformed: a chunk's extension does not end in its line.");
  } else if (bytes.size() - taken > kChunkLineBytesMax) {
    fail(ProtocolError::kMalformed, "The request's body has an oversize chunk line or trailer.");
  }
  return taken;
}

}  // namespace waybill::http
