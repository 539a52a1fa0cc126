#include "cli/wrong_usage.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace waybill::cli {
namespace {

// Words of other programs that no spelling is near to.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kSynonyms = {{
    {"start", "serve"},
    {"run", "serve"},
    {"--port", "--listen"},
    {"--host", "--listen"},
    {"--dir", "--data"},
    {"--count", "--events"},
    {"--force", "--yes"},
}};

std::vector<std::string> names_of_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> names_of_options(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// "; did you mean serve?", or what there is if no word is near.
std::string hint(const std::string& word, const std::vector<std::string>& names, const std::string& kind) {
  const auto has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  for (const auto& [other, ours] : kSynonyms) {
    if (word == other && has(ours)) return "; did you mean " + std::string(ours) + "?";
  }
  if (const auto meant = base::nearest(word, names)) return "; did you mean " + *meant + "?";
  if (names.empty()) return "";
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return "; " + kind + ": " + list;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_min() > 0; }

std::string of(const std::string& command) { return command == "waybill" ? "" : " of '" + command + "'"; }

}  // namespace

WrongUsage explain_wrong_usage(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv) {
  const CLI::App* at = &app;
  std::string command = app.get_name();
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--") break;
    if (word.size() > 1 && word.front() == '-') {
      const std::string name = word.substr(0, word.find('='));
      const CLI::Option* option = at->get_option_no_throw(name);
      if (option == nullptr) {
        return {"unknown option '" + name + "'" + of(command) + hint(name, names_of_options(*at), "options"), command};
      }
      if (takes_value(*option) && name.size() == word.size()) ++i;
      continue;
    }
    const std::vector<std::string> commands = names_of_commands(*at);
    if (commands.empty()) continue;
    const auto named = at->get_subcommands([&](const CLI::App* one) { return one->get_name() == word; });
    if (named.empty()) {
      return {"unknown command '" + word + "'" + of(command) + hint(word, commands, "commands"), command};
    }
    at = named.front();
    command += " " + word;
  }
  if (const auto commands = names_of_commands(*at); !commands.empty()) {
    return {"a command is missing" + (at == &app ? "" : " after '" + command + "'") + hint("", commands, "commands"),
            command};
  }
  return {error.what(), command};
}

}  // namespace waybill::cli
