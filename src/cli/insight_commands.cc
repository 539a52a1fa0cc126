#include <CLI/CLI.hpp>

#include "cli/command_groups.h"

namespace waybill::cli {
namespace {

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

}  // namespace

void add_insight_commands(CLI::App& app, Options& options, Action& action) {
  add_gaps(app, options, action);
  add_doctor(app, options, action);
}

}  // namespace waybill::cli
