#include "codec/json_grammar.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "codec/json_bytes.h"

namespace waybill::codec {
namespace {

using base::Result;

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

std::uint8_t byte_of(char c) { return static_cast<std::uint8_t>(c); }

// How many bytes at `at` are one character of UTF-8; 0 if they are none, and then `broken` says how many belong
// together: the longest beginning of a character, or one byte (Unicode, 3.9, U+FFFD substitution of maximal subparts).
std::size_t character_at(std::string_view text, std::size_t at, std::size_t& broken) {
  const std::uint8_t first = byte_of(text[at]);
  broken = 1;
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  // What the second byte may be depends on the first: no long spellings, no surrogates, nothing beyond U+10FFFF.
  std::uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  std::uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  for (std::size_t i = 1; i < length; ++i) {
    broken = i;
    if (at + i == text.size() || byte_of(text[at + i]) < low || byte_of(text[at + i]) > high) return 0;
    low = 0x80;
    high = 0xbf;
  }
  return length;
}

// The value of the four hex digits at `at`; nothing if there are none.
std::optional<std::uint32_t> hex_digits(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(at, 4)) {
    std::uint32_t digit = 0;
    if (is_digit(c)) {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
      digit = static_cast<std::uint32_t>((c | 0x20) - 'a') + 10;
    } else {
      return std::nullopt;
    }
    value = value * 16 + digit;
  }
  return value;
}

class Reader {
 public:
  Reader(std::string_view text, bool is_utf8, std::size_t& at, CleanJson& out)
      : text_(text), is_utf8_(is_utf8), at_(at), out_(out) {
    out.text.clear();
    out.replaced.clear();
    out.members.clear();
    out.nesting = 0;
  }

  Result<void> run() {
    bool wants_value = true;
    do {
      skip_blanks();
      if (at_ == text_.size()) return bad("ends too early");
      if (wants_value) {
        TRY(value(wants_value));
      } else {
        TRY(behind_value(wants_value));
      }
    } while (wants_value || !open_.empty());
    return {};
  }

 private:
  [[nodiscard]] base::Error bad(std::string_view what) const {
    return base::invalid_argument("is not valid JSON: at byte " + std::to_string(at_) + " it " + std::string(what));
  }

  void skip_blanks() { at_ = skip_json_blanks(text_, at_); }
  [[nodiscard]] bool is_in_top_object() const { return open_.size() == 1 && open_.front() == '{'; }

  // What begins here; `wants_value` tells whether a value follows it, as behind a bracket.
  Result<void> value(bool& wants_value) {
    out_.nesting = std::max(out_.nesting, open_.size());
    if (is_in_top_object()) out_.members.push_back({out_.text.size(), text_.substr(at_)});
    const char c = text_[at_];
    wants_value = false;
    if (c == '{' || c == '[') {
      open_ += c;
      out_.text += c;
      ++at_;
      skip_blanks();
      if (at_ < text_.size() && text_[at_] == (c == '{' ? '}' : ']')) return {};
      wants_value = true;
      return c == '{' ? name() : Result<void>();
    }
    if (c == '"') return string();
    if (c == '-' || is_digit(c)) return number();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_).starts_with(word)) {
        out_.text += word;
        at_ += word.size();
        return {};
      }
    }
    return bad("has no value");
  }

  Result<void> behind_value(bool& wants_value) {
    const char c = text_[at_];
    const bool in_object = open_.back() == '{';
    if (c == ',') {
      if (is_in_top_object()) end_member();
      out_.text += c;
      ++at_;
      wants_value = true;
      return in_object ? name() : Result<void>();
    }
    if (c != (in_object ? '}' : ']')) return bad(in_object ? "has neither , nor }" : "has neither , nor ]");
    if (is_in_top_object() && !out_.members.empty()) end_member();
    out_.text += c;
    ++at_;
    open_.pop_back();
    return {};
  }

  void end_member() {
    std::string_view& raw = out_.members.back().raw;
    raw.remove_suffix(text_.size() - at_);
    while (is_blank(raw.back())) raw.remove_suffix(1);
  }

  Result<void> name() {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != '"') return bad("has no name of a member");
    TRY(string());
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != ':') return bad("has no : behind a name");
    out_.text += ':';
    ++at_;
    return {};
  }

  Result<void> string() {
    const std::size_t begin = at_;
    const std::size_t clean_begin = out_.text.size();
    bool replaced = false;
    out_.text += '"';
    ++at_;
    for (;;) {
      const std::size_t end = find_special(text_, at_);
      append_bytes(end, replaced);
      if (at_ == text_.size()) return bad("ends inside a string");
      const char c = text_[at_];
      if (c == '"') break;
      if (c != '\\') return bad("has a control character in a string, which must be escaped");
      TRY(escape(replaced));
    }
    out_.text += '"';
    ++at_;
    if (replaced) out_.replaced.push_back({clean_begin, text_.substr(begin, at_ - begin)});
    return {};
  }

  // Goes to `end`, over bytes that stand for themselves.
  void append_bytes(std::size_t end, bool& replaced) {
    if (is_utf8_) {
      out_.text += text_.substr(at_, end - at_);
      at_ = end;
      return;
    }
    while (at_ < end) {
      std::size_t broken = 0;
      const std::size_t length = character_at(text_.substr(0, end), at_, broken);
      if (length == 0) {
        out_.text += kReplacement;
        replaced = true;
      } else {
        out_.text += text_.substr(at_, length);
      }
      at_ += length == 0 ? broken : length;
    }
  }

  Result<void> escape(bool& replaced) {
    constexpr std::string_view kSimple = "\"\\/bfnrt";
    constexpr std::size_t kLength = 6;
    if (at_ + 1 < text_.size() && kSimple.find(text_[at_ + 1]) != std::string_view::npos) {
      out_.text += text_.substr(at_, 2);
      at_ += 2;
      return {};
    }
    const bool is_unicode = at_ + 1 < text_.size() && text_[at_ + 1] == 'u';
    const auto code = is_unicode ? hex_digits(text_, at_ + 2) : std::nullopt;
    if (!code) return bad("has an escape that there is not");
    std::size_t length = kLength;
    bool is_text = *code < 0xd800 || *code >= 0xe000;
    if (*code >= 0xd800 && *code < 0xdc00 && text_.substr(at_ + kLength).starts_with("\\u")) {
      const auto second = hex_digits(text_, at_ + kLength + 2);
      is_text = second && *second >= 0xdc00 && *second < 0xe000;
      if (is_text) length = 2 * kLength;
    }
    out_.text += is_text ? text_.substr(at_, length) : kReplacement;
    replaced = replaced || !is_text;
    at_ += length;
    return {};
  }

  bool digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > begin;
  }

  Result<void> number() {
    const std::size_t begin = at_;
    if (text_[at_] == '-') ++at_;
    if (at_ < text_.size() && text_[at_] == '0') {
      ++at_;
    } else if (!digits()) {
      return bad("has no digit in a number");
    }
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (!digits()) return bad("has no digit behind the point of a number");
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (!digits()) return bad("has no digit in the exponent of a number");
    }
    if (at_ < text_.size() && is_digit(text_[at_])) return bad("has a number that begins with 0");
    out_.text += text_.substr(begin, at_ - begin);
    return {};
  }

  const std::string_view text_;
  const bool is_utf8_;
  std::size_t& at_;
  CleanJson& out_;
  std::string open_;  // the brackets around what is read
};

// Whether an object has a member that events are told apart by: what lies inside of a broken event has not.
bool looks_like_event(const CleanJson& json) {
  return std::any_of(json.members.begin(), json.members.end(), [&](const TopValue& member) {
    const std::string_view before = std::string_view(json.text).substr(0, member.begin);
    return before.ends_with("\"sid\":") || before.ends_with("\"event_date_ms\":") ||
           before.ends_with("\"event_date\":") || before.ends_with("\"specversion\":");
  });
}

}  // namespace

Result<void> read_json_value(std::string_view text, std::size_t& at, CleanJson& out) {
  return Reader(text, base::is_utf8(text), at, out).run();
}

Result<void> read_json(std::string_view text, CleanJson& out) {
  std::size_t at = 0;
  TRY(read_json_value(text, at, out));
  at = skip_json_blanks(text, at);
  if (at == text.size()) return {};
  return base::invalid_argument("is not valid JSON: at byte " + std::to_string(at) + " more follows the value");
}

std::size_t skip_json_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

namespace {

// Splits what a search is too dear for: at each object behind a comma that begins with a sid, and what is no event then
// at each object behind an object. Reads the text some three times over.
class CheapSplit {
 public:
  // The events in `rest`, and what lies between them.
  std::vector<std::string_view> run(std::string_view rest) {
    const auto begins_with_sid = [](std::string_view, std::string_view behind) {
      return behind.substr(skip_json_blanks(behind, 1)).starts_with("\"sid\"");
    };
    const auto is_behind_object = [](std::string_view before, std::string_view) { return before.ends_with('}'); };
    each_piece(rest, begins_with_sid, [&](std::string_view piece) {
      std::string_view others = piece;
      if (const std::size_t end = end_of_event(piece); end != 0) {
        take_event(piece.substr(0, end));
        others.remove_prefix(std::min(skip_json_blanks(piece, end) + 1, piece.size()));
      }
      each_piece(others, is_behind_object, [&](std::string_view part) {
        const std::size_t end = end_of_event(part);
        if (end != 0 && skip_json_blanks(part, end) == part.size()) return take_event(part.substr(0, end));
        take_broken(part);
      });
    });
    end_broken();
    return std::move(out_);
  }

 private:
  // Calls `take` with what lies between the commas in front of those objects of which `is_start` is true.
  template <class IsStart, class Take>
  static void each_piece(std::string_view text, IsStart is_start, Take take) {
    text = base::trim(text);
    std::size_t begin = 0;
    for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
      std::string_view before = base::trim(text.substr(begin, at - begin));
      if (!before.ends_with(',')) continue;
      before.remove_suffix(1);
      before = base::trim(before);
      if (!is_start(before, text.substr(at))) continue;
      if (!before.empty()) take(before);
      begin = at;
    }
    const std::string_view last = base::trim(text.substr(begin));
    if (!last.empty()) take(last);
  }

  // One past the event that begins `text`, if another element may follow; else 0.
  std::size_t end_of_event(std::string_view text) {
    std::size_t end = 0;
    if (!text.starts_with('{') || !read_json_value(text, end, json_) || !looks_like_event(json_)) return 0;
    const std::size_t behind = skip_json_blanks(text, end);
    return behind == text.size() || text[behind] == ',' ? end : 0;
  }

  void take_event(std::string_view event) {
    end_broken();
    out_.push_back(event);
  }
  // Pieces that follow each other are one element: each counts against the events of a request.
  void take_broken(std::string_view piece) {
    const char* const begin = broken_.empty() ? piece.data() : broken_.data();
    broken_ = {begin, static_cast<std::size_t>(piece.data() + piece.size() - begin)};
  }
  void end_broken() {
    if (!broken_.empty()) out_.push_back(broken_);
    broken_ = {};
  }

  CleanJson json_;
  std::string_view broken_;
  std::vector<std::string_view> out_;
};

// Reads an array element by element.
class ArrayReader {
 public:
  ArrayReader(std::string_view text, std::size_t at, Around around)
      : text_(text), around_(around), is_utf8_(base::is_utf8(text)), at_(at + 1), budget_(kReadings * text.size()) {}

  ArrayElements run() {
    at_ = skip_json_blanks(text_, at_);
    if (at_ < text_.size() && text_[at_] == ']') return closed();
    while (at_ < text_.size()) {
      const std::size_t begin = at_;
      const std::size_t end = whole_element(begin);
      if (end != 0) {
        out_.elements.push_back(text_.substr(begin, end - begin));
        at_ = skip_json_blanks(text_, end);
        if (text_[at_] == ']') return closed();
        if (text_[at_] == ',') at_ = skip_json_blanks(text_, at_ + 1);
        continue;
      }
      at_ = next_event(begin + 1);
      if (at_ == text_.size()) return cut_off(begin);
      std::string_view broken = text_.substr(begin, at_ - begin);
      broken.remove_suffix(broken.size() - broken.find_last_of(','));
      out_.elements.push_back(broken);
    }
    out_.end = text_.size();
    return std::move(out_);
  }

 private:
  // The end of the element that begins at `begin`, if it is JSON and what may follow an element follows; else 0.
  std::size_t whole_element(std::size_t begin) {
    std::size_t at = begin;
    const auto read = Reader(text_, is_utf8_, at, json_).run();
    budget_ -= std::min(budget_, at - begin + 1);
    if (!read) return 0;
    const std::size_t behind = skip_json_blanks(text_, at);
    const bool goes_on =
        behind < text_.size() && (text_[behind] == ',' || text_[behind] == ']' || text_[behind] == '{');
    return goes_on ? at : 0;
  }

  // Where the next event begins: an object behind a comma. The end of the text if there is none, or if the search has
  // read the text too many times over.
  std::size_t next_event(std::size_t at) {
    for (at = text_.find('{', at); at != std::string_view::npos && budget_ > 0; at = text_.find('{', at + 1)) {
      std::size_t before = at;
      while (is_blank(text_[before - 1])) --before;
      if (text_[before - 1] == ',' && whole_element(at) != 0 && looks_like_event(json_)) return at;
    }
    return text_.size();
  }

  ArrayElements closed() {
    out_.is_closed = true;
    out_.end = at_ + 1;
    return std::move(out_);
  }

  // Whether each bracket outside of strings has its other half.
  static bool is_balanced(std::string_view text) {
    std::string open;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const char c = text[at];
      if (c == '"') {
        at = find_special(text, at + 1);
        while (at < text.size() && text[at] != '"') at = find_special(text, at + 2);
        if (at >= text.size()) return false;
      }
      if (c == '{' || c == '[') open += c;
      if (c != '}' && c != ']') continue;
      if (open.empty() || open.back() != (c == '}' ? '{' : '[')) return false;
      open.pop_back();
    }
    return open.empty();
  }

  // The rest is one broken element, or many where the search was given up, up to the bracket that seems to be the
  // array's own. Inside of an object that must be plain: what was cut off must not look whole.
  ArrayElements cut_off(std::size_t begin) {
    const std::size_t bracket = text_.rfind(']');
    if (bracket != std::string_view::npos && bracket >= begin) {
      const std::size_t behind = skip_json_blanks(text_, bracket + 1);
      const bool at_end = behind == text_.size();
      out_.is_closed = around_ == Around::kNothing ? at_end
                                                   : !at_end && (text_[behind] == ',' || text_[behind] == '}') &&
                                                         is_balanced(text_.substr(begin, bracket - begin));
    }
    out_.end = out_.is_closed ? bracket + 1 : text_.size();
    std::string_view rest = text_.substr(begin, (out_.is_closed ? bracket : text_.size()) - begin);
    while (!rest.empty() && is_blank(rest.back())) rest.remove_suffix(1);
    if (rest.empty()) return std::move(out_);
    if (budget_ > 0) {
      out_.elements.push_back(rest);
    } else {
      const std::vector<std::string_view> pieces = CheapSplit().run(rest);
      out_.elements.insert(out_.elements.end(), pieces.begin(), pieces.end());
    }
    return std::move(out_);
  }

  // A search for where to go on may read the text so many times over.
  static constexpr std::size_t kReadings = 16;

  const std::string_view text_;
  const Around around_;
  const bool is_utf8_;
  std::size_t at_;
  std::size_t budget_;  // bytes that may be read yet
  CleanJson json_;
  ArrayElements out_;
};

}  // namespace

ArrayElements read_elements(std::string_view text, std::size_t at, Around around) {
  return ArrayReader(text, at, around).run();
}

}  // namespace waybill::codec
