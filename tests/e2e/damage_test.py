"""Damage of the store's files: outcomes stay exact, it is told wherever one looks, and what can be mended is mended."""

from __future__ import annotations

import json
import unittest
import urllib.request
from pathlib import Path
from typing import Any

import events
from api import list_url
from metrics_test import samples_of
from store_case import WORKSPACE, StoreCase, wait_until
from waybill import Server

PAGE = 4096


def spoil(path: Path, first: int = 0, pages: int | None = None) -> None:
    """Changes a byte in the middle of pages of a file's data, in place."""
    size = path.stat().st_size
    end = (size - PAGE) // PAGE if pages is None else first + pages
    with path.open("r+b") as file:
        for page in range(first, max(end, first + 1)):
            at = page * PAGE + 100
            file.seek(at)
            byte = file.read(1)
            file.seek(at)
            file.write(bytes([byte[0] ^ 0x55]))


def made(first: int, count: int, kind: str = "") -> list[dict[str, Any]]:
    """Events; of another kind they tell another story under the same sids."""
    out = [events.made_event(number, events.START_MS + number * 1000, 50) for number in range(first, first + count)]
    return [event | ({"event_type": kind} if kind else {}) for event in out]


class DamageTest(StoreCase):
    """A store of a few files."""

    def post(self, server: Server, batch: list[dict[str, Any]]) -> dict[str, Any]:
        """The numbers of the answer."""
        answer = self.api(server).post_events(WORKSPACE, batch)
        return {name: answer[name] for name in ("accepted", "duplicates", "variants", "dropped")}

    def readiness(self, server: Server) -> tuple[int, dict[str, Any]]:
        """What /readyz says."""
        with urllib.request.urlopen(server.url + "/readyz") as answer:
            return answer.status, json.loads(answer.read())

    def samples(self, server: Server) -> dict[str, float]:
        """What /metrics says."""
        return samples_of(server.metrics())

    def filled(self, at_once: int = 200) -> Server:
        """A server with 600 events, all of them sealed."""
        server = self.start_small()
        for first in range(0, 600, at_once):
            self.post(server, made(first, at_once))
            wait_until(lambda: self.samples(server)["waybill_store_unsealed_events"] == 0)
        return server

    def expect_exact(self, server: Server, new_from: int) -> None:
        """New, known and differing events are told apart, and found."""
        self.assertEqual(self.post(server, made(new_from, 500)),
                         {"accepted": 500, "duplicates": 0, "variants": 0, "dropped": 0})
        self.assertEqual(self.post(server, made(0, 600)),
                         {"accepted": 0, "duplicates": 600, "variants": 0, "dropped": 0})
        self.assertEqual(self.post(server, made(0, 10, "task.canceled")),
                         {"accepted": 0, "duplicates": 0, "variants": 10, "dropped": 0})
        listed = {event["sid"] for event in self.listed(self.api(server))}
        self.assertLessEqual({event["sid"] for event in made(0, 600) + made(new_from, 500)}, listed)

    def test_pages_of_sid_files_damaged_before_a_start(self) -> None:
        self.filled().stop()
        for path in self.segments(".sid"):
            spoil(path)
        server = self.start_small()
        self.expect_exact(server, 10_000)
        wait_until(lambda: self.samples(server)['waybill_store_damaged_files{files="sids"}'] == 0)
        self.assertEqual(self.readiness(server), (200, {"status": "ready", "reasons": []}))
        said = server.log
        self.assertIn("a sid file is damaged", said)
        self.assertIn("damaged sid file rebuilt", said)
        server.stop()
        self.assert_sound()
        server = self.start_small()
        self.expect_exact(server, 20_000)
        server.stop()

    def test_pages_of_sid_files_damaged_under_a_server(self) -> None:
        # In one batch: no page of the sid file has been read yet, and so none is believed.
        server = self.filled(600)
        for path in self.segments(".sid"):
            spoil(path)
        self.expect_exact(server, 10_000)
        wait_until(lambda: self.samples(server)['waybill_store_damaged_files{files="sids"}'] == 0)
        server.stop()
        self.assert_sound()

    def test_a_damaged_segment_is_told_everywhere_and_stops_nothing(self) -> None:
        self.filled().stop()
        spoil(self.segments()[0], 0, 1)
        server = self.start_small()
        api = self.api(server)
        refused = api.request("GET", list_url(WORKSPACE, PageSize=1000))
        self.assertEqual(refused.status, 503)
        self.assertIn(self.segments()[0].name, refused.body.decode())
        self.assertIsNotNone(refused.headers["Retry-After"])
        status, ready = self.readiness(server)
        self.assertEqual((status, ready["status"]), (200, "degraded"))
        self.assertIn(self.segments()[0].name, ready["reasons"][0])
        # A client is told the name of a file, and not where it lies.
        for told in (refused.body.decode(), json.dumps(ready)):
            self.assertNotIn(str(self.folder), told)
        samples = self.samples(server)
        self.assertEqual(samples['waybill_store_damaged_files{files="segments"}'], 1)
        self.assertGreaterEqual(samples['waybill_store_damaged_pages{files="segments"}'], 1)
        self.assertEqual(server.log.count("a segment is damaged"), 1)
        found = self.command("doctor", "--url", server.url, "--data", self.data)
        self.assertIn("is degraded", found.stdout)
        # What is known but cannot be compared is kept where it can be seen, and becomes the event again.
        answers = self.post(server, made(0, 600))
        self.assertEqual(answers["accepted"] + answers["dropped"], 0)
        self.assertGreater(answers["variants"], 0)
        self.assertEqual(self.samples(server)["waybill_store_uncompared_variants_total"], answers["variants"])
        self.assertEqual(self.post(server, made(10_000, 5))["accepted"], 5)
        shown = self.administrator(server).get("/admin/v1/Variants?Limit=1000")
        self.assertEqual(len(shown["variants"]), answers["variants"])
        self.assertEqual({variant["first_copy"] for variant in shown["variants"]}, {"unreadable"})
        server.stop()
        self.assertIn("differing copies became events", self.fine("repair", self.data))
        self.assert_sound()
        listed = {event["sid"] for event in self.listed_anew()}
        self.assertLessEqual({event["sid"] for event in made(0, 600) + made(10_000, 5)}, listed)


if __name__ == "__main__":
    unittest.main()
