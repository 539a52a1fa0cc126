#include <cstdio>
#include <memory>
#include <utility>

#include "base/crypto.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/open_store.h"
#include "cli/sid_argument.h"
#include "cli/table.h"
#include "model/friendly_name.h"
#include "store/local/sql_registry.h"
#include "store/local/upkeep_notes.h"
#include "store/upkeep_words.h"

namespace waybill::cli {
namespace {

using base::Result;

std::string time_or_dash(const std::optional<base::WallTime>& time) { return time ? base::to_second_text(*time) : "-"; }

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

// The administrator's API has the same rule.
Result<void> check_name(const std::string& name) {
  if (const auto fits = model::check_friendly_name(name); !fits) return fits.error().while_doing("--name");
  return {};
}

}  // namespace

Result<void> run_account_create(const AccountOptions& options, const Process& process) {
  TRY(check_name(options.friendly_name));
  TRY_ASSIGN(const auto registry, store::open_registry(options.data));
  model::AccountSid sid(process.random.bytes<sizeof(model::SidBytes)>());
  if (!options.sid.empty()) {
    const auto given = model::AccountSid::parse(options.sid);
    if (!given) {
      return base::invalid_argument("--account-sid: " + base::quoted_for_message(options.sid) + " " +
                                    given.error().message());
    }
    sid = *given;
  }
  const std::string token = base::new_secret(process.random);
  TRY(registry->create_account({{}, sid, token, options.friendly_name, process.clock.now(), {}}));
  print("Account SID  " + sid.to_text() + "\nAuth Token   " + token + "\n");
  return {};
}

Result<void> run_account_list(const AccountOptions& options, const Process&) {
  TRY_ASSIGN(const auto registry, store::open_registry(options.data));
  TRY_ASSIGN(const auto accounts, registry->accounts());
  std::vector<std::vector<std::string>> rows = {{"ACCOUNT SID", "CREATED", "DISABLED", "NAME"}};
  for (const model::Account& account : accounts) {
    rows.push_back({account.sid.to_text(), base::to_second_text(account.created), time_or_dash(account.disabled),
                    account.friendly_name});
  }
  print(to_table(rows));
  return {};
}

Result<void> run_account_rotate(const AccountOptions& options, const Process& process) {
  TRY_ASSIGN(const auto registry, store::open_registry(options.data));
  TRY_ASSIGN(const auto sid, parse_sid<model::AccountSid>(options.sid));
  const std::string token = base::new_secret(process.random);
  TRY(registry->set_auth_token(sid, token));
  print("Account SID  " + sid.to_text() + "\nAuth Token   " + token + "\n");
  return {};
}

Result<void> run_account_disable(const AccountOptions& options, const Process& process) {
  TRY_ASSIGN(const auto registry, store::open_registry(options.data));
  TRY_ASSIGN(const auto sid, parse_sid<model::AccountSid>(options.sid));
  return registry->disable_account(sid, process.clock.now());
}

Result<void> run_key_create(const KeyOptions& options, const Process& process) {
  TRY(check_name(options.friendly_name));
  TRY_ASSIGN(const auto registry, store::open_registry(options.data));
  TRY_ASSIGN(const model::Account account, account_for(*registry, options.account_sid, process.environment));
  const model::ApiKeySid sid(process.random.bytes<sizeof(model::SidBytes)>());
  const std::string secret = base::new_secret(process.random);
  TRY(registry->create_key(
      {sid, account.number, base::sha256(secret), options.friendly_name, process.clock.now(), {}}));
  print("Key SID      " + sid.to_text() + "\nSecret       " + secret + "\nAccount SID  " + account.sid.to_text() +
        "\n");
  return {};
}

Result<void> run_key_list(const KeyOptions& options, const Process&) {
  TRY_ASSIGN(const auto registry, store::open_registry(options.data));
  TRY_ASSIGN(const auto accounts, registry->accounts());
  TRY_ASSIGN(const auto keys, registry->keys());
  std::vector<std::vector<std::string>> rows = {{"KEY SID", "ACCOUNT SID", "CREATED", "REVOKED", "NAME"}};
  for (const model::ApiKey& key : keys) {
    std::string account_sid = "?";
    for (const model::Account& account : accounts) {
      if (account.number == key.account) account_sid = account.sid.to_text();
    }
    rows.push_back({key.sid.to_text(), account_sid, base::to_second_text(key.created), time_or_dash(key.revoked),
                    key.friendly_name});
  }
  print(to_table(rows));
  return {};
}

Result<void> run_key_revoke(const KeyOptions& options, const Process& process) {
  TRY_ASSIGN(const auto registry, store::open_registry(options.data));
  TRY_ASSIGN(const auto sid, parse_sid<model::ApiKeySid>(options.sid));
  return registry->revoke_key(sid, process.clock.now());
}

Result<void> run_workspace_list(const WorkspaceOptions& options, const Process&) {
  TRY_ASSIGN(const auto registry, store::open_registry(options.data));
  TRY_ASSIGN(const auto accounts, registry->accounts());
  TRY_ASSIGN(const auto summaries, registry->summaries());
  TRY_ASSIGN(const store::UpkeepNotes notes, store::read_upkeep_notes(options.data));
  std::vector<std::vector<std::string>> rows = {
      {"WORKSPACE SID", "ACCOUNT SID", "EVENTS", "VARIANTS", "FIRST", "LAST", "RETAIN", "NAME"}};
  for (const store::WorkspaceSummary& summary : summaries) {
    std::string account_sid = "?";
    for (const model::Account& account : accounts) {
      if (account.number == summary.workspace.account) account_sid = account.sid.to_text();
    }
    const bool any = summary.events > 0;
    const auto own = notes.own_retention.find(summary.workspace.number);
    const std::string retain =
        store::to_text(own == notes.own_retention.end() ? std::nullopt : std::optional<store::Retention>(own->second));
    rows.push_back({summary.workspace.sid_text, account_sid, std::to_string(summary.events),
                    std::to_string(summary.variants), any ? base::to_millisecond_text(summary.first) : "-",
                    any ? base::to_millisecond_text(summary.last) : "-", retain, summary.workspace.friendly_name});
  }
  print(to_table(rows));
  return {};
}

}  // namespace waybill::cli
