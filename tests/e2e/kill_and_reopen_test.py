"""The real binary under write load, killed at random, opened again: what it acknowledged is there, once.

The expectation is kept here, outside the process that is killed. `--rounds N` for more, `--seed S` to repeat a run.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import random
import sys
import threading
import time
import unittest
from dataclasses import dataclass, field
from typing import Any

import events
from api import Answer, Api, list_url, sids
from case import ServerCase
from waybill import Server

OPTIONS = argparse.Namespace(rounds=20, seed=None)
WORKSPACE = events.workspace_sid(1)
WRITERS = 4
TIMES = 3_000  # distinct milliseconds that events happen in: few enough that many share one


@dataclass
class Batch:
    """Events that were sent together."""

    numbers: range
    times: list[int]

    def bodies(self) -> list[dict[str, Any]]:
        """As they were sent, and are sent again."""
        return [events.made_event(number, at, number % 400) for number, at in zip(self.numbers, self.times)]


@dataclass
class Expectation:
    """What the store must hold. Writers note what becomes of their batches; between rounds it is made certain."""

    held: dict[str, int] = field(default_factory=dict)  # event sid → event_date_ms
    absent: list[Batch] = field(default_factory=list)  # sent, never acknowledged, found to be missing
    in_doubt: list[Batch] = field(default_factory=list)  # sent, and killed before an answer came
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note_acknowledged(self, batch: Batch) -> None:
        """The server said that the batch is on disk."""
        with self.lock:
            self.held |= zip(map(events.event_sid, batch.numbers), batch.times)

    def note_in_doubt(self, batch: Batch) -> None:
        """The server was killed before it said anything."""
        with self.lock:
            self.in_doubt.append(batch)


class Writer(threading.Thread):
    """Writes single events and batches over one connection until the connection breaks."""

    def __init__(self, server: Server, expectation: Expectation, numbers: itertools.count[int], seed: int) -> None:
        super().__init__(daemon=True)
        self._api = Api(server.url)
        self._expectation = expectation
        self._numbers = numbers
        self._chance = random.Random(seed)
        self.failure: str | None = None

    def run(self) -> None:
        with self._api:
            while self._write_one_batch():
                pass

    def _write_one_batch(self) -> bool:
        size = self._chance.choice([1, 1, 1, 1, 2, 20, 60])
        first = next(self._numbers)
        batch = Batch(range(first, first + size),
                      [events.START_MS + self._chance.randrange(TIMES) for _ in range(size)])
        try:
            answer = self._api.try_post_events(WORKSPACE, batch.bodies())
        except (OSError, http.client.HTTPException):
            self._expectation.note_in_doubt(batch)
            return False
        self._check_answer(answer, batch)
        return self.failure is None

    def _check_answer(self, answer: Answer, batch: Batch) -> None:
        expected = {"accepted": len(batch.numbers), "duplicates": 0, "variants": 0, "dropped": 0, "new_sids": []}
        if answer.status != 201 or answer.json() != expected:
            self.failure = f"expected 201 {expected}, not {answer.status} {answer.body[:300]!r}"
            return
        self._expectation.note_acknowledged(batch)


class KillAndReopen(ServerCase):
    """Rounds of: open, check, walk half a list, write, kill."""

    def setUp(self) -> None:
        super().setUp()
        seed = random.SystemRandom().randrange(2**32) if OPTIONS.seed is None else OPTIONS.seed
        print(f"seed {seed}, {OPTIONS.rounds} rounds", flush=True)
        self.chance = random.Random(seed)
        self.expectation = Expectation()
        # A batch has at most 60 events, so that each may number its own from here on.
        self.numbers = itertools.count(1, 100)
        self.late_finds = 0  # batches that were there though no answer had said so
        self.order: list[str] = []  # the list as it was last seen
        self.begun_walk: tuple[list[str], str | None] = ([], None)  # events seen before the kill, and the next page

    def test_what_was_acknowledged_survives_kill_9(self) -> None:
        for _ in range(OPTIONS.rounds):
            server = self.start("--redact-after", "never")
            self._check_reopened(self.api(server))
            self._write_and_kill(server)
        self._check_reopened(self.api(self.start("--redact-after", "never")))
        print(f"{len(self.expectation.held)} events held; of the batches without an answer {self.late_finds} were "
              f"there and {len(self.expectation.absent)} were not", flush=True)

    def _write_and_kill(self, server: Server) -> None:
        writers = [Writer(server, self.expectation, self.numbers, self.chance.randrange(2**32))
                   for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(self.chance.uniform(0.005, 0.15))
        server.kill()
        for writer in writers:
            writer.join()
            self.assertIsNone(writer.failure)

    def _check_reopened(self, api: Api) -> None:
        # A server that was killed before its first commit left no workspace behind.
        listed = api.events(WORKSPACE, PageSize=1000) if api.get("/v1/Workspaces")["workspaces"] else []
        order = sids(listed)
        self.assertEqual(len(order), len(set(order)), "no event is listed twice")
        self._resolve_doubts(set(order))
        self.assertEqual({event["sid"]: event["event_date_ms"] for event in listed}, self.expectation.held)
        if not listed:
            return
        self._check_order(listed)
        self._finish_begun_walk(api)
        self._check_some_events(api, order)
        self._send_something_again(api)
        self._begin_walk(api)

    def _resolve_doubts(self, found: set[str]) -> None:
        """A batch without an answer may be there or not, but wholly so; from now on that is certain."""
        for batch in self.expectation.in_doubt:
            there = [number for number in batch.numbers if events.event_sid(number) in found]
            self.assertIn(len(there), (0, len(batch.numbers)), "a batch is all or nothing")
            if there:
                self.expectation.note_acknowledged(batch)
                self.late_finds += 1
            else:
                self.expectation.absent.append(batch)
        self.expectation.in_doubt.clear()

    def _check_order(self, listed: list[dict[str, Any]]) -> None:
        """Rising times; and events that were there before stand as they stood, also those of the same millisecond."""
        times = [event["event_date_ms"] for event in listed]
        self.assertEqual(times, sorted(times))
        known = set(self.order)
        order = sids(listed)
        self.assertEqual([sid for sid in order if sid in known], self.order)
        self.order = order

    def _check_some_events(self, api: Api, order: list[str]) -> None:
        """The newest-first list is the same list, in pages of any size; and events read as they were written."""
        size = self.chance.randint(400, 1000)
        self.assertEqual(sids(api.events(WORKSPACE, PageSize=size, Ordering="EventDate:desc")), order[::-1])
        for sid in self.chance.sample(order, min(5, len(order))):
            number = int(sid[2:], 16)
            sent = events.made_event(number, self.expectation.held[sid], number % 400)
            got = api.get(f"/v1/Workspaces/{WORKSPACE}/Events/{sid}")
            self.assertEqual({name: got[name] for name in sent}, sent)

    def _send_something_again(self, api: Api) -> None:
        """A client that got no answer repeats itself: what is there is counted as such, what is not is taken."""
        for batch in self.chance.sample(self.expectation.absent, min(1, len(self.expectation.absent))):
            counts = api.post_events(WORKSPACE, batch.bodies())
            self.assertEqual((counts["accepted"], counts["duplicates"]), (len(batch.numbers), 0))
            counts = api.post_events(WORKSPACE, batch.bodies())
            self.assertEqual((counts["accepted"], counts["duplicates"]), (0, len(batch.numbers)))
            self.expectation.note_acknowledged(batch)
            self.expectation.absent.remove(batch)
            self.order = sids(api.events(WORKSPACE, PageSize=1000))

    def _begin_walk(self, api: Api) -> None:
        """Reads a first page, to read the others after the kill."""
        page = api.get(list_url(WORKSPACE, PageSize=max(1, min(1000, len(self.order) // 2))))
        self.begun_walk = (sids(page["events"]), page["meta"]["next_page_url"])
        self.walk_answer = self.order

    def _finish_begun_walk(self, api: Api) -> None:
        """A page link outlives the server, and leads to nothing that was written after the walk began."""
        seen, target = self.begun_walk
        if not seen:
            return
        while target is not None:
            page = api.get(target)
            seen += sids(page["events"])
            target = page["meta"]["next_page_url"]
        self.assertEqual(seen, self.walk_answer)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--rounds", type=int, default=OPTIONS.rounds)
    parser.add_argument("--seed", type=int)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)
