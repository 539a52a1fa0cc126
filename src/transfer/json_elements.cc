#include "transfer/json_elements.h"

#include <algorithm>
#include <utility>

namespace waybill::transfer {
namespace {

using base::Result;
using Step = JsonShape::Step;

constexpr char kRecordSeparator = '\x1e';  // of JSON text sequences, RFC 7464

bool is_line_end(char c) { return c == '\n' || c == '\r'; }
bool is_indent(char c) { return c == ' ' || c == '\t'; }

}  // namespace

Result<std::optional<std::string_view>> JsonElements::next() {
  TRY_ASSIGN(const bool any, skip_to_element());
  if (!any) return std::optional<std::string_view>();
  return std::optional<std::string_view>(element_);
}

// Reads more behind what is not done with; false at the end.
Result<bool> JsonElements::fill() {
  buffer_.erase(0, at_);
  scanned_ -= std::min(scanned_, at_);
  at_ = 0;
  return text_->read(buffer_);
}

// Goes over what is done with, and counts its lines: CR, LF and CR LF end one each.
void JsonElements::skip(std::size_t count) {
  for (; count > 0; --count, ++at_) {
    const char c = buffer_[at_];
    if (c == '\r' || (c == '\n' && previous_ != '\r')) ++line_;
    if (is_line_end(c)) {
      line_begins_ = true;
      indent_ = 0;
    } else if (is_indent(c)) {
      ++indent_;
    } else if (c != ',' && c != '[') {
      line_begins_ = false;
    }
    previous_ = c;
    ++text_bytes_;
  }
}

void JsonElements::open_array() {
  inside_.push_back(Inside::kArray);
  skip(1);
}

// Finds the next element and reads it into element_; false at the end.
Result<bool> JsonElements::skip_to_element() {
  for (;;) {
    if (at_ == buffer_.size()) {
      TRY_ASSIGN(const bool more, fill());
      if (more) continue;
      if (inside_.empty()) return false;
      return cut_off(inside_.back() == Inside::kArray ? "an array" : "a page");
    }
    const char c = buffer_[at_];
    if (is_line_end(c) || is_indent(c) || c == ',' || c == kRecordSeparator) {
      skip(1);
    } else if (c == ']' && !inside_.empty()) {
      const Inside was = inside_.back();
      inside_.pop_back();
      skip(1);
      if (was == Inside::kEvents) TRY(skip_rest_of_page());
    } else if (c == '[' && inside_.empty()) {
      open_array();
    } else {
      TRY_ASSIGN(const bool is_element, read_element());
      if (is_element) return true;
    }
  }
}

// What stands in a page behind its events.
Result<void> JsonElements::skip_rest_of_page() {
  page_.skip_events();
  while (page_.step() == Step::kGoesOn) {
    if (at_ == buffer_.size()) {
      TRY_ASSIGN(const bool more, fill());
      if (!more) return cut_off("a page");
    }
    skip(page_.scan(std::string_view(buffer_).substr(at_)));
  }
  inside_.pop_back();
  if (page_.step() == Step::kEnded) return {};
  return base::invalid_argument("line " + std::to_string(line_) + ": behind its events the page of event " +
                                std::to_string(number_) + " is not valid JSON");
}

// Reads the element at at_. False if it is a page, whose events are read next.
Result<bool> JsonElements::read_element() {
  shape_ = JsonShape();
  scanned_ = at_;
  for (;;) {
    if (scanned_ == buffer_.size()) {
      if (scanned_ - at_ > kElementBytesMax) return too_long();
      TRY_ASSIGN(const bool more, fill());
      if (!more) return end_element();
    }
    scanned_ += shape_.scan(std::string_view(buffer_).substr(scanned_));
    switch (shape_.step()) {
      case Step::kGoesOn: continue;
      case Step::kEnded:
        if (scanned_ - at_ > kElementBytesMax) return too_long();
        deliver(scanned_, false);
        return true;
      case Step::kBroken: return recover();
      case Step::kEvents:
        page_ = shape_;
        inside_.push_back(Inside::kPage);
        inside_.push_back(Inside::kEvents);
        skip(scanned_ + 1 - at_);
        return false;
    }
  }
}

// When the text is over inside of an element.
Result<bool> JsonElements::end_element() {
  if (shape_.may_end()) {
    deliver(buffer_.size(), false);
    return true;
  }
  // Another may begin in what seemed to belong to it.
  if (const auto start = find_next_start(at_ + 1)) {
    deliver(*start, true);
    return true;
  }
  return cut_off("event " + std::to_string(number_ + 1));
}

// The element at at_ cannot be read from scanned_ on: it ends where another one seems to begin, or where its brackets
// are closed if its text is not looked at more closely.
Result<bool> JsonElements::recover() {
  const std::string_view before = std::string_view(buffer_).substr(at_, scanned_ - at_);
  const std::size_t last = before.find_last_not_of(" \t\r\n");
  if (buffer_[scanned_] == '{' && last != std::string_view::npos && before[last] == ',' && last > 0) {
    deliver(at_ + last, true);
    return true;
  }
  rough_ = Rough();
  std::size_t looked_at = at_ + 1;
  for (;;) {
    const auto start = find_next_start(looked_at);
    const auto end = find_rough_end(start.value_or(buffer_.size()));
    if (start || end) {
      deliver(end ? *end : *start, true);
      return true;
    }
    if (buffer_.size() - at_ > kElementBytesMax) return too_long();
    const std::size_t known = buffer_.size() - at_;
    TRY_ASSIGN(const bool more, fill());
    if (!more) {
      deliver(buffer_.size(), true);
      return true;
    }
    // A start that was cut in two is seen now.
    const std::size_t line_end = buffer_.find_last_of("\r\n", at_ + known - 1);
    looked_at = line_end == std::string::npos ? at_ + known : std::max(line_end, at_ + 1);
  }
}

// Where a line begins as the element's own does: with so many blanks, perhaps a comma, and a brace. Of an element that
// does not begin its line no other can be told.
std::optional<std::size_t> JsonElements::find_next_start(std::size_t from) const {
  if (!line_begins_ || buffer_[at_] != '{') return std::nullopt;
  for (std::size_t end = from; (end = buffer_.find_first_of("\r\n", end)) != std::string::npos;) {
    end = std::min(buffer_.find_first_not_of("\r\n", end), buffer_.size());
    const std::size_t first = std::min(buffer_.find_first_not_of(" \t,", end), buffer_.size());
    const auto blanks = std::count_if(buffer_.begin() + static_cast<std::ptrdiff_t>(end),
                                      buffer_.begin() + static_cast<std::ptrdiff_t>(first), is_indent);
    if (first < buffer_.size() && buffer_[first] == '{' && static_cast<std::size_t>(blanks) == indent_) return first;
  }
  return std::nullopt;
}

// Behind the bracket that closes the element, or before what separates it from the next where it has none; strings end
// with their line at the latest.
std::optional<std::size_t> JsonElements::find_rough_end(std::size_t to) {
  for (std::size_t i = at_ + rough_.looked_at; i < to; ++i, ++rough_.looked_at) {
    const char c = buffer_[i];
    if (is_line_end(c)) rough_.in_string = rough_.escaped = false;
    if (rough_.escaped) {
      rough_.escaped = false;
    } else if (rough_.in_string && c == '\\') {
      rough_.escaped = true;
    } else if (c == '"') {
      rough_.in_string = !rough_.in_string;
    } else if (!rough_.in_string && (c == '{' || c == '[')) {
      ++rough_.depth;
    } else if (!rough_.in_string && (c == '}' || c == ']')) {
      // The bracket around the element, unless it stands there alone.
      if (rough_.depth == 0) return i == at_ ? i + 1 : i;
      if (--rough_.depth == 0) return i + 1;
    } else if (!rough_.in_string && rough_.depth == 0 && (c == ',' || is_line_end(c))) {
      return i;
    }
  }
  return std::nullopt;
}

void JsonElements::deliver(std::size_t end, bool broken) {
  element_.assign(buffer_, at_, end - at_);
  const std::size_t length = element_.find_last_not_of(" \t\r\n,");
  element_.resize(length == std::string::npos ? 0 : length + 1);
  is_broken_ = broken;
  element_line_ = line_;
  ++number_;
  skip(end - at_);
  if (!broken) std::replace_if(element_.begin(), element_.end(), is_line_end, ' ');
}

base::Error JsonElements::cut_off(std::string_view inside) const {
  return base::invalid_argument("the file ends inside " + std::string(inside) + ", " + std::to_string(number_) +
                                " events were read before: it was cut off");
}

base::Error JsonElements::too_long() const {
  return base::too_large("line " + std::to_string(line_) + ": event " + std::to_string(number_ + 1) +
                         " is longer than " + std::to_string(kElementBytesMax) + " bytes");
}

}  // namespace waybill::transfer
