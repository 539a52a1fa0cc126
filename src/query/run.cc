#include "query/run.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "base/crypto.h"

namespace waybill::query {
namespace {

constexpr std::size_t kSlotsAtFirst = 64;

// The order in which rows are numbered.
std::vector<std::uint32_t> sorted_order(const std::vector<IndexedRow>& rows) {
  std::vector<std::uint32_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return rows[a].key < rows[b].key; });
  return order;
}

}  // namespace

std::shared_ptr<const Run> Run::build(const std::vector<IndexedRow>& rows) {
  CHECK(!rows.empty() && rows.size() <= kRunRowsMax);
  std::shared_ptr<Run> run(new Run());  // NOLINT(bugprone-unhandled-exception-at-new): the constructor is private
  run->slots_.resize(kSlotsAtFirst);
  std::vector<std::pair<std::uint32_t, std::uint16_t>> term_rows;
  for (const std::uint32_t from : sorted_order(rows)) {
    const IndexedRow& row = rows[from];
    const auto number = static_cast<std::uint16_t>(run->keys_.size());
    run->keys_.push_back(row.key);
    run->position_max_ = std::max(run->position_max_, row.key.position);
    for (const std::string& text : row.term_keys) term_rows.emplace_back(run->intern(text), number);
  }
  run->place_rows(term_rows);
  return run;
}

std::uint32_t Run::slot_of(std::uint64_t hash, std::string_view text) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    if (slots_[slot] == 0) return static_cast<std::uint32_t>(slot);
    const Term& term = terms_[slots_[slot] - 1];
    if (term.hash == hash && std::string_view(texts_).substr(term.text_at, term.text_length) == text) {
      return static_cast<std::uint32_t>(slot);
    }
  }
}

// The number of a term, which it gets when it is first seen; counts one row more for it.
std::uint32_t Run::intern(std::string_view text) {
  if (terms_.size() * 2 >= slots_.size()) grow_slots();
  const std::uint64_t hash = base::hash64(text);
  const std::uint32_t slot = slot_of(hash, text);
  if (slots_[slot] == 0) {
    terms_.push_back({hash, static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(text.size()), 0, 0});
    texts_ += text;
    slots_[slot] = static_cast<std::uint32_t>(terms_.size());
  }
  const std::uint32_t number = slots_[slot] - 1;
  ++terms_[number].count;
  return number;
}

void Run::grow_slots() {
  slots_.assign(slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t number = 0; number < terms_.size(); ++number) {
    std::size_t slot = terms_[number].hash & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = number + 1;
  }
}

// Writes down the rows of each term. `term_rows` names them in rising order of rows.
void Run::place_rows(const std::vector<std::pair<std::uint32_t, std::uint16_t>>& term_rows) {
  const std::uint32_t words = (size() + 63) / 64;
  std::uint32_t sparse_end = 0;
  std::uint32_t dense_end = 0;
  for (Term& term : terms_) {
    const bool dense = is_dense(term.count, size());
    term.rows_at =
        dense ? std::exchange(dense_end, dense_end + words) : std::exchange(sparse_end, sparse_end + term.count);
  }
  sparse_.resize(sparse_end);
  dense_.resize(dense_end);
  std::vector<std::uint32_t> placed(terms_.size());
  for (const auto& [number, row] : term_rows) {
    const Term& term = terms_[number];
    if (is_dense(term.count, size())) {
      dense_[term.rows_at + row / 64U] |= 1ULL << (row % 64U);
    } else {
      sparse_[term.rows_at + placed[number]++] = row;
    }
  }
}

std::uint32_t Run::lower_bound(const model::SortKey& key) const {
  return static_cast<std::uint32_t>(std::lower_bound(keys_.begin(), keys_.end(), key) - keys_.begin());
}

RowSet Run::find(std::string_view term_key) const {
  const std::uint32_t slot = slot_of(base::hash64(term_key), term_key);
  if (slots_[slot] == 0) return {};
  const Term& term = terms_[slots_[slot] - 1];
  RowSet set;
  set.count = term.count;
  if (is_dense(term.count, size())) {
    set.dense = std::span(dense_).subspan(term.rows_at, (size() + 63) / 64);
  } else {
    set.sparse = std::span(sparse_).subspan(term.rows_at, term.count);
  }
  return set;
}

}  // namespace waybill::query
