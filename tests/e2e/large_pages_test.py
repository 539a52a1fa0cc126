"""Pages of large events end early, in bytes as shown and not as stored, and a walk loses nothing by it."""

from __future__ import annotations

import unittest

import events
from api import list_url, sids
from case import ServerCase

WORKSPACE = events.workspace_sid(1)
COUNT = 60
PADDING = 200_000  # of one letter, so that what is stored is small
PAGE_BYTES_MAX = 4 * 1024 * 1024


class LargePages(ServerCase):
    """Twelve megabytes of events that compress to almost nothing."""

    def setUp(self) -> None:
        super().setUp()
        self.reader = self.api(self.start("--redact-after", "never"))
        for first in range(1, COUNT + 1, 20):
            self.reader.post_events(WORKSPACE, [events.made_event(number, events.START_MS + number, PADDING)
                                                for number in range(first, first + 20)])
        self.order = [events.event_sid(number) for number in range(1, COUNT + 1)]

    def test_forth_and_back_every_page_is_bounded_and_no_event_is_missing(self) -> None:
        seen, target, last = [], list_url(WORKSPACE, PageSize=1000), None
        while target is not None:
            last = self.page(target)
            seen += sids(last["events"])
            target = last["meta"]["next_page_url"]
        self.assertEqual(seen, self.order)
        assert last is not None
        seen, target = sids(last["events"]), last["meta"]["previous_page_url"]
        while target is not None:
            page = self.page(target)
            seen = sids(page["events"]) + seen
            target = page["meta"]["previous_page_url"]
        self.assertEqual(seen, self.order)

    def page(self, target: str) -> dict:
        """One page, no longer than a page may be."""
        answer = self.reader.request("GET", target)
        self.assertEqual(answer.status, 200)
        page = answer.json()
        if page["events"]:
            self.assertLess(len(answer.body), PAGE_BYTES_MAX + 2 * PADDING)
        return page


if __name__ == "__main__":
    unittest.main()
