#include "cli/command_line.h"

#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/settings.h"
#include "base/strings.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/version.h"

namespace waybill::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr int kTaken = 3;
constexpr int kDamaged = 4;

// Of a server, whose end somebody may act upon who reads no messages.
int exit_code_of_server(const base::Error& error) {
  if (error.code() == base::ErrorCode::kInvalidArgument) return kWrongUsage;
  if (error.code() == base::ErrorCode::kConflict) return kTaken;
  return error.code() == base::ErrorCode::kCorruption ? kDamaged : kFailed;
}

// What the command line asks for; empty until a command was found in it.
using Action = std::function<base::Result<void>(const Process&)>;

// All options of all commands, filled in by the parser.
struct Options {
  ServeOptions serve;
  ImportOptions import;
  ExportOptions export_;
  BackfillOptions backfill;
  GenerateOptions generate;
  AccountOptions account;
  KeyOptions key;
  WorkspaceOptions workspace;
  RetainOptions retain;
  EraseOptions erase;
  ForwardOptions forward;
  BackupOptions backup;
  RestoreOptions restore;
  StoreOptions store;
  std::string shell;
  GapsOptions gaps;
  LifecycleOptions lifecycle;
  WebhookVerifyOptions webhook_verify;
  VariantsOptions variants;
};

void add_data_option(CLI::App& command, std::filesystem::path& place) {
  place = "data";
  command.add_option("--data", place, "the data directory")->capture_default_str()->envname("WAYBILL_DATA");
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

void add_serve(CLI::App& app, Options& options, Action& action) {
  CLI::App* const command = app.add_subcommand("serve", "Serve the Events API over a data directory");
  command->add_option("--config", options.serve.config, "a TOML file with settings")
      ->type_name("FILE")
      ->envname("WAYBILL_CONFIG");
  for (const app::SettingInfo& info : app::settings_table()) {
    if (info.secret) continue;
    const auto store = [&options, name = info.name](const std::string& value) { options.serve.flags[name] = value; };
    const std::string help = info.help + " [" + app::environment_name(info.name) + "]";
    if (info.value_name.empty()) {
      command->add_flag_function(
          "--" + info.name, [store](std::int64_t count) { store(count > 0 ? "true" : "false"); }, help);
    } else {
      command->add_option_function<std::string>("--" + info.name, store, help)
          ->type_name(info.value_name)
          ->default_str(info.default_text);
    }
  }
  command->footer(
      "Each setting may also stand in the environment, under the name in brackets, or in the TOML file under its own "
      "name;\na flag wins over the environment, the environment over the file. WAYBILL_AUTH_TOKEN (auth-token in the "
      "file) sets the first\naccount's Auth Token, WAYBILL_WEBHOOK_AUTH_TOKENS (webhook-auth-tokens) those that sign "
      "webhooks; they "
      "have no flags, since everybody\non a machine can read command lines.");
  command->callback([&] { action = [&](const Process& process) { return run_serve(options.serve, process); }; });
}

void add_import(CLI::App& app, Options& options, Action& action) {
  CLI::App* const command = app.add_subcommand("import", "Read events from files into a server or a data directory");
  command
      ->add_option(
          "files", options.import.files,
          "NDJSON or CSV, as it is or in gzip or zstd, or the folder of an export that was\nsplit; - is standard input")
      ->required()
      ->type_name("FILE…");
  auto* const url = command
                        ->add_option("--url", options.import.url,
                                     "a server; credentials come from WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN")
                        ->type_name("URL");
  auto* const data =
      command->add_option("--data", options.import.data, "a data directory that no server holds")->type_name("DIR");
  url->excludes(data);
  command->callback([&] { action = [&](const Process& process) { return run_import(options.import, process); }; });
}

// A flag for each filter of the list, under a name of ours and under the API's own.
void add_list_filters(CLI::App& command, std::map<std::string, std::string>& filters) {
  struct Filter {
    const char* names;
    const char* name;
    const char* type;
    const char* help;
  };
  constexpr Filter kFilters[] = {
      {"--event-type,--EventType", "EventType", "TYPE", "only events of this type"},
      {"--task-sid,--TaskSid", "TaskSid", "WT…", "only events of this task"},
      {"--worker-sid,--WorkerSid", "WorkerSid", "WK…", "only events of this worker"},
      {"--task-queue-sid,--TaskQueueSid", "TaskQueueSid", "WQ…", "only events of this task queue"},
      {"--workflow-sid,--WorkflowSid", "WorkflowSid", "WW…", "only events of this workflow"},
      {"--reservation-sid,--ReservationSid", "ReservationSid", "WR…", "only events of this reservation"},
      {"--task-channel,--TaskChannel", "TaskChannel", "NAME",
       "only events of this task channel, by sid or unique name"},
      {"--sid,--Sid", "Sid", "EV…", "only this event"},
      {"--start-date,--StartDate", "StartDate", "TIME", "only events of this date or later, ISO 8601"},
      {"--end-date,--EndDate", "EndDate", "TIME", "only events of this date or earlier"},
      {"--minutes,--Minutes", "Minutes", "N", "only events of the last so many minutes"},
      {"--ordering,--Ordering", "Ordering", "ORDER", "EventDate:asc (the default) or EventDate:desc"},
  };
  for (const Filter& filter : kFilters) {
    command
        .add_option_function<std::string>(
            filter.names, [&filters, name = filter.name](const std::string& value) { filters[name] = value; },
            filter.help)
        ->type_name(filter.type);
  }
}

void add_export(CLI::App& app, Options& options, Action& action) {
  ExportOptions& wanted = options.export_;
  CLI::App* const command =
      app.add_subcommand("export", "Write a workspace's events, out of a server or a data directory, into files");
  command->add_option("--workspace", wanted.workspace_sid, "whose events")->required()->type_name("WS…");
  auto* const url = command
                        ->add_option("--url", wanted.url,
                                     "a server; credentials come from WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN")
                        ->type_name("URL");
  command
      ->add_option("--admin-token-file", wanted.admin_token_file,
                   "the file with the administrator's token, who sees all task attributes; or WAYBILL_ADMIN_TOKEN")
      ->type_name("FILE");
  auto* const data =
      command->add_option("--data", wanted.data, "a data directory, also while a server holds it")->type_name("DIR");
  url->excludes(data);
  command->add_option("--account", wanted.account_sid, "whose workspace; may be left out where there is one account");
  add_list_filters(*command, wanted.filters);
  command->add_option("--format", wanted.format, "ndjson or csv; default: by the file's name, else ndjson");
  command->add_option("--columns", wanted.columns, "of CSV: members, and event_data.KEY; default: all members")
      ->type_name("NAME,…");
  command->add_option("--compress", wanted.compress, "gzip, zstd or none; default: by the file's name, else none");
  command->add_option("--out", wanted.out, "the file, or the folder with --split; - is standard output")
      ->capture_default_str()
      ->type_name("FILE");
  command->add_option("--split", wanted.split, "day: a file for each day (UTC), and a manifest")->type_name("day");
  command->add_flag("--resume", wanted.resume, "go on with an export that was cut off");
  command->add_flag("--progress", wanted.progress, "show how far it is, also where nobody seems to look");
  command->footer("Without --start-date, --end-date and --minutes all events are meant.");
  command->callback([&] { action = [&](const Process& process) { return run_export(options.export_, process); }; });
}

void add_backfill_place(CLI::App& command, BackfillOptions& backfill) {
  auto* const url = command
                        .add_option("--url", backfill.url,
                                    "a server; credentials come from WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN")
                        ->type_name("URL");
  auto* const data =
      command.add_option("--data", backfill.data, "a data directory that no server holds")->type_name("DIR");
  url->excludes(data);
}

void add_backfill(CLI::App& app, Options& options, Action& action) {
  BackfillOptions& backfill = options.backfill;
  CLI::App* const command =
      app.add_subcommand("backfill", "Pull events from an Events API into a server or a data directory");
  const auto add_text = [&](const char* name, std::string& place, const char* help, const char* type) {
    return command->add_option(name, place, help)->type_name(type)->capture_default_str();
  };
  add_text("--from", backfill.from, "the Events API, such as https://taskrouter.twilio.com", "URL")->required();
  command->add_option("--workspace", backfill.workspaces, "which workspace; may be given more than once")
      ->required()
      ->type_name("WS…");
  add_text("--since", backfill.since, "how far back: an age such as 30d, or a time, ISO 8601", "AGE|TIME");
  add_text("--until", backfill.until, "the end, ISO 8601; default: now", "TIME");
  add_backfill_place(*command, backfill);
  command
      ->add_option("--credentials-file", backfill.credentials_file,
                   "a file of NAME=value lines with the upstream's credentials, instead of the environment")
      ->type_name("FILE");
  command->add_option("--max-rps", backfill.max_rps, "requests a second to the upstream, at most")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 1000.0));
  command->add_flag("--follow", backfill.follow, "stay, and pull what is new");
  add_text("--every", backfill.every, "how often to look, with --follow", "TIME");
  add_text("--trailing", backfill.trailing, "how much of the newest history each look reads again", "TIME");
  add_text("--settle", backfill.settle, "how late events may turn up: a span is proven when pulled so long after",
           "TIME");
  add_text("--timeout", backfill.timeout, "for one request", "TIME");
  add_text("--upstream-keeps", backfill.upstream_keeps,
           "for how long the upstream keeps events, or never if it forgets none; default: 30d for the hosted service",
           "AGE");
  command->footer(
      "The upstream's credentials come from TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or from TWILIO_API_KEY and\n"
      "TWILIO_API_SECRET. What is proven is not asked for again, so that a backfill that was ended goes on where it "
      "stood.");
  command->callback([&] { action = [&](const Process& process) { return run_backfill(options.backfill, process); }; });
}

void add_generate(CLI::App& app, Options& options, Action& action) {
  GenerateOptions& generate = options.generate;
  CLI::App* const command =
      app.add_subcommand("generate", "Write a deterministic stream of realistic events as NDJSON to standard output");
  command->add_option("--events", generate.events, "how many")->required()->check(CLI::Range(1ULL, 10'000'000'000ULL));
  command->add_option("--seed", generate.seed, "the same seed gives the same bytes")
      ->capture_default_str()
      ->check(CLI::Range(0ULL, 9'223'372'036'854'775'807ULL));
  command
      ->add_option("--start", generate.start, "when the first event happens, ISO 8601; default: the last event is now")
      ->type_name("TIME");
  command->add_option("--workers", generate.workers, "workers of the contact centre; default: by --events")
      ->check(CLI::Range(4, 15'000));
  command->add_option("--queues", generate.queues, "its queues; default: by --events")->check(CLI::Range(2, 5000));
  command->add_option("--tasks-per-hour", generate.tasks_per_hour, "its busiest hour; default: by --events")
      ->check(CLI::Range(1, 1'000'000));
  command->callback([&] { action = [&](const Process& process) { return run_generate(options.generate, process); }; });
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
  add("create", "Make an account and print its credentials", run_account_create)
      ->add_option("--name", account.friendly_name, "what to call it");
  add("list", "List accounts, without secrets", run_account_list);
  add("rotate", "Give an account a new Auth Token; the old one is void at once", run_account_rotate)
      ->add_option("sid", account.sid, "its Account SID")
      ->required();
  add("disable", "Let nobody in by an account any more", run_account_disable)
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
  create->add_option("--account", key.account_sid, "whose; may be left out where there is one account");
  create->add_option("--name", key.friendly_name, "what to call it");
  add("list", "List keys, without secrets", run_key_list);
  add("revoke", "Let nobody in by a key any more", run_key_revoke)->add_option("sid", key.sid, "its SID")->required();
}

void add_workspace(CLI::App& app, Options& options, Action& action) {
  CLI::App* const group = app.add_subcommand("workspace", "Workspaces of a data directory, also while a server runs");
  group->require_subcommand(1);
  CLI::App* const list = group->add_subcommand("list", "List workspaces with how many events they hold, and from when");
  add_data_option(*list, options.workspace.data);
  list->callback(
      [&] { action = [&](const Process& process) { return run_workspace_list(options.workspace, process); }; });
}

void add_workspace_retain(CLI::App& app, Options& options, Action& action) {
  CLI::App* const command =
      app.get_subcommand("workspace")
          ->add_subcommand("retain", "Say how long a workspace keeps its events; what is older is forgotten");
  add_upkeep_place(*command, options.retain.place);
  command->add_option("--account", options.retain.account_sid, "whose; may be left out where there is one account");
  command->add_option("sid", options.retain.workspace_sid, "its SID")->required();
  command->add_option("age", options.retain.age, "minutes, 12h, 400d, never, or default: the server's setting")
      ->required();
  command->callback(
      [&] { action = [&](const Process& process) { return run_workspace_retain(options.retain, process); }; });
}

void add_erase(CLI::App& app, Options& options, Action& action) {
  EraseOptions& erase = options.erase;
  CLI::App* const command =
      app.add_subcommand("erase", "Forget the events of a task, of a worker, or of a span, for ever");
  add_upkeep_place(*command, erase.place);
  command->add_option("--account", erase.account_sid, "whose; may be left out where there is one account");
  command->add_option("--workspace", erase.workspace_sid, "in which workspace")->type_name("WS…");
  auto* const task = command->add_option("--task", erase.task_sid, "the events of this task")->type_name("WT…");
  auto* const worker = command->add_option("--worker", erase.worker_sid, "the events of this worker")->type_name("WK…");
  task->excludes(worker);
  command->add_option("--from", erase.from, "only those of this date or later; ISO 8601")->type_name("TIME");
  command->add_option("--to", erase.to, "only those of this date or earlier; default for a task or a worker: now")
      ->type_name("TIME");
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

void add_gaps(CLI::App& app, Options& options, Action& action) {
  GapsOptions& gaps = options.gaps;
  CLI::App* const command =
      app.add_subcommand("gaps", "Say which spans of the history are proven complete, claimed or open");
  auto* const url =
      command
          ->add_option("--url", gaps.url, "a server; credentials come from WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN")
          ->type_name("URL");
  command->add_option("--data", gaps.data, "a data directory, also while a server holds it")
      ->type_name("DIR")
      ->excludes(url);
  command->add_option("--workspace", gaps.workspace_sid, "only this workspace")->type_name("WS…");
  gaps.upstream = "https://taskrouter.twilio.com";
  command->add_option("--from", gaps.upstream, "the Events API that the printed command pulls from")
      ->type_name("URL")
      ->capture_default_str();
  command->callback([&] { action = [&](const Process& process) { return run_gaps(options.gaps, process); }; });
}

void add_doctor(CLI::App& app, Options& options, Action& action) {
  LifecycleOptions& lifecycle = options.lifecycle;
  CLI::App* const group = app.add_subcommand("doctor", "Look for what cannot be right");
  group->require_subcommand(1);
  CLI::App* const command =
      group->add_subcommand("lifecycle", "Find tasks and reservations whose events tell no possible life");
  auto* const url = command
                        ->add_option("--url", lifecycle.url,
                                     "a server; credentials come from WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN")
                        ->type_name("URL");
  command->add_option("--data", lifecycle.data, "a data directory that no server holds")
      ->type_name("DIR")
      ->excludes(url);
  command->add_option("--account", lifecycle.account_sid,
                      "whose, for --data; may be left out where there is one account");
  command->add_option("--workspace", lifecycle.workspace_sid, "in which workspace")->required()->type_name("WS…");
  command->add_option("--task-life", lifecycle.task_life, "a task that is older has never ended; default: 15d")
      ->type_name("AGE");
  command->callback(
      [&] { action = [&](const Process& process) { return run_doctor_lifecycle(options.lifecycle, process); }; });
}

void add_forward(CLI::App& app, Options& options, Action& action) {
  ForwardOptions& forward = options.forward;
  CLI::App* const group = app.add_subcommand("forward", "Callbacks that a server posts on to other receivers");
  group->require_subcommand(1);
  using Run = base::Result<void> (*)(const ForwardOptions&, const Process&);
  const auto add = [&](const char* name, const char* help, Run run) {
    CLI::App* const command = group->add_subcommand(name, help);
    command->add_option("--url", forward.url, "a server")->required()->type_name("URL");
    command
        ->add_option("--admin-token-file", forward.admin_token_file,
                     "the file with the administrator's token; else it comes from WAYBILL_ADMIN_TOKEN")
        ->type_name("FILE");
    command->callback(
        [&, run] { action = [&, run](const Process& process) { return run(options.forward, process); }; });
    return command;
  };
  const auto add_receiver = [&](CLI::App* command) {
    command->add_option("--receiver", forward.receiver, "only of this receiver")->type_name("URL");
    return command;
  };
  const auto add_numbers = [&](CLI::App* command) {
    command->add_option("numbers", forward.numbers, "only these, by the numbers that `dead` shows")
        ->type_name("NUMBER…");
  };
  add("list", "List the receivers, with what is queued for each and how it goes", run_forward_list);
  add_receiver(add("dead", "List callbacks that were given up, newest first", run_forward_dead));
  add_numbers(add_receiver(add("retry", "Put callbacks that were given up into the queue again", run_forward_retry)));
  add_numbers(add_receiver(add("drop", "Forget callbacks that were given up", run_forward_drop)));
  add_receiver(add("clear", "Forget what is queued for a receiver", run_forward_clear));
  CLI::App* const replay =
      add_receiver(add("replay", "Post the callbacks of stored events again, oldest first", run_forward_replay));
  replay->add_option("--account", forward.account_sid, "whose; may be left out where there is one account");
  replay->add_option("--workspace", forward.workspace_sid, "of which workspace")->required()->type_name("WS…");
  replay->add_option("--from", forward.from, "events of this date or later; ISO 8601")->required()->type_name("TIME");
  replay->add_option("--to", forward.to, "events of this date or earlier; default: now")->type_name("TIME");
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
  CLI::App* const command = app.add_subcommand("restore", "Make a data directory out of a backup");
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

void add_texts(CLI::App& app, Options& options, Action& action) {
  const auto print = [](const std::string& text) { std::fputs(text.c_str(), stdout); };
  app.add_subcommand("version", "Print the release, what it was built from, and the formats it writes")
      ->callback([&action, print] {
        action = [print](const Process& /*process*/) -> base::Result<void> {
          print(build_facts());
          return {};
        };
      });
  CLI::App* const completion = app.add_subcommand("completion", "Print a script that completes commands in a shell");
  completion->add_option("shell", options.shell, "bash, zsh or fish")->required();
  completion->callback([&, print] {
    action = [&, print](const Process& /*process*/) -> base::Result<void> {
      TRY_ASSIGN(const std::string script, completion_script(app, options.shell));
      print(script);
      return {};
    };
  });
}

void add_webhook(CLI::App& app, Options& options, Action& action) {
  CLI::App* const group = app.add_subcommand("webhook", "What helps with webhooks");
  group->require_subcommand(1);
  WebhookVerifyOptions& verify = options.webhook_verify;
  CLI::App* const command = group->add_subcommand(
      "verify", "Say whether the signature of a captured request holds, or in what its URL differs");
  command->add_option("file", verify.file, "the request: first line, headers, an empty line, body; - is standard input")
      ->required()
      ->type_name("FILE");
  command->add_option("--public-url", verify.public_url, "how the server is reached from outside [WAYBILL_PUBLIC_URL]")
      ->type_name("URL");
  command->add_option("--config", verify.config, "a TOML file with settings")
      ->type_name("FILE")
      ->envname("WAYBILL_CONFIG");
  command->footer(
      "The Auth Tokens come from WAYBILL_WEBHOOK_AUTH_TOKENS, or webhook-auth-tokens in the settings file.");
  command->callback(
      [&] { action = [&](const Process& process) { return run_webhook_verify(options.webhook_verify, process); }; });
}

void add_variants(CLI::App& app, Options& options, Action& action) {
  CLI::App* const command = app.add_subcommand(
      "variants", "List copies of events that say something else than the first, and what differs, as NDJSON");
  VariantsOptions& variants = options.variants;
  add_upkeep_place(*command, variants.place, "a data directory, also while a server holds it; default: data");
  command->add_option("--workspace", variants.workspace_sid, "those of one workspace")->type_name("WS…");
  command->add_option("--account", variants.account_sid, "whose workspace; may be left out where there is one account");
  command->callback([&] { action = [&](const Process& process) { return run_variants(options.variants, process); }; });
}

void add_names(const CLI::App& app, std::vector<std::string>& names) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
    add_names(*command, names);
  }
}

// The words of the command line that the parser could make nothing of, not those that it took for a value.
std::vector<std::string> misplaced_words(const CLI::ParseError& error, int argc, char** argv) {
  // Its errors are named after the command, so their numbers tell what they are.
  const auto is = [&](CLI::ExitCodes code) { return error.get_exit_code() == static_cast<int>(code); };
  const std::string_view what = error.what();
  const bool no_command = is(CLI::ExitCodes::RequiredError) && what.find("subcommand") != std::string_view::npos;
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    const bool told = is(CLI::ExitCodes::ExtrasError) && what.find(argv[i]) != std::string_view::npos;
    if (told || no_command) words.emplace_back(argv[i]);
  }
  return words;
}

// For the first of the words that is neither a command nor an option, and near to one, the one that was meant.
std::string hint_at_unknown_word(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> names;
  add_names(app, names);
  for (const std::string& argument : words) {
    const std::string word = argument.substr(0, argument.find('='));
    if (std::find(names.begin(), names.end(), word) != names.end()) continue;
    if (const auto meant = base::nearest(word, names)) return "; did you mean " + *meant + "?";
  }
  return "";
}

// What the parser refused.
int report_wrong_usage(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  if (error.get_exit_code() == 0) return app.exit(error);
  const std::string hint = hint_at_unknown_word(app, misplaced_words(error, argc, argv));
  std::fputs(("waybill: " + std::string(error.what()) + hint + "\nTry: waybill --help\n").c_str(), stderr);
  return kWrongUsage;
}

}  // namespace

int run_command_line(int argc, char** argv, const Process& process) {
  CLI::App app("Keeps TaskRouter events for ever and answers the Events API. Not affiliated with Twilio.", "waybill");
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text());
  Options options;
  Action action;
  add_serve(app, options, action);
  add_import(app, options, action);
  add_export(app, options, action);
  add_backfill(app, options, action);
  add_generate(app, options, action);
  add_account(app, options, action);
  add_key(app, options, action);
  add_workspace(app, options, action);
  add_workspace_retain(app, options, action);
  add_erase(app, options, action);
  add_forward(app, options, action);
  add_backup(app, options, action);
  add_restore(app, options, action);
  add_store_tools(app, options, action);
  add_texts(app, options, action);
  add_gaps(app, options, action);
  add_doctor(app, options, action);
  add_webhook(app, options, action);
  add_variants(app, options, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_wrong_usage(app, error, argc, argv);
  }
  const auto done = action(process);
  if (done) return 0;
  std::fputs(("waybill: " + done.error().message() + "\n").c_str(), stderr);
  if (app.got_subcommand("serve")) return exit_code_of_server(done.error());
  return done.error().code() == base::ErrorCode::kInvalidArgument ? kWrongUsage : kFailed;
}

}  // namespace waybill::cli
