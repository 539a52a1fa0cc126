#include "doctor/finding.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "codec/json_writer.h"

namespace waybill::doctor {
namespace {

const char* word_of(State state) {
  switch (state) {
    case State::kFine: return "fine";
    case State::kNote: return "note";
    case State::kMend: return "mend";
  }
  return "";
}

}  // namespace

Finding fine(std::string check, std::string text) { return {std::move(check), State::kFine, std::move(text), ""}; }

Finding note(std::string check, std::string text, std::string advice) {
  return {std::move(check), State::kNote, std::move(text), std::move(advice)};
}

Finding mend(std::string check, std::string text, std::string advice) {
  return {std::move(check), State::kMend, std::move(text), std::move(advice)};
}

std::string to_text(std::span<const Finding> findings) {
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.check.size());
  std::string out;
  for (const Finding& finding : findings) {
    out += fmt::format("{}  {:<{}}  {}{}{}\n", word_of(finding.state), finding.check, width, finding.text,
                       finding.advice.empty() ? "" : "; ", finding.advice);
  }
  return out;
}

std::string to_json(std::span<const Finding> findings) {
  std::string text;
  codec::JsonWriter out(text);
  out.begin_object().key("fine").boolean(count_to_mend(findings) == 0).key("checks").begin_array();
  for (const Finding& finding : findings) {
    out.begin_object().member("check", finding.check).member("state", word_of(finding.state));
    out.member("text", finding.text);
    out.key("advice");
    finding.advice.empty() ? out.null() : out.text(finding.advice);
    out.end_object();
  }
  out.end_array().end_object();
  return text + "\n";
}

std::size_t count_to_mend(std::span<const Finding> findings) {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(), [](const Finding& one) { return one.state == State::kMend; }));
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::uint64_t kStep = 1024;
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < kStep) return fmt::format("{} bytes", bytes);
  double value = static_cast<double>(bytes);
  const char* shown = "";
  for (const char* unit : kUnits) {
    value /= kStep;
    shown = unit;
    if (value < kStep) break;
  }
  return fmt::format("{:.{}f} {}", value, value < 10 ? 1 : 0, shown);
}

std::string duration_text(std::chrono::nanoseconds duration) {
  using Seconds = std::chrono::duration<double>;
  const double seconds = Seconds(duration).count();
  if (seconds < 1e-3) return fmt::format("{:.0f} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.{}f} ms", seconds * 1e3, seconds < 1e-2 ? 1 : 0);
  return fmt::format("{:.1f} s", seconds);
}

}  // namespace waybill::doctor
