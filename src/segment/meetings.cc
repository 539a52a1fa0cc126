#include "segment/meetings.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "segment/terms.h"

namespace waybill::segment {
namespace {

// So many terms of a question are looked at; what others would rule out is found by comparing rows.
constexpr std::size_t kPlacesMax = 16;

// Where a block's part lies among the meetings.
struct Part {
  std::uint64_t numbers_at = 0;
  std::uint64_t bits_at = 0;
  std::uint32_t terms = 0;
};

base::Result<Part> find_part(const SegmentFile& segment, std::uint32_t block) {
  CHECK(block < segment.layout().blocks());
  if (segment.layout().place(Section::kMeetingBlocks).length == 0) return Part{};
  const std::uint64_t at = std::uint64_t{block} * kMeetingBlockBytes;
  TRY_ASSIGN(const std::string_view head, segment.bytes(Section::kMeetingBlocks, at, kMeetingBlockBytes));
  Part part;
  part.numbers_at = base::get_le<std::uint32_t>(head, 0) * std::uint64_t{kWordBytes};
  part.terms = base::get_le<std::uint32_t>(head, 4);
  part.bits_at = part.numbers_at + (part.terms + 1ULL) / 2 * kWordBytes;
  if (part.terms > kFrequentTermsMax) {
    return segment.corrupt(Section::kMeetingBlocks, at, "a block is said to have too many frequent terms");
  }
  return part;
}

// Every section begins at a multiple of 8, and every block's part as well.
base::Result<std::span<const std::uint32_t>> read_numbers(const SegmentFile& segment, const Part& part) {
  TRY_ASSIGN(const std::string_view bytes,
             segment.bytes(Section::kMeetings, part.numbers_at, part.terms * kTermNumberBytes));
  return std::span(reinterpret_cast<const std::uint32_t*>(bytes.data()), part.terms);
}

base::Result<std::span<const std::uint64_t>> read_words(const SegmentFile& segment, const Part& part,
                                                        std::uint32_t first, std::uint32_t count) {
  TRY_ASSIGN(const std::string_view bytes,
             segment.bytes(Section::kMeetings, part.bits_at + first * kWordBytes, count * kWordBytes));
  return std::span(reinterpret_cast<const std::uint64_t*>(bytes.data()), count);
}

// Whether two frequent terms, known by their places, meet.
base::Result<bool> meet(const SegmentFile& segment, const Part& part, std::uint32_t one, std::uint32_t other) {
  const std::uint32_t pair = pair_number(std::min(one, other), std::max(one, other));
  TRY_ASSIGN(const auto words, read_words(segment, part, pair / 64, 1));
  return (words[0] >> (pair % 64) & 1U) != 0;
}

// The same of some terms by their numbers, where the block knows them.
base::Result<bool> may_meet_pairwise(const SegmentFile& segment, std::span<const std::uint32_t> terms,
                                     std::uint32_t block) {
  TRY_ASSIGN(const Part part, find_part(segment, block));
  TRY_ASSIGN(const auto numbers, read_numbers(segment, part));
  std::array<std::uint32_t, kPlacesMax> places{};
  std::size_t found = 0;
  for (const std::uint32_t term : terms) {
    const auto at = std::lower_bound(numbers.begin(), numbers.end(), term);
    if (at == numbers.end() || *at != term) continue;
    const auto place = static_cast<std::uint32_t>(at - numbers.begin());
    for (std::size_t i = 0; i < found; ++i) {
      if (places[i] == place) continue;
      TRY_ASSIGN(const bool met, meet(segment, part, places[i], place));
      if (!met) return false;
    }
    places[found++] = place;
  }
  return true;
}

}  // namespace

base::Result<Meetings> read_meetings(const SegmentFile& segment, std::uint32_t block) {
  TRY_ASSIGN(const Part part, find_part(segment, block));
  Meetings meetings;
  TRY_ASSIGN(meetings.terms, read_numbers(segment, part));
  TRY_ASSIGN(meetings.bits, read_words(segment, part, 0, words_of(pairs_of(part.terms))));
  return meetings;
}

base::Result<bool> may_meet(const SegmentFile& segment, std::span<const std::uint32_t> terms, std::uint32_t block) {
  const std::uint32_t rows = segment.layout().rows_of(block);
  std::array<std::uint32_t, kPlacesMax> frequent{};
  std::size_t count = 0;
  for (const std::uint32_t term : terms.first(std::min(terms.size(), kPlacesMax))) {
    TRY_ASSIGN(const TermEntry entry, read_term(segment, term));
    // One that is not wide has few rows, which are soon compared.
    if (entry.kind != TermKind::kWide) return true;
    TRY_ASSIGN(const std::uint32_t rows_with_it, count_wide_rows(segment, entry, block));
    if (rows_with_it == 0) return false;
    if (is_frequent(rows_with_it, rows)) frequent[count++] = term;
  }
  if (count < 2) return true;
  return may_meet_pairwise(segment, std::span(frequent).first(count), block);
}

}  // namespace waybill::segment
