#include "api/case_file.h"

#include <fstream>
#include <stdexcept>
#include <utility>

#include "base/strings.h"

namespace waybill::testing {
namespace {

constexpr std::string_view kSeparator = "----";

}  // namespace

CaseFile read_case(const std::filesystem::path& path) {
  std::ifstream in(path);
  CaseFile file;
  std::string line;
  std::vector<std::string> comments;
  bool inside = false;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const bool is_comment = !inside && line.starts_with('#');
    if (number == 1) {
      if (!is_comment) throw std::runtime_error(path.string() + ":1: the first line says the behaviour: # …");
      file.behaviour = base::trim(std::string_view(line).substr(1));
    } else if (is_comment) {
      comments.push_back(line);
    } else if (base::trim(line).empty()) {
      inside = false;
    } else if (!inside) {
      file.steps.push_back({number, std::exchange(comments, {}), line, {}, {}});
      inside = true;
    } else if (line == kSeparator && !file.steps.back().want) {
      file.steps.back().want.emplace();
    } else {
      Step& step = file.steps.back();
      (step.want ? *step.want : step.details).push_back(line);
    }
  }
  if (file.behaviour.empty() || file.steps.empty() || !comments.empty()) {
    throw std::runtime_error(path.string() + ": a case has a sentence and steps, and ends with a step");
  }
  return file;
}

void write_case(const std::filesystem::path& path, const CaseFile& file) {
  std::ofstream out(path);
  out << "# " << file.behaviour << '\n';
  for (const Step& step : file.steps) {
    out << '\n';
    for (const std::string& comment : step.comments) out << comment << '\n';
    out << step.command << '\n';
    for (const std::string& detail : step.details) out << detail << '\n';
    if (!step.want) continue;
    out << kSeparator << '\n';
    for (const std::string& want : *step.want) out << want << '\n';
  }
}

}  // namespace waybill::testing
