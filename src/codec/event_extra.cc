#include "codec/event_extra.h"

#include <algorithm>

#include "base/bytes.h"
#include "codec/json_bytes.h"
#include "codec/json_writer.h"

namespace waybill::codec {
namespace {

constexpr std::string_view kMembers = "members";
constexpr std::string_view kOriginals = "originals";

// Goes through a value, and calls `keep` for each string of it that was replaced.
template <class Keep>
class ReplacedWalk {
 public:
  ReplacedWalk(const CleanJson& json, Keep keep) : json_(json), keep_(keep) {}

  void run(const std::string& pointer, CheckedJson value) {
    const std::size_t begin = place_of(value.text());
    const auto first = std::lower_bound(json_.replaced.begin(), json_.replaced.end(), begin,
                                        [](const ReplacedString& one, std::size_t at) { return one.begin < at; });
    next_ = static_cast<std::size_t>(first - json_.replaced.begin());
    look(pointer, value);
  }

 private:
  [[nodiscard]] std::size_t place_of(std::string_view text) const {
    return static_cast<std::size_t>(text.data() - json_.text.data());
  }
  [[nodiscard]] bool is_next_before(std::size_t end) const {
    return next_ < json_.replaced.size() && json_.replaced[next_].begin < end;
  }
  void take(const std::string& pointer) { keep_(pointer, json_.replaced[next_++].raw); }

  // The text that was checked is nested no deeper than the limit, so this is not either.
  void look(const std::string& pointer, CheckedJson value) {  // NOLINT(misc-no-recursion)
    if (!is_next_before(place_of(value.text()) + value.text().size())) return;
    if (value.is_string()) return take(pointer);
    if (value.is_array()) {
      std::size_t number = 0;
      for (ElementScanner scan(value); scan.next(); ++number) {
        look(pointer + "/" + std::to_string(number), scan.value());
      }
      return;
    }
    for (MemberScanner scan(value); scan.next();) {
      const std::size_t at = place_of(scan.value().text());
      if (!is_next_before(at + scan.value().text().size())) continue;
      const std::string child = child_pointer(pointer, scan.name());
      while (is_next_before(at)) take(child + "#");
      look(child, scan.value());
    }
  }

  const CleanJson& json_;
  Keep keep_;
  std::size_t next_ = 0;
};

bool is_object_of_texts(CheckedJson value) {
  if (!value.is_object()) return false;
  for (MemberScanner scan(value); scan.next();) {
    if (!scan.value().is_string()) return false;
  }
  return true;
}

}  // namespace

void EventExtra::Values::set(std::string_view name, std::string json) {
  const auto [at, is_new] = places.emplace(name, values.size());
  if (is_new) {
    values.emplace_back(name, std::move(json));
  } else {
    values[at->second].second = std::move(json);
  }
}

void EventExtra::keep_member(std::string_view name, std::string_view json) { members_.set(name, std::string(json)); }

void EventExtra::keep_original(std::string_view pointer, std::string_view raw) {
  std::string json;
  append_json_string(json, base::to_base64(raw));
  originals_.set(pointer, std::move(json));
}

void EventExtra::keep_originals(const std::string& pointer, CheckedJson value, const CleanJson& json) {
  ReplacedWalk walk(json, [this](const std::string& where, std::string_view raw) { keep_original(where, raw); });
  walk.run(pointer, value);
}

void EventExtra::keep_original_of_name(std::string_view pointer, CheckedJson value, const CleanJson& json) {
  const auto place = static_cast<std::size_t>(value.text().data() - json.text.data());
  const auto behind = std::lower_bound(json.replaced.begin(), json.replaced.end(), place,
                                       [](const ReplacedString& one, std::size_t at) { return one.begin < at; });
  if (behind == json.replaced.begin()) return;
  const ReplacedString& before = *(behind - 1);
  // It is the name if it ends at the colon.
  std::size_t at = find_special(json.text, before.begin + 1);
  while (json.text[at] != '"') at = find_special(json.text, at + 2);
  if (at + 2 == place) keep_original(std::string(pointer) + "#", before.raw);
}

bool EventExtra::take(CheckedJson extra) {
  if (!extra.is_object()) return false;
  CheckedJson members;
  CheckedJson originals;
  for (MemberScanner scan(extra); scan.next();) {
    if (scan.name() == kMembers && scan.value().is_object()) {
      members = scan.value();
    } else if (scan.name() == kOriginals && is_object_of_texts(scan.value())) {
      originals = scan.value();
    } else {
      return false;
    }
  }
  if (members.is_object()) {
    for (MemberScanner scan(members); scan.next();) members_.set(scan.name(), std::string(scan.value().text()));
  }
  if (originals.is_object()) {
    for (MemberScanner scan(originals); scan.next();) originals_.set(scan.name(), std::string(scan.value().text()));
  }
  return true;
}

std::string EventExtra::json() const {
  std::string out;
  if (is_empty()) return out;
  JsonWriter writer(out);
  const auto write = [&writer](std::string_view name, const Values& values) {
    if (values.values.empty()) return;
    writer.key(name).begin_object();
    for (const auto& [key, json] : values.values) writer.key(key).raw(json);
    writer.end_object();
  };
  writer.begin_object();
  write(kMembers, members_);
  write(kOriginals, originals_);
  writer.end_object();
  return out;
}

std::string child_pointer(std::string_view pointer, std::string_view name) {
  std::string out(pointer);
  out += '/';
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace waybill::codec
