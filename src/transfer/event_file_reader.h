#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "transfer/byte_source.h"
#include "transfer/columns.h"
#include "transfer/csv.h"

namespace waybill::transfer {

// Reads a file of events, one after the other: NDJSON or CSV, as it is or in gzip or zstd; the file's first bytes tell.
// `-` is standard input. Errors name the file, the line of its text, and the rule. Not for concurrent use.
class EventFileReader {
 public:
  // kNotFound or kIo; kInvalidArgument for a CSV header that does not do (RowDecoder), and for what is damaged at its
  // beginning.
  static base::Result<EventFileReader> open(const std::string& name);
  // The same of bytes from elsewhere; `name` is for messages.
  static base::Result<EventFileReader> make(std::string name, std::unique_ptr<ByteSource> bytes);

  // The JSON of the next event, until the next call; nothing at the end. Of NDJSON it is the line as it stands there,
  // which is not looked into; lines of blanks are skipped. kTooLarge for a line of more than kLineBytesMax bytes.
  base::Result<std::optional<std::string_view>> next();

  // Where the event that next() gave last begins: the line of the file's text, from 1.
  [[nodiscard]] std::uint64_t line_number() const { return line_number_; }
  // How much of the file has been read, and how much text that was.
  [[nodiscard]] std::uint64_t file_bytes() const;
  [[nodiscard]] std::uint64_t text_bytes() const { return text_bytes_; }

  static constexpr std::size_t kLineBytesMax = 16UL * 1024 * 1024;

 private:
  EventFileReader(std::string name, std::unique_ptr<ByteSource> text)
      : name_(std::move(name)), text_(std::move(text)) {}

  base::Result<void> begin();
  base::Result<std::optional<std::string_view>> next_line();
  base::Result<std::optional<std::string_view>> next_row();
  [[nodiscard]] base::Error in_file(const base::Error& error) const { return error.while_doing(name_); }

  std::string name_;
  std::unique_ptr<ByteSource> text_;  // of NDJSON
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t searched_ = 0;  // no line feed stands before it
  std::uint64_t line_number_ = 0;
  std::uint64_t text_bytes_ = 0;

  std::unique_ptr<CsvReader> csv_;  // of CSV
  std::optional<RowDecoder> decoder_;
  std::vector<CsvField> row_;
  std::string json_;
};

}  // namespace waybill::transfer
