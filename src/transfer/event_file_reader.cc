#include "transfer/event_file_reader.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace waybill::transfer {
namespace {

using base::Result;
using Json = std::optional<std::string_view>;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
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

// The first byte of a text that is no blank.
std::optional<char> first_byte(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::size_t at = text.find_first_not_of(kBlanks);
  return at == std::string_view::npos ? std::nullopt : std::optional(text[at]);
}

}  // namespace

Result<EventFileReader> EventFileReader::open(const std::string& name) {
  TRY_ASSIGN(auto bytes, open_file_bytes(name));
  return make(name, std::move(bytes));
}

Result<EventFileReader> EventFileReader::make(std::string name, std::unique_ptr<ByteSource> bytes) {
  auto text = inflate_bytes(std::move(bytes));
  if (!text) return text.error().while_doing(name);
  EventFileReader reader(std::move(name), *std::move(text));
  TRY(reader.begin());
  return reader;
}

// Tells NDJSON from CSV: a line that could be an event begins with a brace, and one that begins with a bracket is
// better called no event than a bad header.
Result<void> EventFileReader::begin() {
  for (;;) {
    const auto first = first_byte(buffer_);
    if (first && (*first == '{' || *first == '[')) return {};
    if (first && buffer_.find('\n') != std::string::npos) break;
    if (first && buffer_.size() > kLineBytesMax) break;
    const auto more = text_->read(buffer_);
    if (!more) return in_file(more.error());
    if (!*more) break;
  }
  // A header names columns, and these have no blanks; whatever else stands there is refused as JSON is.
  const std::string_view line = base::trim(std::string_view(buffer_).substr(0, buffer_.find('\n')));
  if (line.find(',') == std::string_view::npos) return {};
  csv_ = std::make_unique<CsvReader>(std::make_unique<Prefixed>(std::exchange(buffer_, {}), std::move(text_)));
  const auto any = csv_->next(row_);
  if (!any) return in_file(any.error());
  if (!*any) return {};
  auto decoder = RowDecoder::make(row_);
  if (!decoder) return decoder.error().while_doing(name_ + ": line " + std::to_string(csv_->line_number()));
  decoder_ = *std::move(decoder);
  return {};
}

Result<Json> EventFileReader::next() { return csv_ ? next_row() : next_line(); }

std::uint64_t EventFileReader::file_bytes() const { return csv_ ? csv_->file_bytes() : text_->file_bytes(); }

Result<Json> EventFileReader::next_line() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched_);
    const std::size_t length = std::min(end, buffer_.size()) - at_;
    if (length > kLineBytesMax) {
      return base::too_large(name_ + ": line " + std::to_string(line_number_ + 1) + ": is longer than " +
                             std::to_string(kLineBytesMax) + " bytes");
    }
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
    if (line.find_first_not_of(kBlanks) != std::string_view::npos) return Json(line);
  }
}

Result<Json> EventFileReader::next_row() {
  if (!decoder_) return Json();
  const auto any = csv_->next(row_);
  if (!any) return in_file(any.error());
  if (!*any) return Json();
  line_number_ = csv_->line_number();
  const auto decoded = decoder_->decode(row_, json_);
  if (!decoded) return decoded.error().while_doing(name_ + ": line " + std::to_string(line_number_));
  text_bytes_ += json_.size();
  return Json(json_);
}

}  // namespace waybill::transfer
