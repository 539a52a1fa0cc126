"""What the tests of upkeep share: stores of small files, and a look into their folders."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import events
import waybill
from api import Answer, Api
from case import ServerCase
from waybill import Server

WORKSPACE = events.workspace_sid(1)
WAIT_SECONDS_MAX = 90.0

# Seals after so few events that a small test meets every kind of file, and removes what has expired at once.
SMALL_FILES = {"WAYBILL_TEST_SEAL_ROWS": "200", "WAYBILL_TEST_REMOVAL_GRACE": "0"}


class StoreCase(ServerCase):
    """A test over a store that seals early."""

    def start_small(self, *flags: str, environment: Mapping[str, str] | None = None) -> Server:
        """A server whose files are small."""
        return self.start("--redact-after", "never", *flags,
                          environment=waybill.CREDENTIALS | SMALL_FILES | dict(environment or {}))

    def command(self, *arguments: str | Path, environment: Mapping[str, str] | None = None) \
            -> subprocess.CompletedProcess[str]:
        """A command over the small files."""
        return waybill.run(*arguments, environment=waybill.CREDENTIALS | SMALL_FILES | dict(environment or {}))

    def fine(self, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> str:
        """The output of a command that must succeed."""
        result = self.command(*arguments, environment=environment)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def verify(self) -> subprocess.CompletedProcess[str]:
        """`waybill verify` of the test's store."""
        return self.command("verify", self.data)

    def assert_sound(self) -> None:
        """`waybill verify` finds nothing."""
        result = self.verify()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"fine: \d+ events in \d+ segments and \d+ in the log")

    def segments(self, ending: str = ".seg") -> list[Path]:
        """The files of one kind, oldest first."""
        return sorted((self.data / "segments").glob("*" + ending))

    def fill(self, count: int = 1500, padding: int = 50) -> list[dict[str, Any]]:
        """A store of some segments and a log, closed; and its events in the list's order."""
        server = self.start_small()
        api = self.api(server)
        for first in range(1, count, 100):
            api.post_events(WORKSPACE, [events.made_event(number, events.START_MS + number * 1000, padding)
                                        for number in range(first, min(first + 100, count))])
        wait_until(lambda: self.segments() and self.segments(".sid"))
        listed = self.listed(api)
        server.stop()
        return listed

    def listed(self, api: Api) -> list[dict[str, Any]]:
        """All events of the test's workspace. URLs carry the server's port, so they are left out."""
        return [{name: value for name, value in event.items() if not name.endswith("url")}
                for event in api.events(WORKSPACE, PageSize=1000)]

    def listed_anew(self) -> list[dict[str, Any]]:
        """The same, of a server that is started for it."""
        server = self.start_small()
        listed = self.listed(self.api(server))
        server.stop()
        return listed

    def administrator(self, server: Server) -> Administrator:
        """Whoever has the administrator's token."""
        admin = Administrator(server.url, (self.data / "admin.token").read_text().strip())
        self.addCleanup(admin.__exit__)
        return admin


class Administrator(Api):
    """A connection that shows the administrator's token."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url)
        self._headers = {"Authorization": "Bearer " + token}

    def post_form(self, target: str, form: str) -> Answer:
        """A form, as curl sends it."""
        return self.request("POST", target, form.encode(), {"Content-Type": "application/x-www-form-urlencoded"})


def wait_until(condition: Callable[[], Any]) -> None:
    """Until something holds that the server does in the background."""
    end = time.monotonic() + WAIT_SECONDS_MAX
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it never came about")
        time.sleep(0.02)


def task_sid(number: int) -> str:
    """The task of made_event(number, …)."""
    return f"WT{number % 7:032x}"
