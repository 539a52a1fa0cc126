"""`waybill backup`, `restore` and `verify`: beside a server that is written to, and killed at every step."""

from __future__ import annotations

import itertools
import json
import random
import re
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path
from typing import Any

import events
import waybill
from api import list_url, sids
from expectation import Expectation, Writer
from store_case import SMALL_FILES, WORKSPACE, StoreCase, task_sid, wait_until

BACKUP_STEPS = ("backup.database_copied", "backup.file", "backup.before_manifest", "backup.before_name", "backup.named")
RESTORE_STEPS = ("restore.copied", "restore.segments_moved", "restore.database_moved")


class BackupCase(StoreCase):
    """A test with a folder of backups."""

    def setUp(self) -> None:
        super().setUp()
        self.backups = self.folder / "backups"
        self.restores = itertools.count(1)

    def back_up(self, *flags: str) -> str:
        """The name of a new backup."""
        told = self.fine("backup", "--data", self.data, "--to", self.backups, *flags)
        return Path(told.split(": ")[0]).name

    def names(self) -> list[str]:
        """The backups there are, as `backup list` shows them."""
        lines = self.fine("backup", "list", "--to", self.backups).splitlines()
        self.assertEqual(lines[0].split(), ["BACKUP", "TAKEN", "POSITION", "EVENTS", "FILES", "SIZE"])
        return [line.split()[0] for line in lines[1:]]

    def row(self, name: str) -> list[str]:
        """What `backup list` says of one."""
        table = self.fine("backup", "list", "--to", self.backups).splitlines()
        return next(line.split() for line in table if line.startswith(name + " "))

    def restored(self, *flags: str | Path) -> Path:
        """A new data directory."""
        data = self.folder / f"restored{next(self.restores)}"
        self.fine("restore", "--from", self.backups, "--data", data, *flags)
        return data

    def list_of(self, data: Path) -> list[dict[str, Any]]:
        """All events of a directory's workspace, by a server that is started for it."""
        self.data, kept = data, self.data
        try:
            self.assert_sound()
            return self.listed_anew()
        finally:
            self.data = kept

    def post(self, api: Any, first: int, count: int) -> None:
        """Some events more."""
        api.post_events(WORKSPACE, [events.made_event(number, events.START_MS + number * 1000, 50)
                                    for number in range(first, first + count)])


class Backup(BackupCase):
    """What a user does."""

    def test_every_list_of_a_restored_store_is_as_it_was(self) -> None:
        before = self.fill()
        name = self.back_up()
        self.assertRegex(name, r"^\d{8}T\d{6}Z$")
        self.assertRegex(self.fine("verify", self.backups), rf"^{name} is fine: \d+ events in \d+ segments and \d+ in")
        self.assertRegex(self.fine("verify", self.backups / name), rf"^{name} is fine: ")
        data = self.restored()
        self.assertEqual(self.list_of(data), before)
        original, copy = self.start_small(), self.start(data=data, environment=waybill.CREDENTIALS)
        for query in ({"TaskSid": task_sid(3)}, {"Ordering": "EventDate:desc"}, {"EventType": "task.updated"},
                      {"StartDate": "2026-03-02T08:05:00Z", "EndDate": "2026-03-02T08:20:00Z"}):
            expected = sids(self.api(original).events(WORKSPACE, **query))
            self.assertEqual(sids(self.api(copy).events(WORKSPACE, **query)), expected)
            self.assertTrue(expected)

    def test_page_tokens_of_before_are_refused(self) -> None:
        self.fill()
        server = self.start_small()
        first = self.api(server).get(list_url(WORKSPACE, PageSize=50))
        server.stop()
        self.back_up()
        copy = self.start(data=self.restored(), environment=waybill.CREDENTIALS)
        answer = self.api(copy).request("GET", first["meta"]["next_page_url"])
        self.assertEqual((answer.status, answer.json()["code"]), (400, 21481))

    def test_later_backups_share_what_did_not_change(self) -> None:
        self.fill()
        first = self.back_up("--copy")
        server = self.start_small()
        self.post(self.api(server), 5001, 3)
        second = self.back_up("--copy")
        self.post(self.api(server), 5101, 3)
        self.assertEqual(self.names(), [first, second])
        shared = [path.name for path in (self.backups / second / "segments").iterdir()
                  if (self.backups / first / "segments" / path.name).exists()]
        self.assertTrue(shared)
        for name in shared:
            path, original = self.backups / second / "segments" / name, self.data / "segments" / name
            self.assertTrue(path.samefile(self.backups / first / "segments" / name))
            self.assertFalse(original.exists() and original.samefile(path))
        shutil.rmtree(self.backups / first)
        self.assertRegex(self.fine("verify", self.backups), rf"^{second} is fine")
        self.assertEqual(len(self.list_of(self.restored())), 1500 - 1 + 3)

    def test_all_files_are_their_owners_alone(self) -> None:
        self.fill(300)
        name = self.back_up()
        for path in [self.backups, *self.backups.rglob("*"), *self.restored().rglob("*")]:
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        self.assertEqual(sorted(path.name for path in (self.backups / name).iterdir()),
                         ["backup.json", "segments", "waybill.db"])

    def test_a_moment_is_a_position_or_a_backup_of_its_time(self) -> None:
        self.fill()
        first = self.back_up()
        position = int(self.row(first)[2])
        self.assertEqual(position, 1499)
        time.sleep(1.1)
        server = self.start_small()
        self.post(self.api(server), 5001, 100)
        self.back_up()
        whole = self.listed(self.api(server))
        server.stop()
        self.assertEqual(self.list_of(self.restored()), whole)
        self.assertEqual(len(self.list_of(self.restored("--time", self.row(first)[1]))), 1499)
        at = next(self.restores)
        data = self.folder / f"restored{at}"
        told = self.fine("restore", "--from", self.backups, "--data", data, "--position", "1540")
        self.assertIn("left out: 59 events that came after position 1540", told)
        kept = [event for event in whole if int(event["sid"][2:], 16) <= 5041]
        self.assertEqual(self.list_of(data), kept)
        self.assertEqual(len(self.list_of(self.restored("--position", "700"))), 700)
        self.assertEqual(len(self.list_of(self.restored("--backup", first))), 1499)

    def test_what_was_erased_later_is_not_brought_back(self) -> None:
        before = self.fill()
        first = self.back_up()
        self.fine("erase", "--data", self.data, "--workspace", WORKSPACE, "--task", task_sid(3))
        kept = [event for event in before if task_sid(3) not in str(event["event_data"])]
        second = self.back_up()
        for flags in (["--backup", first], ["--backup", second], ["--position", "1000"]):
            data = self.folder / f"restored{next(self.restores)}"
            self.fine("restore", "--from", self.backups, "--data", data, *flags)
            self.assertRegex(self.fine("erase", "status", "--data", data), task_sid(3))
            self.assertEqual(self.list_of(data), kept if "--backup" in flags else kept[:len(self.list_of(data))])
        # The first alone does not know.
        shutil.rmtree(self.backups / second)
        self.assertEqual(self.list_of(self.restored()), before)

    def test_what_cannot_be_done_is_refused_and_says_why(self) -> None:
        self.fill(300)
        name = self.back_up()
        full = self.folder / "full"
        full.mkdir()
        (full / "letter").write_text("dear")
        empty = self.folder / "empty"
        cases: list[tuple[int, str, list[str | Path]]] = [
            (2, "--to: is needed", ["backup", "--data", self.data]),
            (2, "lies in the data directory", ["backup", "--data", self.data, "--to", self.data]),
            (2, "lies in the data directory", ["backup", "--data", self.data, "--to", self.data / "b"]),
            (1, "there is no folder", ["backup", "list", "--to", self.folder / "nope"]),
            (2, "a folder of backups has a folder", ["backup", "--data", self.data, "--to", self.backups / name]),
            (1, "is not a Waybill data directory", ["backup", "--data", full, "--to", self.backups]),
            (1, "is not empty (it has letter)", ["restore", "--from", self.backups, "--data", full]),
            (1, "is not empty (it has ", ["restore", "--from", self.backups, "--data", self.data]),
            (1, "there is no backup to restore from; there is no backup at all",
             ["restore", "--from", full, "--data", empty]),
            (1, f"that reaches position 9000; {name}: taken ",
             ["restore", "--from", self.backups, "--data", empty, "--position", "9000"]),
            (1, "at or before 2020-01-01T23:59:59.999Z",
             ["restore", "--from", self.backups, "--data", empty, "--time", "2020-01-01"]),
            (2, "--position: '-1' is no position",
             ["restore", "--from", self.backups, "--data", empty, "--position=-1"]),
            (2, "--time: 'yesterday': a date looks like",
             ["restore", "--from", self.backups, "--data", empty, "--time", "yesterday"]),
            (2, "--position excludes --time",
             ["restore", "--from", self.backups, "--data", empty, "--time", "2026-01-01", "--position", "3"]),
        ]
        for code, message, arguments in cases:
            with self.subTest(arguments=arguments[1:]):
                result = self.command(*arguments)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertIn(message, result.stderr)
        self.assertEqual((full / "letter").read_text(), "dear")
        self.assertFalse(empty.exists())

    def test_a_later_release_is_refused_by_name(self) -> None:
        self.fill(300)
        name = self.back_up()
        path = self.backups / name / "backup.json"
        manifest = json.loads(path.read_text())
        for member, value, message in (("version", 2, "has version 2, written by a later release; this one knows 1"),
                                       ("database_format", 99, "format 99, written by a later release")):
            path.write_text(json.dumps(manifest | {member: value}))
            result = self.command("restore", "--from", self.backups, "--data", self.folder / "new")
            self.assertEqual(result.returncode, 1)
            self.assertIn(message, result.stderr)
            self.assertIn(name, result.stderr)

    def test_damage_of_a_backup_is_found_and_never_restored(self) -> None:
        self.fill()
        name = self.back_up("--copy")
        paths = [next((self.backups / name / "segments").glob("*.seg")),
                 next((self.backups / name / "segments").glob("*.sid")), self.backups / name / "waybill.db"]
        for path in paths:
            whole = path.read_bytes()
            for damaged in (whole[:100] + bytes([whole[100] ^ 1]) + whole[101:], whole[:-1], None):
                path.unlink()
                if damaged is not None:
                    path.write_bytes(damaged)
                result = self.command("verify", self.backups)
                self.assertEqual(result.returncode, 1)
                self.assertIn(path.name, result.stdout)
                result = self.command("restore", "--from", self.backups, "--data", self.folder / "new")
                self.assertEqual(result.returncode, 1)
                self.assertIn(path.name, result.stderr)
                path.write_bytes(whole)
        self.assertEqual(len(self.list_of(self.restored())), 1499)


class UnderWay(BackupCase):
    """What happens at the same time, and what is cut off."""

    def test_while_a_server_takes_events_seals_and_merges(self) -> None:
        server = self.start_small()
        self.post(self.api(server), 9_000_000, 10)
        expectation, numbers = Expectation(), itertools.count(1, 100)
        writers = [Writer(server, WORKSPACE, expectation, numbers, seed) for seed in (1, 2)]
        for writer in writers:
            writer.start()
        acknowledged: dict[str, set[str]] = {}
        for turn in range(6):
            time.sleep(0.2)
            with expectation.lock:
                before = set(expectation.held)
            acknowledged[self.back_up(*(["--copy"] if turn % 2 else []))] = before
        live = self.api(server)
        server_list = self.listed(live)
        sealed = len(self.segments())
        server.kill()
        for writer in writers:
            writer.join()
            self.assertIsNone(writer.failure)
        self.assertGreater(sealed, 0)
        self.assertEqual(self.fine("verify", self.backups).count(" is fine: "), 6)
        for name, before in acknowledged.items():
            listed = self.list_of(self.restored("--backup", name))
            known = set(sids(listed))
            self.assertLessEqual(before, known, "what was acknowledged before the backup began is in it")
            self.assertEqual(listed, [event for event in server_list if event["sid"] in known])
            self.assertEqual(len(listed), int(self.row(name)[2]), "every position up to the last one")

    def killed(self, step: str, *arguments: str | Path) -> None:
        """A command that ends at a step as by a power cut."""
        result = self.command(*arguments, environment={"WAYBILL_TEST_KILL_AT": step})
        self.assertEqual(result.returncode, -signal.SIGKILL, result.stdout + result.stderr)

    def test_a_backup_that_was_killed_does_not_count_and_the_next_goes_on(self) -> None:
        before = self.fill()
        first = self.back_up("--copy")
        for step in BACKUP_STEPS:
            with self.subTest(step=step):
                server = self.start_small()
                self.post(self.api(server), 10_000 + 1000 * BACKUP_STEPS.index(step), 300)
                wait_until(lambda: not list((self.data / "segments").glob("*.new")))
                count = len(self.names())
                self.killed(step, "backup", "--data", self.data, "--to", self.backups, "--copy")
                self.assertEqual(len(self.names()), count + (step == "backup.named"))
                name = self.back_up("--copy")
                live = self.listed(self.api(server))
                server.stop()
                self.assertFalse((self.backups / "unfinished").exists())
                self.assertEqual(self.list_of(self.restored("--backup", name)), live)
        self.assertEqual(self.list_of(self.restored("--backup", first)), before)
        self.assertEqual(self.fine("verify", self.backups).count(" is fine: "), len(self.names()))

    def test_a_backup_that_is_killed_at_any_time_does_not_count(self) -> None:
        before = self.fill(6000)
        chance = random.Random(5)
        for _ in range(15):
            count = len(list(self.backups.glob("2*")))
            process = subprocess.Popen(
                [waybill.BINARY, "backup", "--data", self.data, "--to", self.backups, "--copy"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=waybill.clean_environment(SMALL_FILES))
            time.sleep(chance.uniform(0, 0.08))
            process.kill()
            ended = process.wait() == 0
            self.assertGreaterEqual(len(self.names()) if self.backups.exists() else 0, count + ended)
        self.back_up("--copy")
        self.assertEqual(self.fine("verify", self.backups).count(" is fine: "), len(self.names()))
        self.assertEqual(self.list_of(self.restored()), before)

    def test_a_restore_that_was_killed_leaves_no_half_store(self) -> None:
        before = self.fill()
        self.back_up()
        for step in RESTORE_STEPS:
            with self.subTest(step=step):
                data = self.folder / step
                arguments: list[str | Path] = ["restore", "--from", self.backups, "--data", data]
                self.killed(step, *arguments)
                self.assertEqual((data / "waybill.db").exists(), step == "restore.database_moved")
                if step != "restore.database_moved":
                    self.fine(*arguments)
                self.assertEqual(self.list_of(data), before)

    def test_one_backup_at_a_time(self) -> None:
        self.fill(300)
        self.back_up()
        with open(self.backups / "backup.lock", "r+b") as lock:
            subprocess.run(["flock", "--nonblock", str(lock.fileno())], pass_fds=[lock.fileno()], check=True)
            result = self.command("backup", "--data", self.data, "--to", self.backups)
        self.assertEqual(result.returncode, 1)
        self.assertTrue(re.search("is held by another waybill process", result.stderr), result.stderr)


if __name__ == "__main__":
    unittest.main()
