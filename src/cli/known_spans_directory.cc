#include <algorithm>
#include <utility>

#include "app/settings.h"
#include "base/strings.h"
#include "cli/known_spans.h"
#include "cli/open_store.h"
#include "ledger/completeness.h"
#include "ledger/words.h"
#include "store/local/sql_ledger.h"

namespace waybill::cli {
namespace {

using base::Result;

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string by_text(const ledger::Span& span) {
  std::vector<std::string> words;
  switch (span.state) {
    case ledger::State::kProven: words = span.sources; break;
    case ledger::State::kClaimed:
      for (const store::FeedRoad road : span.roads) words.push_back(ledger::to_text(road));
      break;
    case ledger::State::kOpen:
      for (const store::Gap& gap : span.reasons) words.push_back(ledger::to_text(gap.reason) + ": " + gap.detail);
      if (words.empty()) words.emplace_back("not_pulled: no pull has asked for it");
      break;
  }
  return joined(words);
}

// Where the newest pull came from that can be asked again.
std::string newest_source(const std::vector<store::Pull>& pulls) {
  const store::Pull* newest = nullptr;
  const auto asked = [](const store::Pull& pull) { return std::max(pull.asked, pull.asked_last); };
  for (const store::Pull& pull : pulls) {
    if (is_url(pull.source) && (newest == nullptr || asked(pull) > asked(*newest))) newest = &pull;
  }
  return newest == nullptr ? std::string() : newest->source;
}

// The workspaces that hold events, and those that the ledger knows beside them.
Result<std::vector<store::LedgerSubject>> all_subjects(const store::Ledger& ledger, const store::Registry& registry) {
  TRY_ASSIGN(std::vector<store::LedgerSubject> subjects, ledger.subjects());
  TRY_ASSIGN(const auto summaries, registry.summaries());
  for (const store::WorkspaceSummary& summary : summaries) {
    const store::LedgerSubject subject{summary.workspace.account, summary.workspace.sid};
    if (std::find(subjects.begin(), subjects.end(), subject) == subjects.end()) subjects.push_back(subject);
  }
  return subjects;
}

}  // namespace

Result<std::vector<KnownWorkspace>> known_in_directory(const GapsOptions& options, const Process& process) {
  TRY_ASSIGN(const app::Settings settings, app::resolve_settings({}, process.environment, {}));
  TRY_ASSIGN(const auto registry, store::open_registry(options.data));
  TRY_ASSIGN(const auto facts_of, store::SqlLedger::open(options.data, {}));
  TRY_ASSIGN(const auto accounts, registry->accounts());
  TRY_ASSIGN(const auto subjects, all_subjects(*facts_of, *registry));
  std::vector<KnownWorkspace> out;
  for (const store::LedgerSubject& subject : subjects) {
    const std::string sid = subject.workspace.to_text();
    if (!options.workspace_sid.empty() && !base::equals_ignoring_case(sid, options.workspace_sid)) continue;
    TRY_ASSIGN(const ledger::Facts facts, ledger::read_facts(*facts_of, subject));
    const auto known = ledger::completeness(facts, {process.clock.now(), settings.api.settling, {}});
    const auto account = std::find_if(accounts.begin(), accounts.end(),
                                      [&](const model::Account& one) { return one.number == subject.account; });
    KnownWorkspace& workspace = out.emplace_back();
    workspace.account_sid = account == accounts.end() ? "?" : account->sid.to_text();
    workspace.workspace_sid = sid;
    workspace.has_other_accounts = accounts.size() > 1;
    workspace.settling = settings.api.settling;
    workspace.server_upstream = settings.api.pulling.upstream;
    workspace.pulled_from = newest_source(facts.pulls);
    workspace.settled_through = known.settled_through;
    workspace.complete_from = known.complete_from;
    workspace.complete_through = known.complete_through;
    for (const ledger::Span& span : known.spans) {
      workspace.spans.push_back({span.from, span.to, ledger::to_text(span.state), by_text(span),
                                 std::any_of(span.reasons.begin(), span.reasons.end(), [](const store::Gap& gap) {
                                   return gap.reason == store::GapReason::kUnreachable;
                                 })});
    }
  }
  if (out.empty() && !options.workspace_sid.empty()) {
    return no_such_workspace(options.workspace_sid, options.data.string());
  }
  return out;
}

}  // namespace waybill::cli
