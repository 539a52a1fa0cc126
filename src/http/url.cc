#include "http/url.h"

#include <algorithm>

#include "base/strings.h"

namespace waybill::http {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c); }

bool is_unreserved(char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

// 0 to 15, or -1 if `c` is no hex digit.
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { kStays, kIsBlank };
enum class BadEscape { kIsRefused, kIsText };

base::Result<std::string> decode(std::string_view text, Plus plus, BadEscape bad = BadEscape::kIsRefused) {
  // What is decoded is never longer, so it is written in place and the rest cut off: forms are long, and many come.
  std::string out(text);
  if (text.find('%') == std::string_view::npos && text.find('+') == std::string_view::npos) return out;
  char* end = out.data();
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '%') {
      *end++ = c == '+' && plus == Plus::kIsBlank ? ' ' : c;
      continue;
    }
    const int high = at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? hex_value(text[at + 2]) : -1;
    if (high < 0 || low < 0) {
      if (bad == BadEscape::kIsText) {
        *end++ = c;
        continue;
      }
      return base::invalid_argument("a '%' without two hex digits in " + base::quoted_for_message(text));
    }
    *end++ = static_cast<char>(high * 16 + low);
    at += 2;
  }
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

bool is_port(std::string_view text) {
  const bool digits_only = std::all_of(text.begin(), text.end(), is_digit);
  const auto number = base::parse_int(text);
  return digits_only && number.has_value() && *number >= 1 && *number <= 65'535;
}

// A name or an IPv4 address; brackets hold an IPv6 one.
bool is_host(std::string_view text) {
  if (text.starts_with('[')) {
    if (!text.ends_with(']') || text.size() < 4) return false;
    return text.substr(1, text.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
  }
  return !text.empty() && std::all_of(text.begin(), text.end(), is_unreserved);
}

bool is_authority(std::string_view text) {
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return is_host(text);
  return is_host(text.substr(0, colon)) && is_port(text.substr(colon + 1));
}

bool is_visible(char c) { return c > ' ' && c < '\x7f'; }

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHexDigits[byte >> 4U];
      out += kHexDigits[byte & 0x0fU];
    }
  }
  return out;
}

base::Result<std::string> percent_decode(std::string_view text) { return decode(text, Plus::kStays); }

namespace {

base::Result<Parameters> read_pairs(std::string_view text, BadEscape bad) {
  const std::vector<std::string_view> pieces = base::split(text, '&');
  Parameters out;
  out.reserve(pieces.size());
  for (const std::string_view piece : pieces) {
    if (piece.empty()) continue;
    const std::size_t equals = std::min(piece.find('='), piece.size());
    const std::size_t value_at = std::min(equals + 1, piece.size());
    TRY_ASSIGN(std::string name, decode(piece.substr(0, equals), Plus::kIsBlank, bad));
    TRY_ASSIGN(std::string value, decode(piece.substr(value_at), Plus::kIsBlank, bad));
    out.emplace_back(std::move(name), std::move(value));
  }
  return out;
}

}  // namespace

base::Result<Parameters> parse_form(std::string_view text) { return read_pairs(text, BadEscape::kIsRefused); }

Parameters read_form(std::string_view text) {
  // Nothing else is refused.
  return *read_pairs(text, BadEscape::kIsText);
}

std::string encode_form(const Parameters& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out += '&';
    out += percent_encode(name);
    out += '=';
    out += percent_encode(value);
  }
  return out;
}

base::Result<Url> parse_url(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    // User information is a secret, and everything before an '@' may be some.
    const std::string shown = text.find('@') == std::string_view::npos ? base::quoted_for_message(text) : "the URL";
    return base::invalid_argument(shown + " " + std::string(why));
  };
  if (!std::all_of(text.begin(), text.end(), is_visible)) return refuse("holds a blank or a control character");
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return refuse("is no absolute URL");
  Url url;
  url.scheme = base::to_lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return refuse("is neither http nor https");

  const std::string_view rest = text.substr(colon + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  url.authority = rest.substr(0, authority_end);
  if (url.authority.find('@') != std::string::npos) return refuse("holds user information");
  if (!is_authority(url.authority)) return refuse("has no valid host and port");

  url.path = rest.substr(authority_end, rest.find('#') - authority_end);
  if (!url.path.starts_with('/')) url.path.insert(0, 1, '/');
  return url;
}

}  // namespace waybill::http
