"""What is proven complete and what is open, over the real binary: absences, pulls, the command that closes them."""

from __future__ import annotations

import hashlib
import json
import re
import time
import unittest
from typing import Any
from urllib.parse import urlencode

import events
import waybill
from api import Answer, Api
from case import ServerCase
from waybill import Server
from webhook_test import PUBLIC_URL, sign

WORKSPACE = events.workspace_sid(1)
DAY_MS = 86_400_000
UPSTREAM = "https://taskrouter.twilio.com"


def now_ms() -> int:
    """The machine's time."""
    return time.time_ns() // 1_000_000


def stream_body(workspace: str) -> bytes:
    """An Event Streams batch with one element, which has no time."""
    payload = {"sid": events.event_sid(9), "workspace_sid": workspace}
    return json.dumps([{"specversion": "1.0", "type": "com.twilio.taskrouter.task.created", "source": "s", "id": "i",
                        "data": {"account_sid": waybill.ACCOUNT_SID, "payload": payload}}]).encode()


class Completeness(ServerCase):
    """The ledger from outside."""

    def known(self, api: Api) -> dict[str, Any]:
        """What the server says of the test's workspace."""
        return api.get(f"/v1/Workspaces/{WORKSPACE}/Completeness")

    def tell(self, api: Api, what: str, workspace: str = WORKSPACE, **members: object) -> Answer:
        """Posts a pull or a gap."""
        answer = api.request("POST", f"/v1/Workspaces/{workspace}/Completeness/{what}", json.dumps(members).encode(),
                             {"Content-Type": "application/json"})
        self.assertEqual(answer.status, 201, answer.body)
        return answer

    def pull(self, api: Api, first: int, last: int, workspace: str = WORKSPACE) -> None:
        """A pull that has just finished."""
        self.tell(api, "Pulls", workspace, **{"from": first}, to=last, asked=now_ms(), source=UPSTREAM, events=1)

    def reasons(self, known: dict[str, Any]) -> list[str]:
        """Why spans are open, in their order."""
        return [why["reason"] for span in known["spans"] for why in span["reasons"]]

    def gaps(self, *place: str) -> str:
        """What `waybill gaps` prints."""
        result = waybill.run("gaps", *place, environment=waybill.CREDENTIALS)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def metrics(self, server: Server) -> str:
        """The gauges."""
        return server.metrics()

    def test_an_absence_is_open_until_a_pull_proves_it(self) -> None:
        start = now_ms() - 300_000
        server = self.start("--settling-time", "0")
        api = self.api(server)
        self.assertIsNone(self.known(api)["complete_through"])
        self.pull(api, start - DAY_MS, start)
        self.assertEqual(self.reasons(self.known(api))[1:], [])
        server.kill()
        server = self.start("--settling-time", "0")
        api = self.api(server)
        self.assertIn("absent", self.reasons(self.known(api)))
        told = self.gaps("--url", server.url, "--workspace", WORKSPACE)
        command = re.search(r"waybill backfill --from (\S+) --workspace (\S+) --since (\S+) --until (\S+) --url (\S+)",
                            told)
        assert command is not None, told
        self.assertEqual(command.group(1, 2, 5), (UPSTREAM, WORKSPACE, server.url))
        end = now_ms()
        self.pull(api, start, end)
        known = self.known(api)
        self.assertNotIn("absent", self.reasons(known))
        proven = [span for span in known["spans"] if span["state"] == "proven"]
        self.assertEqual(known["complete_through"], proven[-1]["to"])
        self.assertIn(f'workspace="{WORKSPACE}"}} {end // 1000}\n', self.metrics(server))

    def test_a_stop_is_an_absence_too_and_nothing_inside_the_settling_time_is_proven(self) -> None:
        start = now_ms()
        server = self.start()
        self.pull(self.api(server), start - DAY_MS, start)
        self.assertEqual(server.stop(), 0)
        server = self.start()
        api = self.api(server)
        self.pull(api, start - DAY_MS, now_ms())
        known = self.known(api)
        self.assertIn("absent", self.reasons(known))
        self.assertLessEqual(known["complete_through"], known["settled_through"])
        told = self.gaps("--data", str(self.data))
        self.assertIn("Complete through " + known["complete_through"][:13], told)
        self.assertIn("absent: no server ran", told)

    def test_what_a_pull_could_not_get_is_named_and_closed_by_command(self) -> None:
        server = self.start()
        api = self.api(server)
        first, last = events.START_MS, events.START_MS + 999
        self.pull(api, first - DAY_MS, first - 1)
        self.tell(api, "Gaps", **{"from": first}, to=last, reason="unreachable", detail="a second too full")
        self.pull(api, last + 1, now_ms())
        known = self.known(api)
        self.assertEqual(known["complete_through"], "2026-03-02T07:59:59.999Z")
        expected = ("unreachable: a second too full\n", f"--workspace {WORKSPACE} --since 2026-03-02T08:00:00Z")
        for place in (("--url", server.url), ("--data", str(self.data))):
            told = self.gaps(*place, "--workspace", WORKSPACE)
            for part in expected:
                self.assertIn(part, told)

    def refused(self, api: Api, workspace: str) -> bool:
        """Whether a span of the workspace is open since a request was refused."""
        known = api.get(f"/v1/Workspaces/{workspace}/Completeness")
        return "refused" in self.reasons(known)

    def wait_until_refused(self, api: Api, workspace: str) -> None:
        """What happened is written down every few seconds."""
        end = time.monotonic() + 30
        while not self.refused(api, workspace):
            self.assertLess(time.monotonic(), end, "nothing was noted")
            time.sleep(0.1)

    def test_a_wrong_signature_opens_the_span_of_the_workspace_it_names_and_what_names_none_opens_nothing(self) -> None:
        api = self.api(self.start())
        for number in (1, 2):
            api.post_events(events.workspace_sid(number), [events.made_event(number, events.START_MS)])
            self.pull(api, now_ms() - DAY_MS, now_ms(), events.workspace_sid(number))
        signature = {"X-Twilio-Signature": "A" * 28}
        call = lambda workspace, headers: api.request(  # pylint: disable=unnecessary-lambda-assignment
            "POST", "/webhooks/taskrouter", urlencode({"AccountSid": waybill.ACCOUNT_SID, "WorkspaceSid": workspace}).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"} | headers)
        self.assertEqual(call(events.workspace_sid(2), {}).status, 403)
        self.assertEqual(call(events.workspace_sid(9), signature).status, 403)
        self.assertEqual(call(events.workspace_sid(1), signature).status, 403)
        self.wait_until_refused(api, events.workspace_sid(1))
        self.assertFalse(self.refused(api, events.workspace_sid(2)))
        known = api.get(f"/v1/Workspaces/{events.workspace_sid(2)}/Completeness")
        self.assertEqual([gap["detail"] for gap in known["gaps"]], ["requests that prove nothing of their sender"])

    def pulled_workspaces(self, api: Api, count: int) -> list[str]:
        """Workspaces with an event each, of which a pull has proven everything until now."""
        workspaces = [events.workspace_sid(number) for number in range(1, count + 1)]
        for number, workspace in enumerate(workspaces):
            api.post_events(workspace, [events.made_event(number, events.START_MS)])
            self.pull(api, now_ms() - DAY_MS, now_ms(), workspace)
        return workspaces

    def stream(self, api: Api, target: str, workspace: str, signature: str = "") -> Answer:
        """Posts an Event Streams batch with one element, which names the workspace and has no time."""
        return api.request("POST", target, stream_body(workspace),
                           {"Content-Type": "application/json", "X-Twilio-Signature": signature})

    def check_refused_for(self, api: Api, workspace: str, reason: str) -> None:
        """A span of the workspace is open for that reason."""
        self.wait_until_refused(api, workspace)
        gaps = api.get(f"/v1/Workspaces/{workspace}/Completeness")["gaps"]
        self.assertIn(reason, [gap["detail"] for gap in gaps])

    def test_what_finds_no_room_to_be_kept_aside_opens_the_span_of_its_workspace(self) -> None:
        """It is neither stored nor acknowledged, and its sender may give up."""
        server = self.start("--allow-unsigned", environment=waybill.CREDENTIALS | {"WAYBILL_TEST_REJECTS_MAX": "1"})
        api = self.api(server)
        by_callback, by_stream, untouched = self.pulled_workspaces(api, 3)
        target = "/webhooks/event-streams"
        self.assertEqual(self.stream(api, target, "no workspace").status, 200)  # takes the only place
        form = {"AccountSid": waybill.ACCOUNT_SID, "WorkspaceSid": by_callback, "EventType": "task.created"}
        answer = api.request("POST", "/webhooks/taskrouter", urlencode(form).encode(),
                             {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(answer.status, 503, answer.body)
        self.assertEqual(self.stream(api, target, by_stream).status, 503)
        for workspace in (by_callback, by_stream):
            self.check_refused_for(api, workspace, "not_stored")
        self.assertFalse(self.refused(api, untouched))

    def test_a_wrong_body_hash_under_a_right_signature_opens_the_span_of_the_workspace_it_names(self) -> None:
        """A proxy may have changed the body on its way."""
        api = self.api(self.start("--public-url", PUBLIC_URL))
        changed, unhashed, untouched = self.pulled_workspaces(api, 3)
        wrong = "/webhooks/event-streams?bodySHA256=" + hashlib.sha256(b"what was sent").hexdigest()
        for workspace, target, reason in ((changed, wrong, "wrong_body_hash"),
                                          (unhashed, "/webhooks/event-streams", "no_body_hash")):
            with self.subTest(reason):
                signature = sign(waybill.AUTH_TOKEN, PUBLIC_URL + target, {})
                answer = self.stream(api, target, workspace, signature)
                self.assertEqual(answer.status, 403, answer.body)
                self.check_refused_for(api, workspace, reason)
        self.assertFalse(self.refused(api, untouched))

    def test_gaps_wants_a_place_and_a_workspace(self) -> None:
        for arguments, told in ((["gaps"], "--url URL or --data DIR"),
                                (["gaps", "--data", "x", "--workspace", "WS1"], "--workspace: must match"),
                                (["gaps", "--data", str(self.folder / "none")], "none")):
            result = waybill.run(*arguments)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(told, result.stderr)


class Lifecycle(ServerCase):
    """`waybill doctor lifecycle`."""

    def event(self, number: int, event_type: str, seconds: int, reservation: int = 0) -> dict[str, Any]:
        """An event of the only task."""
        event = events.made_event(number, events.START_MS + seconds * 1000) | {"event_type": event_type}
        event["event_data"] = {"task_sid": f"WT{1:032x}"}
        if reservation:
            event["event_data"]["reservation_sid"] = f"WR{reservation:032x}"
        return event

    def test_impossible_lives_are_told_with_the_events_that_show_them(self) -> None:
        server = self.start()
        self.api(server).post_events(WORKSPACE, [
            self.event(1, "task.created", 0),
            self.event(2, "reservation.accepted", 5, 1),
            self.event(3, "reservation.accepted", 6, 2),
            self.event(4, "reservation.created", 9, 2),
            *(self.event(number, "task.updated", 10) for number in range(100, 1200)),
        ])
        place = ["--workspace", WORKSPACE]
        by_url = waybill.run("doctor", "lifecycle", "--url", server.url, *place, environment=waybill.CREDENTIALS)
        server.stop()
        by_data = waybill.run("doctor", "lifecycle", "--data", self.data, *place)
        self.assertEqual(by_url.stdout, by_data.stdout)
        self.assertEqual(by_url.returncode, 1, by_url.stderr)
        self.assertIn("3 findings in 1104 events, 1 tasks, 2 reservations", by_url.stderr)
        self.assertIn(f"WR{1:032x}: has events, but no reservation.created\n  2026-03-02T08:00:05.000Z  "
                      f"{events.event_sid(2)}  'reservation.accepted'\n", by_url.stdout)
        self.assertIn(f"WR{2:032x}: times run backwards; the first of these comes after the second\n"
                      f"  2026-03-02T08:00:09.000Z  {events.event_sid(4)}  'reservation.created'\n"
                      f"  2026-03-02T08:00:06.000Z  {events.event_sid(3)}  'reservation.accepted'\n", by_url.stdout)
        self.assertIn(f"WT{1:032x}: never ended; its last event is\n", by_url.stdout)

    def test_a_whole_life_is_fine(self) -> None:
        server = self.start()
        self.api(server).post_events(WORKSPACE, [
            self.event(1, "task.created", 0), self.event(2, "reservation.created", 1, 1),
            self.event(3, "reservation.accepted", 2, 1), self.event(4, "task.completed", 3)])
        result = waybill.run("doctor", "lifecycle", "--url", server.url, "--workspace", WORKSPACE,
                             environment=waybill.CREDENTIALS)
        self.assertEqual((result.returncode, result.stdout),
                         (0, "fine: 4 events, 1 tasks, 1 reservations\n"), result.stderr)


if __name__ == "__main__":
    unittest.main()
