"""The real binary under write load, killed at random, opened again: what it acknowledged is there, once.

The expectation is kept here, outside the process that is killed. `--rounds N` for more, `--seed S` to repeat a run.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import time
import unittest
from typing import Any

import events
from api import Api, list_url, sids
from case import ServerCase
from expectation import Expectation, Writer
from waybill import Server

OPTIONS = argparse.Namespace(rounds=20, seed=None)
WORKSPACE = events.workspace_sid(1)
WRITERS = 4


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
        writers = [Writer(server, WORKSPACE, self.expectation, self.numbers, self.chance.randrange(2**32))
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
        self.late_finds += self.expectation.resolve_doubts(set(order))
        self.assertEqual({event["sid"]: event["event_date_ms"] for event in listed}, self.expectation.held)
        if not listed:
            return
        self._check_order(listed)
        self._finish_begun_walk(api)
        self._check_some_events(api, order)
        self._send_something_again(api)
        self._begin_walk(api)

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
