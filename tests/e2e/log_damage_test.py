"""A damaged write-ahead log is named before anything is made of it, and a repair keeps all that can be kept."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
import unittest
from pathlib import Path

import events
from api import ApiError, sids
from store_case import WORKSPACE, StoreCase, wait_until
from waybill import ServerRefused

BATCHES = 30
BATCH = 50
DIGITS = 2000  # random ones in each event, so that the log becomes long enough to be saved
STEP = 4096 + 24  # of a page in the log
HEADER = 32


class LogDamage(StoreCase):
    """A server that was killed, with commits in its log."""

    def setUp(self) -> None:
        super().setUp()
        self.acknowledged: list[str] = []
        self.chance = random.Random(7)

    def fill_and_kill(self, batches: int = BATCHES, seal_rows: str = "400") -> None:
        """Batches that are acknowledged, and then the end."""
        server = self.start_small(environment={"WAYBILL_TEST_SEAL_ROWS": seal_rows})
        api = self.api(server)
        for first in range(0, batches * BATCH, BATCH):
            batch = [events.made_event(number, events.START_MS + number * 1000) |
                     {"description": f"{self.chance.getrandbits(4 * DIGITS):x}"} for number in range(first, first + BATCH)]
            self.assertEqual(api.post_events(WORKSPACE, batch)["accepted"], BATCH)
            self.acknowledged += sids(batch)
        if seal_rows == "400":
            wait_until(self.is_saved)
        server.kill()
        self.killed = self.folder / "killed"
        shutil.copytree(self.data, self.killed)

    def is_saved(self) -> bool:
        """Whether the database has all events without its log."""
        copy = self.folder / "copy.db"
        shutil.copy(self.data / "waybill.db", copy)
        try:
            with contextlib.closing(sqlite3.connect(copy)) as connection:
                last = connection.execute("SELECT max((SELECT max(first_position + count - 1) FROM log), (SELECT value "
                                          "FROM counters WHERE name = 'sealed_through'))").fetchone()[0]
        except sqlite3.DatabaseError:  # in the middle of being written
            return False
        return bool(last == len(self.acknowledged))

    def bring_back(self) -> Path:
        """The directory as it was when the server was killed; its log."""
        shutil.rmtree(self.data)
        shutil.copytree(self.killed, self.data)
        return self.data / "waybill.db-wal"

    def pages(self) -> int:
        """How many pages the log has, without those that an earlier round left behind them."""
        log = (self.killed / "waybill.db-wal").read_bytes()
        salts = log[16:24]
        places = range(HEADER, len(log) - STEP + 1, STEP)
        return next((number for number, at in enumerate(places) if log[at + 8:at + 16] != salts), len(places))

    def flip(self, at: int) -> None:
        """One bit of the log as it was."""
        log = self.bring_back()
        data = bytearray(log.read_bytes())
        data[at] ^= 4
        log.write_bytes(data)

    def repaired(self) -> tuple[str, list[str]]:
        """What a repair says, and what is listed then: nothing twice, nothing made up."""
        told = self.fine("repair", self.data)
        self.assert_sound()
        listed = sids(self.listed_anew())
        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual(set(listed), set(self.acknowledged))
        self.assertEqual(list(self.data.glob("rescue.*")), [])
        return told, listed

    def test_it_is_named_by_all_that_would_open_it(self) -> None:
        self.fill_and_kill()
        self.flip(HEADER + self.pages() // 2 * STEP + 2000)
        before = {path: path.read_bytes() for path in self.data.glob("waybill.db*")}
        with self.assertRaises(ServerRefused) as refused:
            self.start_small()
        messages = [refused.exception.log]
        for command in (("verify", self.data), ("account", "list", "--data", self.data),
                        ("export", "--data", self.data, "--workspace", WORKSPACE, "--out", "/dev/null")):
            result = self.command(*command)
            self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
            messages.append(result.stdout + result.stderr)
        messages.append(self.command("doctor", "--data", self.data).stdout)
        for message in messages:
            self.assertIn("waybill.db-wal is damaged at byte ", message)
            self.assertIn("waybill repair", message)
            self.assertNotIn("is unknown to waybill.db", message)
        self.assertEqual({path: path.read_bytes() for path in before}, before)

    def test_of_a_log_that_was_saved_nothing_is_lost(self) -> None:
        self.fill_and_kill()
        for at in (HEADER + 2000, HEADER + self.pages() // 3 * STEP + 3000, HEADER + self.pages() // 2 * STEP + 5, 8):
            with self.subTest(at=at):
                self.flip(at)
                told, listed = self.repaired()
                # Without its beginning SQLite would forget a log that the database has all of; and it may have been begun
                # anew a moment before the end.
                if at > HEADER + STEP and self.pages() > BATCHES:
                    self.assertIn("waybill.db-wal was damaged at byte", told)
                self.assertEqual(sorted(listed), sorted(self.acknowledged))

    def test_of_a_log_that_was_not_saved_at_most_one_batch_is_lost(self) -> None:
        self.fill_and_kill(10, "100000")
        places = [HEADER + self.chance.randrange(self.pages() * 2 // 3) * STEP + self.chance.randrange(STEP)
                  for _ in range(8)]
        for at in [*places, 17]:
            with self.subTest(at=at):
                self.flip(at)
                told, listed = self.repaired()
                self.assertGreaterEqual(len(listed), len(self.acknowledged) - BATCH)
                if len(listed) < len(self.acknowledged):
                    self.assertIn("cannot be read; sending them again brings them back", told)

    def test_no_other_remedy_would_keep_more(self) -> None:
        self.fill_and_kill()
        size = (self.killed / "waybill.db-wal").stat().st_size
        for length in (size // 2, size // 3 * 2, HEADER + STEP * 3 + 100):
            with self.subTest(length=length):
                kept = []
                for other in ("with the log", "without it"):
                    log = self.bring_back()
                    log.write_bytes(log.read_bytes()[:length])
                    if other == "without it":
                        log.unlink()
                    kept.append(self.kept_by_a_start())
                log = self.bring_back()
                log.write_bytes(log.read_bytes()[:length])
                _, listed = self.repaired()
                self.assertGreaterEqual(len(listed), max(kept))

    def kept_by_a_start(self) -> int:
        """How many acknowledged events a start lists; none if it is refused."""
        try:
            return len(set(sids(self.listed_anew())) & set(self.acknowledged))
        except (ServerRefused, ApiError):  # there may be no account yet
            return 0

    def test_an_interrupted_repair_is_finished(self) -> None:
        self.fill_and_kill()
        self.flip(HEADER + self.pages() // 2 * STEP + 2000)
        self.fine("repair", self.data)
        # As if it had ended when the new database stood beside the old one.
        (self.data / "waybill.db").rename(self.data / "rescue.chosen")
        (self.data / "waybill.db.damaged").rename(self.data / "waybill.db")
        (self.data / "waybill.db-wal.damaged").rename(self.data / "waybill.db-wal")
        with self.assertRaises(ServerRefused):
            self.start_small()
        self.repaired()


if __name__ == "__main__":
    unittest.main()
