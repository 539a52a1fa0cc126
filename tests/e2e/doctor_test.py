"""`waybill doctor`: fine set-ups, and one bad one after the other."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import threading
import unittest
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import waybill
from case import ServerCase
from events import workspace_sid
from store_case import Administrator
from upstream import CREDENTIALS, Manners, Upstream
from waybill import Server

Findings = dict[str, dict[str, Any]]


@contextmanager
def proxy(target: str, headers: Mapping[str, str], keeps_host: bool = True) -> Iterator[str]:
    """A proxy in front of a server, which adds these headers; its URL."""
    authority = urlsplit(target).netloc

    class Handler(BaseHTTPRequestHandler):
        """Passes each request on."""

        def pass_on(self) -> None:
            """Asks the server behind, and gives its answer back."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            passed = {name: value for name, value in self.headers.items() if name != "Accept-Encoding"} | dict(headers)
            if not keeps_host:
                passed["Host"] = authority
            connection = http.client.HTTPConnection(authority, timeout=30)
            connection.request(self.command, self.path, body, passed)
            answer = connection.getresponse()
            text = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            connection.close()

        do_GET = pass_on
        do_POST = pass_on

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_address() -> str:
    """Where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


class DoctorCase(ServerCase):
    """What the doctor says."""

    def doctor(self, *flags: str | Path, environment: Mapping[str, str] | None = None) -> Findings:
        """Its findings by check; whether all is fine, its exit code and the lines for a person agree with them."""
        done = waybill.run("doctor", "--json", *flags, environment=environment)
        told = json.loads(done.stdout)
        findings = {each["check"]: each for each in told["checks"]}
        to_mend = [each for each in told["checks"] if each["state"] == "mend"]
        self.assertEqual(told["fine"], not to_mend)
        self.assertEqual(done.returncode, 1 if to_mend else 0, done.stderr)
        for each in to_mend:
            self.assertTrue(each["advice"], each)
        return findings

    def expect(self, findings: Findings, check: str, state: str, words: str) -> None:
        """One of them."""
        self.assertIn(check, findings)
        found = findings[check]
        self.assertEqual(found["state"], state, found)
        self.assertIn(words, found["text"])

    def listing(self) -> dict[str, tuple[int, int]]:
        """The data directory's files, with size and time of change."""
        return {str(path.relative_to(self.data)): (path.stat().st_size, path.stat().st_mtime_ns)
                for path in self.data.rglob("*") if path.is_file()}


class FineTest(DoctorCase):
    """A server as it should be."""

    def test_a_running_server_is_fine(self) -> None:
        server = self.start()
        names = sorted(self.listing())
        findings = self.doctor("--data", self.data, "--url", server.url)
        self.expect(findings, "settings", "fine", "1 given")
        self.expect(findings, "modes", "fine", "nobody else")
        self.expect(findings, "certificate", "fine", "plain HTTP, to this machine alone")
        self.expect(findings, "port", "fine", server.url)
        self.expect(findings, "server", "fine", "is ready")
        self.expect(findings, "proxy", "fine", "URLs begin with " + server.url)
        self.expect(findings, "signature", "fine", "signed with the token of account " + waybill.ACCOUNT_SID)
        self.expect(findings, "rejects", "fine", "nothing had to be kept aside")
        self.expect(findings, "upstream", "fine", "none is set")
        self.assertIn("a small write is on disk after", findings["disk"]["text"])
        self.assertIn("free", findings["space"]["text"])
        self.assertIn("may be open in the running server", findings["files"]["text"])
        self.assertEqual(names, sorted(self.listing()))

    def test_the_server_is_found_by_its_settings(self) -> None:
        listen = free_address()
        server = self.start("--listen", listen)
        findings = self.doctor("--data", self.data, "--listen", listen)
        self.expect(findings, "port", "fine", "that of the running server")
        self.expect(findings, "server", "fine", server.url + " is ready")

    def test_where_no_server_runs_nothing_changes(self) -> None:
        server = self.start()
        server.stop()
        before = self.listing()
        findings = self.doctor("--data", self.data, "--listen", "127.0.0.1:0")
        self.assertEqual(before, self.listing())
        self.assertNotIn("server", findings)
        self.expect(findings, "port", "fine", "is free")

    def test_a_directory_that_is_not_there_is_not_made(self) -> None:
        findings = self.doctor("--data", self.data, "--listen", "127.0.0.1:0")
        self.expect(findings, "modes", "note", "nothing is there yet")
        self.assertFalse(self.data.exists())
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_from_afar_only_the_server_is_looked_at(self) -> None:
        server = self.start()
        findings = self.doctor("--url", server.url, "--admin-token-file", self.data / "admin.token")
        self.assertEqual(set(findings), {"settings", "server", "proxy", "signature", "rejects", "upstream"})
        self.expect(findings, "server", "fine", "is ready")
        self.expect(findings, "signature", "note", "no Auth Token is known")
        without = self.doctor("--url", server.url)
        self.expect(without, "proxy", "note", "--admin-token-file")

    def test_its_own_certificate_is_trusted(self) -> None:
        server = self.start("--tls-self-signed")
        findings = self.doctor("--data", self.data, "--url", server.url, "--tls-self-signed")
        self.expect(findings, "certificate", "fine", "fits its key, and is good until")
        self.expect(findings, "server", "fine", "is ready")
        self.expect(findings, "proxy", "fine", server.url)

    def test_a_person_reads_a_line_for_each(self) -> None:
        server = self.start()
        done = waybill.run("doctor", "--data", self.data, "--url", server.url)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 15)
        for line in lines:
            self.assertRegex(line, r"^(fine|note|mend)  [a-z]+ +\S")


class BadTest(DoctorCase):
    """What must be put right."""

    def test_settings_that_no_server_takes(self) -> None:
        findings = self.doctor("--data", self.data, "--cache-bytes", "many")
        self.assertEqual(list(findings), ["settings"])
        self.expect(findings, "settings", "mend", "--cache-bytes: 'many'")

    def test_files_that_others_can_read(self) -> None:
        server = self.start()
        server.stop()
        (self.data / "admin.token").chmod(0o644)
        findings = self.doctor("--data", self.data, "--listen", "127.0.0.1:0")
        self.expect(findings, "modes", "mend", f"open to others: {self.data}/admin.token (644)")
        (self.data / "admin.token").chmod(0o600)
        config = self.folder / "waybill.toml"
        config.write_text('webhook-auth-tokens = "a token that signs"\n')
        config.chmod(0o644)
        findings = self.doctor("--data", self.data, "--listen", "127.0.0.1:0", "--config", config)
        self.expect(findings, "modes", "mend", f"{config} (644)")
        config.chmod(0o640)
        findings = self.doctor("--data", self.data, "--listen", "127.0.0.1:0", "--config", config)
        self.expect(findings, "modes", "fine", "nobody else")

    def test_a_port_that_somebody_has(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            findings = self.doctor("--data", self.data, "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
        self.expect(findings, "port", "mend", "no Waybill")
        other = self.start(data=self.folder / "other")
        findings = self.doctor("--data", self.data, "--listen", urlsplit(other.url).netloc)
        self.expect(findings, "port", "mend", "another Waybill")
        findings = self.doctor("--data", self.data, "--listen", "192.0.2.1:80")
        self.expect(findings, "port", "mend", "192.0.2.1")

    def test_a_certificate_that_ends_or_does_not_fit(self) -> None:
        for name, days in (("short", "3"), ("long", "300")):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", days, "-subj", "/CN=x",
                            "-out", self.folder / (name + ".pem"), "-keyout", self.folder / (name + ".key")],
                           check=True, capture_output=True)
        cases = (("long", "long", "fine", "fits its key"), ("short", "short", "mend", "good until"),
                 ("long", "short", "mend", "key values mismatch"), ("long", "none", "mend", "given together"),
                 ("missing", "long", "mend", "missing.pem"))
        for certificate, key, state, words in cases:
            with self.subTest(certificate=certificate, key=key):
                named = "none" if key == "none" else str(self.folder / (key + ".key"))
                findings = self.doctor("--data", self.data, "--listen", "127.0.0.1:0", "--tls-certificate",
                                       self.folder / (certificate + ".pem"), "--tls-key", named)
                self.expect(findings, "certificate", state, words)

    def test_limits_that_are_too_low_or_too_high(self) -> None:
        listen = ("--data", str(self.data), "--listen", "127.0.0.1:0")
        few = subprocess.run(["prlimit", "--nofile=1024:1024", waybill.BINARY, "doctor", "--json", *listen],
                             capture_output=True, text=True, check=False, env=waybill.clean_environment({}))
        found = {each["check"]: each for each in json.loads(few.stdout)["checks"]}
        self.expect(found, "files", "mend", "1024 may be open in a process started here; 10000 connections")
        findings = self.doctor(*listen, "--bodies-bytes-max", str(64 * 2**30), "--queued-bytes-max", str(64 * 2**30),
                               "--cache-bytes", str(64 * 2**30))
        self.expect(findings, "memory", "mend", "the settings let the server take")
        # The default of what is unsealed is counted by its setting.
        findings = self.doctor(*listen, "--unsealed-bytes-max", str(64 * 2**30), "--bodies-bytes-max", str(64 * 2**30))
        self.expect(findings, "memory", "mend", "the settings let the server take 128 GiB")

    def test_a_server_that_does_not_answer(self) -> None:
        url = "http://" + free_address()
        findings = self.doctor("--url", url)
        self.expect(findings, "server", "mend", "no answer from")
        self.assertIn(url, findings["server"]["advice"])

    def test_a_directory_that_cannot_be_written(self) -> None:
        self.data.mkdir(mode=0o500)
        # Root can write everywhere but where the kernel lets nobody.
        data = Path("/sys/waybill") if os.geteuid() == 0 else self.data
        findings = self.doctor("--data", data, "--listen", "127.0.0.1:0")
        self.expect(findings, "disk", "mend", "creating ")
        # Where all of that is read-only, as in some containers, the kernel says so.
        self.assertRegex(findings["disk"]["text"], "Permission denied|Read-only file system")


class ProxyTest(DoctorCase):
    """Proxies in front, and what is signed through them."""

    SAID = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "http"}

    def ask(self, server: Server, url: str, environment: Mapping[str, str] | None = None) -> Findings:
        """The doctor, by way of a URL."""
        return self.doctor("--data", server.data, "--url", url, environment=environment)

    def test_one_that_nobody_trusts(self) -> None:
        server = self.start()
        with proxy(server.url, self.SAID) as url:
            findings = self.ask(server, url)
        self.expect(findings, "proxy", "mend", "127.0.0.1 sends X-Forwarded-For: 192.0.2.7, X-Forwarded-Proto: http, "
                                               "and is not believed")
        self.assertIn("trusted-proxy", findings["proxy"]["advice"])

    def test_one_that_is_trusted(self) -> None:
        server = self.start("--trusted-proxy", "127.0.0.1")
        with proxy(server.url, self.SAID) as url:
            findings = self.ask(server, url)
        self.expect(findings, "proxy", "fine", "127.0.0.1 is trusted and sends X-Forwarded-For: 192.0.2.7")
        self.expect(findings, "signature", "fine", f"webhooks for {url} are taken")
        self.expect(self.ask(server, server.url), "proxy", "fine", "none on the way from here")

    def test_one_that_hides_the_name_it_was_asked_by(self) -> None:
        server = self.start("--trusted-proxy", "127.0.0.1")
        with proxy(server.url, {"X-Forwarded-For": "192.0.2.7"}, keeps_host=False) as url:
            findings = self.ask(server, url)
            self.expect(findings, "signature", "mend", f"a webhook for {url} would be checked as one for {server.url}")
        self.assertIn("public-url", findings["signature"]["advice"])

    def test_one_that_says_not_for_whom_it_asks(self) -> None:
        listen = free_address()
        with proxy(f"http://{listen}", {}) as url:
            server = self.start("--listen", listen, "--trusted-proxy", "127.0.0.1", "--public-url", url)
            findings = self.ask(server, server.url)
        self.expect(findings, "proxy", "mend", "does not say for whom it asks")

    def test_public_url_is_asked_if_it_leads_here(self) -> None:
        listen = free_address()
        with proxy(f"http://{listen}", {"X-Forwarded-For": "192.0.2.7"}, keeps_host=False) as url:
            server = self.start("--listen", listen, "--trusted-proxy", "127.0.0.1", "--public-url", url)
            findings = self.ask(server, server.url)
            self.expect(findings, "proxy", "fine", "URLs begin with " + url)
            self.expect(findings, "signature", "fine", f"webhooks for {url} are taken")
        findings = self.ask(server, server.url)
        self.expect(findings, "proxy", "note", "public-url was not asked")
        self.expect(findings, "signature", "fine", f"webhooks for {url} are taken")


class SignatureTest(DoctorCase):
    """Tokens that sign."""

    def test_a_token_that_the_server_does_not_know_leaves_no_trace(self) -> None:
        server = self.start()
        findings = self.doctor("--data", self.data, "--url", server.url,
                               environment={"WAYBILL_WEBHOOK_AUTH_TOKENS": "a token of nobody's"})
        self.expect(findings, "signature", "mend", "signed with the token of webhook-auth-tokens, was answered 403")
        self.assertNotIn("a token of nobody's", json.dumps(findings))
        with Administrator(server.url, (self.data / "admin.token").read_text().strip()) as admin:
            counts = admin.get("/admin/v1/Webhooks")
        self.assertEqual(set(counts["rejects"].values()), {0})

    def test_a_token_of_the_settings_is_tried(self) -> None:
        environment = {"WAYBILL_WEBHOOK_AUTH_TOKENS": "the service's own token"}
        server = self.start(environment=waybill.CREDENTIALS | environment)
        findings = self.doctor("--data", self.data, "--url", server.url, environment=environment)
        self.expect(findings, "signature", "fine", "of webhook-auth-tokens, of account")

    def test_unsigned_webhooks_are_no_setting_to_keep(self) -> None:
        server = self.start("--allow-unsigned")
        findings = self.doctor("--data", self.data, "--url", server.url)
        self.expect(findings, "signature", "mend", "whatever their signature")


class UpstreamTest(DoctorCase):
    """Where events are pulled from."""

    def ask(self, url: str, environment: Mapping[str, str]) -> Findings:
        """The doctor of a server that pulls from there, and does not run."""
        return self.doctor("--data", self.data, "--listen", "127.0.0.1:0", "--upstream", url, "--upstream-workspaces",
                           workspace_sid(1), environment=environment)

    def test_it_answers_to_the_right_credentials(self) -> None:
        with closing(Upstream(workspace_sid(1), [])) as upstream:
            self.expect(self.ask(upstream.url, CREDENTIALS), "upstream", "fine", upstream.url + " answers")
            wrong = self.ask(upstream.url, CREDENTIALS | {"TWILIO_AUTH_TOKEN": "another token"})
            self.expect(wrong, "upstream", "mend", "answered 401")
            self.assertNotIn("another token", json.dumps(wrong))

    def test_it_must_be_there_and_trusted(self) -> None:
        self.expect(self.ask("http://" + free_address(), CREDENTIALS), "upstream", "mend", "no answer from")
        other = self.start("--tls-self-signed", data=self.folder / "other")
        self.expect(self.ask(other.url, CREDENTIALS), "upstream", "mend", "certificate")

    def test_its_clock_is_compared_with_ours(self) -> None:
        with closing(Upstream(workspace_sid(1), [], Manners(clock_skew=300))) as upstream:
            findings = self.ask(upstream.url, CREDENTIALS)
        self.expect(findings, "clock", "mend", "behind that of " + upstream.url)

    def test_without_credentials_no_server_starts(self) -> None:
        findings = self.ask("http://127.0.0.1:1", {})
        self.expect(findings, "settings", "mend", "--upstream")


if __name__ == "__main__":
    unittest.main()
