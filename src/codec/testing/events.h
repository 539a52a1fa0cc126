#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "codec/event_json.h"
#include "codec/json_scan.h"
#include "codec/record.h"
#include "model/event.h"

namespace waybill::codec::testing {

constexpr std::string_view kAccount = "AC00000000000000000000000000000001";
constexpr std::string_view kWorkspace = "WS00000000000000000000000000000002";
constexpr std::string_view kNewSid = "EV00000000000000000000000000000abc";

// An arrival in kWorkspace for kAccount; an event without a sid gets kNewSid.
inline Arrival arrival() {
  return {std::string(kAccount), std::string(kWorkspace), [] { return *model::EventSid::parse(kNewSid); }};
}

inline base::Result<model::Event> decode(std::string_view json, const model::Limits& limits = {}) {
  JsonChecker checker;
  const auto checked = checker.check(json, limits.nesting_max);
  EXPECT_TRUE(checked) << json << " " << checked.error().message();
  return decode_event(*checked, arrival(), limits);
}

// An event's JSON as the API shows it on the base `https://h`.
inline std::string shown(const model::Event& event, TaskAttributes attributes = TaskAttributes::kShown) {
  std::string out;
  const auto done = append_shown(out, event.record, "https://h", attributes);
  EXPECT_TRUE(done) << done.error().message();
  return out;
}

using Members = std::vector<std::pair<std::string, std::string>>;

// The members of a JSON object in their order: names with escapes undone, values as they stand.
inline Members members_of(std::string_view json) {
  JsonChecker checker;
  const auto checked = checker.check(json, 1000);
  EXPECT_TRUE(checked && checked->is_object()) << json;
  Members out;
  for (MemberScanner scan(*checked); scan.next();) out.emplace_back(scan.name(), scan.value().text());
  return out;
}

// The value of a member as it stands; `(none)` if there is none.
inline std::string member_of(std::string_view json, std::string_view name) {
  for (const auto& [key, value] : members_of(json)) {
    if (key == name) return value;
  }
  return "(none)";
}

}  // namespace waybill::codec::testing
