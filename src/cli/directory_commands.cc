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
  CLI::App* const group = app.add_subcommand("account", "Accounts of a data directory, also while a server runs");
  group->require_subcommand(1);
  using Run = base::Result<void> (*)(const AccountOptions&, const Process&);
  const auto add = [&](const char* name, const char* help, Run run) {
    CLI::App* const command = group->add_subcommand(name, help);
    add_data_option(*command, account.data);
    command->callback(
        [&, run] { action = [&, run](const Process& process) { return run(options.account, process); }; });
    return command;
  };
  CLI::App* const create = add("create", "Make an account and print its credentials", run_account_create);
  create->add_option("--name", account.friendly_name, "what to call it");
  create
      ->add_option("--account-sid", account.sid, "its Account SID, as the hosted service knows it; default: a new one")
      ->type_name("AC…");
  add("list", "List accounts, without secrets", run_account_list);
  add("rotate", "Give an account a new Auth Token; the old one is void at once", run_account_rotate)
      ->add_option("sid", account.sid, "its Account SID")
      ->required();
  add("disable", "Disable an account; its credentials and keys stop working. Cannot be undone.", run_account_disable)
      ->add_option("sid", account.sid, "its Account SID")
      ->required();
}

void add_key(CLI::App& app, Options& options, Action& action) {
  KeyOptions& key = options.key;
  CLI::App* const group = app.add_subcommand("key", "API keys of a data directory, also while a server runs");
  group->require_subcommand(1);
  using Run = base::Result<void> (*)(const KeyOptions&, const Process&);
  const auto add = [&](const char* name, const char* help, Run run) {
    CLI::App* const command = group->add_subcommand(name, help);
    add_data_option(*command, key.data);
    command->callback([&, run] { action = [&, run](const Process& process) { return run(options.key, process); }; });
    return command;
  };
  CLI::App* const create = add("create", "Make a key and print its secret, which is not shown again", run_key_create);
  create->add_option("--account", key.account_sid, "whose; default: the only account, else WAYBILL_ACCOUNT_SID");
  create->add_option("--name", key.friendly_name, "what to call it");
  add("list", "List keys, without secrets", run_key_list);
  add("revoke", "Let nobody in by a key any more", run_key_revoke)->add_option("sid", key.sid, "its SID")->required();
}

void add_upkeep_place(CLI::App& command, UpkeepPlace& place,
                      const char* data_help = "a data directory that no server holds") {
  auto* const url = command.add_option("--url", place.url, "a server")->type_name("URL");
  command
      .add_option("--admin-token-file", place.admin_token_file,
                  "the file with the administrator's token, for --url; else it comes from WAYBILL_ADMIN_TOKEN")
      ->type_name("FILE");
  auto* const data = command.add_option("--data", place.data, data_help)->type_name("DIR");
  url->excludes(data);
}

void add_workspace(CLI::App& app, Options& options, Action& action) {
  CLI::App* const group = app.add_subcommand("workspace", "Workspaces of a data directory");
  group->require_subcommand(1);
  CLI::App* const list = group->add_subcommand(
      "list", "List workspaces with how many events they hold, and from when, also while a server runs");
  add_data_option(*list, options.workspace.data);
  list->callback(
      [&] { action = [&](const Process& process) { return run_workspace_list(options.workspace, process); }; });
  CLI::App* const assign = group->add_subcommand(
      "assign", "Give a workspace that `waybill repair` holds to its account, with its events, while no server runs");
  add_data_option(*assign, options.assign.data);
  assign->add_option("workspace", options.assign.workspace_sid, "its Workspace SID")->required();
  assign->add_option("--account", options.assign.account_sid, "whose it is")->type_name("AC…")->required();
  assign
      ->add_option("--from", options.assign.from,
                   "the account that holds it; default: the only one that holds a workspace of that SID")
      ->type_name("AC…");
  assign->callback(
      [&] { action = [&](const Process& process) { return run_workspace_assign(options.assign, process); }; });
}

void add_workspace_retain(CLI::App& app, Options& options, Action& action) {
  CLI::App* const command =
      app.get_subcommand("workspace")
          ->add_subcommand("retain", "Say how long a workspace keeps its events; what is older is forgotten");
  add_upkeep_place(*command, options.retain.place);
  command->add_option("--account", options.retain.account_sid,
                      "whose; default: found by the workspace, else WAYBILL_ACCOUNT_SID");
  command->add_option("sid", options.retain.workspace_sid, "its SID")->required();
  command->add_option("age", options.retain.age, "such as 12h, 400d or 2y; never; or default: the server's setting")
      ->required();
  command->add_flag("--dry-run", options.retain.dry_run, "say what would go, and change nothing");
  command->add_flag("--confirm,--retain-confirm", options.retain.confirm,
                    "do it also where more than half of the events would go");
  command->callback(
      [&] { action = [&](const Process& process) { return run_workspace_retain(options.retain, process); }; });
}

void add_erase(CLI::App& app, Options& options, Action& action) {
  EraseOptions& erase = options.erase;
  CLI::App* const command =
      app.add_subcommand("erase", "Forget the events of a task, of a worker, or of a span, for ever");
  add_upkeep_place(*command, erase.place);
  command->add_option("--account", erase.account_sid,
                      "whose; default: found by the workspace, else WAYBILL_ACCOUNT_SID");
  command->add_option("--workspace", erase.workspace_sid, "in which workspace")->type_name("WS…");
  auto* const task = command->add_option("--task", erase.task_sid, "the events of this task")->type_name("WT…");
  auto* const worker = command->add_option("--worker", erase.worker_sid, "the events of this worker")->type_name("WK…");
  task->excludes(worker);
  command->add_option("--from", erase.from, "only those of this date or later; ISO 8601")->type_name("TIME");
  command->add_option("--to", erase.to, "only those of this date or earlier; default for a task or a worker: now")
      ->type_name("TIME");
  command->add_flag("--dry-run", erase.dry_run, "say how many events would go, the first and the last, and erase none");
  command->add_flag("--even-if-none", erase.even_if_none,
                    "also where no event matches: to keep out events that come later");
  command->add_flag("--yes", erase.yes, "do not ask, also on a terminal and for many events");
  command->footer(
      "Without --task and --worker, --from and --to are both needed, and all events of the span are meant.");
  CLI::App* const status = command->add_subcommand("status", "List the notes that erasures left, and which go on");
  add_upkeep_place(*status, erase.place);
  status->callback([&] { action = [&](const Process& process) { return run_erase_status(erase, process); }; });
  // Runs after that of its own subcommand.
  command->callback([&, status] {
    if (!status->parsed()) action = [&](const Process& process) { return run_erase(erase, process); };
  });
}

void add_backup(CLI::App& app, Options& options, Action& action) {
  BackupOptions& backup = options.backup;
  CLI::App* const command = app.add_subcommand("backup", "Back up a data directory, also while a server holds it");
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
  add("verify", "Check a store or its backups, from the records to the index, and change nothing",
      "a data directory that no server holds, a backup, or a folder of backups", run_verify);
  add("repair", "Rebuild what can be rebuilt of a damaged store, and say what could not be saved",
      "a data directory that no server holds", run_repair);
}

void add_variants(CLI::App& app, Options& options, Action& action) {
  CLI::App* const command = app.add_subcommand(
      "variants", "List copies of events that say something else than the first, and what differs, as NDJSON");
  VariantsOptions& variants = options.variants;
  add_upkeep_place(*command, variants.place, "a data directory, also while a server holds it; default: data");
  command->add_option("--workspace", variants.workspace_sid, "those of one workspace")->type_name("WS…");
  command->add_option("--account", variants.account_sid,
                      "whose workspace; default: found by it, else WAYBILL_ACCOUNT_SID");
  command->callback([&] { action = [&](const Process& process) { return run_variants(options.variants, process); }; });
}

constexpr const char* kLookData = "a data directory, also while a server holds it; default: data";
constexpr const char* kChangeData = "a data directory that no server holds; default: data";

void add_reject_filters(CLI::App& command, RejectsOptions& rejects) {
  command.add_option("--workspace", rejects.workspace_sid, "those of one workspace")->type_name("WS…");
  command.add_option("--road", rejects.road, "those of one road: post, callback, event-streams, pull or import");
}

void add_rejects(CLI::App& app, Options& options, Action& action) {
  RejectsOptions& rejects = options.rejects;
  CLI::App* const group = app.add_subcommand("rejects", "What could not be stored and is kept aside");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, const char* data,
                       base::Result<void> (*run)(const RejectsOptions&, const Process&)) {
    CLI::App* const command = group->add_subcommand(name, help);
    add_upkeep_place(*command, rejects.place, data);
    command->callback([&, run] { action = [&, run](const Process& process) { return run(rejects, process); }; });
    return command;
  };
  CLI::App* const list = add("list", "List them, and why each could not be stored", kLookData, run_rejects_list);
  add_reject_filters(*list, rejects);
  list->add_flag("--json", rejects.json, "print a JSON object a line");
  CLI::App* const show = add("show", "Show some with their bytes", kLookData, run_rejects_show);
  show->add_option("numbers", rejects.numbers, "which")->required()->type_name("NUMBER…");
  show->add_flag("--json", rejects.json, "print a JSON object a line");
  CLI::App* const retry = add("retry", "Try again to store them", kChangeData, run_rejects_retry);
  retry->add_option("numbers", rejects.numbers, "which")->type_name("NUMBER…");
  retry->add_flag("--all", rejects.all, "all of them");
  retry->add_option("--account", rejects.account_sid, "whose they are, if they do not say")->type_name("AC…");
  retry->add_option("--workspace", rejects.workspace_sid, "where they belong, if they do not say")->type_name("WS…");
  CLI::App* const drop = add("drop", "Forget them for good", kChangeData, run_rejects_drop);
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
