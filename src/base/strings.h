#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::base {

// ASCII only, whatever the locale.
std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);

// The pieces between `separator`s, empty ones included; one piece if there is none.
std::vector<std::string_view> split(std::string_view text, char separator);

// A whole decimal number with an optional sign and nothing else; nothing if it does not fit.
std::optional<std::int64_t> parse_int(std::string_view text);

// A number as people read it: 132,000.
std::string grouped(std::uint64_t number);

// Whether `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);

// How many bytes the character at the start of `text` takes, if it can be shown: well-formed, and nothing that steers a
// terminal. 0 if it cannot. REQUIRES: !text.empty().
std::size_t shown_length(std::string_view text);

// `text` for a terminal: control characters and bytes that are not UTF-8 shown as \xNN.
std::string printable(std::string_view text);

// `text` for a message: at most `length_max` bytes, control characters and bytes that are not UTF-8 shown as
// \xNN.
std::string quoted_for_message(std::string_view text, std::size_t length_max = 80);

// The candidate nearest to `word` by edit distance, if one is near enough to be what was meant.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace waybill::base
