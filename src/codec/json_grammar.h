#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace waybill::codec {

// A string, or the name of a member, in which something was no text.
struct ReplacedString {
  std::size_t begin = 0;  // in the clean text, at its quote
  std::string_view raw;   // as it came, quotes included
};

// The value of a member of the object that a text is.
struct TopValue {
  std::size_t begin = 0;  // in the clean text
  std::string_view raw;   // as it came
};

// A JSON value without insignificant white space, in UTF-8 and with whole surrogate pairs. What was neither is U+FFFD:
// one for each escape of half a pair, and for each maximal part of a broken character. Numbers keep their spelling,
// whatever size they have. The views are of the text that was read.
struct CleanJson {
  std::string text;
  std::vector<ReplacedString> replaced;  // by their place
  std::vector<TopValue> members;         // by their place; empty for what is no object
  std::size_t nesting = 0;               // objects and arrays around the innermost value
};

// Replaces `out` by the value of RFC 8259's grammar that begins at `at`, or behind blanks there, and moves `at` behind
// it. kInvalidArgument for what is none; `at` is then where it stops to be one, and `out` is of no use. Takes memory
// for the text and its nesting, and no stack.
base::Result<void> read_json_value(std::string_view text, std::size_t& at, CleanJson& out);

// The same of a text that is one value and nothing else.
base::Result<void> read_json(std::string_view text, CleanJson& out);

// One past the blanks of JSON at `at`.
std::size_t skip_json_blanks(std::string_view text, std::size_t at);

// What an array stands in.
enum class Around { kNothing, kObject };

// The elements of an array, of which some may be no JSON.
struct ArrayElements {
  std::vector<std::string_view> elements;
  std::size_t end = 0;     // one past the closing bracket, or the end of the text
  bool is_closed = false;  // there is such a bracket
};

// Reads the array that begins at `at` one element after the other. Behind an element that is no JSON it goes on with
// the next object that is one and looks like an event; what lies before that is an element. Where that takes
// too long it tells such objects by how they begin. Reads the text some twenty times over at most. REQUIRES: text[at]
// == '['.
ArrayElements read_elements(std::string_view text, std::size_t at, Around around);

}  // namespace waybill::codec
