#pragma once

#include "base/result.h"
#include "segment/segment_file.h"

namespace waybill::segment {

// Holds the parts of a segment against each other; reads all of it. kCorruption for the first that does not fit; kIo.
base::Result<void> check_parts(const SegmentFile& segment);

}  // namespace waybill::segment
