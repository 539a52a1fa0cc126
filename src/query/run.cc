#include "query/run.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/crypto.h"
#include "query/term_key.h"

namespace waybill::query {
namespace {

constexpr std::size_t kSlotsAtFirst = 64;
// Of a row; only what is reserved depends on it.
constexpr std::size_t kTermsExpected = 8;

}  // namespace

std::shared_ptr<const Run> Run::build(std::span<const IndexedRow* const> rows, std::uint64_t hash_key) {
  CHECK(!rows.empty() && rows.size() <= kRunRowsMax);
  std::shared_ptr<Run> run(
      new Run(hash_key));  // NOLINT(bugprone-unhandled-exception-at-new): the constructor is private
  run->slots_.resize(kSlotsAtFirst);
  run->keys_.reserve(rows.size());
  std::vector<std::pair<std::uint32_t, std::uint16_t>> term_rows;
  term_rows.reserve(rows.size() * kTermsExpected);
  std::string key;
  for (const IndexedRow* row : rows) {
    CHECK(run->keys_.empty() || run->keys_.back() < row->key);
    const auto number = static_cast<std::uint16_t>(run->keys_.size());
    run->keys_.push_back(row->key);
    put_workspace_key(key, row->workspace);
    term_rows.emplace_back(run->intern(key), number);
    for (const model::TermView term : row->terms) {
      put_term_key(key, row->workspace, term);
      term_rows.emplace_back(run->intern(key), number);
    }
  }
  run->place_rows(term_rows);
  run->summarize();
  return run;
}

void Run::summarize() {
  summary_.rows = size();
  summary_.first_key = keys_.front();
  summary_.last_key = keys_.back();
  const auto below = [](const model::SortKey& a, const model::SortKey& b) { return a.position < b.position; };
  const auto [min, max] = std::minmax_element(keys_.begin(), keys_.end(), below);
  summary_.position_min = min->position;
  summary_.position_max = max->position;
}

std::uint32_t Run::slot_of(std::uint64_t hash, std::string_view text, std::uint64_t& probes) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    ++probes;
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
  const std::uint64_t hash = base::hash64(text, hash_key_);
  const std::uint32_t slot = slot_of(hash, text, probes_);
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
    for (; slots_[slot] != 0; slot = (slot + 1) & mask) ++probes_;
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

base::Result<std::uint32_t> Run::lower_bound(const model::SortKey& key) const {
  return static_cast<std::uint32_t>(std::lower_bound(keys_.begin(), keys_.end(), key) - keys_.begin());
}

base::Result<std::optional<std::uint32_t>> Run::find_term(std::string_view term_key) const {
  std::uint64_t probes = 0;
  const std::uint32_t slot = slot_of(base::hash64(term_key, hash_key_), term_key, probes);
  return slots_[slot] == 0 ? std::nullopt : std::optional(slots_[slot] - 1);
}

base::Result<RowSet> Run::rows(std::uint32_t term, std::uint32_t /*block*/) const {
  const Term& found = terms_[term];
  RowSet set;
  set.count = found.count;
  if (is_dense(found.count, size())) {
    set.dense = std::span(dense_).subspan(found.rows_at, (size() + 63) / 64);
  } else {
    set.sparse = std::span(sparse_).subspan(found.rows_at, found.count);
  }
  return set;
}

base::Result<Source::PositionRange> Run::positions(std::uint32_t /*block*/) const {
  return PositionRange{summary_.position_min, summary_.position_max};
}

}  // namespace waybill::query
