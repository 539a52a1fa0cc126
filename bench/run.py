#!/usr/bin/env python3
"""Measures Waybill beside what a user would pick instead, and writes bench/RESULTS.md. `./dev bench` runs it."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests/e2e"))

# Behind the line above, because they use what starts servers for the end-to-end tests.
from machine import describe_machine, describe_versions
from parts import AGAIN, BIG_PARTS, PARTS, Bench, compare_again, make_data, say
from report import write_report
from waybill import BINARY

DEFAULT_EVENTS = 5_000_000
BIG_EVENTS = 100_000_000
# Runs of fewer events are for trying things out, and are kept short.
SERIOUS_EVENTS = 1_000_000
BUILD = REPOSITORY / "build/bench"
RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> int:
    """Runs what the command line asks for."""
    options = parse_arguments()
    bench = make_bench(options)
    bench.folder.mkdir(parents=True, exist_ok=True)
    # PostgreSQL, which may run as somebody else, has to get through.
    os.chmod(BUILD, 0o755)
    os.chmod(bench.folder, 0o755)
    if not options.report:
        run_parts(bench, options)
    standard, big = (read_results(folder_for(options.events, is_big)) for is_big in (False, True))
    path = folder_for(options.events, False) / "RESULTS.md" if options.events else RESULTS
    path.parent.mkdir(parents=True, exist_ok=True)
    write_report(path, standard, big)
    say(f"written: {path.relative_to(REPOSITORY)}")
    return 0


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--events", type=int, help=f"how many (default {DEFAULT_EVENTS:,}, and "
                        f"{BIG_EVENTS:,} with --big); if it is given, the report goes to build/bench/N/RESULTS.md")
    parser.add_argument("--only", metavar="PART,…", help="run these parts alone, and keep the figures of the others: "
                        + ", ".join(PARTS))
    parser.add_argument("--big", action="store_true",
                        help="Waybill alone, with very many events, which are never in a file; added to the report")
    parser.add_argument("--report", action="store_true", help="write the report again, from figures that are there")
    options = parser.parse_args()
    options.only = options.only.split(",") if options.only else []
    unknown = [name for name in options.only if name not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    if options.events is not None and options.events < 20_000:
        parser.error("--events: fewer than 20,000 make no lists")
    return options


def make_bench(options: argparse.Namespace) -> Bench:
    """The settings of this run."""
    events = options.events or (BIG_EVENTS if options.big else DEFAULT_EVENTS)
    serious = events >= SERIOUS_EVENTS
    return Bench(events=events, folder=folder_for(options.events, options.big), list_seconds=20 if serious else 3,
                 load_seconds=10 if serious else 2, streamed=options.big)


def folder_for(events: int | None, big: bool) -> Path:
    """Where the data and the figures of a run are kept, so that single parts of it can be measured again."""
    if big:
        return BUILD / f"{events or BIG_EVENTS}-streamed"
    return BUILD / str(events or DEFAULT_EVENTS)


def read_results(folder: Path) -> dict[str, Any]:
    """What has been measured there so far."""
    path = folder / "results.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def run_parts(bench: Bench, options: argparse.Namespace) -> None:
    """Measures, and writes down the figures after each part."""
    wanted = options.only or [name for name in (BIG_PARTS if options.big else PARTS) if name not in AGAIN]
    names = [name for name in PARTS if name in wanted]
    results = read_results(bench.folder) if options.only else {}
    results["about"] = {"machine": describe_machine(bench.folder), "versions": describe_versions(REPOSITORY, BINARY),
                        "date": time.strftime("%Y-%m-%d"), "list_seconds": bench.list_seconds,
                        "load_seconds": bench.load_seconds}
    make_data(bench)
    for name in names:
        start = time.monotonic()
        results[AGAIN.get(name, name)] = PARTS[name](bench)
        if name == "lists":
            compare_again(bench, results)
        (bench.folder / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
        say(f"{name}: {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
