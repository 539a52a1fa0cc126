#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/access.h"
#include "api/api.h"
#include "app/callback_forwarder.h"
#include "app/feed_recorder.h"
#include "app/first_account.h"
#include "app/settings.h"
#include "backfill/service.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/thread.h"
#include "eventlog/event_log.h"
#include "http/server.h"
#include "ledger/recorder.h"
#include "obs/log.h"
#include "relay/relay.h"
#include "store/event_store.h"

namespace waybill::app {

// What the rest of the process lends to a server; must outlive it.
struct ServerParts {
  const base::Clock& clock;
  base::Random& random;
  base::FileSystem& files;
  const obs::Log& log;
};

// The composition root: opens the store and puts everything together. It owns all of it; the members stand in the order
// of who needs whom, so that they end the other way round: sockets first, the store last.
class Server {
 public:
  // Opens or makes the data directory, listens, and serves until it is destroyed. Fails as LocalStore::open,
  // ensure_first_account and http::Server::start do.
  static base::Result<std::unique_ptr<Server>> start(const Settings& settings, const ServerParts& parts);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Where it is reached, such as http://127.0.0.1:8080.
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const FirstAccount& first_account() const { return *first_account_; }
  [[nodiscard]] const store::EventStore& store() const { return *store_; }

  // Finishes what runs, up to `deadline`, and takes nothing new.
  void stop(std::chrono::milliseconds deadline);

 private:
  Server(const Settings& settings, const ServerParts& parts, std::unique_ptr<store::EventStore> store,
         std::unique_ptr<relay::Relay> relay, std::string admin_token);
  base::Result<void> listen(const Settings& settings);
  base::Result<void> prepare_store(const Settings& settings);
  void start_backfill(const Settings& settings);
  void watch_access();
  void keep_ledger();
  void beat();

  const ServerParts parts_;
  std::optional<FirstAccount> first_account_;  // set when start() has succeeded
  std::string url_;
  const std::unique_ptr<store::EventStore> store_;
  ledger::Recorder recorder_;
  FeedRecorder feed_recorder_{recorder_};
  const std::unique_ptr<relay::Relay> relay_;  // none: nothing is forwarded
  CallbackForwarder forwarder_;
  eventlog::EventLog event_log_;
  api::Access access_;
  api::Api api_;
  std::unique_ptr<http::Server> http_;
  std::unique_ptr<backfill::Service> backfill_;  // unset without an upstream

  base::Mutex mutex_;
  base::Condition stop_;

  bool stopping_ GUARDED_BY(mutex_) = false;

  base::Thread access_watcher_;
  base::Thread ledger_keeper_;
};

}  // namespace waybill::app
