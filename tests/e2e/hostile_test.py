"""Limits on what a client can make the server spend, from outside: a hostile crowd, and each limit by itself."""

from __future__ import annotations

import socket
import unittest
from urllib.parse import urlsplit

import hostile
from case import ServerCase
from waybill import Server


class Crowd(ServerCase):
    """Many clients that say nothing, and some that speak very slowly."""

    def test_ordinary_clients_hardly_notice(self) -> None:
        mix = hostile.Mix(idle=1000, slow=50, requests=2000)
        outcome = hostile.run(self.start(*hostile.flags_for(mix)), mix)
        self.assertEqual(outcome.failures, 0)
        # A busy machine makes times of less than some milliseconds chance.
        self.assertLess(outcome.hostile_p99_ms, max(3 * outcome.quiet_p99_ms, 20), outcome)
        self.assertLess(outcome.hostile_rss_mb - outcome.quiet_rss_mb, 100, outcome)


class Limits(ServerCase):
    """Each is answered with what was too much, and the connection closed."""

    def say(self, server: Server, text: bytes) -> str:
        """Sends raw bytes, and returns all that comes back until the server closes."""
        port = urlsplit(server.url).port
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(text)
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    def test_each_is_told(self) -> None:
        server = self.start("--header-time-max", "200ms", "--body-time-max", "200ms", "--idle-time-max", "200ms",
                            "--header-bytes-max", "1000", "--target-bytes-max", "100", "--body-bytes-max", "100")
        head = b"POST / HTTP/1.1\r\nHost: h\r\n"
        for text, status, words in (
            (b"GET / HTTP/1.1\r\nHost:", 408, "headers took too long"),
            (head + b"Content-Length: 5\r\n\r\nab", 408, "body took too long"),
            (head + b"Content-Length: 101\r\n\r\n", 413, "longer than 100 bytes"),
            (head + b"X: " + b"x" * 1000 + b"\r\n\r\n", 431, "longer than 1000 bytes"),
            (b"GET /" + b"x" * 100 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 414, "longer than 100 bytes"),
        ):
            with self.subTest(status=status, words=words):
                answer = self.say(server, text)
                self.assertTrue(answer.startswith(f"HTTP/1.1 {status} "), answer)
                self.assertIn("\r\nConnection: close\r\n", answer)
                self.assertIn(words, answer)
        self.assertEqual(self.say(server, b""), "")

    def test_connections_of_one_address(self) -> None:
        server = self.start("--connections-per-address-max", "3")
        port = urlsplit(server.url).port
        held = [hostile.connect(port, 0) for _ in range(3)]
        with hostile.connect(port, 0) as refused:
            self.assertIn(b"HTTP/1.1 503 ", refused.recv(4096))
        # Others come in.
        self.assertEqual(self.api(server).request("GET", "/healthz").status, 200)
        for connection in held:
            connection.close()


if __name__ == "__main__":
    unittest.main()
