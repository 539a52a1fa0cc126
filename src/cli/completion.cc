#include "cli/completion.h"

#include <functional>
#include <set>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/strings.h"

namespace waybill::cli {
namespace {

// A word that may come next.
struct Word {
  std::string text;
  std::string help;  // its first sentence, in one line
  bool takes_value = false;
};

// A command, and what may stand behind it.
struct Place {
  std::string path;  // waybill account create
  std::vector<Word> words;
  std::vector<std::string> commands;  // those of the words that lead to a place of their own
};

std::string in_one_line(const std::string& help) {
  std::string line;
  for (const char c : help) line += c == '\n' ? ' ' : c;
  return line.substr(0, line.find(" ["));
}

void add_places(const CLI::App& app, const std::string& path, std::vector<Place>& places) {
  Place place{path, {}, {}};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    place.words.push_back({command->get_name(), in_one_line(command->get_description())});
    place.commands.push_back(command->get_name());
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      place.words.push_back({"--" + name, in_one_line(option->get_description()), option->get_expected_max() > 0});
    }
  }
  places.push_back(std::move(place));
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    add_places(*command, path + " " + command->get_name(), places);
  }
}

// In single quotes, which all three shells read alike but for a quote itself and, in fish, a backslash.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "’";
    } else if (c != '\\') {
      out += c;
    }
  }
  return out + "'";
}

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : between) + part;
  return out;
}

// 'waybill account'|'waybill account create'|…: all but the first place.
std::string paths_pattern(const std::vector<Place>& places) {
  std::vector<std::string> paths;
  for (std::size_t i = 1; i < places.size(); ++i) paths.push_back(quoted(places[i].path));
  return joined(paths, "|");
}

std::set<std::string> valued_options(const std::vector<Place>& places) {
  std::set<std::string> out;
  for (const Place& place : places) {
    for (const Word& word : place.words) {
      if (word.takes_value) out.insert(word.text);
    }
  }
  return out;
}

std::string bash_script(const std::vector<Place>& places) {
  std::string out =
      "# Completes waybill in bash.\n"
      "_waybill() {\n"
      "  local path=waybill word words=''\n"
      "  case ${COMP_WORDS[COMP_CWORD - 1]} in\n    ";
  const std::set<std::string> valued = valued_options(places);
  out += joined({valued.begin(), valued.end()}, "|");
  out +=
      ") return ;;\n"
      "  esac\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$path $word\" in\n"
      "      " +
      paths_pattern(places) +
      ") path=\"$path $word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case $path in\n";
  for (const Place& place : places) {
    std::vector<std::string> words;
    for (const Word& word : place.words) words.push_back(word.text);
    out += "    " + quoted(place.path) + ") words=" + quoted(joined(words, " ")) + " ;;\n";
  }
  return out +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
         "}\n"
         "complete -o default -F _waybill waybill\n";
}

std::string zsh_script(const std::vector<Place>& places) {
  std::string out =
      "#compdef waybill\n"
      "# Completes waybill in zsh.\n"
      "_waybill() {\n"
      "  local place=waybill word\n"
      "  local -a choices\n"
      "  case ${words[CURRENT-1]} in\n    ";
  const std::set<std::string> valued = valued_options(places);
  out += joined({valued.begin(), valued.end()}, "|");
  out +=
      ") _files; return ;;\n"
      "  esac\n"
      "  for word in ${words[2,CURRENT-1]}; do\n"
      "    case \"$place $word\" in\n"
      "      " +
      paths_pattern(places) +
      ") place=\"$place $word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case $place in\n";
  for (const Place& place : places) {
    out += "    " + quoted(place.path) + ") choices=(\n";
    for (const Word& word : place.words) {
      // _describe parts word and help at a colon.
      out += "      " + quoted(word.text + ":" + word.help) + "\n";
    }
    out += "    ) ;;\n";
  }
  return out +
         "  esac\n"
         "  _describe waybill choices || _files\n"
         "}\n"
         "if [ \"$funcstack[1]\" = _waybill ]; then _waybill \"$@\"; else compdef _waybill waybill; fi\n";
}

std::string fish_script(const std::vector<Place>& places) {
  std::string out =
      "# Completes waybill in fish.\n"
      "function __waybill_place\n"
      "  set -l place waybill\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    switch \"$place $word\"\n"
      "      case";
  for (std::size_t i = 1; i < places.size(); ++i) out += " " + quoted(places[i].path);
  out +=
      "\n"
      "        set place \"$place $word\"\n"
      "    end\n"
      "  end\n"
      "  test $place = $argv[1]\n"
      "end\n";
  for (const Place& place : places) {
    const std::string here = "complete -c waybill -n \"__waybill_place " + quoted(place.path) + "\" ";
    for (const Word& word : place.words) {
      const bool is_option = word.text.starts_with("--");
      out += here + (is_option ? "-l " + word.text.substr(2) : "-f -a " + word.text);
      if (word.takes_value) out += " -r";
      out += " -d " + quoted(word.help) + "\n";
    }
  }
  return out;
}

}  // namespace

base::Result<std::string> completion_script(const CLI::App& app, const std::string& shell) {
  std::vector<Place> places;
  add_places(app, app.get_name(), places);
  if (shell == "bash") return bash_script(places);
  if (shell == "zsh") return zsh_script(places);
  if (shell == "fish") return fish_script(places);
  return base::invalid_argument("there is no completion for the shell '" + shell + "' (there are bash, zsh and fish)");
}

}  // namespace waybill::cli
