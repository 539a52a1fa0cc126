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
  TRY_ASSIGN(std::unique_ptr<store::EventStore> store,
             store::LocalStore::open(settings.data, parts.random, codec::events_differ));
  TRY_ASSIGN(FirstAccount account,
             ensure_first_account(*store, settings.account_sid, settings.auth_token, parts.random, parts.clock.now()));
  TRY_ASSIGN(std::string admin_token, ensure_admin_token(settings.data, parts.random));
  std::unique_ptr<Server> server(
      new Server(settings, parts, std::move(store), std::move(account), std::move(admin_token)));
  if (server->first_account_.keeps_other_token) {
    parts.log.warning(
        "the Auth Token that was given is not the one the account has, which stays in force; "
        "`waybill account rotate` makes a new one",
        {{"account", server->first_account_.account.sid.to_text()}});
  }
  if (settings.demo && server->store_->horizon() == model::kNoPosition) {
    TRY_ASSIGN(const std::uint64_t events,
               write_demo_day(server->event_log_, server->first_account_.account, parts.random, parts.clock.now()));
    parts.log.info("the empty store was filled with a demonstration day", {{"events", std::to_string(events)}});
  }
  TRY(server->listen(settings));
  return server;
}

Server::Server(const Settings& settings, const ServerParts& parts, std::unique_ptr<store::EventStore> store,
               FirstAccount first_account, std::string admin_token)
    : parts_(parts),
      first_account_(std::move(first_account)),
      store_(std::move(store)),
      event_log_(*store_, parts.log, settings.event_log),
      access_(*store_, std::move(admin_token)),
      api_({*store_, event_log_, access_, parts.clock, parts.random, parts.log}, settings.api) {}

base::Result<void> Server::listen(const Settings& settings) {
  TRY(access_.refresh());
  http::ServerOptions options = settings.http;
  options.clock = &parts_.clock;
  TRY_ASSIGN(
      http_,
      http::Server::start(
          options,
          [this](http::Request&& request, http::Reply reply) { api_.handle(std::move(request), std::move(reply)); },
          [this](http::ProtocolError error, const std::string& detail) { return api_.protocol_error(error, detail); }));
  url_ = url_of(options, http_->port());
  access_watcher_ = base::Thread("access", [this] { watch_access(); });
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
