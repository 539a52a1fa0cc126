"""A full disk: what is there is served, also by a start; commands say that there is no room, and none dies of a signal.

The disks are small ones of the test's own, in a namespace of its own; where the system permits none, nothing is tested.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

import events
from api import Api, sids
from store_case import WORKSPACE, StoreCase, wait_until
from waybill import Server

INSIDE = "WAYBILL_TEST_OWN_MOUNTS"
ROOM = 24 << 20
FULL = 507


def enter_own_mounts() -> None:
    """Begins this program anew where it may mount."""
    for flags in (["-m"], ["-r", "-m"]):
        if subprocess.run(["unshare", *flags, "true"], capture_output=True, check=False).returncode == 0:
            os.environ[INSIDE] = "yes"
            os.execvp("unshare", ["unshare", *flags, sys.executable, "-B", *sys.argv])
    print("mounts of one's own are not permitted here: nothing was tested")
    sys.exit(0)


class LargeBlocks(StoreCase):
    """A data directory on a small disk in memory, whose blocks are as large as pages."""

    def setUp(self) -> None:
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        self.number = 0
        self.acknowledged: list[str] = []
        self.mount_disk()

    def mount_disk(self) -> None:
        """The disk of this class."""
        self.mount("-t", "tmpfs", "-o", f"size={ROOM}", "none")

    def mount(self, *arguments: str | Path) -> None:
        """Mounts the disk, until the test ends."""
        done = subprocess.run(["mount", *map(str, arguments), str(self.disk)], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            self.skipTest(f"mounting is not permitted: {done.stderr}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.disk)], check=False)
        # The server's log, which lies beside it, is to have room.
        (self.disk / "data").mkdir(mode=0o700)
        self.data.symlink_to(self.disk / "data")

    def fill_disk(self) -> None:
        """To the last byte."""
        with (self.disk / "ballast").open("ab", buffering=0) as file:
            for size in (65536, 512, 1):
                try:
                    while True:
                        file.write(b"\1" * size)
                except OSError:
                    pass

    def free_disk(self) -> None:
        """Room again."""
        (self.disk / "ballast").unlink()

    def post(self, api: Api, count: int = 100) -> int:
        """The status of a batch; what was acknowledged is remembered."""
        batch: list[dict[str, Any]] = []
        for _ in range(count):
            self.number += 1
            batch.append(events.made_event(self.number, events.START_MS + self.number * 1000, 400))
        status = api.try_post_events(WORKSPACE, batch).status
        if status == 201:
            self.acknowledged += sids(batch)
        return status

    def check_listed(self, server: Server) -> None:
        """Each acknowledged event, once."""
        self.assertEqual(sorted(sids(self.listed(self.api(server)))), sorted(self.acknowledged))

    def check_serves_full(self, how: str) -> None:
        """A server that is ended in some way on a full disk starts on it, serves, refuses, and goes on with room."""
        server = self.start_small()
        api = self.api(server)
        for _ in range(6):
            self.assertEqual(self.post(api), 201)
        self.fill_disk()
        wait_until(lambda: self.post(api) == FULL)
        self.check_listed(server)
        if how == "killed":
            server.kill()
        else:
            server.stop()
        self.fill_disk()  # what it left
        server = self.start_small()
        self.check_listed(server)
        api = self.api(server)
        wait_until(lambda: self.post(api) == FULL)
        self.check_listed(server)
        self.free_disk()
        wait_until(lambda: self.post(api) == 201)
        self.check_listed(server)
        server.stop()
        self.assert_sound()

    def test_after_a_crash_it_serves(self) -> None:
        self.check_serves_full("killed")

    def test_after_a_stop_it_serves(self) -> None:
        self.check_serves_full("stopped")

    def test_commands(self) -> None:
        """They succeed or say why not; what only reads succeeds."""
        server = self.start_small()
        self.assertEqual(self.post(self.api(server), 300), 201)
        server.stop()
        self.fill_disk()
        for command in (("verify", self.data), ("account", "list", "--data", self.data),
                        ("workspace", "list", "--data", self.data),
                        ("export", "--data", self.data, "--workspace", WORKSPACE, "--out", "/dev/null")):
            with self.subTest(command=command[0]):
                result = self.command(*command)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        for command in (("account", "create", "--data", self.data), ("repair", self.data),
                        ("backup", "--data", self.data, "--to", self.disk / "backups")):
            with self.subTest(command=command[0]):
                result = self.command(*command)
                self.assertIn(result.returncode, (0, 1), result.stdout + result.stderr)
        self.free_disk()
        self.assert_sound()


class SmallBlocks(LargeBlocks):
    """The same on a disk with blocks of 1 KiB, which mkfs chooses for small ones."""

    def mount_disk(self) -> None:
        if shutil.which("mkfs.ext4") is None:
            self.skipTest("there is no mkfs.ext4")
        image = self.folder / "image"
        with image.open("wb") as file:
            file.truncate(ROOM)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-b", "1024", "-O", "^has_journal", str(image)], check=True)
        self.mount("-o", "loop", image)


if __name__ == "__main__":
    if INSIDE not in os.environ:
        enter_own_mounts()
    unittest.main()
