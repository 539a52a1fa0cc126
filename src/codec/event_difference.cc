#include "codec/event_difference.h"

#include <functional>
#include <map>
#include <string>

#include "codec/json_scan.h"
#include "codec/record.h"

namespace waybill::codec {
namespace {

// What was checked on its way in may be nested this deep at most; records are read back without a limit of their own.
constexpr std::size_t kNestingMax = 1024;

bool values_differ(CheckedJson a, CheckedJson b);

bool objects_differ(CheckedJson a, CheckedJson b) {
  // A name may stand there twice; then its values are compared in their order.
  std::multimap<std::string, CheckedJson, std::less<>> rest;
  for (MemberScanner scan(b); scan.next();) rest.emplace(scan.name(), scan.value());
  for (MemberScanner scan(a); scan.next();) {
    const auto other = rest.lower_bound(scan.name());
    if (other == rest.end() || other->first != scan.name() || values_differ(scan.value(), other->second)) return true;
    rest.erase(other);
  }
  return !rest.empty();
}

bool arrays_differ(CheckedJson a, CheckedJson b) {
  ElementScanner scan_a(a);
  ElementScanner scan_b(b);
  for (;;) {
    const bool more_a = scan_a.next();
    const bool more_b = scan_b.next();
    if (more_a != more_b) return true;
    if (!more_a) return false;
    if (values_differ(scan_a.value(), scan_b.value())) return true;
  }
}

bool values_differ(CheckedJson a, CheckedJson b) {
  if (a.text() == b.text()) return false;
  if (a.is_object() && b.is_object()) return objects_differ(a, b);
  if (a.is_array() && b.is_array()) return arrays_differ(a, b);
  if (a.is_string() && b.is_string()) return a.string() != b.string();
  return true;
}

// Texts that are equal as JSON, or of which one is what redaction leaves.
bool attributes_differ(std::string_view name, CheckedJson a, CheckedJson b) {
  const auto text_a = a.string();
  const auto text_b = b.string();
  if (!text_a || !text_b) return values_differ(a, b);
  if (*text_a == *text_b) return false;
  constexpr std::string_view kRedacted = "{}";
  if (name == "task_attributes" && (text_a->empty() || text_b->empty() || text_a == kRedacted || text_b == kRedacted)) {
    return false;
  }
  JsonChecker checker_a;
  JsonChecker checker_b;
  const auto json_a = checker_a.check(*text_a, kNestingMax);
  const auto json_b = checker_b.check(*text_b, kNestingMax);
  return !json_a || !json_b || values_differ(*json_a, *json_b);
}

using Differ = bool (*)(std::string_view name, CheckedJson a, CheckedJson b);

// Whether a member that both objects have differs. A name that stands there twice is compared in its order.
bool common_members_differ(CheckedJson a, CheckedJson b, Differ differ) {
  std::multimap<std::string, CheckedJson, std::less<>> rest;
  for (MemberScanner scan(b); scan.next();) rest.emplace(scan.name(), scan.value());
  for (MemberScanner scan(a); scan.next();) {
    const auto other = rest.lower_bound(scan.name());
    if (other == rest.end() || other->first != scan.name()) continue;
    const bool is_told_by_both = !scan.value().is_null() && !other->second.is_null();
    if (is_told_by_both && differ(scan.name(), scan.value(), other->second)) return true;
    rest.erase(other);
  }
  return false;
}

bool data_member_differs(std::string_view name, CheckedJson a, CheckedJson b) {
  return name.ends_with("attributes") ? attributes_differ(name, a, b) : values_differ(a, b);
}

bool event_member_differs(std::string_view name, CheckedJson a, CheckedJson b) {
  if (name == "source_ip_address") return false;
  if (name == "event_data" && a.is_object() && b.is_object()) return common_members_differ(a, b, data_member_differs);
  return values_differ(a, b);
}

}  // namespace

bool events_differ(std::string_view record_a, std::string_view record_b) {
  if (record_a == record_b) return false;
  const auto a = decode_record(record_a);
  const auto b = decode_record(record_b);
  if (!a || !b) return true;
  JsonChecker checker_a;
  JsonChecker checker_b;
  const auto json_a = checker_a.check(a->json, kNestingMax);
  const auto json_b = checker_b.check(b->json, kNestingMax);
  if (!json_a || !json_b) return true;
  if (json_a->is_object() && json_b->is_object()) return common_members_differ(*json_a, *json_b, event_member_differs);
  return values_differ(*json_a, *json_b);
}

}  // namespace waybill::codec
