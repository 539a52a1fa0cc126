"""`waybill verify` names what is damaged, and `waybill repair` brings back what there is to bring back."""

from __future__ import annotations

import random
import shutil
import sqlite3
import unittest
from pathlib import Path

import events
from api import sids
from store_case import WORKSPACE, StoreCase, task_sid, wait_until
from waybill import ServerRefused


def flip(path: Path, at: int) -> None:
    """Changes one byte."""
    data = bytearray(path.read_bytes())
    data[at] ^= 0x55
    path.write_bytes(data)


class Verify(StoreCase):
    """What is found."""

    def assert_found(self, name: str, what: str = "") -> None:
        """The damage is named."""
        result = self.verify()
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(name, result.stdout + result.stderr)
        self.assertIn(what, result.stdout + result.stderr)

    def test_a_sound_store_is_fine_and_stays_as_it_is(self) -> None:
        self.fill()
        before = {path: path.read_bytes() for path in self.data.rglob("*") if path.suffix in (".db", ".seg", ".sid")}
        self.assert_sound()
        self.assertEqual({path: path.read_bytes() for path in before}, before)

    def test_what_is_no_store_or_is_held_is_refused(self) -> None:
        result = self.command("verify", self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertIn("is not a Waybill data directory", result.stderr)
        self.fill(300)
        server = self.start_small()
        self.assertIn("is held by another waybill process", self.command("verify", self.data).stderr)
        self.assertIn("is held by another waybill process", self.command("repair", self.data).stderr)
        server.stop()

    def test_a_flipped_byte_is_found_in_every_kind_of_file(self) -> None:
        self.fill()
        chance = random.Random(7)
        for path in [self.segments()[0], self.segments(".sid")[0]]:
            whole = path.read_bytes()
            for at in [0, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(10))]:
                with self.subTest(file=path.name, at=at):
                    flip(path, at)
                    self.assert_found("segments/" + path.name)
                    path.write_bytes(whole)
        self.assert_sound()

    def test_a_file_that_is_cut_short_is_missing_or_unknown_is_found(self) -> None:
        self.fill()
        for path in [self.segments()[0], self.segments(".sid")[0]]:
            whole = path.read_bytes()
            path.write_bytes(whole[:len(whole) // 2])
            self.assert_found("segments/" + path.name)
            path.unlink()
            self.assert_found("segments/" + path.name, "is missing")
            path.write_bytes(whole)
            other = path.with_name("000999" + path.suffix)
            other.write_bytes(whole)
            self.assert_found("segments/" + other.name, "is unknown to waybill.db")
            other.unlink()
        self.assert_sound()

    def test_damage_of_the_log_and_of_the_database_is_found(self) -> None:
        server = self.start_small()
        self.api(server).post_events(WORKSPACE, [events.made_event(1, events.START_MS)])  # too few to be sealed
        server.stop()
        database = self.data / "waybill.db"
        whole = database.read_bytes()
        with sqlite3.connect(database) as connection:
            stored = bytearray(connection.execute("SELECT events FROM log").fetchone()[0])
            stored[-1] ^= 1
            connection.execute("UPDATE log SET events = ?", (bytes(stored),))
        connection.close()
        self.assert_found("waybill.db, the log", "does not agree with its checksum")
        database.write_bytes(whole)
        flip(database, 4096 + 3)  # the header of the second page
        self.assert_found("waybill.db")


class Repair(StoreCase):
    """What is mended."""

    def repair(self) -> str:
        """What the command says; the store is sound behind it, and a second run has nothing to do."""
        told = self.fine("repair", self.data)
        self.assert_sound()
        self.assertIn("nothing had to be repaired", self.fine("repair", self.data))
        return told

    def set_aside(self) -> list[str]:
        """What stays beside."""
        return sorted(path.name for path in self.data.rglob("*") if path.name.endswith((".damaged", ".replaced")))

    def assert_refused(self, message: str) -> None:
        """A server does not start, and says why."""
        with self.assertRaises(ServerRefused) as refused:
            self.start_small()
        self.assertIn(message, refused.exception.log)

    def test_a_sound_store_needs_none(self) -> None:
        self.fill()
        self.assertIn("nothing had to be repaired", self.fine("repair", self.data))

    def test_a_missing_and_a_damaged_sid_file_are_made_anew(self) -> None:
        before = self.fill()
        path = self.segments(".sid")[0]
        path.unlink()
        self.assert_refused(path.name)
        self.assertIn(f"{path.name} was missing, and is made anew", self.repair())
        self.assertEqual(self.listed_anew(), before)
        path = self.segments(".sid")[0]
        flip(path, 5000)
        self.assertIn(f"{path.name} was damaged, and is made anew", self.repair())
        self.assertEqual(self.set_aside(), [path.name + ".damaged"])
        self.assert_known(before)

    def assert_known(self, before: list[dict[str, object]]) -> None:
        """Every event is listed, and a duplicate when it comes again."""
        self.assertEqual(self.listed_anew(), before)
        file = self.folder / "again.ndjson"
        file.write_text("".join(events.to_line(event | {"workspace_sid": WORKSPACE}) for event in before))
        self.assertIn(f"0 new, {len(before)} duplicates", self.command("import", "--data", self.data, file).stderr)

    def test_a_database_of_before_is_brought_up_to_the_segments(self) -> None:
        self.fill()
        old = self.folder / "old.db"
        shutil.copy(self.data / "waybill.db", old)
        known = set(self.segments())
        server = self.start_small()
        api = self.api(server)
        for first in range(2001, 3201, 100):
            api.post_events(WORKSPACE, [events.made_event(number, events.START_MS + number * 1000, 50)
                                        for number in range(first, first + 100)])
        wait_until(lambda: set(self.segments()) - known)
        before = self.listed(api)
        server.stop()
        sealed = sqlite3.connect(self.data / "waybill.db").execute(
            "SELECT value FROM counters WHERE name = 'sealed_through'").fetchone()[0]
        shutil.copy(old, self.data / "waybill.db")
        self.assert_refused("is unknown to waybill.db, which may be older than it")
        told = self.repair()
        self.assertIn("is known to waybill.db again", told)
        self.assertIn("not saved: waybill.db is older than the segments", told)
        # What stood in the lost log alone is gone; all else is as it was.
        after = self.listed_anew()
        self.assertEqual(after, [event for event in before if event in after])
        self.assertGreaterEqual(len(after), sealed)

    def test_of_a_damaged_segment_what_can_be_read_stays(self) -> None:
        before = self.fill()
        path = self.segments()[0]
        flip(path, 6000)  # in a page of records
        told = self.repair()
        self.assertIn(f"{path.name} was damaged, and set aside", told)
        self.assertIn("cannot be read; sending them again brings them back", told)
        self.assertEqual(self.set_aside(), [path.name + ".damaged"])
        after = self.listed_anew()
        self.assertEqual(after, [event for event in before if event in after])
        self.assertLess(len(after), len(before))
        self.assertGreater(len(after), len(before) - 150)
        # They come back.
        file = self.folder / "again.ndjson"
        file.write_text("".join(events.to_line(event | {"workspace_sid": WORKSPACE}) for event in before))
        self.assertIn(f"{len(before) - len(after)} new, {len(after)} duplicates",
                      self.command("import", "--data", self.data, file).stderr)
        self.assertEqual(sorted(sids(self.listed_anew())), sorted(sids(before)))
        self.assert_sound()

    def test_a_segment_without_its_end_is_set_aside(self) -> None:
        before = self.fill()
        path = self.segments()[0]
        path.write_bytes(path.read_bytes()[:-1])
        told = self.repair()
        self.assertIn(f"not saved: {path.name} cannot be read at all", told)
        after = self.listed_anew()
        self.assertEqual(after, [event for event in before if event in after])

    def test_a_lost_database_is_made_anew_of_the_segments(self) -> None:
        before = self.fill()
        sealed = {sid for sid in sids(before)[:len(before)]}
        for path in self.data.glob("waybill.db*"):
            path.unlink()
        self.assertEqual(self.command("verify", self.data).returncode, 1)
        told = self.repair()
        self.assertIn("a new waybill.db was made", told)
        self.assertIn("not saved: all that only waybill.db knew is gone", told)
        account = self.fine("account", "list", "--data", self.data)
        sid = account.splitlines()[1].split()[0]
        token = self.fine("account", "rotate", sid, "--data", self.data).split()[-1]
        server = self.start_small(environment={"WAYBILL_ACCOUNT_SID": sid, "WAYBILL_AUTH_TOKEN": token})
        after = self.listed(self.api(server, sid, token))
        self.assertEqual(after, [event for event in before if event in after])
        self.assertTrue(set(sids(after)) <= sealed)
        self.assertGreaterEqual(len(after), 200)
        server.stop()

    def test_a_broken_database_is_set_aside(self) -> None:
        self.fill()
        (self.data / "waybill.db").write_bytes(b"this is no database, but long enough to be taken for one" * 100)
        self.assertIn("a new waybill.db was made", self.repair())
        self.assertIn("waybill.db.damaged", self.set_aside())

    def test_erased_stays_erased(self) -> None:
        before = self.fill()
        self.fine("erase", "--data", self.data, "--workspace", WORKSPACE, "--task", task_sid(3))
        kept = [event for event in before if task_sid(3) not in str(event["event_data"])]
        path = self.segments(".sid")[0]
        path.unlink()
        self.repair()
        self.assertEqual(self.listed_anew(), kept)
        # Of a task and a time that the erasure does not name.
        server = self.start_small()
        disguised = next(event["sid"] for event in before if task_sid(3) in str(event["event_data"]))
        answer = self.api(server).post_events(WORKSPACE, [events.made_event(4, events.START_MS) | {"sid": disguised}])
        self.assertEqual((answer["accepted"], answer["dropped"]), (0, 1))
        server.stop()
        self.assertEqual(self.listed_anew(), kept)


if __name__ == "__main__":
    unittest.main()
