#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/source.h"
#include "segment/measure.h"
#include "segment/row.h"

namespace waybill::segment {

// A segment file, mapped. Its pages of 4 KiB carry checksums, and none is believed before its own was compared: on
// first touch. What does not agree is kCorruption naming file and offset; from then on is_damaged() holds. A file of a
// later format is kConflict, naming both. Safe for concurrent use.
class Segment final : public query::Source {
 public:
  // Reads the footer only. kCorruption if it is no segment or belongs to another store (`store_id`), kNotFound, kIo.
  static base::Result<std::shared_ptr<const Segment>> open(const std::filesystem::path& path, std::uint64_t store_id);
  ~Segment() override;

  [[nodiscard]] const Summary& summary() const override;
  [[nodiscard]] base::Result<std::optional<std::uint32_t>> find_term(std::string_view term_key) const override;
  [[nodiscard]] base::Result<query::RowSet> rows(std::uint32_t term, std::uint32_t block) const override;
  [[nodiscard]] base::Result<bool> may_meet(std::span<const std::uint32_t> terms, std::uint32_t block) const override;
  [[nodiscard]] base::Result<PositionRange> positions(std::uint32_t block) const override;
  [[nodiscard]] base::Result<model::SortKey> key(std::uint32_t row) const override;
  [[nodiscard]] base::Result<std::uint32_t> lower_bound(const model::SortKey& key) const override;

  [[nodiscard]] const std::filesystem::path& path() const;
  [[nodiscard]] std::uint64_t number() const;
  [[nodiscard]] const std::vector<std::uint64_t>& replaces() const;
  [[nodiscard]] std::uint64_t file_bytes() const;
  [[nodiscard]] Measure measure() const;
  [[nodiscard]] bool is_damaged() const;

  // The row of an event that happened at `time`; nothing if it is not here.
  [[nodiscard]] base::Result<std::optional<std::uint32_t>> find_event(model::WorkspaceNumber workspace,
                                                                      const model::EventSid& sid,
                                                                      base::WallTime time) const;
  [[nodiscard]] base::Result<model::EventSid> sid(std::uint32_t row) const;

  // Whether a row has a term, by the number that find_term() gave.
  [[nodiscard]] base::Result<bool> has_term(std::uint32_t row, std::uint32_t term) const;

  // The records of some rows, in the order asked for. What is not in memory is fetched together, not one by one.
  [[nodiscard]] base::Result<std::vector<std::string>> records(std::span<const std::uint32_t> rows) const;

  // Compares every page with its checksum, whether it was touched before or not, from the disk where it can.
  [[nodiscard]] base::Result<void> check_pages() const;
  // Holds the parts against each other: keys in order, lists of rows in order and inside, counts, bounds, hash tables
  // that find what is there.
  [[nodiscard]] base::Result<void> check_structure() const;

 private:
  friend class Cursor;
  class Impl;
  explicit Segment(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::segment
