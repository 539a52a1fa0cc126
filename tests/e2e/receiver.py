"""A receiver of callbacks, such as customers have: it checks what it is sent, and may fail, be slow, or be away."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from waybill import AUTH_TOKEN


def signature(url: str, form: list[tuple[str, str]], token: str = AUTH_TOKEN) -> str:
    """The value of X-Twilio-Signature for a form that is posted to a URL."""
    text = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class Receiver:
    """Listens on a port of its own from its construction to stop(); start() listens on it again."""

    def __init__(self, path: str = "/hook?key=a%20b") -> None:
        self.taken: list[dict[str, str]] = []  # forms that were answered with 204, in their order
        self.bodies: list[str] = []  # of the same, as they came
        self.refused = 0
        self.problems: list[str] = []
        self.tokens: dict[str, str] = {}  # what an account's callbacks are signed with; AUTH_TOKEN unless it is here
        self.authorizations: set[str] = set()  # that came with callbacks
        self.failures_left = 0  # answers with 500 that are still to come
        self.delay = 0.0
        self._lock = threading.Lock()
        self._path = path
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()
        self.url = f"http://127.0.0.1:{self.port}{path}"

    def start(self) -> None:
        """Listens, on the port it had before if it had one."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def do_POST(self) -> None:
                """Takes it or refuses it, as the receiver is told to."""
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.authorizations.add(self.headers.get("Authorization", ""))
                status = receiver.take(self.path, self.headers.get("X-Twilio-Signature", ""), body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Nobody is there any more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def take(self, path: str, signed: str, body: str) -> int:
        """The status of the answer to one callback."""
        time.sleep(self.delay)
        form = parse_qsl(body, keep_blank_values=True, strict_parsing=True)
        with self._lock:
            if path != self._path:
                self.problems.append("posted to " + path)
            if signed != signature(self.url, form, self.tokens.get(dict(form).get("AccountSid", ""), AUTH_TOKEN)):
                self.problems.append("not signed for this URL: " + body)
            if self.failures_left > 0:
                self.failures_left -= 1
                self.refused += 1
                return 500
            self.taken.append(dict(form))
            self.bodies.append(body)
            return 204

    def sids(self) -> list[str]:
        """Of the events whose callbacks were taken."""
        with self._lock:
            return [form["Sid"] for form in self.taken]
