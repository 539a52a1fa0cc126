#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace waybill::segment {

// Which of a block's frequent terms meet, block by block, for the sections that say so.
class MeetingTable {
 public:
  // The place of a term that is not frequent in the block.
  static constexpr std::uint16_t kNone = 0xFFFF;

  // The next block. `frequent` are the numbers of its frequent terms, at most kFrequentTermsMax; `places` has, for each
  // frequent term of each row, the row and the term's place among them, by rising row.
  void add_block(std::vector<std::uint32_t> frequent, std::span<const std::pair<std::uint16_t, std::uint16_t>> places);

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
