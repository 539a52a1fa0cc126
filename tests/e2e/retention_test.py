"""Retention over the real binary: what it says before it takes anything, and that a slip can be put right in time."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import time
import unittest

import events
import waybill
from store_case import SMALL_FILES, WORKSPACE, StoreCase, wait_until
from waybill import Server, ServerRefused

OTHER = events.workspace_sid(2)
DAY_MS = 86_400_000


class Retention(StoreCase):
    """A store of which 1,200 events are old, and 300 are of today."""

    OLD = 1200
    NEW = 300

    def setUp(self) -> None:
        super().setUp()
        now_ms = int(time.time() * 1000)
        server = self.start_small()
        api = self.api(server)
        for first in range(0, self.OLD + self.NEW, 100):
            api.post_events(WORKSPACE, [
                events.made_event(number, now_ms - (100 * DAY_MS if number < self.OLD else DAY_MS // 4) + number, 20)
                for number in range(first, first + 100)])
        wait_until(lambda: len(self.segments()) > 1)
        server.stop()

    def start_with(self, *flags: str, grace: str = "10m") -> Server:
        """A server whose removal waits for so long."""
        return self.start_small(*flags, environment={"WAYBILL_TEST_REMOVAL_GRACE": grace})

    def refused(self, *flags: str) -> str:
        """The message of a start that must end with exit code 2."""
        with self.assertRaises(ServerRefused) as refused:
            self.start_with(*flags)
        self.assertEqual(refused.exception.code, 2, refused.exception.log)
        return refused.exception.log

    def count(self, server: Server) -> int:
        """How many events are seen."""
        return len(self.listed(self.api(server)))

    def bytes_there(self) -> int:
        """How many events the directory has the bytes of."""
        counts = re.search(r"fine: (\d+) events in \d+ segments and (\d+) in the log", self.verify().stdout)
        assert counts is not None
        return int(counts[1]) + int(counts[2])

    def test_a_number_without_a_unit_ends_the_start(self) -> None:
        self.assertIn("--retain: '365': needs a unit; did you mean 365d?", self.refused("--retain", "365"))
        self.assertEqual(self.count(self.start_with()), 1500)

    def test_what_would_take_more_than_half_wants_to_be_confirmed_once(self) -> None:
        message = self.refused("--retain", "30d")
        self.assertRegex(message, r"retain is 30d: 1,200 of 1,500 events, of 20\S+Z to 20\S+Z, are older and would be "
                                  r"removed: more than half of the store.*--retain-confirm.*Nothing was removed")
        server = self.start_with()
        self.assertEqual(self.count(server), 1500)
        server.stop()
        server = self.start_with("--retain", "30d", "--retain-confirm")
        self.assertEqual(self.count(server), 300)
        self.assertIn("retain is 30d: 1,200 of 1,500 events are older and will be removed; the first in 10 minutes",
                      server.log)
        server.stop()
        self.assertEqual(self.count(self.start_with("--retain", "30d")), 300)

    def test_less_than_half_is_told_and_not_asked(self) -> None:
        server = self.start_with("--retain", "365d")
        self.assertIn("retain is 365d: none of 1,500 events is older", server.log)
        self.assertEqual(self.count(server), 1500)

    def test_a_slip_is_put_right_within_the_grace(self) -> None:
        """Nothing is lost by then: neither what is there, nor what comes in meanwhile."""
        server = self.start_with("--retain", "30m", "--retain-confirm")
        api = self.api(server)
        self.assertEqual(self.count(server), 0)
        late = events.made_event(9000, int(time.time() * 1000) - DAY_MS, 20)
        counts = api.post_events(WORKSPACE, [late, events.made_event(5, events.START_MS, 20)])
        self.assertEqual((counts["accepted"], counts["dropped"]), (1, 0), "known ones stay known, also while hidden")
        # Enough to seal, and to merge.
        now_ms = int(time.time() * 1000)
        for first in range(10_000, 11_000, 100):
            api.post_events(WORKSPACE, [events.made_event(number, now_ms - 2 * DAY_MS + number, 20)
                                        for number in range(first, first + 100)])
        server.stop()
        self.assertNotIn("removed events", server.log)
        server = self.start_with("--retain", "300d")
        self.assertEqual(self.count(server), 2501)
        server.stop()
        self.assert_sound()

    def test_when_the_grace_is_over_each_removal_is_a_line(self) -> None:
        server = self.start_with("--retain", "30d", "--retain-confirm", grace="2s")
        self.assertNotIn("removed events", server.log)
        line = r"removed events that are older than what is retained.*" + WORKSPACE
        wait_until(lambda: re.search(line, server.log))
        removed = lambda: sum(int(count) for count in re.findall(  # noqa: E731
            r'removed events.*?events"?[:=]"?(\d+)', server.log))
        wait_until(lambda: removed() >= 1000)
        self.assertRegex(server.log, r'removed events.*up_to"?[:=]"?20\d\d-\d\d-\d\dT')
        server.stop()
        self.assertEqual(self.bytes_there(), 1500 - removed())
        self.assertEqual(self.count(self.start_with("--retain", "30d")), 300)

    def test_a_workspace_is_tried_and_confirmed(self) -> None:
        told = self.fine("workspace", "retain", WORKSPACE, "30d", "--dry-run", "--data", self.data)
        self.assertRegex(told, r"^Would remove 1,200 of 1,500 events, of 20\S+Z to 20\S+Z\. Nothing was changed; "
                               + WORKSPACE + " retains: default\n$")
        refused = self.command("workspace", "retain", WORKSPACE, "30d", "--data", self.data)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("age: '30d' would remove 1,200 of 1,500 events", refused.stderr)
        self.assertIn("--confirm", refused.stderr)
        server = self.start_with()
        token = ("--url", server.url, "--admin-token-file", self.data / "admin.token")
        self.assertEqual(self.fine("workspace", "retain", WORKSPACE, "30d", "--dry-run", *token), told)
        self.assertEqual(self.command("workspace", "retain", WORKSPACE, "30d", *token).returncode, 2)
        self.assertEqual(self.count(server), 1500)
        self.fine("workspace", "retain", WORKSPACE, "30d", "--retain-confirm", *token)
        self.assertEqual(self.count(server), 300)
        self.assertIn("retention of a workspace changed", server.log)
        # Within the grace the longer time brings all of it back.
        self.fine("workspace", "retain", WORKSPACE, "1y", *token)
        self.assertEqual(self.count(server), 1500)
        self.fine("workspace", "retain", WORKSPACE, "30d", "--confirm", *token)
        server.stop()
        server = self.start_with()
        self.assertIn(f"retain of {WORKSPACE} is 30d: 1,200 of 1,500 events are older and will be removed", server.log)

    def test_back_to_the_servers_setting_is_asked_for_too(self) -> None:
        self.fine("workspace", "retain", WORKSPACE, "never", "--data", self.data)
        server = self.start_with("--retain", "30d")
        self.assertEqual(self.count(server), 1500)
        server.stop()
        refused = self.command("workspace", "retain", WORKSPACE, "default", "--data", self.data)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("age: 'default' would remove 1,200 of 1,500 events", refused.stderr)

    def test_an_import_of_what_is_old_is_not_lost_to_a_slip_either(self) -> None:
        file = self.folder / "old.ndjson"
        file.write_text("".join(events.to_line(events.made_event(number, events.START_MS + number, 20)
                                               | {"workspace_sid": OTHER}) for number in range(50)))
        told = self.command("import", "--data", self.data, file,
                            environment={"WAYBILL_RETAIN": "30m", "WAYBILL_TEST_REMOVAL_GRACE": "10m"})
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("50 new", told.stderr)

    def test_the_environments_setting_is_not_in_force_before_a_start_confirmed_it(self) -> None:
        for age in ("30d", "default"):
            refused = self.command("workspace", "retain", WORKSPACE, age, "--data", self.data,
                                   environment={"WAYBILL_RETAIN": "30d"})
            self.assertEqual(refused.returncode, 2, age + ": " + refused.stdout)
            self.assertIn(f"'{age}' would remove 1,200 of 1,500 events", refused.stderr)
        self.assertEqual(self.bytes_there(), 1500)

    def test_no_command_removes_what_only_its_environment_says_is_old(self) -> None:
        file = self.folder / "more.ndjson"
        file.write_text("".join(events.to_line(events.made_event(number, events.START_MS + number, 20)
                                               | {"workspace_sid": OTHER}) for number in range(250)))
        unconfirmed = {"WAYBILL_RETAIN": "30d"}
        self.fine("import", "--data", self.data, file, environment=unconfirmed)
        self.assertEqual(self.bytes_there(), 1750)
        self.fine("erase", "--data", self.data, "--workspace", WORKSPACE, "--task", "WT" + "9" * 32, "--even-if-none",
                  environment=unconfirmed)
        self.assertEqual(self.bytes_there(), 1750)

    def test_commands_remove_what_the_confirmed_setting_says_is_old(self) -> None:
        self.start_with("--retain", "30d", "--retain-confirm").stop()
        self.fine("erase", "--data", self.data, "--workspace", WORKSPACE, "--task", "WT" + "9" * 32, "--even-if-none")
        self.assertEqual(self.bytes_there(), 300)


class Erasing(StoreCase):
    """`waybill erase` is tried first, and asks back."""

    def test_a_dry_run_counts_and_changes_nothing(self) -> None:
        before = self.fill(300)
        whole = ("--workspace", WORKSPACE, "--from", "2020-01-01", "--to", "2030-01-01")
        told = self.fine("erase", "--data", self.data, *whole, "--dry-run")
        self.assertRegex(told, r"^Would erase 299 of 299 events, of 20\S+Z to 20\S+Z\. Nothing was changed\.\n$")
        server = self.start_small()
        token = ("--url", server.url, "--admin-token-file", self.data / "admin.token")
        self.assertEqual(self.fine("erase", *token, *whole, "--dry-run"), told)
        self.assertEqual(self.listed(self.api(server)), before)
        self.assertNotIn(WORKSPACE, self.fine("erase", "status", "--data", self.data))

    def test_what_matches_nothing_leaves_no_note_unless_it_is_meant(self) -> None:
        self.fill(300)
        nothing = ("erase", "--data", self.data, "--workspace", WORKSPACE, "--task", "WT" + "9" * 32)
        refused = self.command(*nothing)
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn(f"no event of {WORKSPACE} matches; nothing was done", refused.stderr)
        self.assertNotIn(WORKSPACE, self.fine("erase", "status", "--data", self.data))
        self.assertIn("0 events", self.fine(*nothing, "--even-if-none"))
        self.assertIn(WORKSPACE, self.fine("erase", "status", "--data", self.data))

    def test_without_a_terminal_many_are_erased_without_a_question(self) -> None:
        self.fill(1500)
        told = self.fine("erase", "--data", self.data, "--workspace", WORKSPACE, "--from", "2020-01-01", "--to",
                         "2030-01-01")
        self.assertIn("1499 events", told)

    def test_on_a_terminal_many_are_asked_for(self) -> None:
        before = self.fill(1500)
        for answer, code in (("no\n", 2), ("yes\n", 0)):
            ours, theirs = pty.openpty()
            process = subprocess.Popen(
                [waybill.BINARY, "erase", "--data", self.data, "--workspace", WORKSPACE, "--from", "2020-01-01", "--to",
                 "2030-01-01"], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env=waybill.clean_environment(waybill.CREDENTIALS | SMALL_FILES))
            os.write(ours, answer.encode())
            _, told = process.communicate(timeout=60)
            os.close(ours)
            os.close(theirs)
            self.assertEqual(process.returncode, code, told)
            self.assertIn("Erase 1,499 of 1,499 events", told)
            if code:
                self.assertIn("nothing was erased", told)
                self.assertEqual(self.listed_anew(), before)


if __name__ == "__main__":
    unittest.main()
