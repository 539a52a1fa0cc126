"""`waybill debug bundle`: what is in it, and that nothing is in it that must not be."""

from __future__ import annotations

import json
import tarfile
import unittest
from pathlib import Path
from urllib.parse import quote

import waybill
from api import Api
from case import ServerCase
from events import START_MS, made_event, workspace_sid
from upstream import Upstream
from waybill import Server

WORKSPACE = workspace_sid(1)
OF_DIRECTORY = {"about.txt", "version.txt", "machine.txt", "settings.txt", "doctor.txt", "files.txt", "workspaces.txt",
                "completeness.txt", "missing.txt"}
OF_SERVER = {"server.json", "readyz.json", "metrics.txt", "log.json"}

# Every secret setting, and what else no bundle may show; each marker stands nowhere else.
SECRETS = {"WAYBILL_AUTH_TOKEN": "marker-of-the-auth-token", "WAYBILL_WEBHOOK_AUTH_TOKENS": "marker-of-a-webhook-token, "
           + waybill.ACCOUNT_SID + ":marker-of-another", "TWILIO_AUTH_TOKEN": "marker-of-the-upstream"}
ACCOUNT = {"WAYBILL_ACCOUNT_SID": waybill.ACCOUNT_SID, "TWILIO_ACCOUNT_SID": waybill.ACCOUNT_SID}


def marked_event(number: int) -> dict[str, object]:
    """An event with a marker in everything that a caller or a worker may have said."""
    event = made_event(number, START_MS + number)
    event["description"] = "marker-of-an-event"
    event["event_data"] = event["event_data"] | {"task_attributes": '{"caller":"marker-of-an-event"}',
                                                 "worker_name": "marker-of-an-event"}
    return event


class BundleTest(ServerCase):
    """One archive."""

    def bundle(self, *flags: str | Path, environment: dict[str, str] | None = None) -> dict[str, str]:
        """The files of a new bundle, by name."""
        out = self.folder / f"bundle-{len(list(self.folder.glob('bundle-*')))}.tar.gz"
        done = waybill.run("debug", "bundle", "--out", out, *flags, environment=environment or SECRETS | ACCOUNT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(str(out), done.stdout)
        self.assertEqual(out.stat().st_mode & 0o777, 0o600)
        files = {}
        with tarfile.open(out, "r:gz") as archive:
            for member in archive:
                self.assertTrue(member.isfile() and member.name.startswith("waybill-debug/"), member.name)
                file = archive.extractfile(member)
                assert file is not None
                files[member.name.removeprefix("waybill-debug/")] = file.read().decode()
        return files

    def expect_no_markers(self, files: dict[str, str], *others: str) -> None:
        """Nothing that is secret, nor anything of an event."""
        for name, text in files.items():
            for marker in ("marker-of", quote("marker-of"), *others):
                self.assertNotIn(marker, text, name)

    def start_marked(self, upstream: Upstream) -> tuple[Server, list[str]]:
        """A server with every secret there is, and some that were refused; its flags."""
        flags = ["--upstream", upstream.url, "--upstream-workspaces", WORKSPACE,
                 "--forward", "http://127.0.0.1:9/marker-of-a-path?token=marker-of-a-query"]
        server = self.start(*flags, environment=SECRETS | ACCOUNT)
        with Api(server.url, password=SECRETS["WAYBILL_AUTH_TOKEN"]) as api:
            api.post_events(WORKSPACE, [marked_event(number) for number in range(20)])
            self.assertEqual(api.try_post_events(WORKSPACE, [marked_event(1) | {"event_date_ms": "marker-of-an-event"}])
                             .status, 400)
            form = b"AccountSid=" + waybill.ACCOUNT_SID.encode() + b"&TaskAttributes=marker-of-an-event"
            self.assertEqual(api.request("POST", "/webhooks/taskrouter?secret=marker-of-a-query", form,
                                         {"Content-Type": "application/x-www-form-urlencoded",
                                          "X-Twilio-Signature": "marker-of-a-signature"}).status, 403)
        with Api(server.url, password="marker-of-a-wrong-token") as api:
            self.assertEqual(api.request("GET", "/v1/Workspaces").status, 401)
        return server, flags

    def test_no_secret_and_no_event_is_in_it(self) -> None:
        upstream = Upstream(WORKSPACE, [])
        self.addCleanup(upstream.close)
        server, flags = self.start_marked(upstream)
        token = (self.data / "admin.token").read_text().strip()
        log = self.folder / "server.log"
        log.write_text("a line\nan Auth Token that got in: marker-of-the-auth-token\n")
        files = self.bundle("--data", self.data, "--url", server.url, "--log", log, *flags)
        self.assertEqual(set(files), OF_DIRECTORY | OF_SERVER | {"log.txt"})
        self.expect_no_markers(files, token)
        self.assertEqual(files["missing.txt"], "nothing\n")
        self.assertIn("auth-token = (given, and secret)", files["settings.txt"])
        self.assertIn("cache-bytes = 67108864  (default)", files["settings.txt"])
        self.assertIn("forward = http://127.0.0.1:9/…", files["settings.txt"])
        self.assertEqual(json.loads(files["server.json"])["settings"]["forward"], "http://127.0.0.1:9/…")
        self.assertEqual(json.loads(files["server.json"])["settings"]["auth-token"], "(given, and secret)")
        self.assertEqual(json.loads(files["readyz.json"])["status"], "ready")
        self.assertIn("waybill_events_total", files["metrics.txt"])
        self.assertIn("webhook refused", files["log.json"])
        self.assertEqual(files["log.txt"], "a line\nan Auth Token that got in: (secret)\n")
        self.assertRegex(files["doctor.txt"], r"(?m)^(fine|note)  server +\S+ is ready")
        self.assertIn("waybill.db", files["files.txt"])
        self.assertRegex(files["workspaces.txt"], WORKSPACE + " +20 ")
        self.assertIn(WORKSPACE, files["completeness.txt"])
        self.assertIn("format of waybill.db", files["version.txt"])
        with Api(server.url, password=SECRETS["WAYBILL_AUTH_TOKEN"]) as api:
            self.assertIn("marker-of-an-event", json.dumps(api.events(WORKSPACE, StartDate="2000-01-01")))

    def test_of_a_server_that_does_not_run(self) -> None:
        upstream = Upstream(WORKSPACE, [])
        self.addCleanup(upstream.close)
        server, flags = self.start_marked(upstream)
        token = (self.data / "admin.token").read_text().strip()
        server.stop()
        files = self.bundle("--data", self.data, *flags)
        self.assertEqual(set(files), OF_DIRECTORY)
        self.expect_no_markers(files, token)
        self.assertIn("metrics.txt: no running server is known", files["missing.txt"])
        self.assertRegex(files["workspaces.txt"], WORKSPACE + " +20 ")

    def test_of_a_long_log_the_last_lines_are_taken(self) -> None:
        server = self.start()
        log = self.folder / "server.log"
        log.write_text("".join(f"line {number}\n" for number in range(100_000)))
        files = self.bundle("--data", self.data, "--url", server.url, "--log", log)
        lines = files["log.txt"].splitlines()
        self.assertEqual(lines, [f"line {number}" for number in range(100_000 - len(lines), 100_000)])
        self.assertGreater(len(lines), 10_000)
        self.assertLess(len(files["log.txt"]), 300_000)

    def test_from_afar(self) -> None:
        server = self.start()
        files = self.bundle("--url", server.url, "--admin-token-file", self.data / "admin.token",
                            environment=waybill.CREDENTIALS)
        self.assertEqual(set(files), (OF_DIRECTORY - {"files.txt", "workspaces.txt"}) | OF_SERVER)
        self.assertNotIn(waybill.AUTH_TOKEN, "".join(files.values()))

    def test_a_file_that_is_there_is_left_alone(self) -> None:
        other = waybill.run("debug", "bundle", "--out", self.folder / "b.zip", "--data", self.data)
        self.assertEqual(other.returncode, 2)
        self.assertIn("b.zip: a bundle is a .tar.gz", other.stderr)
        out = self.folder / "there.tar.gz"
        out.write_text("precious")
        done = waybill.run("debug", "bundle", "--out", out, "--data", self.data)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is there already", done.stderr)
        self.assertEqual(out.read_text(), "precious")


if __name__ == "__main__":
    unittest.main()
