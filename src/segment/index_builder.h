#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/position.h"
#include "model/workspace.h"
#include "segment/format.h"
#include "segment/meeting_table.h"

namespace waybill::segment {

// Values of 16 bytes, each kept once and known by a number, from 0 in the order in which they first came.
class ValueTable {
 public:
  // `hash_key` as WriterOptions has it.
  explicit ValueTable(std::uint64_t hash_key);
  // REQUIRES: kValueBytes bytes.
  std::uint32_t intern(std::string_view value);
  [[nodiscard]] std::string_view operator[](std::uint32_t number) const {
    return std::string_view(bytes_).substr(number * kValueBytes, kValueBytes);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  // Slots that were looked at.
  [[nodiscard]] std::uint64_t probes_for_test() const { return probes_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size() / kValueBytes; }

 private:
  void grow();
  const std::uint64_t hash_key_;
  std::uint64_t probes_ = 0;
  std::vector<std::uint32_t> slots_;  // open addressing: the number plus one; 0 is free
  std::string bytes_;
};

// The lengths of stored records, as the sections of record groups and long records have them.
class RecordLengths {
 public:
  // REQUIRES: records are told in their order.
  void add(std::uint32_t row, std::uint32_t length);
  void finish();
  [[nodiscard]] const std::string& groups() const { return groups_; }
  [[nodiscard]] const std::string& long_records() const { return long_records_; }

 private:
  std::string groups_;
  std::string long_records_;
  std::uint64_t offset_ = 0;  // of the next record among the records
};

// Keys and the bounds of their positions, as their sections have them.
class KeyColumn {
 public:
  explicit KeyColumn(std::uint32_t block_bits) : block_bits_(block_bits) {}
  // REQUIRES: keys rise.
  void add(const model::SortKey& key);
  void finish();
  [[nodiscard]] const std::string& groups() const { return groups_; }
  [[nodiscard]] const std::string& data() const { return data_; }
  [[nodiscard]] const std::string& bounds() const { return bounds_; }

 private:
  void end_group();
  void end_block();

  const std::uint32_t block_bits_;
  std::vector<model::SortKey> group_;
  std::uint32_t block_rows_ = 0;
  std::uint64_t block_min_ = 0;
  std::uint64_t block_max_ = 0;
  std::string groups_;
  std::string data_;
  std::string bounds_;
};

// The terms of rows and who has them, gathered row by row, turned around block by block.
class TermIndex {
 public:
  // `values` must outlive this object; `hash_key` as WriterOptions has it.
  TermIndex(std::uint32_t block_bits, ValueTable& values, std::uint64_t hash_key);

  // The rows' terms, from row 0 on; `terms` as model::TermList::bytes(). kTooLarge for more than kTermsMax terms.
  base::Result<void> add(model::WorkspaceNumber workspace, std::string_view terms);

  // The different terms so far, and the bytes of those that are no values of 16.
  [[nodiscard]] std::size_t size() const { return terms_.size(); }
  [[nodiscard]] std::size_t text_bytes() const { return texts_.size(); }

  // Sections, ready to be written.
  struct Sections {
    std::uint32_t terms = 0;
    std::string slots;
    std::string entries;
    std::string texts;
    std::string directories;
    std::string lists;
    std::string bitmaps;
    MeetingTable::Sections meetings;
  };
  // Ends the index, whose memory goes into what is returned.
  Sections finish();

  // Slots of the table in memory, and of the file's, that were looked at.
  [[nodiscard]] std::uint64_t probes_for_test() const { return probes_; }

 private:
  static constexpr std::uint32_t kNone = ~0U;
  static constexpr std::uint16_t kNotFrequent = 0xFFFF;
  struct Term {
    std::uint64_t hash = 0;  // keyed
    std::uint32_t workspace = 0;
    std::uint32_t value = 0;
    std::uint8_t dimension = 0;
    std::uint8_t length = 0;
    std::uint16_t frequent_place = kNotFrequent;  // in the block, while it is turned around
    std::uint32_t rows_in_block = 0;              // of the block being gathered
    std::uint32_t next_row = 0;                   // while it is turned around
    std::uint32_t last_container = kNone;
    std::uint32_t rows = 0;
  };
  struct Chained {
    Container container;
    std::uint32_t previous = kNone;
  };

  base::Result<void> add_term(std::uint32_t workspace, std::uint8_t dimension, std::string_view value);
  base::Result<std::uint32_t> intern(std::uint32_t workspace, std::uint8_t dimension, std::string_view value);
  [[nodiscard]] bool is(const Term& term, std::uint32_t workspace, std::uint8_t dimension,
                        std::string_view value) const;
  [[nodiscard]] std::string_view value_of(const Term& term) const;
  void grow();
  void end_block();
  std::vector<std::uint32_t> number_frequent_terms();
  void add_container(Term& term, const std::uint16_t* rows);
  [[nodiscard]] std::vector<std::uint32_t> sorted_terms() const;
  [[nodiscard]] TermEntry entry_of(const Term& term, std::string& directories) const;

  const std::uint32_t block_bits_;
  const std::uint64_t hash_key_;
  ValueTable& values_;
  std::uint64_t probes_ = 0;
  std::vector<std::uint32_t> slots_;  // open addressing: the term's number plus one; 0 is free
  std::vector<Term> terms_;
  std::vector<Chained> containers_;
  std::string texts_;
  std::string lists_;
  std::string bitmaps_;
  MeetingTable meetings_;

  std::uint32_t block_ = 0;
  std::uint32_t rows_in_block_ = 0;
  std::vector<std::pair<std::uint32_t, std::uint16_t>> pairs_;  // of the block: term, row
  std::vector<std::uint32_t> touched_;                          // of the block: its terms
  std::vector<std::uint16_t> turned_;
  std::vector<MeetingTable::Has> has_frequent_;
};

}  // namespace waybill::segment
