"""A server that is sent events which no compression makes small: its memory, over time and over a start.

Each has some 200 kB of JSON, most of it random base64 in the task's attributes. As a program it sends many GB to a server
with its own settings and prints what it took; large_events_test.py sends some MB to one whose memory for unsealed events
is bounded in proportion.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from api import Api
from events import START_MS, event_sid, workspace_sid
from waybill import Server

WORKSPACE = workspace_sid(1)
RANDOM_BYTES = 150_000  # 200 kB of base64
EVENTS_IN_A_REQUEST = 40
WATCH_SECONDS = 0.2


def large_event(number: int) -> dict[str, object]:
    """An event whose attributes are random."""
    noise = base64.b64encode(os.urandom(RANDOM_BYTES)).decode()
    return {"sid": event_sid(number), "event_type": "task.updated", "event_date_ms": START_MS + number,
            "event_data": {"task_sid": f"WT{number % 7:032x}", "task_attributes": json.dumps({"noise": noise})}}


def anonymous_mb(pid: int) -> float:
    """The memory that a process has for itself, without what it maps of files; 0 when it has ended."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


@dataclass
class Watch:
    """Looks at a server's memory until it is closed."""

    pid: int
    samples: list[tuple[float, float]] = field(default_factory=list)  # seconds, MB
    _end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    @property
    def peak_mb(self) -> float:
        """The most it had."""
        return max((mb for _, mb in self.samples), default=0)

    def over_time(self, parts: int = 12) -> str:
        """The peaks of equal parts of the time."""
        size = max(1, len(self.samples) // parts)
        pieces = [self.samples[at:at + size] for at in range(0, len(self.samples), size)]
        return " ".join(f"{piece[-1][0]:.0f}s:{max(mb for _, mb in piece):.0f}" for piece in pieces)

    def _look(self) -> None:
        begin = time.monotonic()
        while not self._end.wait(WATCH_SECONDS):
            self.samples.append((time.monotonic() - begin, anonymous_mb(self.pid)))


def batches(first: int, events: int) -> Iterator[list[int]]:
    """The numbers of events, request by request."""
    for at in range(first, first + events, EVENTS_IN_A_REQUEST):
        yield list(range(at, min(at + EVENTS_IN_A_REQUEST, first + events)))


def send(url: str, events: int, clients: int) -> int:
    """Sends so many events over some connections at once. How many were accepted."""
    accepted = []

    def work(first: int, count: int) -> None:
        with Api(url) as api:
            for numbers in batches(first, count):
                accepted.append(api.post_events(WORKSPACE, [large_event(number) for number in numbers])["accepted"])

    share = events // clients
    threads = [threading.Thread(target=work, args=(1 + share * i, share)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(accepted)


def count_events(url: str) -> int:
    """How many a server lists."""
    with Api(url) as api:
        return sum(len(page["events"]) for page in api.pages(WORKSPACE, PageSize=20))


@dataclass(frozen=True)
class Outcome:
    """What a server took while it was sent events, and while it started again over them and listed them."""

    accepted: int
    listed: int
    peak_mb: float
    restart_peak_mb: float
    seconds: float
    over_time: str
    restart_over_time: str


def run(data: Path, events: int, clients: int, *flags: str) -> Outcome:
    """Sends the events, kills the server, and starts it again."""
    begin = time.monotonic()
    server = Server(data, *flags)
    with Watch(server.pid) as watch:
        accepted = send(server.url, events, clients)
        seconds = time.monotonic() - begin
    server.kill()
    server = Server(data, *flags)
    with Watch(server.pid) as restarted:
        listed = count_events(server.url)
    server.stop()
    return Outcome(accepted, listed, watch.peak_mb, restarted.peak_mb, seconds, watch.over_time(),
                   restarted.over_time())


def main() -> None:
    """The long run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=10, help="of JSON")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--folder", type=Path, help="where the data directory is made; the system's for temporary files")
    arguments = parser.parse_args()
    events = int(arguments.gigabytes * 1e9 / (RANDOM_BYTES * 4 / 3)) // arguments.clients * arguments.clients
    with tempfile.TemporaryDirectory(prefix="waybill-large-", dir=arguments.folder) as folder:
        outcome = run(Path(folder) / "data", events, arguments.clients)
    print(f"{events} events of 200 kB in {outcome.seconds:.0f} s, {outcome.accepted} accepted, {outcome.listed} listed "
          f"after a kill\nanonymous memory, peak: {outcome.peak_mb:.0f} MB, after the start {outcome.restart_peak_mb:.0f} "
          f"MB\nover time: {outcome.over_time}\nafter the start: {outcome.restart_over_time}")


if __name__ == "__main__":
    main()
