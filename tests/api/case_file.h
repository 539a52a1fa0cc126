#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace waybill::testing {

// One step of a case: a command, what belongs to it, and what must come (README.md says what they look like).
struct Step {
  std::size_t line_number = 0;
  std::vector<std::string> comments;  // lines that stand before it
  std::string command;
  std::vector<std::string> details;
  std::optional<std::vector<std::string>> want;
};

// A case: the sentence it is about, and its steps.
struct CaseFile {
  std::string behaviour;
  std::vector<Step> steps;
};

// Throws std::runtime_error, naming file and line, for what is no case.
CaseFile read_case(const std::filesystem::path& path);

// Writes it back; what read_case made of the file is what it says then.
void write_case(const std::filesystem::path& path, const CaseFile& file);

}  // namespace waybill::testing
