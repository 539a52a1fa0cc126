#include <filesystem>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/command_groups.h"

namespace waybill::cli {
namespace {

void add_data_option(CLI::App& command, std::filesystem::path& place) {
  place = "data";
  command.add_option("--data", place, "the data directory")->capture_default_str()->envname("WAYBILL_DATA");
}

void add_account(CLI::App& app, Options& options, Action& action) {
  AccountOptions& account = options.account;
  CLI::App* const group =
      app.add_subcommand("account", "Manage the accounts of a data directory; a server may be running");
  group->require_subcommand(1);
  using Run = base::Result<void> (*)(const AccountOptions&, const Process&);
  const auto add = [&](const char* name, const char* help, Run run) {
    CLI::App* const command = group->add_subcommand(name, help);
    add_data_option(*command, account.data);
    command->callback(
        [&, run] { action = [&, run](const Process& process) { return run(options.account, process); }; });
    return command;
  };
  CLI::App* const create = add("create", "Create an account and print its credentials", run_account_create);
  create->add_option("--name", account.friendly_name, "what to call it");
  create->add_option("--account-sid", account.sid, "Account SID, such as the hosted account's; default: a new one")
      ->type_name("AC…");
  add("list", "List accounts, without secrets", run_account_list);
  add("rotate", "Replace an account's Auth Token; the old one stops working at once", run_account_rotate)
      ->add_option("sid", account.sid, "its Account SID")
      ->required();
  add("disable", "Disable an account; its credentials and keys stop working. Cannot be undone.", run_account_disable)
      ->add_option("sid", account.sid, "its Account SID")
      ->required();
}

void add_key(CLI::App& app, Options& options, Action& action) {
  KeyOptions& key = options.key;
  CLI::App* const group = app.add_subcommand("key", "Manage the API keys of a data directory; a server may be running");
  group->require_subcommand(1);
  using Run = base::Result<void> (*)(const KeyOptions&, const Process&);
  const auto add = [&](const char* name, const char* help, Run run) {
    CLI::App* const command = group->add_subcommand(name, help);
    add_data_option(*command, key.data);
    command->callback([&, run] { action = [&, run](const Process& process) { return run(options.key, process); }; });
    return command;
  };
  CLI::App* const create = add("create", "Create a key and print its secret, which is shown only once", run_key_create);
  create->add_option("--account", key.account_sid, "whose; default: the only account, else WAYBILL_ACCOUNT_SID");
  create->add_option("--name", key.friendly_name, "what to call it");
  add("list", "List keys, without secrets", run_key_list);
  add("revoke", "Revoke a key", run_key_revoke)->add_option("sid", key.sid, "its SID")->required();
}

void add_upkeep_place(CLI::App& command, UpkeepPlace& place,
                      const char* data_help = "data directory; no server may be running on it") {
  auto* const url = command.add_option("--url", place.url, "a server")->type_name("URL");
  command
      .add_option("--admin-token-file", place.admin_token_file,
                  "file with the administrator's token, for --url; default: WAYBILL_ADMIN_TOKEN")
      ->type_name("FILE");
  auto* const data = command.add_option("--data", place.data, data_help)->type_name("DIR");
  url->excludes(data);
}

void add_workspace(CLI::App& app, Options& options, Action& action) {
  CLI::App* const group = app.add_subcommand("workspace", "Manage the workspaces of a data directory");
  group->require_subcommand(1);
  CLI::App* const list =
      group->add_subcommand("list", "List workspaces with their event counts and dates; a server may be running");
  add_data_option(*list, options.workspace.data);
  list->callback(
      [&] { action = [&](const Process& process) { return run_workspace_list(options.workspace, process); }; });
  CLI::App* const assign = group->add_subcommand(
      "assign", "Assign a workspace held by `waybill repair` to its account; no server may be running");
  add_data_option(*assign, options.assign.data);
  assign->add_option("workspace", options.assign.workspace_sid, "its Workspace SID")->required();
  assign->add_option("--account", options.assign.account_sid, "whose it is")->type_name("AC…")->required();
  assign
      ->add_option("--from", options.assign.from,
                   "account that holds it now; default: the only one that holds a workspace of that SID")
      ->type_name("AC…");
  assign->callback(
      [&] { action = [&](const Process& process) { return run_workspace_assign(options.assign, process); }; });
}

void add_workspace_retain(CLI::App& app, Options& options, Action& action) {
  CLI::App* const command =
      app.get_subcommand("workspace")
          ->add_subcommand("retain", "Set how long a workspace keeps its events; older ones are deleted");
  add_upkeep_place(*command, options.retain.place);
  command->add_option("--account", options.retain.account_sid,
                      "account of the workspace; default: found by the workspace, else WAYBILL_ACCOUNT_SID");
  command->add_option("sid", options.retain.workspace_sid, "its SID")->required();
  command->add_option("age", options.retain.age, "such as 12h, 400d or 2y; never; or default: the server's setting")
      ->required();
  command->add_flag("--dry-run", options.retain.dry_run, "say what would go, and change nothing");
  command->add_flag("--confirm,--retain-confirm", options.retain.confirm,
                    "delete even if more than half of the events would go");
  command->callback(
      [&] { action = [&](const Process& process) { return run_workspace_retain(options.retain, process); }; });
}

void add_erase(CLI::App& app, Options& options, Action& action) {
  EraseOptions& erase = options.erase;
  CLI::App* const command =
      app.add_subcommand("erase", "Erase the events of a task, a worker or a time span, permanently");
  add_upkeep_place(*command, erase.place);
  command->add_option("--account", erase.account_sid,
                      "account of the workspace; default: found by the workspace, else WAYBILL_ACCOUNT_SID");
  command->add_option("--workspace", erase.workspace_sid, "in which workspace")->type_name("WS…");
  auto* const task = command->add_option("--task", erase.task_sid, "the events of this task")->type_name("WT…");
  auto* const worker = command->add_option("--worker", erase.worker_sid, "the events of this worker")->type_name("WK…");
  task->excludes(worker);
  command->add_option("--from", erase.from, "only those of this date or later; ISO 8601")->type_name("TIME");
  command->add_option("--to", erase.to, "only those of this date or earlier; default for a task or a worker: now")
      ->type_name("TIME");
  command->add_flag("--dry-run", erase.dry_run, "say how many events would go, the first and the last, and erase none");
  command->add_flag("--even-if-none", erase.even_if_none,
                    "erase even if nothing matches, to refuse events that arrive later");
  command->add_flag("--yes", erase.yes, "do not ask, also on a terminal and for many events");
  command->footer("Without --task and --worker, all events from --from to --to are erased; both are required then.");
  CLI::App* const status = command->add_subcommand("status", "List erasures and their progress");
  add_upkeep_place(*status, erase.place);
  status->callback([&] { action = [&](const Process& process) { return run_erase_status(erase, process); }; });
  // Runs after that of its own subcommand.
  command->callback([&, status] {
    if (!status->parsed()) action = [&](const Process& process) { return run_erase(erase, process); };
  });
}

void add_backup(CLI::App& app, Options& options, Action& action) {
  BackupOptions& backup = options.backup;
  CLI::App* const command = app.add_subcommand("backup", "Back up a data directory; a server may be running");
  add_data_option(*command, backup.data);
  const auto add_to = [&](CLI::App& one) {
    one.add_option("--to", backup.to, "the folder of backups; made if need be")->type_name("DIR");
  };
  add_to(*command);
  command->add_flag("--copy", backup.copy, "copy sealed files even where they could be hard-linked");
  CLI::App* const list = command->add_subcommand("list", "List the backups in a folder");
  add_to(*list);
  list->callback([&] { action = [&](const Process& process) { return run_backup_list(backup, process); }; });
  // Runs after that of its own subcommand.
  command->callback([&, list] {
    if (!list->parsed()) action = [&](const Process& process) { return run_backup(backup, process); };
  });
}

void add_restore(CLI::App& app, Options& options, Action& action) {
  RestoreOptions& restore = options.restore;
  CLI::App* const command = app.add_subcommand("restore", "Restore a backup into a new data directory");
  command->add_option("--from", restore.from, "a folder of backups, or one of them")->required()->type_name("DIR");
  command->add_option("--data", restore.data, "the data directory to be made; missing, or empty")
      ->required()
      ->type_name("DIR");
  auto* const name =
      command->add_option("--backup", restore.name, "which one; default: the newest that fits")->type_name("NAME");
  auto* const position =
      command->add_option("--position", restore.position, "leave out what came after this commit position")
          ->type_name("N");
  auto* const time =
      command->add_option("--time", restore.time, "the newest backup that was taken at this time or before; ISO 8601")
          ->type_name("TIME");
  time->excludes(name)->excludes(position);
  command->callback([&] { action = [&](const Process& process) { return run_restore(restore, process); }; });
}

void add_store_tools(CLI::App& app, Options& options, Action& action) {
  using Run = base::Result<void> (*)(const StoreOptions&, const Process&);
  const auto add = [&](const char* name, const char* help, const char* what, Run run) {
    CLI::App* const command = app.add_subcommand(name, help);
    command->add_option("dir", options.store.data, what)->required()->type_name("DIR");
    command->callback([&, run] { action = [&, run](const Process& process) { return run(options.store, process); }; });
  };
  add("verify", "Check a store or backups completely, without changing anything",
      "data directory (no server may be running on it), a backup, or a folder of backups", run_verify);
  add("repair", "Repair a damaged store and report what could not be saved",
      "data directory; no server may be running on it", run_repair);
}

void add_variants(CLI::App& app, Options& options, Action& action) {
  CLI::App* const command =
      app.add_subcommand("variants", "List copies of events that differ from the stored ones, as NDJSON");
  VariantsOptions& variants = options.variants;
  add_upkeep_place(*command, variants.place, "data directory; a server may be running on it; default: data");
  command->add_option("--workspace", variants.workspace_sid, "those of one workspace")->type_name("WS…");
  command->add_option("--account", variants.account_sid,
                      "account of the workspace; default: found by the workspace, else WAYBILL_ACCOUNT_SID");
  command->callback([&] { action = [&](const Process& process) { return run_variants(options.variants, process); }; });
}

constexpr const char* kLookData = "data directory; a server may be running on it; default: data";
constexpr const char* kChangeData = "data directory; no server may be running on it; default: data";

void add_reject_filters(CLI::App& command, RejectsOptions& rejects) {
  command.add_option("--workspace", rejects.workspace_sid, "those of one workspace")->type_name("WS…");
  command.add_option("--road", rejects.road, "those of one road: post, callback, event-streams, pull or import");
}

void add_rejects(CLI::App& app, Options& options, Action& action) {
  RejectsOptions& rejects = options.rejects;
  CLI::App* const group = app.add_subcommand("rejects", "Manage rejected input: events that could not be stored");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, const char* data,
                       base::Result<void> (*run)(const RejectsOptions&, const Process&)) {
    CLI::App* const command = group->add_subcommand(name, help);
    add_upkeep_place(*command, rejects.place, data);
    command->callback([&, run] { action = [&, run](const Process& process) { return run(rejects, process); }; });
    return command;
  };
  CLI::App* const list = add("list", "List rejects, each with its reason", kLookData, run_rejects_list);
  add_reject_filters(*list, rejects);
  list->add_flag("--json", rejects.json, "print a JSON object a line");
  CLI::App* const show = add("show", "Show rejects with their content", kLookData, run_rejects_show);
  show->add_option("numbers", rejects.numbers, "which")->required()->type_name("NUMBER…");
  show->add_flag("--json", rejects.json, "print a JSON object a line");
  CLI::App* const retry = add("retry", "Try to store rejects again", kChangeData, run_rejects_retry);
  retry->add_option("numbers", rejects.numbers, "which")->type_name("NUMBER…");
  retry->add_flag("--all", rejects.all, "all of them");
  retry->add_option("--account", rejects.account_sid, "whose they are, if they do not say")->type_name("AC…");
  retry->add_option("--workspace", rejects.workspace_sid, "where they belong, if they do not say")->type_name("WS…");
  CLI::App* const drop = add("drop", "Delete rejects", kChangeData, run_rejects_drop);
  drop->add_option("numbers", rejects.numbers, "which")->type_name("NUMBER…");
  drop->add_flag("--all", rejects.all, "all of them");
  add_reject_filters(*drop, rejects);
}

}  // namespace

void add_directory_commands(CLI::App& app, Options& options, Action& action) {
  add_account(app, options, action);
  add_key(app, options, action);
  add_workspace(app, options, action);
  add_workspace_retain(app, options, action);
  add_erase(app, options, action);
  add_backup(app, options, action);
  add_restore(app, options, action);
  add_store_tools(app, options, action);
  add_variants(app, options, action);
  add_rejects(app, options, action);
}

}  // namespace waybill::cli
