#pragma once

#include <functional>

#include "base/result.h"
#include "segment/row.h"
#include "segment/segment_file.h"

namespace waybill::segment {

// Gives every row of a segment to `visit`, in order and whole. Fails as `visit` does, or with kCorruption or kIo.
base::Result<void> walk(const SegmentFile& segment, const std::function<base::Result<void>(const Row&)>& visit);

}  // namespace waybill::segment
