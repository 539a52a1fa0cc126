#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace waybill::segment {

// Which of a block's frequent terms meet, block by block, for the sections that say so.
class MeetingTable {
 public:
  // That a row has a frequent term, which is known by its place among those of the block.
  struct Has {
    std::uint16_t row = 0;
    std::uint16_t place = 0;
  };

  // The next block, with the numbers of its frequent terms. REQUIRES: at most kFrequentTermsMax of them; `has` by
  // rising row, with no term twice in a row.
  void add_block(std::vector<std::uint32_t> frequent, std::span<const Has> has);

  // Sections, ready to be written.
  struct Sections {
    std::string blocks;
    std::string meetings;
  };
  // `final_numbers` has for each number that add_block() was given the one that the file knows the term by.
  [[nodiscard]] Sections finish(std::span<const std::uint32_t> final_numbers) const;

 private:
  struct Block {
    std::vector<std::uint32_t> frequent;
    std::vector<std::uint64_t> bits;  // as in the file, but for the order of the terms
  };
  std::vector<Block> blocks_;
};

}  // namespace waybill::segment
