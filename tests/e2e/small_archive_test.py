"""A quiet server keeps its archive small: it seals what it has, cuts its log and gives free pages back."""

from __future__ import annotations

import unittest

import waybill
from case import ServerCase
from small_archive import fill, folder_bytes, log_bytes
from store_case import wait_until

QUIET = {"WAYBILL_TEST_QUIET_TIME": "1s"}
BYTES_PER_EVENT_MAX = 200
# What the sign of life may add to the log while nothing else happens (src/store/local/checkpointer.cc).
QUIET_LOG_BYTES_MAX = 96 * 1024


class SmallArchiveTest(ServerCase):
    """Servers to which nothing comes any more."""

    def test_ten_thousand_events_take_less_than_200_bytes_each(self) -> None:
        server = self.start(environment=waybill.CREDENTIALS | QUIET)
        fill(server, 10_000)
        wait_until(lambda: folder_bytes(self.data) <= 10_000 * BYTES_PER_EVENT_MAX)
        wait_until(lambda: log_bytes(self.data) <= QUIET_LOG_BYTES_MAX)
        server.stop()
        check = waybill.run("verify", self.data)
        self.assertEqual(check.returncode, 0, check.stdout)
        self.assertIn("fine: 10000 events", check.stdout)

    def test_few_events_stay_in_the_log_and_no_file_is_made_of_them(self) -> None:
        server = self.start(environment=waybill.CREDENTIALS | QUIET)
        fill(server, 2_000)
        self.assertGreater(log_bytes(self.data), QUIET_LOG_BYTES_MAX)
        wait_until(lambda: log_bytes(self.data) <= QUIET_LOG_BYTES_MAX)
        self.assertEqual(list((self.data / "segments").iterdir()), [])


if __name__ == "__main__":
    unittest.main()
