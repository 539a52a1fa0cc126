"""`waybill serve --demo`: what a newcomer sees, and that it is still there the next day."""

from __future__ import annotations

import json
import os
import re
import subprocess
import unittest
from datetime import datetime, timedelta, timezone
from typing import Any

import waybill
from api import Api
from case import ServerCase
from waybill import Server


def paste(server: Server, command: str) -> subprocess.CompletedProcess[str]:
    """A printed command, in a shell in which the printed `export` was pasted first."""
    script = f"set -eu\n{server.welcome_line('export')}\n{server.welcome_line(command)}\n"
    environment = waybill.clean_environment({}) | {
        "PATH": f"{waybill.BINARY.parent}:{os.environ['PATH']}", "no_proxy": "*",
        "CURL_HOME": str(server.data.parent)}
    return subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=60,
                          check=False)


def run_printed_curl(server: Server) -> Any:
    """What the printed command answers, run as printed."""
    result = paste(server, "curl")
    assert result.returncode == 0, (result.stdout, result.stderr)
    return json.loads(result.stdout)


def now() -> datetime:
    """This moment, as events tell theirs."""
    return datetime.now(timezone.utc)


def when(event: dict[str, Any]) -> datetime:
    """The moment of an event."""
    return datetime.fromtimestamp(event["event_date_ms"] / 1000, timezone.utc)


class Demo(ServerCase):
    """An empty directory, no credentials anywhere, one command."""

    def start_demo(self, **environment: str) -> Server:
        """A demonstration over the test's directory."""
        return self.start("--demo", environment=environment, terminal=True)

    def archive(self, server: Server) -> list[dict[str, Any]]:
        """All events of the only workspace, through the links a newcomer would follow."""
        with Api(server.url, server.welcome_value("Account SID"), server.welcome_value("Auth Token")) as api:
            workspaces = api.get("/v1/Workspaces")["workspaces"]
            self.assertEqual(len(workspaces), 1)
            return api.events(workspaces[0]["sid"], PageSize=1000)

    def test_the_welcome_says_all_that_is_needed(self) -> None:
        server = self.start_demo()
        self.assertRegex(server.url, r"^http://127\.0\.0\.1:\d+$")
        self.assertRegex(server.welcome_value("Account SID"), "^AC[0-9a-f]{32}$")
        self.assertRegex(server.welcome_value("Auth Token"), "^[0-9a-f]{32}$")
        self.assertEqual(server.welcome_value("Data"), str(self.data))
        self.assertRegex(server.welcome_value("Demo"), r"^one working day of a small contact centre, \d{4} events$")
        self.assertIn("StartDate=", server.welcome_line("curl"))
        self.assertIn("TaskSid=WT", server.welcome_line("curl"))
        self.assertIn("docs/guide.md", server.welcome)

    def test_the_printed_curl_tells_the_life_of_one_task_in_its_order(self) -> None:
        told = run_printed_curl(self.start_demo())["events"]
        kinds = [event["event_type"] for event in told]
        self.assertIn("task.created", kinds[:4], "some events share its second")
        self.assertIn("reservation.accepted", kinds)
        self.assertIn("task.completed", kinds)
        self.assertEqual([event["event_date_ms"] for event in told], sorted(event["event_date_ms"] for event in told))
        self.assertEqual(len({event["event_data"]["task_sid"] for event in told}), 1)

    def test_gaps_shows_what_is_proven_and_what_is_not(self) -> None:
        server = self.start_demo()
        told = paste(server, "waybill gaps")
        self.assertEqual(told.returncode, 0, told.stderr)
        states = [line.split()[0] for line in told.stdout.splitlines() if re.match("(proven|open|claimed) ", line)]
        self.assertEqual(states, ["proven", "open", "claimed"], told.stdout)
        self.assertIn("This closes what is open:\n  waybill backfill --from URL --workspace WS", told.stdout)
        self.assertIn("URL stands for the Events API to pull from", told.stdout)

    def test_the_doctor_finds_nothing_impossible_in_it(self) -> None:
        server = self.start_demo()
        credentials = {"WAYBILL_ACCOUNT_SID": server.welcome_value("Account SID"),
                       "WAYBILL_AUTH_TOKEN": server.welcome_value("Auth Token")}
        archive = self.archive(server)
        self.assertIn("reservation.failed", {event["event_type"] for event in archive})
        result = waybill.run("doctor", "lifecycle", "--url", server.url, "--workspace", archive[0]["workspace_sid"],
                             environment=credentials)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, rf"^fine: {len(archive)} events")

    def test_the_doctor_finds_nothing_impossible_in_it(self) -> None:
        server = self.start_demo()
        credentials = {"WAYBILL_ACCOUNT_SID": server.welcome_value("Account SID"),
                       "WAYBILL_AUTH_TOKEN": server.welcome_value("Auth Token")}
        archive = self.archive(server)
        self.assertIn("reservation.failed", {event["event_type"] for event in archive})
        result = waybill.run("doctor", "lifecycle", "--url", server.url, "--workspace", archive[0]["workspace_sid"],
                             environment=credentials)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, rf"^fine: {len(archive)} events")

    def test_the_printed_curl_answers_with_events_also_after_a_restart(self) -> None:
        server = self.start_demo()
        page = run_printed_curl(server)
        self.assertGreater(len(page["events"]), 0)
        self.assertEqual(page["meta"]["key"], "events")
        self.assertEqual(server.stop(), 0)
        again = run_printed_curl(self.start_demo())
        self.assertEqual([event["sid"] for event in again["events"]], [event["sid"] for event in page["events"]])

    def test_one_working_day_that_ended_just_now(self) -> None:
        listed = self.archive(self.start_demo())
        self.assertGreater(len(listed), 1000)
        last = max(map(when, listed))
        self.assertLessEqual(last, now())
        self.assertGreater(last, now() - timedelta(minutes=15), "so that a list without a window shows something")
        self.assertLess(last - min(map(when, listed)), timedelta(hours=24))
        self.assertGreater(len({event["event_type"] for event in listed}), 20)

    def test_a_second_start_adds_nothing_and_keeps_the_credentials(self) -> None:
        server = self.start_demo()
        first, credentials = self.archive(server), server.welcome_value("Auth Token")
        server.stop()
        server = self.start_demo()
        self.assertEqual(server.welcome_value("Auth Token"), credentials)
        self.assertEqual([event["sid"] for event in self.archive(server)], [event["sid"] for event in first])

    def test_the_day_is_the_same_for_everybody(self) -> None:
        """Only when it happened differs, and whose it is."""
        ours = self.archive(self.start_demo())
        theirs = self.archive(self.start("--demo", data=self.folder / "theirs", environment={}, terminal=True))
        self.assertEqual([(event["sid"], event["event_type"]) for event in ours],
                         [(event["sid"], event["event_type"]) for event in theirs])

    def test_given_credentials_are_taken_and_not_shown(self) -> None:
        server = self.start_demo(**waybill.CREDENTIALS)
        self.assertEqual(server.welcome_value("Account SID"), waybill.ACCOUNT_SID)
        self.assertNotIn(waybill.AUTH_TOKEN, server.welcome)
        self.assertIn("WAYBILL_AUTH_TOKEN is the one that was chosen", server.welcome)
        with Api(server.url) as api:
            workspace, = api.get("/v1/Workspaces")["workspaces"]
            self.assertEqual({event["account_sid"] for event in api.events(workspace["sid"], PageSize=1000)},
                             {waybill.ACCOUNT_SID})
        server.stop()
        self.assertNotIn(waybill.AUTH_TOKEN, self.start_demo().welcome, "nor by a later start")

    def test_a_store_with_events_is_left_alone_and_that_is_said(self) -> None:
        server = self.start()
        workspace = "WS" + "1" * 32
        self.api(server).post_events(workspace, [{"event_date": "2026-03-02T08:00:00Z"}])
        server.stop()
        server = self.start_demo(**waybill.CREDENTIALS)
        self.assertEqual(server.welcome_value("Demo"), "this store has events already; nothing was added")
        self.assertIn("--demo added nothing", server.log)
        self.assertEqual([entry["sid"] for entry in self.api(server).get("/v1/Workspaces")["workspaces"]], [workspace])


class NoTerminal(ServerCase):
    """Output that ends up in a log, or in a program that waits for the URL."""

    def test_made_credentials_are_printed_once_and_the_url_each_time(self) -> None:
        for flags in ((), ("--demo",)):
            with self.subTest(flags=flags):
                data = self.folder / ("data" + "".join(flags))
                server = self.start(*flags, data=data, environment={})
                self.assertRegex(server.welcome, r"\A  Account SID  AC[0-9a-f]{32}\n  Auth Token   [0-9a-f]{32}\n"
                                                 r"  URL          http://\S+\n\Z")
                with Api(server.url, server.welcome_value("Account SID"), server.welcome_value("Auth Token")) as api:
                    api.get("/v1/Workspaces")
                server.stop()
                again = self.start(*flags, data=data, environment={})
                self.assertRegex(again.welcome, r"\A  URL          http://\S+\n\Z")

    def test_chosen_credentials_are_never_printed(self) -> None:
        server = self.start("--demo")
        self.assertRegex(server.welcome, r"\A  URL          http://\S+\n\Z")
        self.assertNotIn(waybill.AUTH_TOKEN, server.log)

    def test_a_later_start_on_a_terminal_shows_no_token_that_it_did_not_make(self) -> None:
        self.start(environment={}).stop()
        server = self.start(environment={}, terminal=True)
        self.assertNotIn("Auth Token", server.welcome)
        self.assertIn("$WAYBILL_AUTH_TOKEN", server.welcome_line("curl"))


if __name__ == "__main__":
    unittest.main()
