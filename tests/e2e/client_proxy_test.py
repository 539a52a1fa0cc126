"""The client proxy: CONNECT taskrouter.twilio.com:443 leads to the server, and nothing else leads anywhere."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import stat
import time
import unittest
from urllib.parse import urlsplit

import events
import waybill
from case import ServerCase
from waybill import Server

HOST = "taskrouter.twilio.com"
WORKSPACE = "WS" + "0" * 31 + "1"


class ClientProxy(ServerCase):
    """A server with one."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.start("--client-proxy", "127.0.0.1:0")
        self.proxy = self.address_of(self.server)
        self.authority = self.data / "client-proxy/authority.pem"

    def address_of(self, server: Server) -> tuple[str, int]:
        """Where it listens."""
        url = re.findall(r"client proxy is listening.*?(http://127\.0\.0\.1:\d+)", server.log)[-1]
        return "127.0.0.1", urlsplit(url).port or 0

    def connect(self, host: str = HOST, port: int = 443) -> http.client.HTTPSConnection:
        """A connection as a client makes it."""
        context = ssl.create_default_context(cafile=self.authority)
        connection = http.client.HTTPSConnection(*self.proxy, timeout=20, context=context)
        connection.set_tunnel(host, port)
        self.addCleanup(connection.close)
        return connection

    def raw(self, request: bytes) -> bytes:
        """All that comes back for bytes in plain."""
        with socket.create_connection(self.proxy, timeout=20) as stream:
            stream.sendall(request)
            received = b""
            while piece := stream.recv(65536):
                received += piece
            return received

    def test_requests_reach_the_server_and_its_links_lead_back(self) -> None:
        made = [events.made_event(number, events.START_MS + number) for number in range(1, 31)]
        api = self.api(self.server)
        api.post_events(WORKSPACE, made)
        connection, seen = self.connect(), []
        target: str | None = f"/v1/Workspaces/{WORKSPACE}/Events?StartDate=2000-01-01&PageSize=10"
        while target is not None:
            connection.request("GET", target, headers={"Authorization": api.authorization})
            page = json.loads(connection.getresponse().read())
            seen += [event["sid"] for event in page["events"]]
            following = page["meta"]["next_page_url"]
            self.assertTrue(following is None or following.startswith(f"https://{HOST}/v1/"), following)
            target = following and following.removeprefix(f"https://{HOST}")
        self.assertEqual(seen, [event["sid"] for event in made])
        connection.request("GET", "/v1/Workspaces")
        self.assertEqual(connection.getresponse().status, 401)

    def test_the_welcome_says_how_a_client_comes_here(self) -> None:
        url = f"http://127.0.0.1:{self.proxy[1]}"
        self.assertIn(f"export HTTPS_PROXY={url} HTTP_PROXY={url}", self.server.welcome)
        self.assertIn(f"export NODE_EXTRA_CA_CERTS='{self.authority}'", self.server.welcome)

    def test_every_other_target_is_refused_with_a_sentence(self) -> None:
        for request in (b"CONNECT api.twilio.com:443 HTTP/1.1\r\nHost: api.twilio.com:443\r\n\r\n",
                        b"CONNECT taskrouter.twilio.com:80 HTTP/1.1\r\n\r\n",
                        b"GET http://taskrouter.twilio.com/v1/Workspaces HTTP/1.1\r\n\r\n",
                        b"GET /v1/Workspaces HTTP/1.1\r\nHost: taskrouter.twilio.com\r\n\r\n"):
            answer = self.raw(request)
            self.assertTrue(answer.startswith(b"HTTP/1.1 403 "), answer)
            self.assertIn(b"This proxy leads to taskrouter.twilio.com:443 and nowhere else", answer)
        until = time.monotonic() + 10  # lines of requests are written a few times a second
        while "api.twilio.com:443" not in self.server.log and time.monotonic() < until:
            time.sleep(0.05)
        self.assertIn("api.twilio.com:443", self.server.log)
        with self.assertRaisesRegex(OSError, "403"):
            self.connect("api.twilio.com").request("GET", "/")

    def test_the_keys_are_its_owners_and_the_authority_stays(self) -> None:
        for name in ("authority.key.pem", "host.key.pem"):
            mode = stat.S_IMODE((self.data / "client-proxy" / name).stat().st_mode)
            self.assertEqual(mode, 0o600, name)
        before = self.authority.read_bytes()
        self.server.stop()
        again = self.start("--client-proxy", "0")
        self.proxy = self.address_of(again)
        self.assertEqual(self.authority.read_bytes(), before)
        connection = self.connect()
        connection.request("GET", "/healthz")
        self.assertEqual(connection.getresponse().status, 200)

    def test_it_stops_with_the_server_and_answers_what_runs(self) -> None:
        idle = self.connect()
        idle.request("GET", "/healthz")
        idle.getresponse().read()
        self.assertEqual(self.server.stop(), 0)
        with self.assertRaises(OSError):
            socket.create_connection(self.proxy, timeout=5)

    def test_it_has_no_way_to_the_metrics_without_a_token(self) -> None:
        connection = self.connect()
        connection.request("GET", "/metrics")
        self.assertEqual(connection.getresponse().status, 401)

    def test_a_port_that_is_taken_ends_the_start(self) -> None:
        with self.assertRaises(waybill.ServerRefused):
            self.start("--client-proxy", f"127.0.0.1:{self.proxy[1]}", data=self.folder / "second")


if __name__ == "__main__":
    unittest.main()
