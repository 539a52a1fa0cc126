#include "transfer/row_writer.h"

#include <algorithm>
#include <optional>

#include "base/strings.h"
#include "codec/event_extra.h"
#include "codec/event_members.h"
#include "model/limits.h"

namespace waybill::transfer {
namespace {

using base::Result;
using codec::CheckedJson;
using codec::Member;

CheckedJson extra_of(const codec::EventMembers& members) {
  for (const auto& [name, value] : members.others) {
    if (name == codec::kExtraMember) return value;
  }
  return {};
}

}  // namespace

RowWriter::RowWriter(std::vector<Column> columns)
    : columns_(std::move(columns)),
      has_data_columns_(
          std::any_of(columns_.begin(), columns_.end(), [](const Column& column) { return !column.data_key.empty(); })),
      values_(columns_.size()) {}

Result<void> RowWriter::append(std::string& out, CheckedJson event) {
  TRY_ASSIGN(const codec::EventMembers members, codec::locate_members(event));
  if (has_data_columns_) read_data(members[Member::kEventData]);
  ++rows_;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) out += ',';
    const Column& column = columns_[i];
    const CheckedJson value = column.is_extra           ? extra_of(members)
                              : column.data_key.empty() ? members[column.member]
                                                        : find_in_data(column.data_key);
    if (append_value(out, value)) ++values_[i];
  }
  out += kCsvRowEnd;
  return {};
}

std::vector<RowWriter::EmptyColumn> RowWriter::empty_columns() const {
  std::vector<EmptyColumn> empty;
  const std::vector<std::string> names(names_.begin(), names_.end());
  for (std::size_t i = 0; i < columns_.size() && rows_ > 0; ++i) {
    if (values_[i] > 0) continue;
    const std::string& key = columns_[i].data_key;
    const auto meant = key.empty() ? std::nullopt : base::nearest(key, names);
    empty.push_back({columns_[i].name, meant && *meant != key ? std::string(kDataPrefix) + *meant : ""});
  }
  return empty;
}

std::vector<std::string> RowWriter::missing_columns() const {
  std::vector<std::string> missing;
  for (const std::string& name : names_) {
    // Members of members are known for the sake of what was meant.
    const bool is_there = std::any_of(columns_.begin(), columns_.end(),
                                      [&name](const Column& column) { return column.data_key == name; });
    if (!is_there && name.find('.') == std::string::npos) missing.push_back(std::string(kDataPrefix) + name);
  }
  return missing;
}

// Each member of event_data once, so that many columns do not read it again each.
void RowWriter::read_data(CheckedJson data) {
  data_size_ = 0;
  if (!data.is_object()) return;
  for (codec::MemberScanner scan(data); scan.next();) {
    if (data_size_ == data_.size()) data_.emplace_back();
    data_[data_size_++] = {std::string(scan.name()), scan.value()};
    note_name("", scan.name());
  }
}

// A member of that name; else what the steps between dots lead to. Of a name that stands there twice the last counts.
CheckedJson RowWriter::find_in_data(std::string_view key) {
  CheckedJson found;
  std::size_t length = 0;
  for (std::size_t i = 0; i < data_size_; ++i) {
    const auto& [name, value] = data_[i];
    if (name == key) return value;
    const bool leads_there = key.size() > name.size() && key[name.size()] == '.' && key.starts_with(name);
    if (!leads_there || name.size() < length) continue;
    length = name.size();
    found = value;
  }
  return length == 0 ? CheckedJson() : find_path(found, key, length + 1, 0);
}

// A name that a column could have been meant by, or should have.
void RowWriter::note_name(std::string_view before, std::string_view name) {
  if (names_.size() >= kNamesMax) return;
  if (!before.empty()) {
    names_.emplace(std::string(before) + std::string(name));
  } else if (names_.find(name) == names_.end()) {
    names_.emplace(name);
  }
}

// Steps into an object, also into one that is written in a text, as attributes are; `at` is where the next step begins
// in the key.
CheckedJson RowWriter::find_path(CheckedJson from, std::string_view key, std::size_t at, std::size_t depth) {
  constexpr std::size_t kDepthMax = 16;
  if (depth == kDepthMax) return {};
  if (from.is_string()) {
    const auto text = from.string();
    if (checkers_.size() == depth) checkers_.push_back(std::make_unique<codec::JsonChecker>());
    if (!text || text->empty() || text->front() != '{') return {};
    const auto checked = checkers_[depth]->check(*text, model::Limits().nesting_max);
    return checked ? find_path(*checked, key, at, depth + 1) : CheckedJson();
  }
  if (!from.is_object()) return {};
  const std::string_view path = key.substr(at);
  CheckedJson found;
  CheckedJson step;
  std::size_t length = 0;
  for (codec::MemberScanner scan(from); scan.next();) {
    const std::string_view name = scan.name();
    if (name == path) found = scan.value();
    if (path.size() > name.size() && path[name.size()] == '.' && path.starts_with(name) && name.size() >= length) {
      length = name.size();
      step = scan.value();
    }
  }
  if (!found.text().empty()) return found;
  if (length > 0) return find_path(step, key, at + length + 1, depth);
  for (codec::MemberScanner scan(from); scan.next();) note_name(key.substr(0, at), scan.name());
  return {};
}

// Whether there was a value.
bool RowWriter::append_value(std::string& out, CheckedJson value) {
  if (value.text().empty() || value.is_null()) return false;
  if (const auto plain = value.plain_string()) {
    append_csv_field(out, *plain);
  } else if (const auto text = value.string()) {
    append_csv_field(out, *text);
  } else {
    append_csv_field(out, value.text());
  }
  return true;
}

}  // namespace waybill::transfer
