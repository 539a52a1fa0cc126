#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/event_template.h"
#include "codec/json_grammar.h"
#include "codec/json_scan.h"
#include "model/limits.h"

namespace waybill::codec {

// The name under which an event's extra is exported, imported and shown.
constexpr std::string_view kExtraMember = "waybill_extra";

// How many bytes an extra may have. It is no part of the event's length: the largest event, all of it odd, must have
// room, and what was exported must come back.
constexpr std::size_t extra_bytes_max(const model::Limits& limits) {
  constexpr std::size_t kTimes = 8;
  return std::min(kTimes * limits.event_bytes_max, kJsonBytesMax);
}

// What the seventeen members of an event cannot hold, as one JSON object:
//
//     {"members":{"operating_unit_sid":"OU…","description":7},"originals":{"/event_data/worker_name":"ImN1dCBcdWQ4M2Qi"}}
//
// `members` are those that events do not have, and those whose values break their member's rule, as they came.
// `originals` are values whose text cannot be shown, or that are nested too deep: the bytes as they came, in base64,
// under the JSON Pointer (RFC 6901) of the value; under that and `#`, for the name of a member. Value type.
class EventExtra {
 public:
  // Of a name that is kept twice the last value counts.
  void keep_member(std::string_view name, std::string_view json);
  void keep_original(std::string_view pointer, std::string_view raw);
  // Keeps the original of each string inside `value` that was replaced; where these would take several times the bytes
  // of the value, that of the whole value, without insignificant white space. `pointer` is that of the value. REQUIRES:
  // the value is part of json.text.
  void keep_originals(std::string_view pointer, CheckedJson value, const CleanJson& json);

  // Keeps the original of the name of the member whose value that is, if it was replaced. REQUIRES: as above.
  void keep_original_of_name(std::string_view pointer, CheckedJson value, const CleanJson& json);

  // Begins with what json() gave. False, and nothing is changed, for anything else. REQUIRES: nothing was kept yet.
  bool take(CheckedJson extra);

  [[nodiscard]] bool is_empty() const { return members_.values.empty() && originals_.values.empty(); }
  // Nothing if there is nothing.
  [[nodiscard]] std::string json() const;

 private:
  // Names and JSON, in the order in which the names came.
  struct Values {
    std::vector<std::pair<std::string, std::string>> values;
    std::map<std::string, std::size_t, std::less<>> places;
    void set(std::string_view name, std::string json);
  };

  Values members_;
  Values originals_;
};

// `name` behind `pointer`, as JSON Pointers have it.
std::string child_pointer(std::string_view pointer, std::string_view name);

}  // namespace waybill::codec
