"""The real binary killed at each named step of everything that changes its files, under write load.

After each kill the files are sound, everything that was acknowledged is there once, lists are right, and what was
erased stays gone. The judge keeps its expectation here. `--rounds N` kills N times at each step, `--seed S` repeats a run.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import random
import signal
import sqlite3
import sys
import unittest
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import events
from api import Api, list_url, sids
from expectation import TIMES, Expectation, Writer
from store_case import Administrator, StoreCase, wait_until
from waybill import Server, ServerRefused

OPTIONS = argparse.Namespace(rounds=2, seed=None)
STEPS = (
    "append.before_commit", "append.committed", "segment.written", "segment.synced", "segment.verified", "sids.synced",
    "install.before_commit", "install.committed", "install.named", "remove.begin", "remove.removed", "trim",
    "merge.begin", "erase.before_commit", "erase.rewrite", "erase.complete",
)
SEAL_ROWS = {"WAYBILL_TEST_SEAL_ROWS": "100"}
WORKSPACE = events.workspace_sid(1)  # of the writers
ERASED_FROM = events.workspace_sid(2)  # of the tasks that are erased
KILLS_OF_A_STORE = 4  # then a new one begins, so that no list grows long
WRITERS = 2
TASK_EVENTS = 120  # enough to be sealed, so that a segment has to be rewritten
SECONDS_MAX = 30.0


@dataclass
class Tasks:
    """What is known of the tasks that are written to be erased."""

    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    there: dict[str, set[str]] = field(default_factory=dict)  # task → its events
    in_doubt: dict[str, set[str]] = field(default_factory=dict)  # asked to be erased, and killed before an answer
    erased: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # task → what it had, to be sent again


class KillPoints(StoreCase):
    """Rounds of: write and erase until the step ends the process, look at the files, open, check."""

    def setUp(self) -> None:
        super().setUp()
        seed = random.SystemRandom().randrange(2**32) if OPTIONS.seed is None else OPTIONS.seed
        print(f"seed {seed}, {OPTIONS.rounds} kills at each of {len(STEPS)} steps", flush=True)
        self.chance = random.Random(seed)

    def begin_store(self, number: int) -> None:
        """An empty store, of which nothing is expected."""
        self.data = self.folder / f"data{number}"
        self.expectation = Expectation()
        self.numbers = itertools.count(1, 100)
        self.tasks = Tasks()
        server = self.start_small(environment=SEAL_ROWS)
        self.write_task(self.api(server))
        self.api(server).post_events(WORKSPACE, [events.made_event(0, events.START_MS)])
        self.expectation.held[events.event_sid(0)] = events.START_MS
        server.stop()

    def test_nothing_is_lost_at_any_step(self) -> None:
        kills = list(STEPS) * OPTIONS.rounds
        self.chance.shuffle(kills)
        for number, step in enumerate(kills):
            if number % KILLS_OF_A_STORE == 0:
                self.begin_store(number)
            times = 1 if step.startswith(("erase", "merge")) else self.chance.randint(1, 4)
            with self.subTest(step=step, times=times, kill=number):
                self.write_until_killed(f"{step}:{times}")
                self.assert_sound()
                self.check_reopened()

    def write_until_killed(self, kill_at: str) -> None:
        """Writers write, tasks are erased, until the process ends at the step."""
        try:
            server = self.start_small(environment=SEAL_ROWS | {"WAYBILL_TEST_KILL_AT": kill_at})
        except ServerRefused as refused:
            self.assertEqual(refused.code, -signal.SIGKILL, refused.log)
            return
        writers = [Writer(server, WORKSPACE, self.expectation, self.numbers, self.chance.randrange(2**32))
                   for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        try:
            self.erase_tasks(server)
            self.assertEqual(server.wait_for_end(SECONDS_MAX), -signal.SIGKILL)
        finally:
            server.kill()
            for writer in writers:
                writer.join()
                self.assertIsNone(writer.failure)

    def erase_tasks(self, server: Server) -> None:
        """Erases the tasks that are there, until the server is gone or none is left."""
        with Administrator(server.url, (self.data / "admin.token").read_text().strip()) as admin:
            for task in list(self.tasks.there):
                self.tasks.in_doubt[task] = self.tasks.there.pop(task)
                try:
                    answer = admin.post_form("/admin/v1/Erasures", f"WorkspaceSid={ERASED_FROM}&TaskSid={task}")
                except (OSError, http.client.HTTPException):
                    return
                self.assertEqual((answer.status, answer.json()["events"]), (201, TASK_EVENTS))
                self.tasks.in_doubt.pop(task)

    def write_task(self, api: Api) -> None:
        """Events of a task of their own, to be erased in the next round."""
        number = next(self.tasks.numbers)
        task = f"WT{number:032x}"
        batch = [events.made_event(10**9 + number * 1000 + i, events.START_MS + self.chance.randrange(TIMES))
                 for i in range(TASK_EVENTS)]
        for event in batch:
            event["event_data"] = {"task_sid": task}
        self.assertEqual(api.post_events(ERASED_FROM, batch)["accepted"], TASK_EVENTS)
        self.tasks.there[task] = set(sids(batch))
        self.tasks.erased[task] = batch
        written = self.number_in_database("SELECT max(first_position + count - 1) FROM log")
        sealed = "SELECT value FROM counters WHERE name = 'sealed_through'"
        wait_until(lambda: self.number_in_database(sealed) >= written)

    def number_in_database(self, query: str) -> int:
        """A number of waybill.db, while the server holds it."""
        connection = sqlite3.connect(f"file:{self.data}/waybill.db?mode=ro", uri=True)
        try:
            return connection.execute(query).fetchone()[0] or 0
        finally:
            connection.close()

    def check_reopened(self) -> None:
        """A server without a kill point shows what it must."""
        server = self.start_small(environment=SEAL_ROWS)
        api = self.api(server)
        listed = api.events(WORKSPACE, PageSize=1000)
        order = sids(listed)
        self.assertEqual(len(order), len(set(order)), "no event is listed twice")
        self.expectation.resolve_doubts(set(order))
        self.assertEqual({event["sid"]: event["event_date_ms"] for event in listed}, self.expectation.held)
        times = [event["event_date_ms"] for event in listed]
        self.assertEqual(times, sorted(times))
        size = self.chance.randint(100, 1000)
        self.assertEqual(sids(api.events(WORKSPACE, PageSize=size, Ordering="EventDate:desc")), order[::-1])
        task = f"WT{self.chance.randrange(7):032x}"
        self.assertEqual(sids(api.events(WORKSPACE, PageSize=1000, TaskSid=task)),
                         [event["sid"] for event in listed if event["event_data"]["task_sid"] == task])
        self.check_tasks(api)
        self.check_known_again(api)
        self.write_task(api)
        server.stop()

    def check_tasks(self, api: Api) -> None:
        """An erasure is all or nothing; after an answer it is all, for ever, whatever comes again."""
        found = sids(api.events(ERASED_FROM, PageSize=1000))
        for task, its_sids in self.tasks.in_doubt.items():
            left = its_sids & set(found)
            self.assertIn(left, (set(), its_sids), "an erasure is all or nothing")
            if left:
                self.tasks.there[task] = its_sids
        self.tasks.in_doubt.clear()
        self.assertEqual(sorted(found), sorted(itertools.chain(*self.tasks.there.values())))
        for task, batch in self.tasks.erased.items():
            counts = api.post_events(ERASED_FROM, self.chance.sample(batch, 3))
            is_there = task in self.tasks.there
            self.assertEqual((counts["duplicates"], counts["dropped"]), (3, 0) if is_there else (0, 3))
            page = api.get(list_url(ERASED_FROM, TaskSid=task))
            self.assertEqual(bool(page["events"]), is_there)

    def check_known_again(self, api: Api) -> None:
        """What is held is a duplicate when it comes again; some of it by its sid."""
        for sid in self.chance.sample(sorted(self.expectation.held), min(5, len(self.expectation.held))):
            number = int(sid[2:], 16)
            sent = events.made_event(number, self.expectation.held[sid], number % 400)
            if number == 0:
                continue
            self.assertEqual(api.post_events(WORKSPACE, [sent])["duplicates"], 1)
            got = api.get(f"/v1/Workspaces/{WORKSPACE}/Events/{sid}")
            self.assertEqual({name: got[name] for name in sent}, sent)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--rounds", type=int, default=OPTIONS.rounds)
    parser.add_argument("--seed", type=int)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)
