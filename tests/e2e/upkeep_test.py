"""Erasure and retention over the real binary: invisible at once, never let in again, and gone from every file."""

from __future__ import annotations

import json
import re
import unittest
from pathlib import Path

import events
import waybill
from api import sids
from store_case import WORKSPACE, StoreCase, task_sid, wait_until

MARKER = "Erased0Marker0Text"
TASK = task_sid(3)


def is_of_task(event: dict[str, object]) -> bool:
    """Whether it is one of those that are erased."""
    return TASK in json.dumps(event["event_data"])


class Upkeep(StoreCase):
    """What is taken away."""

    def marked_store(self) -> list[dict[str, object]]:
        """A closed store. The events of TASK carry a type that no compression hides: it is a term of the index."""
        server = self.start_small()
        api = self.api(server)
        for first in range(1, 1500, 100):
            batch = [events.made_event(number, events.START_MS + number * 1000, 50)
                     for number in range(first, min(first + 100, 1500))]
            for event in batch:
                if is_of_task(event):
                    event["event_type"] = MARKER
            api.post_events(WORKSPACE, batch)
        wait_until(self.segments)
        listed = self.listed(api)
        server.stop()
        return listed

    def files_with_marker(self) -> list[str]:
        """Every file of the directory that has the bytes somewhere."""
        return [path.name for path in self.data.rglob("*") if path.is_file() and MARKER.encode() in path.read_bytes()]

    def assert_gone(self, kept: list[dict[str, object]], replaced: list[Path]) -> None:
        """No list, no file has them; and the store is sound."""
        self.assertEqual(self.files_with_marker(), [])
        self.assertEqual([path.name for path in replaced if path.exists()], [])
        self.assert_sound()
        self.assertEqual(self.listed_anew(), kept)
        self.assertEqual(self.files_with_marker(), [])

    def test_over_http_an_erasure_is_seen_at_once_and_gone_in_the_end(self) -> None:
        before = self.marked_store()
        kept = [event for event in before if not is_of_task(event)]
        self.assertTrue(self.files_with_marker())
        server = self.start_small()
        api, admin = self.api(server), self.administrator(server)
        before_files = self.segments()
        answer = admin.post_form("/admin/v1/Erasures", f"WorkspaceSid={WORKSPACE}&TaskSid={TASK}")
        self.assertEqual(answer.status, 201, answer.body)
        self.assertEqual(answer.json()["events"], len(before) - len(kept))
        self.assertEqual(self.listed(api), kept)
        erased = next(event for event in before if is_of_task(event))
        self.assertEqual(api.request("GET", f"/v1/Workspaces/{WORKSPACE}/Events/{erased['sid']}").status, 404)
        wait_until(lambda: admin.get("/admin/v1/Erasures")["erasures"][0]["status"] == "completed")
        server.stop()
        self.assert_gone(kept, before_files)

    def test_a_walk_that_was_begun_goes_on_without_what_was_erased(self) -> None:
        before = self.marked_store()
        server = self.start_small()
        api, admin = self.api(server), self.administrator(server)
        pages = api.pages(WORKSPACE, PageSize=100)
        seen = sids(next(pages)["events"])
        admin.post_form("/admin/v1/Erasures", f"WorkspaceSid={WORKSPACE}&TaskSid={TASK}")
        for page in pages:
            seen += sids(page["events"])
        self.assertEqual(seen, sids(before[:100] + [event for event in before[100:] if not is_of_task(event)]))

    def test_in_a_directory_the_command_returns_when_the_bytes_are_gone(self) -> None:
        before = self.marked_store()
        kept = [event for event in before if not is_of_task(event)]
        before_files = self.segments()
        told = self.fine("erase", "--data", self.data, "--workspace", WORKSPACE, "--task", TASK)
        self.assertIn(f"Erasure 1: {len(before) - len(kept)} events of {WORKSPACE} ({TASK}, the beginning to ", told)
        self.assertTrue(told.endswith("Their bytes are gone from every file.\n"), told)
        status = self.fine("erase", "status", "--data", self.data)
        self.assertRegex(status, rf"(?m)^1 +{WORKSPACE} +{TASK} +{len(before) - len(kept)} +\S+Z +\S+Z +the beginning")
        self.assert_gone(kept, before_files)

    def test_an_import_does_not_bring_it_back(self) -> None:
        before = self.fill()
        self.fine("erase", "--data", self.data, "--workspace", WORKSPACE, "--task", TASK)
        file = self.folder / "all.ndjson"
        file.write_text("".join(events.to_line(event | {"workspace_sid": WORKSPACE}) for event in before))
        result = self.command("import", "--data", self.data, file)
        erased = sum(map(is_of_task, before))
        self.assertIn(f"0 new, {len(before) - erased} duplicates, 0 variants, {erased} dropped", result.stderr)
        # A sid that was erased stays so, whatever task and time it is told with.
        moved = next(event for event in before if is_of_task(event)) | {"workspace_sid": WORKSPACE}
        moved["event_data"] = {"task_sid": task_sid(4)}
        moved["event_date_ms"] = events.START_MS + 10**9
        moved = {name: value for name, value in moved.items() if name != "event_date"}
        file.write_text(events.to_line(moved))
        self.assertIn("1 dropped", self.command("import", "--data", self.data, file).stderr)
        self.assertEqual(self.listed_anew(), [event for event in before if not is_of_task(event)])

    def test_a_worker_and_a_span_through_a_server_by_command(self) -> None:
        before = self.fill()
        server = self.start_small()
        token = self.data / "admin.token"
        to = before[99]["event_date_ms"]
        told = self.fine("erase", "--url", server.url, "--admin-token-file", token, "--workspace", WORKSPACE,
                         "--from", "2026-01-01", "--to", before[99]["event_date"])
        self.assertIn("Their bytes leave the files in the background", told)
        kept = [event for event in before if event["event_date_ms"] > to + 999]
        self.assertEqual(self.listed(self.api(server)), kept)
        secret = {"WAYBILL_ADMIN_TOKEN": token.read_text().strip()}
        self.assertIn("0 events", self.fine("erase", "--url", server.url, "--workspace", WORKSPACE, "--worker",
                                            "WK" + "9" * 32, "--even-if-none", environment=secret))
        status = lambda: self.fine("erase", "status", "--url", server.url, environment=secret)  # noqa: E731
        self.assertIn("all", status())
        wait_until(lambda: "rewriting" not in status())
        server.stop()
        self.assert_sound()

    def test_what_is_asked_wrongly_is_refused(self) -> None:
        self.fill(300)
        for arguments, message in (
                (["--data", self.data], "--workspace: is missing"),
                (["--workspace", WORKSPACE, "--task", TASK], "say where: --url URL or --data DIR"),
                (["--data", self.data, "--workspace", WORKSPACE], "--from and --to: are both needed"),
                (["--data", self.data, "--workspace", WORKSPACE, "--task", "WT1"], "--task: 'WT1' must match"),
                (["--url", "http://127.0.0.1:1", "--workspace", WORKSPACE, "--task", TASK], "administrator's token"),
        ):
            result = self.command("erase", *arguments)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(message, result.stderr)
        nowhere = self.command("erase", "--data", self.folder / "none", "--workspace", WORKSPACE, "--task", TASK)
        self.assertEqual((nowhere.returncode, (self.folder / "none").exists()), (1, False))
        server = self.start_small()
        held = self.command("erase", "--data", self.data, "--workspace", WORKSPACE, "--task", TASK)
        self.assertEqual(held.returncode, 1)
        self.assertIn("is held by another waybill process", held.stderr)
        wrong = self.command("erase", "status", "--url", server.url, environment={"WAYBILL_ADMIN_TOKEN": "x" * 32})
        self.assertIn("the server does not take this token", wrong.stderr)

    def test_retention_forgets_what_is_old_and_gives_the_disk_back(self) -> None:
        self.fill()  # of months ago
        old = self.segments()
        server = self.start_small()
        token = self.data / "admin.token"
        told = self.fine("workspace", "retain", WORKSPACE, "48h", "--url", server.url, "--admin-token-file", token,
                         "--confirm")
        self.assertIn(f"{WORKSPACE} retains: 2d\n1,499 of 1,499 events, of 20", told)
        self.assertEqual(self.listed(self.api(server)), [])
        counts = self.api(server).post_events(WORKSPACE, [events.made_event(5000, events.START_MS)])
        self.assertEqual((counts["accepted"], counts["dropped"]), (0, 1))
        self.assertIn("2d", self.fine("workspace", "list", "--data", self.data))
        server.stop()
        # A start looks at once; while a server runs it is a matter of a minute.
        server = self.start_small()
        wait_until(lambda: not any(path.exists() for path in old))
        server.stop()
        self.assert_sound()
        # What has expired stays so, also where its bytes are still there: those of the few that were in no segment.
        found = re.search(r"fine: (\d+) events(?: in \d+ segments? and (\d+) in the log)?", self.fine("verify", self.data))
        assert found is not None
        there = int(found[1]) + int(found[2] or 0)
        left = rf"{there} of {there} events, of 20.*, are hidden; a server.*\n" if there else ""
        told = self.fine("workspace", "retain", WORKSPACE, "default", "--data", self.data)
        self.assertRegex(told, rf"^{WORKSPACE} retains: default\n{left}$")
        self.assertEqual(self.listed(self.api(self.start_small())), [])

    def test_the_setting_applies_where_a_workspace_has_no_time_of_its_own(self) -> None:
        before = self.fill(300)
        self.fine("workspace", "retain", WORKSPACE, "never", "--data", self.data)
        server = self.start_small("--retain", "30d")
        self.assertEqual(self.listed(self.api(server)), before)
        server.stop()
        self.fine("workspace", "retain", WORKSPACE, "default", "--data", self.data, "--confirm")
        server = self.start_small("--retain", "30d", "--retain-confirm")
        self.assertEqual(self.listed(self.api(server)), [])

    def test_age_and_workspace_must_be_ones(self) -> None:
        self.fill(300)
        for sid, age, code, message in ((WORKSPACE, "soon", 2, "age: 'soon' must be a number with m, h"),
                                        (WORKSPACE, "365", 2, "age: '365' needs a unit; did you mean 365d?"),
                                        ("WS1", "1d", 2, "'WS1' must match"),
                                        (events.workspace_sid(9), "1d", 1, "there is no workspace")):
            result = self.command("workspace", "retain", sid, age, "--data", self.data)
            self.assertEqual(result.returncode, code, result.stderr)
            self.assertIn(message, result.stderr)


if __name__ == "__main__":
    unittest.main()
