#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/event_extra.h"
#include "codec/event_json.h"
#include "codec/event_members.h"
#include "model/event.h"
#include "model/limits.h"

namespace waybill::codec {

// An event whose values are texts, told member by member, as webhooks bring them. It is written as JSON, and it is
// known where each value stands, so that nobody has to read that JSON again. Value type.
class TextEvent {
 public:
  TextEvent();

  // A member of the event other than the two below. What of `text` is no UTF-8 becomes U+FFFD, and is kept beside the
  // event. REQUIRES: no member is told twice.
  void tell(Member member, std::string_view text);
  void tell_unless_empty(Member member, std::string_view text);
  void tell_time(std::int64_t event_date_ms);

  // The members of event_data, between the two. REQUIRES: as above, and `name` is UTF-8; both are called once.
  void begin_data();
  void tell_data(std::string_view name, std::string_view text);
  void end_data();

  // What is kept beside the event.
  [[nodiscard]] EventExtra& extra() { return extra_; }

  // The event that decode_event makes of json() by the rules of `arrival`, with its errors.
  [[nodiscard]] base::Result<model::Event> build(const Arrival& arrival, const model::Limits& limits) const;

  // What was told, in its order.
  [[nodiscard]] std::string json() const { return json_ + '}'; }

 private:
  struct Place {
    std::size_t begin = 0;
    std::size_t length = 0;  // 0: there is no such value
  };

  void write_key(Member member);
  Place write_text(std::string_view text, std::string_view name);
  [[nodiscard]] CheckedJson at(const Place& place) const;

  EventExtra extra_;
  bool is_in_data_ = false;
  std::string json_;  // without its last brace
  std::array<Place, kMemberCount> members_;
  std::array<Place, kDataMemberCount> data_;
};

}  // namespace waybill::codec
