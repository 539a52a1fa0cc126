#include "transfer/member_names.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/strings.h"
#include "codec/json_grammar.h"
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

// The value that begins there in the clean text, as it came: what is no text in it is for the import to see.
std::string_view raw_value(const codec::CleanJson& cleaned, std::size_t place) {
  const auto at = std::lower_bound(cleaned.members.begin(), cleaned.members.end(), place,
                                   [](const codec::TopValue& one, std::size_t begin) { return one.begin < begin; });
  CHECK(at != cleaned.members.end() && at->begin == place);
  return at->raw;
}

// The name between two values of the clean text, as it came, if something in it was no text.
std::optional<std::string_view> find_raw_name(const codec::CleanJson& cleaned, std::size_t from, std::size_t to) {
  const auto at =
      std::lower_bound(cleaned.replaced.begin(), cleaned.replaced.end(), from,
                       [](const codec::ReplacedString& one, std::size_t begin) { return one.begin < begin; });
  if (at == cleaned.replaced.end() || at->begin >= to) return std::nullopt;
  return at->raw;
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
  const codec::CleanJson* const cleaned = checker_.cleaned();
  std::size_t value_end = 0;  // of the member before, in the clean text
  for (codec::MemberScanner scan(*object); scan.next();) {
    const auto member = find_member_spelled(scan.name());
    const std::string_view name = member ? codec::name_of(*member) : scan.name();
    if (member == Member::kWorkspaceSid) {
      if (scan.name() == name) return std::nullopt;
      is_library = true;
    }
    event_ += event_.empty() ? '{' : ',';
    const auto place = static_cast<std::size_t>(scan.value().text().data() - object->text().data());
    const auto raw_name = cleaned == nullptr ? std::nullopt : find_raw_name(*cleaned, value_end, place);
    value_end = place + scan.value().text().size();
    if (raw_name) {
      event_ += *raw_name;
    } else {
      codec::append_json_string(event_, name);
    }
    event_ += ':';
    const auto date = member == Member::kEventDate ? php_date(scan.value()) : std::nullopt;
    if (date) {
      codec::append_json_string(event_, *date);
    } else {
      event_ += cleaned == nullptr ? scan.value().text() : raw_value(*cleaned, place);
    }
  }
  if (!is_library) return std::nullopt;
  event_ += '}';
  return event_;
}

}  // namespace waybill::transfer
