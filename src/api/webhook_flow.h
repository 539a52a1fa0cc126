#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/reject_keeping.h"
#include "api/webhook_rejects.h"
#include "api/webhooks.h"
#include "base/mutex.h"

// Requests of webhooks on their way, as webhooks.cc and webhook_keeping.cc know them; nobody else includes it.
namespace waybill::api {

// What was looked at of a signature that does not hold.
struct SignatureLook {
  std::string url;  // without its query, which may hold a secret of its owner's
  bool has_query = false;
  std::size_t spellings = 0;
  std::size_t tokens = 0;
};

struct Webhooks::Source {
  store::FeedRoad road;
  std::string request_id;
  std::string peer_address;
  std::string network;  // what tells clients apart (client_network)
  base::WallTime arrived;
  bool is_trial = false;  // of the administrator's, of whom nothing can be lost
  Depth depth = Depth::kUsual;
  bool needs_search = false;  // the signature fits none of the usual spellings, and others have not been tried
  std::optional<SignatureLook> look = {};
};

struct Webhooks::Callback {
  StoredCallback told;
  std::optional<store::Unit> unit;  // unset: it can be no event
  KeptElement kept;                 // without a unit
  std::optional<store::LedgerSubject> subject;
};

// A batch on its way: what was read of it, what waits to be stored, and what became of it so far.
struct Webhooks::Batch {
  std::map<std::pair<model::AccountNumber, model::WorkspaceSid>, store::Unit> units;
  std::size_t others = 0;
  std::vector<KeptElement> kept;
  std::string unknown_account;  // the first; empty: all are known

  base::Mutex mutex;

  std::optional<http::Reply> reply GUARDED_BY(mutex);
  std::size_t pending GUARDED_BY(mutex) = 0;
  store::UnitOutcome sum GUARDED_BY(mutex);
  std::optional<base::Error> failure GUARDED_BY(mutex);
};

struct Webhooks::Shared {
  explicit Shared(const WebhookParts& given)
      : log(given.log), logger(given.logger), clock(given.clock), observer(given.observer), listener(given.listener) {}

  // Counts it, gives it a line in the log unless there were too many (RefusalLines), and tells the ledger. Gives the
  // error back.
  ApiError reject(const Source& source, WebhookReject reason, ApiError error,
                  const std::optional<store::LedgerSubject>& subject = std::nullopt);
  // Counts what is kept aside, and tells the ledger that the history lacks it.
  void note_kept(const Source& source, std::size_t elements, const std::optional<store::LedgerSubject>& subject);
  // Notes what became of a share of a batch, and answers with the last.
  void settle(Batch& batch, const std::optional<store::LedgerSubject>& subject, const Source& source,
              const base::Result<store::UnitOutcome>& outcome);
  // The reply and the answer to it, once nothing of the batch is under way any more.
  static std::optional<std::pair<http::Reply, http::Response>> answer_of(
      Batch& batch, const base::Result<store::UnitOutcome>& outcome);

  const eventlog::EventLog& log;
  const obs::Log& logger;
  const base::Clock& clock;
  FeedObserver* const observer;
  CallbackListener* const listener;
  WebhookRejectCounts rejects;
  RefusalLines lines;
  std::atomic<std::uint64_t> other_cloud_events = 0;

 private:
  void write_line(const Source& source, WebhookReject reason, const ApiError& error);
};

// The log's word for a feed.
eventlog::Road log_road(store::FeedRoad road);

}  // namespace waybill::api
