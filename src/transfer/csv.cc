#include "transfer/csv.h"

#include <algorithm>
#include <utility>

namespace waybill::transfer {
namespace {

using base::Result;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

void append_csv_field(std::string& out, std::string_view value) {
  constexpr std::string_view kMustBeQuoted = ",\"\r\n";
  if (!value.empty() && value.find_first_of(kMustBeQuoted) == std::string_view::npos) {
    out += value;
    return;
  }
  out += '"';
  for (std::size_t quote = value.find('"'); quote != std::string_view::npos; quote = value.find('"')) {
    out.append(value.substr(0, quote + 1)).append("\"");
    value.remove_prefix(quote + 1);
  }
  out.append(value).append("\"");
}

std::string CsvReader::stops_of(char separator) {
  std::string stops = {separator, '\r', '\n'};
  if (separator != '\t') stops += '"';
  return stops;
}

Result<bool> CsvReader::next(std::vector<CsvField>& fields) {
  refused_.reset();
  refused_text_.clear();
  if (!begun_) {
    begun_ = true;
    while (buffer_.size() < kByteOrderMark.size()) {
      TRY_ASSIGN(const bool more, source_->read(buffer_));
      if (!more) break;
    }
    if (buffer_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }
  TRY(skip_empty_lines());
  TRY_ASSIGN(const bool any, has_byte());
  if (!any) return false;
  after_return_ = false;
  row_line_ = line_;
  row_at_ = at_;
  row_bytes_ = 0;
  field_number_ = 0;
  auto done = read_row(fields);
  if (done || !refused_) return done;
  fields.clear();
  TRY(skip_refused());
  return true;
}

Result<bool> CsvReader::read_row(std::vector<CsvField>& fields) {
  for (;;) {
    // Commas alone are no bytes of any field, and compress to nothing.
    if (field_number_ == kFieldsMax) {
      return refuse(base::ErrorCode::kTooLarge, "the row has more than " + std::to_string(kFieldsMax) + " fields");
    }
    if (field_number_ == fields.size()) fields.emplace_back();
    TRY_ASSIGN(const FieldEnd end, read_field(fields[field_number_++]));
    if (end == FieldEnd::kSeparator) continue;
    fields.resize(field_number_);
    return true;
  }
}

// Goes behind the line in which the refused row begins: quotes that do not close would take all others along.
Result<void> CsvReader::skip_refused() {
  constexpr std::string_view kEnds = "\r\n";
  at_ = row_at_;
  bool is_kept = true;
  for (;;) {
    TRY_ASSIGN(const bool any, has_byte());
    row_ended_ = any;
    if (!any) break;
    const std::size_t end = buffer_.find_first_of(kEnds, at_);
    at_ = std::min(end, buffer_.size());
    is_kept = is_kept && at_ - row_at_ <= kRowBytesMax;
    if (!is_kept) row_at_ = at_;
    if (end != std::string::npos) break;
  }
  if (is_kept) refused_text_.assign(buffer_, row_at_, at_ - row_at_);
  line_ = row_line_;
  after_return_ = false;
  if (row_ended_) count_lines(std::string_view(buffer_).substr(at_++, 1));
  return {};
}

// Whether there is a byte at `at_`; reads more of the source if need be, and keeps the row.
Result<bool> CsvReader::has_byte() {
  while (at_ == buffer_.size()) {
    buffer_.erase(0, row_at_);
    at_ -= std::exchange(row_at_, 0);
    TRY_ASSIGN(const bool more, source_->read(buffer_));
    if (!more) return false;
  }
  return true;
}

Result<void> CsvReader::skip_empty_lines() {
  for (;;) {
    row_at_ = at_;
    TRY_ASSIGN(const bool any, has_byte());
    if (!any || (buffer_[at_] != '\r' && buffer_[at_] != '\n')) return {};
    count_lines(std::string_view(buffer_).substr(at_++, 1));
  }
}

Result<CsvReader::FieldEnd> CsvReader::read_field(CsvField& field) {
  field.text.clear();
  TRY_ASSIGN(const bool any, has_byte());
  field.quoted = any && buffer_[at_] == '"';
  if (field.quoted) {
    TRY(read_quoted(field));
  } else {
    TRY(read_plain(field));
  }
  return read_field_end(field.quoted);
}

// From the opening quote to behind the closing one.
Result<void> CsvReader::read_quoted(CsvField& field) {
  ++at_;
  const std::uint64_t begun = line_;
  for (;;) {
    TRY_ASSIGN(const bool any, has_byte());
    if (!any) return bad("the quotes that open in line " + std::to_string(begun) + " do not close");
    const std::size_t quote = std::min(buffer_.find('"', at_), buffer_.size());
    count_lines(std::string_view(buffer_).substr(at_, quote - at_));
    TRY(take(quote - at_, field));
    if (at_ == buffer_.size()) continue;
    ++at_;
    after_return_ = false;
    TRY_ASSIGN(const bool more, has_byte());
    if (!more || buffer_[at_] != '"') return {};
    TRY(take(1, field));
  }
}

Result<void> CsvReader::read_plain(CsvField& field) {
  for (;;) {
    TRY_ASSIGN(const bool any, has_byte());
    if (!any) return {};
    const std::size_t end = std::min(buffer_.find_first_of(stops_, at_), buffer_.size());
    TRY(take(end - at_, field));
    if (at_ < buffer_.size()) return {};
  }
}

Result<CsvReader::FieldEnd> CsvReader::read_field_end(bool was_quoted) {
  TRY_ASSIGN(const bool any, has_byte());
  row_ended_ = any;
  if (!any) return FieldEnd::kRow;
  const char end = buffer_[at_];
  if (end != separator_ && end != '\r' && end != '\n') {
    return bad(was_quoted ? "behind the closing quotes must come a separator or the end of the row"
                          : "has quotes inside, but not around it");
  }
  ++at_;
  if (end == separator_) return FieldEnd::kSeparator;
  count_lines({&end, 1});
  // The line feed behind a carriage return is skipped as an empty line is, which it does not count as.
  return FieldEnd::kRow;
}

// CR, LF and CR LF end a line each.
void CsvReader::count_lines(std::string_view text) {
  if (!after_return_ && text.find('\r') == std::string_view::npos) {
    line_ += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    return;
  }
  for (const char c : text) {
    if (c == '\r' || (c == '\n' && !after_return_)) ++line_;
    after_return_ = c == '\r';
  }
}

// Moves bytes from the buffer into the field.
Result<void> CsvReader::take(std::size_t count, CsvField& field) {
  row_bytes_ += count;
  if (row_bytes_ > kRowBytesMax) {
    return refuse(base::ErrorCode::kTooLarge, "the row is longer than " + std::to_string(kRowBytesMax) + " bytes");
  }
  field.text.append(buffer_, at_, count);
  at_ += count;
  return {};
}

base::Error CsvReader::refuse(base::ErrorCode code, std::string rule) {
  return refused_.emplace(code, std::move(rule));
}

base::Error CsvReader::bad(std::string_view rule) {
  const std::string where = line_ == row_line_ ? "" : " (line " + std::to_string(line_) + ")";
  return refuse(base::ErrorCode::kInvalidArgument,
                "field " + std::to_string(field_number_) + ": " + std::string(rule) + where);
}

}  // namespace waybill::transfer
