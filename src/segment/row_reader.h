#pragma once

#include <memory>

#include "base/result.h"
#include "segment/row.h"
#include "segment/segment_file.h"

namespace waybill::segment {

// Reads the rows of a segment in order and whole: records in large pieces, and each block's lists of rows turned
// around. Not for concurrent use.
class RowReader {
 public:
  // `segment` must outlive the reader.
  explicit RowReader(const SegmentFile& segment);
  ~RowReader();

  // Goes to the first row, or the next; false at the end. kCorruption, kIo.
  base::Result<bool> next();
  // The present row. Its views live until next().
  [[nodiscard]] const Row& row() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::segment
