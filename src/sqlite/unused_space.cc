#include "sqlite/unused_space.h"

#include <cstddef>

namespace waybill::sqlite {
namespace {

// https://www.sqlite.org/fileformat2.html, sections 1.3 and 1.6. Pages that are no part of a tree begin with the number
// of another page, whose first byte is less than these in a database of less than 600 GB, or with a number up to 5.
constexpr char kIndexLeaf = 0x0a;
constexpr char kTableLeaf = 0x0d;
constexpr std::size_t kDatabaseHeadBytes = 100;  // before the head of the first page
constexpr std::size_t kRowCountAt = 3;
constexpr std::size_t kFirstRowAt = 5;
constexpr std::size_t kLeafHeadBytes = 8;
constexpr std::size_t kPointerBytes = 2;

std::size_t number_at(std::span<const char> page, std::size_t at) {
  return static_cast<std::size_t>(static_cast<unsigned char>(page[at])) << 8U |
         static_cast<unsigned char>(page[at + 1]);
}

}  // namespace

std::span<const char> unused_space(std::span<const char> page, std::uint64_t offset) {
  const std::size_t head = offset == 0 ? kDatabaseHeadBytes : 0;
  if (page.size() < head + kLeafHeadBytes) return {};
  if (page[head] != kTableLeaf && page[head] != kIndexLeaf) return {};
  const std::size_t begin = head + kLeafHeadBytes + number_at(page, head + kRowCountAt) * kPointerBytes;
  const std::size_t end = number_at(page, head + kFirstRowAt);
  if (begin >= end || end > page.size()) return {};
  return page.subspan(begin, end - begin);
}

}  // namespace waybill::sqlite
