"""Clients that ask for much and read nothing: what they can make the server hold has a bound, and goes back."""

from __future__ import annotations

import socket
import time
import unittest
from collections.abc import Callable
from urllib.parse import urlsplit

import waybill
from api import Api, list_url
from case import ServerCase
from events import START_MS, made_event, workspace_sid
from hostile import rss_mb
from metrics_test import samples_of
from waybill import Server

MEGABYTE = 1 << 20
BOUND = 16 * MEGABYTE
CLIENTS = 100  # whose answers would take 400 MB
PAGES = 20
EVENTS_A_PAGE = 24  # of 180 kB each: a page of 4 MiB
PATIENCE_SECONDS = 60


def wait_for(condition: Callable[[], bool], words: str) -> None:
    """Until it holds; it must, within a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("in vain: " + words)
        time.sleep(0.05)


def samples(server: Server) -> dict[str, float]:
    """What /metrics says."""
    return samples_of(server.metrics())


class SmallBound(ServerCase):
    """A server whose pages are larger than all answers together may be."""

    def test_a_page_above_the_bound_is_answered_when_nothing_else_waits(self) -> None:
        server = self.start("--answers-bytes-max", str(MEGABYTE), "--redact-after", "never")
        api = self.api(server)
        api.post_events(workspace_sid(1), [made_event(i, START_MS + i, 180_000) for i in range(EVENTS_A_PAGE)])
        for headers in ({}, {"Accept-Encoding": "gzip"}):
            for _ in range(3):  # the last ones out of the cache
                page = api.request("GET", list_url(workspace_sid(1), PageSize=1000), headers=headers)
                self.assertEqual(page.status, 200, page.body[:500])
                if not headers:
                    self.assertGreater(len(page.body), 4 * MEGABYTE)
        self.assertEqual(samples(server)['waybill_http_server_events_total{event="answer_refused"}'], 0)


class Unread(ServerCase):
    """A server with a small bound, and many connections with small buffers."""

    def setUp(self) -> None:
        super().setUp()
        self.start().stop()
        made = waybill.run("account", "create", "--data", self.data).stdout.split()
        self.other = (made[2], made[-1])
        # Pages that are kept would be shared.
        self.server = self.start("--answers-bytes-max", str(BOUND), "--cache-bytes", "0", "--redact-after", "never")
        self.owner = self.api(self.server)
        for page in range(PAGES):
            self.owner.post_events(workspace_sid(1), [made_event(page * 100 + i, START_MS + page * 1000 + i, 180_000)
                                                      for i in range(EVENTS_A_PAGE)])

    def ask_and_not_read(self, index: int) -> socket.socket:
        """A connection with one page under way, each another one."""
        address = urlsplit(self.server.url)
        connection = socket.socket()
        self.addCleanup(connection.close)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((address.hostname, address.port))
        start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START_MS // 1000 + index % (PAGES - 1)))
        target = list_url(workspace_sid(1), StartDate=start, PageSize=1000)
        connection.sendall((f"GET {target} HTTP/1.1\r\nHost: h\r\n"
                            f"Authorization: {self.owner.authorization}\r\n\r\n").encode())
        return connection

    def answers_of(self, connections: list[socket.socket]) -> list[bytes]:
        """How the answers begin."""
        beginnings = []
        for connection in connections:
            connection.settimeout(PATIENCE_SECONDS)
            beginnings.append(connection.recv(2000))
        return beginnings

    def test_the_bytes_are_bounded_others_are_served_and_memory_goes_back(self) -> None:
        before = rss_mb(self.server.pid)
        silent = [self.ask_and_not_read(index) for index in range(CLIENTS)]
        refused = 'waybill_http_server_events_total{event="answer_refused"}'
        wait_for(lambda: samples(self.server)[refused] >= CLIENTS - BOUND // (4 * MEGABYTE), "refusals")
        now = samples(self.server)
        self.assertLessEqual(now["waybill_http_answers_bytes"], BOUND)
        self.assertGreater(now["waybill_http_answers_bytes"], 0)
        full = rss_mb(self.server.pid)
        self.assertLess(full - before, 200, "MB")
        # Health, and a page of another account, large as it is.
        with Api(self.server.url, *self.other) as other:
            other.post_events(workspace_sid(2), [made_event(i, START_MS + i, 1000) for i in range(40)])
            page = other.request("GET", list_url(workspace_sid(2), PageSize=50))
            self.assertEqual(page.status, 200)
            self.assertGreater(len(page.body), 40_000)
            self.assertEqual(other.request("GET", "/healthz").status, 200)
        beginnings = self.answers_of(silent)
        too_much = [text for text in beginnings if text.startswith(b"HTTP/1.1 503 ")]
        self.assertEqual(len(too_much) + sum(text.startswith(b"HTTP/1.1 200 ") for text in beginnings), CLIENTS)
        self.assertGreaterEqual(len(too_much), CLIENTS - BOUND // (4 * MEGABYTE))
        for text in too_much:
            self.assertIn(b"\r\nRetry-After: ", text)
            self.assertIn(b"answers-bytes-max", text)
        for connection in silent:
            connection.close()
        wait_for(lambda: samples(self.server)["waybill_http_answers_bytes"] == 0, "nothing is held")
        self.assertEqual(self.owner.request("GET", list_url(workspace_sid(1), PageSize=1000)).status, 200)
        # What is left may lie idle (src/base/freed_memory.h).
        wait_for(lambda: rss_mb(self.server.pid) < before + 60, "memory back")


if __name__ == "__main__":
    unittest.main()
