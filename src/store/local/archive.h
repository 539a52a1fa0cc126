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
  // A damaged place of a sid file at which nobody has looked yet.
  struct UnseenPlace {
    std::shared_ptr<const segment::SidFile> file;
    std::uint64_t hash = 0;
  };
  // Where an event lies that happened at `oldest` or later. `sid_key` is the store's. What damaged sid files do not say
  // the segments do, after a look that takes long (SidRescue); with `unseen` what has to be looked at is put there
  // instead, and the answer is kBusy. kCorruption if neither can say it, or if a segment that may have the event cannot
  // be read; kBusy.
  [[nodiscard]] base::Result<Found> find(model::WorkspaceNumber workspace, const model::EventSid& sid,
                                         base::WallTime oldest, std::uint64_t sid_key,
                                         std::vector<UnseenPlace>* unseen = nullptr) const;
  // The look that find() with `unseen` has left out, unless the file was replaced since. kBusy.
  [[nodiscard]] base::Result<void> look_at(const UnseenPlace& place, std::uint64_t sid_key) const;

  // Of what is damaged, as far as somebody has met it.
  [[nodiscard]] std::vector<DamagedFile> damage() const;

  // This archive with some files more and without those whose numbers stand in `without`.
  [[nodiscard]] std::shared_ptr<const Archive> changed(const Segments& segments, const SidFiles& sid_files,
                                                       const std::vector<std::uint64_t>& without) const;

 private:
  [[nodiscard]] base::Result<void> find_in_damaged(const UnseenPlace& place, std::uint64_t sid_key,
                                                   std::vector<UnseenPlace>* unseen,
                                                   std::vector<base::WallTime>& times) const;

  Segments segments_;
  segment::SidIndex sids_;
  std::shared_ptr<SidRescue> rescue_ = std::make_shared<SidRescue>();  // shared by those that follow
};

}  // namespace waybill::store
