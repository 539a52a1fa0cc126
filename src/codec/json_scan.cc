#include "codec/json_scan.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/json_bytes.h"
#include "codec/json_survey.h"

namespace waybill::codec {
namespace {

// One past the closing quote of the string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  at = find_special(text, at + 1);
  while (text[at] != '"') at = find_special(text, at + 2);
  return at + 1;
}

// One past the object or array that begins at `at`.
std::size_t end_of_container(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (;;) {
    switch (text[at]) {
      case '"': at = end_of_string(text, at); continue;
      case '{':
      case '[': ++depth; break;
      case '}':
      case ']': --depth; break;
      default: break;
    }
    ++at;
    if (depth == 0) return at;
  }
}

// One past the value that begins at `at`.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  if (text[at] == '"') return end_of_string(text, at);
  if (text[at] == '{' || text[at] == '[') return end_of_container(text, at);
  const std::size_t end = text.find_first_of(",]}", at);
  return end == std::string_view::npos ? text.size() : end;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0U | code >> 6U);
    put(0x80U | (code & 63U));
  } else if (code < 0x10000) {
    put(0xe0U | code >> 12U);
    put(0x80U | (code >> 6U & 63U));
    put(0x80U | (code & 63U));
  } else {
    put(0xf0U | code >> 18U);
    put(0x80U | (code >> 12U & 63U));
    put(0x80U | (code >> 6U & 63U));
    put(0x80U | (code & 63U));
  }
}

std::uint32_t four_hex_digits(std::string_view digits) {
  std::array<std::uint8_t, 2> bytes{};
  CHECK(base::from_hex(digits, bytes));
  return bytes[0] * 256U + bytes[1];
}

// Undoes the escape whose backslash stands at `at`, and moves `at` behind it.
void append_unescaped(std::string& out, std::string_view text, std::size_t& at) {
  const char c = text[at + 1];
  at += 2;
  switch (c) {
    case 'b': out += '\b'; return;
    case 'f': out += '\f'; return;
    case 'n': out += '\n'; return;
    case 'r': out += '\r'; return;
    case 't': out += '\t'; return;
    case 'u': break;
    default: out += c; return;
  }
  std::uint32_t code = four_hex_digits(text.substr(at, 4));
  at += 4;
  if (code >= 0xd800 && code < 0xdc00) {
    code = 0x10000 + ((code - 0xd800) << 10U) + (four_hex_digits(text.substr(at + 2, 4)) - 0xdc00);
    at += 6;
  }
  append_utf8(out, code);
}

// The text between the quotes of a string, escapes undone.
std::string unescape(std::string_view inner) {
  std::string out;
  for (std::size_t at = 0; at < inner.size();) {
    const std::size_t backslash = inner.find('\\', at);
    out += inner.substr(at, backslash - at);
    if (backslash == std::string_view::npos) break;
    at = backslash;
    append_unescaped(out, inner, at);
  }
  return out;
}

// Goes through a text that may be no JSON. What it does not understand at once it leaves to others.
class RoughReader {
 public:
  explicit RoughReader(std::string_view text) : text_(text) {}

  // Goes over blanks and then over `c`, if it is there.
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // A string without escapes.
  std::optional<std::string_view> take_string() {
    if (!take('"')) return std::nullopt;
    const std::size_t end = find_special(text_, at_);
    if (end == text_.size() || text_[end] != '"') return std::nullopt;
    const std::string_view inner = text_.substr(at_, end - at_);
    at_ = end + 1;
    return inner;
  }

  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  // Goes over what looks like a value.
  bool skip_value() {
    std::size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      switch (text_[at_]) {
        case '"':
          if (!skip_string()) return false;
          break;
        case '{':
        case '[': ++depth; break;
        case ',':
          if (depth == 0) return true;
          break;
        case '}':
        case ']':
          if (depth == 0) return true;
          --depth;
          break;
        default: break;
      }
    }
    return false;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n')) {
      ++at_;
    }
  }

  // Goes to the closing quote of the string that begins here.
  bool skip_string() {
    for (++at_; at_ < text_.size(); at_ += 2) {
      at_ = find_special(text_, at_);
      if (at_ < text_.size() && text_[at_] == '"') return true;
    }
    return false;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

// Whether a text may hold that name, spelled in whichever way.
bool may_name_again(std::string_view text, std::string_view name) {
  return text.find(name) != std::string_view::npos || text.find("\\u") != std::string_view::npos;
}

}  // namespace

std::optional<std::string> CheckedJson::string() const {
  if (!is_string()) return std::nullopt;
  return unescape(text_.substr(1, text_.size() - 2));
}

std::optional<std::string_view> CheckedJson::plain_string() const {
  if (!is_string() || text_.find('\\') != std::string_view::npos) return std::nullopt;
  return text_.substr(1, text_.size() - 2);
}

std::optional<std::int64_t> CheckedJson::integer() const {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
  if (error != std::errc() || end != text_.data() + text_.size()) return std::nullopt;
  return value;
}

namespace {

// The digits of a number without sign, point and exponent, and the power of ten that they are multiplied with.
struct Decimal {
  bool is_negative = false;
  std::string digits;
  std::int64_t exponent = 0;
};

// Nothing for what is no number, or has an exponent that does not fit.
std::optional<Decimal> decimal_of(std::string_view text) {
  Decimal out;
  out.is_negative = text.starts_with('-');
  if (out.is_negative) text.remove_prefix(1);
  const std::size_t mark = std::min(text.find_first_of("eE"), text.size());
  std::string_view exponent = text.substr(std::min(mark + 1, text.size()));
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  if (!exponent.empty()) {
    const auto [end, error] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), out.exponent);
    if (error != std::errc() || end != exponent.data() + exponent.size()) return std::nullopt;
    // More than there can be digits to count against it.
    constexpr std::int64_t kExponentMax = std::int64_t{1} << 48U;
    out.exponent = std::clamp(out.exponent, -kExponentMax, kExponentMax);
  }
  bool behind_point = false;
  for (const char c : text.substr(0, mark)) {
    if (c == '.') {
      behind_point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    if (behind_point) --out.exponent;
    if (c != '0' || !out.digits.empty()) out.digits += c;
  }
  while (out.digits.ends_with('0')) {
    out.digits.pop_back();
    ++out.exponent;
  }
  return out;
}

}  // namespace

std::optional<std::int64_t> CheckedJson::whole_number() const {
  if (const auto value = integer()) return value;
  const auto decimal = decimal_of(text_);
  if (!decimal || text_.empty()) return std::nullopt;
  if (decimal->digits.empty()) return 0;
  constexpr std::int64_t kDigitsMax = 19;
  if (decimal->exponent < 0 || decimal->exponent > kDigitsMax) return std::nullopt;
  const std::string whole = (decimal->is_negative ? "-" : "") + decimal->digits +
                            std::string(static_cast<std::size_t>(decimal->exponent), '0');
  return CheckedJson(whole).integer();
}

std::size_t CheckedJson::nesting() const {
  std::size_t depth = 0;
  std::size_t most = 0;
  for (std::size_t at = 0; at < text_.size();) {
    switch (text_[at]) {
      case '"': at = end_of_string(text_, at); continue;
      case '{':
      case '[':
        ++depth;
        if (text_[at + 1] != '}' && text_[at + 1] != ']') most = std::max(most, depth);
        break;
      case '}':
      case ']': --depth; break;
      default: break;
    }
    ++at;
  }
  return most;
}

struct JsonChecker::Memory {
  std::string brackets;
  std::string checked;
  CleanJson clean;
  bool is_clean_used = false;
};

JsonChecker::JsonChecker() : memory_(std::make_unique<Memory>()) {}
JsonChecker::JsonChecker(JsonChecker&&) noexcept = default;
JsonChecker& JsonChecker::operator=(JsonChecker&&) noexcept = default;
JsonChecker::~JsonChecker() = default;

namespace {

base::Error too_deep(std::size_t nesting_max) {
  return base::invalid_argument("is nested deeper than " + std::to_string(nesting_max) + " levels (limit nesting_max)");
}

}  // namespace

const CleanJson* JsonChecker::cleaned() const { return memory_->is_clean_used ? &memory_->clean : nullptr; }

base::Result<CheckedJson> JsonChecker::check_of_any_nesting(std::string_view text) {
  memory_->is_clean_used = false;
  TRY(read_json(text, memory_->clean));
  memory_->is_clean_used = true;
  return CheckedJson(memory_->clean.text);
}

base::Result<CheckedJson> JsonChecker::check(std::string_view text, std::size_t nesting_max) {
  memory_->is_clean_used = false;
  if (text.empty()) return base::invalid_argument("is empty where a JSON value is expected");
  const JsonSurvey survey = survey_json(text, memory_->brackets);
  if (!survey.is_json) {
    TRY_ASSIGN(const CheckedJson checked, check_of_any_nesting(text));
    if (memory_->clean.nesting <= nesting_max) return checked;
    memory_->is_clean_used = false;
    return too_deep(nesting_max);
  }
  if (survey.nesting > nesting_max) return too_deep(nesting_max);
  std::string& out = memory_->checked;
  if (survey.is_compact) {
    out.assign(text);
  } else {
    compact_json(text, out);
  }
  return CheckedJson(out);
}

std::vector<std::string_view> rough_elements(std::string_view text) {
  std::vector<std::string_view> elements;
  std::size_t depth = 0;
  std::size_t begin = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
      continue;
    }
    in_string = c == '"';
    if (c == '[' || c == '{') ++depth;
    const bool closes = (c == ']' || c == '}') && depth > 0;
    if (depth == 1 && (c == ',' || closes)) {
      elements.push_back(text.substr(begin, at - begin));
      begin = at + 1;
    }
    if (c == '[' && begin == 0) begin = at + 1;
    if (closes) --depth;
  }
  return elements;
}

std::optional<std::string_view> peek_text_member(std::string_view text, std::string_view name) {
  RoughReader in(text);
  if (!in.take('{')) return std::nullopt;
  std::optional<std::string_view> value;
  do {
    const auto found = in.take_string();
    if (!found || !in.take(':')) return std::nullopt;
    if (*found == name) {
      value = in.take_string();
      if (!value || !may_name_again(in.rest(), name)) return value;
    }
    if (!in.skip_value()) return std::nullopt;
  } while (in.take(','));
  return value;
}

MemberScanner::MemberScanner(CheckedJson object) : text_(object.text()) { CHECK(object.is_object()); }

bool MemberScanner::next() {
  if (!next_name()) return false;
  skip_value();
  return true;
}

bool MemberScanner::next_name() {
  if (text_[at_] == '}') return false;
  if (text_[at_] == ',') ++at_;
  const std::size_t name_end = end_of_string(text_, at_);
  name_ = text_.substr(at_ + 1, name_end - at_ - 2);
  if (name_.find('\\') != std::string_view::npos) name_ = unescaped_name_ = unescape(name_);
  at_ = name_end + 1;
  return true;
}

void MemberScanner::skip_value() { end_value(end_of_value(text_, at_)); }

void MemberScanner::skip_value_of(const MemberScanner& inside) { end_value(inside.at_ + 1); }

void MemberScanner::end_value(std::size_t end) {
  value_ = CheckedJson(text_.substr(at_, end - at_));
  at_ = end;
}

ElementScanner::ElementScanner(CheckedJson array) : text_(array.text()) { CHECK(array.is_array()); }

bool ElementScanner::next() {
  if (text_[at_] == ']') return false;
  if (text_[at_] == ',') ++at_;
  const std::size_t end = end_of_value(text_, at_);
  value_ = CheckedJson(text_.substr(at_, end - at_));
  at_ = end;
  return true;
}

}  // namespace waybill::codec
