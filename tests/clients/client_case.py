"""What the tests of official clients share: an archive in a server that calls itself https://taskrouter.twilio.com.

They stand on the tests of the binary alone. By hand: PYTHONPATH=tests/e2e python3 tests/clients/node_client_test.py
"""

from __future__ import annotations

import itertools
import os
import re
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any

import events
import waybill
from api import Api, sids
from install import node_binary
from waybill import Server

# Where the pinned clients are installed; CMake says so, by hand it is where CMake puts them.
CLIENTS = Path(os.environ.get("CLIENTS_FOLDER", Path(__file__).parents[2] / "build/clients"))
NODE = node_binary(CLIENTS)

PUBLIC_URL = "https://taskrouter.twilio.com"
EVENTS = 5_200  # more than `limit: 5000` takes, so that a list by that limit ends because of it
DAYS_AGO_40 = 40 * 86_400_000

# The wire's filters, as Python's client and ours call them, and where their values stand in event_data.
SID_FILTERS = {
    "task_sid": "task_sid",
    "worker_sid": "worker_sid",
    "task_queue_sid": "task_queue_sid",
    "workflow_sid": "workflow_sid",
    "reservation_sid": "reservation_sid",
    "task_channel": "task_channel_sid",
}


class ClientCase(unittest.TestCase):
    """One server and one archive for all tests of a class; they read, and write only to workspaces of their own."""

    folder: Path
    server: Server
    workspace: str
    archive: list[dict[str, Any]]  # all events as plain HTTP shows them, oldest first

    @classmethod
    def setUpClass(cls) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="waybill-clients-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        cls._import_archive()
        cls.server = Server(cls.folder / "data", "--public-url", PUBLIC_URL, "--client-proxy", "127.0.0.1:0")
        cls.addClassCleanup(cls.server.stop)
        with Api(cls.server.url) as api:
            cls.archive = api.events(cls.workspace, PageSize=1000)
        assert len(cls.archive) == EVENTS + 1

    @classmethod
    def _import_archive(cls) -> None:
        """A stream that ends now, and one event that is old enough to be redacted."""
        result = waybill.run("generate", "--events", str(EVENTS), "--seed", "7")
        first = events.parse_lines(result.stdout)[0]
        cls.workspace = first["workspace_sid"]
        old = events.made_event(1, first["event_date_ms"] - DAYS_AGO_40) | {"workspace_sid": cls.workspace}
        result = waybill.run("import", "--data", cls.folder / "data", "-", environment=waybill.CREDENTIALS,
                             stdin=(result.stdout + events.to_line(old)).encode())
        assert result.returncode == 0, result.stderr

    def tearDown(self) -> None:
        refused = [line for line in self.server.log.splitlines() if "CONNECT" in line]
        self.assertEqual(refused, [], "no client wants to reach anything else")

    def matching(self, **filters: str) -> list[str]:
        """The sids that filters choose, by looking at every event."""
        return sids([event for event in self.archive
                     if all(pertains(event, name, value) for name, value in filters.items())])

    def a_rich_event(self) -> dict[str, Any]:
        """One about a task, a worker, a queue, a workflow, a reservation and a channel."""
        accepted = [event for event in self.archive if event["event_type"] == "reservation.accepted"]
        return accepted[len(accepted) // 2]


def client_proxy(server: Server) -> str:
    """Where its client proxy listens, as a client's proxy setting takes it."""
    found = re.search(r"client proxy is listening.*?(http://127\.0\.0\.1:\d+)", server.log)
    assert found is not None, server.log
    return found[1]


def client_authority(server: Server) -> str:
    """The file with the authority that the proxy's clients must believe."""
    return str(server.data / "client-proxy/authority.pem")


def node_environment(server: Server) -> dict[str, str]:
    """What leads a client under Node.js to a server's client proxy, and lets it believe the proxy's authority. The
    clients read HTTP_PROXY even for https, and no other variable."""
    return {"PATH": os.environ["PATH"], "HTTP_PROXY": client_proxy(server),
            "NODE_EXTRA_CA_CERTS": client_authority(server)}


def pertains(event: dict[str, Any], name: str, value: str) -> bool:
    """Whether a filter chooses an event, in the plainest words."""
    if name in ("event_type", "sid"):
        return bool(event[name] == value)
    data = event["event_data"]
    stands = [data.get(SID_FILTERS[name]), event["resource_sid"]]
    if name == "task_channel":
        stands.append(data.get("task_channel_unique_name"))
    return value in stands


class BackgroundWriter:
    """Writes events one after another while a client reads, back-dated ones among them; a context manager."""

    def __init__(self, server: Server, workspace: str, span_ms: tuple[int, int]) -> None:
        self._server = server
        self._workspace = workspace
        self._span_ms = span_ms
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.acknowledged = 0
        self.failure: Exception | None = None

    def __enter__(self) -> BackgroundWriter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for(self, count: int) -> None:
        """Returns when so many events have been acknowledged."""
        while self.acknowledged < count and self.failure is None:
            time.sleep(0.001)

    def _run(self) -> None:
        first, last = self._span_ms
        try:
            with Api(self._server.url) as api:
                for number in itertools.count(1):
                    if self._stop.wait(0.002):
                        return
                    at_ms = first + number * 7_919_993 % (last - first)
                    api.post_events(self._workspace, [written_event(number, at_ms)])
                    self.acknowledged = number
        except Exception as failure:  # pylint: disable=broad-except  # the test tells it
            self.failure = failure


def written_event(number: int, at_ms: int) -> dict[str, Any]:
    """The writer's events carry their number where no generated sid has it."""
    return events.made_event(number, at_ms) | {"sid": f"EV{'f' * 16}{number:016x}"}


def written_numbers(seen: list[str]) -> list[int]:
    """The numbers of the writer's events among the sids `seen`, rising."""
    return sorted(int(sid[18:], 16) for sid in seen if sid.startswith("EV" + "f" * 16))
