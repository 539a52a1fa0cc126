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
#include "transfer/json_elements.h"
#include "transfer/member_names.h"
#include "transfer/text_encoding.h"

namespace waybill::transfer {

// Reads a file of events, one after the other, in constant memory: NDJSON, JSON (an array, pages of the API, objects
// over several lines; see JsonElements), or a table between commas, semicolons, tabs or bars; as it is or in gzip or
// zstd; in UTF-8 or UTF-16. The file's first bytes tell. `-` is standard input. Errors name the file, the place in its
// text, and the rule. Not for concurrent use.
class EventFileReader {
 public:
  // `encoding` is for text that does not say it (decode_text). kNotFound or kIo; kInvalidArgument for a file that is
  // none of events and says so at its beginning (check_is_text), for a header that does not do (RowDecoder), and for
  // what is damaged at its beginning.
  static base::Result<EventFileReader> open(const std::string& name, std::optional<Encoding> encoding = std::nullopt);
  // The same of bytes from elsewhere; `name` is for messages.
  static base::Result<EventFileReader> make(std::string name, std::unique_ptr<ByteSource> bytes,
                                            std::optional<Encoding> encoding = std::nullopt);

  // The JSON of the next event in one line, until the next call; nothing at the end. Of NDJSON and JSON it is what
  // stands there, not looked into, with the API's names in place of a library's (LibraryObjects); blank lines and rows
  // of empty fields are skipped. An error is about the rest of the file: what cannot be inflated or decoded, a text
  // that is cut off inside JSON, kTooLarge for more than kLineBytesMax bytes of one element of JSON.
  base::Result<std::optional<std::string_view>> next();

  // Why what next() gave last is no event, where the form of the file shows it: JSON whose brackets or strings do not
  // close, a row with values beyond its header, of no UTF-8 or against the rules of CSV, a line of more than
  // kLineBytesMax bytes. What next() gave is then the text of it as it stands there, which may have several lines, and
  // is empty where it is too long; what follows it can be read.
  [[nodiscard]] const std::optional<base::Error>& refused() const { return refused_; }

  // Where the event that next() gave last stands: `line 7` of the file's text, or `event 3` in JSON that is no NDJSON.
  [[nodiscard]] std::string place() const { return std::string(place_word()) + " " + std::to_string(place_number()); }
  [[nodiscard]] std::string_view place_word() const { return elements_ ? "event" : "line"; }
  [[nodiscard]] std::uint64_t place_number() const { return elements_ ? elements_->number() : line_number_; }
  // The line in which it begins, from 1.
  [[nodiscard]] std::uint64_t line_number() const { return line_number_; }
  // How much of the file has been read, and how much text that was.
  [[nodiscard]] std::uint64_t file_bytes() const;
  [[nodiscard]] std::uint64_t text_bytes() const { return text_bytes_; }

  static constexpr std::size_t kLineBytesMax = 16UL * 1024 * 1024;

 private:
  // What the beginning of a text looks like.
  enum class Form { kEmpty, kLines, kElements, kTable };

  EventFileReader(std::string name, std::unique_ptr<ByteSource> text)
      : name_(std::move(name)), text_(std::move(text)) {}

  base::Result<void> begin();
  base::Result<Form> find_form();
  base::Result<Form> find_json_form(std::size_t begin);
  base::Result<bool> has_byte(std::size_t at);
  base::Result<std::optional<std::size_t>> find_byte(std::size_t from);
  base::Result<std::string_view> line_at(std::size_t begin);
  base::Result<void> begin_table();
  std::unique_ptr<ByteSource> rest();
  base::Result<std::optional<std::string_view>> next_line();
  base::Result<std::optional<std::string_view>> skip_line();
  base::Result<std::optional<std::string_view>> next_element();
  base::Result<std::optional<std::string_view>> next_row();
  void refuse_row(const base::Error& error);
  std::string_view in_api_names(std::string_view event);
  [[nodiscard]] base::Error in_file(const base::Error& error) const { return error.while_doing(name_); }

  std::string name_;
  std::unique_ptr<ByteSource> text_;  // of NDJSON
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t searched_ = 0;  // no line feed stands before it
  std::uint64_t line_number_ = 0;
  std::uint64_t text_bytes_ = 0;
  std::optional<base::Error> refused_;
  LibraryObjects library_objects_;

  std::unique_ptr<JsonElements> elements_;  // of other JSON

  std::unique_ptr<CsvReader> csv_;  // of a table
  std::optional<RowDecoder> decoder_;
  std::vector<CsvField> row_;
  std::string json_;
};

}  // namespace waybill::transfer
