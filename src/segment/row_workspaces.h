#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "model/workspace.h"
#include "segment/owners.h"
#include "segment/segment_file.h"

namespace waybill::segment {

// The section of owners; nothing for a version without it. kCorruption, kIo.
base::Result<std::optional<Owners>> read_owners(const SegmentFile& segment);

// For each row of a damaged segment the workspace number that its index tells, as far as it can be read: each term
// belongs to one workspace, so each term that a row has tells it. Nothing for a row without a readable term, or with
// terms of two workspaces. kIo.
base::Result<std::vector<std::optional<model::WorkspaceNumber>>> read_workspaces(const SegmentFile& segment);

}  // namespace waybill::segment
