"""`waybill webhook send`: events that are made up, signed and posted as the service would."""

from __future__ import annotations

import json
import unittest

import waybill
from case import ServerCase
from receiver import Receiver
from waybill import ACCOUNT_SID, CREDENTIALS, Server

WORKSPACE = "WS" + ACCOUNT_SID[2:]


class WebhookSend(ServerCase):
    """A server, and the command beside it."""

    def send(self, url: str, *flags: str, code: int = 0, **environment: str) -> str:
        """What it says."""
        result = waybill.run("webhook", "send", "--url", url, *flags, environment=CREDENTIALS | environment)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def types(self, server: Server, workspace: str = WORKSPACE) -> list[str]:
        """Of the events that have arrived."""
        return [event["event_type"] for event in self.api(server).events(workspace)]

    def test_callbacks_and_a_stream_arrive(self) -> None:
        server = self.start()
        self.assertRegex(self.send(server.url), r"^204 for task\.created EV[0-9a-f]{32}\n$")
        said = self.send(server.url, "--event-type", "worker.activity.update", "--count", "3")
        self.assertEqual(len(said.splitlines()), 3)
        said = self.send(server.url + "/", "--stream", "--count", "2", "--event-type", "task.canceled")
        self.assertTrue(said.startswith("200 for 2 events: "), said)
        self.assertEqual(json.loads(said.split(": ", 1)[1])["accepted"], 2)
        self.assertEqual(sorted(self.types(server)),
                         sorted(["task.created"] + ["worker.activity.update"] * 3 + ["task.canceled"] * 2))
        other = "WS" + "5" * 32
        self.send(server.url, "--workspace", other)
        self.assertEqual(self.types(server, other), ["task.created"])

    def test_it_signs_for_the_public_url(self) -> None:
        public = "https://hooks.example.org/in"
        server = self.start("--public-url", public)
        self.assertIn("403", self.send(server.url, code=1))
        for flags in ((), ("--stream",)):
            self.send(server.url, "--public-url", public, *flags)
            self.send(server.url, *flags, WAYBILL_PUBLIC_URL=public)
        self.assertEqual(len(self.types(server)), 4)

    def test_what_is_dumped_is_what_verify_reads(self) -> None:
        server = self.start()
        for flags in ((), ("--stream",)):
            sent = waybill.run("webhook", "send", "--url", server.url, "--dump", *flags, environment=CREDENTIALS)
            self.assertEqual(sent.returncode, 0, sent.stderr)
            self.assertRegex(sent.stderr, r"^20[04] for ")
            if flags:
                continue  # the line's end that a dump has would be part of the body
            request = self.folder / "request.txt"
            request.write_text(sent.stdout)
            verified = waybill.run("webhook", "verify", request, "--public-url", server.url,
                                   environment={"WAYBILL_WEBHOOK_AUTH_TOKENS": waybill.AUTH_TOKEN})
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
            piped = waybill.run("webhook", "verify", "-", stdin=sent.stdout.encode(),
                                environment={"WAYBILL_WEBHOOK_AUTH_TOKENS": waybill.AUTH_TOKEN})
            self.assertEqual(piped.returncode, 0, piped.stdout + piped.stderr)

    def test_any_receiver_may_be_tried(self) -> None:
        receiver = Receiver()
        self.addCleanup(receiver.stop)
        self.send(receiver.url, "--count", "2")
        self.assertEqual([form["EventType"] for form in receiver.taken], ["task.created"] * 2)
        self.assertEqual(receiver.problems, [])

    def test_what_is_wrong_is_named(self) -> None:
        said = self.send("http://127.0.0.1:1", "--event-type", "task.create", code=2)
        self.assertIn("did you mean task.created?", said)
        self.assertIn("--workspace: 'WS1'", self.send("http://127.0.0.1:1", "--workspace", "WS1", code=2))
        self.assertIn("--url", self.send("127.0.0.1", code=2))
        self.assertIn("WAYBILL_AUTH_TOKEN", self.send("http://127.0.0.1:1", code=2, WAYBILL_AUTH_TOKEN=" "))
        self.assertIn("WAYBILL_ACCOUNT_SID", self.send("http://127.0.0.1:1", code=2, WAYBILL_ACCOUNT_SID=""))


if __name__ == "__main__":
    unittest.main()
