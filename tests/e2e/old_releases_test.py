"""What earlier releases wrote opens, and shows what it held: stores, backups, page tokens, exports, queues."""

from __future__ import annotations

import hashlib
import json
import shutil
import unittest
from pathlib import Path
from typing import Any

import old_releases
from api import Api
from old_releases import CALLBACK_WORKSPACE, CALLBACKS, OTHER_WORKSPACE, RECEIVER, WORKSPACE
from store_case import StoreCase

# Those whose fixtures have everything that old_releases.py names.
WHOLE = ("0.1", "0.2", "0.3")
# Those that write the formats of today, so that their stores need no upgrade.
OF_TODAY = ("0.2", "0.3")
FLAGS = ("--public-url", old_releases.PUBLIC_URL)


class OldReleases(StoreCase):
    """Each release's fixtures, as a copy."""

    release: str
    expected: dict[str, Any]

    def take(self, release: str) -> None:
        """Copies a release's fixtures, its data directory to where the test's own is."""
        self.release = release
        self.data = self.folder / release / "data"
        shutil.copytree(old_releases.FIXTURES / release, self.folder / release)
        self.expected = json.loads((self.folder / release / old_releases.EXPECTED).read_text())
        self.assertGreater(self.expected["lists"][0]["events"], 600)

    def check_lists(self, expected: list[dict[str, object]]) -> None:
        """All of them, and that the files are sound."""
        server = self.start_small(*FLAGS)
        self.assertEqual(old_releases.lists_of(self.api(server)), expected)
        server.stop()
        self.assert_sound()

    def check_upgrade_is_told(self) -> None:
        """Once, by the first start, if there was anything to bring up to date."""
        told = 0 if self.release in OF_TODAY else 1
        for _ in range(2):
            log = (self.data.parent / (self.data.name + ".log")).read_text()
            self.assertEqual(log.count("data directory upgraded"), told)
            self.start_small(*FLAGS).stop()

    def test_stores_open_and_show_what_they_held(self) -> None:
        releases = sorted(path.parent.name for path in old_releases.FIXTURES.glob(f"*/{old_releases.EXPECTED}"))
        self.assertLessEqual({"before-0.1", *WHOLE}, set(releases))
        for release in releases:
            with self.subTest(release=release):
                self.take(release)
                self.check_lists(self.expected["lists"])
                self.check_upgrade_is_told()
                self.assertIn("of before", self.fine("key", "list", "--data", self.data))
                self.assertIn("completed", self.fine("erase", "status", "--data", self.data).lower())
                self.fine("backup", "--data", self.data, "--to", self.folder / "new backups" / release)
                self.data = self.folder / ("restored " + release)
                self.fine("restore", "--from", self.folder / "new backups" / release, "--data", self.data)
                self.check_lists(self.expected["lists"])

    def test_their_backups_are_verified_and_restored(self) -> None:
        for release in WHOLE:
            with self.subTest(release=release):
                self.take(release)
                backups = self.folder / release / "backups"
                names = sorted(path.name for path in backups.iterdir() if path.is_dir())
                self.assertEqual(len(names), 2)
                self.fine("verify", backups)
                for name, lists in ((names[0], "lists_of_backup"), (names[1], "lists")):
                    self.data = self.folder / f"restored {release} {lists}"
                    self.fine("restore", "--from", backups, "--backup", name, "--data", self.data)
                    self.check_lists(self.expected[lists])

    def test_walks_that_were_begun_go_on(self) -> None:
        for release in WHOLE:
            with self.subTest(release=release):
                self.take(release)
                server = self.start_small(*FLAGS)
                with Api(server.url) as api:
                    for walk in self.expected["walks"]:
                        rest = old_releases.rest_of_walk(api, walk["target"])
                        self.assertGreater(len(rest), 100)
                        self.assertEqual(old_releases.digest(rest), walk["sids"])

    def test_an_export_that_was_cut_off_goes_on(self) -> None:
        for release in WHOLE:
            with self.subTest(release=release):
                self.take(release)
                server = self.start_small(*FLAGS)
                folder = self.folder / release / "export"
                begun = (folder / (old_releases.EXPORT_FILE + ".part")).read_bytes()
                result = old_releases.export(server.url, folder, "--resume")
                self.assertEqual(result.returncode, 0, result.stderr)
                content = (folder / old_releases.EXPORT_FILE).read_bytes()
                self.assertTrue(content.startswith(begun) and len(begun) > 0)
                self.assertEqual(hashlib.sha256(content).hexdigest(), self.expected["export"])

    def test_what_else_a_store_knows_is_still_known(self) -> None:
        for release in WHOLE:
            with self.subTest(release=release):
                self.take(release)
                server = self.start_small(*FLAGS, "--forward", RECEIVER)
                admin = self.administrator(server)
                queues = admin.get("/admin/v1/Forwarding")["receivers"]
                self.assertEqual([(queue["url"], queue["queued"]) for queue in queues], [(RECEIVER, CALLBACKS)])
                self.assertEqual(len(admin.get("/admin/v1/Erasures")["erasures"]), 2)
                variants = admin.get("/admin/v1/Variants")["variants"]
                self.assertEqual([variant["event_sid"] for variant in variants], [old_releases.events.event_sid(5)])
                if "kept" in self.expected:
                    self.assertEqual(old_releases.kept(self.api(server), admin), self.expected["kept"])
                known = self.api(server).get(f"/v1/Workspaces/{WORKSPACE}/Completeness")
                reasons = {why["reason"] for span in known["spans"] for why in span["reasons"]}
                self.assertIn("unreachable", reasons)
                self.assertIn("proven", {span["state"] for span in known["spans"]})
                server.stop()
                listed = self.fine("workspace", "list", "--data", self.data)
                for workspace, kept in ((OTHER_WORKSPACE, "ever"), (CALLBACK_WORKSPACE, "36500d")):
                    row = next(line for line in listed.splitlines() if workspace in line)
                    self.assertIn(kept, row)
                self.assertIn("another one", self.fine("account", "list", "--data", self.data))


if __name__ == "__main__":
    unittest.main()
