#include "support/hold_meter.h"

#include <algorithm>

#include <fmt/format.h>

namespace waybill::testing {
namespace {

using base::MutexLock;
using sqlite::testing::work_of_this_thread;

thread_local HoldMeter::Holder this_holder{"store", ""};

}  // namespace

void HoldMeter::Largest::add(const sqlite::testing::Work& one, std::chrono::microseconds took) {
  ++holds;
  work.statements = std::max(work.statements, one.statements);
  work.steps = std::max(work.steps, one.steps);
  work.bytes_read = std::max(work.bytes_read, one.bytes_read);
  work.bytes_written = std::max(work.bytes_written, one.bytes_written);
  work.syncs = std::max(work.syncs, one.syncs);
  time = std::max(time, took);
}

void HoldMeter::taken() {
  const MutexLock lock(mutex_);
  before_ = work_of_this_thread();
  since_ = std::chrono::steady_clock::now();
}

void HoldMeter::about_to_release() {
  const MutexLock lock(mutex_);
  const auto took = std::chrono::steady_clock::now() - since_;
  largest_[this_holder].add(work_of_this_thread() - before_,
                            std::chrono::duration_cast<std::chrono::microseconds>(took));
}

std::map<HoldMeter::Holder, HoldMeter::Largest> HoldMeter::largest() const {
  const MutexLock lock(mutex_);
  return largest_;
}

void HoldMeter::name_this_thread(std::string_view name) { this_holder = {std::string(name), ""}; }

void HoldMeter::note_step(std::string_view step) { this_holder.second = step; }

std::string to_text(std::string_view lock, const std::map<HoldMeter::Holder, HoldMeter::Largest>& holds) {
  constexpr const char* kHead = "{:<9} {:<9} {:<22} {:>6} {:>10} {:>8} {:>8} {:>10} {:>6} {:>8}\n";
  constexpr const char* kLine = "{:<9} {:<9} {:<22} {:>6} {:>10} {:>8} {:>8} {:>10} {:>6} {:>8.1f}\n";
  std::string out = fmt::format(fmt::runtime(kHead), lock, "held by", "behind step", "holds", "statements", "VM steps",
                                "kB read", "kB written", "syncs", "ms");
  for (const auto& [holder, largest] : holds) {
    const sqlite::testing::Work& work = largest.work;
    out += fmt::format(fmt::runtime(kLine), "", holder.first, holder.second, largest.holds, work.statements, work.steps,
                       work.bytes_read / 1024, work.bytes_written / 1024, work.syncs,
                       static_cast<double>(largest.time.count()) / 1'000);
  }
  return out;
}

}  // namespace waybill::testing
