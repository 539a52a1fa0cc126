#include "segment/meetings.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "segment/terms.h"

namespace waybill::segment {
namespace {

// Of a question's terms so many are looked at, which is more than there are filters.
constexpr std::size_t kPlacesMax = 16;

}  // namespace

base::Result<Meetings> read_meetings(const SegmentFile& segment, std::uint32_t block) {
  CHECK(block < segment.layout().blocks());
  if (segment.layout().place(Section::kMeetingBlocks).length == 0) return Meetings{};
  const std::uint64_t at = std::uint64_t{block} * kMeetingBlockBytes;
  TRY_ASSIGN(const std::string_view head, segment.bytes(Section::kMeetingBlocks, at, kMeetingBlockBytes));
  const std::uint64_t place = base::get_le<std::uint32_t>(head, 0) * std::uint64_t{kWordBytes};
  const auto count = base::get_le<std::uint32_t>(head, 4);
  if (count > kFrequentTermsMax) {
    return segment.corrupt(Section::kMeetingBlocks, at, "a block is said to have too many frequent terms");
  }
  const std::size_t numbers = (count + 1ULL) / 2 * kWordBytes;
  const std::size_t words = words_of(pairs_of(count));
  TRY_ASSIGN(const std::string_view bytes, segment.bytes(Section::kMeetings, place, numbers + words * kWordBytes));
  // Every section begins at a multiple of 8, and every block's part as well.
  return Meetings{{reinterpret_cast<const std::uint32_t*>(bytes.data()), count},
                  {reinterpret_cast<const std::uint64_t*>(bytes.data() + numbers), words}};
}

base::Result<bool> may_meet(const SegmentFile& segment, std::span<const std::uint32_t> terms, std::uint32_t block) {
  // Rows that lie in one block only are few, or no more than the others' are: not worth the look.
  for (const std::uint32_t term : terms) {
    TRY_ASSIGN(const TermEntry entry, read_term(segment, term));
    if (entry.kind != TermKind::kWide) return true;
  }
  TRY_ASSIGN(const Meetings meetings, read_meetings(segment, block));
  std::array<std::uint32_t, kPlacesMax> places{};
  std::size_t found = 0;
  for (const std::uint32_t term : terms) {
    const auto at = std::lower_bound(meetings.terms.begin(), meetings.terms.end(), term);
    if (at == meetings.terms.end() || *at != term || found == places.size()) continue;
    const auto place = static_cast<std::uint32_t>(at - meetings.terms.begin());
    for (std::size_t i = 0; i < found; ++i) {
      const auto [first, second] = std::minmax(places[i], place);
      if (first != second && !meetings.has(first, second)) return false;
    }
    places[found++] = place;
  }
  return true;
}

}  // namespace waybill::segment
