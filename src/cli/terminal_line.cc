#include "cli/terminal_line.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace waybill::cli {
namespace {

constexpr std::size_t kBarColumns = 20;
// A terminal that does not say how wide it is most likely has so many.
constexpr std::size_t kUsualColumns = 80;
constexpr const char* kAnew = "\r\x1b[K";

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }

// Of UTF-8; a character is taken for one column.
std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

void cut(std::string& text, std::size_t columns) {
  std::size_t seen = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!begins_character(text[at])) continue;
    if (seen == columns) return text.resize(at);
    ++seen;
  }
}

std::string joined(const std::vector<std::string>& parts) {
  std::string line;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    line += (line.empty() ? "" : "  ") + part;
  }
  return line;
}

// A character in the last column would make some terminals begin the next line.
std::size_t terminal_columns() {
  if (isatty(STDERR_FILENO) == 0) return std::numeric_limits<std::size_t>::max();
  winsize size{};
  const bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return (is_known ? size.ws_col : kUsualColumns) - 1;
}

}  // namespace

std::string fit(const ProgressLine& line, std::size_t columns) {
  std::vector<std::string> parts = line.parts;
  if (line.share) {
    const double share = std::clamp(*line.share, 0.0, 1.0);
    const auto filled = static_cast<std::size_t>(share * kBarColumns);
    const std::string percent = fmt::format("{:3.0f} %", share * 100);
    parts.insert(parts.begin(), percent);
    std::string with_bar =
        "[" + std::string(filled, '#') + std::string(kBarColumns - filled, '-') + "] " + joined(parts);
    if (columns_of(with_bar) <= columns) return with_bar;
  }
  std::string text = joined(parts);
  while (columns_of(text) > columns && parts.size() > 1) {
    parts.pop_back();
    text = joined(parts);
  }
  cut(text, columns);
  return text;
}

void redraw(const ProgressLine& line, LineEnd end) {
  std::fputs((kAnew + fit(line, terminal_columns()) + (end == LineEnd::kEnded ? "\n" : "")).c_str(), stderr);
}

void clear_line() { std::fputs(kAnew, stderr); }

}  // namespace waybill::cli
