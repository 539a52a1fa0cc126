#include "app/demo.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "codec/event_json.h"
#include "generator/event_stream.h"
#include "generator/settings.h"

namespace waybill::app {
namespace {

// Not the default of `waybill generate`, whose events should be new to a store that shows the demonstration.
constexpr std::uint64_t kSeed = 2026;
constexpr std::size_t kLinesAtOnce = 1000;

// As the ledger names where the proven part comes from: no URL, since there is nothing to pull it from again.
constexpr const char* kSource = "the demonstration";
// Before the demonstration's end; all of it has settled.
constexpr std::chrono::minutes kAbsentFor{30};
constexpr std::chrono::minutes kAbsentUntil{120};

base::Result<void> write_demo_ledger(store::Ledger& ledger, const store::LedgerSubject& subject, base::WallTime first,
                                     std::uint64_t events, base::WallTime now) {
  const base::WallTime back = now - kAbsentUntil;
  const base::WallTime away = back - kAbsentFor;
  if (away <= first) return {};
  TRY(ledger.record_pull({.subject = subject,
                          .from = first,
                          .to = away - base::kMillisecond,
                          .asked = now,
                          .source = kSource,
                          .events = events / 2,
                          .settled = {},
                          .asked_last = {}}));
  TRY(ledger.record_gap({subject, away, back - base::kMillisecond, store::GapReason::kAbsent, "no server ran"}));
  const store::Feed callbacks{subject, store::FeedRoad::kCallback, back, now, events / 2};
  return ledger.record_feeds({&callbacks, 1});
}

}  // namespace

base::Result<std::uint64_t> write_demo_day(eventlog::EventLog& log, store::Ledger& ledger,
                                           const model::Account& account, base::Random& random, base::WallTime now) {
  generator::Settings settings = generator::demo_day(kSeed, now);
  settings.account_sid = account.sid.to_text();
  generator::EventStream stream(settings);
  TRY_ASSIGN(const auto workspace, model::WorkspaceSid::parse(stream.workspace_sid()));
  const codec::Arrival arrival{settings.account_sid, stream.workspace_sid(),
                               [&] { return model::EventSid(random.bytes<sizeof(model::SidBytes)>()); }};
  // One unit: a first start that is cut short leaves an empty store, which the next one fills.
  std::vector<model::Event> events;
  std::string line;
  for (bool more = true; more;) {
    std::string lines;
    std::size_t count = 0;
    while (count < kLinesAtOnce && (more = stream.next(line))) {
      lines += line + "\n";
      ++count;
    }
    if (count == 0) break;
    TRY_ASSIGN(auto some, codec::decode_batch(lines, codec::BatchForm::kNdjson, arrival, model::Limits()));
    std::move(some.begin(), some.end(), std::back_inserter(events));
  }
  base::WallTime first = now;
  for (const model::Event& event : events) first = std::min(first, event.time);
  TRY_ASSIGN(const store::UnitOutcome outcome,
             log.append_and_wait({account.number, workspace, stream.workspace_sid(), now, std::move(events)}));
  TRY(write_demo_ledger(ledger, {account.number, workspace}, first, outcome.accepted, now));
  return outcome.accepted;
}

}  // namespace waybill::app
