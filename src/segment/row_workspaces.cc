#include "segment/row_workspaces.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "base/bytes.h"
#include "segment/terms.h"

namespace waybill::segment {
namespace {

using Number = model::WorkspaceNumber;

// What is damaged is passed over; what the disk does not give is not.
base::Result<void> pass_over_damage(const base::Result<void>& result) {
  return result || result.error().code() == base::ErrorCode::kCorruption ? base::Result<void>() : result;
}

class RowWorkspaces {
 public:
  explicit RowWorkspaces(const SegmentFile& segment)
      : segment_(segment), found_(segment.layout().summary.rows), is_disputed_(found_.size()) {}

  base::Result<std::vector<std::optional<Number>>> run() {
    for (std::uint32_t term = 0; term < segment_.layout().terms; ++term) TRY(pass_over_damage(read(term)));
    TRY(segment_.file().unharmed());
    for (std::size_t row = 0; row < found_.size(); ++row) {
      if (is_disputed_[row]) found_[row].reset();
    }
    return std::move(found_);
  }

 private:
  base::Result<void> read(std::uint32_t term) {
    TRY_ASSIGN(const TermEntry entry, read_term(segment_, term));
    if (entry.kind == TermKind::kOne) return read_block(term, entry, entry.where >> 16U);
    if (entry.kind == TermKind::kShort) {
      TRY_ASSIGN(const std::uint32_t block, read_only_block(segment_, entry));
      return read_block(term, entry, block);
    }
    TRY_ASSIGN(const std::string_view directory, read_directory(segment_, entry));
    for (std::size_t at = 0; at < directory.size(); at += kContainerBytes) {
      TRY(pass_over_damage(read_block(term, entry, base::get_le<std::uint16_t>(directory, at))));
    }
    return {};
  }

  base::Result<void> read_block(std::uint32_t term, const TermEntry& entry, std::uint32_t block) {
    if (block >= segment_.layout().blocks()) return {};
    TRY_ASSIGN(const query::RowSet set, read_rows(segment_, term, block));
    const std::uint32_t rows = segment_.layout().rows_of(block);
    const std::uint32_t first = block << segment_.layout().summary.block_bits;
    for (const std::uint16_t row : set.sparse) {
      if (row < rows) tell(first + row, Number{entry.workspace});
    }
    for (std::uint32_t i = 0; i < set.dense.size(); ++i) {
      for (std::uint64_t word = set.dense[i]; word != 0; word &= word - 1) {
        const std::uint32_t row = i * 64 + static_cast<std::uint32_t>(std::countr_zero(word));
        if (row < rows) tell(first + row, Number{entry.workspace});
      }
    }
    return {};
  }

  void tell(std::uint32_t row, Number workspace) {
    if (found_[row] && *found_[row] != workspace) is_disputed_[row] = true;
    found_[row] = workspace;
  }

  const SegmentFile& segment_;
  std::vector<std::optional<Number>> found_;
  std::vector<bool> is_disputed_;
};

}  // namespace

base::Result<std::optional<Owners>> read_owners(const SegmentFile& segment) {
  if (segment.file().version() < kVersionWithOwners) return std::optional<Owners>();
  TRY_ASSIGN(const std::string_view bytes,
             segment.bytes(Section::kOwners, 0, segment.layout().place(Section::kOwners).length));
  auto owners = decode_owners(bytes);
  if (!owners) return segment.corrupt(Section::kOwners, 0, "the owners cannot be read");
  return owners;
}

base::Result<std::vector<std::optional<model::WorkspaceNumber>>> read_workspaces(const SegmentFile& segment) {
  return RowWorkspaces(segment).run();
}

}  // namespace waybill::segment
