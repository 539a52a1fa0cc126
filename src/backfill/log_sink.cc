#include "backfill/log_sink.h"

#include <optional>
#include <utility>

#include "backfill/proven.h"
#include "codec/event_json.h"

namespace waybill::backfill {

using base::Result;

Result<std::unique_ptr<LogSink>> LogSink::open(const LogSinkParts& parts, const model::Account& account,
                                               const std::string& workspace_sid, model::Limits limits,
                                               const std::string& workspace_name) {
  TRY_ASSIGN(const auto workspace, model::WorkspaceSid::parse(workspace_sid));
  return std::unique_ptr<LogSink>(
      new LogSink(parts, account, {account.number, workspace}, workspace_sid, limits, workspace_name));
}

LogSink::LogSink(const LogSinkParts& parts, const model::Account& account, store::LedgerSubject subject,
                 std::string workspace_text, model::Limits limits, std::string workspace_name)
    : parts_(parts),
      account_sid_(account.sid.to_text()),
      subject_(subject),
      workspace_text_(std::move(workspace_text)),
      limits_(limits),
      workspace_name_(std::move(workspace_name)) {}

Result<Spans> LogSink::proven(std::chrono::seconds settle) {
  TRY_ASSIGN(const auto pulls, parts_.ledger.pulls(subject_));
  return proven_seconds(pulls, settle);
}

Result<StoredLines> LogSink::store(const std::string& lines) {
  // An event without a sid would be another one each time it is pulled.
  const codec::Arrival arrival{account_sid_, workspace_text_, nullptr, codec::Rules::kLenient};
  TRY_ASSIGN(auto decoded, codec::decode_elements(lines, codec::BatchForm::kNdjson, arrival, limits_));
  TRY(keep_aside(decoded.refused));
  StoredLines stored;
  stored.rejected = decoded.refused.size();
  parts_.events.note_unknown_members(decoded.unknown_members, decoded.unknown_count);
  if (decoded.events.empty()) return stored;
  if (!workspace_name_.empty()) decoded.events.front().workspace_name = workspace_name_;
  TRY_ASSIGN(stored.outcome, parts_.events.append_and_wait({subject_.account, subject_.workspace, workspace_text_,
                                                            parts_.clock.now(), std::move(decoded.events)},
                                                           eventlog::Road::kPull));
  return stored;
}

Result<void> LogSink::keep_aside(const std::vector<codec::RefusedElement>& refused) {
  std::vector<store::Reject> rejects;
  for (const codec::RefusedElement& element : refused) {
    store::Reject& reject = rejects.emplace_back();
    reject.account = subject_.account;
    reject.workspace_text = workspace_text_;
    reject.road = store::RejectRoad::kPull;
    reject.arrived = parts_.clock.now();
    reject.problem = element.problem;
    reject.body = element.text;
  }
  if (rejects.empty()) return {};
  TRY(parts_.rejects.keep(rejects));
  return {};
}

Result<void> LogSink::record_pull(const PullNote& pull) {
  const store::Pull noted{.subject = subject_,
                          .from = first_moment(pull.span),
                          .to = last_moment(pull.span),
                          .asked = pull.asked,
                          .source = pull.source,
                          .events = pull.events,
                          .settled = {},
                          .asked_last = {}};
  return parts_.ledger.record_pull(noted);
}

Result<void> LogSink::record_gap(const Span& span, const std::string& detail) {
  return parts_.ledger.record_gap(
      {subject_, first_moment(span), last_moment(span), store::GapReason::kUnreachable, detail});
}

}  // namespace waybill::backfill
