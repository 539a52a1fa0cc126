#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"

namespace waybill::http {

// Whether an answer of this status may have a body, and with it a Content-Length (RFC 9110 §6.4.1).
bool may_have_body(int status);

// The text of the Date header, rendered anew only when the second changes. Not for concurrent use.
class DateText {
 public:
  // `Tue, 15 Nov 1994 08:12:31 GMT`; good until the next call. REQUIRES: base::kTimeMin <= now <= base::kTimeMax.
  std::string_view at(base::WallTime now);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

// What a head says beyond the response itself.
struct HeadOptions {
  enum class Connection { kUnsaid, kKeepAlive, kClose };
  Connection connection = Connection::kUnsaid;
  std::string_view date;  // empty: unknown
  bool varies_by_encoding = false;
  std::optional<std::size_t> body_bytes;  // if not those of the response
};

// Appends status line, headers and the empty line, with the Content-Length of the body. The response's own
// Connection, Content-Length, Date and Transfer-Encoding are left out; a control character in a header becomes a blank,
// so that no header can smuggle in another.
void append_head(std::string& out, const Response& response, const HeadOptions& options);

}  // namespace waybill::http
