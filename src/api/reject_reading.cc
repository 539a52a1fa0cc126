#include "api/reject_reading.h"

#include <utility>

#include "base/strings.h"
#include "codec/event_json.h"
#include "codec/json_scan.h"
#include "webhook/callback_form.h"
#include "webhook/cloud_event.h"

namespace waybill::api {
namespace {

// Whether an element of this road that has no sid gets one. The others are told again and again, and would be new each
// time.
bool gets_sid(store::RejectRoad road) { return road == store::RejectRoad::kImport || road == store::RejectRoad::kPost; }

// Of a repeated name the last counts.
std::string text_of(codec::CheckedJson object, std::string_view name) {
  std::string text;
  for (codec::MemberScanner scan(object); scan.next();) {
    if (scan.name() == name) text = scan.value().string().value_or("");
  }
  return text;
}

}  // namespace

// Where an event goes.
struct RejectReader::Home {
  store::Unit unit;
  codec::Arrival arrival;

  base::Result<store::Unit> with(base::Result<model::Event> event) && {
    if (!event) return std::move(event).error();
    unit.events.push_back(*std::move(event));
    return std::move(unit);
  }
};

base::Result<model::Account> RejectReader::account_of(const store::Reject& reject, const RejectAid& aid,
                                                      std::string_view told) const {
  if (aid.account) return *aid.account;
  TRY_ASSIGN(const auto accounts, registry_.accounts());
  for (const model::Account& account : accounts) {
    const bool is_meant =
        reject.account ? account.number == *reject.account : base::equals_ignoring_case(account.sid.to_text(), told);
    if (is_meant) return account;
  }
  return base::invalid_argument("account_sid: " + (told.empty() ? "is missing" : base::quoted_for_message(told)) +
                                ", which is no account of this server; name one");
}

base::Result<RejectReader::Home> RejectReader::home_of(const store::Reject& reject, const RejectAid& aid,
                                                       std::string_view account_text,
                                                       std::string_view workspace_text) const {
  TRY_ASSIGN(const model::Account account, account_of(reject, aid, account_text));
  std::string text = aid.workspace ? aid.workspace->to_text() : std::string(workspace_text);
  if (text.empty()) text = reject.workspace_text;
  const auto workspace = model::WorkspaceSid::parse(text);
  if (!workspace) {
    if (text.empty()) return base::invalid_argument("workspace_sid: is missing; name one");
    return base::invalid_argument("workspace_sid: " + base::quoted_for_message(text) + " " +
                                  workspace.error().message());
  }
  const auto known = registry_.find_workspace(account.number, *workspace);
  codec::Arrival arrival{account.sid.to_text(), known ? known->sid_text : text,
                         [this] { return model::EventSid(random_.bytes<sizeof(model::SidBytes)>()); },
                         codec::Rules::kLenient};
  store::Unit unit{account.number, *workspace, arrival.workspace_sid, reject.arrived, {}};
  return Home{std::move(unit), std::move(arrival)};
}

base::Result<store::Unit> RejectReader::read_json(const store::Reject& reject, const RejectAid& aid) const {
  codec::JsonChecker checker;
  TRY_ASSIGN(const codec::CheckedJson json, checker.check_of_any_nesting(reject.body));
  if (!json.is_object()) return base::invalid_argument("an event is a JSON object");
  TRY_ASSIGN(Home home, home_of(reject, aid, text_of(json, "account_sid"), text_of(json, "workspace_sid")));
  if (!gets_sid(reject.road)) home.arrival.new_event_sid = nullptr;
  auto event = codec::decode_event_text(reject.body, home.arrival, limits_);
  return std::move(home).with(std::move(event));
}

base::Result<store::Unit> RejectReader::read_form(const store::Reject& reject, const RejectAid& aid) const {
  TRY_ASSIGN(const http::Parameters form, webhook::decode_form(reject.body));
  TRY_ASSIGN(Home home, home_of(reject, aid, webhook::find_parameter(form, "AccountSid"),
                                webhook::find_parameter(form, "WorkspaceSid")));
  auto event = webhook::decode_callback(form, home.arrival, limits_);
  return std::move(home).with(std::move(event));
}

base::Result<store::Unit> RejectReader::read_cloud_event(const store::Reject& reject, const RejectAid& aid) const {
  // As it stood among others.
  const std::string body = "[" + reject.body + "]";
  TRY_ASSIGN(const webhook::StreamBatch batch, webhook::decode_stream(body, limits_));
  if (!batch.bad.empty()) return base::invalid_argument(batch.bad.front().problem);
  if (batch.events.size() != 1) return base::invalid_argument("it is no TaskRouter event");
  const webhook::StreamEvent& told = batch.events.front();
  TRY_ASSIGN(Home home, home_of(reject, aid, told.account_sid, told.workspace_sid));
  auto event = told.event.build(home.arrival, limits_);
  return std::move(home).with(std::move(event));
}

base::Result<store::Unit> RejectReader::read(const store::Reject& reject, const RejectAid& aid) const {
  switch (reject.form) {
    case store::RejectForm::kJson: return read_json(reject, aid);
    case store::RejectForm::kForm: return read_form(reject, aid);
    case store::RejectForm::kCloudEvent: return read_cloud_event(reject, aid);
  }
  return base::invalid_argument("it has no form");
}

}  // namespace waybill::api
