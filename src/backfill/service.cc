#include "backfill/service.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"

namespace waybill::backfill {

using base::Result;

Service::Service(ServiceOptions options, model::Account account, const ServiceParts& parts)
    : options_(std::move(options)),
      account_(std::move(account)),
      parts_(parts),
      thread_("backfill", [this] { work(); }) {}

Service::~Service() { pause_.stop(); }

void Service::work() {
  do {
    for (const std::string& sid : workspace_sids()) {
      if (pause_.is_stopped()) return;
      poll(sid);
    }
  } while (pause_.wait(options_.every));
}

std::vector<std::string> Service::workspace_sids() const {
  if (!options_.workspaces.empty()) return options_.workspaces;
  std::vector<std::string> sids;
  for (const model::Workspace& known : parts_.registry.workspaces(account_.number)) sids.push_back(known.sid_text);
  return sids;
}

void Service::poll(const std::string& workspace_sid) {
  const auto found = workspace(workspace_sid);
  if (!found) {
    // Settings that are wrong stay wrong; said once.
    std::string& told = troubles_[workspace_sid];
    if (told != found.error().message()) {
      parts_.log.warning("nothing can be pulled", {{"workspace", workspace_sid}, {"reason", found.error().message()}});
    }
    told = found.error().message();
    return;
  }
  const std::int64_t now = second_of(parts_.sink.clock.now());
  const std::uint64_t accepted = (*found)->backfill->totals().accepted;
  const auto polled = (*found)->backfill->poll({now - options_.look_back.count(), now - 1});
  if (!pause_.is_stopped()) tell(workspace_sid, **found, polled, accepted);
}

Result<Service::Workspace*> Service::workspace(const std::string& sid) {
  if (const auto known = workspaces_.find(sid); known != workspaces_.end()) return &known->second;
  Workspace made;
  const CallParts call{parts_.sink.clock, parts_.sink.random, pause_};
  TRY_ASSIGN(made.upstream, Upstream::open(options_.url, sid, options_.call, call));
  TRY_ASSIGN(made.sink, LogSink::open(parts_.sink, account_, sid, options_.limits));
  made.backfill = std::make_unique<Backfill>(
      Backfill::Parts{*made.upstream, *made.sink, parts_.sink.clock, pause_, made.upstream->name()}, options_.rules,
      nullptr);
  return &workspaces_.emplace(sid, std::move(made)).first->second;
}

void Service::tell(const std::string& sid, Workspace& workspace, const Result<void>& polled, std::uint64_t accepted) {
  const std::string trouble = polled ? "" : polled.error().message();
  if (trouble != workspace.trouble) {
    polled ? parts_.log.info("the upstream answers again", {{"workspace", sid}})
           : parts_.log.warning("pulling failed, and is tried again", {{"workspace", sid}, {"reason", trouble}});
  }
  workspace.trouble = trouble;
  const auto& unreachable = workspace.backfill->unreachable();
  for (; workspace.unreachable < unreachable.size(); ++workspace.unreachable) {
    const Unreachable& gap = unreachable[workspace.unreachable];
    parts_.log.warning("events could not be had", {{"workspace", sid},
                                                   {"from", base::to_second_text(first_moment(gap.span))},
                                                   {"to", base::to_second_text(last_moment(gap.span))},
                                                   {"reason", gap.detail}});
  }
  const std::uint64_t fresh = workspace.backfill->totals().accepted - accepted;
  if (fresh > 0) parts_.log.info("pulled events", {{"workspace", sid}, {"new", std::to_string(fresh)}});
}

}  // namespace waybill::backfill
