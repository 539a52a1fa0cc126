#include "segment/meeting_table.h"

#include <algorithm>
#include <numeric>

#include "base/bytes.h"
#include "base/check.h"
#include "segment/format.h"

namespace waybill::segment {
namespace {

// REQUIRES: one <> other.
std::uint32_t pair_of(std::uint32_t one, std::uint32_t other) {
  return pair_number(std::min(one, other), std::max(one, other));
}

}  // namespace

void MeetingTable::add_block(std::vector<std::uint32_t> frequent, std::span<const Has> has) {
  CHECK(frequent.size() <= kFrequentTermsMax);
  Block block{std::move(frequent), {}};
  block.bits.resize(words_of(pairs_of(static_cast<std::uint32_t>(block.frequent.size()))));
  std::vector<std::uint16_t> of_row;
  for (std::size_t i = 0; i < has.size(); ++i) {
    if (i > 0 && has[i - 1].row != has[i].row) of_row.clear();
    for (const std::uint16_t other : of_row) {
      CHECK(other != has[i].place);
      const std::uint32_t pair = pair_of(other, has[i].place);
      block.bits[pair / 64] |= 1ULL << (pair % 64);
    }
    of_row.push_back(has[i].place);
  }
  blocks_.push_back(std::move(block));
}

MeetingTable::Sections MeetingTable::finish(std::span<const std::uint32_t> final_numbers) const {
  Sections out;
  for (const Block& block : blocks_) {
    const auto count = static_cast<std::uint32_t>(block.frequent.size());
    base::put_le(out.blocks, static_cast<std::uint32_t>(out.meetings.size() / kWordBytes));
    base::put_le(out.blocks, count);
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    const auto number_of = [&](std::uint32_t place) { return final_numbers[block.frequent[place]]; };
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return number_of(a) < number_of(b); });
    for (const std::uint32_t place : order) base::put_le(out.meetings, number_of(place));
    out.meetings.resize(out.meetings.size() + count % 2 * kTermNumberBytes);
    std::vector<std::uint64_t> bits(block.bits.size());
    for (std::uint32_t second = 1; second < count; ++second) {
      for (std::uint32_t first = 0; first < second; ++first) {
        const std::uint32_t pair = pair_of(order[first], order[second]);
        const std::uint64_t bit = block.bits[pair / 64] >> (pair % 64) & 1U;
        const std::uint32_t sorted = pair_number(first, second);
        bits[sorted / 64] |= bit << (sorted % 64);
      }
    }
    for (const std::uint64_t word : bits) base::put_le(out.meetings, word);
  }
  return out;
}

}  // namespace waybill::segment
