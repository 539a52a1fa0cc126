"""Stores that earlier formats wrote open, and every list of theirs is as it was; and so it is out of a backup."""

from __future__ import annotations

import json
import shutil
import unittest
from pathlib import Path

import old_stores
from store_case import StoreCase


class OldStores(StoreCase):
    """Each fixture, as a copy."""

    def check_lists(self, expected: list[dict[str, object]]) -> None:
        """All of them, and that the files are sound."""
        server = self.start_small()
        self.assertEqual(old_stores.lists_of(self.api(server)), expected)
        server.stop()
        self.assert_sound()

    def test_they_open_and_show_what_they_held(self) -> None:
        folders = sorted(path.parent for path in old_stores.FIXTURES.glob(f"*/{old_stores.EXPECTED}"))
        self.assertIn("format-2", [folder.name for folder in folders])
        for folder in folders:
            with self.subTest(store=folder.name):
                self.data = self.folder / folder.name
                self.copy(folder)
                expected = json.loads((folder / old_stores.EXPECTED).read_text())
                self.assertGreater(expected[0]["events"], 600)
                self.check_lists(expected)
                self.assertIn("of before", self.fine("key", "list", "--data", self.data))
                self.assertIn("completed", self.fine("erase", "status", "--data", self.data).lower())
                self.fine("backup", "--data", self.data, "--to", self.folder / "backups" / folder.name)
                self.data = self.folder / ("restored " + folder.name)
                self.fine("restore", "--from", self.folder / "backups" / folder.name, "--data", self.data)
                self.check_lists(expected)

    def copy(self, folder: Path) -> None:
        """Into the test's data directory."""
        shutil.copytree(folder, self.data, ignore=shutil.ignore_patterns(old_stores.EXPECTED))


if __name__ == "__main__":
    unittest.main()
