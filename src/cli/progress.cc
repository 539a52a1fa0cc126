#include "cli/progress.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "cli/terminal_line.h"

namespace waybill::cli {

Progress::Progress(const base::Clock& clock, std::uint64_t bytes_total, bool on_terminal)
    : clock_(clock), bytes_total_(bytes_total), on_terminal_(on_terminal), begun_(clock.steady_now()), drawn_(begun_) {}

void Progress::read(std::uint64_t text_bytes, std::uint64_t file_bytes) { present_ = {text_bytes, file_bytes}; }

void Progress::file_done() {
  earlier_.text += present_.text;
  earlier_.file += present_.file;
  present_ = {};
}

void Progress::outcome(const store::UnitOutcome& outcome) {
  accepted_ += outcome.accepted;
  duplicates_ += outcome.duplicates;
  variants_ += outcome.variants;
  dropped_ += outcome.dropped;
  draw(false);
}

double Progress::seconds() const {
  const std::chrono::duration<double> passed = clock_.steady_now() - begun_;
  return std::max(passed.count(), 0.001);
}

void Progress::draw(bool last) {
  const base::SteadyTime now = clock_.steady_now();
  if (!on_terminal_ || (!last && now - drawn_ < kRedrawPause)) return;
  drawn_ = now;
  const double passed = seconds();
  const auto events = static_cast<double>(accepted_ + duplicates_ + variants_ + dropped_);
  const auto read = static_cast<double>(earlier_.file + present_.file);
  ProgressLine line{{},
                    {fmt::format("{:.0f} events", events), fmt::format("{:.0f}/s", events / passed),
                     fmt::format("{:.1f} MB/s", text_bytes() / kMegabyte / passed)}};
  if (bytes_total_ > 0 && read > 0) {
    line.share = std::min(1.0, read / static_cast<double>(bytes_total_));
    line.parts.push_back(fmt::format("{:.0f} s left", passed * (1 / *line.share - 1)));
  }
  redraw(line, last ? LineEnd::kEnded : LineEnd::kOpen);
}

void Progress::summary() {
  if (!any_read_) return;
  draw(true);
  const std::string dropped = dropped_ == 0 ? "" : fmt::format(", {} dropped (erased here, or too old)", dropped_);
  std::fputs(fmt::format("{} new, {} duplicates, {} variants{}; {:.1f} MB in {:.1f} s\n", accepted_, duplicates_,
                         variants_, dropped, text_bytes() / kMegabyte, seconds())
                 .c_str(),
             stderr);
}

}  // namespace waybill::cli
