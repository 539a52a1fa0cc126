"""A first start that is killed at any moment: the next one makes good what is missing. `--rounds N` for more."""

from __future__ import annotations

import argparse
import random
import stat
import subprocess
import sys
import time
import unittest
from pathlib import Path

import waybill
from api import Api
from case import ServerCase
from waybill import Server

OPTIONS = argparse.Namespace(rounds=12)


class FirstStart(ServerCase):
    """Each round begins with no data directory."""

    def kill_first_start(self, data: Path, seconds_max: float, *flags: str) -> None:
        """Starts, and kills at random."""
        process = subprocess.Popen([waybill.BINARY, "serve", "--data", data, "--listen", "127.0.0.1:0", *flags],
                                   env=waybill.clean_environment(waybill.CREDENTIALS), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0, seconds_max))
        process.kill()
        process.wait()

    def check_files(self, data: Path) -> None:
        """Nobody else may read a file, whichever start made it, and none is left that was only on its way."""
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data.iterdir()
                 if path.is_file()}
        self.assertEqual(set(modes.values()), {0o600}, modes)
        self.assertLessEqual(modes.keys(), {"admin.token", "waybill.db", "waybill.db-shm", "waybill.db-wal",
                                            "waybill.lock", "waybill.address"})
        self.assertRegex((data / "admin.token").read_text(), "^[0-9a-f]{32}\n$")

    def events_of(self, server: Server) -> int:
        """How many events a demonstration has."""
        with Api(server.url) as api:
            workspace, = api.get("/v1/Workspaces")["workspaces"]
            return len(api.events(workspace["sid"], PageSize=1000))

    def test_the_account_is_there_after_the_second(self) -> None:
        for number in range(OPTIONS.rounds):
            data = self.folder / f"plain-{number}"
            self.kill_first_start(data, 0.06)
            with self.start(data=data) as server, Api(server.url) as api:
                self.assertEqual(api.request("GET", "/v1/Workspaces").status, 200)
                self.check_files(data)

    def test_a_demonstration_is_never_half_a_day(self) -> None:
        whole = self.events_of(self.start("--demo"))
        for number in range(OPTIONS.rounds // 3):
            data = self.folder / f"demo-{number}"
            self.kill_first_start(data, 0.6, "--demo")
            with self.start("--demo", data=data) as server:
                self.assertEqual(self.events_of(server), whole)
                self.check_files(data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--rounds", type=int, default=OPTIONS.rounds)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)
