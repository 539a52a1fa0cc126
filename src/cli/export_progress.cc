#include "cli/export_progress.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "base/time_text.h"
#include "cli/progress.h"
#include "cli/terminal_line.h"

namespace waybill::cli {
namespace {

double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / kMegabyte; }

}  // namespace

ExportProgress::ExportProgress(const base::Clock& clock, std::uint64_t events_total, Show show)
    : clock_(clock), events_total_(events_total), show_(show), begun_(clock.steady_now()), drawn_(begun_) {}

void ExportProgress::counts(const transfer::FileCounts& counts) {
  if (show_ == Show::kLine && clock_.steady_now() - drawn_ >= kRedrawPause) draw(counts, false);
}

double ExportProgress::seconds() const {
  const std::chrono::duration<double> passed = clock_.steady_now() - begun_;
  return std::max(passed.count(), 0.001);
}

void ExportProgress::draw(const transfer::FileCounts& counts, bool last) {
  drawn_ = clock_.steady_now();
  const double passed = seconds();
  const auto events = static_cast<double>(counts.events);
  const std::string day = counts.events == 0 ? "" : base::to_second_text(counts.last).substr(0, 10);
  ProgressLine line{{},
                    {fmt::format("{} events", counts.events), fmt::format("{:.0f}/s", events / passed),
                     fmt::format("{:.1f} MB/s", megabytes(counts.text_bytes) / passed), day}};
  if (events_total_ > 0 && counts.events > 0) {
    line.share = std::min(1.0, events / static_cast<double>(events_total_));
    line.parts.push_back(fmt::format("{:.0f} s left", passed * (1 / *line.share - 1)));
  }
  redraw(line, last ? LineEnd::kEnded : LineEnd::kOpen);
}

void ExportProgress::summary(const transfer::FileCounts& counts, const std::string& form, const std::string& where) {
  if (show_ == Show::kLine) draw(counts, true);
  const std::string span =
      counts.events == 0 ? ""
                         : " of " + base::to_second_text(counts.first) + " to " + base::to_second_text(counts.last);
  std::fputs(fmt::format("{} events{}: {:.1f} MB of text, {:.1f} MB ({}) {}; {:.1f} s\n", counts.events, span,
                         megabytes(counts.text_bytes), megabytes(counts.bytes), form, where, seconds())
                 .c_str(),
             stderr);
}

}  // namespace waybill::cli
