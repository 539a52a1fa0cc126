#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace waybill::codec {

// What one look over a text says about it.
struct JsonSurvey {
  // One value of RFC 8259's grammar, in UTF-8, without half surrogate pairs. Of any other text nothing more is known:
  // read_json (json_grammar.h) says what is wrong with it, or cleans it.
  bool is_json = false;
  bool is_compact = false;  // without insignificant white space
  std::size_t nesting = 0;  // objects and arrays around the innermost value
};

// Looks over a text, a few bytes at a time: this is what nearly every event passes. `brackets` lends its memory. Takes
// no stack, however deep the text is nested.
JsonSurvey survey_json(std::string_view text, std::string& brackets);

// Replaces `out` by the text without insignificant white space. REQUIRES: the text is JSON.
void compact_json(std::string_view text, std::string& out);

}  // namespace waybill::codec
