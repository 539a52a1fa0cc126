"""`waybill import`: into a server and into a directory, and what it says of lines it cannot take."""

from __future__ import annotations

import json
import re
import subprocess
import unittest
from pathlib import Path

import events
import waybill
from api import Api, list_url, sids
from case import ServerCase

PUBLIC_URL = "https://events.example.com"


def counts(result: subprocess.CompletedProcess[str]) -> tuple[int, int, int]:
    """New events, duplicates and variants, as the summary tells them."""
    found = re.search(r"^(\d+) new, (\d+) duplicates, (\d+) variants", result.stderr, re.MULTILINE)
    assert found is not None, result.stderr
    return int(found[1]), int(found[2]), int(found[3])


class ImportCase(ServerCase):
    """The ways in that begin with a file."""

    def file(self, name: str, lines: list[str]) -> Path:
        """Lines in a file of the test's folder."""
        path = self.folder / name
        path.write_text("".join(lines))
        return path

    def into_directory(self, *files: Path | str, data: Path | None = None,
                       stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Imports into a directory, of which the first account is the tests' own."""
        return waybill.run("import", "--data", data or self.data, *files, environment=waybill.CREDENTIALS,
                           stdin=stdin.encode())

    def into_server(self, url: str, *files: Path | str, stdin: str = "",
                    credentials: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Imports into a server, as the tests' account."""
        return waybill.run("import", "--url", url, *files, stdin=stdin.encode(),
                           environment=waybill.CREDENTIALS if credentials is None else credentials)


class Import(ImportCase):
    """What is taken."""

    def shown_events(self, url: str, workspaces: list[str]) -> list[bytes]:
        """The bytes of all events of all lists; what stands around them carries tokens that differ by store."""
        shown = []
        with Api(url) as api:
            for workspace in workspaces:
                target: str | None = list_url(workspace, PageSize=300)
                while target:
                    body = api.request("GET", target).body
                    shown.append(body[body.index(b'"events":'):])
                    target = json.loads(body)["meta"]["next_page_url"]
        return shown

    def test_both_ways_lead_to_the_same_lists(self) -> None:
        """One file with events of two workspaces, through a server and past it."""
        one, two = events.generated_lines(1200, 1), events.generated_lines(900, 2)
        lines = [line for at in range(0, 1200, 100) for line in one[at:at + 100] + two[at:at + 100]]
        file = self.file("two.ndjson", lines)
        workspaces = sorted({json.loads(line)["workspace_sid"] for line in lines})
        self.assertEqual(len(workspaces), 2)

        first = self.start("--public-url", PUBLIC_URL, data=self.folder / "first")
        result = self.into_server(first.url, file)
        self.assertEqual((result.returncode, counts(result)), (0, (2100, 0, 0)), result.stderr)
        through_server = self.shown_events(first.url, workspaces)

        result = self.into_directory(file, data=self.folder / "second")
        self.assertEqual((result.returncode, counts(result)), (0, (2100, 0, 0)), result.stderr)
        second = self.start("--public-url", PUBLIC_URL, data=self.folder / "second")
        self.assertEqual(self.shown_events(second.url, workspaces), through_server)
        self.assertIn(PUBLIC_URL.encode(), through_server[0])

    def test_a_second_import_finds_only_duplicates(self) -> None:
        file = self.file("a.ndjson", events.generated_lines(1500))
        self.assertEqual(counts(self.into_directory(file)), (1500, 0, 0))
        self.assertEqual(counts(self.into_directory(file)), (0, 1500, 0))
        server = self.start()
        self.assertEqual(counts(self.into_server(server.url, file)), (0, 1500, 0))
        workspace = json.loads(events.generated_lines(1)[0])["workspace_sid"]
        self.assertEqual(len(self.api(server).events(workspace, PageSize=1000)), 1500)

    def test_a_differing_copy_is_a_variant_and_the_first_stays(self) -> None:
        line = events.generated_lines(1)[0]
        event = json.loads(line)
        self.into_directory(self.file("a.ndjson", [line]))
        other = self.file("b.ndjson", [json.dumps(event | {"description": "Another tale"}) + "\n"])
        self.assertEqual(counts(self.into_directory(other)), (0, 0, 1))
        got = self.api(self.start()).get(f"/v1/Workspaces/{event['workspace_sid']}/Events/{event['sid']}")
        self.assertEqual(got["description"], event["description"])

    def test_several_files_standard_input_and_a_last_line_without_its_end(self) -> None:
        lines = events.generated_lines(30)
        one = self.file("one.ndjson", [*lines[:10], "\n", "  \n"])
        two = self.file("two.ndjson", [*lines[10:19], lines[19].rstrip("\n")])
        result = self.into_directory(one, "-", two, stdin="".join(lines[20:]).rstrip("\n"))
        self.assertEqual((result.returncode, counts(result)), (0, (30, 0, 0)), result.stderr)
        server = self.start(data=self.folder / "other")
        result = self.into_server(server.url, "-", stdin="".join(lines))
        self.assertEqual((result.returncode, counts(result)), (0, (30, 0, 0)), result.stderr)

    def test_an_empty_file_is_no_error(self) -> None:
        file = self.file("empty.ndjson", [])
        result = self.into_directory(file)
        self.assertEqual((result.returncode, result.stderr), (0, f"{file}: has no events\n"))


class ImportRefused(ImportCase):
    """What is not taken, how it is called, and that nothing of its batch stays behind."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(data=self.folder / "served")
        self.lines = events.generated_lines(1100)
        self.workspace = json.loads(self.lines[0])["workspace_sid"]

    def check_refused(self, lines: list[str], line: int, why: str, kept: int = 0) -> None:
        """Both ways name file, line, member and rule; the first `kept` events are those of earlier batches."""
        file = self.file("bad.ndjson", lines)
        data = self.folder / f"refused-{line}"
        for result in (self.into_directory(file, data=data), self.into_server(self.server.url, file)):
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(f"waybill: {file}: line {line}: {why}", result.stderr)
            self.assertEqual(counts(result)[0], kept)
        with self.start(data=data) as other:
            for url in (other.url, self.server.url):
                with Api(url) as api:
                    status = api.request("GET", list_url(self.workspace)).status
                    self.assertEqual(status, 200 if kept else 404)
                    if kept:
                        self.assertEqual(sorted(sids(api.events(self.workspace, PageSize=1000))),
                                         sorted(json.loads(text)["sid"] for text in lines[:kept]))

    def changed(self, index: int, **members: object) -> str:
        """The line at `index` with other members."""
        return json.dumps(json.loads(self.lines[index]) | members) + "\n"

    def test_a_bad_member(self) -> None:
        bad = self.changed(7, event_date="yesterday", event_date_ms=None)
        self.check_refused([*self.lines[:7], bad, *self.lines[8:20]], 8, "event_date: 'yesterday'")

    def test_a_line_that_is_no_json(self) -> None:
        self.check_refused([*self.lines[:3], '{"sid": \n', *self.lines[3:5]], 4, "is not valid JSON")

    def test_a_line_without_workspace(self) -> None:
        self.check_refused([self.lines[0], "\n", '{"sid":"EV00"}\n'], 3, "workspace_sid: is missing")

    def test_a_misspelt_member(self) -> None:
        self.check_refused([self.changed(0, event_typ="task.created")], 1,
                           "'event_typ': is no member of an event; did you mean event_type?")

    def test_earlier_batches_stay(self) -> None:
        """A batch is a thousand lines: what was acknowledged before the bad line came is not taken back."""
        bad = self.changed(1050, event_data="text")
        self.check_refused([*self.lines[:1050], bad, *self.lines[1051:]], 1051, "event_data: must be an object", 1000)

    def test_a_directory_that_a_server_holds(self) -> None:
        result = self.into_directory(self.file("a.ndjson", self.lines), data=self.server.data)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{self.server.data} is held by another waybill process (pid {self.server.pid})", result.stderr)

    def test_missing_and_wrong_credentials(self) -> None:
        file = self.file("a.ndjson", self.lines)
        result = self.into_server(self.server.url, file, credentials={})
        self.assertEqual(result.returncode, 2)
        self.assertIn("set WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN", result.stderr)
        result = self.into_server(self.server.url, file,
                                  credentials=waybill.CREDENTIALS | {"WAYBILL_AUTH_TOKEN": "not the right one"})
        self.assertEqual(result.returncode, 1)
        self.assertIn("401: Authenticate", result.stderr)

    def test_a_server_that_is_not_there(self) -> None:
        url = self.server.url
        self.server.stop()
        result = self.into_server(url, self.file("a.ndjson", self.lines))
        self.assertEqual(result.returncode, 1)
        self.assertIn(url.removeprefix("http://"), result.stderr)

    def test_a_file_that_is_not_there(self) -> None:
        result = self.into_directory(self.folder / "nowhere.ndjson")
        self.assertEqual(result.returncode, 1)
        self.assertIn("nowhere.ndjson: No such file", result.stderr)

    def test_nowhere_to_import_to_or_two_places(self) -> None:
        file = self.file("a.ndjson", self.lines)
        for where in ((), ("--url", self.server.url, "--data", str(self.data))):
            result = waybill.run("import", *where, file, environment=waybill.CREDENTIALS)
            self.assertEqual(result.returncode, 2)
            self.assertIn("--data", result.stderr)


if __name__ == "__main__":
    unittest.main()
