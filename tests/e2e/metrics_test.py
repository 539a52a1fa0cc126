"""/metrics: what a server counts of itself, and who may look."""

from __future__ import annotations

import re
import unittest
import urllib.error
import urllib.request

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
        """All samples."""
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
        samples = self.look(server.url)
        self.assertEqual(samples['waybill_events_total{outcome="accepted"}'], 50)
        self.assertEqual(samples['waybill_events_total{outcome="duplicate"}'], 20)
        posts = 'method="POST",route="/v1/Workspaces/{WorkspaceSid}/Events"'
        self.assertEqual(samples[f'waybill_http_requests_total{{{posts},status="201"}}'], 2)
        self.assertEqual(samples[f"waybill_http_request_duration_seconds_count{{{posts}}}"], 2)
        self.assertEqual(samples["waybill_commit_duration_seconds_count"], 2)
        self.assertEqual(samples["waybill_store_unsealed_events"], 50)
        self.assertEqual(samples["waybill_store_commit_position"], 50)
        self.assertGreater(samples['waybill_store_bytes{files="database"}'], 0)
        self.assertGreaterEqual(samples["waybill_http_connections"], 1)
        self.assertEqual(samples["waybill_log_stopped"], 0)
        self.assertEqual(samples['waybill_webhooks_refused{reason="no_signature"}'], 0)

    def test_no_secret_and_no_client_stands_there(self) -> None:
        server = self.start()
        api = self.api(server)
        api.post_events(WORKSPACE, [events.made_event(1, events.START_MS)])
        with urllib.request.urlopen(server.url + "/metrics") as answer:
            text = answer.read().decode()
        for secret in (waybill.AUTH_TOKEN, "127.0.0.1", events.made_event(1, 0)["sid"]):
            self.assertNotIn(secret, text)

    def test_names_are_as_prometheus_wants_them(self) -> None:
        for name in self.look(self.start().url):
            self.assertRegex(name, re.compile(r"^waybill_[a-z_]+(\{.*\})?$"))

    def test_what_comes_from_elsewhere_needs_the_administrator(self) -> None:
        """By a proxy at this machine, or by a page in a browser there."""
        server = self.start()
        token = (self.data / "admin.token").read_text().strip()
        for headers in ({"X-Forwarded-For": "192.0.2.7"}, {"Origin": "https://page.example"},
                        {"Host": "rebound.example:8080"}):
            with self.subTest(headers=headers):
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    self.look(server.url, **headers)
                self.assertEqual(refused.exception.code, 401)
                self.look(server.url, **headers, Authorization=f"Bearer {token}")
        for host in ("localhost:8080", "LOCALHOST", "127.0.0.1", "[::1]:8080"):
            self.look(server.url, Host=host)


if __name__ == "__main__":
    unittest.main()
