#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "api/access.h"
#include "api/api.h"
#include "app/access_log.h"
#include "app/callback_forwarder.h"
#include "app/feed_recorder.h"
#include "app/first_account.h"
#include "app/settings.h"
#include "app/tls_setup.h"
#include "backfill/service.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/thread.h"
#include "eventlog/event_log.h"
#include "http/server.h"
#include "http/tls.h"
#include "ledger/recorder.h"
#include "obs/log.h"
#include "obs/metrics.h"
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
  // ensure_first_account, prepare_tls and http::Server::start do.
  static base::Result<std::unique_ptr<Server>> start(const Settings& settings, const ServerParts& parts);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Where it is reached, such as http://127.0.0.1:8080.
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const FirstAccount& first_account() const { return *first_account_; }
  [[nodiscard]] const store::EventStore& store() const { return *store_; }
  // How many events this start's demonstration has; 0 where none was written.
  [[nodiscard]] std::uint64_t demo_events() const { return demo_events_; }

  // Whom clients must trust to trust this server; empty unless it made its certificate itself.
  [[nodiscard]] const std::filesystem::path& trust_file() const { return trust_file_; }
  // Where the client proxy listens, such as http://127.0.0.1:3128, and whom its clients must trust; empty without one.
  [[nodiscard]] const std::string& client_proxy_url() const { return client_proxy_url_; }
  [[nodiscard]] const std::filesystem::path& client_proxy_trust_file() const { return client_proxy_trust_file_; }
  // The certificate's SHA-256; empty without TLS.
  [[nodiscard]] std::string fingerprint() const { return tls_ == nullptr ? "" : tls_->fingerprint(); }

  // Puts those of other settings in force that a running server can change, its certificate among them, and logs which
  // of the others would need a new start. If something is wrong with them, nothing changes.
  base::Result<void> reload(const Settings& settings);
  // Reads the certificate and its key again if their files have been replaced; what is wrong with them is logged, and
  // those in force stay. To be called every second or so.
  void renew_certificate();

  // Says on /readyz that the server will stop.
  void begin_to_stop() { api_.readiness().begin_to_stop(); }
  // Finishes what runs, up to `deadline`, and takes nothing new. False if something had to be cut off.
  bool stop(std::chrono::milliseconds deadline);

  // Changes as long as no thread that serves connections is stuck.
  [[nodiscard]] std::int64_t rounds() const { return http_->rounds(); }

 private:
  Server(const Settings& settings, const ServerParts& parts, std::unique_ptr<store::EventStore> store,
         std::unique_ptr<relay::Relay> relay, std::string admin_token);
  base::Result<void> listen(const Settings& settings);
  base::Result<void> listen_for_metrics(const Settings& settings, http::ServerOptions options);
  base::Result<void> listen_for_clients(const Settings& settings, http::ServerOptions options);
  base::Result<void> load_certificate(const Settings& settings);
  void use_certificate(std::shared_ptr<const http::TlsContext> tls);
  base::Result<void> prepare_store(const Settings& settings);
  base::Result<void> write_demo(const model::Account& account);
  void start_backfill(const Settings& settings);
  void watch_access();
  void keep_ledger();
  void beat();

  const ServerParts parts_;
  std::optional<FirstAccount> first_account_;  // set when start() has succeeded
  std::uint64_t demo_events_ = 0;
  std::string url_;
  const std::unique_ptr<store::EventStore> store_;
  obs::Metrics metrics_;
  ledger::Recorder recorder_;
  FeedRecorder feed_recorder_{recorder_};
  const std::unique_ptr<relay::Relay> relay_;  // none: nothing is forwarded
  CallbackForwarder forwarder_;
  eventlog::EventLog event_log_;
  api::Access access_;
  api::Api api_;
  AccessLog access_log_;
  std::unique_ptr<http::Server> http_;
  std::unique_ptr<http::Server> metrics_http_;   // unset unless metrics have a port of their own
  std::unique_ptr<http::Server> client_proxy_;   // unset without a client proxy
  std::unique_ptr<backfill::Service> backfill_;  // unset without an upstream

  // Touched by the thread that owns the server.
  std::map<std::string, std::string> given_;  // the settings in force
  std::optional<http::TlsFiles> tls_files_;
  std::optional<TlsWatch> tls_watch_;
  std::shared_ptr<const http::TlsContext> tls_;
  std::filesystem::path trust_file_;
  std::string client_proxy_url_;
  std::filesystem::path client_proxy_trust_file_;

  base::Mutex mutex_;
  base::Condition stop_;

  bool stopping_ GUARDED_BY(mutex_) = false;

  base::Thread access_watcher_;
  base::Thread ledger_keeper_;
};

}  // namespace waybill::app
