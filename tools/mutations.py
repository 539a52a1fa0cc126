#!/usr/bin/env python3
"""Breaks the code on purpose, one way after the other, and runs the checks that must notice.

Each mutation stands in tests/mutations/mutations.toml: a file, a text that stands there once, what it becomes, and the
tests of which one at least must fail. They are made in a copy of the last commit, in build/mutations.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
LIST = TOP / "tests/mutations/mutations.toml"
COPY = TOP / "build/mutations"
BUILD = COPY / "build/release"


@dataclass(frozen=True)
class Mutation:
    """One way to break the code."""

    name: str
    file: str
    old: str
    new: str
    tests: str

    def broken(self) -> str:
        """The file's text with the mutation in it."""
        text = (TOP / self.file).read_text()
        if text.count(self.old) != 1:
            raise SystemExit(f"mutations: {self.name}: {self.file} has its text {text.count(self.old)} times, not once")
        return text.replace(self.old, self.new)


def read_mutations() -> list[Mutation]:
    """All of them, in the order of the file."""
    with LIST.open("rb") as file:
        return [Mutation(**entry) for entry in tomllib.load(file)["mutation"]]


def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs a command in the copy."""
    done = subprocess.run(command, cwd=COPY, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        print(done.stdout[-5_000:], done.stderr[-5_000:], sep="\n")
        raise SystemExit(f"mutations: {' '.join(command)} failed")
    return done


def build() -> subprocess.CompletedProcess[str]:
    """Compiles the copy as it stands."""
    return run("cmake", "--build", str(BUILD), "--parallel", str(os.cpu_count()), check=False)


def failed_tests(pattern: str) -> list[str]:
    """Those of the tests that fail."""
    done = run("ctest", "--test-dir", str(BUILD), "-j2", "-R", pattern, "--timeout", "300", check=False)
    failed = [line for line in done.stdout.splitlines() if "***" in line]
    if "No tests were found" in done.stdout + done.stderr:
        raise SystemExit(f"mutations: no test is called {pattern}")
    return [line.split(":", 1)[1].split()[0] for line in failed]


def make_copy() -> None:
    """The last commit, configured and built."""
    COPY.mkdir(parents=True, exist_ok=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=TOP, capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(COPY)], input=archive.stdout, check=True)
    run("cmake", "--preset", "release", "-DWAYBILL_TESTS=ON")
    if (done := build()).returncode != 0:
        raise SystemExit(f"mutations: the copy does not compile\n{done.stdout[-5_000:]}")


def try_one(mutation: Mutation, pattern: str) -> bool:
    """Whether a check noticed it; says which."""
    path = COPY / mutation.file
    whole = path.read_text()
    path.write_text(mutation.broken())
    try:
        compiled = build()
        if compiled.returncode != 0:
            print(f"{compiled.stdout[-5_000:]}\nDOES NOT COMPILE  {mutation.name}", flush=True)
            return False
        failed = failed_tests(pattern)
    finally:
        path.write_text(whole)
    print(f"{'noticed' if failed else 'NOT NOTICED'}  {mutation.name}: {', '.join(failed) or pattern}", flush=True)
    return bool(failed)


def main() -> int:
    """Tries them all, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="those whose name this regular expression finds")
    parser.add_argument("--tests", default=None, help="run these tests instead of those that are known to notice")
    parser.add_argument("--check", action="store_true", help="only see that each text stands in its file once")
    arguments = parser.parse_args()
    chosen = [mutation for mutation in read_mutations() if re.search(arguments.only, mutation.name)]
    for mutation in chosen:
        mutation.broken()
    if arguments.check:
        return 0
    make_copy()
    missed = [one.name for one in chosen if not try_one(one, arguments.tests or one.tests)]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} noticed")
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
