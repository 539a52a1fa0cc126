#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "model/sid.h"
#include "model/workspace.h"
#include "segment/segment.h"
#include "segment/sid_index.h"
#include "store/event_store.h"
#include "store/local/sid_rescue.h"

namespace waybill::store {

// What is sealed: a set of immutable files. Immutable itself; each change makes a new one.
class Archive {
 public:
  Archive() = default;
  // Sorts the segments by their first keys, the sid files by their numbers.
  Archive(Segments segments, SidFiles sid_files);

  [[nodiscard]] const Segments& segments() const { return segments_; }
  [[nodiscard]] const SidFiles& sid_files() const { return sids_.files(); }

  struct Place {
    std::shared_ptr<const segment::Segment> segment;
    std::uint32_t row = 0;
  };
  struct Found {
    std::optional<Place> place;
    // Whether a sid file has the hash, or may have had it: without a place, of an event that is gone, or of another
    // event by chance.
    bool is_known = false;
  };
  // Where an event lies that happened at `oldest` or later. `sid_key` is the store's. What damaged sid files do not say
  // the segments do (SidRescue). kCorruption if neither can, or if a segment that may have the event cannot be read;
  // kBusy.
  [[nodiscard]] base::Result<Found> find(model::WorkspaceNumber workspace, const model::EventSid& sid,
                                         base::WallTime oldest, std::uint64_t sid_key) const;

  // Of what is damaged, as far as somebody has met it.
  [[nodiscard]] std::vector<DamagedFile> damage() const;
  [[nodiscard]] SidRescue& rescue() const { return *rescue_; }

  // This archive with some files more and without those whose numbers stand in `without`.
  [[nodiscard]] std::shared_ptr<const Archive> changed(const Segments& segments, const SidFiles& sid_files,
                                                       const std::vector<std::uint64_t>& without) const;

 private:
  Segments segments_;
  segment::SidIndex sids_;
  std::shared_ptr<SidRescue> rescue_ = std::make_shared<SidRescue>();  // shared by those that follow
};

}  // namespace waybill::store
