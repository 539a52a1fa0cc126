#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "base/random.h"
#include "obs/log.h"
#include "segment/measure.h"
#include "store/event_store.h"

namespace waybill::store {

// What a local store works with. All of it must outlive the store.
struct LocalParts {
  base::Random& random;
  const base::Clock& clock;
  const obs::Log& log;
  base::FileSystem& files;
  RecordsDiffer differ;
};

// What has expired stays on the disk for so long after a start, and after a retention was changed, that somebody can
// put right what was mistyped: hidden, but lost only then.
constexpr std::chrono::minutes kRemovalGrace{10};

struct LocalOptions {
  // How long events are kept where a workspace says nothing else.
  Retention retention;
  // Keeps them as long as the last start confirmed instead, and for ever where none did: for whoever asks nobody.
  bool retains_as_confirmed = false;
  // How long what could not be stored is kept aside after it came last; unset: for ever. And how much of it.
  Retention rejects_for = std::chrono::minutes(std::chrono::days(30));
  RejectLimits reject_limits;
  // Shorter only for tests.
  std::chrono::milliseconds removal_grace = kRemovalGrace;

  // Events that lie in the tail before they are sealed, or the memory that they cost (Tail::bytes), whichever comes
  // first. All of them are read at a start, which takes about a second for 400,000; fewer would mean more and smaller
  // files to merge.
  std::uint32_t seal_rows = 131'072;
  std::size_t seal_bytes = 96UL * 1024 * 1024;
  // Appends wait for sealing beyond either of these, so that neither memory nor the next start grows with a slow disk.
  // What is appended at once may reach beyond them.
  std::uint32_t tail_rows_max = 4 * 131'072;
  std::size_t tail_bytes_max = 256UL * 1024 * 1024;
  // Events in a segment, unless many lie in one moment. Large enough that a hundred files hold a hundred million,
  // small enough to be rewritten in a few seconds.
  std::uint32_t segment_rows_max = 1U << 20U;
  // It is cut as well where it has so many different terms, so many bytes of records, or takes so much memory while it
  // is written (segment::Measure).
  std::uint32_t segment_terms_max = segment::kTermsMax;
  std::uint64_t segment_bytes_max = 1ULL << 30U;
  std::uint64_t segment_index_bytes_max = 256ULL * 1024 * 1024;
  // Rows of a block: 2 to the power of this. Smaller only for tests, so that few rows meet every border.
  std::uint32_t block_bits = 16;
  // When nothing was appended for so long, what is unsealed becomes a segment and the database gives its free pages
  // back, if there are so many events (store/local/quiet.h).
  std::chrono::milliseconds quiet_time{30'000};
  std::uint32_t quiet_rows_min = 10'000;
  // After a step of upkeep has failed, the thread rests so long, whatever wakes it. Shorter only for tests.
  std::chrono::milliseconds pause_after_failure{5'000};
  // Whether a thread of the store's own seals, merges and removes. Without one, run_upkeep() does.
  bool background = true;

  // SQLite's way to the disk; empty: its usual one.
  std::string vfs;
  // Called at the named steps of everything that changes files. For tests, which end the process there.
  std::function<void(std::string_view)> at_step;
  // Told of each hold of the lock that an append takes first (LocalState::writer); must outlive the store. For tests,
  // which measure what is done under it.
  base::HoldObserver* writer_observer = nullptr;
};

}  // namespace waybill::store
