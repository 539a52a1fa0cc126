#include "cli/gap_advice.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "cli/table.h"

namespace waybill::cli {
namespace {

using base::WallTime;

// What has settled so lately is pulled with what follows it; less would be many small requests.
constexpr std::chrono::minutes kFresh{1};

std::string time_text(WallTime time) {
  return base::to_millisecond_text(std::clamp(time, base::kTimeMin, base::kTimeMax));
}

std::string second_text(WallTime time) {
  return base::to_second_text(std::clamp(time, base::kTimeMin, base::kTimeMax));
}

std::string mark_text(const KnownWorkspace& known) {
  if (!known.complete_through) return "Complete through: nothing is proven yet.\n";
  return "Complete through " + time_text(*known.complete_through) + ", from " + time_text(*known.complete_from) +
         " on.\n";
}

// Spans that differ only in what a person is not shown are one.
std::vector<KnownSpan> without_needless_cuts(const std::vector<KnownSpan>& spans) {
  std::vector<KnownSpan> out;
  for (const KnownSpan& span : spans) {
    if (!out.empty() && out.back().state == span.state && out.back().by == span.by) {
      out.back().to = span.to;
    } else {
      out.push_back(span);
    }
  }
  return out;
}

// Whether something can be done about a span now.
bool is_due(const KnownWorkspace& known, const KnownSpan& span) { return span.from <= known.settled_through - kFresh; }

// From the first span of a state to the end of the last, as far as they have settled; nothing if there is none.
struct Hull {
  WallTime from;
  WallTime to;
  bool is_unreachable = false;  // a pull tried in vain to get one of them
};
std::optional<Hull> hull_of(const KnownWorkspace& known, const std::string& state) {
  std::optional<Hull> hull;
  for (const KnownSpan& span : known.spans) {
    if (span.state != state || !is_due(known, span)) continue;
    if (!hull) hull = Hull{span.from, span.to, false};
    hull->to = std::min(span.to, known.settled_through);
    hull->is_unreachable = hull->is_unreachable || span.is_unreachable;
  }
  return hull;
}

// A workspace of which nothing is old enough: when the first of it is.
std::optional<WallTime> first_settles(const KnownWorkspace& known) {
  if (is_due(known, known.spans.front())) return std::nullopt;
  return known.spans.front().from + known.settling + kFresh;
}

std::string duration_text(std::chrono::milliseconds time) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
  if (seconds % 3600 == 0) return std::to_string(seconds / 3600) + "h";
  return seconds % 60 == 0 ? std::to_string(seconds / 60) + "m" : std::to_string(seconds) + "s";
}

void add_command(GapAdvice& advice, const KnownWorkspace& known, const Hull& hull, const std::string& upstream,
                 const GapPlace& place) {
  const std::string from = !upstream.empty()            ? upstream
                           : !known.pulled_from.empty() ? known.pulled_from
                                                        : known.server_upstream;
  advice.command = place.prefix + (place.prefix.empty() ? "" : " ") + "waybill backfill --from " +
                   (from.empty() ? "URL" : shell_word(from)) + " --workspace " + known.workspace_sid + " --since " +
                   second_text(hull.from) + " --until " + second_text(hull.to) + " " + place.arguments;
  if (from.empty()) {
    advice.remark = "URL stands for the Events API to pull from: no pull and no setting names one; --from names it.";
  }
  if (!place.remark.empty()) advice.remark += (advice.remark.empty() ? "" : "\n") + place.remark;
}

}  // namespace

std::string shell_word(const std::string& text) {
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

bool has_settled_gap(const KnownWorkspace& known) { return hull_of(known, "open").has_value(); }

GapAdvice advice_of(const KnownWorkspace& known, const std::string& upstream, const GapPlace& place) {
  GapAdvice advice;
  if (known.spans.empty()) return advice;
  if (const auto after = first_settles(known)) {
    advice.step = NextStep::kNothingSettled;
    advice.after = after;
    return advice;
  }
  if (const auto open = hull_of(known, "open")) {
    const bool is_pulled = !known.server_upstream.empty() && known.server_pulls_since &&
                           open->from >= *known.server_pulls_since && !open->is_unreachable;
    advice.step = is_pulled ? NextStep::kServerCloses : NextStep::kClose;
    if (is_pulled) {
      advice.upstream = known.server_upstream;
    } else {
      add_command(advice, known, *open, upstream, place);
    }
    return advice;
  }
  if (const auto claimed = hull_of(known, "claimed")) {
    advice.step = NextStep::kProve;
    add_command(advice, known, *claimed, upstream, place);
    return advice;
  }
  advice.step = NextStep::kNothingOpen;
  return advice;
}

std::string to_text(const KnownWorkspace& known, const GapAdvice& advice) {
  std::string out = known.workspace_sid + " of " + known.account_sid + "\n" + mark_text(known);
  if (!known.spans.empty()) {
    std::vector<std::vector<std::string>> rows = {{"STATE", "FROM", "TO", "BY"}};
    for (const KnownSpan& span : without_needless_cuts(known.spans)) {
      rows.push_back({span.state, time_text(span.from), time_text(span.to), span.by});
    }
    out += to_table(rows);
  }
  const std::string command = "  " + advice.command + "\n" + (advice.remark.empty() ? "" : advice.remark + "\n");
  switch (advice.step) {
    case NextStep::kNothingKnown:
      return out + "The ledger has no pull, no feed and no gap of it; a server writes into it every few seconds.\n";
    case NextStep::kNothingSettled:
      return out + "Nothing has settled yet: what is younger than " + duration_text(known.settling) +
             " cannot be proven. Run a backfill after " + second_text(*advice.after) + ".\n";
    case NextStep::kServerCloses:
      return out + "The server closes what is open by itself: it pulls from " + advice.upstream + ".\n";
    case NextStep::kClose: return out + "This closes what is open:\n" + command;
    case NextStep::kProve: return out + "No settled span is open. This proves what is claimed:\n" + command;
    case NextStep::kNothingOpen: return out + "No settled span is open.\n";
  }
  return out;
}

}  // namespace waybill::cli
