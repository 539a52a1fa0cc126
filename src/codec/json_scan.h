#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json_grammar.h"

namespace waybill::codec {

// No event that is stored is nested deeper, with a page around it: the setting nesting-max takes 1,000 at most.
inline constexpr std::size_t kStoredNestingMax = 1024;

// JSON text that has been checked: well-formed, UTF-8, nested no deeper than was allowed, without insignificant white
// space. The scanners below trust that and find where values stand, so that a value can be kept as it came: a parsed
// number would lose its spelling, a parsed object its order.
class CheckedJson {
 public:
  // An empty text, which is no JSON; for members that want a default.
  CheckedJson() = default;

  [[nodiscard]] std::string_view text() const { return text_; }

  [[nodiscard]] bool is_object() const { return text_.starts_with('{'); }
  [[nodiscard]] bool is_array() const { return text_.starts_with('['); }
  [[nodiscard]] bool is_string() const { return text_.starts_with('"'); }
  [[nodiscard]] bool is_null() const { return text_ == "null"; }

  // The text of a JSON string, escapes undone; nothing if this is not a string.
  [[nodiscard]] std::optional<std::string> string() const;
  // The same without a copy, where the text has no escapes; nothing if it has some, or is not a string.
  [[nodiscard]] std::optional<std::string_view> plain_string() const;
  // The value of a whole number that fits; nothing for anything else, `1.0` and `1e3` included.
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  // The value of a number that is whole and fits, however it is spelled: `1795428009123.0`, `1.5e3`.
  [[nodiscard]] std::optional<std::int64_t> whole_number() const;
  // How many objects and arrays stand around the innermost value (an empty one adds none).
  [[nodiscard]] std::size_t nesting() const;

 private:
  friend class JsonChecker;
  friend class MemberScanner;
  friend class ElementScanner;
  friend class TextEvent;     // which writes such text
  friend class RuledMembers;  // which does too
  explicit CheckedJson(std::string_view text) : text_(text) {}

  std::string_view text_;
};

// Checks texts, one after the other, reusing its memory. Not for concurrent use.
class JsonChecker {
 public:
  JsonChecker();
  JsonChecker(JsonChecker&&) noexcept;
  JsonChecker& operator=(JsonChecker&&) noexcept;
  ~JsonChecker();

  // The checked form of `text`, in this object's memory until its next call. kInvalidArgument, saying what is wrong,
  // for what is not one JSON value (RFC 8259) nested at most `nesting_max` deep (an empty object or array adds no
  // level). What its grammar allows is taken: numbers of any size, and strings that are no text, which is replaced
  // (CleanJson).
  base::Result<CheckedJson> check(std::string_view text, std::size_t nesting_max);
  // The same however deep it is nested, and slower.
  base::Result<CheckedJson> check_of_any_nesting(std::string_view text);

  // What the last check has replaced; nothing where the text was taken as it is.
  [[nodiscard]] const CleanJson* cleaned() const;

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

// Where the elements of an array stand in a text that begins with '[' but may be no JSON: what lies between commas
// outside of strings and brackets. For telling which of many elements is the wrong one.
std::vector<std::string_view> rough_elements(std::string_view text);

// The text of a member of the object `text` that may be no JSON; of a repeated name the last counts. What follows the
// member is looked at only where it may have the name again. Nothing if that is not easily seen; then nothing is said
// about `text`.
std::optional<std::string_view> peek_text_member(std::string_view text, std::string_view name);

// The members of an object in their order. REQUIRES: the value is an object.
class MemberScanner {
 public:
  explicit MemberScanner(CheckedJson object);
  MemberScanner(const MemberScanner&) = delete;
  MemberScanner& operator=(const MemberScanner&) = delete;
  // Goes to the next member; false at the end.
  bool next();

  // The same in steps, for who looks into an object on the way over it: next_name, then either skip_value, or inside,
  // that scanner to its end, and skip_value_of with it. value() is there after the second step.
  bool next_name();
  [[nodiscard]] bool value_is_object() const { return text_[at_] == '{'; }
  void skip_value();
  [[nodiscard]] MemberScanner inside() const { return MemberScanner(text_, at_ + 1); }
  void skip_value_of(const MemberScanner& inside);

  // The member's name, escapes undone; until the next call of next().
  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] CheckedJson value() const { return value_; }

 private:
  MemberScanner(std::string_view text, std::size_t at) : text_(text), at_(at) {}
  void end_value(std::size_t end);

  std::string_view text_;
  std::size_t at_ = 1;  // of the value once the name is known, else behind it
  std::string_view name_;
  std::string unescaped_name_;
  CheckedJson value_;
};

// The elements of an array in their order. REQUIRES: the value is an array.
class ElementScanner {
 public:
  explicit ElementScanner(CheckedJson array);
  // Goes to the next element; false at the end.
  bool next();
  [[nodiscard]] CheckedJson value() const { return value_; }

 private:
  std::string_view text_;
  std::size_t at_ = 1;
  CheckedJson value_;
};

}  // namespace waybill::codec
