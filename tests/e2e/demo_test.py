"""`waybill serve --demo`: what a newcomer sees, and that it is still there the next day."""

from __future__ import annotations

import json
import shlex
import subprocess
import unittest
from datetime import datetime, timedelta, timezone
from typing import Any

import waybill
from api import Api
from case import ServerCase
from waybill import Server


def run_printed_curl(server: Server) -> Any:
    """What the printed command answers, run as printed; only its progress bar is turned off."""
    command = shlex.split(server.welcome_curl())
    result = subprocess.run([*command, "--silent", "--show-error", "--fail-with-body", "--noproxy", "*"],
                            capture_output=True, timeout=30, check=False)
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
        return self.start("--demo", environment=environment)

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
        self.assertIn("StartDate=", server.welcome_curl())

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
        self.assertIsNotNone(page["meta"]["next_page_url"])
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
        theirs = self.archive(self.start("--demo", data=self.folder / "theirs", environment=waybill.CREDENTIALS))
        self.assertEqual([(event["sid"], event["event_type"]) for event in ours],
                         [(event["sid"], event["event_type"]) for event in theirs])

    def test_given_credentials_are_taken(self) -> None:
        server = self.start_demo(**waybill.CREDENTIALS)
        self.assertEqual(server.welcome_value("Account SID"), waybill.ACCOUNT_SID)
        self.assertEqual({event["account_sid"] for event in self.archive(server)}, {waybill.ACCOUNT_SID})

    def test_a_store_with_events_is_left_alone(self) -> None:
        server = self.start()
        workspace = "WS" + "1" * 32
        self.api(server).post_events(workspace, [{"event_date": "2026-03-02T08:00:00Z"}])
        server.stop()
        api = self.api(self.start_demo(**waybill.CREDENTIALS))
        self.assertEqual([entry["sid"] for entry in api.get("/v1/Workspaces")["workspaces"]], [workspace])

    def test_a_later_start_without_demo_does_not_print_the_token(self) -> None:
        """A service's output ends up in logs; the token is shown when it is new, and by a demonstration."""
        self.start_demo().stop()
        server = self.start(environment={})
        self.assertNotIn("Auth Token", server.welcome)
        self.assertIn("WAYBILL_AUTH_TOKEN", server.welcome_curl())


if __name__ == "__main__":
    unittest.main()
