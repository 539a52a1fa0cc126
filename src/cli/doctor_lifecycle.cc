#include <cstdio>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "app/settings.h"
#include "base/age_text.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "cli/address.h"
#include "cli/commands.h"
#include "cli/json_member.h"
#include "cli/open_store.h"
#include "cli/server_client.h"
#include "codec/json_scan.h"
#include "codec/record.h"
#include "http/url.h"
#include "ledger/lifecycle.h"

namespace waybill::cli {
namespace {

using base::Result;
using codec::CheckedJson;
using ledger::Finding;
using ledger::LifecycleCheck;
using ledger::LifeEvent;
using ledger::Oddity;

constexpr std::size_t kFindingsMax = 10'000;
constexpr std::uint32_t kPageSize = 1000;

// A sid of event_data, or of the resource where it is of that kind.
std::string sid_of(const CheckedJson& event, const CheckedJson& data, std::string_view name, std::string_view prefix) {
  std::string sid = text_member(data, name);
  if (sid.empty()) sid = text_member(event, "resource_sid");
  return sid.starts_with(prefix) ? sid : std::string();
}

Result<LifeEvent> to_life_event(const CheckedJson& event) {
  const auto time = find_member(event, "event_date_ms");
  const auto ms = time ? time->integer() : std::nullopt;
  if (!ms) return base::unavailable("an event has no event_date_ms: " + text_member(event, "sid"));
  const auto data = find_member(event, "event_data").value_or(CheckedJson());
  return LifeEvent{text_member(event, "sid"), text_member(event, "event_type"), base::from_ms(*ms),
                   sid_of(event, data, "task_sid", "WT"), sid_of(event, data, "reservation_sid", "WR")};
}

Result<void> read_from_server(const LifecycleOptions& options, const Process& process, LifecycleCheck& check) {
  TRY_ASSIGN(const auto client, ServerClient::open_as_account(options.url, process));
  std::string next = "/v1/Workspaces/" + http::percent_encode(options.workspace_sid) +
                     "/Events?StartDate=0000-01-01&PageSize=" + std::to_string(kPageSize);
  while (!next.empty()) {
    TRY_ASSIGN(const CheckedJson page, client->get(next));
    const auto list = find_member(page, "events");
    const auto meta = find_member(page, "meta");
    if (!list || !list->is_array() || !meta) return base::unavailable("the server's answer is no page of events");
    for (codec::ElementScanner scan(*list); scan.next();) {
      TRY_ASSIGN(const LifeEvent event, to_life_event(scan.value()));
      check.add(event);
    }
    next = text_member(*meta, "next_page_url");
  }
  return {};
}

Result<void> read_from_directory(const LifecycleOptions& options, const Process& process, LifecycleCheck& check) {
  TRY_ASSIGN(app::Settings settings, app::resolve_settings({}, process.environment, {}));
  settings.store.background = false;
  // A directory that is none is not made.
  TRY(store::open_registry(options.data));
  TRY_ASSIGN(const auto store, open_store(options.data, process, settings.store));
  TRY_ASSIGN(const model::Workspace workspace,
             workspace_for(*store, options.account_sid, options.workspace_sid, process.environment));
  model::EventQuery query;
  query.workspace = workspace.number;
  query.limit = kPageSize;
  codec::JsonChecker checker;
  std::string json;
  for (;;) {
    TRY_ASSIGN(const model::FoundPage page, store->list(query));
    for (const model::FoundEvent& found : page.events) {
      json.clear();
      TRY(codec::append_shown(json, found.record, "", codec::TaskAttributes::kRedacted));
      TRY_ASSIGN(const CheckedJson shown, checker.check(json, codec::kStoredNestingMax));
      TRY_ASSIGN(const LifeEvent event, to_life_event(shown));
      check.add(event);
    }
    if (!page.more || page.events.empty()) return {};
    query.after = page.events.back().key;
    query.horizon = page.horizon;
  }
}

std::string headline(const Finding& finding) {
  switch (finding.oddity) {
    case Oddity::kNoReservationCreated: return finding.subject + ": has events, but no reservation.created";
    case Oddity::kTaskNeverEnded: return finding.subject + ": never ended; its last event is";
    case Oddity::kTimesRunBackwards:
      return finding.subject + ": times run backwards; the first of these comes after the second";
  }
  return finding.subject;
}

std::string to_text(const Finding& finding) {
  std::string out = headline(finding) + "\n";
  for (const LifeEvent& event : finding.events) {
    out += "  " + base::to_millisecond_text(event.time) + "  " + event.sid + "  " +
           base::quoted_for_message(event.type) + "\n";
  }
  return out;
}

}  // namespace

Result<void> run_doctor_lifecycle(const LifecycleOptions& given, const Process& process) {
  const LifecycleOptions options = with_default_url(given, process);
  if (options.url.empty() && options.data.empty()) {
    return base::invalid_argument("say where: --url URL or --data DIR (or set WAYBILL_URL)");
  }
  if (const auto sid = model::WorkspaceSid::parse(options.workspace_sid); !sid) {
    return sid.error().while_doing("--workspace");
  }
  std::chrono::milliseconds task_life_max = ledger::kTaskLifeMax;
  if (!options.task_life.empty()) {
    const auto age = base::parse_age(options.task_life, 1);
    if (!age) return age.error().while_doing("--task-life: " + base::quoted_for_message(options.task_life));
    if (!*age) return base::invalid_argument("--task-life: never: then no task could be told to have no end");
    task_life_max = **age;
  }
  LifecycleCheck check(kFindingsMax);
  TRY(options.url.empty() ? read_from_directory(options, process, check) : read_from_server(options, process, check));
  check.finish(process.clock.now(), task_life_max);
  for (const Finding& finding : check.findings()) std::fputs(to_text(finding).c_str(), stdout);
  std::fflush(stdout);
  const std::string seen =
      fmt::format("{} events, {} tasks, {} reservations", check.events(), check.tasks(), check.reservations());
  if (check.found() == 0) {
    std::fputs(("fine: " + seen + "\n").c_str(), stdout);
    return {};
  }
  const std::string shown = check.found() > kFindingsMax ? fmt::format(", {} shown", kFindingsMax) : "";
  return base::corruption(
      fmt::format("{} findings{} in {}; `waybill gaps` says where events may be missing", check.found(), shown, seen));
}

}  // namespace waybill::cli
