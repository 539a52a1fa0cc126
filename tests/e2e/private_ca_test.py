"""Servers whose certificate no public authority has signed: how Waybill's own commands and servers are told to trust them."""

from __future__ import annotations

import subprocess
import unittest
from collections.abc import Mapping
from pathlib import Path

import waybill
from api import Api
from case import ServerCase
from events import START_MS, made_event, to_line, workspace_sid
from running_test import wait_for
from waybill import Server

WORKSPACE = workspace_sid(1)
UPSTREAM = {"TWILIO_ACCOUNT_SID": waybill.ACCOUNT_SID, "TWILIO_AUTH_TOKEN": waybill.AUTH_TOKEN}


class PrivateCa(ServerCase):
    """A server that made its certificate itself, and commands that start elsewhere."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.start("--tls-self-signed")
        self.certificate = self.data / "tls/certificate.pem"
        with Api(self.server.url, trusts=self.certificate) as api:
            api.post_events(WORKSPACE, [made_event(number, START_MS + number * 1000) for number in range(10)])
        self.elsewhere = self.folder / "elsewhere"
        self.elsewhere.mkdir()
        self.file = self.folder / "more.ndjson"
        self.file.write_text(to_line(made_event(99, START_MS) | {"workspace_sid": WORKSPACE}))

    def run_there(self, *arguments: str | Path, environment: Mapping[str, str] | None = None, folder: Path | None = None) \
            -> subprocess.CompletedProcess[str]:
        """A command with the account's credentials, the upstream's, and the administrator's token."""
        token = {"WAYBILL_ADMIN_TOKEN": (self.data / "admin.token").read_text().strip()}
        return waybill.run(*arguments, environment=waybill.CREDENTIALS | UPSTREAM | token | dict(environment or {}),
                           folder=folder or self.elsewhere)

    def commands(self) -> list[list[str | Path]]:
        """One of each kind that asks a server."""
        url = self.server.url
        return [["gaps", "--url", url],
                ["doctor", "--url", url],
                ["export", "--url", url, "--workspace", WORKSPACE],
                ["import", "--url", url, self.file],
                ["erase", "status", "--url", url],
                ["workspace", "retain", WORKSPACE, "never", "--url", url],
                ["variants", "--url", url],
                ["forward", "list", "--url", url],
                ["backfill", "--from", url, "--workspace", WORKSPACE, "--since", "2026-03-02", "--until", "2026-03-02",
                 "--data", self.folder / "pulled"]]

    def test_without_a_word_the_error_says_what_to_give(self) -> None:
        for command in self.commands():
            if command[0] == "backfill":
                continue
            told = self.run_there(*command)
            self.assertEqual(told.returncode, 1, f"{command}: {told.stderr}")
            self.assertIn("the certificate is signed by nobody known here; give it, or its issuer's, with --ca-file (of a "
                          "server with --tls-self-signed: DIR/tls/certificate.pem)", told.stdout + told.stderr, command)
            if command[0] == "doctor":
                self.assertIn("it runs: trust its certificate (--ca-file)", told.stdout)

    def test_each_command_takes_it_as_a_flag(self) -> None:
        for command in self.commands():
            told = self.run_there(*command, "--ca-file", self.certificate)
            self.assertNotIn("certificate is signed by nobody", told.stdout + told.stderr)
            # A server that forwards nothing has nothing to list, and a machine may have something to mend.
            if command[0] not in ("doctor", "forward"):
                self.assertEqual(told.returncode, 0, f"{command}: {told.stderr}")

    def test_or_by_a_variable_or_as_openssl_has_it(self) -> None:
        for name in ("WAYBILL_CA_FILE", "SSL_CERT_FILE"):
            for command in self.commands():
                told = self.run_there(*command, environment={name: str(self.certificate)})
                self.assertNotIn("certificate is signed by nobody", told.stdout + told.stderr, (name, command))

    def test_on_the_same_machine_the_directory_has_it(self) -> None:
        gaps = ("gaps", "--url", self.server.url)
        self.assertEqual(self.run_there(*gaps, folder=self.folder).returncode, 0, "./data")
        self.assertEqual(self.run_there(*gaps, environment={"WAYBILL_DATA": str(self.data)}).returncode, 0)

    def test_a_file_that_is_none_is_named(self) -> None:
        gaps = ("gaps", "--url", self.server.url)
        told = self.run_there(*gaps, "--ca-file", "typo.pem")
        self.assertEqual(told.returncode, 2)
        self.assertIn("--ca-file: reading typo.pem: No such file", told.stderr)
        told = waybill.run("serve", "--data", self.folder / "new", "--upstream-ca-file", "typo.pem")
        self.assertEqual(told.returncode, 2)
        self.assertIn("--upstream-ca-file: 'typo.pem': reading typo.pem: No such file", told.stderr)

    def test_a_server_pulls_from_it_and_posts_on_to_it(self) -> None:
        second = Server(self.folder / "second", "--upstream", self.server.url, "--upstream-workspaces", WORKSPACE,
                        "--upstream-ca-file", str(self.certificate), "--upstream-every", "1s", "--upstream-look-back",
                        "2y", "--forward", self.server.url + "/webhooks/taskrouter", "--forward-ca-file",
                        str(self.certificate), environment=waybill.CREDENTIALS | UPSTREAM)
        self.addCleanup(second.stop)
        api = self.api(second)
        wait_for(lambda: api.request("GET", f"/v1/Workspaces/{WORKSPACE}/Events?StartDate=2026-01-01").status == 200)
        wait_for(lambda: len(api.events(WORKSPACE)) == 10)
        new = made_event(500, START_MS + 3600_000) | {"resource_type": "task", "resource_sid": "WT" + "5" * 32}
        api.post_events(WORKSPACE, [new])
        token = {"WAYBILL_ADMIN_TOKEN": (self.folder / "second" / "admin.token").read_text().strip()}
        told = waybill.run("forward", "replay", "--url", second.url, "--workspace", WORKSPACE, "--from", "2000-01-01",
                           environment=waybill.CREDENTIALS | token)
        self.assertEqual(told.returncode, 0, told.stderr)
        with Api(self.server.url, trusts=self.certificate) as first:
            wait_for(lambda: first.request("GET", f"/v1/Workspaces/{WORKSPACE}/Events/{new['sid']}").status == 200)


if __name__ == "__main__":
    unittest.main()
