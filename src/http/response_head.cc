#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include "base/strings.h"

namespace waybill::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 4> kOwnHeaders = {"Connection", "Content-Length", "Date", "Transfer-Encoding"};

bool is_own_header(std::string_view name) {
  return std::any_of(kOwnHeaders.begin(), kOwnHeaders.end(),
                     [name](std::string_view own) { return base::equals_ignoring_case(own, name); });
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (static_cast<unsigned>(byte < ' ') & static_cast<unsigned>(byte != '\t')) |
         static_cast<unsigned>(byte == 0x7f);
}

void append_clean(std::string& out, std::string_view text) {
  const std::size_t from = out.size();
  out += text;
  // Without a branch, so that the compiler takes many bytes at a time.
  unsigned found = 0;
  for (const char c : text) found |= static_cast<unsigned>(is_control(c));
  if (found != 0) std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(from), out.end(), is_control, ' ');
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end);
}

// The phrase behind the number, which may be empty (RFC 9112 §4).
std::string_view reason_of(int number) {
  const auto status = boost::beast::http::int_to_status(static_cast<unsigned>(number));
  if (status == boost::beast::http::status::unknown) return {};
  return boost::beast::http::obsolete_reason(status);
}

bool names_accept_encoding(std::string_view vary) {
  for (const std::string_view item : base::split(vary, ',')) {
    const std::string_view name = base::trim(item);
    if (name == "*" || base::equals_ignoring_case(name, "Accept-Encoding")) return true;
  }
  return false;
}

}  // namespace

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string_view DateText::at(base::WallTime now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (second.time_since_epoch().count() == second_) return text_;
  second_ = second.time_since_epoch().count();
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(second - day);
  text_ =
      fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
                  static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                  static_cast<int>(date.year()), time.hours().count(), time.minutes().count(), time.seconds().count());
  return text_;
}

void append_head(std::string& out, const Response& response, const HeadOptions& options) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(response.status));
  out += ' ';
  out += reason_of(response.status);
  if (!options.date.empty()) {
    out += "\r\nDate: ";
    out += options.date;
  }
  if (may_have_body(response.status)) {
    out += "\r\nContent-Length: ";
    append_number(out, options.body_bytes.value_or(response.body_bytes()));
  }
  bool must_say_vary = options.varies_by_encoding;
  for (const Header& header : response.headers) {
    if (is_own_header(header.name)) continue;
    if (base::equals_ignoring_case(header.name, "Vary") && names_accept_encoding(header.value)) must_say_vary = false;
    out += "\r\n";
    append_clean(out, header.name);
    out += ": ";
    append_clean(out, header.value);
  }
  if (must_say_vary) out += "\r\nVary: Accept-Encoding";
  if (options.connection == HeadOptions::Connection::kClose) out += "\r\nConnection: close";
  if (options.connection == HeadOptions::Connection::kKeepAlive) out += "\r\nConnection: keep-alive";
  out += "\r\n\r\n";
}

}  // namespace waybill::http
