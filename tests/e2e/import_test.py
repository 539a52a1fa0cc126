"""`waybill import`: into a server and into a directory, and what it says of lines it cannot take."""

from __future__ import annotations

import http.server
import json
import re
import subprocess
import threading
import unittest
from pathlib import Path

import events
import waybill
from api import Api, list_url, sids
from case import ServerCase
from unreliable import Unreliable

PUBLIC_URL = "https://events.example.com"


def counts(result: subprocess.CompletedProcess[str]) -> tuple[int, int, int]:
    """New events, duplicates and variants, as the summary tells them."""
    found = re.search(r"^(\d+) new, (\d+) duplicates, (\d+) variants", result.stderr, re.MULTILINE)
    assert found is not None, result.stderr
    return int(found[1]), int(found[2]), int(found[3])


class OddPage:
    """An upstream that has one page of events."""

    def __init__(self, page: bytes) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            """Shows it to whoever asks."""

            def do_GET(self) -> None:  # pylint: disable=invalid-name
                """The page."""
                self.send_response(200)
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, format: str, *args: object) -> None:  # pylint: disable=redefined-builtin
                """Says nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def pull(self, workspace: str, data: Path) -> subprocess.CompletedProcess[str]:
        """Its two seconds, into a directory."""
        return waybill.run("backfill", "--from", f"http://127.0.0.1:{self._server.server_port}", "--workspace", workspace,
                           "--since", "2026-11-23T10:00:09Z", "--until", "2026-11-23T10:00:10Z", "--settle", "1s",
                           "--max-rps", "1000", "--data", data,
                           environment=waybill.CREDENTIALS | {"TWILIO_ACCOUNT_SID": "AC" + "f" * 32,
                                                              "TWILIO_AUTH_TOKEN": "the upstream's token"})


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


class ImportOfOddLines(ImportCase):
    """What a sender that nobody can correct may write is stored, and the same by each road."""

    def odd_lines(self) -> bytes:
        """One kind each."""
        members = [
            b'"operating_unit_sid":"OU1","links":{"a":[1,null]}',
            b'"description":null,"event_data":null,"actor_sid":"","resource_url":""',
            b'"description":7,"source":{"a":1},"resource_sid":[],"event_date":"soon"',
            b'"event_data":{"n":1e999,"m":123456789012345678901234567890}',
            b'"description":"a","description":"b","event_data":{"task_attributes":"1","task_attributes":"2"}',
            b'"description":"cut \\ud83d","event_data":{"worker_name":"\\udc00x","nul":"a\\u0000b"}',
            b'"description":"Zo\xeb","event_data":{"caf\xe9":"\xff"}',
            b'"event_data":' + b'{"a":' * 40 + b'1' + b'}' * 40,
            b'"url":"https://elsewhere.example/","actor_url":"no url","account_sid":"AC1"',
        ]
        head = b'{"sid":"EV%032x","workspace_sid":"%s","event_date_ms":1795428009%03d,"event_type":"task.created",'
        self.workspace = "WS" + "7" * 32
        return b"".join(head % (number, self.workspace.encode(), number) + more + b"}\n" for number, more in enumerate(members, 1))

    def exported(self, data: Path, form: str = "ndjson") -> str:
        """All of a directory, as text."""
        result = waybill.run("export", "--workspace", self.workspace, "--data", data, "--format", form,
                             environment=waybill.CREDENTIALS)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_import_post_pull_and_their_exports_give_the_same_store(self) -> None:
        lines = self.odd_lines()
        file = self.folder / "odd.ndjson"
        file.write_bytes(lines)
        result = self.into_directory(file, data=self.folder / "imported")
        self.assertEqual((result.returncode, counts(result)), (0, (9, 0, 0)), result.stderr)
        want = self.exported(self.folder / "imported")
        self.assertEqual(want.count("waybill_extra"), 6)

        server = self.start("--redact-after", "never", data=self.folder / "posted")
        ndjson = {"Content-Type": "application/x-ndjson"}
        with Api(server.url) as api:
            refused = api.request("POST", f"/v1/Workspaces/{self.workspace}/Events", lines, ndjson)
            self.assertEqual(refused.status, 400)
            taken = api.request("POST", f"/v1/Workspaces/{self.workspace}/Events?Unknown=keep", lines, ndjson)
            self.assertEqual((taken.status, json.loads(taken.body)["accepted"]), (201, 9), taken.body)
            shown = api.get(f"/v1/Workspaces/{self.workspace}/Events/EV{1:032x}?Extra=true")
            self.assertEqual(shown["waybill_extra"]["members"], {"operating_unit_sid": "OU1", "links": {"a": [1, None]}})
            self.assertNotIn("waybill_extra", api.get(f"/v1/Workspaces/{self.workspace}/Events/EV{1:032x}"))
        by_server = waybill.run("export", "--workspace", self.workspace, "--url", server.url,
                                environment=waybill.CREDENTIALS)
        self.assertEqual(by_server.stdout.replace(server.url, "https://taskrouter.twilio.com"), want)
        self.assertEqual(counts(self.into_server(server.url, file)), (0, 9, 0))
        self.assertIn("\nwaybill_unknown_members_total 4\n", server.metrics())
        server.stop()
        self.assertEqual(server.log.count("unknown event member stored in waybill_extra"), 2)
        self.assertEqual(self.exported(self.folder / "posted"), want)

        pulled = OddPage(b'{"events":[' + b",".join(lines.splitlines()) + b'],"meta":{"page":0,"next_page_url":null}}')
        self.addCleanup(pulled.close)
        result = pulled.pull(self.workspace, self.folder / "pulled")
        self.assertIn("9 new", result.stderr)
        self.assertEqual(self.exported(self.folder / "pulled"), want)

        for form in ("ndjson", "csv"):
            again = self.folder / f"again.{form}"
            again.write_text(self.exported(self.folder / "imported", form), newline="")
            result = self.into_directory(again, data=self.folder / form)
            self.assertEqual((result.returncode, counts(result)), (0, (9, 0, 0)), result.stderr)
            self.assertEqual(self.exported(self.folder / form), want)
        verified = waybill.run("verify", self.folder / "imported", environment=waybill.CREDENTIALS)
        self.assertEqual(verified.returncode, 0, verified.stderr)


class Interrupted(ImportCase):
    """A server that is not always there."""

    def test_trouble_that_passes_is_waited_for(self) -> None:
        """A restart, a limit, and an answer that is lost on its way: its events are there already."""
        lines = events.generated_lines(2200)
        file = self.file("events.ndjson", lines)
        server = self.start()
        between = Unreliable(server.url)
        self.addCleanup(between.server_close)
        self.addCleanup(between.shutdown)
        between.answers = [429, 0, 200, 503, -1]
        result = self.into_server(between.url, file)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(between.answers, [])
        accepted, duplicates, _ = counts(result)
        self.assertEqual((accepted + duplicates, duplicates > 0), (len(lines), True))
        for told in ("429", "503", "trying again in"):
            self.assertIn(told, result.stderr)
        with Api(server.url) as api:
            workspace = json.loads(lines[0])["workspace_sid"]
            self.assertEqual(len(api.events(workspace, StartDate="2000-01-01", PageSize=1000)), len(lines))

    def test_a_restart_of_the_server_is_waited_for(self) -> None:
        """One of some seconds: the server comes back once the import has said that it waits for longer than three."""
        file = self.file("events.ndjson", events.generated_lines(20))
        server = self.start()
        server.stop()
        with subprocess.Popen([waybill.BINARY, "import", "--url", server.url, file], stderr=subprocess.PIPE, text=True,
                              env=waybill.clean_environment(waybill.CREDENTIALS)) as process:
            assert process.stderr is not None
            waited, told = 0.0, ""
            while waited < 3:
                line = process.stderr.readline()
                said = re.search(r"trying again in ([\d.]+) s", line)
                assert said is not None, told + line
                waited += float(said[1])
                told += line
            self.start("--listen", server.url.removeprefix("http://"))
            told += process.stderr.read()
        self.assertEqual(process.returncode, 0, told)
        self.assertRegex(told, r"(?m)^20 new, ")

    def test_lines_that_would_get_a_new_sid_are_not_sent_twice(self) -> None:
        """A refusal is waited for; a lost answer is not, since the events may be there, under sids nobody knows."""
        event = {"workspace_sid": "WS" + "6" * 32, "event_date_ms": events.START_MS}
        file = self.file("sidless.ndjson", [json.dumps(event | {"event_type": "task.created"}) + "\n",
                                            json.dumps(event | {"sid": f"EV{1:032x}"}) + "\n"])
        server = self.start()
        between = Unreliable(server.url)
        self.addCleanup(between.server_close)
        self.addCleanup(between.shutdown)
        between.answers = [429, -1, 200]
        result = self.into_server(between.url, file)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(between.answers, [200])
        self.assertIn("some lines have no sid, so the batch, which may have been stored, was not sent again", result.stderr)
        with Api(server.url) as api:
            self.assertEqual(len(api.events(event["workspace_sid"], StartDate="2000-01-01")), 2)

    def test_what_is_refused_for_good_is_not_tried_again(self) -> None:
        between = Unreliable("http://127.0.0.1:9")
        self.addCleanup(between.server_close)
        self.addCleanup(between.shutdown)
        between.answers = [401, 429]
        result = self.into_server(between.url, self.file("events.ndjson", events.generated_lines(10)))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("the server answered 401: not now", result.stderr)
        self.assertEqual(between.answers, [429])


class NoRoom(ImportCase):
    """The place for what cannot be stored is full."""

    def test_import_post_and_pull_say_so_and_lose_nothing(self) -> None:
        """By 64 MiB of lines that are no JSON."""
        workspace = "WS" + "7" * 32
        head = f'{{"workspace_sid":"{workspace}","n":'
        lines = [head + str(number) + "x" * 1_000_000 + "\n" for number in range(80)]
        result = self.into_directory(self.file("junk.ndjson", lines))
        self.assertEqual(result.returncode, 1, result.stderr[-2000:])
        self.assertRegex(result.stderr, r"waybill: \S+junk\.ndjson: line 6\d: ")

        good = json.dumps({"sid": f"EV{1:032x}", "workspace_sid": workspace, "event_date_ms": 1_795_428_009_123})
        bad = head + "x" * 2_000_000
        with self.start() as server, Api(server.url) as api:
            answer = api.request("POST", f"/v1/Workspaces/{workspace}/Events?Unknown=keep", f"{bad}\n{good}\n".encode(),
                                 {"Content-Type": "application/x-ndjson"})
            self.assertEqual(answer.status, 507, answer.body)
            self.assertEqual(api.request("GET", list_url(workspace)).status, 404)

        pulled = OddPage(f'{{"events":[{bad[:-1]},{good}]}}'.encode())
        self.addCleanup(pulled.close)
        result = pulled.pull(workspace, self.data)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("the place for what cannot be stored is full", result.stderr)
        gaps = waybill.run("gaps", "--workspace", workspace, "--data", self.data, environment=waybill.CREDENTIALS)
        self.assertIn("the place for what cannot be stored is full", gaps.stdout)


class ImportRefused(ImportCase):
    """What is kept aside, and how it is called."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.start(data=self.folder / "served")
        self.lines = events.generated_lines(1100)
        self.workspace = json.loads(self.lines[0])["workspace_sid"]

    def check_kept_aside(self, lines: list[str], bad: dict[int, str]) -> None:
        """Both ways name file, line, member and rule, end with 1 and the count, and store all other lines."""
        file = self.file("bad.ndjson", lines)
        data = self.folder / "refused"
        good = [json.loads(text)["sid"] for number, text in enumerate(lines, 1) if number not in bad and text.strip()]
        for result in (self.into_directory(file, data=data), self.into_server(self.server.url, file)):
            self.assertEqual(result.returncode, 1, result.stderr)
            for line, why in bad.items():
                self.assertIn(f"{file}: line {line}: {why}", result.stderr)
            self.assertIn(f"{len(bad)} event{'s' if len(bad) > 1 else ''} could not be stored", result.stderr)
            self.assertEqual(counts(result)[0], len(good))
        with self.start(data=data) as other:
            for url in (other.url, self.server.url):
                with Api(url) as api:
                    self.assertEqual(sorted(sids(api.events(self.workspace, PageSize=1000)))[:1000], sorted(good)[:1000])

    def test_what_is_kept_aside_and_what_nobody_keeps(self) -> None:
        """A server keeps what names its workspace; the command that lists it can be pasted."""
        file = self.file("three.ndjson", [self.changed(1, sid="EV1"), '{"sid": \n', self.changed(3, workspace_sid="here")])
        told = self.into_server(self.server.url, file).stderr
        self.assertIn("3 events could not be stored; 1 of them is kept aside: waybill rejects list --url "
                      f"{self.server.url} --admin-token-file FILE; 2 lines are kept nowhere; they are named above\n", told)
        data = self.folder / "refused"
        told = self.into_directory(file, data=data).stderr
        self.assertIn(f"3 events could not be stored; they are kept aside: waybill rejects list --data {data}\n", told)
        kept = waybill.run("rejects", "list", "--data", data, environment=waybill.CREDENTIALS)
        self.assertIn("3 of at most", kept.stdout)

    def test_each_line_that_a_server_does_not_keep_is_named(self) -> None:
        """Also behind others that are kept; a bound comes late, and the last line says what shows the rest."""
        kept = [self.changed(1, sid=f"EV{number}") for number in range(30)]
        lost = ['{"sid": \n'] * 30
        result = self.into_server(self.server.url, self.file("thirty.ndjson", kept + lost))
        self.assertEqual(result.returncode, 1, result.stderr)
        named = re.findall(r"thirty\.ndjson: line (\d+): ", result.stderr)
        self.assertEqual(sorted(map(int, named)), [*range(1, 21), *range(31, 61)])
        self.assertIn("more lines that are kept aside are not shown\n", result.stderr)
        self.assertIn("; 30 lines are kept nowhere; they are named above\n", result.stderr)

        result = self.into_server(self.server.url, self.file("many.ndjson", ['{"sid": \n'] * 1010))
        self.assertEqual(result.returncode, 1, result.stderr[-1000:])
        self.assertEqual(len(re.findall(r"many\.ndjson: line \d+: ", result.stderr)), 1000)
        self.assertIn("; 1010 lines are kept nowhere; the first 1000 are named above; to see all, import the file with "
                      "--data DIR into an empty directory, which keeps them aside\n", result.stderr)

    def changed(self, index: int, **members: object) -> str:
        """The line at `index` with other members."""
        return json.dumps(json.loads(self.lines[index]) | members) + "\n"

    def test_lines_without_identity_or_time_and_lines_that_are_no_json(self) -> None:
        lines = [self.lines[0],
                 self.changed(1, event_date="yesterday", event_date_ms=None),
                 "\n",
                 '{"sid": \n',
                 self.changed(2, sid="EV1"),
                 '{"sid":"EV00"}\n',
                 self.changed(3, workspace_sid="here"),
                 *self.lines[4:9]]
        self.check_kept_aside(lines, {2: "event_date: 'yesterday'", 4: "is not valid JSON", 5: "sid: must match",
                                      6: "workspace_sid: is missing", 7: "workspace_sid: 'here'"})

    def test_a_line_far_behind(self) -> None:
        """A batch is a thousand lines: numbers are those of the file."""
        bad = self.changed(1050, sid=7)
        self.check_kept_aside([*self.lines[:900], *self.lines[1000:1050], bad, *self.lines[1051:1060]],
                              {951: "sid: must be a string or null"})

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
