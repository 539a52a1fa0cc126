#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "query/row_set.h"
#include "query/search.h"
#include "query/source.h"

namespace waybill::query {

// The matches of a search within one source, in the direction of the search: block by block from the end the direction
// asks for. Until it is opened it knows only where its first match could be.
class Scan {
 public:
  // Both must outlive the scan. REQUIRES: the source's keys and the search's window overlap.
  Scan(const Source& source, const Search& search);

  // The key of the present match, or, before opening, a key that no match precedes.
  [[nodiscard]] const model::SortKey& head() const { return head_; }
  // The row of the present match.
  [[nodiscard]] std::uint32_t row() const { return row_; }
  [[nodiscard]] bool is_open() const { return open_; }

  // What was touched so far.
  [[nodiscard]] const ScanWork& work() const { return work_; }

  // Goes to the first match, or the one behind the present; false if there is none. Fails as the source does.
  base::Result<bool> advance();

 private:
  struct Excluded {
    std::uint32_t term;
    const Exclusion* exclusion;
    RowSet rows;  // of the present block
  };

  base::Result<bool> open();
  base::Result<bool> find_terms();
  base::Result<bool> next_block();
  base::Result<bool> enter_block(std::uint32_t block);
  [[nodiscard]] bool is_excluded(std::uint32_t row_in_block) const;

  const Source* source_;
  const Search* search_;
  model::SortKey head_;
  std::uint32_t row_ = 0;
  bool open_ = false;

  bool rising_;
  bool checks_positions_;
  std::vector<std::uint32_t> terms_;
  std::vector<Excluded> excluded_;
  std::uint32_t begin_ = 0;  // rows inside the window
  std::uint32_t end_ = 0;
  std::uint32_t blocks_left_ = 0;
  std::uint32_t block_ = 0;
  std::uint32_t block_first_row_ = 0;
  std::optional<Intersection> rows_;
  ScanWork work_;
};

}  // namespace waybill::query
