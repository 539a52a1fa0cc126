#pragma once

#include <memory>

#include "base/result.h"
#include "segment/row.h"
#include "segment/segment.h"

namespace waybill::segment {

// The rows of a segment in key order, whole, one after the other: for writing them anew. Reads ahead and takes nothing
// from the page cache that others need. Not for concurrent use.
class Cursor {
 public:
  explicit Cursor(std::shared_ptr<const Segment> segment);
  ~Cursor();

  // Goes to the first row, or the next; false at the end. Fails as the segment does.
  base::Result<bool> next();
  // The present row. Its views live until next().
  [[nodiscard]] const Row& row() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::segment
