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

// "; did you mean serve?"; empty if no word is near.
std::string hint(const std::string& word, const std::vector<std::string>& names) {
  const auto has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  for (const auto& [other, ours] : kSynonyms) {
    if (word == other && has(ours)) return "; did you mean " + std::string(ours) + "?";
  }
  const auto meant = base::nearest(word, names);
  return meant ? "; did you mean " + *meant + "?" : "";
}

std::string list_of(const std::vector<std::string>& commands) {
  std::string list;
  for (const std::string& name : commands) list += (list.empty() ? "; commands: " : ", ") + name;
  return list;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_min() > 0; }

std::string of(const std::string& command) { return command == "waybill" ? "" : " of '" + command + "'"; }

}  // namespace

const CLI::App* find_command(const CLI::App& app, std::string_view word) {
  const auto named = app.get_subcommands([&](const CLI::App* one) { return one->get_name() == word; });
  return named.empty() ? nullptr : named.front();
}

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
        return {"unknown option '" + name + "'" + of(command) + hint(name, names_of_options(*at)), command};
      }
      if (takes_value(*option) && name.size() == word.size()) ++i;
      continue;
    }
    const std::vector<std::string> commands = names_of_commands(*at);
    if (commands.empty()) continue;
    const CLI::App* const next = find_command(*at, word);
    if (next == nullptr) {
      const std::string meant = hint(word, commands);
      return {"unknown command '" + word + "'" + of(command) + (meant.empty() ? list_of(commands) : meant), command};
    }
    at = next;
    command += " " + word;
  }
  if (const auto commands = names_of_commands(*at); !commands.empty()) {
    return {"a command is missing" + (at == &app ? "" : " after '" + command + "'") + list_of(commands), command};
  }
  return {error.what(), command};
}

}  // namespace waybill::cli
