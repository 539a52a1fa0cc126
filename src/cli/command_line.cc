#include "cli/command_line.h"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/settings.h"
#include "base/files.h"
#include "base/strings.h"
#include "cli/command_groups.h"
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
  add_server_commands(app, options, action);
  add_event_commands(app, options, action);
  add_directory_commands(app, options, action);
  add_insight_commands(app, options, action);
  add_texts(app, options, action);
  add_ca_file(app, options.ca_file);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_wrong_usage(app, error, argc, argv);
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
