#include "query/scan.h"

#include <algorithm>
#include <utility>

namespace waybill::query {

using model::Direction;
using model::SortKey;

Scan::Scan(const Source& source, const Search& search)
    : source_(&source),
      search_(&search),
      rising_(search.direction == Direction::kOldestFirst),
      checks_positions_(search.horizon < source.summary().position_max) {
  head_ = rising_ ? std::max(source.summary().first_key, search.low) : std::min(source.summary().last_key, search.high);
}

base::Result<bool> Scan::advance() {
  if (!open_) {
    TRY_ASSIGN(const bool any, open());
    if (!any) return false;
  }
  for (;;) {
    while (rows_) {
      const auto in_block = rows_->next();
      if (!in_block) break;
      row_ = block_first_row_ + *in_block;
      ++work_.rows;
      TRY_ASSIGN(head_, source_->key(row_));
      if (checks_positions_ && head_.position > search_->horizon) continue;
      if (!excluded_.empty() && is_excluded(*in_block)) continue;
      return true;
    }
    TRY_ASSIGN(const bool more, next_block());
    if (!more) return false;
  }
}

base::Result<bool> Scan::open() {
  open_ = true;
  TRY_ASSIGN(const bool has_all, find_terms());
  if (!has_all) return false;
  const Source::Summary& summary = source_->summary();
  end_ = summary.rows;
  if (summary.first_key < search_->low) {
    TRY_ASSIGN(begin_, source_->lower_bound(search_->low));
  }
  if (search_->high < summary.last_key) {
    TRY_ASSIGN(end_, source_->lower_bound(search_->high));
    TRY_ASSIGN(const SortKey last, source_->key(end_));
    if (last == search_->high) ++end_;
  }
  if (begin_ >= end_) return false;
  const std::uint32_t first_block = begin_ >> summary.block_bits;
  const std::uint32_t last_block = (end_ - 1) >> summary.block_bits;
  blocks_left_ = last_block - first_block + 1;
  block_ = rising_ ? first_block : last_block;
  return true;
}

// Whether the source has all terms.
base::Result<bool> Scan::find_terms() {
  terms_.reserve(search_->term_keys.size());
  for (const std::string& key : search_->term_keys) {
    TRY_ASSIGN(const auto term, source_->find_term(key));
    if (!term) return false;
    terms_.push_back(*term);
  }
  for (const Exclusion& exclusion : search_->exclusions) {
    TRY_ASSIGN(const auto term, source_->find_term(exclusion.term_key));
    if (term) excluded_.push_back({*term, &exclusion, {}});
  }
  return true;
}

// Goes to the next block that may have a match.
base::Result<bool> Scan::next_block() {
  while (blocks_left_ > 0) {
    const std::uint32_t block = block_;
    --blocks_left_;
    block_ = rising_ ? block + 1 : block - 1;
    TRY_ASSIGN(const bool may_match, enter_block(block));
    if (may_match) return true;
  }
  return false;
}

base::Result<bool> Scan::enter_block(std::uint32_t block) {
  if (checks_positions_) {
    TRY_ASSIGN(const Source::PositionRange positions, source_->positions(block));
    if (positions.min > search_->horizon) return false;
  }
  ++work_.blocks;
  if (terms_.size() > 1) {
    TRY_ASSIGN(const bool may_match, source_->may_meet(terms_, block));
    if (!may_match) return false;
  }
  const Source::Summary& summary = source_->summary();
  block_first_row_ = block << summary.block_bits;
  const std::uint32_t block_rows = std::min(summary.rows - block_first_row_, 1U << summary.block_bits);
  std::vector<RowSet> sets;
  sets.reserve(terms_.size());
  RowSet whole;
  for (const std::uint32_t term : terms_) {
    TRY_ASSIGN(RowSet rows, source_->rows(term, block));
    if (rows.count == 0) return false;
    ++work_.containers;
    // What every row of the block has narrows nothing.
    if (rows.count == block_rows) {
      whole = rows;
    } else {
      sets.push_back(rows);
    }
  }
  if (sets.empty()) sets.push_back(whole);
  for (Excluded& excluded : excluded_) {
    TRY_ASSIGN(excluded.rows, source_->rows(excluded.term, block));
  }
  const std::uint32_t begin = std::max(begin_, block_first_row_) - block_first_row_;
  const std::uint32_t end = std::min(end_ - block_first_row_, block_rows);
  rows_.emplace(std::move(sets), begin, end, search_->direction);
  return true;
}

bool Scan::is_excluded(std::uint32_t row_in_block) const {
  return std::any_of(excluded_.begin(), excluded_.end(), [&](const Excluded& excluded) {
    const Exclusion& exclusion = *excluded.exclusion;
    return exclusion.from <= head_.time && head_.time <= exclusion.to && has_row(excluded.rows, row_in_block);
  });
}

}  // namespace waybill::query
