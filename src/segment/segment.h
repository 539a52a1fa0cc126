#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/source.h"
#include "segment/mapped_file.h"
#include "segment/measure.h"
#include "segment/owners.h"
#include "segment/row.h"

namespace waybill::segment {

// A segment file, mapped. Its pages of 4 KiB carry checksums, and none is believed before its own was compared: on
// first touch. What cannot be read or does not agree is kCorruption naming file and offset, and told by damage() until
// it is read and agrees; kBusy where memory has run out. A file of a later format is kConflict, naming both. Safe for
// concurrent use.
class Segment final : public query::Source {
 public:
  // Reads the footer only, by way of `files`, or of the machine's own. kCorruption if it is no segment or belongs to
  // another store (`store_id`), kNotFound, kBusy where descriptors or memory have run out, kIo.
  static base::Result<std::shared_ptr<const Segment>> open(const std::filesystem::path& path, std::uint64_t store_id,
                                                           base::FileSystem* files = nullptr);
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
  [[nodiscard]] std::optional<Damage> damage() const;
  // MappedFile::has_fault, MappedFile::look_again.
  [[nodiscard]] bool has_fault() const;
  [[nodiscard]] base::Result<bool> look_again() const;
  [[nodiscard]] Measure measure() const;

  // The row of an event that happened at `time`; nothing if it is not here.
  [[nodiscard]] base::Result<std::optional<std::uint32_t>> find_event(model::WorkspaceNumber workspace,
                                                                      const model::EventSid& sid,
                                                                      base::WallTime time) const;
  [[nodiscard]] base::Result<model::EventSid> sid(std::uint32_t row) const;

  // Gives the workspace, sid and time of each row to `visit`, workspace by workspace, and reads nothing else. Whether
  // all could be read: what is damaged is left out. Fails as memory runs out, or as `visit` does.
  using VisitSid = std::function<base::Result<void>(model::WorkspaceNumber, const model::EventSid&, base::WallTime)>;
  [[nodiscard]] base::Result<bool> for_each_sid(const VisitSid& visit) const;

  // Whether a row has a term, by the number that find_term() gave.
  [[nodiscard]] base::Result<bool> has_term(std::uint32_t row, std::uint32_t term) const;

  // The records of some rows, in the order asked for. What is not in memory is fetched together, not one by one.
  [[nodiscard]] base::Result<std::vector<std::string>> records(std::span<const std::uint32_t> rows) const;

  // The accounts and workspaces that the rows belong to, by workspace number; nothing for a file before version 3,
  // which does not say it. kCorruption, kIo.
  [[nodiscard]] base::Result<std::optional<Owners>> owners() const;

  // The workspace number of each row, from every part of the index that can still be read: for damaged files. Nothing
  // for a row of which no part tells, or parts tell different things. kIo.
  [[nodiscard]] base::Result<std::vector<std::optional<model::WorkspaceNumber>>> readable_workspaces() const;

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
