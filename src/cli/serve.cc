#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

#include "app/privileges.h"
#include "app/server.h"
#include "app/server_address.h"
#include "app/service_manager.h"
#include "app/settings.h"
#include "base/time_text.h"
#include "cli/act_as_owner.h"
#include "cli/commands.h"
#include "cli/read_settings.h"
#include "cli/version.h"
#include "obs/log.h"

namespace waybill::cli {
namespace {

using std::chrono::milliseconds;

// How often the main thread looks whether a certificate has been replaced, and whether the server still moves.
constexpr milliseconds kRound{1000};

// A server whose slowest thread has not come round for so long is not told to be alive.
constexpr std::chrono::seconds kStuckTime{10};

// SIGINT, SIGTERM and SIGHUP, blocked in every thread that is started later and waited for in this one.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }

  // The next one; nothing if none comes in that time.
  [[nodiscard]] std::optional<int> wait(milliseconds limit) const {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(limit);
    const timespec time{seconds.count(), std::chrono::nanoseconds(limit - seconds).count()};
    const int signal = sigtimedwait(&set_, nullptr, &time);
    return signal < 0 ? std::nullopt : std::optional(signal);
  }

 private:
  sigset_t set_{};
};

// A curl command that answers with events whenever it is tried: its StartDate is the day of the oldest event.
std::string ready_curl(const app::Server& server, const std::string& credentials) {
  std::string path = "/v1/Workspaces";
  for (const model::Workspace& workspace : server.store().workspaces(server.first_account().account.number)) {
    model::EventQuery oldest;
    oldest.workspace = workspace.number;
    oldest.limit = 1;
    const auto page = server.store().list(oldest);
    if (page && page->events.empty()) continue;
    // Where the oldest event cannot be read, the answer will say so; the server starts all the same.
    const std::string day = page ? base::to_second_text(page->events.front().key.time).substr(0, 10) : "2000-01-01";
    path += "/" + workspace.sid_text + "/Events?StartDate=" + day + "&PageSize=3";
    break;
  }
  const std::string trust = server.trust_file().empty() ? "" : "--cacert '" + server.trust_file().string() + "' ";
  return "curl " + trust + "-u " + credentials + " '" + server.url() + path + "'";
}

// How a client that has no setting for another host is led here.
std::string client_proxy_text(const app::Server& server) {
  if (server.client_proxy_url().empty()) return "";
  const std::string& url = server.client_proxy_url();
  return "  Client proxy  " + url +
         "\n\nA client that knows no other host than taskrouter.twilio.com comes here with:\n\n" +
         "  export HTTPS_PROXY=" + url + " HTTP_PROXY=" + url + "\n  export NODE_EXTRA_CA_CERTS='" +
         server.client_proxy_trust_file().string() + "'\n";
}

// What a person who has just started the server needs. The Auth Token is shown when it is new, and by a demonstration;
// not by every start of a server whose output ends up in some log.
void print_welcome(const app::Server& server, const app::Settings& settings) {
  const model::Account& account = server.first_account().account;
  const bool show_token = server.first_account().is_new || settings.demo;
  const std::string token = show_token ? account.auth_token : "\"$WAYBILL_AUTH_TOKEN\"";
  const std::string curl = ready_curl(server, account.sid.to_text() + ":" + token);
  std::string text = "\nWaybill is listening\n\n";
  text += "  URL          " + server.url() + "\n";
  text += "  Account SID  " + account.sid.to_text() + "\n";
  if (show_token) text += "  Auth Token   " + account.auth_token + "\n";
  text += "  Data         " + std::filesystem::absolute(settings.data).string() + "\n";
  if (!server.trust_file().empty()) {
    const std::string file = server.trust_file().string();
    text += "  Certificate  " + file + "\n";
    text += "  SHA-256      " + server.fingerprint() + "\n\n";
    text += "The certificate is signed by nobody but itself. A client trusts it when it is given the file:\n\n";
    text +=
        "  --cacert FILE (curl), SSL_CERT_FILE=FILE (OpenSSL, Go, Ruby), REQUESTS_CA_BUNDLE=FILE (Python's "
        "requests),\n";
    text += "  NODE_EXTRA_CA_CERTS=FILE (Node.js)\n";
  }
  text += client_proxy_text(server);
  text += "\nTry it:\n\n  " + curl + "\n\n";
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

// Every connection and every reader of the store needs a descriptor; the usual soft limit is far below what the system
// would allow.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// The main thread while a server runs: it hears signals, and keeps an eye on the others.
class Watch {
 public:
  Watch(app::Server& server, const ServeOptions& options, const Process& process, obs::Log& log)
      : server_(server), options_(options), process_(process), log_(log), manager_(process.environment, getpid()) {}

  // Returns when a signal asks for the end.
  int run(const Signals& signals) {
    manager_.ready("listening on " + server_.url());
    const milliseconds period = std::min(kRound, manager_.alive_period().value_or(kRound));
    for (;;) {
      const auto signal = signals.wait(period);
      if (signal && *signal != SIGHUP) return *signal;
      if (signal) reload();
      server_.renew_certificate();
      tell_alive();
    }
  }

  // Ends the server: first it says that it will, then it finishes what runs.
  void stop(const Signals& signals, const app::Settings& settings) {
    manager_.stopping();
    server_.begin_to_stop();
    // Whoever sends another signal does not want to wait.
    if (settings.stop_delay.count() > 0 && signals.wait(settings.stop_delay)) log_.info("not waiting any longer");
    if (server_.stop(settings.stop_time_max)) return log_.info("stopped; every request was answered");
    log_.warning("stopped; what had not ended in time was cut off",
                 {{"stop-time-max", std::to_string(settings.stop_time_max.count()) + " ms"}});
  }

 private:
  void reload() {
    manager_.reloading(process_.clock.steady_now());
    auto settings = read_settings(options_, process_);
    const base::Result<void> done = settings ? server_.reload(*settings) : settings.error();
    if (done) {
      log_.set_level(settings->log_level);
    } else {
      log_.error("the settings were not reloaded; those in force stay in force", {{"reason", done.error().message()}});
    }
    manager_.ready("listening on " + server_.url());
  }

  void tell_alive() {
    if (!manager_.alive_period()) return;
    const base::SteadyTime now = process_.clock.steady_now();
    if (const std::int64_t rounds = server_.rounds(); rounds != rounds_) {
      rounds_ = rounds;
      moved_ = now;
    }
    if (now - moved_ > kStuckTime || now - told_ < *manager_.alive_period() - kRound) return;
    manager_.alive();
    told_ = now;
  }

  app::Server& server_;
  const ServeOptions& options_;
  const Process& process_;
  obs::Log& log_;
  app::ServiceManager manager_;
  std::int64_t rounds_ = -1;
  base::SteadyTime moved_;
  base::SteadyTime told_;
};

}  // namespace

base::Result<void> run_serve(const ServeOptions& options, const Process& process) {
  TRY_ASSIGN(app::Settings settings, read_settings(options, process));
  raise_descriptor_limit();
  const Signals signals;
  obs::Log log(settings.log_form, settings.log_level);
  if (!settings.user.empty()) {
    // The port first, which may be one that only root can open.
    TRY_ASSIGN(settings.http.listening, http::ListeningSocket::open(settings.http.host, settings.http.port));
    TRY(app::become_user(settings.user, settings.data));
    TRY(app::check_ownership(settings.data));
  } else {
    // Root keeps a port that only root can open.
    if (geteuid() == 0) {
      TRY_ASSIGN(settings.http.listening, http::ListeningSocket::open(settings.http.host, settings.http.port));
    }
    TRY(act_as_owner(settings.data));
  }
  TRY_ASSIGN(const auto server, app::Server::start(settings, {process.clock, process.random, process.files, log}));
  const std::string version = version_text();
  TRY(app::write_address(settings.data, {server->url(), version.substr(version.rfind(' ') + 1)}));
  print_welcome(*server, settings);
  Watch watch(*server, options, process, log);
  const int signal = watch.run(signals);
  log.info("stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
  watch.stop(signals, settings);
  app::remove_address(settings.data);
  return {};
}

}  // namespace waybill::cli
