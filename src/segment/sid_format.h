#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "segment/paged_format.h"
#include "segment/sid_file.h"

namespace waybill::segment {

// An entry as it lies in a sid file: one number of 96 bits, the hash above the time, little end first; so entries
// compare as their numbers do. The time counts milliseconds from the beginning of the year 0.

constexpr std::size_t kSidEntryBytes = 12;
constexpr unsigned kSidTimeBits = 52;
constexpr std::uint64_t kSidHashMax = (std::uint64_t{1} << kSidHashBits) - 1;

// Appends an entry. REQUIRES: hash and time are within their bounds.
inline void put_sid_entry(std::string& out, const SidEntry& entry) {
  const auto time = static_cast<std::uint64_t>(base::to_ms(entry.time) - base::to_ms(base::kTimeMin));
  base::put_le(out, entry.hash << kSidTimeBits | time);
  base::put_le(out, static_cast<std::uint32_t>(entry.hash >> (64U - kSidTimeBits)));
}

// Parts of the entry that begins at `at`. REQUIRES: at + kSidEntryBytes <= bytes.size().
inline std::uint64_t get_sid_hash(std::string_view bytes, std::size_t at) {
  const std::uint64_t low = base::get_le<std::uint64_t>(bytes, at) >> kSidTimeBits;
  return std::uint64_t{base::get_le<std::uint32_t>(bytes, at + 8)} << (64U - kSidTimeBits) | low;
}
inline base::WallTime get_sid_time(std::string_view bytes, std::size_t at) {
  const std::uint64_t time = base::get_le<std::uint64_t>(bytes, at) & ((std::uint64_t{1} << kSidTimeBits) - 1);
  return base::from_ms(base::to_ms(base::kTimeMin) + static_cast<std::int64_t>(time));
}
inline SidEntry get_sid_entry(std::string_view bytes, std::size_t at) {
  return {get_sid_hash(bytes, at), get_sid_time(bytes, at)};
}

constexpr FileKind kSidFileKind{.name = "sid file", .magic = "WAYBSIDS", .oldest_version = 1, .version = 1};

// Entries lie right behind the prologue, the directory behind them at the next multiple of 8. The footer's summary is
// the number of entries and that of the directory's bits.
constexpr std::uint64_t kSidEntriesAt = kPrologueBytes;
constexpr std::size_t kSidSummaryBytes = 12;
constexpr std::size_t kSidStartBytes = 4;

// With 32 to 64 entries a bucket the directory takes a tenth of a byte an entry. Since hashes are spread evenly, where
// a hash stands in its bucket is known to some four entries beforehand: a cache line or two, as with tiny buckets.
constexpr std::uint64_t kSidBucketEntriesMax = 64;

// How large a directory so many entries get.
constexpr unsigned sid_directory_bits(std::uint64_t entries) {
  unsigned bits = 0;
  while (entries >> bits > kSidBucketEntriesMax) ++bits;
  return bits;
}

// The bucket of a hash, in a directory of 2^bits buckets.
constexpr std::uint64_t sid_bucket(std::uint64_t hash, unsigned bits) { return hash >> (kSidHashBits - bits); }

constexpr std::uint64_t sid_directory_at(std::uint64_t entries) {
  return (kSidEntriesAt + entries * kSidEntryBytes + 7) / 8 * 8;
}

constexpr std::uint64_t sid_directory_bytes(unsigned bits) { return ((std::uint64_t{1} << bits) + 1) * kSidStartBytes; }

}  // namespace waybill::segment
