"""Stores as earlier formats wrote them, with what their lists must show.

    python3 -B tests/e2e/old_stores.py tests/fixtures/stores/format-2

makes one with the binary of WAYBILL_BINARY, or of the Release build. It is run once for each format of the database, by
the last commit that writes it; what it made is never made again.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import events
import waybill
from api import Api, sids
from store_case import SMALL_FILES, WORKSPACE, Administrator, task_sid, wait_until
from waybill import Server

FIXTURES = Path(__file__).parents[1] / "fixtures/stores"
EXPECTED = "expected.json"
OTHER_WORKSPACE = events.workspace_sid(2)
EVENTS = 700

QUERIES: tuple[tuple[str, dict[str, str]], ...] = (
    (WORKSPACE, {}),
    (WORKSPACE, {"Ordering": "EventDate:desc"}),
    (WORKSPACE, {"TaskSid": task_sid(1)}),
    (WORKSPACE, {"TaskSid": task_sid(3)}),
    (WORKSPACE, {"EventType": "task.updated"}),
    (WORKSPACE, {"EventType": "task.completed"}),
    (WORKSPACE, {"StartDate": "2026-03-02T08:02:00Z", "EndDate": "2026-03-02T08:05:00Z"}),
    (WORKSPACE, {"Sid": events.event_sid(5)}),
    (OTHER_WORKSPACE, {}),
)


def lists_of(api: Api) -> list[dict[str, Any]]:
    """What every query shows. URLs carry the server's port, so they are left out."""
    answers = []
    for workspace, query in QUERIES:
        listed = [{name: value for name, value in event.items() if not name.endswith("url")}
                  for event in api.events(workspace, PageSize=200, **query)]
        text = json.dumps(listed, sort_keys=True)
        answers.append({"workspace": workspace, "query": query, "events": len(listed), "first": sids(listed)[:3],
                        "last": sids(listed)[-3:], "sha256": hashlib.sha256(text.encode()).hexdigest()})
    return answers


def fill(server: Server, folder: Path) -> None:
    """Segments, a log, an erasure, a differing copy, and a workspace with a time of its own."""
    api = Api(server.url)
    for first in range(1, EVENTS, 50):
        api.post_events(WORKSPACE, [events.made_event(number, events.START_MS + number * 1000)
                                    for number in range(first, first + 50)])
    wait_until(lambda: list((folder / "segments").glob("*.sid")))
    api.post_events(OTHER_WORKSPACE, [events.made_event(1, events.START_MS), events.made_event(2, events.START_MS)])
    api.post_events(WORKSPACE, [events.made_event(5, events.START_MS + 5000) | {"event_type": "task.completed"}])
    admin = Administrator(server.url, (folder / "admin.token").read_text().strip())
    answer = admin.post_form("/admin/v1/Erasures", f"WorkspaceSid={WORKSPACE}&TaskSid={task_sid(3)}")
    assert answer.status in (200, 201, 202), answer.body
    wait_until(lambda: all(note["date_completed"] for note in admin.get("/admin/v1/Erasures")["erasures"]))
    api.post_events(WORKSPACE, [events.made_event(number, events.START_MS + number * 1000)
                                for number in range(EVENTS + 1, EVENTS + 31)])


def make(folder: Path) -> None:
    """Makes a store that does not exist yet."""
    folder.mkdir(parents=True)
    with Server(folder, "--redact-after", "never", environment=waybill.CREDENTIALS | SMALL_FILES) as server:
        fill(server, folder)
    waybill.run("workspace", "retain", OTHER_WORKSPACE, "never", "--data", folder).check_returncode()
    waybill.run("key", "create", "--name", "of before", "--data", folder).check_returncode()
    with Server(folder, "--redact-after", "never", environment=waybill.CREDENTIALS) as server:
        answers = lists_of(Api(server.url))
    (folder / EXPECTED).write_text(json.dumps(answers, indent=1) + "\n")
    for name in ("admin.token", "waybill.lock"):
        (folder / name).unlink()
    (folder.parent / (folder.name + ".log")).unlink()


if __name__ == "__main__":
    make(Path(sys.argv[1]))
