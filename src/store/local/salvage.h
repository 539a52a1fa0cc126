#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/workspace.h"
#include "segment/segment.h"
#include "store/local/event_description.h"

namespace waybill::store {

// A row of a damaged segment, as it is believed.
struct SalvagedRow {
  model::SortKey key;
  model::WorkspaceNumber workspace{};
  EventDescription described;
  std::string record;
};

// Reads what can be read of a damaged segment, row by row. Whose a row is comes from the segment's index, never from
// what its event says. Not for concurrent use.
class Salvage {
 public:
  // `only` is the workspace of rows of which the index does not tell it any more, where it can be no other. kIo.
  static base::Result<Salvage> begin(std::shared_ptr<const segment::Segment> segment,
                                     std::optional<model::WorkspaceNumber> only);

  // Nothing where the row's workspace cannot be told, or key or record are damaged, or do not agree. kIo. REQUIRES:
  // the row is one of the segment.
  [[nodiscard]] base::Result<std::optional<SalvagedRow>> read(std::uint32_t row, const DescribeRecord& describe) const;

 private:
  Salvage(std::shared_ptr<const segment::Segment> segment,
          std::vector<std::optional<model::WorkspaceNumber>> workspaces)
      : segment_(std::move(segment)), workspaces_(std::move(workspaces)) {}

  std::shared_ptr<const segment::Segment> segment_;
  std::vector<std::optional<model::WorkspaceNumber>> workspaces_;
};

}  // namespace waybill::store
