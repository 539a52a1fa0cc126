"""A proxy that fails as it is told to, for what must go on where it stopped."""

from __future__ import annotations

import http.server
import threading

from api import Api


class Unreliable(http.server.ThreadingHTTPServer):
    """Stands before a server, and lets a page through only now and then."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Between)
        self.target = target
        # Statuses that come first, one a request; 0: the connection ends; -1: it ends once the server has answered.
        self.answers: list[int] = []
        self.pages_max = 1_000_000    # then it is 503 for ever
        self.pages = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Between(http.server.BaseHTTPRequestHandler):
    """One request of Unreliable."""

    server: Unreliable
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: N802
        """Passes the request on, or refuses it."""
        status = self.server.answers.pop(0) if self.server.answers else 200
        if status == 0:
            self.close_connection = True
            return
        if status != 200 or self.server.pages >= self.server.pages_max:
            self.answer(status if status != 200 else 400, b'{"message":"enough"}')
            return
        self.server.pages += 1
        with Api(self.server.target) as api:
            self.answer(200, api.request("GET", self.path).body)

    def do_POST(self) -> None:  # noqa: N802
        """The same, with what came."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.answers.pop(0) if self.server.answers else 200
        if status > 200:
            self.answer(status, b'{"message":"not now"}')
            return
        if status != 0:
            with Api(self.server.target) as api:
                passed = api.request("POST", self.path, body, {"Content-Type": self.headers["Content-Type"]})
        if status <= 0:
            self.close_connection = True
            return
        self.answer(passed.status, passed.body)

    def answer(self, status: int, body: bytes) -> None:
        """Sends an answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
