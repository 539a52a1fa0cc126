#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace waybill::cli {

// Between two drawings of a line that is redrawn in place.
inline constexpr std::chrono::milliseconds kRedrawPause{200};

// What such a line shows.
struct ProgressLine {
  std::optional<double> share;     // how much is done, from 0 to 1; without it the line has no bar
  std::vector<std::string> parts;  // the most important first
};

// The line in at most `columns` columns. Where it is too long it loses the bar first, then parts from its end; a single
// part that is still too long is cut.
std::string fit(const ProgressLine& line, std::size_t columns);

enum class LineEnd { kOpen, kEnded };

// Draws the line on standard error in place of the one before, in the columns that the terminal has now; any length
// where standard error is no terminal. kEnded: what is printed next begins below it.
void redraw(const ProgressLine& line, LineEnd end = LineEnd::kOpen);
// Removes it.
void clear_line();

}  // namespace waybill::cli
