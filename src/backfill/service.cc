#include "backfill/service.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "base/time_text.h"

namespace waybill::backfill {

using base::Result;

namespace {

// In the largest unit that leaves nothing over.
std::string duration_text(std::chrono::seconds time) {
  constexpr std::pair<std::int64_t, char> kUnits[] = {{86'400, 'd'}, {3600, 'h'}, {60, 'm'}};
  for (const auto& [seconds, letter] : kUnits) {
    if (time.count() > 0 && time.count() % seconds == 0) return std::to_string(time.count() / seconds) + letter;
  }
  return std::to_string(time.count()) + "s";
}

}  // namespace

Service::Service(ServiceOptions options, model::Account account, const ServiceParts& parts)
    : options_(std::move(options)),
      account_(std::move(account)),
      parts_(parts),
      lister_(options_.call, {parts.sink.clock, parts.sink.random, pause_}),
      thread_("backfill", [this] { work(); }) {}

Service::~Service() { pause_.stop(); }

void Service::work() {
  do {
    for (const UpstreamWorkspace& one : workspaces()) {
      if (pause_.is_stopped()) return;
      poll(one);
    }
    tell_trouble();
  } while (pause_.wait(options_.every));
}

std::vector<UpstreamWorkspace> Service::workspaces() {
  std::vector<UpstreamWorkspace> out;
  for (const std::string& sid : options_.workspaces) out.push_back({sid, {}});
  if (out.empty()) {
    look_for_workspaces();
    out = listed_;
    if (!list_trouble_.empty()) {
      // Those of an upstream that cannot be asked; pulling them shows whether it can now.
      for (const model::Workspace& known : parts_.registry.workspaces(account_.number)) {
        const bool is_listed = std::any_of(out.begin(), out.end(), [&](const UpstreamWorkspace& one) {
          return base::equals_ignoring_case(one.sid, known.sid_text);
        });
        if (!is_listed) out.push_back({known.sid_text, known.friendly_name});
      }
      if (out.empty()) return out;
    }
  }
  tell_workspaces(out.size());
  return out;
}

void Service::look_for_workspaces() {
  auto listed = list_workspaces(lister_, options_.url);
  if (pause_.is_stopped()) return;
  const std::string trouble = listed ? "" : listed.error().message();
  if (listed) listed_ = *std::move(listed);
  if (trouble != list_trouble_) {
    trouble.empty() ? parts_.log.info("upstream lists its workspaces again", {{"upstream", options_.url}})
                    : parts_.log.warning("upstream workspaces not listed; will retry",
                                         {{"upstream", options_.url}, {"reason", trouble}});
  }
  list_trouble_ = trouble;
}

// At the start, and whenever there are more or fewer.
void Service::tell_workspaces(std::size_t count) {
  if (pause_.is_stopped() || (has_told_count_ && told_count_ == count)) return;
  told_count_ = count;
  has_told_count_ = true;
  if (count == 0) {
    return parts_.log.warning("upstream has no workspaces; nothing is pulled", {{"upstream", options_.url}});
  }
  parts_.log.info("pulls " + std::to_string(count) + (count == 1 ? " workspace of " : " workspaces of ") +
                  options_.url + " every " + duration_text(options_.every));
}

void Service::tell_trouble() {
  if (!parts_.on_trouble || pause_.is_stopped()) return;
  std::string trouble;
  if (!list_trouble_.empty()) trouble = "its workspaces cannot be listed; the log says why";
  for (const auto& [sid, one] : workspaces_) {
    if (!one.trouble.empty()) trouble = "pulling " + sid + " fails; the log says why";
  }
  for (const auto& [sid, told] : troubles_) trouble = "pulling " + sid + " fails; the log says why";
  if (trouble.empty() && has_told_count_ && told_count_ == 0) trouble = "it has no workspace for these credentials";
  if (trouble != told_trouble_) parts_.on_trouble(trouble);
  told_trouble_ = trouble;
}

void Service::poll(const UpstreamWorkspace& named) {
  const auto found = workspace(named);
  if (!found) {
    // Settings that are wrong stay wrong; said once.
    std::string& told = troubles_[named.sid];
    if (told != found.error().message()) {
      parts_.log.warning("nothing can be pulled", {{"workspace", named.sid}, {"reason", found.error().message()}});
    }
    told = found.error().message();
    return;
  }
  const std::int64_t now = base::to_seconds(parts_.sink.clock.now());
  const std::uint64_t accepted = (*found)->backfill->totals().accepted;
  const auto polled = (*found)->backfill->poll({now - options_.look_back.count(), now - 1});
  if (!pause_.is_stopped()) tell(named.sid, **found, polled, accepted);
}

Result<Service::Workspace*> Service::workspace(const UpstreamWorkspace& named) {
  if (const auto known = workspaces_.find(named.sid); known != workspaces_.end()) return &known->second;
  Workspace made;
  const CallParts call{parts_.sink.clock, parts_.sink.random, pause_};
  TRY_ASSIGN(made.upstream, Upstream::open(options_.url, named.sid, options_.call, call));
  TRY_ASSIGN(made.sink, LogSink::open(parts_.sink, account_, named.sid, options_.limits, named.friendly_name));
  made.backfill = std::make_unique<Backfill>(
      Backfill::Parts{*made.upstream, *made.sink, parts_.sink.clock, pause_, made.upstream->name()}, options_.rules,
      nullptr);
  return &workspaces_.emplace(named.sid, std::move(made)).first->second;
}

void Service::tell(const std::string& sid, Workspace& workspace, const Result<void>& polled, std::uint64_t accepted) {
  const std::string trouble = polled ? "" : polled.error().message();
  if (trouble != workspace.trouble) {
    polled ? parts_.log.info("upstream is answering again", {{"workspace", sid}})
           : parts_.log.warning("pull failed; will retry", {{"workspace", sid}, {"reason", trouble}});
  }
  workspace.trouble = trouble;
  const auto& unreachable = workspace.backfill->unreachable();
  for (; workspace.unreachable < unreachable.size(); ++workspace.unreachable) {
    const Unreachable& gap = unreachable[workspace.unreachable];
    parts_.log.warning("events could not be pulled", {{"workspace", sid},
                                                      {"from", base::to_second_text(first_moment(gap.span))},
                                                      {"to", base::to_second_text(last_moment(gap.span))},
                                                      {"reason", gap.detail}});
  }
  const std::uint64_t fresh = workspace.backfill->totals().accepted - accepted;
  if (fresh > 0) parts_.log.info("pulled events", {{"workspace", sid}, {"new", fresh}});
}

}  // namespace waybill::backfill
