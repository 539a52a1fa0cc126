#pragma once

#include <cstddef>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/event_extra.h"
#include "codec/event_json.h"
#include "codec/event_members.h"
#include "codec/json_grammar.h"
#include "codec/json_scan.h"
#include "model/limits.h"

namespace waybill::codec {

// The members of one event, as the rules of the road that it came by take them (codec/rules.h), and its extra. This is
// where the rules are told apart: what EventBuilder gets of it is an event by the strict ones, or is refused. What is
// given to the constructor must outlive it.
class RuledMembers {
 public:
  // `cleaned` is what the check of `event` has replaced, if it did.
  RuledMembers(CheckedJson event, const CleanJson* cleaned, const Arrival& arrival, const model::Limits& limits)
      : event_(event), cleaned_(cleaned), arrival_(arrival), limits_(limits) {}
  // The same of members that were located elsewhere, with an extra; locate() must not be called then.
  RuledMembers(const EventMembers& members, const EventExtra& extra, const Arrival& arrival,
               const model::Limits& limits)
      : cleaned_(nullptr), arrival_(arrival), limits_(limits), members_(members), extra_(extra) {}

  // Finds the members. By kLenient, what has no place among the seventeen or is nested too deep goes into the extra.
  // kInvalidArgument for what is no object, and by kStrict for what locate_members refuses and for an extra that no
  // export wrote; kTooLarge for more bytes than an event may have.
  base::Result<void> locate();

  // Puts into the extra what breaks the rule of its member, unless the event cannot be told apart without: its own sid,
  // another workspace, and its time if no other member has one. REQUIRES: kLenient, and locate() was called.
  void set_aside();

  [[nodiscard]] const EventMembers& members() const { return members_; }
  // kTooLarge for one of more than extra_bytes_max.
  [[nodiscard]] base::Result<std::string> extra() const;
  // The distinct names of members that events do not have: the first few, and how many there are.
  [[nodiscard]] const std::vector<std::string>& unknown() const { return unknown_; }
  [[nodiscard]] std::size_t unknown_count() const { return unknown_count_; }

 private:
  base::Result<void> check_length() const;
  base::Result<void> take_others();
  void take_deep_members();
  void take_originals();
  void take_last_of_each_name();
  void write_data_that_is_asked_for();
  void take_data_of_text(std::string_view text);

  [[nodiscard]] CheckedJson& at(Member member) { return members_.members[static_cast<std::size_t>(member)]; }
  [[nodiscard]] std::string_view raw_of(CheckedJson value) const;
  [[nodiscard]] bool holds(Member member) const;
  void set_aside(Member member);
  void set_aside_times();

  const CheckedJson event_;
  const CleanJson* const cleaned_;
  const Arrival& arrival_;
  const model::Limits& limits_;

  EventMembers members_;
  EventExtra extra_;
  std::vector<std::string> unknown_;
  std::size_t unknown_count_ = 0;
  std::forward_list<std::string> written_;  // values that were written anew
};

}  // namespace waybill::codec
