#include "transfer/json_shape.h"

#include <algorithm>

namespace waybill::transfer {
namespace {

constexpr std::size_t kNameBytes = 32;
constexpr std::string_view kBlanks = " \t\r\n";
// Members by which an event is told from a page of events.
constexpr std::string_view kEventNames[] = {"sid", "workspace_sid", "event_type", "workspaceSid", "eventType"};

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }
bool ends_word(char c) { return is_blank(c) || c == ',' || c == ':' || c == ']' || c == '}' || c == '[' || c == '{'; }
bool begins_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == 'N' || c == 'I';
}

}  // namespace

std::size_t JsonShape::scan(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (in_string_) {
      at = scan_string(text, at);
      if (step_ != Step::kGoesOn) return at;
      continue;
    }
    const char c = text[at];
    if (in_word_) {
      if (ends_word(c)) {
        in_word_ = false;
        end_value();
        if (step_ != Step::kGoesOn) return at;
      } else {
        ++at;
      }
      continue;
    }
    if (!is_blank(c)) {
      if (!take(c)) step_ = Step::kBroken;
      if (step_ == Step::kBroken || step_ == Step::kEvents) return at;
    }
    ++at;
    if (step_ != Step::kGoesOn) return at;
  }
  return at;
}

void JsonShape::skip_events() {
  step_ = Step::kGoesOn;
  end_value();
}

// To behind the quotes that end it.
std::size_t JsonShape::scan_string(std::string_view text, std::size_t at) {
  const bool notes = is_name_ && open_.size() == 1;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n' || c == '\r') {
      step_ = Step::kBroken;
      return at;
    }
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
      is_name_ ? end_name() : end_value();
      return at + 1;
    }
    if (notes && name_.size() < kNameBytes) name_ += c;
  }
  return at;
}

bool JsonShape::take(char c) {
  const bool wants_value = want_ == Want::kValue || want_ == Want::kFirstValue;
  switch (c) {
    case '{':
    case '[': return wants_value && open(c);
    case '}': return close('{', Want::kFirstName);
    case ']': return close('[', Want::kFirstValue);
    case ',':
      if (want_ != Want::kComma || open_.empty()) return false;
      want_ = open_.back() == '{' ? Want::kName : Want::kValue;
      return true;
    case ':':
      if (want_ != Want::kColon) return false;
      want_ = Want::kValue;
      return true;
    case '"':
      is_name_ = want_ == Want::kName || want_ == Want::kFirstName;
      in_string_ = is_name_ || wants_value;
      if (is_name_ && open_.size() == 1) name_.clear();
      return in_string_;
    default: in_word_ = wants_value && begins_word(c); return in_word_;
  }
}

bool JsonShape::open(char bracket) {
  if (bracket == '[' && open_ == "{" && name_ == "events" && !is_event_) {
    step_ = Step::kEvents;
    return true;
  }
  open_ += bracket;
  want_ = bracket == '{' ? Want::kFirstName : Want::kFirstValue;
  return true;
}

bool JsonShape::close(char opening, Want when_empty) {
  if (open_.empty() || open_.back() != opening || (want_ != Want::kComma && want_ != when_empty)) return false;
  open_.pop_back();
  end_value();
  return true;
}

void JsonShape::end_value() {
  want_ = Want::kComma;
  if (open_.empty()) step_ = Step::kEnded;
}

void JsonShape::end_name() {
  is_name_ = false;
  want_ = Want::kColon;
  if (open_.size() == 1 && std::find(std::begin(kEventNames), std::end(kEventNames), name_) != std::end(kEventNames)) {
    is_event_ = true;
  }
}

}  // namespace waybill::transfer
