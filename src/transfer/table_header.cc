#include "transfer/table_header.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/strings.h"
#include "transfer/csv.h"
#include "transfer/member_names.h"

namespace waybill::transfer {
namespace {

struct Separator {
  char character;
  std::string_view name;
};
constexpr Separator kSeparators[] = {{',', "commas"}, {';', "semicolons"}, {'\t', "tabs"}, {'|', "bars"}};

}  // namespace

std::optional<char> named_separator(std::string_view line) {
  constexpr std::string_view kPrefix = "sep=";
  if (line.starts_with('"') && line.ends_with('"') && line.size() > 1) line = line.substr(1, line.size() - 2);
  if (line.size() != kPrefix.size() + 1 || !base::equals_ignoring_case(line.substr(0, kPrefix.size()), kPrefix)) {
    return std::nullopt;
  }
  const char separator = line.back();
  return separator == '"' ? std::nullopt : std::optional(separator);
}

char find_separator(std::string_view header) {
  header = header.substr(0, header.find_first_of("\r\n"));
  std::vector<std::size_t> counts(std::size(kSeparators));
  bool in_quotes = false;
  for (const char c : header) {
    if (c == '"') in_quotes = !in_quotes;
    for (std::size_t i = 0; !in_quotes && i < counts.size(); ++i) counts[i] += c == kSeparators[i].character ? 1 : 0;
  }
  return kSeparators[std::max_element(counts.begin(), counts.end()) - counts.begin()].character;
}

std::string_view name_of_separator(char separator) {
  for (const Separator& known : kSeparators) {
    if (known.character == separator) return known.name;
  }
  return "the separator that it names";
}

bool is_table(std::string_view line) {
  if (named_separator(line)) return true;
  const char separator = find_separator(line);
  const std::vector<std::string_view> names = base::split(line, separator);
  const auto means_member = [](std::string_view name) {
    name = base::trim(name);
    if (name.starts_with('"') && name.ends_with('"') && name.size() > 1) name = name.substr(1, name.size() - 2);
    return find_member_spelled(name).has_value();
  };
  return names.size() > 1 && std::any_of(names.begin(), names.end(), means_member);
}

base::Error no_events(std::string_view line) {
  const bool is_table_of_others = base::split(line, find_separator(line)).size() > 3;
  const std::string begins = "begins with " + base::quoted_for_message(line, 40);
  if (is_table_of_others) {
    return base::invalid_argument(begins +
                                  ", a table whose first line names no member of an event; "
                                  "it needs a header such as sid,event_type,workspace_sid,event_data,event_date");
  }
  return base::invalid_argument(begins +
                                ", which is neither JSON nor the header of a table; "
                                "events come as NDJSON, a JSON array, a saved page of the API, or CSV with a header");
}

}  // namespace waybill::transfer
