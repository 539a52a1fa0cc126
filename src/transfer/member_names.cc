#include "transfer/member_names.h"

#include <algorithm>
#include <cstring>

#include "base/strings.h"
#include "codec/json_writer.h"
#include "model/limits.h"

namespace waybill::transfer {
namespace {

using codec::CheckedJson;
using codec::Member;

// The letters and digits of a name, without case.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '_' && c != '-' && c != ' ') plain += c;
  }
  return base::to_lower(plain);
}

// What json_encode makes of a DateTime: {"date":"2026-11-23 10:00:05.000000","timezone_type":3,"timezone":"UTC"}. The
// text of the time if it is one in UTC.
std::optional<std::string> php_date(CheckedJson value) {
  if (!value.is_object()) return std::nullopt;
  std::string date;
  std::string zone;
  for (codec::MemberScanner scan(value); scan.next();) {
    if (scan.name() == "date") date = scan.value().string().value_or("");
    if (scan.name() == "timezone") zone = scan.value().string().value_or("");
  }
  constexpr std::size_t kToMilliseconds = std::string_view("2026-11-23 10:00:05.000").size();
  constexpr std::size_t kBlankAt = std::string_view("2026-11-23").size();
  if ((zone != "UTC" && zone != "Z" && zone != "+00:00") || date.size() <= kBlankAt) return std::nullopt;
  date[kBlankAt] = 'T';
  return date.substr(0, kToMilliseconds) + "Z";
}

}  // namespace

std::optional<Member> find_member_spelled(std::string_view name) {
  const std::string plain = plain_name(name);
  for (std::size_t i = 0; i < codec::kMemberCount; ++i) {
    if (plain_name(codec::name_of(static_cast<Member>(i))) == plain) return static_cast<Member>(i);
  }
  return std::nullopt;
}

std::optional<std::string_view> LibraryObjects::translate(std::string_view text) {
  // Seen in every line, so that it is cheap; the first letter is a capital in some libraries.
  constexpr std::string_view kTold = "orkspaceSid\"";
  if (memmem(text.data(), text.size(), kTold.data(), kTold.size()) == nullptr) return std::nullopt;
  const auto object = checker_.check(text, model::Limits().nesting_max);
  if (!object || !object->is_object()) return std::nullopt;
  bool is_library = false;
  event_.clear();
  for (codec::MemberScanner scan(*object); scan.next();) {
    const auto member = find_member_spelled(scan.name());
    const std::string_view name = member ? codec::name_of(*member) : scan.name();
    if (member == Member::kWorkspaceSid) {
      if (scan.name() == name) return std::nullopt;
      is_library = true;
    }
    event_ += event_.empty() ? '{' : ',';
    codec::append_json_string(event_, name);
    event_ += ':';
    const auto date = member == Member::kEventDate ? php_date(scan.value()) : std::nullopt;
    if (date) {
      codec::append_json_string(event_, *date);
    } else {
      event_ += scan.value().text();
    }
  }
  if (!is_library) return std::nullopt;
  event_ += '}';
  return event_;
}

}  // namespace waybill::transfer
