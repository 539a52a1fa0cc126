"""What was aimed at, and whether it was reached."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Results = dict[str, Any]

NOTES = Path(__file__).parent / "notes.toml"

# The server's own caches as it is shipped, in MB; what its memory may grow to is counted beyond them.
CACHE_MB = 64


@dataclass(frozen=True)
class Measured:
    """A figure against its goal. `excess` is how many times worse than the goal it is, at most 1 if the goal is met."""

    text: str
    excess: float

    @property
    def verdict(self) -> str:
        """In words."""
        return "met" if self.excess <= 1 else f"missed by {percent(self.excess - 1)}"


@dataclass(frozen=True)
class Goal:
    """One row of the table. `measure` raises KeyError for figures that are not there."""

    key: str  # in notes.toml
    what: str
    goal: str
    big: bool  # whether it is about the run with very many events
    measure: Callable[[Results], Measured]


def percent(share: float) -> str:
    """A share as a whole per cent, or as a factor where that says more."""
    return f"{share * 100:.0f} %" if share < 2 else f"a factor of {share + 1:.1f}"


def at_most(value: float, limit: float) -> float:
    """The excess of what should be small."""
    return value / limit


def at_least(value: float, limit: float) -> float:
    """The excess of what should be large."""
    return limit / value if value else float("inf")


def ms(value: float) -> str:
    """Milliseconds with the digits that matter."""
    return f"{value:.3f} ms" if value < 0.1 else f"{value:.2f} ms"


def worst(results: Results, point: str) -> tuple[float, str]:
    """The slowest of Waybill's lists at a percentile, and its name."""
    lists = results["waybill"]["lists"]
    name = max(lists, key=lambda each: lists[each][point])
    return lists[name][point], name


def lists_in_process(results: Results) -> Measured:
    p50, slow50 = worst(results, "p50")
    p99, slow99 = worst(results, "p99")
    text = f"slowest list: p50 {ms(p50)} ({slow50}), p99 {ms(p99)} ({slow99})"
    return Measured(text, max(at_most(p50, 0.15), at_most(p99, 1)))


def big_lists(results: Results) -> Measured:
    p99, name = worst(results, "p99")
    return Measured(f"slowest list: p99 {ms(p99)} ({name})", at_most(p99, 5))


def nothing_against(engine: str, limit: float) -> Callable[[Results], Measured]:
    def measure(results: Results) -> Measured:
        ratio = results[engine]["against_waybill"]["matches nothing"]["p99"]
        return Measured(f"{ratio:,.0f} ×", at_least(ratio, limit))
    return measure


def cold_page(results: Results) -> Measured:
    cold = results["cold"]
    text = f"p99 {ms(cold['records']['p99'])}; with the index cold too {ms(cold['everything']['p99'])}"
    return Measured(text, at_most(cold["records"]["p99"], 2))


def bulk_import(results: Results) -> Measured:
    figures = results["waybill"]["import"]
    rate = figures["events"] / figures["seconds"]
    return Measured(f"{rate:,.0f}/s", at_least(rate, 150_000))


def single_posts(results: Results) -> Measured:
    post = results["post"]
    text = f"{post['rate']:,.0f}/s, p99 {ms(post['p99'])}"
    return Measured(text, max(at_least(post["rate"], 30_000), at_most(post["p99"], 10)))


def callbacks_against_posts(results: Results) -> Measured:
    ours, theirs = (results["callbacks"][name] for name in ("callbacks", "posts"))
    ratio = ours["rate"] / theirs["rate"]
    text = f"{ratio:.2f} × ({ours['rate']:,.0f}/s against {theirs['rate']:,.0f}/s), p99 {ms(ours['p99'])}"
    return Measured(text, at_least(ratio, 0.9))


def page_against_nginx(form: str, limit: float) -> Callable[[Results], Measured]:
    def measure(results: Results) -> Measured:
        ours, theirs = (results["page"][f"{name} {form}"]["rate"] for name in ("waybill", "nginx"))
        text = f"{ours / theirs:.2f} × ({ours:,.0f}/s against {theirs:,.0f}/s)"
        return Measured(text, at_least(ours / theirs, limit))
    return measure


def disk(results: Results) -> Measured:
    figures = results["waybill"]["import"]
    size = figures["disk_bytes"] / figures["events"]
    return Measured(f"{size:.0f} B at {results['data']['event_bytes']:,.0f} B of JSON", at_most(size, 200))


def walk(results: Results) -> Measured:
    pages = {int(page): figures["p50"] for page, figures in results["waybill"]["walk"].items()}
    slowest = max(pages, key=lambda page: pages[page])
    ratio = pages[slowest] / pages[1]
    return Measured(f"slowest: page {slowest:,}, {ratio:.2f} × page 1", at_most(ratio, 1.1))


def idle_memory(results: Results) -> Measured:
    megabytes = results["http"]["idle_kb"] / 1024
    return Measured(f"{megabytes:.0f} MB", at_most(megabytes, 60))


def big_memory(results: Results) -> Measured:
    megabytes = results["http"]["loaded_kb"] / 1024
    return Measured(f"{megabytes:,.0f} MB", at_most(megabytes, CACHE_MB + 500))


def ready(results: Results) -> Measured:
    figures = results["ready"]
    text = f"{figures['median']:.2f} s, at most {figures['max']:.2f} s"
    return Measured(text, at_most(figures["max"], 1))


GOALS = (
    Goal("lists", "any filter combination, page of 50, warm, in process", "p50 ≤ 0.15 ms, p99 ≤ 1 ms", False,
         lists_in_process),
    Goal("nothing_postgres", "AND that matches nothing, against PostgreSQL with an index per filter, p99", "≥ 1,000 ×",
         False, nothing_against("postgres", 1000)),
    Goal("nothing_partitioned", "the same against its partitioned form", "≥ 300 ×", False,
         nothing_against("postgres_partitioned", 300)),
    Goal("big_lists", "every list at 100 million events", "p99 ≤ 5 ms", True, big_lists),
    Goal("cold", "cold page, 50 scattered records", "p99 ≤ 2 ms", False, cold_page),
    Goal("import", "bulk import: parsed, checked, durable, indexed", "≥ 150,000 events/s", False, bulk_import),
    Goal("post", "single durable POSTs over HTTP, 64 connections", "≥ 30,000/s, p99 ≤ 10 ms", False, single_posts),
    Goal("callbacks", "signed callbacks over HTTP, 64 connections, against POSTs of the same events", "≥ 0.9 ×", False,
         callbacks_against_posts),
    Goal("page_plain", "page of 50 over HTTP, hot, against nginx sending the same bytes", "≥ 0.65 ×", False,
         page_against_nginx("plain", 0.65)),
    Goal("page_gzip", "the same gzipped, against nginx gzipping the same bytes", "≥ 1.5 ×", False,
         page_against_nginx("gzip", 1.5)),
    Goal("disk", "disk per event of 1.2 kB, all indexes included", "≤ 200 B", False, disk),
    Goal("walk", "page N of a walk against page 1, p50", "within 10 %", False, walk),
    Goal("memory_idle", "memory of an idle server without events", "≤ 60 MB", False, idle_memory),
    Goal("memory_big", "memory with 100 million events, after questions", f"≤ {CACHE_MB} MB of cache + 500 MB", True,
         big_memory),
    Goal("ready", "ready after kill -9 with 100 million events", "≤ 1 s", True, ready),
)


def read_notes() -> dict[str, str]:
    """What stands in the way of goals, and other remarks, by the goals' keys."""
    with open(NOTES, "rb") as file:
        return tomllib.load(file)["notes"]


def goal_rows(standard: Results, big: Results) -> list[list[str]]:
    """For each goal what was measured, how that compares, and the remark."""
    notes = read_notes()
    rows = []
    for goal in GOALS:
        try:
            measured = goal.measure(big if goal.big else standard)
            found = [measured.text, measured.verdict]
        except KeyError:
            found = ["not measured", ""]
        rows.append([goal.what, goal.goal, *found, " ".join(notes.get(goal.key, "").split())])
    return rows
