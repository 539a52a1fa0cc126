#pragma once

#include <array>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "codec/event_json.h"
#include "codec/event_members.h"
#include "codec/record.h"
#include "model/event.h"
#include "model/limits.h"
#include "model/sid.h"
#include "model/term.h"

namespace waybill::codec {

// kTooLarge for more bytes of JSON than an event may have.
base::Result<void> check_event_length(std::size_t bytes, const model::Limits& limits);

// Builds one event out of its members: checks them, fills in what is missing, renders the record. Used once; the
// members' text and `arrival` must outlive it.
class EventBuilder {
 public:
  EventBuilder(const EventMembers& members, const Arrival& arrival) : members_(members), arrival_(arrival) {}

  // The event as it is shown.
  base::Result<ShownEvent> show();
  // The event as it enters the log, with an extra as EventExtra::json() gives it.
  base::Result<model::Event> build(std::string extra);
  // What it is found by, without a record.
  base::Result<RecordDescription> describe();

 private:
  using Text = std::optional<std::string_view>;
  using PathIfMissing = std::optional<std::string> (EventBuilder::*)();

  std::string_view view_of(CheckedJson string);
  base::Result<Text> text(Member member);
  Text data_text(DataMember member);

  base::Result<void> check();
  base::Result<void> check_sids();
  base::Result<void> check_times();
  base::Result<void> check_data();
  base::Result<void> check_resource();
  base::Result<void> check_own_url(std::string_view own_path);
  void add_term(model::Dimension dimension, Text value);

  [[nodiscard]] std::string workspace_path() const;
  [[nodiscard]] std::optional<std::string> resource_path();
  [[nodiscard]] std::optional<std::string> actor_path();

  base::Result<void> render();
  base::Result<void> render_url(Member member, PathIfMissing path_if_missing, std::uint32_t& place);
  void render_text(Member member, Text value);
  base::Result<void> render_as_given(Member member);
  void render_data();
  [[nodiscard]] std::uint32_t here() const { return static_cast<std::uint32_t>(shown_.json.size()); }

  const EventMembers& members_;
  const Arrival& arrival_;

  std::forward_list<std::string> unescaped_;  // texts that views point to
  model::EventSid sid_{model::SidBytes{}};
  std::string_view sid_text_;
  std::string_view workspace_sid_;
  std::string_view account_sid_;
  Text actor_sid_;
  Text resource_sid_;
  Text event_type_;
  base::WallTime time_;
  base::WallTime date_;
  model::TermGatherer terms_;
  ShownEvent shown_;
};

}  // namespace waybill::codec
