"""An Events API that misbehaves, on a free port of the loopback interface; and what it should have told."""

from __future__ import annotations

import base64
import email.utils
import json
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

ACCOUNT_SID = "AC" + "fedcba9876543210" * 2
AUTH_TOKEN = "the upstream's token"
CREDENTIALS = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}

PAGE_SIZE_DEFAULT = 50
PAGE_SIZE_MAX = 1000

Event = dict[str, Any]
Query = dict[str, str]


@dataclass
class Manners:
    """How it misbehaves. Chances are for each request; everything else is as an honest upstream does it."""

    seed: int = 1
    refuses: float = 0  # 429, with a Retry-After now and then
    refusals_at_first: int = 0  # a storm: so many requests are answered 429 before the first is not
    fails: float = 0  # 500
    breaks_off: float = 0  # JSON that ends in the middle
    stalls: float = 0  # a body that comes too late
    stall_seconds: float = 3.0
    paging: str = "honest"  # or skips, repeats, stands, elsewhere, none
    meta: str = "honest"  # or missing, nonsense
    sees_late: dict[str, int] = field(default_factory=dict)  # sid → it is told only after so many requests
    redacts: bool = False
    clock_skew: float = 0  # seconds that its clock is ahead
    ignores_window: bool = False
    spoils: bytes = b""  # stands in the first event of the first page, which is then no JSON
    breaks_off_with: str = ""  # pages that have this sid break off


class QuietServer(ThreadingHTTPServer):
    """One that does not mind who goes away."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tells of everything else."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Upstream:
    """Serves the events of one workspace. `events` may be added to while it runs."""

    def __init__(self, workspace_sid: str, events: list[Event], manners: Manners | None = None, *,
                 hook: Callable[[int], None] | None = None) -> None:
        self.workspace_sid = workspace_sid
        self.manners = manners or Manners()
        self.requests = 0
        self.windows: list[tuple[int, int]] = []  # seconds, of first pages that were answered
        self.statuses: dict[int, int] = {}
        self._spoilt = False
        self._hook = hook
        self._events = sorted(events, key=lambda event: (event["event_date_ms"], event["sid"]))
        self._chance = random.Random(self.manners.seed)
        self._lock = threading.Lock()
        self._server = QuietServer(("127.0.0.1", 0), self._make_handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()

    def add(self, events: list[Event]) -> None:
        """More has happened, or is told only now."""
        with self._lock:
            self._events = sorted(self._events + events, key=lambda event: (event["event_date_ms"], event["sid"]))

    def sids(self) -> set[str]:
        """Of everything it has."""
        return {event["sid"] for event in self._events}

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            """One connection."""

            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # pylint: disable=invalid-name
                """Answers, or does not quite."""
                upstream.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # pylint: disable=redefined-builtin
                """Says nothing."""

            def date_time_string(self, timestamp: float | None = None) -> str:
                """By its own clock."""
                return email.utils.formatdate((timestamp or time.time()) + upstream.manners.clock_skew, usegmt=True)

        return Handler

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One request."""
        with self._lock:
            self.requests += 1
            number = self.requests
            mishap = self._mishap(number)
        if self._hook is not None:
            self._hook(number)
        if not self._knows(handler.headers.get("Authorization", "")):
            self._send(handler, 401, b'{"code":20003,"message":"Authenticate","status":401}')
            return
        parts = urlsplit(handler.path)
        if parts.path != f"/v1/Workspaces/{self.workspace_sid}/Events":
            self._send(handler, 404, b'{"code":20404,"message":"not found","status":404}')
            return
        if mishap == "refuses":
            self._send(handler, 429, b'{"code":20429,"message":"Too Many Requests","status":429}', self._retry_after())
            return
        if mishap == "fails":
            self._send(handler, self._chance.choice([500, 502, 503]), b"<html>oops</html>")
            return
        query = dict(parse_qsl(parts.query))
        body = json.dumps(self._page(query, parts.path)).encode()
        if self.manners.spoils and body.count(b'{"sid": "EV') > 1 and not self._spoilt:
            self._spoilt = True
            body = body.replace(b'"events": [', b'"events": [{' + self.manners.spoils + b'1}, ', 1)
        if self.manners.breaks_off_with and self.manners.breaks_off_with.encode() in body:
            mishap = "breaks_off"
        if mishap == "breaks_off":
            body = body[:len(body) * 2 // 3]
        if mishap == "stalls":
            time.sleep(self.manners.stall_seconds)
        elif mishap is None and "PageToken" not in query:
            self.windows.append((seconds(query["StartDate"]), seconds(query["EndDate"])))
        self._send(handler, 200, body)

    def _mishap(self, number: int) -> str | None:
        if number <= self.manners.refusals_at_first:
            return "refuses"
        for name in ("refuses", "fails", "breaks_off", "stalls"):
            if self._chance.random() < getattr(self.manners, name):
                return name
        return None

    def _retry_after(self) -> dict[str, str]:
        soon = email.utils.formatdate(time.time() + 1, usegmt=True)
        return self._chance.choice([{}, {"Retry-After": "0"}, {"Retry-After": soon}])

    def _knows(self, authorization: str) -> bool:
        return authorization == "Basic " + base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()

    def _send(self, handler: BaseHTTPRequestHandler, status: int, body: bytes,
              headers: dict[str, str] | None = None) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        try:
            handler.send_response(status)
            for name, value in {**(headers or {}), "Content-Type": "application/json",
                                "Content-Length": str(len(body))}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:
            handler.close_connection = True  # who asked has gone

    def _matching(self, query: Query) -> list[Event]:
        start, end = seconds(query["StartDate"]), seconds(query["EndDate"])
        with self._lock:
            found = [event for event in self._events
                     if (self.manners.ignores_window or start <= event["event_date_ms"] // 1000 <= end)
                     and self.manners.sees_late.get(event["sid"], 0) <= self.requests]
        wanted = {"EventType": lambda event: event["event_type"]} | {
            name: (lambda event, key=key: event["event_data"].get(key))
            for name, key in (("TaskSid", "task_sid"), ("WorkerSid", "worker_sid"), ("TaskQueueSid", "task_queue_sid"),
                              ("WorkflowSid", "workflow_sid"), ("ReservationSid", "reservation_sid"),
                              ("TaskChannel", "task_channel_unique_name"))}
        return [event for event in found
                if all(value(event) == query[name] for name, value in wanted.items() if name in query)]

    def _page(self, query: Query, path: str) -> dict[str, Any]:
        found = self._matching(query)
        size = min(int(query.get("PageSize", PAGE_SIZE_DEFAULT)), PAGE_SIZE_MAX)
        begin = int(query.get("PageToken", "PA0")[2:])
        end = begin + size
        shown = [self._shown(event) for event in found[begin:end]]
        page: dict[str, Any] = {"events": shown}
        if self.manners.meta == "missing":
            return page
        number = int(query.get("Page", 0))
        next_url = self._next_url(query, path, end, number) if end < len(found) else None
        page["meta"] = {"key": "events", "page": number, "page_size": size, "next_page_url": next_url,
                        "url": self.url + path, "first_page_url": self.url + path, "previous_page_url": None}
        if self.manners.meta == "nonsense":
            page["meta"] |= {"page": self._chance.choice([-1, "x", 10**9]), "page_size": 10**6, "key": "things"}
        return page

    def _next_url(self, query: Query, path: str, end: int, number: int) -> str | None:
        lies = {"honest": end, "skips": end + 7, "repeats": max(0, end - 7), "stands": 0, "elsewhere": end}
        if self.manners.paging not in lies:
            return None
        host = "http://127.0.0.1:1" if self.manners.paging == "elsewhere" else self.url
        return host + path + "?" + urlencode({**query, "Page": number + 1,
                                              "PageToken": f"PA{lies[self.manners.paging]}"})

    def _shown(self, event: Event) -> Event:
        if not self.manners.redacts or "task_attributes" not in event["event_data"]:
            return event
        return {**event, "event_data": {**event["event_data"], "task_attributes": "{}"}}


def seconds(text: str) -> int:
    """The second that a date of a query names."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp())
