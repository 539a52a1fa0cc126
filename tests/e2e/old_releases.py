"""What earlier releases wrote, with what every later one must make of it.

    python3 -B tests/e2e/old_releases.py tests/fixtures/releases/0.1

makes it with the binary of WAYBILL_BINARY, or of the Release build. It is run once for each release, by the last commit
of it, before anything on disk changes; what it made is never made again. A release's folder has

    data/           a data directory: segments, a log, variants, erasures, retentions, a ledger, and relay.db
    backups/        a folder of two backups of it
    export/         an export that was cut off, with the state that lets it go on
    expected.json   what lists, walks and commands show of all that
"""

from __future__ import annotations

import hashlib
import http.client
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import events
import waybill
from api import Api, list_url, sids
from receiver import signature
from store_case import SMALL_FILES, WORKSPACE, Administrator, task_sid, wait_until
from unreliable import Unreliable
from waybill import Server

FIXTURES = Path(__file__).parents[1] / "fixtures/releases"
EXPECTED = "expected.json"
OTHER_WORKSPACE = events.workspace_sid(2)
CALLBACK_WORKSPACE = events.workspace_sid(3)
KEPT_WORKSPACE = events.workspace_sid(4)  # since 0.2: an event with an extra, and an element that was kept aside
EVENTS = 1300
CALLBACKS = 5
PUBLIC_URL = "https://events.example.com"
RECEIVER = "http://127.0.0.1:9/of-before"  # nobody listens there
EXPORT_FILE = "events.ndjson"
ENVIRONMENT = waybill.CREDENTIALS | {"WAYBILL_PUBLIC_URL": PUBLIC_URL}

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
WALKS = (QUERIES[0], QUERIES[1], QUERIES[2])


def without_urls(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """URLs carry the server's port, so they are left out."""
    return [{name: value for name, value in event.items() if not name.endswith("url")} for event in listed]


def digest(value: Any) -> str:
    """Of JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def lists_of(api: Api) -> list[dict[str, Any]]:
    """What every query shows."""
    answers = []
    for workspace, query in QUERIES:
        listed = without_urls(api.events(workspace, PageSize=200, **query))
        answers.append({"workspace": workspace, "query": query, "events": len(listed), "first": sids(listed)[:3],
                        "last": sids(listed)[-3:], "sha256": digest(listed)})
    return answers


def begun_walks(api: Api) -> list[dict[str, Any]]:
    """Where walks are behind their first page, and what the rest of them shows."""
    begun = []
    for workspace, query in WALKS:
        first = api.get(list_url(workspace, PageSize=50, **query))
        target = first["meta"]["next_page_url"]
        parts = urlsplit(target)
        begun.append({"target": parts.path + "?" + parts.query, "sids": digest(rest_of_walk(api, target))})
    return begun


def rest_of_walk(api: Api, target: str | None) -> list[str]:
    """The sids of all pages from this one on."""
    found: list[str] = []
    while target is not None:
        page = api.get(target)
        found += sids(page["events"])
        target = page["meta"]["next_page_url"]
    return found


def bring_callback(server: Server, number: int) -> None:
    """Posts a signed callback, as the hosted service does."""
    form = [("AccountSid", waybill.ACCOUNT_SID), ("WorkspaceSid", CALLBACK_WORKSPACE), ("EventType", "task.updated"),
            ("Sid", events.event_sid(number)), ("ResourceType", "task"), ("ResourceSid", task_sid(number)),
            ("Timestamp", str(events.START_MS // 1000)), ("TimestampMs", str(events.START_MS + number)),
            ("TaskAttributes", '{"a": "é"}')]
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.request("POST", "/webhooks/taskrouter", urlencode(form).encode(), {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": signature(PUBLIC_URL + "/webhooks/taskrouter", form)})
    status = connection.getresponse().status
    connection.close()
    assert status == 204, status


def keep(api: Api) -> None:
    """Posts an event with more than its members hold, and an element that can be none."""
    lines = (events.to_line(events.made_event(1, events.START_MS) | {"links": {"a": [1, "ü"]}, "source": 7}) +
             events.to_line({"sid": events.event_sid(2), "event_type": "task.created"}))
    answer = api.request("POST", f"/v1/Workspaces/{KEPT_WORKSPACE}/Events?Unknown=keep", lines.encode(),
                         {"Content-Type": "application/x-ndjson"})
    assert answer.status == 201 and answer.json()["rejected"] == 1, answer.body


def kept(api: Api, admin: Administrator) -> dict[str, Any]:
    """What is shown of both."""
    extra = api.get(f"/v1/Workspaces/{KEPT_WORKSPACE}/Events/{events.event_sid(1)}?Extra=true")["waybill_extra"]
    rejects = admin.get("/admin/v1/Rejects")["rejects"]
    return {"extra": extra, "rejects": [[reject["road"], reject["problem"]] for reject in rejects]}


def record(api: Api, what: str, members: dict[str, Any]) -> None:
    """A fact of the ledger."""
    answer = api.request("POST", f"/v1/Workspaces/{WORKSPACE}/Completeness/{what}", json.dumps(members).encode(),
                         {"Content-Type": "application/json"})
    assert answer.status in (200, 201, 204), answer.body


def fill(server: Server, folder: Path) -> None:
    """Segments, a log, erasures, a differing copy, callbacks that nobody takes, and a ledger."""
    api = Api(server.url)
    for first in range(1, EVENTS, 50):
        api.post_events(WORKSPACE, [events.made_event(number, events.START_MS + number * 1000)
                                    for number in range(first, first + 50)])
    wait_until(lambda: list((folder / "segments").glob("*.sid")))
    api.post_events(OTHER_WORKSPACE, [events.made_event(1, events.START_MS), events.made_event(2, events.START_MS)])
    api.post_events(WORKSPACE, [events.made_event(5, events.START_MS + 5000) | {"event_type": "task.completed"}])
    admin = Administrator(server.url, (folder / "admin.token").read_text().strip())
    for what in (f"TaskSid={task_sid(3)}", "From=2026-03-02T08:10:00Z&To=2026-03-02T08:10:09Z"):
        answer = admin.post_form("/admin/v1/Erasures", f"WorkspaceSid={WORKSPACE}&{what}")
        assert answer.status in (200, 201, 202), answer.body
    wait_until(lambda: all(note["date_completed"] for note in admin.get("/admin/v1/Erasures")["erasures"]))
    pulled_to = events.START_MS + 600_000
    record(api, "Pulls", {"source": "https://taskrouter.twilio.com", "from": events.START_MS, "to": pulled_to - 1,
                          "asked": pulled_to + 86_400_000, "events": 599})
    record(api, "Gaps", {"reason": "unreachable", "detail": "a second too full", "from": pulled_to + 600_000,
                         "to": pulled_to + 600_999})
    for number in range(1, CALLBACKS + 1):
        bring_callback(server, number)
    keep(api)
    api.post_events(WORKSPACE, [events.made_event(number, events.START_MS + number * 1000)
                                for number in range(EVENTS + 1, EVENTS + 31)])


def export(url: str, folder: Path, *flags: str) -> Any:
    """An export of the workspace, or as much as comes of it."""
    return waybill.run("export", "--workspace", WORKSPACE, "--url", url, "--out", folder / EXPORT_FILE, *flags,
                       environment=ENVIRONMENT)


def cut_off_export(server: Server, folder: Path) -> str:
    """Leaves one that got its first page and no more. Gives the digest of the file that a whole one writes."""
    between = Unreliable(server.url)
    between.pages_max = 1
    assert export(between.url, folder).returncode != 0
    between.shutdown()
    between.server_close()
    whole = folder / "whole"
    whole.mkdir()
    assert export(server.url, whole).returncode == 0
    content = (whole / EXPORT_FILE).read_bytes()
    (whole / EXPORT_FILE).unlink()
    whole.rmdir()
    return hashlib.sha256(content).hexdigest()


def make(folder: Path) -> None:
    """Makes a release's fixtures, which do not exist yet."""
    data, exported = folder / "data", folder / "export"
    data.mkdir(parents=True)
    exported.mkdir()
    flags = ("--redact-after", "never", "--public-url", PUBLIC_URL)
    with Server(data, *flags, "--forward", RECEIVER, environment=waybill.CREDENTIALS | SMALL_FILES) as server:
        fill(server, data)
    waybill.run("workspace", "retain", OTHER_WORKSPACE, "never", "--data", data).check_returncode()
    waybill.run("workspace", "retain", CALLBACK_WORKSPACE, "36500d", "--data", data).check_returncode()
    waybill.run("key", "create", "--name", "of before", "--data", data).check_returncode()
    waybill.run("account", "create", "--name", "another one", "--data", data).check_returncode()
    with Server(data, *flags, environment=waybill.CREDENTIALS) as server:
        api = Api(server.url)
        expected = {"lists": lists_of(api), "walks": begun_walks(api), "export": cut_off_export(server, exported)}
        waybill.run("backup", "--data", data, "--to", folder / "backups", "--copy").check_returncode()
        admin = Administrator(server.url, (data / "admin.token").read_text().strip())
        expected["kept"] = kept(api, admin)
        api.post_events(OTHER_WORKSPACE, [events.made_event(3, events.START_MS)])
        waybill.run("backup", "--data", data, "--to", folder / "backups", "--copy").check_returncode()
        expected["lists_of_backup"], expected["lists"] = expected["lists"], lists_of(api)
    (folder / EXPECTED).write_text(json.dumps(expected, indent=1) + "\n")
    for left_over in (data / "admin.token", data / "waybill.lock", data / "waybill.address", folder / "data.log",
                      folder / "backups/backup.lock"):
        left_over.unlink(missing_ok=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
