#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "segment/segment.h"
#include "segment/sid_file.h"

namespace waybill::store {

using Segments = std::vector<std::shared_ptr<const segment::Segment>>;
using SidFiles = std::vector<std::shared_ptr<const segment::SidFile>>;

// Gives those entries of all segments' events whose hashes lie in `ranges` to `visit`, in no order, some perhaps twice.
// Whether all sids could be read. Reads a sid and a key for each event there is; `at_each`, if there is one, is called
// for each of them and may end the walk by failing. Fails as these two, or with kBusy.
base::Result<bool> collect_sids(const Segments& segments, std::uint64_t sid_key,
                                const std::vector<segment::HashRange>& ranges,
                                const std::function<base::Result<void>(const segment::SidEntry&)>& visit,
                                const std::function<base::Result<void>()>& at_each = {});

// What damaged pages of sid files said, read out of the segments and kept in memory until the file is made anew. What a
// sid file held of events that are gone is lost with it. Safe for concurrent use.
class SidRescue {
 public:
  // Entries kept for one file at most: 64 MiB.
  static constexpr std::size_t kEntriesMax = 4UL << 20U;

  explicit SidRescue(std::size_t entries_max = kEntriesMax) : entries_max_(entries_max) {}

  // Adds the times that `file`, whose find() has failed, had for that hash; false where look() has not seen that place
  // yet. Reads no file. kCorruption if look() could not read some of the segments' sids and the others have none; kBusy
  // if so much is damaged that the file has to be made anew first.
  base::Result<bool> find(const segment::SidFile& file, std::uint64_t hash, std::vector<base::WallTime>& times) const;

  // Reads all sids of all segments for what the damaged places of `file` held, the one with that hash among them, and
  // remembers it, also that it is too much. Does nothing if that was done before. Takes long: nobody may wait for the
  // caller. REQUIRES: `segments` hold the events of the file. kBusy if memory or descriptors have run out.
  base::Result<void> look(const segment::SidFile& file, std::uint64_t hash, const Segments& segments,
                          std::uint64_t sid_key);

  // The file is no more.
  void forget(std::uint64_t number);

 private:
  struct Patch {
    std::vector<segment::HashRange> ranges;
    std::vector<segment::SidEntry> entries;  // of all that lie in them, in order
    bool is_whole = false;
    bool is_too_much = false;  // and none are kept
  };

  std::shared_ptr<const Patch> patch_of(std::uint64_t number) const;

  const std::size_t entries_max_;

  base::Mutex looking_;  // held for a whole look
  mutable base::Mutex mutex_;

  std::map<std::uint64_t, std::shared_ptr<const Patch>> patches_ GUARDED_BY(mutex_);  // by the files' numbers
};

}  // namespace waybill::store
