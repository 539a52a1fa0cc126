#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/json_scan.h"
#include "transfer/columns.h"

namespace waybill::transfer {

// Writes events as rows of CSV, and notes which columns ever had a value. Not for concurrent use.
class RowWriter {
 public:
  explicit RowWriter(std::vector<Column> columns);

  // Appends the row of an event. Texts stand as they are, other values as JSON, null and what is missing as an empty
  // field without quotes. kInvalidArgument for what is no event.
  base::Result<void> append(std::string& out, codec::CheckedJson event);

  [[nodiscard]] std::uint64_t rows() const { return rows_; }

  struct EmptyColumn {
    std::string name;
    std::string meant;  // a member of event_data that was there and has nearly that name; empty: none
  };
  // The columns that had a value in no row.
  [[nodiscard]] std::vector<EmptyColumn> empty_columns() const;
  // The members of event_data that were there and have no column, as names of columns. No more than kNamesMax members
  // are known.
  [[nodiscard]] std::vector<std::string> missing_columns() const;

  static constexpr std::size_t kNamesMax = 1'000;

 private:
  void read_data(codec::CheckedJson data);
  codec::CheckedJson find_in_data(std::string_view key);
  codec::CheckedJson find_path(codec::CheckedJson from, std::string_view key, std::size_t at, std::size_t depth);
  void note_name(std::string_view before, std::string_view name);
  static bool append_value(std::string& out, codec::CheckedJson value);

  const std::vector<Column> columns_;
  const bool has_data_columns_;
  std::vector<std::uint64_t> values_;  // of each column
  std::uint64_t rows_ = 0;
  std::vector<std::pair<std::string, codec::CheckedJson>> data_;  // of the present event
  std::size_t data_size_ = 0;
  std::vector<std::unique_ptr<codec::JsonChecker>> checkers_;  // of texts in texts
  std::set<std::string, std::less<>> names_;
};

}  // namespace waybill::transfer
