#!/usr/bin/env python3
"""Runs the seeded tests of the store for hours, each time with another seed.

What it runs is what `./dev test` runs for seconds: random histories against the oracle, the power going at random,
upkeep beside threads that write, erase and read, the real binary killed at random and at every named step. A failure prints the seed, and the one command that repeats it.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]


@dataclass
class Program:
    """A seeded test, and how much of it one round runs: about half a minute."""

    path: str
    size: tuple[str, int]
    rounds: int = field(default=0, init=False)

    def command(self, build: Path, seed: int) -> list[str]:
        """What runs one round."""
        path = TOP / self.path if self.path.endswith(".py") else build / self.path
        start = [sys.executable, "-B"] if self.path.endswith(".py") else []
        return [*start, str(path), self.size[0], str(self.size[1]), "--seed", str(seed)]


PROGRAMS = [
    Program("tests/sim/store_comparison_test", ("--queries", 100_000)),
    Program("tests/sim/power_loss_test", ("--rounds", 200)),
    Program("tests/sim/concurrent_upkeep_test", ("--seconds", 30)),
    Program("tests/e2e/kill_and_reopen_test.py", ("--rounds", 60)),
    Program("tests/e2e/kill_points_test.py", ("--rounds", 4)),
    Program("tests/e2e/four_roads_test.py", ("--events", 20_000)),
]


def run(program: Program, build: Path, seed: int) -> bool:
    """One round; says how to repeat it if it fails."""
    command = program.command(build, seed)
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    program.rounds += 1
    if done.returncode == 0:
        return True
    print(done.stdout[-20_000:], done.stderr[-20_000:], sep="\n")
    print(f"FAILED with seed {seed}. Repeat it with:\n  {' '.join(command)}", flush=True)
    return False


def main() -> int:
    """Rounds until the time is up or one fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=None, help="of the first round; the others follow from it")
    parser.add_argument("--build", type=Path, default=TOP / "build/release")
    arguments = parser.parse_args()
    first = random.SystemRandom().randrange(2**31) if arguments.seed is None else arguments.seed
    chance = random.Random(first)
    end = time.monotonic() + arguments.hours * 3600
    print(f"soak: seed {first}, {arguments.hours} hours", flush=True)
    programs = [program for program in PROGRAMS
                if program.path.endswith(".py") or (arguments.build / program.path).exists()]
    seed = first
    while time.monotonic() < end:
        for program in programs:
            if not run(program, arguments.build, seed):
                return 1
            seed = chance.randrange(2**31)
        done = ", ".join(f"{program.rounds} × {program.size[1]} of {Path(program.path).stem}" for program in programs)
        print(f"soak: {(arguments.hours * 3600 - (end - time.monotonic())) / 60:.0f} min, fine: {done}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
