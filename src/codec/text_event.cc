#include "codec/text_event.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/strings.h"
#include "codec/event_builder.h"
#include "codec/json_grammar.h"
#include "codec/json_writer.h"
#include "codec/ruled_members.h"

namespace waybill::codec {
namespace {

std::size_t index_of(Member member) { return static_cast<std::size_t>(member); }

}  // namespace

TextEvent::TextEvent() {
  constexpr std::size_t kLengthUsual = 1024;
  json_.reserve(kLengthUsual);
}

void TextEvent::tell(Member member, std::string_view text) {
  write_key(member);
  members_[index_of(member)] = write_text(text, name_of(member));
}

void TextEvent::tell_unless_empty(Member member, std::string_view text) {
  if (!text.empty()) tell(member, text);
}

void TextEvent::tell_time(std::int64_t event_date_ms) {
  write_key(Member::kEventDateMs);
  const std::string digits = std::to_string(event_date_ms);
  members_[index_of(Member::kEventDateMs)] = {json_.size(), digits.size()};
  json_ += digits;
}

void TextEvent::begin_data() {
  write_key(Member::kEventData);
  members_[index_of(Member::kEventData)].begin = json_.size();
  is_in_data_ = true;
  json_ += '{';
}

void TextEvent::tell_data(std::string_view name, std::string_view text) {
  if (json_.back() != '{') json_ += ',';
  append_json_string(json_, name);
  json_ += ':';
  const Place place = write_text(text, name);
  if (const auto known = find_data_member(name)) data_[static_cast<std::size_t>(*known)] = place;
}

void TextEvent::end_data() {
  is_in_data_ = false;
  json_ += '}';
  Place& data = members_[index_of(Member::kEventData)];
  data.length = json_.size() - data.begin;
}

base::Result<model::Event> TextEvent::build(const Arrival& arrival, const model::Limits& limits) const {
  constexpr std::size_t kLastBrace = 1;
  TRY(check_event_length(json_.size() + kLastBrace, limits));
  EventMembers members;
  for (std::size_t i = 0; i < kMemberCount; ++i) members.members[i] = at(members_[i]);
  for (std::size_t i = 0; i < kDataMemberCount; ++i) members.data[i] = at(data_[i]);
  RuledMembers ruled(members, extra_, arrival, limits);
  TRY_ASSIGN(std::string extra, ruled.extra());
  auto event = EventBuilder(members, arrival).build(std::move(extra));
  const bool may_be_mended =
      arrival.rules == Rules::kLenient && !event && event.error().code() == base::ErrorCode::kInvalidArgument;
  if (!may_be_mended) return event;
  ruled.set_aside();
  TRY_ASSIGN(extra, ruled.extra());
  return EventBuilder(ruled.members(), arrival).build(std::move(extra));
}

// The keys of the table begin with what separates them in the order of the API.
void TextEvent::write_key(Member member) {
  json_ += json_.empty() ? '{' : ',';
  json_ += key_of(member).substr(1);
}

TextEvent::Place TextEvent::write_text(std::string_view text, std::string_view name) {
  const std::size_t begin = json_.size();
  append_json_string(json_, text);
  if (base::is_utf8(text)) return {begin, json_.size() - begin};
  CleanJson clean;
  CHECK(read_json(std::string_view(json_).substr(begin), clean));
  extra_.keep_original(child_pointer(is_in_data_ ? "/event_data" : "", name), text);
  json_.replace(begin, std::string::npos, clean.text);
  return {begin, json_.size() - begin};
}

CheckedJson TextEvent::at(const Place& place) const {
  return CheckedJson(std::string_view(json_).substr(place.begin, place.length));
}

}  // namespace waybill::codec
