"""Callbacks that are posted on: signed for their receiver, in order for each resource, and never lost to its troubles."""

from __future__ import annotations

import base64
import http.client
import tarfile
import time
import unittest
from urllib.parse import urlencode, urlsplit

import events
import waybill
from api import Api
from receiver import Receiver, signature
from store_case import WORKSPACE, StoreCase, task_sid, wait_until
from waybill import Server

COUNT = 60


class Forward(StoreCase):
    """A server with a receiver behind it."""

    def setUp(self) -> None:
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)

    def start_forwarding(self, *flags: str) -> Server:
        """A server that posts on to the receiver."""
        return self.start("--forward", self.receiver.url, *flags)

    def post(self, server: Server, count: int = COUNT) -> list[str]:
        """Puts events into the store; their sids, oldest first."""
        made = [events.made_event(number, events.START_MS + number * 1000, 50) for number in range(1, count + 1)]
        for event in made:
            event |= {"resource_type": "task", "resource_sid": event["event_data"]["task_sid"]}
        self.api(server).post_events(WORKSPACE, made)
        return [str(event["sid"]) for event in made]

    def forward(self, server: Server, word: str, *arguments: str) -> str:
        """The output of `waybill forward …`, which must succeed."""
        return self.fine("forward", word, *arguments, "--url", server.url,
                         environment={"WAYBILL_ADMIN_TOKEN": (self.data / "admin.token").read_text().strip()})

    def replay(self, server: Server) -> str:
        """Posts all events again."""
        return self.forward(server, "replay", "--workspace", WORKSPACE, "--from", "2000-01-01", "--to", "2100-01-01")

    def assert_in_order(self, sids: list[str]) -> None:
        """The receiver was sent each of them, for every resource in this order, and nothing that was wrong."""
        self.assertEqual(self.receiver.problems, [])
        self.assertEqual(sorted(set(self.receiver.sids())), sorted(sids))
        places = {sid: place for place, sid in enumerate(sids)}
        last: dict[str, int] = {}
        for form in self.receiver.taken:
            place = places[form["Sid"]]
            self.assertGreaterEqual(place, last.get(form["ResourceSid"], -1))
            last[form["ResourceSid"]] = place

    def test_stored_events_are_posted_as_the_callbacks_that_brought_them(self) -> None:
        server = self.start_forwarding()
        sids = self.post(server)
        self.assertEqual(self.replay(server), f"{COUNT} events are in the queue; `waybill forward list` shows how it "
                                              "empties.\n")
        wait_until(lambda: len(self.receiver.sids()) == COUNT)
        self.assert_in_order(sids)
        form = self.receiver.taken[0]
        self.assertEqual(form["AccountSid"], waybill.ACCOUNT_SID)
        self.assertEqual(form["TimestampMs"][:-3], form["Timestamp"])
        self.assertEqual(form["WorkspaceSid"], WORKSPACE)

    def test_a_receiver_that_fails_is_asked_again_until_it_has_taken_everything_in_order(self) -> None:
        self.receiver.failures_left = 5
        server = self.start_forwarding()
        sids = self.post(server)
        self.replay(server)
        wait_until(lambda: len(self.receiver.sids()) == COUNT)
        self.assertEqual(self.receiver.refused, 5)
        self.assert_in_order(sids)
        self.assertEqual(len(self.receiver.sids()), COUNT)
        listed = self.forward(server, "list")
        self.assertRegex(listed, rf"(?m)^{self.receiver.url.replace('?', '.')} +0 +- +{COUNT} +5 +0 +-$")

    def test_nothing_waits_for_a_receiver_that_is_slow(self) -> None:
        self.receiver.delay = 2.0
        server = self.start_forwarding()
        self.post(server)
        self.replay(server)
        began = time.monotonic()
        self.assertEqual(len(self.listed(self.api(server))), COUNT)
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 6)
        self.receiver.delay = 0
        server = self.start_forwarding()
        wait_until(lambda: len(set(self.receiver.sids())) == COUNT)

    def test_what_is_queued_outlives_a_receiver_that_is_away_and_a_server_that_is_killed(self) -> None:
        self.receiver.stop()
        server = self.start_forwarding()
        sids = self.post(server)
        self.replay(server)
        wait_until(lambda: "nothing listens there" in self.forward(server, "list"))
        server.kill()
        server = self.start_forwarding()
        self.receiver.start()
        wait_until(lambda: len(set(self.receiver.sids())) == COUNT)
        self.assert_in_order(sids)

    def test_a_full_queue_makes_a_replay_wait_and_not_lose_anything(self) -> None:
        server = self.start_forwarding("--forward-queue-max", "200")
        sids = self.post(server, 450)
        self.assertIn("450 events are in the queue", self.replay(server))
        wait_until(lambda: len(set(self.receiver.sids())) == 450)
        self.assert_in_order(sids)

    def test_what_is_queued_for_a_receiver_of_old_is_shown_and_can_be_dropped(self) -> None:
        self.receiver.stop()
        server = self.start_forwarding()
        self.post(server)
        self.replay(server)
        server.stop()
        other = Receiver("/other")
        self.addCleanup(other.stop)
        server = self.start("--forward", other.url)
        self.assertIn("no receiver any more", self.forward(server, "list"))
        self.assertEqual(self.forward(server, "clear", "--receiver", self.receiver.url),
                         f"{COUNT} queued callbacks were dropped.\n")
        self.assertNotIn(self.receiver.url, self.forward(server, "list"))

    def bring(self, server: Server, number: int) -> bytes:
        """Posts a callback to the server, as the hosted service does; its form."""
        form = [("AccountSid", waybill.ACCOUNT_SID), ("WorkspaceSid", WORKSPACE), ("EventType", "task.updated"),
                ("Sid", events.event_sid(number)), ("ResourceType", "task"), ("ResourceSid", task_sid(number)),
                ("Timestamp", "1692644679"), ("TimestampMs", str(1692644679000 + number)), ("TaskAttributes", '{"a": "é"}')]
        body = urlencode(form).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                   "X-Twilio-Signature": signature(server.url + "/webhooks/taskrouter", form)}
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        connection.request("POST", "/webhooks/taskrouter", body, headers)
        self.assertEqual(connection.getresponse().status, 204)
        connection.close()
        return body

    def test_callbacks_that_come_in_go_on_as_they_came(self) -> None:
        self.receiver.failures_left = 3
        server = self.start_forwarding()
        bodies = [self.bring(server, number) for number in range(1, COUNT + 1)]
        wait_until(lambda: len(self.receiver.sids()) == COUNT)
        self.assert_in_order([events.event_sid(number) for number in range(1, COUNT + 1)])
        self.assertEqual(sorted(self.receiver.bodies), sorted(body.decode() for body in bodies))

    def test_nobody_who_brings_callbacks_waits_for_a_slow_receiver(self) -> None:
        self.receiver.delay = 3.0
        server = self.start_forwarding()
        began = time.monotonic()
        for number in range(1, 31):
            self.bring(server, number)
        self.assertLess(time.monotonic() - began, 3.0)
        self.receiver.delay = 0.0
        wait_until(lambda: len(set(self.receiver.sids())) == 30)

    def test_what_finds_the_queue_full_is_a_dead_letter_until_it_is_tried_again(self) -> None:
        self.receiver.stop()
        server = self.start_forwarding("--forward-queue-max", "5")
        for number in range(1, 11):
            self.bring(server, number)
        wait_until(lambda: self.forward(server, "dead").count("the queue was full") == 5)
        self.receiver.start()
        wait_until(lambda: len(self.receiver.sids()) == 5)
        # The last deliveries leave the queue in a moment.
        wait_until(lambda: self.forward(server, "list").splitlines()[1].split()[1] == "0")
        self.assertEqual(self.forward(server, "retry"), "5 dead letters are in the queue again.\n")
        wait_until(lambda: len(self.receiver.sids()) == 10)
        self.assertEqual(sorted(self.receiver.sids()[:5]), [events.event_sid(number) for number in range(1, 6)])
        self.assertNotIn("EV", self.forward(server, "dead").partition("REASON")[2])

    def test_a_wrong_setting_or_request_is_refused_with_the_rule(self) -> None:
        for url, rule in (("crm.example.com", "'crm.example.com' is no absolute URL"),
                          ("https://a/,https://a", "names 'https://a/' twice"),
                          ("https://a/#b", "must not have a fragment")):
            with self.assertRaises(waybill.ServerRefused) as refused:
                self.start("--forward", url)
            self.assertEqual(refused.exception.code, 2)
            self.assertIn(rule, refused.exception.log)
        server = self.start()
        result = self.command("forward", "list", "--url", server.url, "--admin-token-file", self.data / "admin.token")
        self.assertEqual(result.returncode, 1)
        self.assertIn("this server forwards nothing: it was started without --forward", result.stderr)
        server.stop()
        server = self.start_forwarding()
        self.post(server, 1)
        result = self.command("forward", "replay", "--url", server.url, "--admin-token-file", self.data / "admin.token",
                              "--workspace", WORKSPACE, "--from", "yesterday")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--from: 'yesterday'", result.stderr)
        result = self.command("forward", "replay", "--url", server.url, "--admin-token-file", self.data / "admin.token",
                              "--workspace", WORKSPACE, "--from", "2000-01-01", "--receiver", "http://nobody/")
        self.assertEqual(result.returncode, 1)
        self.assertIn("nothing is forwarded to 'http://nobody/'", result.stderr)

    def test_a_receiver_with_a_password_gets_it_and_nobody_else_sees_it(self) -> None:
        protected = self.receiver.url.replace("http://", "http://hook:pw-marker%40@")
        refused = waybill.run("serve", "--data", self.data, "--forward", protected)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("WAYBILL_FORWARD", refused.stderr)
        self.assertNotIn("pw-marker", refused.stderr)
        server = self.start(environment=waybill.CREDENTIALS | {"WAYBILL_FORWARD": protected})
        self.post(server, 3)
        self.replay(server)
        wait_until(lambda: len(self.receiver.taken) == 3)
        self.assertEqual(self.receiver.problems, [])
        self.assertEqual(self.receiver.authorizations, {"Basic " + base64.b64encode(b"hook:pw-marker@").decode()})
        with Api(server.url) as api:
            bearer = {"Authorization": "Bearer " + (self.data / "admin.token").read_text().strip()}
            shown = [api.request("GET", "/admin/v1/" + name, headers=bearer).body.decode()
                     for name in ("Server", "Forwarding", "Log")]
        shown += [self.forward(server, "list"), self.forward(server, "dead"), server.log]
        bundle = self.folder / "bundle.tar.gz"
        made = waybill.run("debug", "bundle", "--data", self.data, "--url", server.url, "--out", bundle,
                           environment=waybill.CREDENTIALS | {"WAYBILL_FORWARD": protected})
        self.assertEqual(made.returncode, 0, made.stderr)
        with tarfile.open(bundle) as archive:
            files = [archive.extractfile(member) for member in archive if member.isfile()]
            shown += [file.read().decode() for file in files if file is not None]
        for text in shown:
            self.assertNotIn("pw-marker", text)
        self.assertIn(f"127.0.0.1:{self.receiver.port}", shown[0])
        server.stop()
        for file in self.data.rglob("*"):
            if file.is_file():
                self.assertNotIn(b"pw-marker", file.read_bytes(), file)


if __name__ == "__main__":
    unittest.main()
