#include "codec/event_template.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"
#include "base/time_text.h"
#include "codec/compression.h"
#include "model/record_parts.h"

namespace waybill::codec {
namespace {

// 0x01 to 0x18 stand for the hex digits of a value, the first for the first. 0x00 stands for nothing.
constexpr std::size_t kValuesMax = 0x18;
// Of what follows, the first five rise in the order in which their members stand.
constexpr char kUrlBase = 0x19;
constexpr char kActorUrlBase = 0x1a;
constexpr char kAttributesBegin = 0x1b;
constexpr char kAttributesEnd = 0x1c;
constexpr char kResourceUrlBase = 0x1d;
constexpr char kDate = 0x1e;
constexpr char kMilliseconds = 0x1f;

constexpr std::size_t kHexLength = 2 * model::kRecordValueBytes;
constexpr std::size_t kDateLength = 20;
constexpr std::size_t kMillisecondsLengthMax = 20;
constexpr std::string_view kRedactedAttributes = "\"{}\"";

constexpr std::uint64_t kOnes = 0x0101010101010101U;
constexpr std::uint64_t kHighBits = 0x8080808080808080U;

std::uint64_t load_word(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

// The first place at or behind `at` where two capitals stand side by side; text.size() if there is none.
std::size_t find_capitals(std::string_view text, std::size_t at) {
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t) - 1) {
    const std::uint64_t word = load_word(text.data() + at);
    const std::uint64_t low_bits = word & ~kHighBits;
    // The high bit of each byte: whether it is 'A' or more, and whether it is more than 'Z'.
    const std::uint64_t capitals = (low_bits + kOnes * (0x80 - 'A')) & ~(low_bits + kOnes * (0x7f - 'Z')) & ~word;
    const std::uint64_t pairs = capitals & (capitals >> 8U) & kHighBits;
    if (pairs != 0) return at + static_cast<std::size_t>(std::countr_zero(pairs)) / 8;
  }
  while (at + 1 < text.size() && !(is_capital(text[at]) && is_capital(text[at + 1]))) ++at;
  return at + 1 < text.size() ? at : text.size();
}

constexpr std::array<std::array<char, 2>, 256> kDigitPairs = [] {
  std::array<std::array<char, 2>, 256> table{};
  for (std::size_t i = 0; i < 256; ++i) table[i] = {"0123456789abcdef"[i / 16], "0123456789abcdef"[i % 16]};
  return table;
}();

using Value = std::array<std::uint8_t, model::kRecordValueBytes>;

// The bytes of 32 lower-case hex digits; false if they are others.
bool read_value(std::string_view digits, Value& value) {
  bool capitals = false;
  for (const char c : digits) capitals |= (static_cast<unsigned>(c) & 0x60U) == 0x40;
  return !capitals && base::from_hex(digits, value);
}

// Writes a template piece by piece.
class TemplateMaker {
 public:
  TemplateMaker(std::string& text, std::string& values) : text_(text), values_(values) {}

  void code(char c) { text_ += c; }

  void piece(std::string_view json) {
    std::size_t done = 0;
    for (std::size_t at = find_capitals(json, 0); at < json.size(); at = find_capitals(json, at)) {
      const std::size_t digits = at + 2;
      const char code = digits + kHexLength <= json.size() ? code_of(json.data() + digits) : char{0};
      ++at;
      if (code == 0) continue;
      text_.append(json, done, digits - done);
      text_ += code;
      done = at = digits + kHexLength;
    }
    text_.append(json, done);
  }

 private:
  // The code for 32 digits; 0 if they are no value, or one too many.
  char code_of(const char* digits) {
    const std::uint64_t head = load_word(digits);
    for (std::size_t i = 0; i < count_; ++i) {
      if (heads_[i] == head && std::memcmp(digits_[i], digits, kHexLength) == 0) return static_cast<char>(i + 1);
    }
    Value value;
    if (count_ == kValuesMax || !read_value({digits, kHexLength}, value)) return 0;
    heads_[count_] = head;
    digits_[count_] = digits;
    values_ += base::as_text(value);
    return static_cast<char>(++count_);
  }

  std::string& text_;
  std::string& values_;
  std::size_t count_ = 0;
  std::array<std::uint64_t, kValuesMax> heads_;
  std::array<const char*, kValuesMax> digits_;
};

// Writes what a template stands for.
class Expander {
 public:
  Expander(std::string& out, const EventTemplate& event, std::string_view base, TaskAttributes attributes)
      : out_(out), before_(out.size()), event_(event), base_(base), redacts_(attributes == TaskAttributes::kRedacted) {}

  base::Result<Places> run() {
    write_digits();
    out_.resize(before_ + 2 * event_.text.size() + kRoom);
    at_ = before_;
    bool done = copy();
    if (done && inside()) done = refuse("ends inside its task attributes");
    out_.resize(done ? at_ : before_);
    if (!done) return base::corruption(std::string("an event's record ") + problem_);
    return places_;
  }

 private:
  // More than one step writes, the base aside.
  static constexpr std::size_t kRoom = 256;

  bool refuse(const char* why) {
    problem_ = why;
    return false;
  }

  void write_digits() {
    const std::size_t count = event_.values.size() / model::kRecordValueBytes;
    for (std::size_t i = 0; i < std::min(count, kValuesMax); ++i) {
      char* const digits = digits_[i].data();
      for (std::size_t k = 0; k < model::kRecordValueBytes; ++k) {
        const auto byte = static_cast<std::uint8_t>(event_.values[i * model::kRecordValueBytes + k]);
        std::memcpy(digits + 2 * k, kDigitPairs[byte].data(), 2);
      }
    }
  }

  // Copies eight bytes at a time, and stops where a code stands among them.
  bool copy() {
    const char* from = event_.text.data();
    const char* const end = from + event_.text.size();
    while (from < end) {
      if (out_.size() - at_ < kRoom && !grow(kRoom)) return false;
      const std::uint64_t word = load_word(from);
      std::memcpy(out_.data() + at_, &word, sizeof word);
      const std::uint64_t codes = (word - kOnes * 0x20) & ~word & kHighBits;
      const std::size_t length = codes == 0 ? sizeof word : static_cast<std::size_t>(std::countr_zero(codes)) / 8;
      at_ += std::min(length, static_cast<std::size_t>(end - from));
      from += length;
      if (codes == 0 || from >= end) continue;
      if (!put(*from)) return false;
      ++from;
    }
    return at_ - before_ <= kJsonBytesMax + 3 * base_.size() || refuse(kTooLong);
  }

  bool grow(std::size_t need) {
    const std::size_t length = at_ - before_;
    if (length > kJsonBytesMax + 3 * base_.size()) return refuse(kTooLong);
    out_.resize(out_.size() + length / 2 + need + kRoom);
    return true;
  }

  void write(std::string_view text) {
    std::memcpy(out_.data() + at_, text.data(), text.size());
    at_ += text.size();
  }

  bool put(char code) {
    const auto number = static_cast<std::uint8_t>(code);
    if (number <= kValuesMax) {
      if (number == 0 || number * model::kRecordValueBytes > event_.values.size()) {
        return refuse("names a sid that it does not have");
      }
      write({digits_[number - 1U].data(), kHexLength});
      return true;
    }
    switch (code) {
      case kUrlBase: return put_base(code, places_.url_at);
      case kActorUrlBase: return put_base(code, places_.actor_url_at);
      case kAttributesBegin: return mark(code, places_.attributes_begin);
      case kAttributesEnd: return end_attributes();
      case kResourceUrlBase: return put_base(code, places_.resource_url_at);
      case kDate: return put_date();
      default: put_milliseconds(); return true;
    }
  }

  [[nodiscard]] bool inside() const { return last_ == kAttributesBegin; }

  // Takes down that a place is here. The codes of places rise, as their members stand in one order.
  bool mark(char code, std::uint32_t& place) {
    const std::size_t here = at_ - before_;
    if (code <= last_ || inside() != (code == kAttributesEnd) || here == 0 || here > UINT32_MAX) {
      return refuse("has its codes out of order");
    }
    last_ = code;
    place = static_cast<std::uint32_t>(here);
    return true;
  }

  bool put_base(char code, std::uint32_t& place) {
    if (!mark(code, place)) return false;
    if (out_.size() - at_ < base_.size() + kRoom && !grow(base_.size())) return false;
    write(base_);
    return true;
  }

  bool end_attributes() {
    if (redacts_ && inside()) {
      at_ = before_ + places_.attributes_begin;
      write(kRedactedAttributes);
    }
    return mark(kAttributesEnd, places_.attributes_end);
  }

  bool put_date() {
    if (event_.time < base::kTimeMin || event_.time > base::kTimeMax) return refuse("has a time beyond the calendar");
    write(base::to_second_text(event_.time));
    return true;
  }

  void put_milliseconds() {
    std::array<char, kMillisecondsLengthMax> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), base::to_ms(event_.time)).ptr;
    write({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }

  static constexpr const char* kTooLong = "is longer than an event can be";

  std::string& out_;
  const std::size_t before_;
  const EventTemplate& event_;
  const std::string_view base_;
  const bool redacts_;

  std::size_t at_ = 0;  // in out_, which is longer than what has been written
  char last_ = 0;       // the last code of a place
  const char* problem_ = nullptr;
  Places places_;
  std::array<std::array<char, kHexLength>, kValuesMax> digits_;
};

}  // namespace

void make_template(const ShownEvent& event, std::string& text, std::string& values) {
  text.clear();
  values.clear();
  text.reserve(event.json.size() + 8);
  struct Mark {
    std::uint32_t at;
    char code;
    std::size_t stands_for;  // bytes of the JSON
  };
  const Places& places = event.places;
  const std::size_t digits = std::to_string(base::to_ms(event.time)).size();
  const Mark marks[] = {
      {places.url_at, kUrlBase, 0},
      {places.actor_url_at, kActorUrlBase, 0},
      {places.attributes_begin, kAttributesBegin, 0},
      {places.attributes_end, kAttributesEnd, 0},
      {event.date_at, kDate, kDateLength},
      {places.resource_url_at, kResourceUrlBase, 0},
      {event.milliseconds_at, kMilliseconds, digits},
  };
  TemplateMaker maker(text, values);
  const std::string_view json = event.json;
  std::size_t done = 0;
  for (const Mark& mark : marks) {
    if (mark.at == 0) continue;
    CHECK(mark.at >= done && mark.at + mark.stands_for <= json.size());
    maker.piece(json.substr(done, mark.at - done));
    maker.code(mark.code);
    done = mark.at + mark.stands_for;
  }
  maker.piece(json.substr(done));
}

base::Result<Places> append_expanded(std::string& out, const EventTemplate& event, std::string_view public_base,
                                     TaskAttributes attributes) {
  static_assert(kDecompressedSlack >= sizeof(std::uint64_t));
  return Expander(out, event, public_base, attributes).run();
}

}  // namespace waybill::codec
