#include "bench/event_feed.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "base/strings.h"
#include "base/thread.h"
#include "codec/event_json.h"
#include "codec/record.h"

namespace waybill::bench {

using base::Result;

Result<std::string> shown_json(const std::string& record) {
  std::string json;
  TRY(codec::append_shown(json, record, kPublicBase, codec::TaskAttributes::kShown));
  return json;
}

EventFeed::EventFeed(std::vector<std::string> files, transfer::EventFileReader reader, std::uint64_t first_position,
                     std::size_t batch_events_max)
    : files_(std::move(files)),
      batch_events_max_(batch_events_max),
      reader_(std::move(reader)),
      next_position_(first_position) {}

Result<EventFeed> EventFeed::open(std::vector<std::string> files, std::uint64_t first_position,
                                  std::size_t batch_events_max) {
  if (files.empty()) return base::invalid_argument("no file of events is named");
  TRY_ASSIGN(transfer::EventFileReader reader, transfer::EventFileReader::open(files.front()));
  return EventFeed(std::move(files), std::move(reader), first_position, batch_events_max);
}

// The next line of the files, until the next call; nothing behind the last.
Result<std::optional<std::string_view>> EventFeed::next_line() {
  for (;;) {
    TRY_ASSIGN(const auto line, reader_.next());
    if (line || file_ + 1 == files_.size()) return line;
    TRY_ASSIGN(reader_, transfer::EventFileReader::open(files_[++file_]));
  }
}

Result<EventFeed::Lines> EventFeed::take_lines() {
  const base::MutexLock lock(*mutex_);
  Lines lines;
  while (lines.count < batch_events_max_) {
    TRY_ASSIGN(const auto line, next_line());
    if (!line) break;
    lines.text += *line;
    lines.text += '\n';
    ++lines.count;
  }
  lines.first_position = std::exchange(next_position_, next_position_ + lines.count);
  lines.number = lines.count == 0 ? next_number_ : next_number_++;
  return lines;
}

Result<std::optional<EventBatch>> EventFeed::next() {
  TRY_ASSIGN(const Lines lines, take_lines());
  if (lines.count == 0) return std::optional<EventBatch>();
  EventBatch batch{lines.number, lines.first_position, {}, {}};
  codec::JsonChecker checker;
  const std::string_view first = std::string_view(lines.text).substr(0, lines.text.find('\n'));
  TRY_ASSIGN(batch.workspace_sid, codec::peek_workspace_sid(checker, first));
  // An event of another workspace is refused by the decoder: all engines are asked about one workspace.
  const codec::Arrival arrival{"AC00000000000000000000000000000000", batch.workspace_sid,
                               [] { return model::EventSid(model::SidBytes{}); }};
  auto events = codec::decode_batch(lines.text, codec::BatchForm::kNdjson, arrival, model::Limits());
  if (!events) return events.error().while_doing("events from position " + std::to_string(lines.first_position));
  batch.events = *std::move(events);
  if (batch.events.size() != lines.count) return base::invalid_argument("the files of events have blank lines");
  return std::optional(std::move(batch));
}

Result<void> on_all_cores(const std::function<Result<void>()>& body) {
  base::Mutex mutex;
  Result<void> outcome;
  {
    std::vector<base::Thread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
      threads.emplace_back("load", [&] {
        Result<void> done = body();
        const base::MutexLock lock(mutex);
        if (!done && outcome) outcome = std::move(done);
      });
    }
  }
  return outcome;
}

}  // namespace waybill::bench
