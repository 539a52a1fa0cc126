"""Readers that page through a list while writers keep writing: each sees exactly the answer of its first page."""

from __future__ import annotations

import itertools
import random
import threading
import time
import unittest
from typing import Any

import events
from api import Api, list_url, sids
from case import ServerCase
from waybill import Server

WORKSPACE = events.workspace_sid(1)
EVENTS_BEFORE = 1_500
TIMES = 2_000  # milliseconds that events happen in; writers use the same ones, so that they hit every page
PAGE_SIZE = 23


class Writer(threading.Thread):
    """Writes small batches, some of them back-dated, until it is told to stop."""

    def __init__(self, server: Server, numbers: itertools.count[int], seed: int) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._numbers = numbers
        self._chance = random.Random(seed)
        self.stop = threading.Event()
        self.written: set[str] = set()
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            with Api(self._server.url) as api:
                while not self.stop.is_set():
                    self._write(api)
        except Exception as failure:  # pylint: disable=broad-except  # the test tells it
            self.failure = failure

    def _write(self, api: Api) -> None:
        batch = [events.made_event(next(self._numbers), events.START_MS + self._chance.randrange(TIMES))
                 for _ in range(self._chance.randint(1, 5))]
        api.post_events(WORKSPACE, batch)
        self.written |= set(sids(batch))


class PagingUnderWrites(ServerCase):
    """One archive, two writers, and walks through it."""

    def setUp(self) -> None:
        super().setUp()
        server = self.start()
        self.reader = self.api(server)
        seed = random.SystemRandom().randrange(2**32)
        print(f"seed {seed}", flush=True)
        self.chance = random.Random(seed)
        self.numbers = itertools.count(1)
        self._fill()
        self.writers = [Writer(server, self.numbers, seed + i) for i in range(2)]
        for writer in self.writers:
            writer.start()
        self.addCleanup(self._stop_writers)

    def _fill(self) -> None:
        first = [events.made_event(next(self.numbers), events.START_MS + self.chance.randrange(TIMES))
                 for _ in range(EVENTS_BEFORE)]
        self.reader.post_events(WORKSPACE, first)

    def _stop_writers(self) -> None:
        for writer in self.writers:
            writer.stop.set()
        for writer in self.writers:
            writer.join()

    def _written(self) -> set[str]:
        """What the writers have been told is on disk, a moment ago or longer."""
        return set().union(*(list(writer.written) for writer in self.writers))

    def _walk(self, **parameters: object) -> tuple[list[dict[str, Any]], set[str], int]:
        """The pages of one walk, what was acknowledged before its first page, and the number of the first event that
        was sent after it."""
        self._await_writes()
        before = self._written()
        links = self.reader.pages(WORKSPACE, PageSize=PAGE_SIZE, **parameters)
        pages = [next(links)]
        later_from = next(self.numbers)
        for page in links:
            pages.append(page)
            if len(pages) % 5 == 2:
                self._await_writes()
        return pages, before, later_from

    def _await_writes(self) -> None:
        """Returns when the writers have got something done since the call; a slow disk must not make it a walk in
        peace."""
        goal = len(self._written()) + 10
        deadline = time.monotonic() + 20
        while len(self._written()) < goal:
            self.assertLess(time.monotonic(), deadline, f"the writers stand still: {self.writers[0].failure}")
            time.sleep(0.001)

    def _check_walk(self, **parameters: object) -> list[dict[str, Any]]:
        pages, before, later_from = self._walk(**parameters)
        seen = [sid for page in pages for sid in sids(page["events"])]
        self.assertEqual(len(seen), len(set(seen)), "no event is there twice")
        self.assertLessEqual(before, set(seen), "what was acknowledged before the first page is there")
        self.assertLess(max(map(number_of, seen)), later_from, "what was sent after the first page is not")
        return pages

    def _rest_of_walk(self, first: dict[str, Any]) -> list[str]:
        """All sids of a walk whose first page has been read."""
        seen, target = sids(first["events"]), first["meta"]["next_page_url"]
        while target:
            page = self.reader.get(target)
            seen += sids(page["events"])
            target = page["meta"]["next_page_url"]
        return seen

    def _check_full_pages(self, pages: list[dict[str, Any]]) -> None:
        """Only the last page may be short, and pages are counted from nought."""
        self.assertTrue(all(len(page["events"]) == PAGE_SIZE for page in pages[:-1]))
        self.assertEqual([page["meta"]["page"] for page in pages], list(range(len(pages))))
        self.assertIsNone(pages[0]["meta"]["previous_page_url"])
        self.assertIsNone(pages[-1]["meta"]["next_page_url"])

    def test_forward(self) -> None:
        pages = self._check_walk()
        self._check_full_pages(pages)
        times = [event["event_date_ms"] for page in pages for event in page["events"]]
        self.assertEqual(times, sorted(times))

    def test_newest_first(self) -> None:
        pages = self._check_walk(Ordering="EventDate:desc")
        self._check_full_pages(pages)
        times = [event["event_date_ms"] for page in pages for event in page["events"]]
        self.assertEqual(times, sorted(times, reverse=True))

    def test_filtered(self) -> None:
        """A filter holds on every page, and leaves no full page short."""
        task = events.made_event(3, 0)["event_data"]["task_sid"]
        pages = self._check_filtered_walk(task)
        self._check_full_pages(pages)
        seen = [event for page in pages for event in page["events"]]
        self.assertEqual({event["event_data"]["task_sid"] for event in seen}, {task})

    def _check_filtered_walk(self, task: str) -> list[dict[str, Any]]:
        pages, _, later_from = self._walk(TaskSid=task)
        seen = {number_of(sid) for page in pages for sid in sids(page["events"])}
        self.assertLess(max(seen), later_from)
        self.assertLessEqual(set(range(3, EVENTS_BEFORE + 1, 7)), seen)
        return pages

    def test_back_over_the_same_pages(self) -> None:
        pages = self._check_walk()
        target = pages[-1]["meta"]["previous_page_url"]
        for forward in reversed(pages[:-1]):
            backward = self.reader.get(target)
            self.assertEqual(sids(backward["events"]), sids(forward["events"]))
            self.assertEqual(backward["meta"]["page"], forward["meta"]["page"])
            target = backward["meta"]["previous_page_url"]
        self.assertIsNone(target, "before the first page there is none, however much was back-dated meanwhile")

    def test_forward_links_of_pages_reached_backwards(self) -> None:
        """A reader may turn round at any page."""
        pages = self._check_walk()
        back = self.reader.get(pages[4]["meta"]["previous_page_url"])
        self.assertEqual(sids(back["events"]), sids(pages[3]["events"]))
        again = self.reader.get(back["meta"]["next_page_url"])
        self.assertEqual(sids(again["events"]), sids(pages[4]["events"]))

    def test_the_default_window_does_not_move_within_a_walk(self) -> None:
        """Events of the last fifteen minutes, the oldest of which leave that window while the walk goes on."""
        now_ms = time.time_ns() // 1_000_000
        edge = [events.made_event(10_000_000 + i, now_ms - 15 * 60_000 + 1_000 + 5 * i) for i in range(300)]
        self.reader.post_events(WORKSPACE, edge)
        first = self.reader.get(f"/v1/Workspaces/{WORKSPACE}/Events?PageSize=100")
        time.sleep(2.6)  # until the window of a request that begins now holds none of them
        seen = self._rest_of_walk(first)
        self.assertEqual(seen, sids(edge)[-len(seen):])
        self.assertGreater(len(seen), 100)
        self.assertEqual(self.reader.get(f"/v1/Workspaces/{WORKSPACE}/Events")["events"], [])

    def test_the_walk_is_the_list_at_its_first_page(self) -> None:
        """With the writers at rest until the first page, the whole answer is known to the last event."""
        self._stop_writers()
        answer = sids(self.reader.events(WORKSPACE, PageSize=1000))
        first = self.reader.get(list_url(WORKSPACE, PageSize=PAGE_SIZE))
        late = [events.made_event(20_000_000 + i, events.START_MS + self.chance.randrange(TIMES)) for i in range(500)]
        self.reader.post_events(WORKSPACE, late)
        self.assertEqual(self._rest_of_walk(first), answer)
        self.assertEqual(len(self.reader.events(WORKSPACE, PageSize=1000)), len(answer) + len(late))


def number_of(sid: str) -> int:
    """The number that an event was made with."""
    return int(sid[2:], 16)


if __name__ == "__main__":
    unittest.main()
