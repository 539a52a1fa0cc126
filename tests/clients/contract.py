"""What every official client must see of an archive, whatever language it speaks.

A test of one client derives from Contract and says how that client lists, fetches and fails; the expectations are here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from api import Api, sids
from client_case import BackgroundWriter, ClientCase, written_numbers

Event = dict[str, Any]  # with the names of the wire, whatever the client calls them


@dataclass
class Refused(Exception):
    """A request that the client reported as failed, in its own way."""

    kind: str  # the class of the client's exception
    status: int | None  # None where the client does not tell
    code: int | None
    message: str


class Contract(ClientCase):
    """Abstract: the methods that raise NotImplementedError are for the client's own class."""

    error_kind: str
    list_error_kind: str

    def list_events(self, workspace: str, limit: int | None = None, page_size: int | None = None,
                    **filters: object) -> list[Event]:
        """All events that the client lists; filters as in client_case.SID_FILTERS, and dates as datetime."""
        raise NotImplementedError

    def fetch_event(self, workspace: str, sid: str) -> Event:
        """One event."""
        raise NotImplementedError

    def list_workspaces(self) -> list[dict[str, Any]]:
        """Those of the account, with at least sid and friendly_name."""
        raise NotImplementedError

    def with_wrong_credentials(self) -> Callable[[], object]:
        """A list of events under a wrong Auth Token, ready to be called."""
        raise NotImplementedError

    # ---- lists

    def since_ever(self) -> datetime:
        """A start before all events."""
        return datetime(2000, 1, 1, tzinfo=timezone.utc)

    def test_every_event_whole(self) -> None:
        """Every member of every event arrives as plain HTTP has it."""
        got = self.list_events(self.workspace, start_date=self.since_ever(), page_size=1000)
        self.assertEqual(sids(got), sids(self.archive))
        for ours, theirs in zip(self.archive, got):
            self.assertEqual(theirs, ours)

    def filters_to_check(self) -> list[dict[str, str]]:
        """Each filter by itself; of the two names of a channel, both."""
        event = self.a_rich_event()
        data = event["event_data"]
        return [
            {"event_type": "reservation.accepted"},
            {"worker_sid": data["worker_sid"]},
            {"task_queue_sid": data["task_queue_sid"]},
            {"workflow_sid": data["workflow_sid"]},
            {"reservation_sid": data["reservation_sid"]},
            {"sid": event["sid"]},
            {"task_sid": data["task_sid"]},
            {"task_channel": data["task_channel_sid"]},
            {"task_channel": data["task_channel_unique_name"]},
        ]

    def test_each_filter(self) -> None:
        for filters in self.filters_to_check():
            with self.subTest(**filters):
                self.check_filtered(**filters)

    def test_filters_together(self) -> None:
        data = self.a_rich_event()["event_data"]
        self.check_filtered(event_type="reservation.accepted", worker_sid=data["worker_sid"],
                            task_queue_sid=data["task_queue_sid"], task_channel=data["task_channel_unique_name"])
        nobody = "WK" + "0" * 32
        self.assertEqual(self.list_events(self.workspace, start_date=self.since_ever(), worker_sid=nobody), [])

    def check_filtered(self, **filters: str) -> None:
        """The client sees what a scan of the archive finds, which must be something, and not everything."""
        expected = self.matching(**filters)
        self.assertTrue(0 < len(expected) < len(self.archive), filters)
        got = self.list_events(self.workspace, start_date=self.since_ever(), page_size=1000, **filters)
        self.assertEqual(sids(got), expected)

    # ---- windows

    def within(self, first: datetime, last: datetime) -> list[str]:
        """The sids of the events from `first` to the end of the second `last`."""
        return [event["sid"] for event in self.archive if first <= when(event) < last + timedelta(seconds=1)]

    def test_dates(self) -> None:
        """Bounds are inclusive, down to the second they name."""
        third = len(self.archive) // 3
        first, last = (when(self.archive[at]).replace(microsecond=0) for at in (third, 2 * third))
        got = self.list_events(self.workspace, start_date=first, end_date=last, page_size=1000)
        self.assertEqual(sids(got), self.within(first, last))
        self.assertIn(self.archive[2 * third]["sid"], sids(got))
        got = self.list_events(self.workspace, end_date=first, page_size=1000)
        self.assertEqual(sids(got), self.within(self.since_ever(), first))

    def test_minutes_and_the_default_window(self) -> None:
        """Counted back from the moment of the request, which lies between two that we know."""
        for minutes, parameters in ((60, {"minutes": 60}), (15, {})):
            before = datetime.now(timezone.utc)
            got = sids(self.list_events(self.workspace, page_size=1000, **parameters))
            after = datetime.now(timezone.utc)
            at_most = self.within(before - timedelta(minutes=minutes, seconds=1), after)
            at_least = self.within(after - timedelta(minutes=minutes), after)
            self.assertEqual(got, at_most[len(at_most) - len(got):])
            self.assertGreaterEqual(len(got), len(at_least))

    def test_redacted_attributes_can_still_be_parsed(self) -> None:
        old = self.list_events(self.workspace, end_date=when(self.archive[0]) + timedelta(days=1))
        self.assertEqual(len(old), 1)
        self.assertEqual(json.loads(old[0]["event_data"]["task_attributes"]), {})

    # ---- pages

    def test_auto_paging_while_a_writer_keeps_writing(self) -> None:
        """Several thousand events in small pages: all that was there, each once, and of the writer's events those up to
        one moment, in the order in which they were committed."""
        with Api(self.server.url) as api:
            copy = self.copy_archive(api, "WS" + "e" * 32)
        span = (self.archive[1]["event_date_ms"], self.archive[-1]["event_date_ms"])
        with BackgroundWriter(self.server, copy, span) as writer:
            writer.wait_for(20)
            before = writer.acknowledged
            got = self.list_events(copy, start_date=self.since_ever(), page_size=100)
            written_meanwhile = writer.acknowledged - before
        self.assertIsNone(writer.failure)
        seen = sids(got)
        numbers = written_numbers(seen)
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)), "the writer's events up to one moment")
        self.assertGreaterEqual(len(numbers), before)
        self.assertLess(len(numbers), before + written_meanwhile, "that moment is the walk's beginning, not its end")
        self.assertEqual([sid for sid in seen if int(sid[2:18], 16) != 2**64 - 1], sids(self.archive))
        times = [event["event_date_ms"] for event in got]
        self.assertEqual(times, sorted(times))

    def copy_archive(self, api: Api, workspace: str) -> str:
        """The archive's events, for a test that adds to them."""
        for at in range(0, len(self.archive), 1000):
            batch = [{name: event[name] for name in ("sid", "event_type", "event_date_ms", "event_data")}
                     for event in self.archive[at:at + 1000]]
            api.post_events(workspace, batch)
        return workspace

    def test_a_limit_without_a_page_size(self) -> None:
        """Clients send `limit` as PageSize, however large."""
        got = self.list_events(self.workspace, start_date=self.since_ever(), limit=5000)
        self.assertEqual(sids(got), sids(self.archive)[:5000])
        got = self.list_events(self.workspace, start_date=self.since_ever(), limit=3)
        self.assertEqual(sids(got), sids(self.archive)[:3])

    # ---- single ones

    def test_fetch(self) -> None:
        event = self.a_rich_event()
        self.assertEqual(self.fetch_event(self.workspace, event["sid"]), event)

    def test_workspaces(self) -> None:
        listed = {workspace["sid"]: workspace["friendly_name"] for workspace in self.list_workspaces()}
        self.assertEqual(listed[self.workspace], "Contact Centre")

    # ---- refusals

    def check_refused(self, request: Callable[[], object], kind: str, status: int, code: int, message: str) -> None:
        """The client fails as it does when the hosted service refuses."""
        with self.assertRaises(Refused) as caught:
            request()
        refused = caught.exception
        self.assertEqual(refused.kind, kind)
        self.assertIn(refused.status, (None, status))
        self.assertEqual(refused.code, code)
        self.assertIn(message, refused.message)

    def test_an_event_that_is_not_there(self) -> None:
        sid = "EV" + "0" * 32
        self.check_refused(lambda: self.fetch_event(self.workspace, sid), self.error_kind, 404, 20404,
                           f"The requested resource /Workspaces/{self.workspace}/Events/{sid} was not found")

    def test_a_workspace_that_is_not_there(self) -> None:
        nowhere = "WS" + "0" * 32
        self.check_refused(lambda: self.list_events(nowhere), self.list_error_kind, 404, 20404,
                           f"/Workspaces/{nowhere}/Events was not found")

    def test_a_malformed_filter(self) -> None:
        self.check_refused(lambda: self.list_events(self.workspace, task_sid="WT12"), self.list_error_kind, 400, 20001,
                           "TaskSid: 'WT12'")

    def test_wrong_credentials(self) -> None:
        self.check_refused(self.with_wrong_credentials(), self.list_error_kind, 401, 20003, "Authenticate")


def snake_case(name: str) -> str:
    """task_sid for taskSid: the wire's name for what clients call otherwise."""
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def when(event: Event) -> datetime:
    """The moment of an event."""
    return datetime.fromtimestamp(event["event_date_ms"] / 1000, timezone.utc)
