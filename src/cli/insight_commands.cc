#include <CLI/CLI.hpp>

#include "cli/command_groups.h"

namespace waybill::cli {
namespace {

void add_gaps(CLI::App& app, Options& options, Action& action) {
  GapsOptions& gaps = options.gaps;
  CLI::App* const command =
      app.add_subcommand("gaps", "Show which spans of the history are proven complete, claimed or open");
  auto* const url =
      command
          ->add_option("--url", gaps.url, "a server; credentials come from WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN")
          ->type_name("URL");
  command->add_option("--data", gaps.data, "a data directory, also while a server holds it")
      ->type_name("DIR")
      ->excludes(url);
  command->add_option("--workspace", gaps.workspace_sid, "only this workspace")->type_name("WS…");
  command
      ->add_option("--from", gaps.upstream, "Events API used in the printed commands; default: that of the newest pull")
      ->type_name("URL");
  command->add_flag("--exit-code", gaps.exit_code, "end with 1 while a span that has settled is open");
  command->add_flag("--json", gaps.json, "print one JSON object instead of tables");
  command->callback([&] { action = [&](const Process& process) { return run_gaps(options.gaps, process); }; });
}

constexpr const char* kSettingsFooter =
    "Settings are read as `waybill serve` reads them; give the ones the server is started with. With --url and without "
    "a "
    "data directory\nin the settings, only the server is looked at. A data directory that a server holds is fine: "
    "nothing in it changes.";

void add_running_server(CLI::App& command, RunningServer& server) {
  command.add_option("--url", server.url, "a running server; default: the one that holds the data directory, if any")
      ->type_name("URL");
  command
      .add_option("--admin-token-file", server.admin_token_file,
                  "the file with the administrator's token; default: WAYBILL_ADMIN_TOKEN, or admin.token of the data "
                  "directory")
      ->type_name("FILE");
}

void add_doctor(CLI::App& app, Options& options, Action& action) {
  LifecycleOptions& lifecycle = options.lifecycle;
  DoctorOptions& doctor = options.doctor;
  CLI::App* const group =
      app.add_subcommand("doctor", "Check a machine, its settings and a server; one line per finding");
  add_running_server(*group, doctor.server);
  group->add_flag("--json", doctor.json, "print one JSON object instead of lines");
  add_settings_options(*group, doctor.server.settings);
  group->footer(kSettingsFooter);
  CLI::App* const command =
      group->add_subcommand("lifecycle", "Find tasks and reservations whose events are inconsistent");
  auto* const url = command
                        ->add_option("--url", lifecycle.url,
                                     "a server; credentials come from WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN")
                        ->type_name("URL");
  command->add_option("--data", lifecycle.data, "data directory; no server may be running on it")
      ->type_name("DIR")
      ->excludes(url);
  command->add_option("--account", lifecycle.account_sid,
                      "account of the workspace, for --data; default: the only account");
  command->add_option("--workspace", lifecycle.workspace_sid, "in which workspace")->required()->type_name("WS…");
  command->add_option("--task-life", lifecycle.task_life, "a task that is older has never ended; default: 15d")
      ->type_name("AGE");
  command->callback(
      [&] { action = [&](const Process& process) { return run_doctor_lifecycle(options.lifecycle, process); }; });
  // Runs after that of its own subcommand.
  group->callback([&, command] {
    if (!command->parsed()) action = [&](const Process& process) { return run_doctor(options.doctor, process); };
  });
}

void add_debug(CLI::App& app, Options& options, Action& action) {
  BundleOptions& bundle = options.bundle;
  CLI::App* const group = app.add_subcommand("debug", "Collect a support bundle");
  group->require_subcommand(1);
  CLI::App* const command = group->add_subcommand(
      "bundle", "Write diagnostics of a server and its directory, without secrets and events, to one file");
  command->add_option("--out", bundle.out, "the file, a .tar.gz; must not be there yet")->required()->type_name("FILE");
  command->add_option("--log", bundle.log, "a file with the server's log, whose last lines are taken too")
      ->type_name("FILE");
  add_running_server(*command, bundle.server);
  add_settings_options(*command, bundle.server.settings);
  command->footer(kSettingsFooter);
  command->callback(
      [&] { action = [&](const Process& process) { return run_debug_bundle(options.bundle, process); }; });
}

}  // namespace

void add_insight_commands(CLI::App& app, Options& options, Action& action) {
  add_gaps(app, options, action);
  add_doctor(app, options, action);
  add_debug(app, options, action);
}

}  // namespace waybill::cli
