#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "ledger/completeness.h"
#include "store/ledger.h"

namespace waybill::api {

// Is told what the live feeds bring, and what of it is refused. Called on threads of connections, of the store and of
// the event log at once: implementations are safe for concurrent use, and never block.
class FeedObserver {
 public:
  FeedObserver() = default;
  FeedObserver(const FeedObserver&) = delete;
  FeedObserver& operator=(const FeedObserver&) = delete;
  virtual ~FeedObserver() = default;

  // `events` of a feed's request are on disk, those that were known before included.
  virtual void received(const store::LedgerSubject& subject, store::FeedRoad road, base::WallTime arrived,
                        std::uint64_t events) = 0;

  // A feed's request was refused, or failed, so that events in it may be lost. `reason` is one of a closed set
  // (api/webhook_rejects.h). `subject` is unset where the request told of no workspace that is here, and where it had
  // no signature at all.
  virtual void refused(const std::optional<store::LedgerSubject>& subject, base::WallTime arrived,
                       const std::string& reason) = 0;

  // What it was told of a workspace and has not written down in the ledger yet.
  [[nodiscard]] virtual ledger::Facts waiting(const store::LedgerSubject& subject) = 0;
};

}  // namespace waybill::api
