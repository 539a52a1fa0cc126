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
// Whether all sids could be read. Reads a sid and a key for each event there is. Fails as `visit`, or with kBusy.
base::Result<bool> collect_sids(const Segments& segments, std::uint64_t sid_key,
                                const std::vector<segment::HashRange>& ranges,
                                const std::function<base::Result<void>(const segment::SidEntry&)>& visit);

// What damaged pages of sid files said, read out of the segments and kept in memory until the file is made anew. What a
// sid file held of events that are gone is lost with it. Safe for concurrent use.
class SidRescue {
 public:
  // Entries kept for one file at most: 64 MiB.
  static constexpr std::size_t kEntriesMax = 4UL << 20U;

  // Adds the times that `file`, whose find() has failed, had for that hash. REQUIRES: `segments` hold the events of the
  // file. The first look at a damaged place reads all sids of all segments. kCorruption if some of those cannot be read
  // and the others have none; kBusy if so much is damaged that it has to be made anew first.
  base::Result<void> find(const segment::SidFile& file, std::uint64_t hash, const Segments& segments,
                          std::uint64_t sid_key, std::vector<base::WallTime>& times);

  // The file is no more.
  void forget(std::uint64_t number);

 private:
  struct Patch {
    std::vector<segment::HashRange> ranges;
    std::vector<segment::SidEntry> entries;  // of all that lie in them, in order
    bool is_whole = false;
  };

  std::shared_ptr<const Patch> patch_of(std::uint64_t number) const;
  base::Result<std::shared_ptr<const Patch>> make_patch(const segment::SidFile& file, std::uint64_t hash,
                                                        const Segments& segments, std::uint64_t sid_key);

  mutable base::Mutex mutex_;

  std::map<std::uint64_t, std::shared_ptr<const Patch>> patches_ GUARDED_BY(mutex_);  // by the files' numbers
};

}  // namespace waybill::store
