#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include <sys/resource.h>

#include "app/server.h"
#include "app/settings.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "obs/log.h"

namespace waybill::cli {
namespace {

constexpr std::chrono::milliseconds kStopDeadline{10'000};

// SIGINT and SIGTERM, blocked in every thread that is started later and waited for in this one.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }

  [[nodiscard]] int wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
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
  return "curl -u " + credentials + " '" + server.url() + path + "'";
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
  text += "  Data         " + std::filesystem::absolute(settings.data).string() + "\n\n";
  text += "Try it:\n\n  " + curl + "\n\n";
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

}  // namespace

base::Result<void> run_serve(const ServeOptions& options, const Process& process) {
  std::map<std::string, std::string> file;
  std::filesystem::path config = options.config;
  if (config.empty()) config = process.environment.find("WAYBILL_CONFIG").value_or("");
  if (!config.empty()) {
    TRY_ASSIGN(file, app::read_settings_file(config));
  }
  TRY_ASSIGN(const app::Settings settings, app::resolve_settings(options.flags, process.environment, file));

  raise_descriptor_limit();
  const StopSignals signals;
  const obs::Log log(settings.log_form, settings.log_level);
  TRY_ASSIGN(const auto server, app::Server::start(settings, {process.clock, process.random, process.files, log}));
  print_welcome(*server, settings);
  const int signal = signals.wait();
  log.info("stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
  server->stop(kStopDeadline);
  return {};
}

}  // namespace waybill::cli
