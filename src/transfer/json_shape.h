#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace waybill::transfer {

// Follows a JSON value byte by byte, as far as it takes to tell where it ends: brackets, commas, colons and strings.
// What stands in strings, numbers and words is not looked into, except that a string has no line feed in it. Needs no
// more memory than a byte a level. Value type.
class JsonShape {
 public:
  enum class Step {
    kGoesOn,
    kEnded,   // the value is over
    kBroken,  // the next byte cannot stand there
    // The next byte opens the array of the member `events` of the outermost object, before which no member stood that
    // events have: the object is a page of the API.
    kEvents,
  };

  // Looks at more bytes, and gives how many of them it took: all as long as step() is kGoesOn. REQUIRES: step() is
  // kGoesOn.
  std::size_t scan(std::string_view text);
  [[nodiscard]] Step step() const { return step_; }

  // Whether the value is over where the text is: a number or a word has no end of its own.
  [[nodiscard]] bool may_end() const { return in_word_ && open_.empty(); }

  // Goes on behind the array of kEvents, which was read by somebody else.
  void skip_events();

 private:
  enum class Want { kValue, kFirstValue, kFirstName, kName, kColon, kComma };

  std::size_t scan_string(std::string_view text, std::size_t at);
  bool take(char c);
  bool open(char bracket);
  bool close(char opening, Want when_empty);
  void end_value();
  void end_name();

  Step step_ = Step::kGoesOn;
  Want want_ = Want::kValue;
  std::string open_;  // brackets
  bool in_string_ = false;
  bool in_word_ = false;
  bool is_name_ = false;
  bool escaped_ = false;
  std::string name_;  // of the outermost object's present member, cut at a length
  bool is_event_ = false;
};

}  // namespace waybill::transfer
