#include "segment/index_builder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"
#include "model/term.h"

namespace waybill::segment {
namespace {

constexpr std::size_t kSlotsAtFirst = 1024;

// The bytes that a number needs, little end first.
std::uint8_t bytes_for(std::uint64_t number) { return static_cast<std::uint8_t>((std::bit_width(number) + 7) / 8); }

void put_bytes(std::string& out, std::uint64_t number, std::uint8_t bytes) {
  char text[sizeof number];
  std::memcpy(text, &number, sizeof number);
  out.append(text, bytes);
}

// The bytes of a term's key (query/term_key.h), hashed without asking for memory.
std::uint64_t hash_of(std::uint32_t workspace, std::uint8_t dimension, std::string_view value, std::uint64_t hash_key) {
  std::array<char, 5 + model::kTermValueMax> key;
  std::memcpy(key.data(), &workspace, 4);
  key[4] = static_cast<char>(dimension);
  std::copy(value.begin(), value.end(), key.begin() + 5);
  return base::hash64({key.data(), 5 + value.size()}, hash_key);
}

// The file's table of terms, whose hashes have no key: whoever writes events may choose values that meet in one slot.
// Each goes to the first free slot at or behind its own, round the end. What lies before the next free slot is passed
// in one step the next time, so that placing all of them takes no longer for values that collide.
class FileSlots {
 public:
  explicit FileSlots(std::uint64_t count) : slots_(count), next_(count) { std::iota(next_.begin(), next_.end(), 0U); }

  // `probes` grows by the slots that were looked at.
  void place(std::uint64_t hash, std::uint32_t mark, std::uint64_t& probes) {
    const auto first = static_cast<std::uint32_t>(first_slot(hash, slots_.size()));
    std::uint32_t slot = first;
    for (; next_[slot] != slot; ++probes) slot = next_[slot];
    slots_[slot] = mark;
    ++probes;
    const std::uint32_t behind = slot + 1 == slots_.size() ? 0 : slot + 1;
    for (std::uint32_t at = first; at != slot; ++probes) at = std::exchange(next_[at], behind);
    next_[slot] = behind;
  }

  [[nodiscard]] std::string_view bytes() const {
    return {reinterpret_cast<const char*>(slots_.data()), slots_.size() * sizeof(std::uint32_t)};
  }

 private:
  std::vector<std::uint32_t> slots_;
  std::vector<std::uint32_t> next_;  // of a free slot itself; of another one a slot nearer to the next free one
};

// Such that numbers compare as the dimension and the first bytes of the value do.
std::uint64_t sort_prefix(std::uint8_t dimension, std::string_view value) {
  std::uint64_t prefix = dimension;
  for (std::size_t i = 0; i < 7; ++i) {
    prefix = prefix << 8U | (i < value.size() ? static_cast<std::uint8_t>(value[i]) : 0U);
  }
  return prefix;
}

}  // namespace

ValueTable::ValueTable(std::uint64_t hash_key) : hash_key_(hash_key), slots_(kSlotsAtFirst) {}

std::uint32_t ValueTable::intern(std::string_view value) {
  const std::size_t count = bytes_.size() / kValueBytes;
  if (count * 2 >= slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = base::hash64(value, hash_key_) & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    ++probes_;
    if ((*this)[slots_[slot] - 1] == value) return slots_[slot] - 1;
  }
  bytes_ += value;
  slots_[slot] = static_cast<std::uint32_t>(count + 1);
  return static_cast<std::uint32_t>(count);
}

void ValueTable::grow() {
  slots_.assign(slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t number = 0; number < bytes_.size() / kValueBytes; ++number) {
    std::size_t slot = base::hash64((*this)[number], hash_key_) & mask;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask) ++probes_;
    slots_[slot] = number + 1;
  }
}

void RecordLengths::add(std::uint32_t row, std::uint32_t length) {
  if (row % kRecordGroupRows == 0) base::put_le(groups_, offset_);
  offset_ += length;
  const bool is_long = length >= kLongRecord;
  base::put_le(groups_, is_long ? kLongRecord : static_cast<std::uint16_t>(length));
  if (!is_long) return;
  base::put_le(long_records_, row);
  base::put_le(long_records_, length);
}

void RecordLengths::finish() {
  groups_.resize((groups_.size() + kRecordGroupBytes - 1) / kRecordGroupBytes * kRecordGroupBytes);
}

void KeyColumn::add(const model::SortKey& key) {
  const std::uint64_t position = to_number(key.position);
  block_min_ = block_rows_ == 0 ? position : std::min(block_min_, position);
  block_max_ = block_rows_ == 0 ? position : std::max(block_max_, position);
  if (++block_rows_ == 1U << block_bits_) end_block();
  group_.push_back(key);
  if (group_.size() == kKeyGroupRows) end_group();
}

void KeyColumn::finish() {
  if (block_rows_ != 0) end_block();
  if (!group_.empty()) end_group();
  data_.append(kKeyDataPadding, '\0');
}

void KeyColumn::end_block() {
  base::put_le(bounds_, block_min_);
  base::put_le(bounds_, block_max_);
  block_rows_ = 0;
}

void KeyColumn::end_group() {
  KeyGroup group;
  group.first_time = base::to_ms(group_.front().time);
  group.first_position = to_number(group_.front().position);
  group.least_position = group.first_position;
  std::uint64_t most = group.first_position;
  for (const model::SortKey& key : group_) {
    group.least_position = std::min(group.least_position, to_number(key.position));
    most = std::max(most, to_number(key.position));
  }
  const auto time_of = [&](const model::SortKey& key) {
    return static_cast<std::uint64_t>(base::to_ms(key.time)) - static_cast<std::uint64_t>(group.first_time);
  };
  group.data_at = static_cast<std::uint32_t>(data_.size());
  group.time_bytes = bytes_for(time_of(group_.back()));
  group.position_bytes = bytes_for(most - group.least_position);
  append(groups_, group);
  for (const model::SortKey& key : group_) put_bytes(data_, time_of(key), group.time_bytes);
  for (const model::SortKey& key : group_) {
    put_bytes(data_, to_number(key.position) - group.least_position, group.position_bytes);
  }
  group_.clear();
}

TermIndex::TermIndex(std::uint32_t block_bits, ValueTable& values, std::uint64_t hash_key)
    : block_bits_(block_bits), hash_key_(hash_key), values_(values), slots_(kSlotsAtFirst) {}

base::Result<void> TermIndex::add(model::WorkspaceNumber workspace, std::string_view terms) {
  const auto number = static_cast<std::uint32_t>(workspace);
  TRY(add_term(number, 0, {}));
  while (!terms.empty()) {
    const std::size_t length = terms.size() < 2 ? 0 : static_cast<std::uint8_t>(terms[1]);
    CHECK(terms.size() >= 2 + length);
    TRY(add_term(number, static_cast<std::uint8_t>(terms[0]), terms.substr(2, length)));
    terms.remove_prefix(2 + length);
  }
  if (++rows_in_block_ == 1U << block_bits_) end_block();
  return {};
}

base::Result<void> TermIndex::add_term(std::uint32_t workspace, std::uint8_t dimension, std::string_view value) {
  TRY_ASSIGN(const std::uint32_t number, intern(workspace, dimension, value));
  if (terms_[number].rows_in_block++ == 0) touched_.push_back(number);
  pairs_.emplace_back(number, static_cast<std::uint16_t>(rows_in_block_));
  return {};
}

std::string_view TermIndex::value_of(const Term& term) const {
  if (term.length == kValueBytes) return values_[term.value];
  return std::string_view(texts_).substr(term.value, term.length);
}

bool TermIndex::is(const Term& term, std::uint32_t workspace, std::uint8_t dimension, std::string_view value) const {
  return term.workspace == workspace && term.dimension == dimension && value_of(term) == value;
}

base::Result<std::uint32_t> TermIndex::intern(std::uint32_t workspace, std::uint8_t dimension, std::string_view value) {
  if (terms_.size() * 2 >= slots_.size()) grow();
  const std::uint64_t hash = hash_of(workspace, dimension, value, hash_key_);
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    ++probes_;
    const Term& term = terms_[slots_[slot] - 1];
    if (term.hash == hash && is(term, workspace, dimension, value)) return slots_[slot] - 1;
  }
  if (terms_.size() == kTermsMax) {
    return base::too_large("a segment has room for " + std::to_string(kTermsMax) + " terms");
  }
  Term term;
  term.hash = hash;
  term.workspace = workspace;
  term.dimension = dimension;
  term.length = static_cast<std::uint8_t>(value.size());
  const bool is_value = value.size() == kValueBytes;
  term.value = is_value ? values_.intern(value) : static_cast<std::uint32_t>(texts_.size());
  if (!is_value) texts_ += value;
  terms_.push_back(term);
  slots_[slot] = static_cast<std::uint32_t>(terms_.size());
  return static_cast<std::uint32_t>(terms_.size() - 1);
}

void TermIndex::grow() {
  slots_.assign(slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t number = 0; number < terms_.size(); ++number) {
    std::size_t slot = terms_[number].hash & mask;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask) ++probes_;
    slots_[slot] = number + 1;
  }
}

void TermIndex::end_block() {
  std::uint32_t end = 0;
  for (const std::uint32_t number : touched_) {
    terms_[number].next_row = end;
    end += terms_[number].rows_in_block;
  }
  turned_.resize(end);
  std::vector<std::uint32_t> frequent = number_frequent_terms();
  has_frequent_.clear();
  for (const auto& [number, row] : pairs_) {
    Term& term = terms_[number];
    turned_[term.next_row++] = row;
    if (term.frequent_place != kNotFrequent) has_frequent_.push_back({row, term.frequent_place});
  }
  meetings_.add_block(std::move(frequent), has_frequent_);
  for (const std::uint32_t number : touched_) {
    Term& term = terms_[number];
    add_container(term, turned_.data() + (term.next_row - term.rows_in_block));
    term.rows_in_block = 0;
    term.frequent_place = kNotFrequent;
  }
  pairs_.clear();
  touched_.clear();
  rows_in_block_ = 0;
  ++block_;
}

// Finds the frequent terms of the block, and tells each its place among them.
std::vector<std::uint32_t> TermIndex::number_frequent_terms() {
  std::vector<std::uint32_t> frequent;
  for (const std::uint32_t number : touched_) {
    Term& term = terms_[number];
    if (!is_frequent(term.rows_in_block, rows_in_block_) || frequent.size() == kFrequentTermsMax) continue;
    term.frequent_place = static_cast<std::uint16_t>(frequent.size());
    frequent.push_back(number);
  }
  return frequent;
}

// Keeps the rows that a term has in the block, of which there are rows_in_block.
void TermIndex::add_container(Term& term, const std::uint16_t* rows) {
  const std::uint32_t count = term.rows_in_block;
  Container container{static_cast<std::uint16_t>(block_), count, 0};
  if (count == 1) {
    container.place = rows[0];
  } else if (is_bitmap(count, rows_in_block_)) {
    container.place = static_cast<std::uint32_t>(bitmaps_.size() / kWordBytes);
    std::vector<std::uint64_t> words(words_of(rows_in_block_));
    for (std::uint32_t i = 0; i < count; ++i) words[rows[i] / 64] |= 1ULL << (rows[i] % 64);
    bitmaps_.append(reinterpret_cast<const char*>(words.data()), words.size() * kWordBytes);
  } else {
    container.place = static_cast<std::uint32_t>(lists_.size() / kListUnit);
    base::put_le(lists_, container.block);
    lists_.append(reinterpret_cast<const char*>(rows), count * kListUnit);
  }
  containers_.push_back({container, term.last_container});
  term.last_container = static_cast<std::uint32_t>(containers_.size() - 1);
  term.rows += count;
}

// By dimension and value, so that who turns the lists around again meets the terms of each row in their order.
std::vector<std::uint32_t> TermIndex::sorted_terms() const {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  order.reserve(terms_.size());
  for (std::uint32_t number = 0; number < terms_.size(); ++number) {
    order.emplace_back(sort_prefix(terms_[number].dimension, value_of(terms_[number])), number);
  }
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    const int values = value_of(terms_[a.second]).compare(value_of(terms_[b.second]));
    return values != 0 ? values < 0 : terms_[a.second].workspace < terms_[b.second].workspace;
  });
  std::vector<std::uint32_t> numbers;
  numbers.reserve(order.size());
  for (const auto& [prefix, number] : order) numbers.push_back(number);
  return numbers;
}

TermEntry TermIndex::entry_of(const Term& term, std::string& directories) const {
  TermEntry entry{term.workspace, term.value, term.dimension, term.length, TermKind::kWide, 0, 0};
  const Chained& last = containers_[term.last_container];
  if (last.previous == kNone && last.container.count == 1) {
    entry.kind = TermKind::kOne;
    entry.where = static_cast<std::uint32_t>(last.container.block) << 16U | last.container.place;
    return entry;
  }
  const std::uint32_t rows_of_last = last.container.block == block_ - 1U ? rows_in_block_ : 1U << block_bits_;
  if (last.previous == kNone && last.container.count <= kShortMax && !is_bitmap(last.container.count, rows_of_last)) {
    entry.kind = TermKind::kShort;
    entry.count = static_cast<std::uint8_t>(last.container.count);
    entry.where = last.container.place;
    return entry;
  }
  std::vector<Container> chain;
  for (std::uint32_t at = term.last_container; at != kNone; at = containers_[at].previous) {
    chain.push_back(containers_[at].container);
  }
  entry.where = static_cast<std::uint32_t>(directories.size() / kContainerBytes);
  base::put_le(directories, static_cast<std::uint32_t>(chain.size()));
  base::put_le(directories, term.rows);
  for (auto container = chain.rbegin(); container != chain.rend(); ++container) append(directories, *container);
  return entry;
}

TermIndex::Sections TermIndex::finish() {
  const std::uint32_t rows_of_last = rows_in_block_ == 0 ? 1U << block_bits_ : rows_in_block_;
  if (rows_in_block_ != 0) end_block();
  rows_in_block_ = rows_of_last;
  Sections out;
  out.terms = static_cast<std::uint32_t>(terms_.size());
  FileSlots slots(slots_for(out.terms));
  std::vector<std::uint32_t> final_numbers(terms_.size());
  for (const std::uint32_t number : sorted_terms()) {
    const Term& term = terms_[number];
    final_numbers[number] = static_cast<std::uint32_t>(out.entries.size() / kTermBytes);
    append(out.entries, entry_of(term, out.directories));
    const std::uint64_t hash = hash_of(term.workspace, term.dimension, value_of(term), 0);
    slots.place(hash, slot_mark(hash) | static_cast<std::uint32_t>(out.entries.size() / kTermBytes), probes_);
  }
  out.slots = slots.bytes();
  out.texts = std::move(texts_);
  out.lists = std::move(lists_);
  out.bitmaps = std::move(bitmaps_);
  out.meetings = meetings_.finish(final_numbers);
  return out;
}

}  // namespace waybill::segment
