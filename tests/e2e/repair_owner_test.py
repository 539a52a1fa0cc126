"""A repair gives each account its own: whose an event is comes from the store, never from what the event names."""

from __future__ import annotations

import shutil
import unittest
from pathlib import Path
from typing import Any

import events
import old_releases
from store_case import StoreCase, wait_until
from waybill import ACCOUNT_SID, AUTH_TOKEN

HOSTED = "AC" + "c" * 32  # no account of these stores
PLACES = {"A": events.workspace_sid(1), "B": events.workspace_sid(2)}
SHARED = events.workspace_sid(3)
EVENTS = 700


def flip_bit(path: Path) -> None:
    """Damages a file in one bit."""
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)


class TwoAccounts(StoreCase):
    """Two accounts whose events name the other one's SID."""

    def setUp(self) -> None:
        super().setUp()
        self.start_small().stop()
        made = self.fine("account", "create", "--data", self.data, "--name", "B").split()
        self.credentials = {"A": (ACCOUNT_SID, AUTH_TOKEN), "B": (made[2], made[-1])}

    def fill_both(self, named: dict[str, str], workspaces: dict[str, str] | None = None) -> None:
        """Events of each account, which name `named` as their account; the workspaces are their own."""
        server = self.start_small()
        for who, workspace in (workspaces or PLACES).items():
            api = self.api(server, *self.credentials[who])
            for first in range(0, EVENTS, 100):
                answer = api.post_events(workspace, [
                    events.made_event(number, events.START_MS + number * 1000, 50) |
                    {"account_sid": named[who], "description": f"of {who}"} for number in range(first, first + 100)])
                self.assertEqual(answer["accepted"], 100)
        wait_until(lambda: sum(file.stat().st_size for file in self.segments()) > 0 and self.segments(".sid"))
        server.stop()
        self.before = self.table(workspaces or PLACES)

    def table(self, workspaces: dict[str, str]) -> dict[str, int]:
        """How many events each sees of each workspace; each sees but its own."""
        server = self.start_small()
        seen = {}
        for reader in "AB":
            api = self.api(server, *self.credentials[reader])
            for place, workspace in workspaces.items():
                answer = api.request("GET", f"/v1/Workspaces/{workspace}/Events?PageSize=1&StartDate=2000-01-01")
                listed = api.events(workspace, PageSize=1000) if answer.status == 200 else []
                self.assertEqual({event["description"] for event in listed} - {f"of {reader}"}, set())
                seen[f"{reader} reads {place}"] = len(listed)
        server.stop()
        return seen

    def repair_damaged(self) -> str:
        """A bit of each segment is flipped."""
        for path in self.segments():
            flip_bit(path)
        told = self.fine("repair", self.data)
        self.assert_sound()
        return told

    def repair_lost(self) -> str:
        """waybill.db is lost."""
        for path in self.data.glob("waybill.db*"):
            path.unlink()
        told = self.fine("repair", self.data)
        self.assert_sound()
        return told

    def rotate(self) -> None:
        """New Auth Tokens for both, as after a lost database."""
        for who, (sid, _) in self.credentials.items():
            self.credentials[who] = (sid, self.fine("account", "rotate", sid, "--data", self.data).split()[-1])

    def sealed(self) -> dict[str, int]:
        """How many events each reads that stand in segments: those of the log are lost with the database."""
        listed = self.fine("workspace", "list", "--data", self.data)
        return {who: int(next(line for line in listed.splitlines() if place in line).split()[2])
                for who, place in PLACES.items()}

    def assert_own_alone(self, at_least: int) -> None:
        """Each reads almost all of its own, and nothing of the other's."""
        after = self.table(PLACES)
        self.assertEqual((after["A reads B"], after["B reads A"]), (0, 0), after)
        self.assertGreater(after["A reads A"], at_least, after)
        self.assertGreater(after["B reads B"], at_least, after)


class NewSegments(TwoAccounts):
    """Segments as this release writes them."""

    def setUp(self) -> None:
        super().setUp()
        self.fill_both({"A": self.credentials["B"][0], "B": ACCOUNT_SID})
        self.assertEqual(self.before, {"A reads A": EVENTS, "A reads B": 0, "B reads A": 0, "B reads B": EVENTS})

    def test_one_flipped_bit_of_each_segment_gives_nothing_away(self) -> None:
        self.assertIn("was damaged, and set aside", self.repair_damaged())
        self.assert_own_alone(EVENTS - 300)
        self.assertEqual(len(self.fine("account", "list", "--data", self.data).splitlines()), 3)

    def test_a_lost_database_gives_nothing_away(self) -> None:
        self.assertNotIn("held", self.repair_lost())
        self.rotate()
        self.assert_own_alone(399)

    def test_both_at_once_give_nothing_away(self) -> None:
        for path in self.segments():
            flip_bit(path)
        self.assertNotIn("held", self.repair_lost())
        self.rotate()
        self.assert_own_alone(100)

    def test_segments_of_another_store_are_not_mixed_in(self) -> None:
        database = self.data / "waybill.db"
        whole = database.read_bytes()
        self.change("UPDATE workspaces SET account = (SELECT max(number) FROM accounts) WHERE number = 1")
        result = self.verify()
        self.assertEqual(result.returncode, 1)
        self.assertIn("and waybill.db says otherwise", result.stdout)
        self.segments(".sid")[0].unlink()
        refused = self.command("repair", self.data)
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertIn("these files are not of one store", refused.stderr)
        database.write_bytes(whole)

    def change(self, sql: str) -> None:
        """Changes the database from outside."""
        import sqlite3
        with sqlite3.connect(self.data / "waybill.db") as connection:
            connection.execute(sql)
        connection.close()


class OneWorkspaceOfTwo(TwoAccounts):
    """Two accounts with one and the same Workspace SID, and the same events."""

    def test_each_keeps_its_own(self) -> None:
        places = {"A": SHARED, "B": SHARED}
        self.fill_both({"A": HOSTED, "B": HOSTED}, places)
        self.repair_damaged()
        after = self.table(places)
        for pair in ("A reads A", "B reads B"):
            self.assertGreater(after[pair], EVENTS - 300)
        self.repair_lost()
        self.rotate()
        after = self.table(places)
        for pair in ("A reads A", "B reads B"):
            self.assertGreater(after[pair], 100)


class PulledEvents(StoreCase):
    """An archive whose every event names the hosted account."""

    def test_they_stay_the_owners(self) -> None:
        file = self.folder / "events.ndjson"
        file.write_text("".join(
            events.to_line(events.made_event(number, events.START_MS + number * 1000, 50) |
                           {"account_sid": HOSTED, "workspace_sid": PLACES["A"]}) for number in range(2000)))
        self.fine("import", "--data", self.data, file)
        for path in self.segments():
            flip_bit(path)
        self.fine("repair", self.data)
        self.assert_sound()
        server = self.start_small()
        kept = len(self.api(server).events(PLACES["A"], PageSize=1000))
        server.stop()
        self.assertGreater(kept, 1600)
        self.assertNotIn(HOSTED, self.fine("account", "list", "--data", self.data))
        again = self.command("import", "--data", self.data, file).stderr
        self.assertIn(f"{2000 - kept} new, {kept} duplicates", again)


class OldSegments(StoreCase):
    """Segments of a release that did not write down whose they are, and no database."""

    def take(self, release: str) -> None:
        """A release's fixture without its database, repaired."""
        self.data = self.folder / release
        shutil.copytree(old_releases.FIXTURES / release / "data", self.data)
        for path in self.data.glob("waybill.db*"):
            path.unlink()
        told = self.fine("repair", self.data)
        self.assertIn("are held by a disabled account, which nobody can read", told)
        self.assert_sound()

    def held(self) -> dict[str, str]:
        """The workspaces with the accounts that have them."""
        return {line.split()[0]: line.split()[1]
                for line in self.fine("workspace", "list", "--data", self.data).splitlines()[1:]}

    def listed_of(self, sid: str, token: str) -> list[dict[str, Any]]:
        """What an account lists of the test's workspace."""
        server = self.start_small(environment={"WAYBILL_ACCOUNT_SID": sid, "WAYBILL_AUTH_TOKEN": token})
        api = self.api(server, sid, token)
        answer = api.request("GET", f"/v1/Workspaces/{old_releases.WORKSPACE}/Events?StartDate=2000-01-01&PageSize=1")
        listed = api.events(old_releases.WORKSPACE, PageSize=1000) if answer.status == 200 else []
        server.stop()
        return listed

    def test_they_are_held_until_somebody_says_whose_they_are(self) -> None:
        for release in ("0.1", "0.2"):
            with self.subTest(release=release):
                self.take(release)
                holders = set(self.held().values())
                self.assertEqual(len(holders), 1)
                holder = holders.pop()
                self.assertNotEqual(holder, ACCOUNT_SID)  # which the events name
                # The account that they name, as anybody may have written, does not get them by that.
                made = self.fine("account", "create", "--data", self.data, "--account-sid", ACCOUNT_SID).split()
                self.assertEqual(self.listed_of(made[2], made[-1]), [])
                # Nor does a token of the holder help.
                rotated = self.fine("account", "rotate", holder, "--data", self.data).split()[-1]
                server = self.start_small(environment={"WAYBILL_ACCOUNT_SID": made[2], "WAYBILL_AUTH_TOKEN": made[-1]})
                self.assertEqual(self.api(server, holder, rotated).request("GET", "/v1/Workspaces").status, 401)
                refused = self.command("workspace", "assign", old_releases.WORKSPACE, "--account", ACCOUNT_SID,
                                       "--data", self.data)
                self.assertIn("is held by another waybill process", refused.stderr)
                server.stop()
                self.assign(old_releases.WORKSPACE)
                self.assertGreater(len(self.listed_of(made[2], made[-1])), 600)
                self.assert_sound()

    def assign(self, workspace: str) -> None:
        """Says whose they are; once is all that can be said."""
        arguments = ("workspace", "assign", workspace, "--account", ACCOUNT_SID, "--data", self.data)
        self.assertIn(f"belongs to account {ACCOUNT_SID} now", self.fine(*arguments))
        for refused, why in ((arguments, "is held; see"),
                             ((*arguments[:4], HOSTED, *arguments[5:]), "there is no account " + HOSTED)):
            result = self.command(*refused)
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertIn(why, result.stderr)


if __name__ == "__main__":
    unittest.main()
