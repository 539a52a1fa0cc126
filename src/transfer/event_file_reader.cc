#include "transfer/event_file_reader.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "transfer/foreign_file.h"
#include "transfer/json_shape.h"
#include "transfer/table_header.h"

namespace waybill::transfer {
namespace {

using base::Result;
using Json = std::optional<std::string_view>;

constexpr std::string_view kBlanks = " \t\r\n";

// What was read to tell what it is, and then the rest.
class Prefixed final : public ByteSource {
 public:
  Prefixed(std::string first, std::unique_ptr<ByteSource> rest) : first_(std::move(first)), rest_(std::move(rest)) {}

  Result<bool> read(std::string& out) override {
    if (first_.empty()) return rest_->read(out);
    out += std::exchange(first_, {});
    return true;
  }
  [[nodiscard]] std::uint64_t file_bytes() const override { return rest_->file_bytes(); }

 private:
  std::string first_;
  const std::unique_ptr<ByteSource> rest_;
};

// Refuses what is no text; gives all of the source again.
Result<std::unique_ptr<ByteSource>> checked_text(std::unique_ptr<ByteSource> source) {
  std::string first;
  while (first.size() < kForeignBytes) {
    TRY_ASSIGN(const bool more, source->read(first));
    if (!more) break;
  }
  TRY(check_is_text(first));
  return std::unique_ptr<ByteSource>(std::make_unique<Prefixed>(std::move(first), std::move(source)));
}

Result<std::unique_ptr<ByteSource>> open_text(std::unique_ptr<ByteSource> bytes, std::optional<Encoding> encoding) {
  TRY_ASSIGN(bytes, checked_text(std::move(bytes)));
  TRY_ASSIGN(bytes, inflate_bytes(std::move(bytes)));
  TRY_ASSIGN(bytes, checked_text(std::move(bytes)));
  return decode_text(std::move(bytes), encoding);
}

}  // namespace

Result<EventFileReader> EventFileReader::open(const std::string& name, std::optional<Encoding> encoding) {
  TRY_ASSIGN(auto bytes, open_file_bytes(name));
  return make(name, std::move(bytes), encoding);
}

Result<EventFileReader> EventFileReader::make(std::string name, std::unique_ptr<ByteSource> bytes,
                                              std::optional<Encoding> encoding) {
  auto text = open_text(std::move(bytes), encoding);
  if (!text) return text.error().while_doing(name);
  EventFileReader reader(std::move(name), *std::move(text));
  const auto begun = reader.begin();
  if (!begun) return reader.in_file(begun.error());
  return reader;
}

Result<void> EventFileReader::begin() {
  TRY_ASSIGN(const Form form, find_form());
  switch (form) {
    case Form::kEmpty:
    case Form::kLines: return {};
    case Form::kElements: elements_ = std::make_unique<JsonElements>(rest()); return {};
    case Form::kTable: return begin_table();
  }
  return {};
}

// All of the text, for a reader of another form.
std::unique_ptr<ByteSource> EventFileReader::rest() {
  return std::make_unique<Prefixed>(std::exchange(buffer_, {}), std::move(text_));
}

// Whether the text has a byte there; reads as far.
Result<bool> EventFileReader::has_byte(std::size_t at) {
  while (at >= buffer_.size()) {
    TRY_ASSIGN(const bool more, text_->read(buffer_));
    if (!more) return false;
  }
  return true;
}

// The first byte from there on that is no blank; nothing if there is none.
Result<std::optional<std::size_t>> EventFileReader::find_byte(std::size_t from) {
  for (;; ++from) {
    TRY_ASSIGN(const bool any, has_byte(from));
    if (!any) return std::optional<std::size_t>();
    if (kBlanks.find(buffer_[from]) == std::string_view::npos) return std::optional(from);
  }
}

// The line that begins there, without its end; only the beginning of one that is too long.
Result<std::string_view> EventFileReader::line_at(std::size_t begin) {
  std::size_t end = begin;
  while ((end = buffer_.find_first_of("\r\n", end)) == std::string::npos) {
    end = buffer_.size();
    if (end - begin > kLineBytesMax) break;
    TRY_ASSIGN(const bool more, text_->read(buffer_));
    if (!more) break;
  }
  return std::string_view(buffer_).substr(begin, end - begin);
}

Result<EventFileReader::Form> EventFileReader::find_form() {
  TRY_ASSIGN(const auto begin, find_byte(0));
  if (!begin) return Form::kEmpty;
  constexpr char kRecordSeparator = '\x1e';  // of JSON text sequences, RFC 7464
  if (buffer_[*begin] == '[' || buffer_[*begin] == kRecordSeparator) return Form::kElements;
  if (buffer_[*begin] == '{') return find_json_form(*begin);
  TRY_ASSIGN(const std::string_view line, line_at(*begin));
  if (is_table(line)) return Form::kTable;
  // A first line that is damaged costs itself alone.
  const std::string first(line.substr(0, kLineBytesMax));
  TRY_ASSIGN(const auto second, find_byte(*begin + line.size()));
  if (second && buffer_[*second] == '{') return Form::kLines;
  return no_events(first);
}

// NDJSON if the first line is a value of its own, or seems to be meant as one; JSON of another form if the value has
// several lines, has others behind it in its line, or is a page.
Result<EventFileReader::Form> EventFileReader::find_json_form(std::size_t begin) {
  JsonShape shape;
  std::size_t end = begin;
  while (shape.step() == JsonShape::Step::kGoesOn) {
    if (end - begin > kLineBytesMax) break;
    TRY_ASSIGN(const bool more, has_byte(end));
    if (!more) break;
    end += shape.scan(std::string_view(buffer_).substr(end));
  }
  if (shape.step() == JsonShape::Step::kEvents) return Form::kElements;
  const std::string_view value = std::string_view(buffer_).substr(begin, end - begin);
  const std::size_t line_end = value.find_first_of("\r\n");
  if (line_end == std::string_view::npos) {
    if (shape.step() != JsonShape::Step::kEnded) return Form::kLines;
    // Carriage returns alone end lines too, but none that NDJSON knows of.
    TRY_ASSIGN(const auto behind, find_byte(end));
    const bool has_another = behind && std::string_view("{[,\x1e").find(buffer_[*behind]) != std::string_view::npos &&
                             buffer_.find('\n', end) > *behind;
    return has_another ? Form::kElements : Form::kLines;
  }
  if (shape.step() == JsonShape::Step::kEnded) return Form::kElements;
  // A value of several lines that cannot be read: if the second one begins as an event does, each line was meant to be
  // one.
  std::size_t second = begin + line_end;
  for (;; ++second) {
    TRY_ASSIGN(const bool more, has_byte(second));
    if (!more || (buffer_[second] != '\r' && buffer_[second] != '\n')) break;
  }
  return second < buffer_.size() && buffer_[second] == '{' ? Form::kLines : Form::kElements;
}

Result<void> EventFileReader::begin_table() {
  TRY_ASSIGN(const std::string_view first, line_at(0));
  char separator = ',';
  std::uint64_t first_line = 1;
  if (const auto named = named_separator(first)) {
    separator = *named;
    const std::size_t behind = first.size();
    TRY(has_byte(behind + 1));
    const bool two = std::string_view(buffer_).substr(behind).starts_with("\r\n");
    buffer_.erase(0, std::min(behind + (two ? 2 : 1), buffer_.size()));
    first_line = 2;
  } else {
    separator = find_separator(base::trim(first).empty() ? base::trim(buffer_) : first);
  }
  csv_ = std::make_unique<CsvReader>(rest(), separator, first_line);
  TRY_ASSIGN(const bool any, csv_->next(row_));
  if (!any) return {};
  auto decoder = csv_->refused() ? Result<RowDecoder>(*csv_->refused()) : RowDecoder::make(row_);
  if (!decoder) {
    return base::Error(decoder.error().code(), "line " + std::to_string(csv_->line_number()) + ": " +
                                                   decoder.error().message() +
                                                   "; the file was taken for a table with " +
                                                   std::string(name_of_separator(separator)) + " between its fields");
  }
  decoder_ = *std::move(decoder);
  return {};
}

Result<Json> EventFileReader::next() {
  refused_.reset();
  if (elements_) return next_element();
  return csv_ ? next_row() : next_line();
}

std::uint64_t EventFileReader::file_bytes() const {
  if (elements_) return elements_->file_bytes();
  return csv_ ? csv_->file_bytes() : text_->file_bytes();
}

std::string_view EventFileReader::in_api_names(std::string_view event) {
  return library_objects_.translate(event).value_or(event);
}

Result<Json> EventFileReader::next_line() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched_);
    const std::size_t length = std::min(end, buffer_.size()) - at_;
    if (length > kLineBytesMax) return skip_line();
    if (end == std::string::npos) {
      searched_ = buffer_.size() - at_;
      buffer_.erase(0, at_);
      at_ = 0;
      const auto more = text_->read(buffer_);
      if (!more) return in_file(more.error());
      if (*more) continue;
      // The last line of a file may lack its line feed.
      if (buffer_.empty()) return Json();
      buffer_ += '\n';
      continue;
    }
    const std::string_view line = std::string_view(buffer_).substr(at_, length);
    at_ = searched_ = end + 1;
    ++line_number_;
    text_bytes_ += length + 1;
    if (line.find_first_not_of(kBlanks) != std::string_view::npos) return Json(in_api_names(line));
  }
}

// Goes behind a line that is too long, and keeps nothing of it.
Result<Json> EventFileReader::skip_line() {
  ++line_number_;
  refused_ = base::too_large("is longer than " + std::to_string(kLineBytesMax) + " bytes");
  for (;;) {
    const std::size_t end = buffer_.find('\n', at_);
    const std::size_t behind = end == std::string::npos ? buffer_.size() : end + 1;
    text_bytes_ += behind - at_;
    at_ = searched_ = behind;
    if (end != std::string::npos) return Json(std::string_view());
    buffer_.clear();
    at_ = searched_ = 0;
    const auto more = text_->read(buffer_);
    if (!more) return in_file(more.error());
    if (!*more) return Json(std::string_view());
  }
}

Result<Json> EventFileReader::next_element() {
  auto element = elements_->next();
  text_bytes_ = elements_->text_bytes();
  if (!element) return in_file(element.error());
  if (!*element) return Json();
  line_number_ = elements_->line_number();
  if (!elements_->is_broken()) return Json(in_api_names(**element));
  refused_ = base::invalid_argument("is not valid JSON: its brackets or quotes do not close (line " +
                                    std::to_string(line_number_) + ")");
  return element;
}

Result<Json> EventFileReader::next_row() {
  if (!decoder_) return Json();
  for (;;) {
    const auto any = csv_->next(row_);
    if (!any) return in_file(any.error());
    if (!*any) return Json();
    if (csv_->refused()) break;
    const bool is_empty =
        std::all_of(row_.begin(), row_.end(), [](const CsvField& field) { return base::trim(field.text).empty(); });
    if (!is_empty) break;
  }
  line_number_ = csv_->line_number();
  if (csv_->refused()) {
    refused_ = csv_->refused();
    json_ = csv_->refused_text();
    text_bytes_ += json_.size();
    return Json(json_);
  }
  auto decoded = decoder_->decode(row_, json_);
  if (decoded && !csv_->row_ended() && decoder_->is_short(row_)) {
    decoded = base::invalid_argument("the file ends inside the row, which lacks fields: it was cut off");
  }
  if (!decoded) refuse_row(decoded.error());
  text_bytes_ += json_.size();
  return Json(json_);
}

// Leaves the row's text in json_.
void EventFileReader::refuse_row(const base::Error& error) {
  const bool is_utf8 =
      std::all_of(row_.begin(), row_.end(), [](const CsvField& field) { return base::is_utf8(field.text); });
  json_.clear();
  for (const CsvField& field : row_) {
    if (!json_.empty()) json_ += ',';
    if (field.quoted || !field.text.empty()) append_csv_field(json_, field.text);
  }
  // Where it is the table's and not the row's, the rows of plain ASCII say nothing else in the other encoding.
  refused_ = is_utf8 ? error
                     : base::invalid_argument(error.message() +
                                              "; if the table is in another encoding, perhaps Windows-1252, import it "
                                              "again with --encoding windows-1252, or save it as CSV UTF-8");
}

}  // namespace waybill::transfer
