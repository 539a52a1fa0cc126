#include "backfill/backfill.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/strings.h"

namespace waybill::backfill {
namespace {

using base::Result;

// One batch: few enough bytes for every server's default limit.
constexpr std::size_t kBatchEvents = 1000;
constexpr std::size_t kBatchBytes = 4UL * 1024 * 1024;

// A queue that is full is tried again so often.
constexpr int kBusyTriesMax = 120;
constexpr std::chrono::milliseconds kBusyPause{500};

// What a ledger takes for a gap's detail.
constexpr std::size_t kDetailBytesMax = 1000;

// Cut between two characters of UTF-8.
std::string clipped(std::string text) {
  if (text.size() <= kDetailBytesMax) return text;
  std::size_t end = kDetailBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text + " …";
}

}  // namespace

Backfill::Backfill(Parts parts, BackfillRules rules, OnStep on_step)
    : parts_(std::move(parts)),
      rules_(rules),
      on_step_(std::move(on_step)),
      reader_(parts_.source, [this](const std::vector<ToldEvent>& events) { return store(events); }) {}

Result<void> Backfill::poll(const Span& range) {
  TRY_ASSIGN(known_.proven, parts_.sink.proven(rules_.schedule.settle));
  WindowPlan plan(spans_to_ask(range, known_, base::to_seconds(parts_.clock.now()), rules_.schedule), rules_.windows);
  step_.seconds_all = plan.seconds_left();
  while (const auto window = plan.next()) {
    step_.window = *window;
    step_.seconds_done = step_.seconds_all - plan.seconds_left();
    if (on_step_) on_step_(step_);
    TRY(pull(*window, plan));
  }
  step_.seconds_done = step_.seconds_all;
  if (on_step_) on_step_(step_);
  return {};
}

Result<void> Backfill::pull(const Span& window, WindowPlan& plan) {
  auto done = read_and_note(window, plan);
  // No room for an event, or for what cannot be one: what came after is not known. On a full disk this may fail too.
  if (!done && done.error().code() == base::ErrorCode::kStorageFull) {
    static_cast<void>(parts_.sink.record_gap(window, clipped(std::string(done.error().message()))).has_value());
  }
  return done;
}

Result<void> Backfill::read_and_note(const Span& window, WindowPlan& plan) {
  window_ = window;
  refused_.clear();
  TRY_ASSIGN(const Reading reading, reader_.read(window));
  ++step_.totals.windows;
  if (reading.outcome == Reading::Outcome::kTooFull) {
    plan.too_full(window);
    return {};
  }
  TRY(note(window, reading));
  plan.finished(window, reading.events);
  return {};
}

// Notes gaps first: an end between the two leaves a span to be asked for again, not one that is wrongly proven.
Result<void> Backfill::note(const Span& window, const Reading& reading) {
  std::vector<Unreachable> gaps = std::exchange(refused_, {});
  if (reading.outcome == Reading::Outcome::kUnreachable) gaps.push_back({window, reading.detail});
  std::vector<Span> lost;
  for (Unreachable& gap : gaps) {
    gap.detail = clipped(std::move(gap.detail));
    TRY(parts_.sink.record_gap(gap.span, gap.detail));
    lost.push_back(gap.span);
    unreachable_.push_back(gap);
  }
  // What was over when it was asked for, and what the upstream had not forgotten.
  const Spans had = subtract(provable(window, reading.asked, {std::chrono::seconds(0), rules_.kept}), join(lost));
  for (const Span& span : had) {
    TRY(parts_.sink.record_pull({span, reading.asked, parts_.source_name, reading.events}));
  }
  const Spans old = rules_.kept
                        ? intersect({window}, join({{window.from, base::to_seconds(reading.asked - *rules_.kept)}}))
                        : Spans{};
  too_old_.insert(too_old_.end(), old.begin(), old.end());
  too_old_ = join(std::move(too_old_));
  lost.insert(lost.end(), old.begin(), old.end());
  lost.insert(lost.end(), known_.given_up.begin(), known_.given_up.end());
  known_.given_up = join(std::move(lost));
  known_.asked.push_back(window);
  known_.asked = join(std::move(known_.asked));
  return {};
}

Result<void> Backfill::store(const std::vector<ToldEvent>& events) {
  std::vector<const ToldEvent*> batch;
  std::size_t bytes = 0;
  for (const ToldEvent& event : events) {
    if (!batch.empty() && (batch.size() >= kBatchEvents || bytes + event.json.size() > kBatchBytes)) {
      TRY(store_lines(std::exchange(batch, {})));
      bytes = 0;
    }
    batch.push_back(&event);
    bytes += event.json.size() + 1;
  }
  TRY(store_lines(batch));
  if (on_step_) on_step_(step_);
  return {};
}

// A batch with an event that is refused is halved until that one stands alone.
Result<void> Backfill::store_lines(const std::vector<const ToldEvent*>& events) {
  if (events.empty()) return {};
  std::string lines;
  for (const ToldEvent* event : events) lines.append(event->json).append(1, '\n');
  const auto stored = store_patiently(lines);
  if (stored) {
    step_.totals.accepted += stored->outcome.accepted;
    step_.totals.duplicates += stored->outcome.duplicates;
    step_.totals.variants += stored->outcome.variants;
    step_.totals.dropped += stored->outcome.dropped;
    step_.totals.rejected += stored->rejected;
    return {};
  }
  const base::ErrorCode code = stored.error().code();
  if (code != base::ErrorCode::kInvalidArgument && code != base::ErrorCode::kTooLarge) return stored.error();
  if (events.size() == 1) {
    refuse(*events.front(), stored.error().message());
    return {};
  }
  const auto middle = events.begin() + static_cast<std::ptrdiff_t>(events.size() / 2);
  TRY(store_lines({events.begin(), middle}));
  return store_lines({middle, events.end()});
}

Result<StoredLines> Backfill::store_patiently(const std::string& lines) {
  for (int tries = 1;; ++tries) {
    auto stored = parts_.sink.store(lines);
    if (stored || stored.error().code() != base::ErrorCode::kBusy || tries == kBusyTriesMax) return stored;
    if (!parts_.pause.wait(kBusyPause)) return base::unavailable("stopped");
  }
}

// The second in which it happened is then not proven; where that is unknown, nothing of the window is.
void Backfill::refuse(const ToldEvent& event, const std::string& why) {
  const std::int64_t second = event.time ? base::to_seconds(*event.time) : window_.from - 1;
  const Span span = window_.holds(second) ? Span{second, second} : window_;
  const std::string name = event.sid.empty() ? base::quoted_for_message(event.json) : event.sid;
  // One that belongs to the second behind the window will come again with that.
  if (event.time && second == window_.to + 1) return;
  refused_.push_back({span, fmt::format("{} was refused: {}", name, why)});
}

}  // namespace waybill::backfill
