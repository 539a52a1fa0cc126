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

namespace waybill::store {

using Segments = std::vector<std::shared_ptr<const segment::Segment>>;
using SidFiles = std::vector<std::shared_ptr<const segment::SidFile>>;

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
    // Whether a sid file has the hash: without a place, of an event that is gone, or of another event by chance.
    bool is_known = false;
  };
  // Where an event lies that happened at `oldest` or later. `sid_key` is the store's. Fails as the files do.
  [[nodiscard]] base::Result<Found> find(model::WorkspaceNumber workspace, const model::EventSid& sid,
                                         base::WallTime oldest, std::uint64_t sid_key) const;

  // This archive with some files more and without those whose numbers stand in `without`.
  [[nodiscard]] std::shared_ptr<const Archive> changed(const Segments& segments, const SidFiles& sid_files,
                                                       const std::vector<std::uint64_t>& without) const;

 private:
  Segments segments_;
  segment::SidIndex sids_;
};

}  // namespace waybill::store
