#include "codec/event_extra.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "codec/json_bytes.h"
#include "codec/json_writer.h"

namespace waybill::codec {
namespace {

constexpr std::string_view kMembers = "members";
constexpr std::string_view kOriginals = "originals";

// How many bytes a text has inside a JSON string.
std::size_t json_length(std::string_view text) {
  constexpr std::size_t kEscapeMax = 6;
  std::size_t length = text.size();
  for (std::size_t at = find_special(text, 0); at < text.size(); at = find_special(text, at + 1)) {
    length += kEscapeMax - 1;
  }
  return length;
}

// The strings of the clean text from `begin` on that were replaced.
std::vector<ReplacedString>::const_iterator replaced_from(const CleanJson& json, std::size_t begin) {
  return std::lower_bound(json.replaced.begin(), json.replaced.end(), begin,
                          [](const ReplacedString& one, std::size_t at) { return one.begin < at; });
}

// One past the closing quote of the string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  at = find_special(text, at + 1);
  while (text[at] != '"') at = find_special(text, at + 2);
  return at + 1;
}

// The value with each string as it came.
std::string with_originals(CheckedJson value, const CleanJson& json) {
  std::size_t at = static_cast<std::size_t>(value.text().data() - json.text.data());
  const std::size_t end = at + value.text().size();
  std::string out;
  for (auto one = replaced_from(json, at); one != json.replaced.end() && one->begin < end; ++one) {
    out.append(json.text, at, one->begin - at).append(one->raw);
    at = end_of_string(json.text, one->begin);
  }
  return out.append(json.text, at, end - at);
}

// Finds the strings of a value that were replaced, and where they stand.
class ReplacedWalk {
 public:
  using Found = std::vector<std::pair<std::string, std::string_view>>;

  // `budget` is how many bytes of JSON the originals may take.
  ReplacedWalk(const CleanJson& json, std::size_t budget) : json_(json), budget_(budget) {}

  // The pointers and the strings; nothing if they take more. Strings may be many, and each has the whole way to it in
  // front.
  std::optional<Found> run(std::string_view pointer, CheckedJson value) {
    next_ = static_cast<std::size_t>(replaced_from(json_, place_of(value.text())) - json_.replaced.begin());
    pointer_ = pointer;
    pointer_length_ = json_length(pointer);
    look(value);
    if (is_spent_) return std::nullopt;
    return std::move(found_);
  }

 private:
  [[nodiscard]] std::size_t place_of(std::string_view text) const {
    return static_cast<std::size_t>(text.data() - json_.text.data());
  }
  [[nodiscard]] bool is_next_before(std::size_t end) const {
    return !is_spent_ && next_ < json_.replaced.size() && json_.replaced[next_].begin < end;
  }
  [[nodiscard]] bool is_next_inside(CheckedJson value) const {
    return is_next_before(place_of(value.text()) + value.text().size());
  }

  void take(std::string_view behind_pointer) {
    constexpr std::size_t kAround = 6;  // quotes, colon, comma
    const std::string_view raw = json_.replaced[next_++].raw;
    const std::size_t bytes = pointer_length_ + behind_pointer.size() + (raw.size() + 2) / 3 * 4 + kAround;
    is_spent_ = bytes > budget_;
    if (is_spent_) return;
    budget_ -= bytes;
    found_.emplace_back(pointer_ + std::string(behind_pointer), raw);
  }

  // Calls `act` with the pointer that much longer.
  template <class Act>
  void below(std::string_view step, Act act) {
    const std::size_t length = pointer_.size();
    const std::size_t json_length_before = pointer_length_;
    pointer_ += step;
    pointer_length_ += json_length(step);
    act();
    pointer_.resize(length);
    pointer_length_ = json_length_before;
  }

  // The text that was checked is nested no deeper than the limit, so this is not either.
  void look(CheckedJson value) {  // NOLINT(misc-no-recursion)
    if (!is_next_inside(value)) return;
    if (value.is_string()) return take("");
    if (value.is_array()) {
      std::size_t number = 0;
      for (ElementScanner scan(value); is_next_inside(value) && scan.next(); ++number) {
        if (!is_next_inside(scan.value())) continue;
        below("/" + std::to_string(number), [&] { look(scan.value()); });
      }
      return;
    }
    for (MemberScanner scan(value); is_next_inside(value) && scan.next();) {
      if (!is_next_inside(scan.value())) continue;
      below(child_pointer("", scan.name()), [&] {
        while (is_next_before(place_of(scan.value().text()))) take("#");
        look(scan.value());
      });
    }
  }

  const CleanJson& json_;
  std::size_t budget_;
  bool is_spent_ = false;
  std::size_t next_ = 0;
  std::string pointer_;
  std::size_t pointer_length_ = 0;  // in JSON
  Found found_;
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

void EventExtra::keep_originals(std::string_view pointer, CheckedJson value, const CleanJson& json) {
  constexpr std::size_t kTimes = 4;
  constexpr std::size_t kBytesMore = 256;
  const auto found = ReplacedWalk(json, kTimes * value.text().size() + kBytesMore).run(pointer, value);
  if (!found) return keep_original(pointer, with_originals(value, json));
  for (const auto& [where, raw] : *found) keep_original(where, raw);
}

void EventExtra::keep_original_of_name(std::string_view pointer, CheckedJson value, const CleanJson& json) {
  const auto place = static_cast<std::size_t>(value.text().data() - json.text.data());
  const auto behind = replaced_from(json, place);
  if (behind == json.replaced.begin()) return;
  const ReplacedString& before = *(behind - 1);
  // It is the name if it ends at the colon.
  if (end_of_string(json.text, before.begin) + 1 == place) {
    keep_original(std::string(pointer) + "#", before.raw);
  }
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
