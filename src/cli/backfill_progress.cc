#include "cli/backfill_progress.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "base/time_text.h"
#include "cli/terminal_line.h"

namespace waybill::cli {
namespace {

// A share that small says nothing about the time that is left.
constexpr double kShareLeast = 0.01;

std::string duration_text(double duration_s) {
  constexpr double kMinute = 60;
  constexpr double kHour = 3600;
  if (duration_s >= kHour) return fmt::format("{:.1f} h", duration_s / kHour);
  if (duration_s >= kMinute) return fmt::format("{:.0f} min", duration_s / kMinute);
  return fmt::format("{:.0f} s", duration_s);
}

double seconds_between(base::SteadyTime from, base::SteadyTime to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

void BackfillProgress::begin(const std::string& workspace_sid, std::uint64_t requests) {
  workspace_sid_ = workspace_sid;
  requests_ = requests;
  requests_before_ = requests;
  begun_ = clock_.steady_now();
  step_.reset();
}

void BackfillProgress::step(const backfill::BackfillStep& step, std::uint64_t requests) {
  if (!step_) before_ = step.totals;
  step_ = step;
  requests_ = requests;
  waiting_.clear();
  if (clock_.steady_now() - drawn_ >= kRedrawPause) draw();
}

void BackfillProgress::wait(std::chrono::milliseconds time, const std::string& why) {
  waiting_ = fmt::format("waiting {}: {}", duration_text(static_cast<double>(time.count()) / 1000), why);
  draw();
}

void BackfillProgress::draw() {
  if (!on_terminal_) return;
  drawn_ = clock_.steady_now();
  ProgressLine drawn = line();
  drawn.parts.push_back(waiting_);
  redraw(drawn);
}

void BackfillProgress::clear() {
  if (on_terminal_) clear_line();
}

ProgressLine BackfillProgress::line() const {
  if (!step_) return {{}, {workspace_sid_}};
  const double share =
      step_->seconds_all == 0 ? 1 : static_cast<double>(step_->seconds_done) / static_cast<double>(step_->seconds_all);
  const std::string left =
      share < kShareLeast
          ? ""
          : fmt::format("{} left", duration_text(seconds_between(begun_, clock_.steady_now()) * (1 / share - 1)));
  return {share,
          {base::to_second_text(backfill::first_moment(step_->window)),
           fmt::format("{} events, {} duplicates", step_->totals.events(), step_->totals.duplicates),
           fmt::format("{} requests", requests_), left}};
}

void BackfillProgress::summary(std::uint64_t requests, Silence silence) {
  clear();
  const backfill::BackfillTotals now = step_ ? step_->totals : before_;
  const std::uint64_t accepted = now.accepted - before_.accepted;
  const std::uint64_t variants = now.variants - before_.variants;
  const std::uint64_t dropped = now.dropped - before_.dropped;
  const std::uint64_t rejected = now.rejected - before_.rejected;
  if (silence == Silence::kExpected && accepted + variants + rejected == 0) return;
  std::string gone = dropped == 0 ? "" : fmt::format(", {} dropped (erased here, or too old)", dropped);
  if (rejected > 0) gone += fmt::format(", {} kept aside (waybill rejects list)", rejected);
  std::fputs(fmt::format("{}: {} new, {} duplicates, {} variants{}; {} requests in {:.1f} s\n", workspace_sid_,
                         accepted, now.duplicates - before_.duplicates, variants, gone, requests - requests_before_,
                         seconds_between(begun_, clock_.steady_now()))
                 .c_str(),
             stderr);
}

}  // namespace waybill::cli
