"""A first start that is killed at any moment: the next one makes good what is missing. `--rounds N` for more."""

from __future__ import annotations

import argparse
import json
import random
import socket
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
        self.assertLessEqual(modes.keys(), {"admin.token", "waybill.address", "waybill.db", "waybill.db-shm",
                                            "waybill.db-wal", "waybill.lock", "waybill.reserve"})
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

    def watch_start(self, *flags: str) -> tuple[list[str], list[int]]:
        """A start on a port that was chosen before: why it was not ready yet, and what an account got meanwhile and
        when it was ready first."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        data = self.folder / f"watched-{port}"
        reasons: list[str] = []
        statuses: list[int] = []
        with subprocess.Popen(["setpriv", "--pdeathsig", "KILL", waybill.BINARY, "serve", "--data", data, "--listen",
                               f"127.0.0.1:{port}", *flags], env=waybill.clean_environment(waybill.CREDENTIALS),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                end = time.monotonic() + 60
                while True:
                    self.assertLess(time.monotonic(), end, "it never was ready")
                    try:
                        with Api(f"http://127.0.0.1:{port}") as api:
                            ready = api.request("GET", "/readyz")
                            statuses.append(api.request("GET", "/v1/Workspaces").status)
                    except ConnectionError:
                        continue
                    if ready.status == 200:
                        return reasons, statuses
                    reasons += ready.json()["reasons"]
            finally:
                process.terminate()

    def test_ready_means_that_credentials_work_and_nobody_is_refused_before(self) -> None:
        for flags in ((), ("--demo",)):
            for _ in range(3):
                reasons, statuses = self.watch_start(*flags)
                self.assertLessEqual(set(reasons), {"the accounts are being read",
                                                    "the demonstration day is being written"})
                self.assertLessEqual(set(statuses[:-1]), {200, 503}, "no 401 while it starts")
                self.assertEqual(statuses[-1], 200)
        self.assertIn("the demonstration day is being written", reasons, "the day takes a while")

    def test_accounts_that_commands_made_are_in_force_at_the_first_answer(self) -> None:
        self.start().stop()
        made = waybill.run("account", "create", "--data", self.data, "--name", "x").stdout.split()
        server = self.start("--demo")
        with Api(server.url, made[2], made[5]) as api:
            self.assertEqual(api.request("GET", "/v1/Workspaces").status, 200)

    def test_the_address_file_and_the_log_say_where_it_listens(self) -> None:
        place = self.folder / "address"
        server = self.start("--address-file", str(place), "--demo")
        self.assertEqual(place.read_text(), server.url + "\n")
        line, = [entry for entry in map(json.loads, server.log.splitlines()) if entry["message"] == "listening"]
        self.assertEqual(line["url"], server.url)
        self.assertEqual(line["version"], waybill.run("--version").stdout.split()[1])
        self.assertEqual(line["events"], self.events_of(server))
        server.stop()
        self.assertFalse(place.exists())
        text = self.start("--log-format", "text")
        self.assertRegex(text.log.splitlines()[-1],
                         r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d info    listening  url=http")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--rounds", type=int, default=OPTIONS.rounds)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)
