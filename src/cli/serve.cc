#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

#include "app/privileges.h"
#include "app/server.h"
#include "app/server_address.h"
#include "app/service_manager.h"
#include "app/settings.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/freed_memory.h"
#include "cli/act_as_owner.h"
#include "cli/commands.h"
#include "cli/read_settings.h"
#include "cli/version.h"
#include "cli/welcome.h"
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

// What whoever started the server needs to know, printed, logged and written where it was asked for.
base::Result<void> tell_start(const app::Server& server, const app::Settings& settings, const obs::Log& log) {
  std::uint64_t events = 0;
  if (const auto summaries = server.store().summaries()) {
    for (const store::WorkspaceSummary& one : *summaries) events += one.events;
  }
  if (!settings.address_file.empty()) TRY(base::write_private_file(settings.address_file, server.url() + "\n"));
  log.info("listening", {{"url", server.url()}, {"version", version_number()}, {"events", events}});
  const Reader reader = isatty(STDOUT_FILENO) != 0 ? Reader::kPerson : Reader::kMachine;
  std::fputs(welcome_text(server, settings, reader).c_str(), stdout);
  std::fflush(stdout);
  return {};
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
      freed_memory_.look();
      tell_alive();
    }
  }

  // Ends the server: first it says that it will, then it finishes what runs.
  void stop(const Signals& signals, const app::Settings& settings) {
    manager_.stopping();
    server_.begin_to_stop();
    // Whoever sends another signal does not want to wait.
    if (settings.stop_delay.count() > 0 && signals.wait(settings.stop_delay)) log_.info("not waiting any longer");
    if (server_.stop(settings.stop_time_max)) return log_.info("stopped; all requests were answered");
    log_.warning("stopped; unfinished requests were aborted", {{"stop_time_max_ms", settings.stop_time_max.count()}});
  }

 private:
  void reload() {
    manager_.reloading(process_.clock.steady_now());
    auto settings = read_settings(options_, process_);
    const base::Result<void> done = settings ? server_.reload(*settings) : settings.error();
    if (done) {
      log_.set_level(settings->log_level);
    } else {
      log_.error("settings not reloaded; the current ones stay in force", {{"reason", done.error().message()}});
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
  base::FreedMemory freed_memory_;
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
  const auto told = app::write_address(settings.data, {server->url(), version_number()});
  if (!told && told.error().code() != base::ErrorCode::kStorageFull) return told.error();
  if (!told) log.warning("server address file not written", {{"reason", told.error().message()}});
  TRY(tell_start(*server, settings, log));
  Watch watch(*server, options, process, log);
  const int signal = watch.run(signals);
  log.info("stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
  watch.stop(signals, settings);
  app::remove_address(settings.data);
  if (!settings.address_file.empty() && !base::is_special_file(settings.address_file)) {
    std::error_code ignored;  // somebody else may have taken it away
    std::filesystem::remove(settings.address_file, ignored);
  }
  return {};
}

}  // namespace waybill::cli
