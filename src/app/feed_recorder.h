#pragma once

#include "api/feed_observer.h"
#include "ledger/recorder.h"

namespace waybill::app {

// Writes down in the ledger what the webhooks bring and what of them is refused. A request whose signature does not
// hold opens the span of the workspace that it names: it may have been a right one with a token that nobody entered
// here. All it can do is to make less certain what a pull then proves. One that names none that is here opens nothing.
// Safe for concurrent use.
class FeedRecorder final : public api::FeedObserver {
 public:
  // `recorder` must outlive this object.
  explicit FeedRecorder(ledger::Recorder& recorder) : recorder_(recorder) {}

  void received(const store::LedgerSubject& subject, store::FeedRoad road, base::WallTime arrived,
                std::uint64_t events) override {
    recorder_.received(subject, road, arrived, events);
  }
  void refused(const std::optional<store::LedgerSubject>& subject, base::WallTime arrived,
               const std::string& reason) override {
    recorder_.refused(subject, arrived, reason);
  }
  [[nodiscard]] ledger::Facts waiting(const store::LedgerSubject& subject) override {
    return recorder_.waiting(subject);
  }

 private:
  ledger::Recorder& recorder_;
};

}  // namespace waybill::app
