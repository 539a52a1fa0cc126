#include "codec/json_survey.h"

#include <algorithm>
#include <cstdint>

#include "base/strings.h"
#include "codec/json_bytes.h"

namespace waybill::codec {
namespace {

bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Goes over a text that should be JSON. Each step returns false where it is none.
class Surveyor {
 public:
  Surveyor(std::string_view text, std::string& brackets) : text_(text), brackets_(brackets) { brackets_.clear(); }

  bool run() {
    do {
      if (!begin_value() || !end_value()) return false;
    } while (!brackets_.empty());
    skip_blanks();
    return at_ == text_.size();
  }

  [[nodiscard]] bool is_spaced() const { return is_spaced_; }
  [[nodiscard]] std::size_t nesting() const { return nesting_; }

 private:
  // Past the end it is a byte that stands nowhere outside of strings.
  [[nodiscard]] char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() {
    if (static_cast<unsigned char>(here()) > ' ') return;
    while (is_blank(here())) {
      ++at_;
      is_spaced_ = true;
    }
  }

  // Goes over a value, or into one: to its first value.
  bool begin_value() {
    for (;;) {
      skip_blanks();
      nesting_ = std::max(nesting_, brackets_.size());
      const char c = here();
      if (c == '"') return string();
      if (c != '{' && c != '[') return c == '-' || is_digit(c) ? number() : word(c);
      ++at_;
      skip_blanks();
      const char end = c == '{' ? '}' : ']';
      if (here() == end) {
        ++at_;
        return true;
      }
      brackets_ += end;
      if (c == '{' && !name()) return false;
    }
  }

  // Goes over what ends with the value: to the next one's beginning, or to the end of all.
  bool end_value() {
    while (!brackets_.empty()) {
      skip_blanks();
      const char c = here();
      ++at_;
      if (c == ',') return brackets_.back() == ']' || name();
      if (c != brackets_.back()) return false;
      brackets_.pop_back();
    }
    return true;
  }

  bool name() {
    skip_blanks();
    if (here() != '"' || !string()) return false;
    skip_blanks();
    return here() == ':' && ++at_ > 0;
  }

  bool string() {
    for (at_ = find_special(text_, at_ + 1); at_ < text_.size(); at_ = find_special(text_, at_)) {
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      if (text_[at_] != '\\' || !escape()) return false;
    }
    return false;
  }

  // Of four hex digits; more than 16 bits if there are none.
  [[nodiscard]] std::uint32_t code_at(std::size_t at) const {
    constexpr std::uint32_t kNone = 0x10000;
    if (at + 4 > text_.size()) return kNone;
    std::uint32_t code = 0;
    for (const char c : text_.substr(at, 4)) {
      if (!is_hex_digit(c)) return kNone;
      code = code * 16 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return code;
  }

  bool escape() {
    constexpr std::string_view kSimple = "\"\\/bfnrt";
    constexpr std::size_t kLength = 6;
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c != 'u') {
      at_ += 2;
      return c != '\0' && kSimple.find(c) != std::string_view::npos;
    }
    const std::uint32_t code = code_at(at_ + 2);
    at_ += kLength;
    if (code < 0xd800 || (code >= 0xe000 && code < 0x10000)) return true;
    // The second half of a pair must follow the first.
    if (code >= 0xdc00 || !text_.substr(at_).starts_with("\\u")) return false;
    const std::uint32_t second = code_at(at_ + 2);
    at_ += kLength;
    return second >= 0xdc00 && second < 0xe000;
  }

  bool digits() {
    const std::size_t begin = at_;
    while (is_digit(here())) ++at_;
    return at_ > begin;
  }

  bool number() {
    if (here() == '-') ++at_;
    if (here() == '0') {
      ++at_;
      if (is_digit(here())) return false;
    } else if (!digits()) {
      return false;
    }
    if (here() == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (here() != 'e' && here() != 'E') return true;
    ++at_;
    if (here() == '+' || here() == '-') ++at_;
    return digits();
  }

  bool word(char first) {
    const std::string_view wanted = first == 't' ? "true" : first == 'f' ? "false" : "null";
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }

  const std::string_view text_;
  std::string& brackets_;  // those that close what is open
  std::size_t at_ = 0;
  std::size_t nesting_ = 0;
  bool is_spaced_ = false;
};

}  // namespace

JsonSurvey survey_json(std::string_view text, std::string& brackets) {
  if (!base::is_utf8(text)) return {};
  Surveyor surveyor(text, brackets);
  if (!surveyor.run()) return {};
  return {true, !surveyor.is_spaced(), surveyor.nesting()};
}

void compact_json(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    while (at < text.size() && !is_blank(text[at]) && text[at] != '"') ++at;
    if (at < text.size() && text[at] == '"') {
      at = find_special(text, at + 1);
      while (text[at] != '"') at = find_special(text, at + 2);
      ++at;
    }
    out += text.substr(begin, at - begin);
    while (at < text.size() && is_blank(text[at])) ++at;
  }
}

}  // namespace waybill::codec
