"""Memory stays within its bounds whatever the events weigh. A short run of large_events.py."""

from __future__ import annotations

import unittest

import large_events
from case import ServerCase

EVENTS = 1_200  # 240 MB of JSON, of which compression leaves 180
UNSEALED_BYTES_MAX = 32 * 2**20
# Beside the tail: requests and their events on the way to the disk, and the program.
MEMORY_MB_MAX = 190


class LargeEventsTest(ServerCase):
    """A server that holds little at once."""

    def test_all_are_taken_and_memory_does_not_grow_with_them(self) -> None:
        outcome = large_events.run(self.data, EVENTS, 2, "--unsealed-bytes-max", str(UNSEALED_BYTES_MAX),
                                   "--cache-bytes", "0")
        self.assertEqual((outcome.accepted, outcome.listed), (EVENTS, EVENTS))
        self.assertLess(outcome.peak_mb, MEMORY_MB_MAX, outcome.over_time)
        self.assertLess(outcome.restart_peak_mb, MEMORY_MB_MAX, outcome.restart_over_time)


if __name__ == "__main__":
    unittest.main()
