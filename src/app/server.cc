#include "app/server.h"

#include <algorithm>
#include <utility>

#include "app/admin_token.h"
#include "app/client_proxy.h"
#include "app/demo.h"
#include "app/reload_plan.h"
#include "app/retention_check.h"
#include "app/server_metrics.h"
#include "app/shown_settings.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "codec/event_difference.h"
#include "store/local/local_store.h"
#include "store/local/reserve.h"

namespace waybill::app {
namespace {

// Accounts and keys are changed by other processes too; a change is noticed within a second.
constexpr std::chrono::milliseconds kAccessPause{500};

std::string url_of(const http::ServerOptions& options, std::uint16_t port) {
  const bool any = options.host == "0.0.0.0" || options.host == "::";
  const bool is_ipv6 = options.host.find(':') != std::string::npos;
  const std::string host = any ? "localhost" : is_ipv6 ? "[" + options.host + "]" : options.host;
  return (options.tls == nullptr ? "http://" : "https://") + host + ":" + std::to_string(port);
}

void warn_of_end(const obs::Log& log, const http::TlsContext& tls, base::WallTime now) {
  constexpr std::chrono::days kSoon{14};
  if (tls.not_after() - now > kSoon) return;
  log.warning("TLS certificate expires soon or has expired", {{"valid_until", base::to_second_text(tls.not_after())}});
}

// Receivers know the token that the service signs with, if there is one: the newest of those for the account alone,
// else of those for every account, and the newest of those stands last. The account's own is asked for each time, since
// it may be rotated while callbacks wait.
relay::AuthTokenOf auth_tokens_of(const Settings& settings, const store::Registry& registry) {
  return
      [&registry, tokens = settings.api.webhooks.tokens](const std::string& account_sid) -> std::optional<std::string> {
        std::optional<std::string> of_all;
        for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) {
          if (base::equals_ignoring_case(token->account_sid, account_sid)) return token->token;
          if (token->account_sid.empty() && !of_all) of_all = token->token;
        }
        if (of_all) return of_all;
        const auto sid = model::AccountSid::parse(account_sid);
        const auto accounts = registry.accounts();
        if (!sid || !accounts) return std::nullopt;
        for (const model::Account& account : *accounts) {
          if (account.sid == *sid) return account.auth_token;
        }
        return std::nullopt;
      };
}

// Its file may need the room that is kept for that.
base::Result<std::unique_ptr<relay::Relay>> open_relay(const Settings& settings, const ServerParts& parts,
                                                       const store::Registry& registry) {
  const auto auth_tokens = auth_tokens_of(settings, registry);
  const auto open = [&] {
    return relay::Relay::open(settings.data, settings.relay, {parts.clock, parts.random, parts.log, auth_tokens, {}});
  };
  auto opened = open();
  const bool is_full = !opened && opened.error().code() == base::ErrorCode::kStorageFull;
  return is_full && store::release_reserve(settings.data) ? open() : std::move(opened);
}

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(const Settings& settings, const ServerParts& parts) {
  TRY_ASSIGN(
      std::unique_ptr<store::LocalStore> store,
      store::LocalStore::open(settings.data, {parts.random, parts.clock, parts.log, parts.files, codec::events_differ},
                              settings.store));
  TRY(check_retention(*store, settings.retain_confirm, parts.log));
  std::unique_ptr<relay::Relay> relay;
  if (!settings.relay.receivers.empty()) {
    TRY_ASSIGN(relay, open_relay(settings, parts, *store));
  }
  TRY_ASSIGN(std::string admin_token, ensure_admin_token(settings.data, parts.random));
  std::unique_ptr<Server> server(
      new Server(settings, parts, std::move(store), std::move(relay), std::move(admin_token)));
  // Listening comes before the accounts, as the step that fails most: an account made by a start that fails would be
  // one whose Auth Token nobody has seen.
  server->api_.readiness().begin_to_start("the accounts are being read");
  // Feeds may come as soon as the server listens.
  TRY(server->recorder_.begin(parts.clock.now()));
  TRY(server->listen(settings));
  TRY(server->prepare_store(settings));
  server->start_backfill(settings);
  server->api_.readiness().end_of_start();
  server->access_watcher_ = base::Thread("access", [watched = server.get()] { watched->watch_access(); });
  server->ledger_keeper_ = base::Thread("ledger", [kept = server.get()] { kept->keep_ledger(); });
  return server;
}

Server::Server(const Settings& settings, const ServerParts& parts, std::unique_ptr<store::EventStore> store,
               std::unique_ptr<relay::Relay> relay, std::string admin_token)
    : parts_(parts),
      store_(std::move(store)),
      recorder_(store_->ledger()),
      relay_(std::move(relay)),
      forwarder_(relay_.get()),
      event_log_(*store_, parts.log, settings.event_log, event_log_metrics(metrics_, parts.clock)),
      access_(*store_, std::move(admin_token)),
      api_({*store_, event_log_, access_, parts.clock, parts.random, parts.log, &feed_recorder_,
            relay_ ? &forwarder_ : nullptr, relay_.get(), &metrics_},
           settings.api),
      access_log_(parts.log, settings.access_log) {}

// Sees to it that there is an account, and the demonstration's day if that is wanted.
base::Result<void> Server::prepare_store(const Settings& settings) {
  TRY_ASSIGN(first_account_,
             ensure_first_account(*store_, settings.account_sid, settings.auth_token, parts_.random, parts_.clock.now(),
                                  settings.demo ? kDemoAccountName : kFirstAccountName));
  const model::Account& account = first_account_->account;
  if (first_account_->keeps_other_token) {
    parts_.log.warning(
        "the Auth Token that was given is not the one the account has, which stays in force; "
        "`waybill account rotate` makes a new one",
        {{"account", account.sid.to_text()}});
  }
  if (settings.demo) {
    TRY(write_demo(account));
  }
  if (settings.api.webhooks.allow_unsigned) {
    parts_.log.warning(
        "--allow-unsigned: whoever reaches this server may write events into it; webhooks' signatures are not checked");
  }
  return access_.refresh();
}

base::Result<void> Server::write_demo(const model::Account& account) {
  if (store_->horizon() != model::kNoPosition) {
    parts_.log.info("--demo added nothing: the store already has events");
    return {};
  }
  api_.readiness().begin_to_start("the demonstration day is being written");
  TRY_ASSIGN(demo_events_, write_demo_day(event_log_, store_->ledger(), account, parts_.random, parts_.clock.now()));
  parts_.log.info("demo data written to the empty store", {{"events", demo_events_}});
  return {};
}

void Server::start_backfill(const Settings& settings) {
  if (settings.upstream.url.empty()) return;
  const backfill::LogSinkParts sink{event_log_, store_->ledger(), store_->rejects(), parts_.random, parts_.clock};
  backfill_ = std::make_unique<backfill::Service>(
      settings.upstream, first_account_->account,
      backfill::ServiceParts{sink, *store_, parts_.log,
                             [this](const std::string& trouble) { api_.readiness().note("upstream", trouble); }});
}

base::Result<void> Server::listen(const Settings& settings) {
  TRY(access_.refresh());
  http::ServerOptions options = settings.http;
  options.clock = &parts_.clock;
  options.answers = std::make_shared<http::HeldAnswers>(options.limits.answers_bytes_max);
  options.new_request_id = [this] { return api_.new_request_sid(); };
  options.on_answer = [this](const http::Answered& answered) { access_log_.note(answered); };
  TRY(load_certificate(settings));
  options.tls = tls_;
  if (tls_ == nullptr && is_reachable(options.host)) {
    parts_.log.warning(
        "plain HTTP on an address that others can reach: credentials travel readable; set tls-certificate and tls-key, "
        "or put a proxy with TLS in front",
        {{"listen", options.host}});
  }
  options.is_shared = [proxies = settings.api.public_base](const std::string& address) {
    return api::is_trusted_proxy(proxies, address);
  };
  TRY_ASSIGN(http_, http::Server::start(
                        options,
                        [this](http::Request&& request, http::Reply reply) {
                          api_.handle(std::move(request), std::move(reply));
                        },
                        [this](const http::Failure& failure) { return api_.protocol_error(failure); }));
  watch(metrics_, {*store_, event_log_, api_, *http_, store_->rejects()});
  if (relay_ != nullptr) watch_relay(metrics_, *relay_);
  TRY(listen_for_metrics(settings, options));
  TRY(listen_for_clients(settings, options));
  url_ = url_of(options, http_->port());
  given_ = settings.given;
  api_.set_shown_settings(shown_settings(given_));
  return {};
}

base::Result<void> Server::listen_for_metrics(const Settings& settings, http::ServerOptions options) {
  if (settings.metrics_host.empty()) return {};
  options.host = settings.metrics_host;
  options.port = settings.metrics_port;
  options.listening.reset();
  options.threads = 1;
  TRY_ASSIGN(metrics_http_,
             http::Server::start(
                 options,
                 [this](http::Request&& request, http::Reply reply) {
                   api_.handle_watching(std::move(request), std::move(reply));
                 },
                 [this](const http::Failure& failure) { return api_.watching_protocol_error(failure); }));
  parts_.log.info("metrics are being served", {{"url", url_of(options, metrics_http_->port()) + "/metrics"}});
  if (is_reachable(options.host)) {
    parts_.log.warning("metrics served without credentials on a public address", {{"metrics_listen", options.host}});
  }
  return {};
}

base::Result<void> Server::listen_for_clients(const Settings& settings, http::ServerOptions options) {
  if (settings.client_proxy_host.empty()) return {};
  options.host = settings.client_proxy_host;
  options.port = settings.client_proxy_port;
  options.listening.reset();
  options.tunnel_to = std::string(kHostedHost) + ":443";
  TRY_ASSIGN(options.tls, prepare_client_proxy(settings.data, parts_.clock.now()));
  TRY_ASSIGN(client_proxy_, http::Server::start(
                                options,
                                [this](http::Request&& request, http::Reply reply) {
                                  api_.handle(std::move(request), std::move(reply));
                                },
                                [this](const http::Failure& failure) { return api_.protocol_error(failure); }));
  options.tls = nullptr;  // the proxy itself is asked in plain
  client_proxy_url_ = url_of(options, client_proxy_->port());
  client_proxy_trust_file_ = std::filesystem::absolute(client_proxy_files(settings.data).authority.certificate);
  parts_.log.info("client proxy is listening", {{"url", client_proxy_url_}, {"leads_to", kHostedHost}});
  return {};
}

base::Result<void> Server::load_certificate(const Settings& settings) {
  TRY_ASSIGN(tls_files_, prepare_tls(settings, parts_.clock.now()));
  if (!tls_files_) return {};
  TRY_ASSIGN(tls_, http::TlsContext::load(*tls_files_));
  tls_watch_.emplace(*tls_files_);
  if (settings.tls_self_signed) trust_file_ = std::filesystem::absolute(tls_files_->certificate);
  warn_of_end(parts_.log, *tls_, parts_.clock.now());
  return {};
}

void Server::use_certificate(std::shared_ptr<const http::TlsContext> tls) {
  tls_ = std::move(tls);
  http_->set_tls(tls_);
  if (metrics_http_ != nullptr) metrics_http_->set_tls(tls_);
  parts_.log.info("new TLS certificate in use for new connections", {{"sha256", tls_->fingerprint()}});
  warn_of_end(parts_.log, *tls_, parts_.clock.now());
}

base::Result<void> Server::reload(const Settings& settings) {
  // First all that may fail.
  std::shared_ptr<const http::TlsContext> tls;
  std::optional<http::TlsFiles> files;
  if (tls_ != nullptr) {
    TRY_ASSIGN(files, prepare_tls(settings, parts_.clock.now()));
    if (files) {
      TRY_ASSIGN(tls, http::TlsContext::load(*files));
    }
  }
  const ReloadPlan plan = plan_reload(given_, settings.given,
                                      tls_ != nullptr && files ? CertificateChange::kNow : CertificateChange::kAtStart);
  http_->set_limits(settings.http.limits);
  if (metrics_http_ != nullptr) metrics_http_->set_limits(settings.http.limits);
  if (client_proxy_ != nullptr) client_proxy_->set_limits(settings.http.limits);
  api_.set_rate_limit(settings.api.rate_limit_per_second);
  access_log_.set_lines(settings.access_log);
  if (tls != nullptr) {
    tls_files_ = files;
    tls_watch_.emplace(*files);
    if (tls->fingerprint() != tls_->fingerprint()) use_certificate(std::move(tls));
  }
  given_ = plan.in_force;
  api_.set_shown_settings(shown_settings(given_));
  parts_.log.info("settings reloaded", {{"changed", plan.changed.empty() ? "nothing" : plan.changed}});
  if (!plan.for_a_start.empty()) {
    parts_.log.warning("changed settings need a restart", {{"settings", plan.for_a_start}});
  }
  return {};
}

void Server::renew_certificate() {
  if (!tls_watch_ || !tls_watch_->have_changed()) return;
  auto tls = http::TlsContext::load(*tls_files_);
  if (tls) return use_certificate(*std::move(tls));
  parts_.log.error("new TLS certificate is unusable; the old one stays in use", {{"reason", tls.error().message()}});
}

Server::~Server() {
  {
    const base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  // A request for /metrics may still be under way on a thread that ends after what the gauges look at.
  metrics_.forget_gauges();
}

bool Server::stop(std::chrono::milliseconds deadline) {
  backfill_.reset();
  const base::SteadyTime began = parts_.clock.steady_now();
  bool is_whole = http_->stop(deadline);
  if (client_proxy_ != nullptr) {
    const auto left = deadline - (parts_.clock.steady_now() - began);
    is_whole = client_proxy_->stop(std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left),
                                            std::chrono::milliseconds(0))) &&
               is_whole;
  }
  // Until then it has told how the server stops.
  if (metrics_http_ != nullptr) metrics_http_->stop(std::chrono::milliseconds(0));
  return is_whole;
}

void Server::watch_access() {
  for (;;) {
    {
      const base::MutexLock lock(mutex_);
      if (!stopping_) stop_.wait_for(mutex_, kAccessPause);
      if (stopping_) return;
    }
    if (const auto refreshed = access_.refresh(); !refreshed) {
      parts_.log.warning("accounts not reloaded; the known ones stay in force",
                         {{"reason", refreshed.error().message()}});
    }
  }
}

// The last beat comes when nothing is taken any more, so that a restart's absence begins there.
void Server::keep_ledger() {
  for (bool stopping = false; !stopping;) {
    {
      const base::MutexLock lock(mutex_);
      if (!stopping_) stop_.wait_for(mutex_, ledger::kBeatPause);
      stopping = stopping_;
    }
    beat();
  }
}

void Server::beat() {
  if (const auto written = recorder_.beat(parts_.clock.now()); !written) {
    parts_.log.warning("completeness ledger not written; will retry", {{"reason", written.error().message()}});
  }
}

}  // namespace waybill::app
