#include "backfill/backfill.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "app/upstream_credentials.h"
#include "backfill/log_sink.h"
#include "backfill/server_sink.h"
#include "backfill/workspace_list.h"
#include "base/age_text.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "cli/address.h"
#include "cli/backfill_progress.h"
#include "cli/commands.h"
#include "cli/open_store.h"
#include "cli/trust.h"
#include "eventlog/event_log.h"

namespace waybill::cli {
namespace {

using backfill::Backfill;
using base::invalid_argument;
using base::Result;
using std::chrono::seconds;

// The options once they are understood.
struct Plan {
  std::vector<std::string> workspaces;
  backfill::BackfillRules rules;
  backfill::CallOptions call;         // of the upstream
  std::int64_t from = 0;              // the first second
  std::optional<std::int64_t> until;  // the last one
  seconds every{60};
};

template <class T>
Result<T> named(const char* flag, const std::string& text, Result<T> parsed) {
  if (parsed) return parsed;
  return parsed.error().while_doing(std::string(flag) + " " + base::quoted_for_message(text));
}

Result<seconds> duration_of(const char* flag, const std::string& text, seconds least) {
  return named(flag, text, base::parse_duration(text, least));
}

// An age, or a time.
Result<std::int64_t> parse_since(const std::string& text, base::WallTime now) {
  const auto age = base::parse_age(text, 1);
  if (age && *age) return base::to_seconds(now - **age);
  const auto time = base::parse_time(text);
  if (time) return base::to_seconds(time->first);
  if (base::parse_int(text)) return named("--since", text, Result<std::int64_t>(age.error()));
  return invalid_argument("--since " + base::quoted_for_message(text) +
                          ": must be an age, such as 30d, or a time: " + time.error().message());
}

Result<void> plan_times(Plan& plan, const BackfillOptions& options, base::WallTime now) {
  TRY_ASSIGN(plan.from, parse_since(options.since, now));
  if (!options.until.empty()) {
    TRY_ASSIGN(const base::TimeSpan until, named("--until", options.until, base::parse_time(options.until)));
    plan.until = base::to_seconds(until.last);
    if (*plan.until < plan.from) return invalid_argument("--until is earlier than --since");
    if (options.follow) return invalid_argument("--follow has no end, so --until cannot go with it");
  }
  TRY_ASSIGN(plan.rules.schedule.settle, duration_of("--settle", options.settle, seconds(0)));
  TRY_ASSIGN(plan.rules.schedule.trailing, duration_of("--trailing", options.trailing, seconds(0)));
  TRY_ASSIGN(plan.every, duration_of("--every", options.every, seconds(1)));
  return {};
}

Result<Plan> make_plan(const BackfillOptions& options, const Process& process) {
  Plan plan;
  if (options.url.empty() == options.data.empty()) {
    return invalid_argument("backfill: say where to: --url URL or --data DIR (or set WAYBILL_URL)");
  }
  for (const std::string& sid : options.workspaces) {
    TRY(named("--workspace", sid, model::WorkspaceSid::parse(sid)));
  }
  plan.workspaces = options.workspaces;
  TRY(plan_times(plan, options, process.clock.now()));
  plan.rules.kept = backfill::usual_retention(options.from);
  if (!options.upstream_keeps.empty()) {
    TRY_ASSIGN(plan.rules.kept,
               named("--upstream-keeps", options.upstream_keeps, base::parse_age(options.upstream_keeps, 1)));
  }
  TRY_ASSIGN(const seconds timeout, duration_of("--timeout", options.timeout, seconds(1)));
  plan.call.request_time_max = timeout;
  plan.call.requests_per_second = options.max_rps;
  TRY_ASSIGN(app::UpstreamCredentials credentials,
             app::read_upstream_credentials(process.environment, options.credentials_file));
  plan.call.user = std::move(credentials.user);
  plan.call.password = std::move(credentials.password);
  plan.call.trust_file = trust_file_for(options.from, process);
  return plan;
}

// Where the events go.
class Target {
 public:
  Target() = default;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  virtual ~Target() = default;
  virtual Result<std::unique_ptr<backfill::Sink>> open(const backfill::UpstreamWorkspace& workspace) = 0;
};

class ServerTarget final : public Target {
 public:
  ServerTarget(std::string url, backfill::CallOptions call, const backfill::CallParts& parts)
      : url_(std::move(url)), call_(std::move(call)), parts_(parts) {}

  // What a new workspace is called, a server takes from its events.
  Result<std::unique_ptr<backfill::Sink>> open(const backfill::UpstreamWorkspace& workspace) override {
    TRY_ASSIGN(auto sink, backfill::ServerSink::open(url_, workspace.sid, call_, parts_));
    return std::unique_ptr<backfill::Sink>(std::move(sink));
  }

 private:
  const std::string url_;
  const backfill::CallOptions call_;
  const backfill::CallParts parts_;
};

class DirectoryTarget final : public Target {
 public:
  DirectoryTarget(std::unique_ptr<store::LocalStore> store, model::Account account, const Process& process)
      : store_(std::move(store)),
        account_(std::move(account)),
        process_(process),
        event_log_(*store_, process.log, {}) {}

  Result<std::unique_ptr<backfill::Sink>> open(const backfill::UpstreamWorkspace& workspace) override {
    TRY_ASSIGN(auto sink, backfill::LogSink::open(
                              {event_log_, store_->ledger(), store_->rejects(), process_.random, process_.clock},
                              account_, workspace.sid, model::Limits(), workspace.friendly_name));
    return std::unique_ptr<backfill::Sink>(std::move(sink));
  }

 private:
  const std::unique_ptr<store::LocalStore> store_;
  const model::Account account_;
  const Process process_;
  eventlog::EventLog event_log_;
};

Result<std::unique_ptr<Target>> open_target(const BackfillOptions& options, const Process& process,
                                            const backfill::CallParts& parts) {
  if (!options.url.empty()) {
    backfill::CallOptions call;
    call.requests_per_second = 0;
    call.user = process.environment.find_trimmed("WAYBILL_ACCOUNT_SID").value_or("");
    call.password = process.environment.find_trimmed("WAYBILL_AUTH_TOKEN").value_or("");
    if (call.user.empty() || call.password.empty()) {
      return invalid_argument(
          "credentials required: set WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN to an account's SID and Auth Token");
    }
    call.trust_file = trust_file_for(options.url, process);
    return std::unique_ptr<Target>(std::make_unique<ServerTarget>(options.url, std::move(call), parts));
  }
  TRY_ASSIGN(OpenedDirectory opened, open_directory(options.data, process));
  return std::unique_ptr<Target>(
      std::make_unique<DirectoryTarget>(std::move(opened.store), std::move(opened.account), process));
}

// One workspace on its way.
struct Road {
  std::string workspace_sid;
  std::unique_ptr<backfill::Upstream> upstream;
  std::unique_ptr<backfill::Sink> sink;
  std::unique_ptr<Backfill> backfill;
  std::size_t gaps_told = 0;
};

Result<Road> open_road(const backfill::UpstreamWorkspace& workspace, const Plan& plan, const std::string& from,
                       Target& target, const backfill::CallParts& parts, BackfillProgress& progress) {
  Road road;
  road.workspace_sid = workspace.sid;
  TRY_ASSIGN(road.upstream, backfill::Upstream::open(from, workspace.sid, plan.call, parts));
  TRY_ASSIGN(road.sink, target.open(workspace));
  backfill::PatientClient& client = road.upstream->client();
  client.set_on_wait([&progress](std::chrono::milliseconds time, const std::string& why) { progress.wait(time, why); });
  road.backfill = std::make_unique<Backfill>(
      Backfill::Parts{*road.upstream, *road.sink, parts.clock, parts.pause, road.upstream->name()}, plan.rules,
      [&progress, &client](const backfill::BackfillStep& step) { progress.step(step, client.requests()); });
  return road;
}

// What could not be had is said when it is known, not at some end that --follow never sees.
void tell_gaps(Road& road) {
  const auto& gaps = road.backfill->unreachable();
  for (; road.gaps_told < gaps.size(); ++road.gaps_told) {
    const backfill::Unreachable& gap = gaps[road.gaps_told];
    std::fputs(fmt::format("{}: not all of {} to {}: {}\n", road.workspace_sid,
                           base::to_second_text(backfill::first_moment(gap.span)),
                           base::to_second_text(backfill::last_moment(gap.span)), gap.detail)
                   .c_str(),
               stderr);
  }
}

void tell_what_is_too_old(const Road& road) {
  for (const backfill::Span& span : road.backfill->too_old()) {
    std::fputs(
        fmt::format("{}: {} to {} is older than what the upstream keeps: what came is stored, nothing is proven\n",
                    road.workspace_sid, base::to_second_text(backfill::first_moment(span)),
                    base::to_second_text(backfill::last_moment(span)))
            .c_str(),
        stderr);
  }
}

Result<void> poll(Road& road, const Plan& plan, const Process& process, BackfillProgress& progress,
                  BackfillProgress::Silence silence) {
  const std::int64_t last = base::to_seconds(process.clock.now()) - 1;
  const backfill::Span range{plan.from, std::min(plan.until.value_or(last), last)};
  const auto requests = [&] { return road.upstream->client().requests(); };
  progress.begin(road.workspace_sid, requests());
  const auto polled = range.from <= range.to ? road.backfill->poll(range) : Result<void>();
  progress.summary(requests(), silence);
  tell_gaps(road);
  if (!polled) return polled.error().while_doing(road.workspace_sid);
  return {};
}

// The workspaces that are pulled, and the road of each; with none named those that the upstream has.
class Roads {
 public:
  struct Parts {
    const Plan& plan;
    const std::string& from;
    Target& target;
    const backfill::CallParts& call;
    const Process& process;
    BackfillProgress& progress;
  };
  explicit Roads(const Parts& parts) : parts_(parts), lister_(parts.plan.call, parts.call) {
    lister_.set_on_wait([&progress = parts.progress](std::chrono::milliseconds time, const std::string& why) {
      progress.wait(time, why);
    });
  }

  // Opens a road for each workspace that has none, and polls them all, also where one of them fails. What could not be
  // had is told; of errors the first is returned.
  Result<void> pull(BackfillProgress::Silence silence) {
    TRY(open_new());
    Result<void> outcome;
    for (Road& road : roads_) {
      auto polled = poll(road, parts_.plan, parts_.process, parts_.progress, silence);
      if (!polled && outcome) outcome = std::move(polled);
    }
    return outcome;
  }

  [[nodiscard]] const std::vector<Road>& all() const { return roads_; }

 private:
  Result<void> open_new() {
    std::vector<backfill::UpstreamWorkspace> wanted;
    for (const std::string& sid : parts_.plan.workspaces) wanted.push_back({sid, {}});
    if (wanted.empty()) {
      TRY_ASSIGN(wanted, backfill::list_workspaces(lister_, parts_.from));
      tell_how_many(wanted.size());
    }
    for (const backfill::UpstreamWorkspace& workspace : wanted) {
      const bool is_open = std::any_of(roads_.begin(), roads_.end(),
                                       [&](const Road& road) { return road.workspace_sid == workspace.sid; });
      if (is_open) continue;
      TRY_ASSIGN(Road road,
                 open_road(workspace, parts_.plan, parts_.from, parts_.target, parts_.call, parts_.progress));
      roads_.push_back(std::move(road));
    }
    return {};
  }

  // At first, and when there are more or fewer.
  void tell_how_many(std::size_t count) {
    if (told_ == count) return;
    told_ = count;
    std::fputs((parts_.from + " has " + (count == 0 ? "no workspace for these credentials" : std::to_string(count)) +
                (count == 0   ? ""
                 : count == 1 ? " workspace"
                              : " workspaces") +
                "\n")
                   .c_str(),
               stderr);
  }

  const Parts parts_;
  backfill::PatientClient lister_;
  std::vector<Road> roads_;
  std::optional<std::size_t> told_;
};

// Polls until it is ended from outside, also where nothing answers from the beginning. An upstream that fails is asked
// again; only what cannot mend itself ends it.
Result<void> follow(Roads& roads, const Plan& plan, backfill::Pause& pause) {
  std::string trouble;
  auto silence = BackfillProgress::Silence::kTold;
  do {
    const auto polled = roads.pull(silence);
    silence = BackfillProgress::Silence::kExpected;
    const std::string told = polled ? "" : polled.error().message();
    if (!polled && polled.error().code() == base::ErrorCode::kInvalidArgument) return polled;
    if (!told.empty() && told != trouble) std::fputs((told + "; trying again\n").c_str(), stderr);
    trouble = told;
  } while (pause.wait(plan.every));
  return {};
}

}  // namespace

Result<void> run_backfill(const BackfillOptions& given, const Process& process) {
  const BackfillOptions options = with_default_url(given, process);
  TRY_ASSIGN(const Plan plan, make_plan(options, process));
  backfill::StoppablePause pause;
  const backfill::CallParts parts{process.clock, process.random, pause};
  TRY_ASSIGN(const auto target, open_target(options, process, parts));
  BackfillProgress progress(process.clock, isatty(STDERR_FILENO) != 0);
  Roads roads({plan, options.from, *target, parts, process, progress});
  if (options.follow) return follow(roads, plan, pause);
  TRY(roads.pull(BackfillProgress::Silence::kTold));
  std::size_t gaps = 0;
  for (const Road& road : roads.all()) {
    tell_what_is_too_old(road);
    gaps += road.backfill->unreachable().size();
  }
  if (roads.all().empty()) {
    return base::not_found(options.from + " has no workspace for these credentials; nothing was pulled");
  }
  if (gaps == 0) return {};
  return base::unavailable(fmt::format("{} spans could not be had whole; they stand in the ledger as gaps", gaps));
}

}  // namespace waybill::cli
