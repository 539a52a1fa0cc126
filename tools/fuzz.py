#!/usr/bin/env python3
"""Runs the fuzzers of tests/fuzz, one after the other, and keeps what they find.

    tools/fuzz.py PROGRAMS CORPORA [--seconds N] [TARGET …]

PROGRAMS is the folder with the programs fuzz_<target>, CORPORA the one with a folder of inputs for each target. What a
fuzzer meets on its way lies in PROGRAMS/found/<target>, so that the next run begins there; of it, only inputs that reach
code which the corpus does not reach join the corpus, and only as many as keep it small. An input that breaks its target
is written into the corpus too, as crash-…, where the tests replay it; the run then ends with 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

# A corpus is for the tests to replay, not for a library of all there is.
CORPUS_FILES_MAX = 60
INPUT_BYTES_MAX = 2048


def targets_of(programs: Path) -> list[str]:
    """The names of all targets that are built."""
    return sorted(path.name.removeprefix("fuzz_") for path in programs.glob("fuzz_*")
                  if path.is_file() and path.suffix == "")


def merge(program: Path, corpus: Path, found: Path) -> None:
    """Takes into the corpus what reaches more than it does, the smallest first."""
    before = {path.name for path in corpus.iterdir()}
    subprocess.run([program, "-merge=1", f"-max_len={INPUT_BYTES_MAX}", corpus, found], check=True,
                   stderr=subprocess.DEVNULL)
    new = sorted((path for path in corpus.iterdir() if path.name not in before), key=lambda path: path.stat().st_size)
    for path in new[max(0, CORPUS_FILES_MAX - len(before)):]:
        path.unlink()


def fuzz(programs: Path, corpora: Path, target: str, seconds: int) -> bool:
    """Whether the target has stood it."""
    program, corpus, found = programs / f"fuzz_{target}", corpora / target, programs / "found" / target
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    print(f"== {target}: {seconds} s", flush=True)
    result = subprocess.run([program, f"-max_total_time={seconds}", f"-max_len={INPUT_BYTES_MAX}", "-timeout=10",
                             "-rss_limit_mb=4096", "-print_final_stats=1", f"-artifact_prefix={corpus}/", found, corpus],
                            stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    if result.returncode != 0:
        print(result.stderr[-6000:], flush=True)
        print(f"== {target}: BROKEN; the input is the newest of {corpus}", flush=True)
        return False
    runs = [line.split()[-1] for line in result.stderr.splitlines() if "number_of_executed_units" in line]
    merge(program, corpus, found)
    print(f"== {target}: fine, {runs[-1] if runs else '?'} runs, {len(list(corpus.iterdir()))} inputs kept", flush=True)
    return True


def main() -> int:
    """Runs all targets, or those that are named."""
    parser = argparse.ArgumentParser(description="Feeds the parsers with what they have not seen.")
    parser.add_argument("programs", type=Path)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    arguments = parser.parse_intermixed_args()
    known = targets_of(arguments.programs)
    for target in arguments.targets:
        if target not in known:
            parser.error(f"no such target: {target} (there are {', '.join(known)})")
    broken = [target for target in arguments.targets or known
              if not fuzz(arguments.programs.absolute(), arguments.corpora.absolute(), target, arguments.seconds)]
    if broken:
        print(f"fuzz: to mend: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
