"""`waybill status`, `stop` and `reload` over a data directory: they ask the lock, and never end a stranger."""

from __future__ import annotations

import json
import os
import subprocess
import time
import unittest
from pathlib import Path

import waybill
from case import ServerCase
from running_test import wait_for

NOT_RUNNING = 3


class Control(ServerCase):
    """A server is asked by its data directory."""

    def control(self, name: str, *flags: str | Path) -> subprocess.CompletedProcess[str]:
        """One of the commands over the test's directory."""
        return waybill.run(name, "--data", self.data, *flags)

    def test_status_says_what_runs_and_where(self) -> None:
        server = self.start()
        told = self.control("status")
        self.assertEqual(told.returncode, 0, told.stderr)
        lines = dict(line.split(None, 1) for line in told.stdout.splitlines())
        self.assertEqual(lines["running"], f"process {server.pid}")
        self.assertEqual((lines["URL"], lines["ready"]), (server.url, "yes"))
        self.assertEqual(lines["version"], waybill.run("--version").stdout.split()[-1])
        self.assertRegex(lines["since"], r"^20\S+Z \(\d+ s\)$")
        self.assertEqual((self.data / "waybill.address").stat().st_mode & 0o777, 0o600)
        server.stop()
        told = self.control("status")
        self.assertEqual((told.returncode, told.stdout), (NOT_RUNNING, ""))
        self.assertEqual(told.stderr, f"waybill: no server runs over {self.data}\n")

    def test_a_clean_stop_leaves_no_process_number_behind(self) -> None:
        server = self.start()
        self.assertEqual((self.data / "waybill.lock").read_text(), f"{server.pid}\n")
        told = self.control("stop")
        self.assertEqual((told.returncode, told.stdout), (0, "stopped\n"), told.stderr)
        self.assertEqual(server.wait_for_end(5), 0)
        self.assertIn("all requests were answered", server.log)
        self.assertEqual((self.data / "waybill.lock").read_text(), "")
        self.assertFalse((self.data / "waybill.address").exists())
        told = self.control("stop")
        self.assertEqual((told.returncode, told.stdout), (0, f"no server runs over {self.data}\n"))

    def test_what_a_killed_server_left_behind_leads_to_nobody(self) -> None:
        server = self.start()
        server.kill()
        stranger = subprocess.Popen(["sleep", "60"])
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        for pid in (server.pid, stranger.pid):
            (self.data / "waybill.lock").write_text(f"{pid}\n")
            (self.data / "waybill.address").write_text(f"{pid} {server.url} 0.1.0\n")
            for name, code in (("status", NOT_RUNNING), ("stop", 0), ("reload", NOT_RUNNING)):
                self.assertEqual(self.control(name).returncode, code, name)
        time.sleep(0.1)
        self.assertIsNone(stranger.poll())
        self.assertEqual(self.api(self.start()).request("GET", "/healthz").status, 200)

    def test_a_lock_that_names_a_stranger_ends_nobody(self) -> None:
        """As where the server runs in a container, whose numbers are others."""
        server = self.start()
        stranger = subprocess.Popen(["sleep", "60"])
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        (self.data / "waybill.lock").write_text(f"{stranger.pid}\n")
        (self.data / "waybill.address").write_text(f"{stranger.pid} {server.url} 0.1.0\n")
        told = self.control("stop")
        self.assertEqual(told.returncode, 1)
        self.assertIn("is not one of this machine's", told.stderr)
        self.assertIsNone(stranger.poll())

    def test_reload_reads_the_settings_again(self) -> None:
        config = self.folder / "waybill.toml"
        config.write_text("rate-limit = 100\n")
        server = self.start("--config", str(config))
        config.write_text("rate-limit = 200\n")
        self.assertEqual(self.control("reload").returncode, 0)
        wait_for(lambda: "settings reloaded" in server.log)
        self.assertEqual(self.api(server).request("GET", "/v1/Workspaces").headers["X-Rate-Limit-Limit"], "200")

    def test_a_command_that_holds_the_directory_is_no_server(self) -> None:
        self.start().stop()
        reading, writing = os.pipe()
        importing = subprocess.Popen([waybill.BINARY, "import", "--data", self.data, "-"], stdin=reading,
                                     env=waybill.clean_environment(waybill.CREDENTIALS), stderr=subprocess.DEVNULL)
        os.close(reading)
        wait_for(lambda: (self.data / "waybill.lock").read_text() == f"{importing.pid}\n")
        told = self.control("stop")
        self.assertEqual(told.returncode, 1)
        self.assertIn(f"process {importing.pid} holds {self.data}, and is no server that listens", told.stderr)
        os.close(writing)
        importing.wait(30)

    def test_a_server_that_does_not_stop_is_told_of(self) -> None:
        server = self.start("--stop-delay", "1h")
        told = self.control("stop", "--time-max", "1s")
        self.assertEqual(told.returncode, 1)
        self.assertIn("still at it after 1s", told.stderr)
        told = self.control("status")
        self.assertEqual(told.returncode, 1)
        self.assertIn("ready      no: the server is stopping", told.stdout)
        self.assertEqual(server.stop(), 0)

    def test_a_directory_that_is_none(self) -> None:
        for name in ("status", "stop", "reload"):
            told = waybill.run(name, "--data", self.folder / "typo")
            self.assertEqual(told.returncode, 2, told.stderr)
            self.assertIn("is not a Waybill data directory", told.stderr)
        self.assertEqual(self.control("stop", "--time-max", "5").returncode, 2)

    def test_of_a_server_with_its_own_certificate(self) -> None:
        server = self.start("--tls-self-signed")
        told = self.control("status")
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)
        self.assertIn(f"URL        {server.url}", told.stdout)

    def test_the_doctor_finds_the_server_by_its_directory(self) -> None:
        server = self.start("--tls-self-signed")
        told = waybill.run("doctor", "--data", self.data, "--json")
        findings = {one["check"]: one for one in json.loads(told.stdout)["checks"]}
        self.assertEqual(findings["port"]["state"], "fine", findings["port"])
        self.assertIn(server.url, findings["port"]["text"])
        self.assertEqual(findings["server"]["state"], "fine", findings["server"])
        told = waybill.run("doctor", "--url", "foo")
        self.assertEqual(told.returncode, 2)
        self.assertIn("--url: ", told.stderr)
        for number in range(3):
            waybill.run("account", "create", "--data", self.data, "--name", str(number)).check_returncode()
        wait_for(lambda: "(3 of 4 accounts)" in waybill.run("doctor", "--data", self.data).stdout)


if __name__ == "__main__":
    unittest.main()
