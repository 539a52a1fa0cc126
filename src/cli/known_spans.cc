#include "cli/known_spans.h"

#include <algorithm>

#include "base/time_text.h"
#include "cli/table.h"

namespace waybill::cli {
namespace {

using base::WallTime;

std::string time_text(WallTime time) {
  return base::to_millisecond_text(std::clamp(time, base::kTimeMin, base::kTimeMax));
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

// The shell takes it as one word.
std::string shell_word(const std::string& text) {
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// From the first span of a state to the end of the last, as far as they have settled; nothing if there is none.
struct Hull {
  WallTime from;
  WallTime to;
};
std::optional<Hull> hull_of(const KnownWorkspace& known, const std::string& state) {
  std::optional<Hull> hull;
  for (const KnownSpan& span : known.spans) {
    if (span.state != state || span.from > known.settled_through) continue;
    const WallTime to = std::min(span.to, known.settled_through);
    hull = hull ? Hull{hull->from, to} : Hull{span.from, to};
  }
  return hull;
}

std::string command_text(const KnownWorkspace& known, const Hull& hull, const std::string& upstream,
                         const std::string& place) {
  return "  waybill backfill --from " + shell_word(upstream) + " --workspace " + known.workspace_sid + " --since " +
         base::to_second_text(hull.from) + " --until " + base::to_second_text(hull.to) + " " + place + "\n";
}

}  // namespace

std::string to_text(const KnownWorkspace& known, const std::string& upstream, const std::string& place) {
  std::string out = known.workspace_sid + " of " + known.account_sid + "\n" + mark_text(known);
  if (known.spans.empty()) return out + "No pull, no feed and no gap is known.\n";
  std::vector<std::vector<std::string>> rows = {{"STATE", "FROM", "TO", "BY"}};
  for (const KnownSpan& span : without_needless_cuts(known.spans)) {
    rows.push_back({span.state, time_text(span.from), time_text(span.to), span.by});
  }
  out += to_table(rows);
  if (const auto open = hull_of(known, "open")) {
    return out + "This closes what is open:\n" + command_text(known, *open, upstream, place);
  }
  if (const auto claimed = hull_of(known, "claimed")) {
    return out + "Nothing that has settled is open. This proves what is claimed:\n" +
           command_text(known, *claimed, upstream, place);
  }
  return out + "All that has settled is proven.\n";
}

}  // namespace waybill::cli
