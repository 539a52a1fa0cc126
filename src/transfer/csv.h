#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "transfer/byte_source.h"

namespace waybill::transfer {

// Appends a value as a field of RFC 4180: in quotes if it must be, and if it is empty, so that it is not taken for no
// value at all, which is a field without anything.
void append_csv_field(std::string& out, std::string_view value);

// What separates rows.
constexpr std::string_view kCsvRowEnd = "\r\n";

struct CsvField {
  std::string text;
  bool quoted = false;  // an empty field without quotes is no value
};

// Reads CSV as RFC 4180 has it: fields between separators, rows that end with CR LF, LF or CR, quotes around a whole
// field or nowhere, doubled inside. Between tabs, where programs write texts as they are, quotes inside a field stand
// for themselves. Lines without anything are skipped, and so is a byte order mark. Not for concurrent use.
class CsvReader {
 public:
  // `first_line` is the number of the source's first one.
  explicit CsvReader(std::unique_ptr<ByteSource> source, char separator = ',', std::uint64_t first_line = 1)
      : separator_(separator), stops_(stops_of(separator)), source_(std::move(source)), line_(first_line) {}

  // Replaces `fields` by the next row's, reusing their memory; false at the end. Fails as the source does.
  base::Result<bool> next(std::vector<CsvField>& fields);

  // Why what next() gave last is no row; `fields` are empty then, and what follows it can be read. It is a line, since
  // a row that breaks the rules ends nowhere else: kInvalidArgument naming field and rule, or kTooLarge for a row of
  // more than kRowBytesMax bytes or kFieldsMax fields.
  [[nodiscard]] const std::optional<base::Error>& refused() const { return refused_; }
  // That line as it stands there, without its end, until the next call of next(); empty where it is longer than
  // kRowBytesMax bytes.
  [[nodiscard]] std::string_view refused_text() const { return refused_text_; }

  // The line in which the row began that next() gave last.
  [[nodiscard]] std::uint64_t line_number() const { return row_line_; }
  // Whether that row ended with the end of a line, and not with that of the file.
  [[nodiscard]] bool row_ended() const { return row_ended_; }
  [[nodiscard]] std::uint64_t file_bytes() const { return source_->file_bytes(); }

  static constexpr std::size_t kRowBytesMax = 16UL * 1024 * 1024;
  static constexpr std::size_t kFieldsMax = 10'000;

 private:
  enum class FieldEnd { kSeparator, kRow };

  static std::string stops_of(char separator);

  base::Result<bool> has_byte();
  base::Result<bool> read_row(std::vector<CsvField>& fields);
  base::Result<void> skip_refused();
  base::Result<void> skip_empty_lines();
  base::Result<FieldEnd> read_field(CsvField& field);
  base::Result<void> read_quoted(CsvField& field);
  base::Result<void> read_plain(CsvField& field);
  base::Result<FieldEnd> read_field_end(bool was_quoted);
  base::Result<void> take(std::size_t count, CsvField& field);
  void count_lines(std::string_view text);
  base::Error refuse(base::ErrorCode code, std::string rule);
  base::Error bad(std::string_view rule);

  const char separator_;
  const std::string stops_;  // what may end a field without quotes, or must not stand in it
  const std::unique_ptr<ByteSource> source_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t row_at_ = 0;  // where the row begins; what stands before it is not needed
  bool begun_ = false;
  std::uint64_t line_;
  bool after_return_ = false;  // what was counted last is a carriage return
  std::uint64_t row_line_ = 0;
  bool row_ended_ = false;
  std::size_t row_bytes_ = 0;
  std::size_t field_number_ = 0;
  std::optional<base::Error> refused_;
  std::string refused_text_;
};

}  // namespace waybill::transfer
