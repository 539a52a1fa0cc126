#include "codec/event_difference.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/strings.h"
#include "codec/record.h"

namespace waybill::codec {
namespace {

// What redaction leaves of attributes.
constexpr std::string_view kRedacted = "{}";

// Of a name that stands there twice the last value counts.
using Members = std::map<std::string, CheckedJson, std::less<>>;

Members members_of(CheckedJson object) {
  Members out;
  for (MemberScanner scan(object); scan.next();) out.insert_or_assign(std::string(scan.name()), scan.value());
  return out;
}

// A text in which U+FFFD stands once where it stands several times in a row: roads replace the same broken text by more
// of them or by fewer.
std::string without_repeated_replacements(std::string_view text) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(kReplacement, at), text.size());
    out += text.substr(at, end - at);
    if (end < text.size()) out += kReplacement;
    at = end;
    while (text.substr(at).starts_with(kReplacement)) at += kReplacement.size();
  }
  return out;
}

// Callbacks write a truth value as `False`, streams as `false`.
bool are_the_same_truth(std::string_view a, std::string_view b) {
  return base::equals_ignoring_case(a, b) &&
         (base::equals_ignoring_case(a, "true") || base::equals_ignoring_case(a, "false"));
}

bool texts_are_equal(const std::string& a, const std::string& b) {
  return a == b || are_the_same_truth(a, b) || without_repeated_replacements(a) == without_repeated_replacements(b);
}

// Whether the member that `scan` is at is the last of its name.
bool counts(const Members& members, const MemberScanner& scan) {
  const auto last = members.find(scan.name());
  return last != members.end() && last->second.text().data() == scan.value().text().data();
}

enum class Extent { kFirst, kAll };

// Walks through two events at once and notes where they differ.
class Comparison {
 public:
  // With kFirst it looks no further than for whether they differ at all.
  explicit Comparison(Extent extent) : extent_(extent) {}

  void compare_events(CheckedJson a, CheckedJson b) {
    if (!a.is_object() || !b.is_object()) return compare(a, b);
    compare_common(a, b, &Comparison::compare_member);
  }

  [[nodiscard]] const std::vector<EventDifference>& found() const { return found_; }
  // Whether there is more to tell than kDifferencesBytesMax; then not all was looked at.
  [[nodiscard]] bool is_too_much() const { return noted_bytes_ > kDifferencesBytesMax; }

 private:
  using CompareMember = void (Comparison::*)(std::string_view name, CheckedJson a, CheckedJson b);

  [[nodiscard]] bool is_done() const { return is_too_much() || (extent_ == Extent::kFirst && !found_.empty()); }

  void note(CheckedJson a, CheckedJson b) {
    found_.push_back({path_, std::string(a.text()), std::string(b.text())});
    noted_bytes_ += path_.size() + a.text().size() + b.text().size();
  }

  // Calls `look` with the path one name longer.
  template <class Look>
  void inside(std::string_view name, Look look) {
    const std::size_t length = path_.size();
    path_ += '/';
    for (const char c : name) {
      if (c == '~') {
        path_ += "~0";
      } else if (c == '/') {
        path_ += "~1";
      } else {
        path_ += c;
      }
    }
    look();
    path_.resize(length);
  }

  void compare(CheckedJson a, CheckedJson b) {
    if (is_done() || a.text() == b.text()) return;
    if (a.is_object() && b.is_object()) return compare_objects(a, b);
    const bool same = (a.is_string() && b.is_string() && texts_are_equal(*a.string(), *b.string())) ||
                      (a.is_array() && b.is_array() && arrays_are_equal(a, b));
    if (!same) note(a, b);
  }

  void compare_objects(CheckedJson a, CheckedJson b) {
    const Members own = members_of(a);
    Members rest = members_of(b);
    for (MemberScanner scan(a); !is_done() && scan.next();) {
      if (!counts(own, scan)) continue;
      const auto other = rest.find(scan.name());
      if (other == rest.end()) {
        inside(scan.name(), [&] { note(scan.value(), {}); });
      } else {
        inside(scan.name(), [&] { compare(scan.value(), other->second); });
        rest.erase(other);
      }
    }
    for (const Members::value_type& missing : rest) {
      if (is_done()) return;
      inside(missing.first, [&] { note({}, missing.second); });
    }
  }

  static bool arrays_are_equal(CheckedJson a, CheckedJson b) {
    ElementScanner scan_a(a);
    ElementScanner scan_b(b);
    for (;;) {
      const bool more_a = scan_a.next();
      const bool more_b = scan_b.next();
      if (more_a != more_b) return false;
      if (!more_a) return true;
      Comparison elements(Extent::kFirst);
      elements.compare(scan_a.value(), scan_b.value());
      if (!elements.found_.empty()) return false;
    }
  }

  // The members that both objects tell of.
  void compare_common(CheckedJson a, CheckedJson b, CompareMember compare_one) {
    const Members own = members_of(a);
    Members rest = members_of(b);
    for (MemberScanner scan(a); !is_done() && scan.next();) {
      if (!counts(own, scan)) continue;
      const auto other = rest.find(scan.name());
      if (other == rest.end()) continue;
      if (!scan.value().is_null() && !other->second.is_null()) {
        inside(scan.name(), [&] { (this->*compare_one)(scan.name(), scan.value(), other->second); });
      }
      rest.erase(other);
    }
  }

  void compare_member(std::string_view name, CheckedJson a, CheckedJson b) {
    if (name == "source_ip_address") return;
    if (name != "event_data" || !a.is_object() || !b.is_object()) return compare(a, b);
    compare_common(a, b, &Comparison::compare_data_member);
  }

  void compare_data_member(std::string_view name, CheckedJson a, CheckedJson b) {
    if (name.ends_with("attributes") && a.is_string() && b.is_string()) return compare_attributes(name, a, b);
    compare(a, b);
  }

  // Texts that are equal as JSON, or of which one is what redaction leaves, do not differ.
  void compare_attributes(std::string_view name, CheckedJson a, CheckedJson b) {
    const std::string text_a = *a.string();
    const std::string text_b = *b.string();
    if (text_a == text_b) return;
    const auto tells_nothing = [](const std::string& text) { return text.empty() || text == kRedacted; };
    if (name == "task_attributes" && (tells_nothing(text_a) || tells_nothing(text_b))) return;
    JsonChecker checker_a;
    JsonChecker checker_b;
    const auto json_a = checker_a.check(text_a, kStoredNestingMax);
    const auto json_b = checker_b.check(text_b, kStoredNestingMax);
    if (!json_a || !json_b) return note(a, b);
    compare(*json_a, *json_b);
  }

  const Extent extent_;
  std::string path_;
  std::vector<EventDifference> found_;
  std::size_t noted_bytes_ = 0;
};

}  // namespace

bool events_differ(std::string_view record_a, std::string_view record_b) {
  if (record_a == record_b) return false;
  const auto a = decode_record(record_a);
  const auto b = decode_record(record_b);
  if (!a || !b) return true;
  JsonChecker checker_a;
  JsonChecker checker_b;
  const auto json_a = checker_a.check(a->json, kStoredNestingMax);
  const auto json_b = checker_b.check(b->json, kStoredNestingMax);
  if (!json_a || !json_b) return true;
  Comparison comparison(Extent::kFirst);
  comparison.compare_events(*json_a, *json_b);
  return !comparison.found().empty();
}

std::vector<EventDifference> differences_of(CheckedJson a, CheckedJson b) {
  Comparison comparison(Extent::kAll);
  comparison.compare_events(a, b);
  if (comparison.is_too_much()) return {{"", std::string(a.text()), std::string(b.text())}};
  return comparison.found();
}

}  // namespace waybill::codec
