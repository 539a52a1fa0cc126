#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/command_groups.h"

namespace waybill::cli {
namespace {

void add_import(CLI::App& app, Options& options, Action& action) {
  CLI::App* const command = app.add_subcommand("import", "Import events from files into a server or a data directory");
  command
      ->add_option(
          "files", options.import.files,
          "NDJSON, JSON or CSV, as it is or in gzip or zstd, or the folder of an export that\nwas split; - is standard "
          "input")
      ->required()
      ->type_name("FILE…");
  auto* const url = command
                        ->add_option("--url", options.import.url,
                                     "a server; credentials come from WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN")
                        ->type_name("URL");
  auto* const data =
      command->add_option("--data", options.import.data, "data directory; no server may be running on it")
          ->type_name("DIR");
  url->excludes(data);
  command
      ->add_option("--encoding", options.import.encoding,
                   "of files that are neither UTF-8 nor UTF-16, such as windows-1252")
      ->type_name("NAME");
  command->callback([&] { action = [&](const Process& process) { return run_import(options.import, process); }; });
}

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
      app.add_subcommand("export", "Export a workspace's events from a server or a data directory to files");
  command->add_option("--workspace", wanted.workspace_sid, "whose events")->required()->type_name("WS…");
  auto* const url = command
                        ->add_option("--url", wanted.url,
                                     "a server; credentials come from WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN")
                        ->type_name("URL");
  command
      ->add_option("--admin-token-file", wanted.admin_token_file,
                   "file with the administrator's token, which also shows redacted task attributes; default: "
                   "WAYBILL_ADMIN_TOKEN")
      ->type_name("FILE");
  auto* const data =
      command->add_option("--data", wanted.data, "a data directory, also while a server holds it")->type_name("DIR");
  url->excludes(data);
  command->add_option("--account", wanted.account_sid,
                      "account of the workspace; default: found by the workspace, else WAYBILL_ACCOUNT_SID");
  add_list_filters(*command, wanted.filters);
  command->add_option("--format", wanted.format, "ndjson or csv; default: by the file's name, else ndjson");
  command
      ->add_option("--columns", wanted.columns, "of CSV: members, event_data.KEY, event_data.*; default: all members")
      ->type_name("NAME,…");
  command->add_option("--compress", wanted.compress, "gzip, zstd or none; default: by the file's name, else none");
  command->add_option("--out", wanted.out, "the file, or the folder with --split; - is standard output")
      ->capture_default_str()
      ->type_name("FILE");
  command->add_option("--split", wanted.split, "day: a file for each day (UTC), and a manifest")->type_name("day");
  command->add_flag("--resume", wanted.resume, "go on with an export that was cut off");
  command->add_flag("--progress", wanted.progress, "show progress even if stderr is not a terminal");
  command->footer("Without --start-date, --end-date and --minutes, all events are exported.");
  command->callback([&] { action = [&](const Process& process) { return run_export(options.export_, process); }; });
}

void add_backfill_place(CLI::App& command, BackfillOptions& backfill) {
  auto* const url = command
                        .add_option("--url", backfill.url,
                                    "a server; credentials come from WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN")
                        ->type_name("URL");
  auto* const data =
      command.add_option("--data", backfill.data, "data directory; no server may be running on it")->type_name("DIR");
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
  command
      ->add_option("--workspace", backfill.workspaces,
                   "workspace to pull, may be repeated; default: all of the upstream")
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
           "how long the upstream keeps events, or never; default: 30d for the hosted service", "AGE");
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
  command->add_option("--events", generate.events, "how many, such as 1000, 100k or 1M")->required()->type_name("N");
  command
      ->add_option("--account", generate.account_sid,
                   "account of the events; default: WAYBILL_ACCOUNT_SID, else derived from --seed")
      ->type_name("AC…");
  command->add_option("--workspace", generate.workspace_sid, "their workspace; default: one by --seed")
      ->type_name("WS…");
  command->add_option("--name", generate.workspace_name, "the name of the workspace")->type_name("TEXT");
  command
      ->add_option("--seed", generate.seed,
                   "the same seed and --start give the same bytes; without --start the same sids")
      ->capture_default_str()
      ->check(CLI::Range(0ULL, 9'223'372'036'854'775'807ULL));
  command
      ->add_option("--start", generate.start, "when the first event happens, ISO 8601; default: the last event is now")
      ->type_name("TIME");
  command->add_option("--workers", generate.workers, "workers of the contact centre; default: by --events")
      ->check(CLI::Range(4, 15'000));
  command->add_option("--queues", generate.queues, "its queues; default: by --events")->check(CLI::Range(2, 5000));
  command
      ->add_option("--tasks-per-hour", generate.tasks_per_hour,
                   "hour with the most events; default: derived from --events")
      ->check(CLI::Range(1, 1'000'000));
  command->callback([&] { action = [&](const Process& process) { return run_generate(options.generate, process); }; });
}

}  // namespace

void add_event_commands(CLI::App& app, Options& options, Action& action) {
  add_import(app, options, action);
  add_export(app, options, action);
  add_backfill(app, options, action);
  add_generate(app, options, action);
}

}  // namespace waybill::cli
