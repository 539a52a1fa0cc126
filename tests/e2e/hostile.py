"""Ordinary clients beside hostile ones: many that connect and say nothing, and some that speak very slowly.

As a program it makes the full run and prints what it found; hostile_test.py makes a short one.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import multiprocessing
import resource
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

import waybill
from api import Api, list_url
from events import START_MS, made_event, workspace_sid

SOURCE_ADDRESSES = 20  # all of 127.0.0.0/8 is this machine
DRIP_SECONDS = 0.5


@dataclass(frozen=True)
class Mix:
    """How many do what."""

    idle: int
    slow: int
    requests: int
    clients: int = 2


@dataclass(frozen=True)
class Outcome:
    """What ordinary clients saw, and what the server's memory was, without and with the hostile ones."""

    quiet_p99_ms: float
    hostile_p99_ms: float
    quiet_rss_mb: float
    hostile_rss_mb: float
    failures: int

    @property
    def ratio(self) -> float:
        """How much slower the slowest hundredth became."""
        return self.hostile_p99_ms / self.quiet_p99_ms


def rss_mb(pid: int) -> float:
    """The memory a process has in use."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError("VmRSS")


def raise_descriptor_limit() -> None:
    """As many sockets as the system lets this process have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connect(port: int, index: int) -> socket.socket:
    """One of many connections, from one of several addresses."""
    return socket.create_connection(("127.0.0.1", port), timeout=30,
                                    source_address=(f"127.0.1.{1 + index % SOURCE_ADDRESSES}", 0))


def be_hostile(port: int, mix: Mix, parent: Connection) -> None:
    """Opens all connections, says so, and drips bytes into the slow ones until the parent has had enough."""
    raise_descriptor_limit()
    idle = [connect(port, i) for i in range(mix.idle)]
    slow = [connect(port, i) for i in range(mix.slow)]
    for index, connection in enumerate(slow):
        # Half of them in their headers, half in a body.
        connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: " if index % 2 == 0 else
                           b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 16000000\r\n\r\n")
    parent.send(len(idle) + len(slow))
    while not parent.poll(DRIP_SECONDS):
        for connection in slow:
            with contextlib.suppress(OSError):  # those that were given up
                connection.sendall(b"x")
    for connection in idle + slow:
        connection.close()


@contextlib.contextmanager
def hostility(port: int, mix: Mix) -> Iterator[None]:
    """The hostile clients, in a process of their own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=be_hostile, args=(port, mix, theirs), daemon=True)
    process.start()
    try:
        assert ours.poll(120) and ours.recv() == mix.idle + mix.slow
        yield
    finally:
        ours.send("enough")
        process.join()


class Ordinary(threading.Thread):
    """A client that asks for a page again and again."""

    def __init__(self, address: str, path: str, headers: dict[str, str], requests: int) -> None:
        super().__init__()
        self._connection = http.client.HTTPConnection(address, timeout=30)
        self._path = path
        self._headers = headers
        self._requests = requests
        self.times_ms: list[float] = []
        self.failures = 0

    def run(self) -> None:
        for _ in range(self._requests):
            began = time.perf_counter()
            self._connection.request("GET", self._path, headers=self._headers)
            answer = self._connection.getresponse()
            answer.read()
            self.times_ms.append((time.perf_counter() - began) * 1000)
            self.failures += answer.status != 200
        self._connection.close()


def ask_ordinarily(address: str, path: str, headers: dict[str, str], mix: Mix) -> tuple[float, int]:
    """The 99th percentile of the times, and the number of failures."""
    clients = [Ordinary(address, path, headers, mix.requests) for _ in range(mix.clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    times = sorted(one for client in clients for one in client.times_ms)
    assert len(times) == mix.requests * mix.clients
    return times[len(times) * 99 // 100], sum(client.failures for client in clients)


def run(server: waybill.Server, mix: Mix) -> Outcome:
    """Fills a server, and measures it alone, then beside hostile clients."""
    address = urlsplit(server.url).netloc
    port = int(address.rpartition(":")[2])
    with Api(server.url) as api:
        headers = {"Authorization": api.authorization}
        api.post_events(workspace_sid(1), [made_event(i, START_MS + i, 500) for i in range(5000)])
    path = list_url(workspace_sid(1), PageSize=50)
    ask_ordinarily(address, path, headers, mix)  # warm
    quiet_p99, quiet_failures = ask_ordinarily(address, path, headers, mix)
    quiet_rss = rss_mb(server.pid)
    with hostility(port, mix):
        hostile_p99, hostile_failures = ask_ordinarily(address, path, headers, mix)
        hostile_rss = rss_mb(server.pid)
    return Outcome(quiet_p99, hostile_p99, quiet_rss, hostile_rss, quiet_failures + hostile_failures)


def flags_for(mix: Mix) -> list[str]:
    """What lets a server take all of them, and the ordinary ones besides."""
    return ["--connections-max", str(mix.idle + mix.slow + 100), "--rate-limit", "0"]


def main() -> None:
    """The full run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--slow", type=int, default=200)
    parser.add_argument("--requests", type=int, default=20_000)
    arguments = parser.parse_args()
    mix = Mix(arguments.idle, arguments.slow, arguments.requests)
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory(prefix="waybill-hostile-") as folder:
        with waybill.Server(Path(folder) / "data", *flags_for(mix)) as server:
            outcome = run(server, mix)
    print(f"idle {mix.idle}, slow {mix.slow}: p99 {outcome.quiet_p99_ms:.2f} ms alone, {outcome.hostile_p99_ms:.2f} ms "
          f"beside them ({outcome.ratio:.2f} x); memory {outcome.quiet_rss_mb:.0f} MB alone, "
          f"{outcome.hostile_rss_mb:.0f} MB beside them; {outcome.failures} failures")


if __name__ == "__main__":
    main()
