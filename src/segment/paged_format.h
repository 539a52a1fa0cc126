#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/crypto.h"

namespace waybill::segment {

// The envelope that all immutable files of the store share (docs/formats/segment.md): a prologue, data, a checksum for
// each page of prologue and data, a footer.
constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint64_t kPrologueBytes = 16;
constexpr std::uint64_t kFooterBytes = 4096;
constexpr std::size_t kMagicBytes = 8;
constexpr std::size_t kReplacesMax = 256;  // files that one file may replace
constexpr std::size_t kSummaryMax = 1024;  // bytes of a footer that a format may use as it likes

// What kind of file it is, and which versions of that format this program reads; it writes the newest of them.
struct FileKind {
  std::string_view name;   // "segment", for messages
  std::string_view magic;  // kMagicBytes
  std::uint32_t oldest_version;
  std::uint32_t version;
};

// Which file it is.
struct FileIdentity {
  std::uint64_t store_id = 0;           // of the store it belongs to
  std::uint64_t number = 0;             // its own, never used twice in a store
  std::vector<std::uint64_t> replaces;  // files of its kind that it holds anew
};

// The checksum of a page, and that of a prologue.
inline std::uint32_t page_sum(std::string_view page) { return static_cast<std::uint32_t>(base::hash64(page)); }

constexpr std::uint64_t pages_of(std::uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes; }

// Places of the footer's fields, from its beginning.
constexpr std::size_t kFooterStoreAt = 0;
constexpr std::size_t kFooterNumberAt = 8;
constexpr std::size_t kFooterDataBytesAt = 16;
constexpr std::size_t kFooterTableSumAt = 24;
constexpr std::size_t kFooterReplacesCountAt = 32;
constexpr std::size_t kFooterSummaryLengthAt = 36;
constexpr std::size_t kFooterSummaryAt = 40;
constexpr std::size_t kFooterReplacesAt = kFooterSummaryAt + kSummaryMax;
constexpr std::size_t kFooterSumAt = kFooterBytes - 8;
static_assert(kFooterReplacesAt + kReplacesMax * 8 <= kFooterSumAt);

}  // namespace waybill::segment
