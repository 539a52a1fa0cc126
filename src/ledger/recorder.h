#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "ledger/completeness.h"
#include "store/ledger.h"

namespace waybill::ledger {

// How often a server says that it lives.
constexpr std::chrono::milliseconds kBeatPause{5'000};
// A longer silence between two beats is an absence: the machine slept, or the disk did.
constexpr std::chrono::milliseconds kSilenceMax{30'000};
// How long before its request an event may have happened: feeds try again for so long, or wait so long for a batch.
constexpr std::chrono::milliseconds kDeliveryMax{60'000};
// Facts that wait for the next beat; what comes beyond is noted of every workspace.
constexpr std::size_t kWaitingMax = 1'000;

// Keeps the ledger of a running server: its own absences, what the feeds brought, and what was refused. Facts wait in
// memory for the next beat; a process that dies before it has an absence that covers them. Safe for concurrent use.
class Recorder {
 public:
  // `ledger` must outlive this object.
  explicit Recorder(store::Ledger& ledger) : ledger_(ledger) {}

  // The server begins: what lies between the last sign of life and now was an absence. Call it once, before any feed
  // may come. A full disk is no error: what is to be written waits for the next beat. Other errors as the ledger's.
  base::Result<void> begin(base::WallTime now);
  // Writes what waits, and a sign of life. On failure it waits for the next beat, and nothing is lost.
  base::Result<void> beat(base::WallTime now);

  // A feed's request is stored.
  void received(const store::LedgerSubject& subject, store::FeedRoad road, base::WallTime arrived,
                std::uint64_t events);
  // A feed's request was refused, or failed, so that the events in it may be lost: `detail` says why, in the words of a
  // closed set. `subject` is unset where the request told of no workspace that is here, or proved nothing of its
  // sender: then nothing opens (store::is_unproven).
  void refused(const std::optional<store::LedgerSubject>& subject, base::WallTime arrived, const std::string& detail);

  // What is known of one workspace and not written down yet; gaps of every workspace are among it. Read it before the
  // ledger, so that nothing falls between the two; with_waiting() then puts both together.
  Facts waiting(const store::LedgerSubject& subject);

 private:
  struct Waiting {
    std::vector<store::Gap> gaps;
    std::vector<store::Feed> feeds;
  };
  base::Result<void> write(Waiting& waiting);
  void put_back(Waiting waiting);

  store::Ledger& ledger_;

  base::Mutex mutex_;
  Waiting waiting_ GUARDED_BY(mutex_);
  Waiting writing_ GUARDED_BY(mutex_);  // what a beat is writing down
  std::optional<base::WallTime> last_beat_ GUARDED_BY(mutex_);
};

// The facts of a ledger and those that wait for it, each road of a feed once.
Facts with_waiting(Facts facts, const Facts& waiting);

}  // namespace waybill::ledger
