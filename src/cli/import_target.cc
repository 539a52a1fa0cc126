#include "cli/import_target.h"

#include "base/strings.h"

namespace waybill::cli {

base::Error name_line(const base::Error& error, const ImportBatch& batch) {
  constexpr std::string_view kLine = "line ";
  const std::string_view message = error.message();
  const std::size_t colon = message.find(':');
  if (message.starts_with(kLine) && colon != std::string_view::npos) {
    const auto number = base::parse_int(message.substr(kLine.size(), colon - kLine.size()));
    if (number && *number >= 1 && static_cast<std::size_t>(*number) <= batch.line_numbers.size()) {
      const std::uint64_t in_file = batch.line_numbers[static_cast<std::size_t>(*number) - 1];
      return {error.code(), batch.file + ": " + std::string(batch.place_word) + " " + std::to_string(in_file) +
                                std::string(message.substr(colon))};
    }
  }
  const std::string first = std::to_string(batch.line_numbers.front());
  const std::string last = std::to_string(batch.line_numbers.back());
  return error.while_doing(batch.file + ": " + std::string(batch.place_word) + "s " + first + " to " + last);
}

}  // namespace waybill::cli
