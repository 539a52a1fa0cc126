#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"

namespace waybill::transfer {

// The separator that a spreadsheet names in a line of its own before the header: `sep=;`. Nothing for any other line.
std::optional<char> named_separator(std::string_view line);

// What separates the fields of a header: of comma, semicolon, tab and bar the one that stands there most often outside
// of quotes; a comma if none does.
char find_separator(std::string_view header);
std::string_view name_of_separator(char separator);

// Whether a text's first line is a header of which at least one name means a member of an event, or names the
// separator.
bool is_table(std::string_view line);

// Why a text that begins with such a line is not taken, and what to do.
base::Error no_events(std::string_view line);

}  // namespace waybill::transfer
