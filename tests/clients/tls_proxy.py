"""Leads clients that insist on https://taskrouter.twilio.com to a server of ours, and nowhere else.

An HTTP proxy that answers CONNECT for that one host, speaks TLS with a certificate made for the run, and passes the
requests on in plain HTTP. A client comes here by its own proxy setting, and believes the certificate by its own setting
for certificate authorities. Whatever else it may want to reach is refused and noted, so that nothing leaves the machine.
"""

from __future__ import annotations

import http.client
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

HOST = "taskrouter.twilio.com"

# What belongs to one connection, and what is written anew for the next.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "proxy-authorization", "transfer-encoding",
              "content-length"}

# Without this, openssl adds the extensions of the machine's own configuration.
OPENSSL_CONFIG = "[req]\ndistinguished_name = name\n[name]\n"


class Authority:
    """A certificate authority of the test's own, and a certificate for HOST by it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "openssl.cnf").write_text(OPENSSL_CONFIG)
        self.certificate = self._make("authority", "basicConstraints=critical,CA:TRUE", [])
        self._host_certificate = self._make("host", f"subjectAltName=DNS:{HOST}",
                                            ["-CA", str(self.certificate), "-CAkey", str(folder / "authority.key")])

    def server_context(self) -> ssl.SSLContext:
        """What it takes to be HOST."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._host_certificate, self._folder / "host.key")
        return context

    def _make(self, name: str, extension: str, signer: list[str]) -> Path:
        certificate = self._folder / f"{name}.pem"
        subprocess.run(["openssl", "req", "-x509", "-config", str(self._folder / "openssl.cnf"), "-days", "2", "-nodes",
                        "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", f"/CN=Waybill test {name}",
                        "-keyout", str(self._folder / f"{name}.key"), "-out", str(certificate), "-addext", extension,
                        *signer], check=True, capture_output=True, timeout=30)
        return certificate


class TlsProxy:
    """The proxy, listening from its construction to stop()."""

    def __init__(self, authority: Authority, upstream_url: str, tells_what_was_asked: bool = False) -> None:
        """`tells_what_was_asked`: passes scheme and host on as X-Forwarded-*, and asks by the upstream's own name."""
        self.upstream = urlsplit(upstream_url).netloc
        self.tells_what_was_asked = tells_what_was_asked
        self.context = authority.server_context()
        self.refused: list[str] = []  # what was asked for and is not HOST
        self.passed: list[str] = []  # the request lines that were passed on
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """What a client's proxy setting takes."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Takes no more connections."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        return type("Handler", (ProxyHandler,), {"proxy": self})


class ProxyHandler(BaseHTTPRequestHandler):
    """One connection of a client: first a CONNECT, then, inside TLS, any number of requests."""

    proxy: TlsProxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    upstream: http.client.HTTPConnection | None = None  # there once TLS is

    def do_CONNECT(self) -> None:  # pylint: disable=invalid-name
        """Becomes HOST; nobody else."""
        if self.path != f"{HOST}:443" or self.upstream is not None:
            self._refuse()
            return
        self.send_response_only(200, "Connection established")
        self.end_headers()
        self.connection = self.proxy.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")
        self.upstream = http.client.HTTPConnection(self.proxy.upstream, timeout=60)
        self.close_connection = False

    def do_GET(self) -> None:  # pylint: disable=invalid-name
        """Passes a request on, and its answer back."""
        if self.upstream is None:
            self._refuse()
            return
        self.proxy.passed.append(self.requestline)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.upstream.request(self.command, self.path, body or None, self._headers_to_pass_on())
        response = self.upstream.getresponse()
        answer = response.read()
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_PUT = do_DELETE = do_GET

    def finish(self) -> None:
        """Closes what was opened here; the caller knows only of the socket below TLS."""
        try:
            super().finish()
        finally:
            if self.upstream is not None:
                self.upstream.close()
                self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # pylint: disable=redefined-builtin
        """Says nothing."""

    def _headers_to_pass_on(self) -> dict[str, str]:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        if self.proxy.tells_what_was_asked:
            headers |= {"Host": self.proxy.upstream, "X-Forwarded-Proto": "https", "X-Forwarded-Host": HOST}
        return headers

    def _refuse(self) -> None:
        self.proxy.refused.append(self.requestline)
        self.close_connection = True
        self.send_error(403, "This proxy leads to one host only")
