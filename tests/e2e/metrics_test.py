"""/metrics: what a server counts of itself, and who may look."""

from __future__ import annotations

import re
import socket
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import events
import waybill
from case import ServerCase

WORKSPACE = events.workspace_sid(1)


def samples_of(text: str) -> dict[str, float]:
    """The samples of Prometheus' text format, by name and labels as they are written."""
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if not line.startswith("#")}


class MetricsTest(ServerCase):
    """A server that has had something to do."""

    def look(self, url: str, **headers: str) -> dict[str, float]:
        """All samples, as whoever says these headers sees them."""
        with urllib.request.urlopen(urllib.request.Request(url + "/metrics", headers=headers)) as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            return samples_of(answer.read().decode())

    def test_counts_events_and_requests(self) -> None:
        server = self.start()
        api = self.api(server)
        made = [events.made_event(number, events.START_MS + number) for number in range(50)]
        api.post_events(WORKSPACE, made)
        api.post_events(WORKSPACE, made[:20])
        api.events(WORKSPACE, PageSize=1000)
        samples = samples_of(server.metrics())
        self.assertEqual(samples['waybill_events_total{outcome="accepted",road="post"}'], 50)
        self.assertEqual(samples['waybill_events_total{outcome="duplicate",road="post"}'], 20)
        posts = 'method="POST",route="/v1/Workspaces/{WorkspaceSid}/Events"'
        self.assertEqual(samples[f'waybill_http_requests_total{{{posts},status="201"}}'], 2)
        self.assertEqual(samples[f"waybill_http_request_duration_seconds_count{{{posts}}}"], 2)
        self.assertEqual(samples["waybill_commit_duration_seconds_count"], 2)
        self.assertEqual(samples["waybill_store_unsealed_events"], 50)
        self.assertEqual(samples["waybill_store_commit_position"], 50)
        self.assertGreater(samples['waybill_store_bytes{files="database"}'], 0)
        self.assertGreaterEqual(samples["waybill_http_connections"], 1)
        self.assertEqual(samples["waybill_log_stopped"], 0)
        self.assertEqual(samples['waybill_webhooks_refused_total{reason="no_signature"}'], 0)

    def test_no_secret_and_no_client_stands_there(self) -> None:
        server = self.start()
        api = self.api(server)
        api.post_events(WORKSPACE, [events.made_event(1, events.START_MS)])
        text = server.metrics()
        for secret in (waybill.AUTH_TOKEN, "127.0.0.1", events.made_event(1, 0)["sid"]):
            self.assertNotIn(secret, text)

    def test_names_are_as_prometheus_wants_them(self) -> None:
        for name in samples_of(self.start().metrics()):
            self.assertRegex(name, re.compile(r"^waybill_[a-z_]+(\{.*\})?$"))

    def test_what_only_rises_is_a_counter_and_the_document_names_every_metric(self) -> None:
        server = self.start("--forward", "http://127.0.0.1:9/callback")  # nobody is there
        api = self.api(server)
        api.post_events(WORKSPACE, [events.made_event(1, events.START_MS)])
        kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", server.metrics(), re.MULTILINE))
        for name, kind in kinds.items():
            self.assertEqual(name.endswith("_total"), kind == "counter", name)
        document = (Path(__file__).parents[2] / "docs/running.md").read_text()
        self.assertEqual(set(re.findall(r"`(waybill_[a-z_]+)`", document)), set(kinds))

    def test_caches_and_upkeep_are_counted(self) -> None:
        server = self.start(environment=waybill.CREDENTIALS | {"WAYBILL_TEST_SEAL_ROWS": "20"})
        api = self.api(server)
        api.post_events(WORKSPACE, [events.made_event(number, events.START_MS + number) for number in range(100)])
        for _ in range(3):
            api.events(WORKSPACE, PageSize=100)
        deadline = time.monotonic() + 20
        while not (samples := samples_of(server.metrics()))['waybill_upkeep_steps_total{step="seal"}']:
            self.assertLess(time.monotonic(), deadline)
        self.assertGreater(samples['waybill_upkeep_seconds_total{step="seal"}'], 0)
        self.assertEqual(samples['waybill_cache_misses_total{cache="records"}'], 100)
        self.assertGreater(samples['waybill_cache_hits_total{cache="records"}']
                           + samples['waybill_cache_hits_total{cache="pages"}'], 0)
        self.assertGreater(samples['waybill_cache_bytes{cache="records"}'], 0)

    def test_a_port_of_their_own_answers_nothing_else(self) -> None:
        server = self.start("--metrics-listen", "127.0.0.1:0")
        found = re.search(r'"url":"(http://[^"]+)/metrics"', server.log)
        assert found is not None
        url = found[1]
        self.assertNotEqual(url, server.url)
        self.assertIn("waybill_http_connections", self.look(url))
        for path, code in (("/healthz", 200), ("/readyz", 200), ("/v1/Workspaces", 404), ("/admin/v1/Accounts", 404)):
            with self.subTest(path):
                try:
                    with urllib.request.urlopen(url + path) as answer:
                        self.assertEqual(answer.status, code)
                except urllib.error.HTTPError as refused:
                    self.assertEqual(refused.code, code)
                    refused.close()
        for headers in ({"X-Forwarded-For": "192.0.2.7"}, {"Host": "waybill:9464"}):
            self.look(url, **headers)

    def test_that_port_has_nothing_for_pages_in_a_browser(self) -> None:
        server = self.start("--metrics-listen", "127.0.0.1:0")
        found = re.search(r'"url":"(http://[^"]+)/metrics"', server.log)
        assert found is not None
        asked = urllib.request.Request(found[1] + "/metrics", headers={"Origin": "https://page.example"})
        with urllib.request.urlopen(asked) as answer:
            self.assertEqual([name for name in answer.headers if name.startswith("Access-Control-")], [])

    def head_of_answer(self, url: str, request: str) -> str:
        """The head of what a server sends for these bytes."""
        address = urlsplit(url)
        assert address.hostname is not None and address.port is not None
        answer = b""
        with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
            connection.sendall(request.encode())
            while b"\r\n\r\n" not in answer:
                piece = connection.recv(4096)
                self.assertNotEqual(piece, b"", answer)
                answer += piece
        return answer.split(b"\r\n\r\n")[0].decode()

    def test_no_error_of_that_port_is_for_pages_and_every_one_of_the_apis_is(self) -> None:
        """Errors of a handler, of a path, of a method, and of what is no request at all."""
        server = self.start("--metrics-listen", "127.0.0.1:0")
        found = re.search(r'"url":"(http://[^"]+)/metrics"', server.log)
        assert found is not None
        rest = "Host: h\r\nOrigin: https://page.example\r\n\r\n"
        for request, status in ((f"GET /v1/Workspaces HTTP/1.1\r\n{rest}", None),
                                (f"GET /nothing HTTP/1.1\r\n{rest}", 404), (f"POST /metrics HTTP/1.1\r\n{rest}", 405),
                                (f"OPTIONS /metrics HTTP/1.1\r\n{rest}", 204), ("no HTTP\r\n\r\n", 400),
                                ("GET /metrics HTTP/1.1\r\n\r\n", 400),
                                (f"GET /{'x' * 100_000} HTTP/1.1\r\n{rest}", 414),
                                (f"GET /metrics HTTP/2.0\r\n{rest}", 505)):
            with self.subTest(request=request[:40]):
                watching = self.head_of_answer(found[1], request)
                api = self.head_of_answer(server.url, request)
                self.assertIn(f"HTTP/1.1 {status or 404} ", watching)
                self.assertIn(f"HTTP/1.1 {status or 401} ", api)
                self.assertNotIn("access-control-", watching.lower())
                self.assertIn("\r\nAccess-Control-Allow-Origin: *", api)

    def test_the_port_of_the_api_asks_everybody_for_the_administrators_token(self) -> None:
        """Whatever a request says of where it comes from: a proxy on this machine need not say anything."""
        server = self.start()
        token = (self.data / "admin.token").read_text().strip()
        for headers in ({}, {"X-Forwarded-For": "192.0.2.7"}, {"X-Real-IP": "192.0.2.7"}, {"Host": "localhost"},
                        {"Origin": "https://page.example"}):
            with self.subTest(headers=headers):
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    self.look(server.url, **headers)
                self.assertEqual(refused.exception.code, 401)
                refused.exception.close()
                self.look(server.url, **headers, Authorization=f"Bearer {token}")


if __name__ == "__main__":
    unittest.main()
