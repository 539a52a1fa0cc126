#!/usr/bin/env bash
# Makes the manual pages and the shells' completions of a package: package_texts.sh WAYBILL FOLDER
set -euo pipefail
waybill=$1 folder=$2

rm -rf "$folder"
mkdir -p "$folder/man1"

"$waybill" completion bash >"$folder/waybill.bash"
"$waybill" completion zsh >"$folder/_waybill"
"$waybill" completion fish >"$folder/waybill.fish"

# manual NAME TITLE [COMMAND]: a page from what --help says.
manual() {
  local name=$1 title=$2 command=${3:-} wrapper=$folder/waybill page=$folder/man1/$1.1
  # help2man runs one word, with --help or --version behind it; only the program itself knows --version.
  # shellcheck disable=SC2016  # $1 is the wrapper's
  printf '#!/bin/sh\ncase $1 in --version) exec %q --version ;; esac\nexec %q %s --help\n' "$waybill" "$waybill" "$command" >"$wrapper"
  chmod +x "$wrapper"
  LC_ALL=C.UTF-8 help2man --locale C.UTF-8 --no-info --no-discard-stderr --section 1 --name "$title" --output "$page" "$wrapper"
  sed -i "s/^\.TH WAYBILL/.TH ${name^^}/; s/^waybill \\\\- /$name \\\\- /" "$page"
  gzip -9n "$page"
  rm "$wrapper"
}

manual waybill "archive of TaskRouter events that answers the Events API"
# Two blanks and a name: a command in the list of --help.
"$waybill" --help | awk '/^Subcommands:/ { on = 1; next } on && NF { name = $1; $1 = ""; print name, $0 }' |
  while read -r name title; do manual "waybill-$name" "$title" "$name"; done
