"""Accounts, keys and workspaces: the commands that change them while a server runs, and what the files give away."""

from __future__ import annotations

import re
import stat
import time
import unittest
from pathlib import Path
from urllib.parse import urlencode

import events
import waybill
from api import Answer, Api, list_url, sids
from case import ServerCase
from waybill import Server

NOTICED_SECONDS_MAX = 3  # "within a second", and what a busy machine adds


def fields(output: str) -> dict[str, str]:
    """`Name  value` lines as a dictionary."""
    return dict(re.split(r"\s{2,}", line, maxsplit=1) for line in output.splitlines() if line.strip())


def rows(output: str) -> list[dict[str, str]]:
    """A printed table by its headings."""
    head, *lines = [re.split(r"\s{2,}", line.strip()) for line in output.splitlines()]
    return [dict(zip(head, line)) for line in lines]


def status_for(server: Server, user: str, password: str) -> int:
    """How the list of workspaces answers somebody."""
    with Api(server.url, user, password) as api:
        return api.request("GET", "/v1/Workspaces").status


class AccountsCase(ServerCase):
    """A server that runs throughout, and commands over its data directory."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.start()

    def command(self, *arguments: str) -> str:
        """Runs a command that must succeed, and returns what it printed."""
        result = waybill.run(*arguments, "--data", self.data)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def assert_soon(self, status: int, user: str, password: str) -> None:
        """The server comes to answer so, soon, and without being asked to look."""
        deadline = time.monotonic() + NOTICED_SECONDS_MAX
        while (got := status_for(self.server, user, password)) != status and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(got, status)


class Accounts(AccountsCase):
    """`waybill account`."""

    def create(self, *arguments: str) -> tuple[str, str]:
        """A new account's SID and Auth Token."""
        made = fields(self.command("account", "create", *arguments))
        return made["Account SID"], made["Auth Token"]

    def test_a_name_has_at_most_64_characters_here_as_over_http(self) -> None:
        for command in (("account", "create"), ("key", "create")):
            told = waybill.run(*command, "--data", self.data, "--name", "x" * 65)
            self.assertEqual((told.returncode, told.stderr), (2, "waybill: --name: has more than 64 characters\n"))
        self.create("--name", "é" * 64)

    def test_a_new_account_may_come_in(self) -> None:
        sid, token = self.create("--name", "Second office")
        self.assertRegex(sid, "^AC[0-9a-f]{32}$")
        self.assertRegex(token, "^[0-9a-f]{32}$")
        self.assert_soon(200, sid, token)
        self.assertEqual(status_for(self.server, sid, token + "0"), 401)
        self.assertEqual(status_for(self.server, sid, ""), 401)

    def test_a_rotated_token_is_void(self) -> None:
        sid, token = self.create()
        self.assert_soon(200, sid, token)
        rotated = fields(self.command("account", "rotate", sid))
        self.assertEqual(rotated["Account SID"], sid)
        self.assert_soon(401, sid, token)
        self.assertEqual(status_for(self.server, sid, rotated["Auth Token"]), 200)

    def test_a_disabled_account_and_its_keys_are_out(self) -> None:
        sid, token = self.create()
        key = fields(self.command("key", "create", "--account", sid))
        self.assert_soon(200, key["Key SID"], key["Secret"])
        self.command("account", "disable", sid)
        self.assert_soon(401, sid, token)
        self.assertEqual(status_for(self.server, key["Key SID"], key["Secret"]), 401)
        self.assertEqual(status_for(self.server, waybill.ACCOUNT_SID, waybill.AUTH_TOKEN), 200)

    def test_the_list_shows_no_secret(self) -> None:
        sid, token = self.create("--name", "Second office")
        self.command("account", "disable", sid)
        output = self.command("account", "list")
        by_sid = {row["ACCOUNT SID"]: row for row in rows(output)}
        self.assertEqual(by_sid.keys(), {waybill.ACCOUNT_SID, sid})
        self.assertEqual(by_sid[sid]["NAME"], "Second office")
        self.assertRegex(by_sid[sid]["DISABLED"], r"^\d{4}-")
        self.assertEqual(by_sid[waybill.ACCOUNT_SID]["DISABLED"], "-")
        self.assertNotIn(token, output)
        self.assertNotIn(waybill.AUTH_TOKEN, output)

    def test_a_workspace_belongs_to_whoever_writes_it(self) -> None:
        """The same workspace sid under another account is another workspace, with events of its own."""
        sid, token = self.create()
        self.assert_soon(200, sid, token)
        workspace = events.workspace_sid(1)
        ours, theirs = self.api(self.server), self.api(self.server, sid, token)
        ours.post_events(workspace, [events.made_event(1, events.START_MS), events.made_event(2, events.START_MS)])
        self.assertEqual(theirs.request("GET", list_url(workspace)).status, 404)
        theirs.post_events(workspace, [events.made_event(2, events.START_MS + 5)])
        self.assertEqual(sids(ours.events(workspace)), [events.event_sid(1), events.event_sid(2)])
        self.assertEqual([(event["sid"], event["event_date_ms"], event["account_sid"])
                          for event in theirs.events(workspace)], [(events.event_sid(2), events.START_MS + 5, sid)])

    def test_a_page_link_is_of_no_use_to_another_account(self) -> None:
        sid, token = self.create()
        workspace = events.workspace_sid(1)
        ours = self.api(self.server)
        batch = [events.made_event(number, events.START_MS) for number in range(3)]
        ours.post_events(workspace, batch)
        link = ours.get(list_url(workspace, PageSize=1))["meta"]["next_page_url"]
        self.assert_soon(200, sid, token)
        theirs = self.api(self.server, sid, token)
        theirs.post_events(workspace, batch)
        answer = theirs.request("GET", link)
        self.assertEqual((answer.status, answer.json()["code"]), (400, 21481))
        self.assertEqual(ours.request("GET", link).status, 200)

    def test_an_account_that_is_not_there(self) -> None:
        for action in ("rotate", "disable"):
            result = waybill.run("account", action, "AC" + "0" * 32, "--data", self.data)
            self.assertEqual(result.returncode, 1)
            self.assertIn("there is no account AC" + "0" * 32, result.stderr)
            result = waybill.run("account", action, "nobody", "--data", self.data)
            self.assertEqual(result.returncode, 2)
            self.assertIn("nobody: must match ^AC", result.stderr)

    def test_a_directory_that_is_none(self) -> None:
        """A mistyped path must not become a new store."""
        missing = self.folder / "mistyped"
        result = waybill.run("account", "list", "--data", missing)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{missing} is not a Waybill data directory", result.stderr)
        self.assertFalse(missing.exists())


class Keys(AccountsCase):
    """`waybill key`."""

    def test_a_key_comes_in_until_it_is_revoked(self) -> None:
        key = fields(self.command("key", "create", "--name", "A reader"))
        self.assertRegex(key["Key SID"], "^SK[0-9a-f]{32}$")
        self.assertEqual(key["Account SID"], waybill.ACCOUNT_SID)
        self.assert_soon(200, key["Key SID"], key["Secret"])
        self.assertEqual(status_for(self.server, key["Key SID"], waybill.AUTH_TOKEN), 401)
        self.command("key", "revoke", key["Key SID"])
        self.assert_soon(401, key["Key SID"], key["Secret"])

    def test_a_key_reads_and_writes_what_its_account_does(self) -> None:
        key = fields(self.command("key", "create"))
        self.assert_soon(200, key["Key SID"], key["Secret"])
        by_key = self.api(self.server, key["Key SID"], key["Secret"])
        by_key.post_events(events.workspace_sid(1), [events.made_event(1, events.START_MS)])
        self.assertEqual(len(self.api(self.server).events(events.workspace_sid(1))), 1)
        self.assertEqual(by_key.events(events.workspace_sid(1))[0]["account_sid"], waybill.ACCOUNT_SID)

    def test_the_list_shows_no_secret(self) -> None:
        key = fields(self.command("key", "create", "--name", "A reader"))
        revoked = fields(self.command("key", "create"))
        self.command("key", "revoke", revoked["Key SID"])
        output = self.command("key", "list")
        by_sid = {row["KEY SID"]: row for row in rows(output)}
        self.assertEqual(by_sid[key["Key SID"]]["REVOKED"], "-")
        self.assertEqual(by_sid[key["Key SID"]]["NAME"], "A reader")
        self.assertRegex(by_sid[revoked["Key SID"]]["REVOKED"], r"^\d{4}-")
        self.assertNotIn(key["Secret"], output)
        self.assertNotIn(key["Secret"].encode(), self.every_byte(), "a secret that only needs checking is kept hashed")

    def every_byte(self) -> bytes:
        """All that lies in the data directory."""
        return b"".join(path.read_bytes() for path in sorted(self.data.rglob("*")) if path.is_file())

    def test_which_account_must_be_said_where_there_are_two(self) -> None:
        self.command("account", "create")
        result = waybill.run("key", "create", "--data", self.data)
        self.assertEqual(result.returncode, 2)
        self.assertIn("--account", result.stderr)
        key = fields(self.command("key", "create", "--account", waybill.ACCOUNT_SID))
        self.assertEqual(key["Account SID"], waybill.ACCOUNT_SID)

    def test_a_key_that_is_not_there(self) -> None:
        result = waybill.run("key", "revoke", "SK" + "0" * 32, "--data", self.data)
        self.assertEqual(result.returncode, 1)
        self.assertIn("there is no key SK" + "0" * 32, result.stderr)


class Administrator(AccountsCase):
    """The same over HTTP, for whoever can read the token in the data directory."""

    def ask(self, method: str, path: str, token: str | None = None, **form: str) -> Answer:
        """A request with the administrator's token, or with another."""
        bearer = token or (self.data / "admin.token").read_text().strip()
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/x-www-form-urlencoded"}
        return self.api(self.server).request(method, "/admin/v1" + path, urlencode(form).encode(), headers)

    def test_changes_are_in_force_at_once(self) -> None:
        account = self.ask("POST", "/Accounts", FriendlyName="Second office").json()
        self.assertEqual(status_for(self.server, account["sid"], account["auth_token"]), 200)
        key = self.ask("POST", f"/Accounts/{account['sid']}/Keys").json()
        self.assertEqual(status_for(self.server, key["sid"], key["secret"]), 200)
        self.assertEqual(self.ask("POST", f"/Keys/{key['sid']}/Revoke").status, 204)
        self.assertEqual(status_for(self.server, key["sid"], key["secret"]), 401)
        self.assertEqual(self.ask("POST", f"/Accounts/{account['sid']}/Disable").status, 204)
        self.assertEqual(status_for(self.server, account["sid"], account["auth_token"]), 401)
        names = {row["NAME"] for row in rows(self.command("account", "list"))}
        self.assertIn("Second office", names)

    def test_an_account_is_no_administrator(self) -> None:
        answer = self.api(self.server).request("GET", "/admin/v1/Accounts")
        self.assertEqual((answer.status, answer.json()["code"]), (401, 20003))
        answer = self.ask("GET", "/Accounts", token="0" * 32)
        self.assertEqual((answer.status, answer.json()["code"]), (401, 20003))


class Files(AccountsCase):
    """What lies in the data directory, and for whose eyes."""

    def test_only_the_owner_may_read(self) -> None:
        self.api(self.server).post_events(events.workspace_sid(1), [events.made_event(1, events.START_MS)])
        self.assertEqual(mode(self.data), 0o700)
        self.assertLessEqual({"waybill.db", "admin.token"}, {path.name for path in self.data.iterdir()})
        for path in self.data.rglob("*"):
            self.assertEqual(mode(path), 0o700 if path.is_dir() else 0o600, path.name)

    def test_the_administrators_token_stays(self) -> None:
        token = (self.data / "admin.token").read_text()
        self.assertRegex(token, "^[0-9a-f]{32}\n$")
        self.server.stop()
        self.start()
        self.assertEqual((self.data / "admin.token").read_text(), token)

    def test_workspaces_with_counts_and_span(self) -> None:
        api = self.api(self.server)
        self.assertEqual(rows(self.command("workspace", "list")), [])
        first, second = events.workspace_sid(1), events.workspace_sid(2)
        batch = [events.made_event(number, events.START_MS + 1000 * number) for number in range(5)]
        api.post_events(first, batch)
        api.post_events(second, batch[:1])
        api.post_events(second, [events.made_event(0, events.START_MS + 7)])  # another event of the same sid
        listed = {row["WORKSPACE SID"]: row for row in rows(self.command("workspace", "list"))}
        shown = ("ACCOUNT SID", "EVENTS", "VARIANTS", "FIRST", "LAST")
        begin = "2026-03-02T08:00:00.000Z"
        self.assertEqual([listed[first][name] for name in shown],
                         [waybill.ACCOUNT_SID, "5", "0", begin, "2026-03-02T08:00:04.000Z"])
        self.assertEqual([listed[second][name] for name in shown], [waybill.ACCOUNT_SID, "1", "1", begin, begin])


def mode(path: Path) -> int:
    """A file's permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


if __name__ == "__main__":
    unittest.main()
