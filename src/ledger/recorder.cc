#include "ledger/recorder.h"

#include <algorithm>
#include <utility>

#include "store/ledger_rules.h"

namespace waybill::ledger {
namespace {

using base::MutexLock;
using base::WallTime;
using store::GapReason;

constexpr const char* kNoServer = "no server ran";
constexpr const char* kSilence = "the server stood still";

// Clocks are set back, too.
store::Gap absence(WallTime from, WallTime to, const char* detail) {
  return {std::nullopt, std::min(from, to) - kDeliveryMax, std::max(from, to), GapReason::kAbsent, detail};
}

void add_feed(std::vector<store::Feed>& feeds, const store::Feed& feed) {
  const auto same = std::find_if(feeds.begin(), feeds.end(), [&](const store::Feed& one) {
    return one.subject == feed.subject && one.road == feed.road;
  });
  if (same == feeds.end()) {
    // More workspaces than that in one beat: their next request is counted again.
    if (feeds.size() < kWaitingMax) feeds.push_back(feed);
    return;
  }
  same->first = std::min(same->first, feed.first);
  same->last = std::max(same->last, feed.last);
  same->events += feed.events;
}

void add_bounded(std::vector<store::Gap>& gaps, store::Gap gap) {
  if (gaps.size() >= kWaitingMax && !store::is_unproven(gap)) {
    gap.subject.reset();
    gap.detail = "many requests were refused";
  }
  store::add_gap(gaps, std::move(gap));
}

}  // namespace

base::Result<void> Recorder::begin(WallTime now) {
  TRY_ASSIGN(const auto last, ledger_.last_alive());
  {
    const MutexLock lock(mutex_);
    if (last) add_bounded(waiting_.gaps, absence(*last, now, kNoServer));
  }
  const auto written = beat(now);
  // What is known stays in memory until there is room; a process that ends before has a longer absence.
  return !written && written.error().code() == base::ErrorCode::kStorageFull ? base::Result<void>() : written;
}

base::Result<void> Recorder::beat(WallTime now) {
  Waiting waiting;
  {
    const MutexLock lock(mutex_);
    std::swap(waiting, waiting_);
    if (last_beat_ && (now < *last_beat_ || now - *last_beat_ > kSilenceMax)) {
      add_bounded(waiting.gaps, absence(*last_beat_, now, kSilence));
    }
    last_beat_ = now;
    writing_ = waiting;
  }
  const auto written = write(waiting);
  if (!written) put_back(std::move(waiting));
  {
    const MutexLock lock(mutex_);
    writing_ = {};
  }
  if (!written) return written.error();
  // Last, so that a sign of life is never younger than a fact that is not on disk.
  return ledger_.record_alive(now);
}

// Takes out of `waiting` what is on disk.
base::Result<void> Recorder::write(Waiting& waiting) {
  while (!waiting.gaps.empty()) {
    TRY(ledger_.record_gap(waiting.gaps.back()));
    waiting.gaps.pop_back();
  }
  TRY(ledger_.record_feeds(waiting.feeds));
  waiting.feeds.clear();
  return {};
}

void Recorder::put_back(Waiting waiting) {
  const MutexLock lock(mutex_);
  for (store::Gap& gap : waiting.gaps) add_bounded(waiting_.gaps, std::move(gap));
  for (const store::Feed& feed : waiting.feeds) add_feed(waiting_.feeds, feed);
}

Facts Recorder::waiting(const store::LedgerSubject& subject) {
  Facts facts;
  const MutexLock lock(mutex_);
  for (const Waiting* some : {&writing_, &waiting_}) {
    for (const store::Feed& feed : some->feeds) {
      if (feed.subject == subject) add_feed(facts.feeds, feed);
    }
    for (const store::Gap& gap : some->gaps) {
      if (!gap.subject || *gap.subject == subject) facts.gaps.push_back(gap);
    }
  }
  return facts;
}

Facts with_waiting(Facts facts, const Facts& waiting) {
  for (const store::Feed& feed : waiting.feeds) add_feed(facts.feeds, feed);
  facts.gaps.insert(facts.gaps.end(), waiting.gaps.begin(), waiting.gaps.end());
  return facts;
}

void Recorder::received(const store::LedgerSubject& subject, store::FeedRoad road, WallTime arrived,
                        std::uint64_t events) {
  const MutexLock lock(mutex_);
  add_feed(waiting_.feeds, {subject, road, arrived, arrived, events});
}

void Recorder::refused(const std::optional<store::LedgerSubject>& subject, WallTime arrived,
                       const std::string& detail) {
  store::Gap gap{subject, arrived - kDeliveryMax, arrived, GapReason::kRefused, detail};
  if (!subject) gap = {subject, arrived, arrived, GapReason::kRefused, std::string(store::kUnprovenDetail)};
  const MutexLock lock(mutex_);
  add_bounded(waiting_.gaps, std::move(gap));
}

}  // namespace waybill::ledger
