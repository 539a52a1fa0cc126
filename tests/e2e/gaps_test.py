"""`waybill gaps`: what it says fits together, and each command that it prints works as pasted."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import time
import unittest
from urllib.parse import urlencode

import events
import waybill
from api import Api
from case import ServerCase
from waybill import Server

WORKSPACE = events.workspace_sid(1)
HOUR_MS = 3_600_000
ENVIRONMENT = waybill.CREDENTIALS | {"TWILIO_ACCOUNT_SID": waybill.ACCOUNT_SID, "TWILIO_AUTH_TOKEN": waybill.AUTH_TOKEN}
NOW_SETTLES = ENVIRONMENT | {"WAYBILL_SETTLING_TIME": "0m"}


def now_ms() -> int:
    """The machine's time."""
    return time.time_ns() // 1_000_000


class GapsCase(ServerCase):
    """A server, and another Waybill that it can be filled from."""

    def setUp(self) -> None:
        super().setUp()
        self.upstream = self.start(data=self.folder / "upstream")
        self.history = [events.made_event(number, now_ms() - number * 60_000) for number in range(1, 400)]
        self.api(self.upstream).post_events(WORKSPACE, self.history)

    def gaps(self, *arguments: str, code: int = 0, environment: dict[str, str] | None = None) -> str:
        """What it prints."""
        told = waybill.run("gaps", *arguments, environment=environment or ENVIRONMENT, folder=self.folder)
        self.assertEqual(told.returncode, code, told.stdout + told.stderr)
        return told.stdout + told.stderr

    def paste(self, told: str, environment: dict[str, str] | None = None) -> str:
        """The command in it, run in a shell as it stands."""
        command = next(line for line in told.splitlines() if line.startswith("  ") and "waybill backfill" in line)
        result = subprocess.run(["bash", "-c", command], cwd=self.folder, capture_output=True, text=True, timeout=120,
                                env=waybill.clean_environment(environment or ENVIRONMENT)
                                | {"PATH": f"{waybill.BINARY.parent}:{os.environ['PATH']}"}, check=False)
        self.assertEqual(result.returncode, 0, command + "\n" + result.stdout + result.stderr)
        return command

    def backfill(self, *place: str, since: str = "5h") -> None:
        """All of the upstream's workspaces."""
        result = waybill.run("backfill", "--from", self.upstream.url, "--since", since, *place, "--max-rps", "1000",
                             environment=ENVIRONMENT)
        self.assertEqual(result.returncode, 0, result.stderr)

    def note_gap(self, server: Server, first: int, last: int, reason: str = "refused", api: Api | None = None) -> None:
        """A feed's request was refused."""
        body = json.dumps({"from": first, "to": last, "reason": reason, "detail": "a test"}).encode()
        answer = (api or self.api(server)).request("POST", f"/v1/Workspaces/{WORKSPACE}/Completeness/Gaps", body,
                                                   {"Content-Type": "application/json"})
        self.assertEqual(answer.status, 201, answer.body)

    def send_callback(self, server: Server) -> None:
        """One, rightly signed."""
        url = server.url + "/webhooks/taskrouter"
        form = {"AccountSid": waybill.ACCOUNT_SID, "WorkspaceSid": WORKSPACE, "EventType": "task.created",
                "Sid": "EV" + "5" * 32, "Timestamp": str(now_ms() // 1000), "ResourceType": "task",
                "ResourceSid": "WT" + "5" * 32, "TaskSid": "WT" + "5" * 32}
        signed = url + "".join(name + form[name] for name in sorted(form))
        signature = base64.b64encode(hmac.new(waybill.AUTH_TOKEN.encode(), signed.encode(), hashlib.sha1).digest())
        answer = self.api(server).request("POST", "/webhooks/taskrouter", urlencode(form).encode(),
                                          {"Content-Type": "application/x-www-form-urlencoded",
                                           "X-Twilio-Signature": signature.decode()})
        self.assertEqual(answer.status, 204, answer.body)


class Texts(GapsCase):
    """What it says."""

    def test_a_feed_is_known_at_once_and_nothing_young_is_called_proven(self) -> None:
        server = self.start()
        self.send_callback(server)
        told = self.gaps("--url", server.url)
        self.assertIn("Complete through: nothing is proven yet.", told)
        self.assertRegex(told, r"(?m)^claimed .* callback$")
        self.assertRegex(told, r"Nothing has settled yet: what is younger than 1h cannot be proven. "
                               r"Run a backfill after 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\.\n\Z")
        self.assertNotIn("No settled span is open", told)

    def test_after_a_full_pull_nothing_more_is_asked_for(self) -> None:
        server = self.start()
        self.backfill("--url", server.url)
        time.sleep(2)
        for place in (("--url", server.url), ("--data", str(self.data))):
            told = self.gaps(*place)
            self.assertTrue(told.endswith("No settled span is open.\n"), told)
            self.assertIn("Complete through 20", told)
            self.gaps(*place, "--exit-code")

    def test_what_the_server_pulls_by_itself_is_left_to_it(self) -> None:
        server = self.start("--upstream", self.upstream.url, "--upstream-every", "1h", environment=ENVIRONMENT)
        api = self.api(server)
        end = time.monotonic() + 30
        while "sid" not in json.dumps(api.get("/v1/Workspaces")["workspaces"]):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)
        self.note_gap(server, now_ms() - 40 * 24 * HOUR_MS, now_ms() - 40 * 24 * HOUR_MS + 999)
        told = self.gaps("--url", server.url)
        self.assertIn(f"waybill backfill --from {self.upstream.url} ", told, "it looks back no further than 30 days")
        other = events.workspace_sid(2)
        body = json.dumps({"from": now_ms() - 5 * HOUR_MS, "to": now_ms() - 4 * HOUR_MS, "reason": "refused",
                           "detail": "a test"}).encode()
        api.request("POST", f"/v1/Workspaces/{other}/Completeness/Gaps", body, {"Content-Type": "application/json"})
        told = self.gaps("--url", server.url, "--workspace", other)
        self.assertIn(f"The server closes what is open by itself: it pulls from {self.upstream.url}.", told)
        self.assertNotIn("waybill backfill", told)

    def test_a_workspace_that_is_not_there_is_an_error(self) -> None:
        server = self.start()
        self.api(server).post_events(WORKSPACE, self.history[:1])
        for place in (("--url", server.url), ("--data", str(self.data))):
            told = self.gaps(*place, "--workspace", events.workspace_sid(9), code=1)
            self.assertIn(f"there is no workspace {events.workspace_sid(9)} in ", told)
            self.assertIn("`waybill workspace list`", told)

    def test_without_any_upstream_a_word_stands_for_it_and_that_is_said(self) -> None:
        server = self.start()
        self.api(server).post_events(WORKSPACE, self.history[:1])
        self.note_gap(server, now_ms() - 5 * HOUR_MS, now_ms() - 4 * HOUR_MS)
        told = self.gaps("--url", server.url)
        self.assertIn("waybill backfill --from URL ", told)
        self.assertIn("URL stands for the Events API to pull from", told)
        self.assertNotIn("twilio.com", told)
        self.paste(self.gaps("--url", server.url, "--from", self.upstream.url))

    def test_the_exit_code_and_json_say_the_same(self) -> None:
        server = self.start()
        self.backfill("--url", server.url)
        self.note_gap(server, now_ms() - 9 * HOUR_MS, now_ms() - 8 * HOUR_MS)
        self.assertIn("settled spans of 1 workspace are open", self.gaps("--url", server.url, "--exit-code", code=1))
        told = waybill.run("gaps", "--json", "--exit-code", environment=ENVIRONMENT | {"WAYBILL_URL": server.url})
        self.assertEqual(told.returncode, 1, told.stderr)
        workspace, = json.loads(told.stdout)["workspaces"]
        self.assertEqual((workspace["workspace_sid"], workspace["next"], workspace["settled_gap"]),
                         (WORKSPACE, "close", True))
        self.assertIn("open", {span["state"] for span in workspace["spans"]})
        self.paste("  " + workspace["command"])
        workspace, = json.loads(self.gaps("--url", server.url, "--json", "--exit-code"))["workspaces"]
        self.assertEqual((workspace["next"], workspace["command"], workspace["settled_gap"]),
                         ("nothing_open", None, False))


class Address(GapsCase):
    """WAYBILL_URL, where a command names neither a server nor a directory."""

    def test_it_stands_in_for_url_and_gives_way_to_what_is_named(self) -> None:
        server = self.start(environment=ENVIRONMENT | {"WAYBILL_URL": "http://127.0.0.1:1"})  # it minds it not
        there = ENVIRONMENT | {"WAYBILL_URL": server.url}
        nowhere = ENVIRONMENT | {"WAYBILL_URL": "http://127.0.0.1:1"}
        lines = "".join(json.dumps(event | {"workspace_sid": WORKSPACE}) + "\n" for event in self.history).encode()
        commands: list[tuple[list[str], dict[str, str], str]] = [
            (["import", "-"], {}, "399 new"),
            (["export", "--workspace", WORKSPACE, "--format", "csv", "--minutes", "1000"], {}, "EV"),
            (["doctor", "lifecycle", "--workspace", WORKSPACE], {}, "399 events"),
            (["variants"], {"WAYBILL_ADMIN_TOKEN": (self.data / "admin.token").read_text().strip()}, ""),
            (["gaps"], {}, WORKSPACE)]
        for command, more, shown in commands:
            with self.subTest(command=command):
                told = waybill.run(*command, environment=there | more, stdin=lines)
                self.assertIn(told.returncode, (0, 1 if command[0] == "doctor" else 0), told.stderr)
                self.assertIn(shown, told.stdout + told.stderr)
        self.gaps(code=1, environment=nowhere)
        self.gaps("--data", str(self.data), environment=nowhere)
        self.gaps("--url", server.url, environment=nowhere)


class Commands(GapsCase):
    """Each is pasted, and closes what it names."""

    def test_an_absence_is_closed_from_the_upstream_of_the_newest_pull(self) -> None:
        server = self.start("--settling-time", "0m")
        earlier = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 300))
        self.backfill("--url", server.url, "--until", earlier)
        server.kill()
        server = self.start("--settling-time", "0m")
        told = self.gaps("--url", server.url)
        self.assertIn("absent: no server ran", told)
        command = self.paste(told)
        self.assertIn(f"--from {self.upstream.url} --workspace {WORKSPACE} ", command)
        self.assertIn(f" --url {server.url}", command)
        self.assertIn("No settled span is open.", self.gaps("--url", server.url))

    def test_the_command_names_the_certificate_that_the_server_made(self) -> None:
        server = self.start("--tls-self-signed")
        certificate = self.data / "tls/certificate.pem"
        self.backfill("--url", server.url, "--ca-file", str(certificate))
        with Api(server.url, trusts=certificate) as api:
            self.note_gap(server, now_ms() - 9 * HOUR_MS, now_ms() - 8 * HOUR_MS, api=api)
        told = self.gaps("--url", server.url, "--ca-file", str(certificate))
        self.assertIn(f" --url {server.url} --ca-file {certificate}\n", told)
        command = self.paste(self.gaps("--data", "data"))
        self.assertIn(f" --url {server.url} --ca-file data/tls/certificate.pem", command)
        self.assertIn("No settled span is open.", self.gaps("--data", "data"))

    def test_a_directory_that_a_server_holds_is_reached_through_the_server(self) -> None:
        server = self.start()
        self.backfill("--url", server.url)
        self.note_gap(server, now_ms() - 9 * HOUR_MS, now_ms() - 8 * HOUR_MS)
        address = self.data / "waybill.address"
        was_there = address.exists()
        if was_there:
            kept = address.read_text()
            address.unlink()
            told = self.gaps("--data", "data")
            address.write_text(kept)
        else:
            told = self.gaps("--data", "data")
            address.write_text(server.url + "\n")
        self.assertIn(" --url SERVER\n", told)
        self.assertIn(f"SERVER stands for the address of the server (process {server.pid}) that holds data.", told)
        self.assertIn(f" --url {server.url}", self.paste(self.gaps("--data", "data")))
        self.assertIn("No settled span is open.", self.gaps("--data", "data"))
        self.note_gap(server, now_ms() - 12 * HOUR_MS, now_ms() - 11 * HOUR_MS)
        server.stop()
        self.assertIn(" --data data", self.paste(self.gaps("--data", "data")))
        self.assertIn("No settled span is open.", self.gaps("--data", "data"))

    def test_a_claim_is_proven_into_the_right_account_of_a_directory(self) -> None:
        server = self.start("--settling-time", "0m")
        made = waybill.run("account", "create", "--data", self.data, "--name", "x").stdout.split()
        sid, token = made[2], made[5]
        deadline = time.monotonic() + 20
        with Api(server.url, sid, token) as api:
            while api.request("GET", "/v1/Workspaces").status != 200:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
            body = json.dumps({"from": now_ms() - 5 * HOUR_MS, "to": now_ms() - 4 * HOUR_MS, "reason": "refused",
                               "detail": "a test"}).encode()
            answer = api.request("POST", f"/v1/Workspaces/{WORKSPACE}/Completeness/Gaps", body,
                                 {"Content-Type": "application/json"})
            self.assertEqual(answer.status, 201)
        server.stop()
        told = self.gaps("--data", str(self.data), "--from", self.upstream.url, environment=NOW_SETTLES)
        command = self.paste(told)
        self.assertTrue(command.strip().startswith(f"WAYBILL_ACCOUNT_SID={sid} waybill backfill "), command)
        self.assertTrue(re.search(r"(?m)^proven ", self.gaps("--data", str(self.data))))


if __name__ == "__main__":
    unittest.main()
