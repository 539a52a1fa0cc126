#include "app/server.h"

#include <utility>

#include "app/admin_token.h"
#include "app/demo.h"
#include "codec/event_difference.h"
#include "store/local/local_store.h"

namespace waybill::app {
namespace {

// Accounts and keys are changed by other processes too; a change is noticed within a second.
constexpr std::chrono::milliseconds kAccessPause{500};

std::string url_of(const http::ServerOptions& options, std::uint16_t port) {
  const bool any = options.host == "0.0.0.0" || options.host == "::";
  const bool is_ipv6 = options.host.find(':') != std::string::npos;
  const std::string host = any ? "localhost" : is_ipv6 ? "[" + options.host + "]" : options.host;
  return "http://" + host + ":" + std::to_string(port);
}

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(const Settings& settings, const ServerParts& parts) {
  TRY_ASSIGN(
      std::unique_ptr<store::EventStore> store,
      store::LocalStore::open(settings.data, {parts.random, parts.clock, parts.log, parts.files, codec::events_differ},
                              settings.store));
  TRY_ASSIGN(std::string admin_token, ensure_admin_token(settings.data, parts.random));
  std::unique_ptr<Server> server(new Server(settings, parts, std::move(store), std::move(admin_token)));
  // Listening comes first, as the step that fails most: an account made by a start that fails would be one whose Auth
  // Token nobody has seen.
  TRY(server->listen(settings));
  TRY(server->prepare_store(settings));
  server->access_watcher_ = base::Thread("access", [watched = server.get()] { watched->watch_access(); });
  return server;
}

Server::Server(const Settings& settings, const ServerParts& parts, std::unique_ptr<store::EventStore> store,
               std::string admin_token)
    : parts_(parts),
      store_(std::move(store)),
      event_log_(*store_, parts.log, settings.event_log),
      access_(*store_, std::move(admin_token)),
      api_({*store_, event_log_, access_, parts.clock, parts.random, parts.log}, settings.api) {}

// Sees to it that there is an account, and the demonstration's day if that is wanted.
base::Result<void> Server::prepare_store(const Settings& settings) {
  TRY_ASSIGN(first_account_, ensure_first_account(*store_, settings.account_sid, settings.auth_token, parts_.random,
                                                  parts_.clock.now()));
  const model::Account& account = first_account_->account;
  if (first_account_->keeps_other_token) {
    parts_.log.warning(
        "the Auth Token that was given is not the one the account has, which stays in force; "
        "`waybill account rotate` makes a new one",
        {{"account", account.sid.to_text()}});
  }
  if (settings.demo && store_->horizon() == model::kNoPosition) {
    TRY_ASSIGN(const std::uint64_t events, write_demo_day(event_log_, account, parts_.random, parts_.clock.now()));
    parts_.log.info("the empty store was filled with a demonstration day", {{"events", std::to_string(events)}});
  }
  return access_.refresh();
}

base::Result<void> Server::listen(const Settings& settings) {
  TRY(access_.refresh());
  http::ServerOptions options = settings.http;
  options.clock = &parts_.clock;
  options.is_shared = [proxies = settings.api.public_base](const std::string& address) {
    return api::is_trusted_proxy(proxies, address);
  };
  TRY_ASSIGN(
      http_,
      http::Server::start(
          options,
          [this](http::Request&& request, http::Reply reply) { api_.handle(std::move(request), std::move(reply)); },
          [this](http::ProtocolError error, const std::string& detail) { return api_.protocol_error(error, detail); }));
  url_ = url_of(options, http_->port());
  return {};
}

Server::~Server() {
  {
    const base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
}

void Server::stop(std::chrono::milliseconds deadline) { http_->stop(deadline); }

void Server::watch_access() {
  for (;;) {
    {
      const base::MutexLock lock(mutex_);
      if (!stopping_) stop_.wait_for(mutex_, kAccessPause);
      if (stopping_) return;
    }
    if (const auto refreshed = access_.refresh(); !refreshed) {
      parts_.log.warning("accounts and keys could not be read; those known stay in force",
                         {{"reason", refreshed.error().message()}});
    }
  }
}

}  // namespace waybill::app
