"""What cannot be stored is kept aside: by callbacks and streams, bounded, expired, erased, in backups, tried again."""

from __future__ import annotations

import json
import re
import sqlite3
import time
import unittest
from typing import Any
from urllib.parse import urlencode

import waybill
from api import Answer, Api
from case import ServerCase
from waybill import ACCOUNT_SID, Server

WORKSPACE = "WS" + "0" * 31 + "1"
TASK = "WT" + "a" * 32
OTHER_TASK = "WT" + "b" * 32
FORM = {"AccountSid": ACCOUNT_SID, "WorkspaceSid": WORKSPACE, "EventType": "task.created", "Sid": "EV" + "1" * 32,
        "Timestamp": "1692644679", "TaskSid": TASK, "TaskAttributes": '{"name": "Ada"}'}
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}
WITHOUT_TIME = {name: value for name, value in FORM.items() if name != "Timestamp"}


def element(**payload: object) -> dict[str, Any]:
    """A CloudEvent of a task, with this payload."""
    return {"specversion": "1.0", "type": "com.twilio.taskrouter.task.created", "source": "s", "id": "NO1",
            "data": {"account_sid": ACCOUNT_SID, "payload": payload}}


class RejectsCase(ServerCase):
    """A server that takes webhooks from whoever sends some, and the command beside it."""

    def serve(self, *flags: str, **environment: str) -> Server:
        """One over the test's directory."""
        return self.start("--allow-unsigned", *flags, environment=waybill.CREDENTIALS | environment)

    def callback(self, server: Server, form: dict[str, str] | str) -> Answer:
        """Posts a callback."""
        body = form if isinstance(form, str) else urlencode(form)
        with Api(server.url) as api:
            return api.request("POST", "/webhooks/taskrouter", body.encode(), FORM_TYPE)

    def stream(self, server: Server, elements: list[Any]) -> Answer:
        """Posts a batch of CloudEvents."""
        with Api(server.url) as api:
            return api.request("POST", "/webhooks/event-streams", json.dumps(elements).encode(),
                               {"Content-Type": "application/json"})

    def rejects(self, *arguments: object, code: int = 0) -> str:
        """What `waybill rejects` prints."""
        done = waybill.run("rejects", *map(str, arguments))
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertNotIn("\x1b", done.stdout)
        return done.stdout + (done.stderr if code else "")

    def listed(self) -> list[dict[str, Any]]:
        """All that is kept aside, out of the directory."""
        return [json.loads(line) for line in self.rejects("list", "--json", "--data", self.data).splitlines()]

    def place(self, server: Server) -> list[object]:
        """How the command is told of a server."""
        return ["--url", server.url, "--admin-token-file", self.data / "admin.token"]

    def metrics(self, server: Server) -> dict[str, float]:
        """Its samples."""
        lines = server.metrics().splitlines()
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))}

    def log_lines(self, server: Server, message: str) -> list[dict[str, Any]]:
        """Lines of its log with that message."""
        lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("message") == message]


class KeptTest(RejectsCase):
    """What comes in by webhooks."""

    def test_a_callback_that_can_be_no_event_is_kept_and_acknowledged(self) -> None:
        server = self.serve()
        parts = urlencode(FORM)
        for body in (urlencode(WITHOUT_TIME), parts + "&%ff=1", parts.replace(WORKSPACE, "WS1"),
                     parts + "".join(f"&P{i}=1" for i in range(1000))):
            self.assertEqual(self.callback(server, body).status, 204, body[:200])
        self.assertEqual(len(self.listed()), 4)
        # Sent again it is the same one.
        self.assertEqual(self.callback(server, WITHOUT_TIME).status, 204)
        first = self.listed()[0]
        self.assertEqual((first["number"], first["times"], first["road"], first["workspace_sid"]),
                         (1, 2, "callback", WORKSPACE))
        self.assertEqual(first["problem"], "Timestamp: is missing, and so is TimestampMs; one must be there")
        samples = self.metrics(server)
        self.assertEqual(samples["waybill_rejects"], 4)
        self.assertGreater(samples["waybill_rejects_bytes"], 1000)
        self.assertEqual(samples['waybill_rejected_total{road="callback"}'], 5)
        self.assertEqual(samples['waybill_events_total{outcome="refused",road="callback"}'], 5)
        server.kill()
        self.assertEqual(len(self.listed()), 4)

    def test_a_callback_that_tells_something_twice_is_stored(self) -> None:
        server = self.serve()
        odd = urlencode(FORM) + "&TaskSid=" + OTHER_TASK + "&NewThing=%ff&task_sid=x&TimestampMs=never&EventType=task.updated"
        self.assertEqual(self.callback(server, odd).status, 204)
        self.assertEqual(self.listed(), [])
        event, = self.api(server).events(WORKSPACE)
        self.assertEqual(event["event_type"], "task.updated")
        self.assertEqual(event["event_data"]["TaskSid"], OTHER_TASK)
        self.assertEqual(event["event_data"]["task_sid"], "x")
        self.assertEqual(event["event_data"]["new_thing"], "\ufffd")
        self.assertEqual(event["event_data"]["TimestampMs"], "never")

    def test_of_a_stream_the_bad_elements_are_kept_and_named(self) -> None:
        server = self.serve()
        good = element(sid="EV" + "2" * 32, workspace_sid=WORKSPACE, timestamp="2023-08-21T19:04:39Z", task_sid=TASK)
        late = element(sid="EV" + "3" * 32, workspace_sid=WORKSPACE, timestamp="tomorrow", name="Ada")
        answer = self.stream(server, [good, late, 7, element(sid="EV" + "4" * 32, timestamp="2023-08-21T19:04:39Z")])
        self.assertEqual(answer.status, 200)
        told = answer.json()
        self.assertEqual(told["accepted"], 1)
        self.assertEqual([(bad["index"], bad["number"]) for bad in told["bad"]], [(1, 1), (2, 2), (3, 3)])
        self.assertIn("timestamp", told["bad"][0]["problem"])
        shown = json.loads(self.rejects("show", 1, "--json", "--data", self.data))
        self.assertEqual(json.loads(shown["body"]), late)
        self.assertEqual((shown["place"], shown["form"], shown["account_sid"]), ("event 1", "cloudevent", ACCOUNT_SID))
        lines = self.log_lines(server, "event of a webhook rejected and kept aside")
        self.assertEqual([(line["index"], line["number"], line["status"]) for line in lines],
                         [(1, 1, 200), (2, 2, 200), (3, 3, 200)])
        self.assertEqual(lines[0]["event"], "NO1")
        self.assertNotIn("Ada", server.log)
        self.assertEqual(self.metrics(server)['waybill_events_total{outcome="refused",road="event_stream"}'], 3)

    def test_an_unknown_account_is_refused_as_before(self) -> None:
        server = self.serve()
        stranger = element(sid="EV" + "2" * 32, workspace_sid=WORKSPACE, timestamp="2023-08-21T19:04:39Z")
        stranger["data"]["account_sid"] = "AC" + "9" * 32
        self.assertEqual(self.stream(server, [stranger]).status, 403)
        self.assertEqual(self.callback(server, FORM | {"AccountSid": "AC" + "9" * 32}).status, 403)
        self.assertEqual(self.listed(), [])

    def test_what_is_not_signed_keeps_nothing(self) -> None:
        server = self.start()
        self.assertEqual(self.callback(server, WITHOUT_TIME).status, 403)
        self.assertEqual(self.stream(server, [7]).status, 403)
        self.assertEqual(self.listed(), [])
        samples = self.metrics(server)
        self.assertEqual(samples['waybill_events_total{outcome="refused",road="callback"}'], 1)
        self.assertEqual(samples['waybill_events_total{outcome="refused",road="event_stream"}'], 1)

    def test_a_full_place_acknowledges_nothing_that_it_does_not_know(self) -> None:
        server = self.serve(WAYBILL_TEST_REJECTS_MAX="2")
        self.assertEqual(self.stream(server, [7, 8]).status, 200)
        self.assertEqual(self.stream(server, [7]).status, 200)
        good = element(sid="EV" + "2" * 32, workspace_sid=WORKSPACE, timestamp="2023-08-21T19:04:39Z")
        for answer in (self.stream(server, [good, 9]), self.callback(server, WITHOUT_TIME)):
            self.assertEqual(answer.status, 503)
            self.assertIn("2 elements", answer.json()["message"])
            self.assertEqual(answer.headers["Retry-After"], "1")
        self.assertEqual(len(self.listed()), 2)
        self.assertEqual(len(self.api(server).events(WORKSPACE)), 1)
        found = waybill.run("doctor", "--url", server.url, "--admin-token-file", self.data / "admin.token", "--json")
        finding, = [one for one in json.loads(found.stdout)["checks"] if one["check"] == "rejects"]
        self.assertEqual(finding["state"], "mend")
        self.rejects("drop", 1, *self.place(server))
        self.assertEqual(self.callback(server, WITHOUT_TIME).status, 204)


class RefusedTest(RejectsCase):
    """What a person's script sends is refused as a whole, counted and in the log."""

    def test_refused_posts_are_counted_and_say_why(self) -> None:
        server = self.serve()
        api = self.api(server)
        secret = {"event_data": {"task_attributes": "sesame"}}
        answer = api.try_post_events(WORKSPACE, [secret | {"sidd": "x"}, secret])
        self.assertEqual(answer.status, 400)
        line, = self.log_lines(server, "batch of events refused")
        self.assertEqual((line["status"], line["events"], line["workspace"]), (400, 2, WORKSPACE))
        # What somebody has sent is left out of it.
        self.assertEqual(line["reason"], re.sub("'.*'", "'…'", answer.json()["message"]))
        self.assertNotIn("sidd", server.log)
        self.assertNotIn("sesame", server.log)
        self.assertEqual(self.metrics(server)['waybill_events_total{outcome="refused",road="post"}'], 2)

    def test_each_outcome_is_counted(self) -> None:
        server = self.serve("--retain", "3650d", WAYBILL_TEST_REMOVAL_GRACE="0")
        other = FORM | {"EventType": "task.updated"}
        old = FORM | {"Sid": "EV" + "5" * 32, "Timestamp": "1"}
        for form in (FORM, FORM, other, old, WITHOUT_TIME):
            self.assertEqual(self.callback(server, form).status, 204)
        samples = self.metrics(server)
        for outcome in ("accepted", "duplicate", "variant", "dropped", "refused"):
            self.assertEqual(samples[f'waybill_events_total{{outcome="{outcome}",road="callback"}}'], 1, outcome)


class CommandTest(RejectsCase):
    """`waybill rejects`, over a server and over a directory."""

    def test_list_and_show_steer_no_terminal(self) -> None:
        server = self.serve()
        self.callback(server, "AccountSid=" + ACCOUNT_SID + "&WorkspaceSid=%1b[2J&Timestamp=1&A=\x1b[31m")
        for place in (["--data", self.data], self.place(server)):
            table = self.rejects("list", *place)
            self.assertIn("1 of at most 10000 are kept aside", table)
            self.assertIn("\\x1b[2J", table)
            shown = self.rejects("show", 1, *place)
            self.assertRegex(shown, r"Problem: +WorkspaceSid: must match")
            self.assertIn("A=\\x1b[31m", shown)
        self.assertEqual(self.rejects("list", "--road", "pull", "--data", self.data),
                         "1 of at most 10000 are kept aside, " +
                         re.search(r"(\d+ of at most \d+ bytes)", table)[1] + ".\n")
        self.assertIn("nothing is kept aside under the number 9", self.rejects("show", 9, "--data", self.data, code=1))
        self.assertIn("--road: 'x'", self.rejects("list", "--road", "x", "--data", self.data, code=2))
        self.assertIn("--workspace: 'nope'", self.rejects("list", "--workspace", "nope", "--data", self.data, code=2))
        self.assertIn("NUMBER: '0'", self.rejects("show", "0", "--data", self.data, code=2))

    def test_another_try_stores_it_once_somebody_says_where_it_belongs(self) -> None:
        server = self.serve()
        lost = {name: value for name, value in FORM.items() if name != "WorkspaceSid"}
        self.callback(server, lost)
        self.callback(server, WITHOUT_TIME)
        place = self.place(server)
        said = self.rejects("retry", 1, *place, code=1)
        self.assertIn("1: workspace_sid: is missing; name one", said)
        said = self.rejects("retry", "--all", "--workspace", WORKSPACE, *place, code=1)
        self.assertIn("2: Timestamp: is missing", said)
        self.assertIn("2 tried: 1 new, 0 duplicates, 0 variants, 0 dropped; 1 stay.", said)
        event, = self.api(server).events(WORKSPACE)
        self.assertEqual(event["sid"], FORM["Sid"])
        self.assertEqual([one["number"] for one in self.listed()], [2])
        self.assertIn("1 dropped", self.rejects("drop", "--all", *place))
        self.assertEqual(self.listed(), [])

    def test_a_directory_that_no_server_holds(self) -> None:
        server = self.serve()
        self.callback(server, {name: value for name, value in FORM.items() if name != "WorkspaceSid"})
        self.callback(server, WITHOUT_TIME)
        held = self.rejects("retry", 1, "--workspace", WORKSPACE, "--data", self.data, code=1)
        self.assertIn("held by", held)
        server.stop()
        said = self.rejects("retry", 1, "--workspace", WORKSPACE, "--data", self.data)
        self.assertIn("1 tried: 1 new", said)
        self.assertEqual(self.rejects("drop", 2, "--data", self.data), "1 dropped.\n")
        self.assertEqual(self.listed(), [])
        self.assertEqual(len(self.api(self.serve()).events(WORKSPACE)), 1)

    def test_what_names_nothing_is_refused(self) -> None:
        server = self.serve()
        for words, why in ((["retry"], "say which"), (["drop"], "say which"), (["drop", "1", "--all"], "say which"),
                           (["drop", "1", "--road", "pull"], "go with --all"), (["retry", "x"], "NUMBER: 'x'")):
            self.assertIn(why, self.rejects(*words, *self.place(server), code=2))
        without = waybill.run("rejects", "list", "--url", server.url)
        self.assertIn("administrator's token", without.stderr)


class LifeTest(RejectsCase):
    """How long it stays."""

    def test_it_is_in_backups_and_comes_back(self) -> None:
        server = self.serve()
        self.callback(server, WITHOUT_TIME)
        backup = waybill.run("backup", "--data", self.data, "--to", self.folder / "backups")
        self.assertEqual(backup.returncode, 0, backup.stderr)
        server.stop()
        before = self.listed()
        restored = waybill.run("restore", "--from", self.folder / "backups", "--data", self.folder / "restored")
        self.assertEqual(restored.returncode, 0, restored.stderr)
        self.data = self.folder / "restored"
        self.assertEqual(self.listed(), before)
        self.assertEqual(len(before), 1)

    def test_it_expires_and_the_log_says_so(self) -> None:
        server = self.serve()
        self.callback(server, WITHOUT_TIME)
        server.stop()
        # As if it had come two days ago.
        with sqlite3.connect(self.data / "waybill.db") as database:
            database.execute("UPDATE rejects SET last_ms = last_ms - 2 * 86400000")
        database.close()
        kept = self.serve("--rejects-for", "never")
        kept.stop()
        self.assertEqual(len(self.listed()), 1)
        server = self.serve("--rejects-for", "1d")
        until = time.monotonic() + 20
        while self.listed() and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual(self.listed(), [])
        line, = self.log_lines(server, "rejects older than rejects-for removed")
        self.assertEqual(line["elements"], 1)

    def test_an_age_wants_its_unit(self) -> None:
        refused = waybill.run("serve", "--data", self.data, "--rejects-for", "30")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("needs a unit: 30m, 30h or 30d", refused.stderr)

    def test_an_erasure_takes_it(self) -> None:
        server = self.serve()
        self.callback(server, FORM | {"Sid": "EV" + "9" * 32})
        self.callback(server, WITHOUT_TIME)
        self.callback(server, WITHOUT_TIME | {"TaskSid": OTHER_TASK})
        erase = ("erase", *map(str, self.place(server)), "--workspace", WORKSPACE, "--task", TASK)
        self.assertIn(", and 1 element kept aside. Nothing was changed.", waybill.run(*erase, "--dry-run").stdout)
        erased = waybill.run(*erase)
        self.assertEqual(erased.returncode, 0, erased.stderr)
        self.assertEqual([one["number"] for one in self.listed()], [2])

    def test_exports_do_not_have_it(self) -> None:
        server = self.serve()
        self.callback(server, FORM)
        self.callback(server, WITHOUT_TIME)
        exported = waybill.run("export", "--workspace", WORKSPACE, "--data", self.data)
        self.assertEqual(len(exported.stdout.splitlines()), 1, exported.stderr)


if __name__ == "__main__":
    unittest.main()
