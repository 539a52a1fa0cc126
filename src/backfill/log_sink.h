#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backfill/sink.h"
#include "base/clock.h"
#include "base/random.h"
#include "codec/event_json.h"
#include "eventlog/event_log.h"
#include "model/limits.h"
#include "model/workspace.h"
#include "store/rejects.h"

namespace waybill::backfill {

// What a LogSink works with; all of it must outlive the sink.
struct LogSinkParts {
  eventlog::EventLog& events;
  store::Ledger& ledger;
  store::Rejects& rejects;
  base::Random& random;
  const base::Clock& clock;
};

// A store of this process: events through its event log, pulls into its ledger.
class LogSink final : public Sink {
 public:
  // kInvalidArgument if `workspace_sid` is none.
  static base::Result<std::unique_ptr<LogSink>> open(const LogSinkParts& parts, const model::Account& account,
                                                     const std::string& workspace_sid, model::Limits limits);

  base::Result<Spans> proven(std::chrono::seconds settle) override;
  base::Result<StoredLines> store(const std::string& lines) override;
  base::Result<void> record_pull(const PullNote& pull) override;
  base::Result<void> record_gap(const Span& span, const std::string& detail) override;

 private:
  base::Result<void> keep_aside(const std::vector<codec::RefusedElement>& refused);
  LogSink(const LogSinkParts& parts, const model::Account& account, store::LedgerSubject subject,
          std::string workspace_text, model::Limits limits);

  const LogSinkParts parts_;
  const std::string account_sid_;
  const store::LedgerSubject subject_;
  const std::string workspace_text_;
  const model::Limits limits_;
};

}  // namespace waybill::backfill
