"""Events to write: realistic ones from `waybill generate`, and small ones made to measure."""

from __future__ import annotations

import json
from typing import Any

import waybill

# When generated streams begin, and made ones are thought to happen: a quiet morning that no default window covers.
START = "2026-03-02T08:00:00Z"
START_MS = 1_772_438_400_000


def generated_lines(count: int, seed: int = 1, *flags: str) -> list[str]:
    """The NDJSON lines of `waybill generate`, each with its newline."""
    start = [] if "--start" in flags else ["--start", START]
    result = waybill.run("generate", "--events", str(count), "--seed", str(seed), *start, *flags)
    result.check_returncode()
    return result.stdout.splitlines(keepends=True)


def generated(count: int, seed: int = 1, *flags: str) -> list[dict[str, Any]]:
    """The same as values."""
    return [json.loads(line) for line in generated_lines(count, seed, *flags)]


def workspace_sid(number: int) -> str:
    """A workspace of the test's own."""
    return f"WS{number:032x}"


def event_sid(number: int) -> str:
    """The sid of made_event(number, …)."""
    return f"EV{number:032x}"


def made_event(number: int, at_ms: int, padding: int = 0) -> dict[str, Any]:
    """A small event that only says when, and which task it is about."""
    return {
        "sid": event_sid(number),
        "event_type": "task.updated",
        "event_date_ms": at_ms,
        "event_data": {"task_sid": f"WT{number % 7:032x}", "task_attributes": json.dumps({"padding": "x" * padding})},
    }


def parse_lines(ndjson: str) -> list[dict[str, Any]]:
    """NDJSON as values."""
    return [json.loads(line) for line in ndjson.splitlines()]


def to_line(event: dict[str, Any]) -> str:
    """A line of NDJSON."""
    return json.dumps(event) + "\n"
