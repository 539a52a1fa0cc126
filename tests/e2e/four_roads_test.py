"""One seeded day by four roads at once, each of which loses, repeats and reorders, while the server is killed, between
requests and within them: every event is there once, what was acknowledged is there, and what the ledger calls proven is
all there.

    four_roads_test.py [--seed S] [--events N]
"""

from __future__ import annotations

import argparse
import base64
import calendar
import hashlib
import hmac
import http.client
import json
import itertools
import random
import subprocess
import sys
import threading
import time
import unittest
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import events
import waybill
from api import Api
from backfill_test import ENVIRONMENT, WORKSPACE, made
from case import ServerCase
from upstream import Event, Upstream
from waybill import ACCOUNT_SID, AUTH_TOKEN, Server

PUBLIC_URL = "https://hooks.example.org"
HOUR_MS = 3_600_000
OPTIONS = argparse.Namespace(seed=20261125, events=1200)


def signature(url: str, form: dict[str, str]) -> str:
    """Of a form that is posted to a URL, or of a URL alone."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(AUTH_TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()


def form_of(event: Event) -> dict[str, str]:
    """The callback that tells of an event."""
    form = {"".join(word.capitalize() for word in name.split("_")): value for name, value in event["event_data"].items()}
    return form | {"Sid": event["sid"], "EventType": event["event_type"], "AccountSid": ACCOUNT_SID,
                   "WorkspaceSid": WORKSPACE, "Timestamp": str(event["event_date_ms"] // 1000),
                   "TimestampMs": str(event["event_date_ms"])}


def cloud_event_of(event: Event) -> dict[str, Any]:
    """The CloudEvent that tells of it."""
    at = event["event_date_ms"]
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 1000)) + f".{at % 1000:03}Z"
    payload = event["event_data"] | {"sid": event["sid"], "account_sid": ACCOUNT_SID, "workspace_sid": WORKSPACE,
                                     "timestamp": stamp}
    return {"specversion": "1.0", "type": "com.twilio.taskrouter." + event["event_type"], "id": "NO" + event["sid"],
            "source": "AB1", "data": {"payload": payload}}


class FourRoads(ServerCase):
    """The day, and who tells of it."""

    def setUp(self) -> None:
        super().setUp()
        self.chance = random.Random(OPTIONS.seed)
        # It ended three hours ago, so that all of it has settled.
        self.end_ms = int(time.time() * 1000) - 3 * HOUR_MS
        step = 20 * HOUR_MS // OPTIONS.events
        self.day = [made(number, self.end_ms - (OPTIONS.events - number) * step)
                    for number in range(1, OPTIONS.events + 1)]
        self.acknowledged: set[str] = set()
        self.surprises: list[str] = []  # of threads
        self.cut = 0  # requests that were under way when the server died
        self.pulling = threading.Event()  # set by each request that a pull makes
        self.server = self.serve()

    def serve(self) -> Server:
        """The server, again."""
        return self.start("--public-url", PUBLIC_URL, "--redact-after", "never", environment=ENVIRONMENT)

    def post(self, target: str, body: str, headers: dict[str, str]) -> None:
        """Tells once; whoever is not heard does not try again."""
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=30)
        try:
            connection.request("POST", target, body.encode(), headers)
            self.assertIn(connection.getresponse().status, (200, 201, 204))
        finally:
            connection.close()

    def by_callback(self, batch: list[Event]) -> None:
        """One event, as there is one in a callback."""
        event, = batch
        form = form_of(event)
        self.post("/webhooks/taskrouter", urlencode(form), {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(PUBLIC_URL + "/webhooks/taskrouter", form)})
        self.acknowledged.add(event["sid"])

    def by_stream(self, batch: list[Event]) -> None:
        body = json.dumps([cloud_event_of(event) for event in batch])
        target = "/webhooks/event-streams?bodySHA256=" + hashlib.sha256(body.encode()).hexdigest()
        self.post(target, body, {"Content-Type": "application/json",
                                 "X-Twilio-Signature": signature(PUBLIC_URL + target, {})})
        self.acknowledged |= {event["sid"] for event in batch}

    def by_api(self, batch: list[Event]) -> None:
        """What an import into a server does, as one request."""
        credentials = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
        self.post(f"/v1/Workspaces/{WORKSPACE}/Events", "".join(events.to_line(event) for event in batch), {
            "Content-Type": "application/x-ndjson", "Authorization": "Basic " + credentials})
        self.acknowledged |= {event["sid"] for event in batch}

    def by_file(self, batch: list[Event]) -> None:
        lines = "".join(events.to_line(event) for event in batch).encode()
        done = waybill.run("import", "--url", self.server.url, "-", stdin=lines, environment=ENVIRONMENT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.acknowledged |= {event["sid"] for event in batch}

    def sample(self, share: float) -> list[Event]:
        """Some of the day, in any order, some of them twice."""
        chosen = [event for event in self.day if self.chance.random() < share]
        chosen += self.chance.sample(chosen, len(chosen) // 10)
        self.chance.shuffle(chosen)
        return chosen

    def in_batches(self, share: float, tell: Callable[[list[Event]], None]) -> list[Callable[[], None]]:
        chosen = self.sample(share)
        batches: list[list[Event]] = []
        while chosen:
            count = self.chance.randint(1, 40)
            batches.append(chosen[:count])
            chosen = chosen[count:]
        return [lambda batch=batch: tell(batch) for batch in batches]  # type: ignore[misc]

    def kill(self) -> None:
        """The receiver dies and comes back."""
        self.server.kill()
        self.server = self.serve()

    def kill_within(self, upstream: Upstream, since_ms: int, until_ms: int) -> None:
        """The receiver dies while it is told by every road, and pulled for; what it has acknowledged is there."""
        roads = [(self.by_callback, 1)] * 4 + [(self.by_stream, 10), (self.by_stream, 3), (self.by_api, 10)]
        tellers = [threading.Thread(target=self.tell_until_cut, args=(tell, self.chance.sample(self.day, 30), length))
                   for tell, length in roads]
        self.pulling.clear()
        pull = subprocess.Popen([waybill.BINARY, *self.pull_arguments(upstream, since_ms, until_ms)],
                                env=waybill.clean_environment(ENVIRONMENT), stderr=subprocess.DEVNULL)
        for teller in tellers:
            teller.start()
        self.assertTrue(self.pulling.wait(30))
        time.sleep(self.chance.uniform(0, 0.05))
        self.server.kill()
        for teller in tellers:
            teller.join()
        pull.kill()
        pull.wait()
        self.server = self.serve()
        self.assertEqual(self.surprises, [])
        self.assertLessEqual(self.acknowledged, set(self.stored()))
        self.check_claims()

    def tell_until_cut(self, tell: Callable[[list[Event]], None], chosen: list[Event], length: int) -> None:
        """Goes on by one road until nobody answers any more."""
        for begin in itertools.cycle(range(0, len(chosen) - length + 1, length)):
            try:
                tell(chosen[begin:begin + length])
            except ConnectionRefusedError:
                return
            except (OSError, http.client.HTTPException):
                self.cut += 1
                return
            except AssertionError as error:
                self.surprises.append(str(error))
                return

    def pull_arguments(self, upstream: Upstream, since_ms: int, until_ms: int) -> list[str]:
        """Of a pull of a part of the day out of the hosted API."""
        stamps = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at // 1000)) for at in (since_ms, until_ms)]
        return ["backfill", "--from", upstream.url, "--workspace", WORKSPACE, "--since", stamps[0], "--until", stamps[1],
                "--max-rps", "1000", "--url", self.server.url]

    def pull(self, upstream: Upstream, since_ms: int, until_ms: int) -> None:
        """One that nothing disturbs."""
        done = waybill.run(*self.pull_arguments(upstream, since_ms, until_ms), environment=ENVIRONMENT)
        self.assertEqual(done.returncode, 0, done.stderr)

    def stored(self) -> list[str]:
        """The sids that are there."""
        with Api(self.server.url) as api:
            return [event["sid"] for event in api.events(WORKSPACE, PageSize=1000)]

    def check_claims(self) -> int:
        """All events of proven spans are there; how long those spans are, in milliseconds."""
        with Api(self.server.url) as api:
            spans = api.get(f"/v1/Workspaces/{WORKSPACE}/Completeness")["spans"]
        there = set(self.stored())
        length = 0
        for span in spans:
            if span["state"] != "proven":
                continue
            first, last = (ms_of(span[end]) for end in ("from", "to"))
            length += last - first
            missing = [event["sid"] for event in self.day if first <= event["event_date_ms"] <= last
                       and event["sid"] not in there]
            self.assertEqual(missing, [], span)
        return length

    def test_each_event_once_and_the_claims_are_true(self) -> None:
        upstream = Upstream(WORKSPACE, self.day, hook=lambda _: self.pulling.set())
        self.addCleanup(upstream.close)
        work: list[Callable[[], None]] = [lambda event=event: self.by_callback([event])  # type: ignore[misc]
                                          for event in self.sample(0.5)]
        work += self.in_batches(0.4, self.by_stream) + self.in_batches(0.2, self.by_file)
        work += [self.kill] * 4
        begin_ms = self.day[0]["event_date_ms"]
        third = (self.end_ms - begin_ms) // 3
        # Each within a pull of its own, so that there is something to pull; nothing pulls the last third.
        work += [lambda from_ms=begin_ms + third + part * third // 4:  # type: ignore[misc]
                 self.kill_within(upstream, from_ms, from_ms + third // 4) for part in range(4)]
        work += [lambda: self.pull(upstream, begin_ms, begin_ms + third)]
        self.chance.shuffle(work)
        for number, step in enumerate(work):
            step()
            if number % 200 == 0:
                self.check_claims()
        there = self.stored()
        self.assertEqual(len(there), len(set(there)))
        self.assertLess(len(there), len(self.day), "the roads lose so much that something is left to pull")
        self.assertLessEqual(self.acknowledged, set(there))
        self.assertGreater(self.cut, 0, "a server that dies cuts something off")
        self.assertGreater(self.check_claims(), 0)
        self.pull(upstream, begin_ms - HOUR_MS, self.end_ms + HOUR_MS)
        there = self.stored()
        self.assertEqual(len(there), len(set(there)))
        self.assertEqual(set(there), {event["sid"] for event in self.day})
        self.assertGreaterEqual(self.check_claims(), self.end_ms - begin_ms)
        variants = waybill.run("variants", "--data", self.data, environment=ENVIRONMENT)
        self.assertEqual(variants.stdout, "", "roads that tell the same do not contradict each other")


def ms_of(text: str) -> int:
    """Milliseconds of a time with three digits behind its seconds."""
    whole, rest = text.rstrip("Z").split(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 1000 + int(rest)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=OPTIONS.seed)
    parser.add_argument("--events", type=int, default=OPTIONS.events)
    OPTIONS, rest = parser.parse_known_args()
    print(f"repeat with --seed {OPTIONS.seed} --events {OPTIONS.events}", flush=True)
    unittest.main(argv=[sys.argv[0], *rest])
