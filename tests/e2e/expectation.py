"""What a store must hold, kept outside of the process that is killed; and the writers that fill it.

Used by whoever kills servers: `kill_and_reopen_test.py` at random, `kill_points_test.py` at named steps.
"""

from __future__ import annotations

import http.client
import itertools
import random
import threading
from dataclasses import dataclass, field
from typing import Any

import events
from api import Answer, Api
from waybill import Server

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

    def resolve_doubts(self, found: set[str]) -> int:
        """A batch without an answer may be there or not, but wholly so; from now on that is certain.

        Gives how many were there.
        """
        late_finds = 0
        for batch in self.in_doubt:
            there = sum(events.event_sid(number) in found for number in batch.numbers)
            assert there in (0, len(batch.numbers)), "a batch is all or nothing"
            if there:
                self.note_acknowledged(batch)
                late_finds += 1
            else:
                self.absent.append(batch)
        self.in_doubt.clear()
        return late_finds


class Writer(threading.Thread):
    """Writes single events and batches over one connection until the connection breaks."""

    def __init__(self, server: Server, workspace: str, expectation: Expectation, numbers: itertools.count[int],
                 seed: int) -> None:
        super().__init__(daemon=True)
        self._api = Api(server.url)
        self._workspace = workspace
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
            answer = self._api.try_post_events(self._workspace, batch.bodies())
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
