"""HTTPS in the process: certificates given and made, replaced while clients are connected, and what is refused."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import ssl
import subprocess
import unittest
from pathlib import Path
from urllib.parse import urlsplit

import waybill
from api import Api
from case import ServerCase
from events import START_MS, made_event, to_line, workspace_sid
from running_test import wait_for
from waybill import Server


class TlsCase(ServerCase):
    """Servers with certificates."""

    def certificate(self, name: str) -> Path:
        """A new certificate for 127.0.0.1 and its key, as name.pem and name.key."""
        path = self.folder / (name + ".pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj",
                        f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-out", path, "-keyout",
                        path.with_suffix(".key")], check=True, capture_output=True)
        return path

    def put_in_place(self, name: str) -> None:
        """Replaces the files the server was told of, one after the other."""
        for ending in (".key", ".pem"):
            (self.folder / ("served" + ending)).write_bytes((self.folder / (name + ending)).read_bytes())

    def start_with_files(self) -> Server:
        """A server that was told of served.pem and served.key."""
        return self.start("--tls-certificate", str(self.folder / "served.pem"), "--tls-key",
                          str(self.folder / "served.key"))

    def secure_api(self, server: Server, trusts: Path) -> Api:
        """A connection that trusts one certificate."""
        api = Api(server.url, trusts=trusts)
        self.addCleanup(api.__exit__)
        return api

    def shows(self, server: Server, certificate: Path) -> bool:
        """Whether a new connection is shown that certificate."""
        try:
            return self.secure_api(server, certificate).request("GET", "/healthz").status == 200
        except ssl.SSLCertVerificationError:
            return False


class SelfSigned(TlsCase):
    """`--tls-self-signed` and nothing else."""

    def test_the_welcome_says_how_to_trust_it(self) -> None:
        server = self.start("--tls-self-signed", terminal=True)
        self.assertTrue(server.url.startswith("https://127.0.0.1:"))
        certificate = Path(server.welcome_value("Certificate"))
        self.assertEqual((certificate.parent / "key.pem").stat().st_mode & 0o777, 0o600)
        shown = ssl.get_server_certificate(("127.0.0.1", urlsplit(server.url).port))
        self.assertEqual(shown.split(), certificate.read_text().split())
        command = (f"{server.welcome_line('export')}; export WAYBILL_AUTH_TOKEN='{waybill.AUTH_TOKEN}'; "
                   f"{server.welcome_line('curl')} --silent --fail --noproxy '*'")
        answer = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        # Elsewhere, where no data directory tells of the certificate.
        command = (f"{server.welcome_line('export')}; export WAYBILL_AUTH_TOKEN='{waybill.AUTH_TOKEN}'; "
                   f"'{waybill.BINARY}' import '{self.file_of_one()}' && '{waybill.BINARY}' gaps")
        told = subprocess.run(["bash", "-c", command], capture_output=True, check=False, cwd="/",
                              env=waybill.clean_environment({}), text=True)
        self.assertEqual(told.returncode, 0, told.stderr)

    def file_of_one(self) -> Path:
        """A file of one event."""
        file = self.folder / "one.ndjson"
        file.write_text(to_line(made_event(1, START_MS) | {"workspace_sid": workspace_sid(1)}))
        return file

    def test_the_client_proxy_stands_apart_from_what_is_said_of_the_certificate(self) -> None:
        server = self.start("--tls-self-signed", "--client-proxy", "127.0.0.1:0", terminal=True)
        self.assertRegex(server.welcome.replace("\r", ""), r"\n\n  Client proxy ")

    def test_it_stays_the_same_over_a_restart(self) -> None:
        server = self.start("--tls-self-signed", terminal=True)
        first = server.welcome_value("SHA-256")
        server.stop()
        self.assertEqual(self.start("--tls-self-signed", terminal=True).welcome_value("SHA-256"), first)

    def test_the_whole_api_speaks_it(self) -> None:
        server = self.start("--tls-self-signed", terminal=True)
        api = self.secure_api(server, Path(server.welcome_value("Certificate")))
        api.post_events(workspace_sid(1), [made_event(i, START_MS + i, 1000) for i in range(3000)])
        page = next(api.pages(workspace_sid(1), PageSize=1000))
        self.assertTrue(page["meta"]["next_page_url"].startswith(server.url))
        self.assertEqual(len(api.events(workspace_sid(1), PageSize=1000)), 3000)


class Replacing(TlsCase):
    """Another certificate while clients are connected."""

    def test_a_signal_and_the_files_themselves_bring_it_and_nobody_is_cut_off(self) -> None:
        first, second, third = (self.certificate(name) for name in ("first", "second", "third"))
        self.put_in_place("first")
        server = self.start_with_files()
        old = self.secure_api(server, first)
        self.assertEqual(old.request("GET", "/healthz").status, 200)
        port = old.local_port
        self.put_in_place("second")
        os.kill(server.pid, signal.SIGHUP)
        wait_for(lambda: self.shows(server, second))
        self.put_in_place("third")
        wait_for(lambda: self.shows(server, third))
        self.assertFalse(self.shows(server, first))
        self.assertEqual(old.request("GET", "/healthz").status, 200)
        self.assertEqual(old.local_port, port)

    def test_a_wrong_one_leaves_the_old_one_in_force(self) -> None:
        first = self.certificate("first")
        self.certificate("second")
        self.put_in_place("first")
        server = self.start_with_files()
        (self.folder / "served.key").write_bytes((self.folder / "second.key").read_bytes())
        wait_for(lambda: "is unusable" in server.log)
        os.kill(server.pid, signal.SIGHUP)
        wait_for(lambda: "settings not reloaded" in server.log)
        self.assertTrue(self.shows(server, first))


class Refused(TlsCase):
    """What a client and what a person can do wrong."""

    def test_plain_http_is_told_so(self) -> None:
        server = self.start("--tls-self-signed")
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=20)
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        self.assertEqual(answer.status, 400)
        self.assertIn(b"HTTPS", answer.read())
        connection.close()

    def test_old_versions(self) -> None:
        server = self.start("--tls-self-signed")
        address = ("127.0.0.1", urlsplit(server.url).port)
        for version, is_spoken in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True),
                                   (ssl.TLSVersion.TLSv1_3, True)):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
            with socket.create_connection(address, timeout=20) as plain:
                try:
                    with context.wrap_socket(plain):
                        self.assertTrue(is_spoken, version)
                except (ssl.SSLError, ConnectionError):
                    self.assertFalse(is_spoken, version)

    def test_settings_that_cannot_work(self) -> None:
        certificate = self.certificate("one")
        other = self.certificate("other").with_suffix(".key")
        for flags, words in (
            (["--tls-certificate", certificate], "must be given together"),
            (["--tls-certificate", certificate, "--tls-key", other], f"{other}: "),
            (["--tls-certificate", self.folder / "none.pem", "--tls-key", other], "none.pem: cannot be read"),
            (["--tls-self-signed", "--tls-certificate", certificate, "--tls-key", other], "leave out tls-certificate"),
        ):
            result = waybill.run("serve", "--data", self.data, "--listen", "127.0.0.1:0", *flags)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(words, result.stderr)


if __name__ == "__main__":
    unittest.main()
