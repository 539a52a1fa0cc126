#include "cli/command_line.h"

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/settings.h"
#include "base/files.h"
#include "cli/command_groups.h"
#include "cli/completion.h"
#include "cli/version.h"
#include "cli/wrong_usage.h"

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

// Of `waybill status`, which scripts ask as they ask a service manager; and of its siblings.
int exit_code_of_control(const base::Error& error) {
  if (error.code() == base::ErrorCode::kInvalidArgument) return kWrongUsage;
  return error.code() == base::ErrorCode::kNotFound ? kTaken : kFailed;
}

// --ca-file for each command that asks a server.
void add_ca_file(CLI::App& command, std::filesystem::path& place) {
  const auto has = [&](const char* name) { return command.get_option_no_throw(name) != nullptr; };
  if (has("--url")) {
    command.add_option("--ca-file", place, "additional CA certificates to trust (PEM)")
        ->type_name("FILE")
        ->envname("WAYBILL_CA_FILE");
  }
  for (CLI::App* const one : command.get_subcommands([](const CLI::App*) { return true; })) add_ca_file(*one, place);
}

// Process as the command sees it that was found.
base::Result<Process> with_ca_file(const Process& process, const std::filesystem::path& file) {
  Process out = process;
  out.ca_file = file;
  if (file.empty() && process.environment.find("WAYBILL_CA_FILE"))
    out.ca_file = *process.environment.find("WAYBILL_CA_FILE");
  if (out.ca_file.empty()) return out;
  if (const auto text = base::read_file(out.ca_file); !text) {
    return base::invalid_argument("--ca-file: " + text.error().message());
  }
  return out;
}

int exit_code_of(const CLI::App& app, const base::Error& error) {
  if (app.got_subcommand("serve")) return exit_code_of_server(error);
  if (app.got_subcommand("status") || app.got_subcommand("stop") || app.got_subcommand("reload")) {
    return exit_code_of_control(error);
  }
  return error.code() == base::ErrorCode::kInvalidArgument ? kWrongUsage : kFailed;
}

void add_texts(CLI::App& app, Options& options, Action& action) {
  const auto print = [](const std::string& text) { std::fputs(text.c_str(), stdout); };
  app.add_subcommand("version", "Print the version, the commit and the file formats")->callback([&action, print] {
    action = [print](const Process& /*process*/) -> base::Result<void> {
      print(build_facts());
      return {};
    };
  });
  CLI::App* const completion = app.add_subcommand("completion", "Print a shell completion script");
  completion->add_option("shell", options.shell, "bash, zsh or fish")->required();
  completion->callback([&, print] {
    action = [&, print](const Process& /*process*/) -> base::Result<void> {
      TRY_ASSIGN(const std::string script, completion_script(app, options.shell));
      print(script);
      return {};
    };
  });
}

int report_wrong_usage(const CLI::App& app, const CLI::ParseError& error, const std::vector<const char*>& words) {
  if (error.get_exit_code() == 0) return app.exit(error);
  const WrongUsage wrong = explain_wrong_usage(app, error, static_cast<int>(words.size()), words.data());
  std::fputs(("waybill: " + wrong.message + "\nTry: " + wrong.command + " --help\n").c_str(), stderr);
  return kWrongUsage;
}

// `waybill help import` is `waybill import --help`; with a word that is no command it is refused like that word alone.
std::vector<const char*> words_of(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<const char*> words(argv, argv + argc);
  if (argc < 2 || std::string_view(argv[1]) != "help") return words;
  words.erase(words.begin() + 1);
  const CLI::App* at = &app;
  for (std::size_t i = 1; i < words.size(); ++i) {
    at = find_command(*at, words[i]);
    if (at == nullptr) return words;
  }
  words.push_back("--help");
  return words;
}

}  // namespace

int run_command_line(int argc, char** argv, const Process& process) {
  CLI::App app("Keeps TaskRouter events for ever and answers the Events API. Not affiliated with Twilio.", "waybill");
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text());
  Options options;
  Action action;
  add_server_commands(app, options, action);
  add_event_commands(app, options, action);
  add_directory_commands(app, options, action);
  add_insight_commands(app, options, action);
  add_texts(app, options, action);
  add_ca_file(app, options.ca_file);
  if (argc < 2) {
    std::fputs(app.help().c_str(), stderr);
    return kWrongUsage;
  }
  const std::vector<const char*> words = words_of(app, argc, argv);
  try {
    app.parse(static_cast<int>(words.size()), words.data());
  } catch (const CLI::ParseError& error) {
    return report_wrong_usage(app, error, words);
  }
  for (const std::string& warning : app::unknown_variables(process.environment)) {
    std::fputs(("waybill: " + warning + "\n").c_str(), stderr);
  }
  const auto lent = with_ca_file(process, options.ca_file);
  const base::Result<void> done = lent ? action(*lent) : base::Result<void>(lent.error());
  if (done) return 0;
  std::fputs(("waybill: " + done.error().message() + "\n").c_str(), stderr);
  return exit_code_of(app, done.error());
}

}  // namespace waybill::cli
