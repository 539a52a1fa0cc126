"""More than one account: each has its SID of the hosted service, its tokens and its events, on every road."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import unittest
from urllib.parse import urlencode

import events
import waybill
from api import Answer
from case import ServerCase
from receiver import Receiver, signature
from waybill import ACCOUNT_SID, AUTH_TOKEN, CREDENTIALS, Server

OTHER = "AC" + "e" * 32
OTHER_TOKEN = "the token of the subaccount"
FIRST_PLACE, OTHER_PLACE, SHARED_PLACE = ("WS" + digit * 32 for digit in "123")
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


def form_of(number: int, account: str, workspace: str) -> list[tuple[str, str]]:
    """A callback."""
    return [("AccountSid", account), ("WorkspaceSid", workspace), ("EventType", "task.created"),
            ("Sid", f"EV{number:032x}"), ("TimestampMs", str(events.START_MS + number)), ("ResourceType", "task")]


class SecondAccount(ServerCase):
    """A server with the account that its environment names, and one that stands for a subaccount."""

    def setUp(self) -> None:
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)
        self.environment = CREDENTIALS | {"WAYBILL_WEBHOOK_AUTH_TOKENS": f" {OTHER} : {OTHER_TOKEN}\n"}

    def start_with_both(self, *flags: str) -> Server:
        """A server, once it knows both."""
        server = self.start(*flags, environment=self.environment)
        made = self.command("account", "create", "--data", self.data, "--name", "sub", "--account-sid", OTHER)
        self.assertIn(f"Account SID  {OTHER}\n", made)
        self.other_token = made.split()[-1]
        until = time.monotonic() + 5
        while self.api(server, OTHER, self.other_token).request("GET", "/v1/Workspaces").status != 200:
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
        return server

    def command(self, *arguments: object, **environment: str) -> str:
        """A command that must succeed; what it printed."""
        result = waybill.run(*map(str, arguments), environment=environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def refused(self, *arguments: object, **environment: str) -> str:
        """A command that must not; what it said."""
        result = waybill.run(*map(str, arguments), environment=environment)
        self.assertNotEqual(result.returncode, 0, result.stdout)
        return result.stderr

    def callback(self, server: Server, number: int, account: str, workspace: str, token: str) -> int:
        """The status of a callback that is signed with a token."""
        form = form_of(number, account, workspace)
        signed = signature(server.url + "/webhooks/taskrouter", form, token)
        return self.api(server).request("POST", "/webhooks/taskrouter", urlencode(form).encode(),
                                        FORM_TYPE | {"X-Twilio-Signature": signed}).status

    def stream(self, server: Server, batch: list[dict], token: str) -> Answer:
        """The answer to a batch of Event Streams."""
        body = json.dumps(batch).encode()
        target = "/webhooks/event-streams?bodySHA256=" + hashlib.sha256(body).hexdigest()
        mac = hmac.new(token.encode(), (server.url + target).encode(), hashlib.sha1).digest()
        return self.api(server).request("POST", target, body, {
            "Content-Type": "application/json", "X-Twilio-Signature": base64.b64encode(mac).decode()})

    def sids(self, server: Server, user: str, token: str, workspace: str) -> list[str]:
        """The events that an account sees."""
        return [event["sid"] for event in self.api(server, user, token).events(workspace)]

    def test_callbacks_land_where_their_account_is_and_are_posted_on_with_its_token(self) -> None:
        self.receiver.tokens[OTHER] = OTHER_TOKEN
        server = self.start_with_both("--forward", self.receiver.url)
        self.assertEqual(self.callback(server, 1, ACCOUNT_SID, SHARED_PLACE, AUTH_TOKEN), 204)
        for number, token in ((2, OTHER_TOKEN), (3, self.other_token)):
            self.assertEqual(self.callback(server, number, OTHER, SHARED_PLACE, token), 204)
        self.assertEqual(self.callback(server, 4, OTHER, SHARED_PLACE, AUTH_TOKEN), 403)
        self.assertEqual(self.callback(server, 4, ACCOUNT_SID, SHARED_PLACE, OTHER_TOKEN), 403)
        self.assertEqual(self.sids(server, ACCOUNT_SID, AUTH_TOKEN, SHARED_PLACE), [f"EV{1:032x}"])
        self.assertEqual(self.sids(server, OTHER, self.other_token, SHARED_PLACE), [f"EV{2:032x}", f"EV{3:032x}"])
        until = time.monotonic() + 10
        while len(self.receiver.sids()) < 3 and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual(sorted(self.receiver.sids()), [f"EV{number:032x}" for number in (1, 2, 3)])
        self.assertEqual(self.receiver.problems, [], "each is signed with the token of its account")

    def test_a_stream_belongs_to_the_account_whose_token_signed_it(self) -> None:
        server = self.start_with_both()

        def event(number: int, account: str) -> dict:
            payload = {"sid": f"EV{number:032x}", "eventtype": "task.created", "account_sid": account,
                       "timestamp": "2026-11-23T10:00:09.123Z", "workspace_sid": SHARED_PLACE}
            return {"specversion": "1.0", "type": "com.twilio.taskrouter.task.created", "source": "x",
                    "id": str(number), "data": {"account_sid": account, "payload": payload}}

        self.assertEqual(self.stream(server, [event(1, OTHER)], OTHER_TOKEN).status, 200)
        self.assertEqual(self.stream(server, [event(2, ACCOUNT_SID), event(3, OTHER)], OTHER_TOKEN).status, 403)
        self.assertEqual(self.stream(server, [event(4, ACCOUNT_SID)], AUTH_TOKEN).status, 200)
        self.assertEqual(self.sids(server, OTHER, self.other_token, SHARED_PLACE), [f"EV{1:032x}", f"EV{3:032x}"])
        self.assertEqual(self.sids(server, ACCOUNT_SID, AUTH_TOKEN, SHARED_PLACE), [f"EV{4:032x}"])

    def test_a_sid_that_is_taken_or_none_is_refused_by_name(self) -> None:
        server = self.start_with_both()
        self.assertIn(f"there is an account {OTHER} already",
                      self.refused("account", "create", "--data", self.data, "--account-sid", OTHER))
        self.assertIn("--account-sid: 'AC1' must match",
                      self.refused("account", "create", "--data", self.data, "--account-sid", "AC1"))
        bearer = {"Authorization": "Bearer " + (self.data / "admin.token").read_text().strip()}
        third = "AC" + "3" * 32
        for sid, status in ((third, 201), (third, 409), ("AC1", 400), (f" {third[:-1]}4\n", 201)):
            answer = self.api(server).request("POST", "/admin/v1/Accounts", urlencode({"AccountSid": sid}).encode(),
                                              FORM_TYPE | bearer)
            self.assertEqual(answer.status, status, answer.body)
            self.assertTrue(status == 201 or b"AccountSid" in answer.body or third.encode() in answer.body)

    def fill(self) -> None:
        """Two accounts in the directory, without a server: each with a workspace of its own, and both with one."""
        self.start(environment=self.environment).stop()
        self.command("account", "create", "--data", self.data, "--account-sid", OTHER)
        lines = {ACCOUNT_SID: (FIRST_PLACE, SHARED_PLACE), OTHER: (OTHER_PLACE, SHARED_PLACE)}
        for account, places in lines.items():
            made = [events.made_event(number, events.START_MS + number) | {"workspace_sid": place}
                    for number, place in enumerate(places, 1)]
            file = self.folder / "events.ndjson"
            file.write_text("".join(map(events.to_line, made)))
            self.command("import", "--data", self.data, file, WAYBILL_ACCOUNT_SID=account)

    def test_commands_find_the_account_by_its_workspace(self) -> None:
        self.fill()
        for place in (FIRST_PLACE, OTHER_PLACE):
            span = ("--from", "2000-01-01", "--to", "2100-01-01")
            exported = self.command("export", "--data", self.data, "--workspace", place)
            self.assertEqual(len(exported.splitlines()), 1)
            self.command("workspace", "retain", "--data", self.data, place, "never")
            self.command("variants", "--data", self.data, "--workspace", place)
            erased = self.command("erase", "--data", self.data, "--workspace", place, *span)
            self.assertIn(": 1 events of " + place, erased)

    def test_commands_take_the_account_of_the_environment_where_the_workspace_stands_in_both(self) -> None:
        self.fill()
        for account in (ACCOUNT_SID, OTHER):
            exported = self.command("export", "--data", self.data, "--workspace", SHARED_PLACE,
                                    WAYBILL_ACCOUNT_SID=account)
            self.assertEqual(json.loads(exported)["account_sid"], account)
        for command in (("export",), ("variants",), ("erase", "--from", "2000-01-01", "--to", "2100-01-01")):
            said = self.refused(*command, "--data", self.data, "--workspace", SHARED_PLACE)
            self.assertIn("--account", said)
            self.assertNotIn("AccountSid", said)

    def test_an_import_does_not_choose_between_accounts(self) -> None:
        self.fill()
        file = self.folder / "events.ndjson"
        self.assertIn("set WAYBILL_ACCOUNT_SID", self.refused("import", "--data", self.data, file))
        self.assertIn("set WAYBILL_ACCOUNT_SID", self.refused(
            "backfill", "--from", "http://127.0.0.1:1", "--workspace", OTHER_PLACE, "--data", self.data,
            TWILIO_ACCOUNT_SID=ACCOUNT_SID, TWILIO_AUTH_TOKEN=AUTH_TOKEN))

    def test_the_same_over_a_server(self) -> None:
        self.fill()
        server = self.start(environment=self.environment)
        place = ("--url", server.url, "--admin-token-file", self.data / "admin.token")
        self.command("variants", *place, "--workspace", OTHER_PLACE)
        self.command("workspace", "retain", *place, OTHER_PLACE, "never")
        exported = self.command("export", *place, "--workspace", OTHER_PLACE)
        self.assertEqual(json.loads(exported)["account_sid"], OTHER)
        self.assertIn(": 1 events", self.command("erase", *place, "--workspace", SHARED_PLACE, "--from", "2000-01-01",
                                                 "--to", "2100-01-01", WAYBILL_ACCOUNT_SID=OTHER))
        said = self.refused("erase", *place, "--workspace", SHARED_PLACE, "--from", "x", "--to", "y",
                            WAYBILL_ACCOUNT_SID=OTHER)
        self.assertIn("--from: ", said)
        bearer = {"Authorization": "Bearer " + (self.data / "admin.token").read_text().strip()}
        answer = self.api(server).request("GET", f"/admin/v1/Variants?WorkspaceSid={OTHER_PLACE}", headers=bearer)
        self.assertEqual(answer.status, 200, answer.body)

    def test_a_backfill_goes_into_the_account_that_is_named(self) -> None:
        upstream = self.start(data=self.folder / "upstream")
        made = [events.made_event(number, events.START_MS + number) for number in range(1, 4)]
        self.api(upstream).post_events(OTHER_PLACE, made)
        self.fill()
        self.command("backfill", "--from", upstream.url, "--workspace", OTHER_PLACE, "--since", "2026-03-01",
                     "--until", "2026-03-03", "--data", self.data, WAYBILL_ACCOUNT_SID=OTHER, TWILIO_ACCOUNT_SID=ACCOUNT_SID + "\n",
                     TWILIO_AUTH_TOKEN=f" {AUTH_TOKEN}\n")
        exported = self.command("export", "--data", self.data, "--workspace", OTHER_PLACE, "--account", OTHER)
        self.assertEqual(len(exported.splitlines()), 3)
        self.assertIn(f"{OTHER_PLACE} of {OTHER}", self.command("gaps", "--data", self.data))


if __name__ == "__main__":
    unittest.main()
