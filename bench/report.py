"""Writes bench/RESULTS.md from figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from goals import goal_rows

Results = dict[str, Any]

ENGINES = {
    "waybill": "Waybill",
    "postgres": "PostgreSQL",
    "postgres_partitioned": "PostgreSQL, partitioned",
    "sqlite": "SQLite",
}

HEAD = """# Measured, side by side

Written by `./dev bench`; do not edit. Remarks come from [notes.toml](notes.toml).
"""

# What each engine is, and what is timed.
METHOD = """## What is measured

All engines run on one machine, one after the other, each with nothing else at work. They are given the same events and
asked the same seeded questions, made from the events: {questions} a list. Answers are pages of at most 50 events, in
either order, and every engine's answer to a question is compared with Waybill's, byte by byte of the events shown (by
64-bit hashes). An engine too slow to answer a list in {seconds} s answers as many of its questions as it can in that
time, from the first on; ratios compare the questions that both have answered. Each list is warmed up with its first
questions (500, or a sixth of its time), and Waybill's files are read once before, if four fifths of the memory hold them.

- **Waybill**: the embedded store, as it ships, in the process of the bench. Timed: finding the page, fetching, checking
  and inflating its records, and splicing each into the JSON that the API shows. {late:,} of the
  events were imported once the others had settled, and {live:,} came after that, in commits of 64, so that some
  segments are not merged yet and part of the archive is in the tail.
- **PostgreSQL**: over a Unix socket. Timed: sending a prepared statement's values, its execution, and taking over the
  rows with keys and JSON. A table with a column for each filter; b-trees over (workspace, filter, time, position), each
  without the rows that lack the filter, over (workspace, time, position) and over the sid; statistics for what filters
  have in common; a vacuumed and analysed table. For each list it is tried with custom plans, with generic plans, and
  without sequential scans, bitmap scans, sorts or parallel workers, and keeps what was fastest.
- **PostgreSQL, partitioned**: the same by days, the JSON in a table of its own that is joined to the page, the b-trees
  in each partition, and a BRIN over the time.
- **SQLite**: WAL, synchronous=FULL, in the process of the bench; one table, the same indexes, analysed; pages of
  8 KiB, a cache of 1 GiB, the file mapped.

PostgreSQL and SQLite keep the events' JSON; all engines' times are those of one client.
"""


def write_report(path: Path, standard: Results, big: Results) -> None:
    """From the figures of the standard run and of the one with very many events; either may lack parts."""
    sections = [HEAD, about_section(standard or big), "## Goals\n", table(
        ["What", "Goal", "Measured", "", "What stands in the way, or a remark"], goal_rows(standard, big))]
    if standard:
        sections += standard_sections(standard)
    if big:
        sections += big_sections(big)
    path.write_text("\n".join(sections), encoding="utf-8")


def standard_sections(results: Results) -> list[str]:
    """Everything about the standard run."""
    about = results["about"]
    counts = [int(each["count"]) for each in results.get("waybill", {}).get("lists", {}).values()]
    data = results.get("data", {})
    method = METHOD.format(questions=f"{max(counts, default=0):,}", seconds=about["list_seconds"],
                           late=data.get("late_events", 0), live=data.get("live_events", 0))
    return [method, lists_section(results), ratios_section(results), import_section(results), walk_section(results),
            cold_section(results), http_section(results), memory_section(results)]


def big_sections(results: Results) -> list[str]:
    """What the run with very many events adds. Nobody else is asked there, so no answers are compared."""
    events = results.get("data", {}).get("events", 0)
    return [f"## With {events:,} events\n\nWaybill alone, so answers are not compared. `./dev bench --big`\n",
            lists_section(results, level=3), walk_section(results, level=3), cold_section(results, level=3),
            memory_section(results, level=3)]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown. The first column is text, the others as they are."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def heading(level: int, text: str) -> str:
    """A heading with the blank line behind it."""
    return "#" * level + " " + text + "\n\n"


def about_section(results: Results) -> str:
    """Machine, versions, data, commands."""
    about = results["about"]
    machine, versions = about["machine"], about["versions"]
    data = results.get("data")
    lines = [f"- Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory']} of memory; "
             f"{machine['system']}, kernel {machine['kernel']}; disk {machine['disk']}.",
             "- Versions: " + "; ".join(f"{name}: {text}" for name, text in versions.items()) + ".",
             f"- Date: {about['date']}."]
    if data:
        lines.append(f"- Events: {data['events']:,}, {data['event_bytes']:,.0f} B of JSON on average, from "
                     f"`{data['command']}`.")
    lines.append("- Commands: `./dev bench`; for the run with very many events `./dev bench --big`.")
    return "\n".join(lines) + "\n"


def present(results: Results, key: str = "lists") -> list[str]:
    """The engines that have been measured."""
    return [engine for engine in ENGINES if key in results.get(engine, {})]


def lists_section(results: Results, level: int = 2) -> str:
    """Each list and engine with its percentiles."""
    engines = present(results)
    if not engines:
        return ""
    rows = []
    for name in results[engines[0]]["lists"]:
        for engine in engines:
            rows.append([name if engine == engines[0] else "", *list_row(engine, results[engine]["lists"][name])])
    head = ["List", "Engine", "Answered", "Events a page", "p50 ms", "p90 ms", "p99 ms", "max ms", "Plan"]
    return heading(level, "Lists of questions, in process") + table(head, rows) + compared(results)


def list_row(engine: str, figures: dict[str, Any]) -> list[str]:
    """One engine's figures of one list."""
    times = [f"{figures[point]:,.3f}" for point in ("p50", "p90", "p99", "max")]
    plan = figures["plan"] if engine.startswith("postgres") else ""
    return [ENGINES[engine], f"{figures['count']:,}", f"{figures['events']:.1f}", *times, plan]


def compared(results: Results) -> str:
    """How many answers were held against each other."""
    counts = {ENGINES[engine]: sum(int(each["compared"]) for each in results[engine]["against_waybill"].values())
              for engine in present(results, "against_waybill")}
    if not counts:
        return ""
    return "\nAnswers compared with Waybill's, all of them the same: " + ", ".join(
        f"{count:,} of {name}" for name, count in counts.items()) + ".\n"


def ratios_section(results: Results) -> str:
    """How many times longer the others take."""
    engines = present(results, "against_waybill")
    if not engines:
        return ""
    rows = [[name, *(f"{results[engine]['against_waybill'][name][point]:,.1f}" for engine in engines
                     for point in ("p50", "p99"))] for name in results[engines[0]]["against_waybill"]]
    head = ["List", *(f"{ENGINES[engine]}, {point}" for engine in engines for point in ("p50", "p99"))]
    return heading(2, "Times longer than Waybill") + table(head, rows)


def import_section(results: Results) -> str:
    """Loading, and the disk it takes."""
    rows = []
    for engine in present(results, "import"):
        figures = results[engine]["import"]
        seconds = figures["seconds"] + figures.get("finish_seconds", 0)
        rate = figures["events"] / seconds
        rows.append([ENGINES[engine], f"{seconds:,.1f}", f"{rate:,.0f}",
                     f"{rate * results.get('data', {}).get('event_bytes', 0) / 1e6:,.0f}",
                     f"{figures['events'] / figures['seconds']:,.0f}",
                     f"{figures['disk_bytes'] / figures['events']:,.0f}"])
    if not rows:
        return ""
    head = ["Engine", "Seconds", "Events/s", "MB/s of NDJSON", "Events/s without indexes", "Disk B/event"]
    text = ("The same parser and checks for all. Waybill: `waybill import --data`, from the start of the process to "
            "its end, everything\nindexed. The others: a connection a core with binary COPY, and transactions of 10,000 "
            "in SQLite; then the indexes, the\nstatistics and a checkpoint. The disk is what `du` counts once nothing "
            "moves any more, for PostgreSQL the size of the\ndatabase.\n\n")
    return heading(2, "Bulk import") + text + table(head, rows)


def walk_section(results: Results, level: int = 2) -> str:
    """Pages of a walk through everything."""
    engines = present(results, "walk")
    if not engines:
        return ""
    pages = sorted(map(int, results[engines[0]]["walk"]))
    rows = [[ENGINES[engine], *(f"{walk[str(page)]['p50']:.3f}" if str(page) in walk else "" for page in pages)]
            for engine in engines for walk in [{str(key): value for key, value in results[engine]["walk"].items()}]]
    text = "All engines go on behind the last page's key, not by offset.\n\n"
    return (heading(level, "Page N of a walk, p50 in ms") + text + table(["Engine", *(f"page {page:,}" for page in pages)], rows))


def cold_section(results: Results, level: int = 2) -> str:
    """Single pages from the disk."""
    if "cold" not in results:
        return ""
    names = {"records": "records not in memory", "everything": "nothing of the data directory in memory"}
    rows = [[names[name], f"{each['count']}", *(f"{each[point]:.2f}" for point in ("p50", "p90", "p99", "max"))]
            for name, each in results["cold"].items()]
    text = ("A worker's events from a random place on, 50 of them, far from each other; before each page the system "
            "is told to\nforget the files (`posix_fadvise`). A disk behind a hypervisor may still have them in a cache "
            "of its own.\n\n")
    return heading(level, "Cold pages") + text + table(["", "Pages", "p50 ms", "p90 ms", "p99 ms", "max ms"], rows)


def http_section(results: Results) -> str:
    """wrk's figures."""
    rows = []
    if "post" in results:
        rows.append([f"durable POSTs of one event of {results['post']['event_bytes']:,} B", *load_row(results["post"])])
    for name, what in (("callbacks", "signed callbacks"), ("posts", "in turn with them, POSTs of the same events")):
        if "callbacks" in results:
            figures = results["callbacks"][name]
            rows.append([f"{what}, bodies of {figures['body_bytes']:,} B", *load_row(figures)])
    for name, each in results.get("page", {}).items():
        if name != "page_bytes":
            rows.append([f"page of 50, {results['page']['page_bytes']:,} B, {name}", *load_row(each)])
    for name, each in results.get("http", {}).get("lists", {}).items():
        rows.append([f"list: {name}", *load_row(each)])
    if not rows:
        return ""
    text = ("`wrk -t2 -c64` on the same cores, connections kept alive. Of several rounds the one with the median rate; "
            "pages of\nWaybill and nginx in turn. Lists are the questions above, taken at random, with the "
            "authentication and the links that the\nAPI has; they are not compared with other engines.\n\n")
    return heading(2, "Over HTTP") + text + table(["What", "Requests/s", "p50 ms", "p99 ms", "max ms", "Failed"], rows)


def load_row(figures: dict[str, Any]) -> list[str]:
    """Rate and times."""
    return [f"{figures['rate']:,.0f}", f"{figures['p50']:.2f}", f"{figures['p99']:.2f}", f"{figures['max']:.1f}",
            f"{figures['failures']:,}"]


def memory_section(results: Results, level: int = 2) -> str:
    """Memory, and the way back after a kill."""
    rows = []
    http, waybill = results.get("http", {}), results.get("waybill", {})
    kinds = {"server without events, idle": http.get("idle_kb"), "server, after its start": http.get("loaded_idle_kb"),
             "server, after questions": http.get("loaded_kb"),
             "the bench's process, after all lists": waybill.get("memory_kb")}
    for name, kilobytes in kinds.items():
        if kilobytes is not None:
            rows.append([f"anonymous memory: {name}", f"{kilobytes / 1024:,.0f} MB"])
    if "ready" in results:
        ready = results["ready"]
        rows.append(["ready after `kill -9` under writes",
                     f"{ready['median']:.2f} s, at most {ready['max']:.2f} s"])
    return heading(level, "Memory and starts") + table(["What", "Measured"], rows) if rows else ""
