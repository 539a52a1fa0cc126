#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include "app/settings.h"
#include "cli/command_groups.h"

namespace waybill::cli {
namespace {

void add_serve(CLI::App& app, Options& options, Action& action) {
  CLI::App* const command = app.add_subcommand("serve", "Serve the Events API over a data directory");
  add_settings_options(*command, options.serve);
  command->footer(
      "Each setting may also stand in the environment, under the name in brackets, or in the TOML file under its own "
      "name;\na flag wins over the environment, the environment over the file. WAYBILL_AUTH_TOKEN (auth-token in the "
      "file) sets the first\naccount's Auth Token, WAYBILL_WEBHOOK_AUTH_TOKENS (webhook-auth-tokens) those that sign "
      "webhooks; they "
      "have no flags, since everybody\non a machine can read command lines.");
  command->callback([&] { action = [&](const Process& process) { return run_serve(options.serve, process); }; });
}

void add_control(CLI::App& app, Options& options, Action& action) {
  using Run = base::Result<void> (*)(const ControlOptions&, const Process&);
  ControlOptions& control = options.control;
  const auto add = [&](const char* name, const char* help, Run run) {
    CLI::App* const command = app.add_subcommand(name, help);
    control.data = "data";
    command->add_option("--data", control.data, "the data directory")
        ->capture_default_str()
        ->envname("WAYBILL_DATA")
        ->type_name("DIR");
    command->callback([&, run] { action = [&, run](const Process& process) { return run(control, process); }; });
    return command;
  };
  add("status", "Show whether a server runs on a data directory, its address, start time and readiness", run_status)
      ->footer("Exit code: 0 running and ready, 1 running but not ready, 3 not running.");
  add("stop", "Stop the server of a data directory and wait for its end", run_stop)
      ->add_option("--time-max", control.time_max, "how long to wait for it")
      ->capture_default_str()
      ->type_name("TIME");
  add("reload", "Reload the settings and certificate of the server of a data directory", run_reload)
      ->footer("The server's log says what changed. Exit code 3: not running.");
}

void add_forward(CLI::App& app, Options& options, Action& action) {
  ForwardOptions& forward = options.forward;
  CLI::App* const group = app.add_subcommand("forward", "Manage callbacks that a server forwards to other receivers");
  group->require_subcommand(1);
  using Run = base::Result<void> (*)(const ForwardOptions&, const Process&);
  const auto add = [&](const char* name, const char* help, Run run) {
    CLI::App* const command = group->add_subcommand(name, help);
    command->add_option("--url", forward.url, "a server")->required()->type_name("URL");
    command
        ->add_option("--admin-token-file", forward.admin_token_file,
                     "file with the administrator's token; default: WAYBILL_ADMIN_TOKEN")
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
  add("list", "List receivers with their queues and delivery state", run_forward_list);
  add_receiver(add("dead", "List dead letters, newest first", run_forward_dead));
  add_numbers(add_receiver(add("retry", "Queue dead letters again", run_forward_retry)));
  add_numbers(add_receiver(add("drop", "Delete dead letters", run_forward_drop)));
  add_receiver(add("clear", "Delete the queue of a receiver", run_forward_clear));
  CLI::App* const replay =
      add_receiver(add("replay", "Forward the callbacks of stored events again, oldest first", run_forward_replay));
  replay->add_option("--account", forward.account_sid,
                     "account of the workspace; default: found by the workspace, else WAYBILL_ACCOUNT_SID");
  replay->add_option("--workspace", forward.workspace_sid, "of which workspace")->required()->type_name("WS…");
  replay->add_option("--from", forward.from, "events of this date or later; ISO 8601")->required()->type_name("TIME");
  replay->add_option("--to", forward.to, "events of this date or earlier; default: now")->type_name("TIME");
}

void add_webhook_send(CLI::App& group, Options& options, Action& action) {
  constexpr std::uint64_t kCountMax = 10'000;
  WebhookSendOptions& send = options.webhook_send;
  CLI::App* const command =
      group.add_subcommand("send", "Create an example event, sign it and post it as the hosted service does");
  command->add_option("--url", send.url, "a server, or the whole URL of a webhook")->required()->type_name("URL");
  command->add_option("--event-type", send.event_type, "what happened")->capture_default_str()->type_name("TYPE");
  command->add_option("--workspace", send.workspace_sid, "in which workspace; default: one with the account's digits")
      ->type_name("WS…");
  command->add_option("--count", send.count, "how many events")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{1}, kCountMax))
      ->type_name("N");
  command->add_flag("--stream", send.is_stream, "one batch of Event Streams instead of callbacks");
  command->add_flag("--dump", send.dump, "show the request too, as `waybill webhook verify` reads it");
  command->add_option("--public-url", send.public_url, "sign for this base URL instead [WAYBILL_PUBLIC_URL]")
      ->type_name("URL");
  command->footer("Account and signing token come from WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN.");
  command->callback(
      [&] { action = [&](const Process& process) { return run_webhook_send(options.webhook_send, process); }; });
}

void add_webhook(CLI::App& app, Options& options, Action& action) {
  CLI::App* const group = app.add_subcommand("webhook", "Check and send webhooks");
  group->require_subcommand(1);
  WebhookVerifyOptions& verify = options.webhook_verify;
  CLI::App* const command =
      group->add_subcommand("verify", "Check the signature of a captured request, or find how its URL differs");
  command->add_option("file", verify.file, "the request: first line, headers, an empty line, body; - is standard input")
      ->required()
      ->type_name("FILE");
  command->add_option("--public-url", verify.public_url, "public base URL of the server [WAYBILL_PUBLIC_URL]")
      ->type_name("URL");
  command->add_option("--config", verify.config, "a TOML file with settings")
      ->type_name("FILE")
      ->envname("WAYBILL_CONFIG");
  command->footer(
      "The Auth Tokens come from WAYBILL_WEBHOOK_AUTH_TOKENS, or webhook-auth-tokens in the settings file.");
  command->callback(
      [&] { action = [&](const Process& process) { return run_webhook_verify(options.webhook_verify, process); }; });
  add_webhook_send(*group, options, action);
}

}  // namespace

void add_settings_options(CLI::App& command, ServeOptions& serve) {
  command.add_option("--config", serve.config, "a TOML file with settings")
      ->type_name("FILE")
      ->envname("WAYBILL_CONFIG");
  for (const app::SettingInfo& info : app::settings_table()) {
    if (info.secret) continue;
    const auto store = [&serve, name = info.name](const std::string& value) { serve.flags[name] = value; };
    const std::string help = info.help + " [" + app::environment_name(info.name) + "]";
    if (info.value_name.empty()) {
      command.add_flag_function(
          "--" + info.name, [store](std::int64_t count) { store(count > 0 ? "true" : "false"); }, help);
    } else {
      command.add_option_function<std::string>("--" + info.name, store, help)
          ->type_name(info.value_name)
          ->default_str(info.default_text);
    }
  }
}

void add_server_commands(CLI::App& app, Options& options, Action& action) {
  add_serve(app, options, action);
  add_control(app, options, action);
  add_forward(app, options, action);
  add_webhook(app, options, action);
}

}  // namespace waybill::cli
