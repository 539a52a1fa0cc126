#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "backfill/sink.h"
#include "base/strings.h"
#include "codec/json_scan.h"

namespace waybill::backfill::testing {

// A sink in memory. Not for concurrent use.
class FakeSink final : public Sink {
 public:
  std::set<std::string> sids;
  std::vector<PullNote> pulls;
  std::vector<std::pair<Span, std::string>> gaps;
  std::string refused_sid;              // an event that it takes for none
  std::size_t stores_left = 1'000'000;  // before its disk is full
  std::size_t busy = 0;                 // times that its queue is full

  base::Result<Spans> proven(std::chrono::seconds settle) override {
    std::vector<Span> spans;
    for (const PullNote& pull : pulls) {
      spans.push_back({pull.span.from, std::min(pull.span.to, base::to_seconds(pull.asked - settle) - 1)});
    }
    return join(std::move(spans));
  }

  base::Result<StoredLines> store(const std::string& lines) override {
    if (busy > 0) {
      --busy;
      return base::busy("the queue is full");
    }
    if (stores_left-- == 0) return base::storage_full("no room");
    if (!refused_sid.empty() && lines.find(refused_sid) != std::string::npos) {
      return base::invalid_argument("event_type: is missing");
    }
    store::UnitOutcome outcome;
    for (const std::string_view line : base::split(lines, '\n')) {
      if (line.empty()) continue;
      const auto sid = codec::peek_text_member(line, "sid");
      ++(sids.insert(std::string(sid.value_or(""))).second ? outcome.accepted : outcome.duplicates);
    }
    return StoredLines{outcome, 0};
  }

  base::Result<void> record_pull(const PullNote& pull) override {
    pulls.push_back(pull);
    return {};
  }
  base::Result<void> record_gap(const Span& span, const std::string& detail) override {
    gaps.emplace_back(span, detail);
    return {};
  }
};

}  // namespace waybill::backfill::testing
