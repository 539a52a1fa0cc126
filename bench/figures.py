"""Medians and percentiles, and the answers of engines side by side."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Answered:
    """What an engine said to one question."""

    nanoseconds: int
    events: int
    digest: str


@dataclass
class Run:
    """What `query_bench` wrote: see bench/runs.h."""

    answers: dict[str, list[Answered]] = field(default_factory=lambda: defaultdict(list))
    plans: dict[str, str] = field(default_factory=dict)
    pages: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    cold: list[int] = field(default_factory=list)
    facts: dict[str, int] = field(default_factory=dict)


class AnswersDiffer(Exception):
    """Two engines gave different answers to one question."""


def read_run(path: Path) -> Run:
    """The lines of a run, by their kinds."""
    run = Run()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            kind, *rest = line.rstrip("\n").split("\t")
            if kind == "answer":
                run.answers[rest[0]].append(Answered(int(rest[2]), int(rest[3]), rest[4]))
            elif kind == "plan":
                run.plans[rest[0]] = rest[1]
            elif kind == "page":
                run.pages[int(rest[0])].append(int(rest[1]))
            elif kind == "cold":
                run.cold.append(int(rest[0]))
            else:
                run.facts[kind] = int(rest[0].split()[0])
    return run


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def summary(nanoseconds: Sequence[int]) -> dict[str, float]:
    """Count and percentiles, in milliseconds."""
    points = {"p50": 50, "p90": 90, "p99": 99, "max": 100}
    return {"count": len(nanoseconds)} | {name: percentile(nanoseconds, at) / 1e6 for name, at in points.items()}


def list_figures(run: Run) -> dict[str, dict[str, Any]]:
    """For each list its times, how long its answers are, and the plan they came by."""
    figures: dict[str, dict[str, Any]] = {}
    for name, answers in run.answers.items():
        times = summary([answer.nanoseconds for answer in answers])
        events = sum(answer.events for answer in answers) / len(answers)
        figures[name] = {**times, "events": events, "plan": run.plans.get(name, "")}
    return figures


def compare(reference: Run, other: Run, questions: dict[str, list[str]]) -> dict[str, dict[str, float]]:
    """For each list how many answers were compared, and the second engine's times over the first's on the questions
    that both answered. Raises AnswersDiffer, with the question, where the answers are not the same."""
    figures: dict[str, dict[str, float]] = {}
    for name, theirs in other.answers.items():
        ours = reference.answers[name][:len(theirs)]
        for number, (a, b) in enumerate(zip(ours, theirs)):
            if a.digest != b.digest:
                raise AnswersDiffer(f"list '{name}', question {number}: {a.events} and {b.events} events, or others: "
                                    f"{questions[name][number]}")
        pairs = {at: percentile([b.nanoseconds for b in theirs[:len(ours)]], at)
                 / percentile([a.nanoseconds for a in ours], at) for at in (50, 99)}
        figures[name] = {"compared": len(ours), "p50": pairs[50], "p99": pairs[99]}
    return figures


def read_questions(path: Path) -> dict[str, list[str]]:
    """The lines of a file of questions, by their list."""
    lists: dict[str, list[str]] = defaultdict(list)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                lists[line.split("\t", 1)[0]].append(line.rstrip("\n"))
    return lists
