#include "api/shorthand.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "codec/json_scan.h"
#include "codec/json_writer.h"

namespace waybill::testing {
namespace {

constexpr std::size_t kHexDigits = 32;
constexpr std::size_t kLineMax = 116;
constexpr std::size_t kNestingMax = 100;

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool starts_kind(std::string_view text) { return text.size() > 2 && is_capital(text[0]) && is_capital(text[1]); }

std::size_t hex_length(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_hex) - text.begin());
}

// Whether a sid with zeros in front begins here.
bool starts_plain_sid(std::string_view text) {
  return starts_kind(text) && hex_length(text.substr(2)) == kHexDigits &&
         text.substr(2, kHexDigits / 2).find_first_not_of('0') == std::string_view::npos;
}

void lay_out(std::string& out, codec::CheckedJson json, std::size_t indent, std::size_t at_column) {
  const std::string_view text = json.text();
  const bool is_container = json.is_object() || json.is_array();
  if (!is_container || at_column + text.size() <= kLineMax) {
    out += text;
    return;
  }
  const std::string margin(indent + 2, ' ');
  const auto begin_item = [&](bool first) {
    out += first ? "\n" : ",\n";
    out += margin;
  };
  out += text.front();
  bool first = true;
  if (json.is_object()) {
    for (codec::MemberScanner scan(json); scan.next(); first = false) {
      begin_item(first);
      codec::append_json_string(out, scan.name());
      out += ": ";
      lay_out(out, scan.value(), indent + 2, margin.size() + scan.name().size() + 4);
    }
  } else {
    for (codec::ElementScanner scan(json); scan.next(); first = false) {
      begin_item(first);
      lay_out(out, scan.value(), indent + 2, margin.size());
    }
  }
  out += '\n' + std::string(indent, ' ');
  out += text.back();
}

}  // namespace

std::string expand_sids(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t digits = starts_kind(text) && text[2] == '~' ? hex_length(text.substr(3)) : 0;
    if (digits == 0 || digits > kHexDigits) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    out += text.substr(0, 2);
    out += std::string(kHexDigits - digits, '0');
    out += text.substr(3, digits);
    text.remove_prefix(3 + digits);
  }
  return out;
}

std::string shorten_sids(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (!starts_plain_sid(text)) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::string_view digits = text.substr(2, kHexDigits);
    out += text.substr(0, 2);
    out += '~';
    out += digits.substr(std::min(digits.find_first_not_of('0'), kHexDigits - 1));
    text.remove_prefix(2 + kHexDigits);
  }
  return out;
}

std::string mask_page_tokens(std::string_view text) {
  constexpr std::string_view kName = "PageToken=P";
  constexpr std::size_t kBareLength = 34;  // of what follows PA or PB
  std::string out;
  for (;;) {
    const std::size_t at = text.find(kName);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at);
    const std::size_t end = std::min(text.find_first_of("\"& \n"), text.size());
    const std::size_t kept = kName.size() + 1;
    const bool is_bare = end <= kept + kBareLength;
    out += text.substr(0, is_bare ? end : kept);
    if (!is_bare) out += "…";
    text.remove_prefix(end);
  }
}

std::string laid_out(std::string_view json) {
  codec::JsonChecker checker;
  const auto checked = checker.check(json, kNestingMax);
  if (!checked) return std::string(json);
  std::string out;
  lay_out(out, *checked, 0, 0);
  return out;
}

}  // namespace waybill::testing
