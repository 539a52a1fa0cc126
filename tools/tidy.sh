#!/usr/bin/env bash
# clang-tidy over the C++ files that changed since the branch left main (on main itself: since the last commit but
# one), and over those that include a header that changed; over everything with CI=true. Prints findings alone.
# Needs the packages of the tests; builds nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Each source alone, and without the precompiled header, which is g++'s own.
readonly database=build/tidy/compile_commands.json
mkdir -p build
cmake --preset tidy >build/tidy.log || { cat build/tidy.log; exit 1; }

# The commit before the changes; empty if there is none.
base_commit() {
  local head base branch
  head=$(git rev-parse HEAD)
  for branch in origin/main main; do
    base=$(git merge-base HEAD "$branch" 2>/dev/null) || continue
    if [[ $base != "$head" ]]; then
      echo "$base"
      return
    fi
  done
  git rev-parse --quiet --verify HEAD~1 || true
}

changed_files() {
  local base
  base=$(base_commit)
  {
    if [[ -n $base ]]; then git diff --name-only "$base"; else git ls-files; fi
    git ls-files --others --exclude-standard
  } | { grep -E '\.(cc|h)$' || true; } | sort -u
}

# Each changed .cc, and each .cc that names a changed header.
sources_to_read() {
  local file
  if [[ ${CI:-} == true ]]; then
    git ls-files -- '*.cc'
    return
  fi
  while read -r file; do
    case $file in
      *.cc) echo "$file" ;;
      *.h) git grep -l --untracked -F "#include \"${file#src/}\"" -- '*.cc' || true ;;
    esac
  done < <(changed_files)
}

# Only what is compiled can be read: the database knows how.
compiled_sources() {
  local file
  sources_to_read | sort -u | while read -r file; do
    if [[ -f $file ]] && grep -qF "\"$PWD/$file\"" "$database"; then printf '%s\0' "$file"; fi
  done
}

# Reads one file; prints its findings, a line each, or all it said if it failed without any.
# shellcheck disable=SC2016  # the inner shell expands
readonly read_one='
  said=$(clang-tidy-19 --quiet -p build/tidy "$1" 2>&1) && exit 0
  grep -E ": (error|warning): " <<<"$said" || printf "%s\n" "$said"
  exit 1'

# A header is read with every file that includes it, and its findings are worth one line.
compiled_sources | xargs -0 -r -n 1 -P 2 bash -c "$read_one" tidy | sed "s|^$PWD/||" | sort -u
