// What a webhook tells that can be no event: it is kept aside, and acknowledged, since it would be no better next time.
#include <map>
#include <utility>

#include "api/webhook_flow.h"
#include "webhook/callback_form.h"

namespace waybill::api {
namespace {

constexpr int kNoContent = 204;

base::Error too_many_wait() { return base::busy("too many requests are waiting for the store"); }

}  // namespace

void Webhooks::Shared::note_kept(const Source& source, std::size_t elements,
                                 const std::optional<store::LedgerSubject>& subject) {
  if (source.is_trial) return;
  for (std::size_t i = 0; i < elements; ++i) rejects.count(WebhookReject::kBadEvent);
  log.count_refused(log_road(source.road), elements);
  if (observer != nullptr) observer->refused(subject, source.arrived, std::string(to_text(WebhookReject::kBadEvent)));
}

KeptElement Webhooks::kept_form(const Source& source, const model::Account& account, const http::Parameters& form,
                                const std::string& problem) {
  KeptElement element;
  element.event_id = webhook::find_parameter(form, "Sid");
  store::Reject& reject = element.reject;
  reject.account = account.number;
  reject.workspace_text = webhook::find_parameter(form, "WorkspaceSid");
  reject.road = store::RejectRoad::kCallback;
  reject.form = store::RejectForm::kForm;
  reject.arrived = source.arrived;
  reject.origin = source.peer_address;
  reject.problem = problem;
  return element;
}

void Webhooks::keep_callback(const Source& source, Callback callback, http::Reply reply) const {
  struct Waiting {
    Source source;
    Callback callback;
    http::Reply reply;
  };
  const auto waiting = std::make_shared<Waiting>(Waiting{source, std::move(callback), std::move(reply)});
  const auto refuse = [this, waiting](const base::Error& error) {
    shared_->log.count_refused(eventlog::Road::kCallback, 1);
    waiting->reply.send(error_response(
        shared_->reject(waiting->source, WebhookReject::kNotStored, to_api_error(error), waiting->callback.subject)));
  };
  const bool queued = parts_.run_later([this, waiting, refuse] {
    const KeepingParts parts{parts_.rejects, parts_.logger, waiting->source.request_id, kNoContent};
    const auto kept = or_shortage([&] { return keep_aside(parts, {&waiting->callback.kept, 1}); });
    if (!kept) return refuse(kept.error());
    shared_->note_kept(waiting->source, 1, waiting->callback.subject);
    waiting->reply.send({kNoContent, {{"Content-Type", "application/json"}}, ""});
  });
  if (!queued) refuse(too_many_wait());
}

// What says of itself that it is of an account that is there, and that may be of whoever signed, is kept as its own.
void Webhooks::note_bad(const Source& source, const std::string& owner, const webhook::BadElement& bad,
                        Batch& batch) const {
  batch.kept.push_back(kept_element(source.arrived, source.peer_address, bad.index, bad.id, bad.text));
  store::Reject& reject = batch.kept.back().reject;
  const auto account = parts_.access.find_account(owner.empty() ? bad.account_sid : owner);
  if (account) reject.account = account->number;
  reject.workspace_text = bad.workspace_sid;
  reject.problem = bad.problem;
}

// The workspace whose history lacks it, if it is there.
std::optional<store::LedgerSubject> Webhooks::subject_of(const store::Reject& reject) const {
  const auto workspace = model::WorkspaceSid::parse(reject.workspace_text);
  if (!reject.account || !workspace || !parts_.registry.find_workspace(*reject.account, *workspace)) {
    return std::nullopt;
  }
  return store::LedgerSubject{*reject.account, *workspace};
}

// Settles the batch's own share, when what of it can be no event is on disk.
void Webhooks::keep_elements(const Source& source, const std::shared_ptr<Batch>& batch) const {
  std::map<std::pair<model::AccountNumber, model::WorkspaceSid>, std::size_t> known;
  std::size_t unknown = 0;
  for (const KeptElement& element : batch->kept) {
    const auto subject = subject_of(element.reject);
    subject ? ++known[{subject->account, subject->workspace}] : ++unknown;
  }
  // The batch is rightly signed: each workspace that it tells of may lack events now.
  const auto refuse = [this, batch, source, known](const base::Error& error) {
    shared_->log.count_refused(eventlog::Road::kEventStream, batch->kept.size());
    std::optional<store::LedgerSubject> first;
    for (const auto& [key, elements] : known) {
      const store::LedgerSubject subject{key.first, key.second};
      if (!first) {
        first = subject;
      } else if (shared_->observer != nullptr) {
        shared_->observer->refused(subject, source.arrived, std::string(to_text(WebhookReject::kNotStored)));
      }
    }
    shared_->settle(*batch, first, source, error);
  };
  const bool queued = parts_.run_later([this, batch, source, refuse, known, unknown] {
    const auto kept =
        or_shortage([&] { return keep_aside({parts_.rejects, parts_.logger, source.request_id, 200}, batch->kept); });
    if (!kept) return refuse(kept.error());
    for (const auto& [key, elements] : known) {
      shared_->note_kept(source, elements, store::LedgerSubject{key.first, key.second});
    }
    if (unknown > 0) shared_->note_kept(source, unknown, std::nullopt);
    shared_->settle(*batch, std::nullopt, source, store::UnitOutcome());
  });
  if (!queued) refuse(too_many_wait());
}

}  // namespace waybill::api
