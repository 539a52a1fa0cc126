#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>
// The header of glibc 2.36 forgets to say that its functions are C's.
extern "C" {
#include <sys/pidfd.h>
}

#include "app/server_address.h"
#include "base/age_text.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/json_member.h"
#include "cli/trust.h"
#include "codec/json_scan.h"
#include "doctor/machine_probe.h"
#include "http/client.h"
#include "store/local/schema.h"

namespace waybill::cli {
namespace {

namespace fs = std::filesystem;
using base::Result;

// A process that cannot become another one while this object lives.
class HeldProcess {
 public:
  explicit HeldProcess(std::int64_t pid) : descriptor_(pidfd_open(static_cast<pid_t>(pid), 0)) {}
  HeldProcess(const HeldProcess&) = delete;
  HeldProcess& operator=(const HeldProcess&) = delete;
  ~HeldProcess() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  [[nodiscard]] bool is_there() const { return descriptor_ >= 0; }
  [[nodiscard]] bool send(int signal) const { return pidfd_send_signal(descriptor_, signal, nullptr, 0) == 0; }

 private:
  int descriptor_;
};

// Whether a process has a file open: that is, whether its number means the same process here as in the file.
bool has_open(std::int64_t pid, const fs::path& file) {
  struct stat wanted{};
  if (stat(file.c_str(), &wanted) != 0) return false;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd", error)) {
    struct stat found{};
    if (stat(entry.path().c_str(), &found) == 0 && found.st_dev == wanted.st_dev && found.st_ino == wanted.st_ino) {
      return true;
    }
  }
  return false;
}

base::Error nobody(const fs::path& data) {
  std::error_code error;
  if (!fs::exists(data / store::kDatabaseFile, error)) {
    return base::invalid_argument(data.string() + " is not a Waybill data directory: it has no " +
                                  store::kDatabaseFile);
  }
  return base::not_found("no server runs over " + data.string());
}

struct Running {
  std::int64_t pid = 0;
  app::ServerAddress address;
};

// The server that holds a directory; kNotFound if nobody does, kConflict if it is a command that does, or a server that
// does not listen yet.
Result<Running> find_running(const fs::path& data) {
  const fs::path lock = data / store::kLockFile;
  TRY_ASSIGN(const auto holder, base::FileLock::holder(lock));
  if (!holder) return nobody(data);
  auto address = app::read_address(data, *holder);
  if (!address) {
    return base::conflict("process " + std::to_string(*holder) + " holds " + data.string() +
                          ", and is no server that listens: a command at work, or one that starts");
  }
  return Running{*holder, *std::move(address)};
}

Result<void> send_signal(const fs::path& data, int signal) {
  TRY_ASSIGN(const Running first, find_running(data));
  const HeldProcess process(first.pid);
  // Asked again now that the number cannot pass to another process.
  TRY_ASSIGN(const Running running, find_running(data));
  if (!process.is_there() || running.pid != first.pid) return base::conflict("the server is ending or starting");
  if (geteuid() != 0 && kill(static_cast<pid_t>(running.pid), 0) != 0) {
    return base::invalid_argument("process " + std::to_string(running.pid) +
                                  " belongs to another user; ask as that user, or as root");
  }
  if (!has_open(running.pid, data / store::kLockFile)) {
    return base::conflict("process " + std::to_string(running.pid) +
                          " of the lock file is not one of this machine's: "
                          "ask where the server runs, inside its container for one");
  }
  if (process.send(signal)) return {};
  return base::last_system_error("sending a signal to", std::to_string(running.pid));
}

void pause_a_moment() {
  constexpr std::chrono::milliseconds kMoment{50};
  base::Mutex mutex;
  base::Condition nobody_wakes_it;
  const base::MutexLock lock(mutex);
  nobody_wakes_it.wait_for(mutex, kMoment);
}

// "yes", or "no: …" with the server's reasons.
std::string readiness_of(const Running& running, const fs::path& data, const Process& process) {
  http::ClientOptions options;
  options.connect_time_max = std::chrono::seconds(5);
  options.request_time_max = std::chrono::seconds(10);
  options.trust_file = trust_file_for(running.address.url, data, process);
  http::Client client(std::move(options));
  const auto answer = client.send(http::Method::kGet, running.address.url + "/readyz", {}, "");
  if (!answer) return "no: " + answer.error().message();
  if (answer->status == 200) return "yes";
  codec::JsonChecker checker;
  constexpr std::size_t kNestingMax = 16;
  const auto body = checker.check(answer->body, kNestingMax);
  std::string text = "no";
  const auto reasons = body ? find_member(*body, "reasons") : std::nullopt;
  if (!reasons || !reasons->is_array()) return text;
  for (codec::ElementScanner scan(*reasons); scan.next();) {
    text += (text == "no" ? ": " : "; ") + scan.value().string().value_or("");
  }
  return text;
}

std::string uptime_text(base::WallTime since, base::WallTime now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - since);
  if (seconds < std::chrono::minutes(1)) return std::to_string(seconds.count()) + " s";
  if (seconds < std::chrono::hours(1)) return std::to_string(seconds / std::chrono::minutes(1)) + " min";
  if (seconds < std::chrono::days(1)) return std::to_string(seconds / std::chrono::hours(1)) + " h";
  return std::to_string(seconds / std::chrono::days(1)) + " days";
}

}  // namespace

Result<void> run_status(const ControlOptions& options, const Process& process) {
  TRY_ASSIGN(const Running running, find_running(options.data));
  const std::string ready = readiness_of(running, options.data, process);
  std::string since = "unknown";
  if (const auto listened = doctor::time_of_change(options.data / app::kAddressFile)) {
    since = base::to_second_text(*listened) + " (" + uptime_text(*listened, process.clock.now()) + ")";
  }
  const std::string text = "running    process " + std::to_string(running.pid) + "\nURL        " + running.address.url +
                           "\nversion    " + running.address.version + "\nsince      " + since + "\nready      " +
                           ready + "\n";
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  if (ready == "yes") return {};
  return base::unavailable("the server is not ready");
}

Result<void> run_stop(const ControlOptions& options, const Process& process) {
  const auto limit = base::parse_duration(options.time_max, std::chrono::seconds(0));
  if (!limit) return limit.error().while_doing("--time-max " + base::quoted_for_message(options.time_max));
  const auto sent = send_signal(options.data, SIGTERM);
  if (!sent && sent.error().code() == base::ErrorCode::kNotFound) {
    std::fputs((sent.error().message() + "\n").c_str(), stdout);
    return {};
  }
  TRY(sent);
  const base::SteadyTime end = process.clock.steady_now() + *limit;
  for (;;) {
    TRY_ASSIGN(const auto holder, base::FileLock::holder(options.data / store::kLockFile));
    if (!holder) break;
    if (process.clock.steady_now() >= end) {
      return base::unavailable("the server has been told to end, and is still at it after " + options.time_max);
    }
    pause_a_moment();
  }
  std::fputs("stopped\n", stdout);
  return {};
}

Result<void> run_reload(const ControlOptions& options, const Process& /*process*/) {
  TRY(send_signal(options.data, SIGHUP));
  std::fputs("told to reload; its log says what has changed\n", stdout);
  return {};
}

}  // namespace waybill::cli
