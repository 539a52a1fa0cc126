"""`waybill export`: out of servers and directories, in every form, and back again by `waybill import`."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import threading
import time
import unittest
from pathlib import Path
from typing import Any

import events
import waybill
from api import Api, list_url
from case import ServerCase
from store_case import SMALL_FILES
from unreliable import Unreliable

# One base for all URLs in events, whoever shows them.
PUBLIC_URL = "https://events.example.com"
PUBLIC = {"WAYBILL_PUBLIC_URL": PUBLIC_URL}
ADMIN = "a token of the administrator's own"


class ExportCase(ServerCase):
    """Exports, and what they are compared with."""

    def setUp(self) -> None:
        super().setUp()
        self.lines = events.generated_lines(1500)
        self.workspace = json.loads(self.lines[0])["workspace_sid"]

    def fill(self, data: Path | None = None, lines: list[str] | None = None) -> None:
        """A directory with the events, sealed in part."""
        file = self.folder / "filling.ndjson"
        file.write_text("".join(self.lines if lines is None else lines))
        result = waybill.run("import", "--data", data or self.data, file, environment=waybill.CREDENTIALS | SMALL_FILES)
        self.assertEqual(result.returncode, 0, result.stderr)

    def export(self, *arguments: str | Path, environment: dict[str, str] | None = None) \
            -> subprocess.CompletedProcess[str]:
        """Runs an export of the test's workspace."""
        return waybill.run("export", "--workspace", self.workspace, *arguments,
                           environment=waybill.CREDENTIALS | PUBLIC | (environment or {}))

    def exported(self, *arguments: str | Path, environment: dict[str, str] | None = None) -> str:
        """What an export that must succeed writes to standard output."""
        result = self.export(*arguments, environment=environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def listed(self, url: str, **parameters: object) -> list[bytes]:
        """The bytes of each event of a list, as a server shows them."""
        shown: list[bytes] = []
        with Api(url) as api:
            target: str | None = list_url(self.workspace, PageSize=700, **parameters)
            while target:
                body = api.request("GET", target).body
                page = json.loads(body)
                text = body[body.index(b'"events":[') + 10:-2]
                pieces = [json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
                          for event in page["events"]]
                self.assertEqual(b",".join(pieces), text)
                shown += pieces
                target = page["meta"]["next_page_url"]
        return shown

    def imported(self, *files: Path, name: str) -> Path:
        """A new directory with the events of some files."""
        data = self.folder / name
        result = waybill.run("import", "--data", data, *files, environment=waybill.CREDENTIALS | SMALL_FILES)
        self.assertEqual(result.returncode, 0, result.stderr)
        return data


class Export(ExportCase):
    """What comes out."""

    def test_a_server_and_its_directory_give_the_list_byte_by_byte(self) -> None:
        """Also while the server holds the directory."""
        self.fill()
        server = self.start("--public-url", PUBLIC_URL, "--redact-after", "never")
        want = self.listed(server.url)
        self.assertEqual(len(want), 1500)
        for source in (("--url", server.url), ("--data", str(self.data))):
            self.assertEqual(self.exported(*source).encode().splitlines(), want)

    def test_every_form_comes_back_as_the_same_list(self) -> None:
        """By the file's name, and by flags; into directories, and into a server."""
        self.fill()
        want = self.exported("--data", self.data)
        forms: list[tuple[str, list[str]]] = [
            ("plain.ndjson", []), ("a.ndjson.gz", []), ("b.ndjson.zst", []), ("c.csv", []), ("d.csv.gz", []),
            ("e.csv.zst", []), ("some", ["--format", "csv", "--compress", "gzip"]), ("other.gz", ["--compress", "none"])]
        for name, flags in forms:
            with self.subTest(name):
                file = self.folder / name
                result = self.export("--data", self.data, "--out", file, *flags)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertRegex(result.stderr, rf"^1500 events of 2026-.* in {file}; ")
                self.assertEqual(sorted(path.name for path in self.folder.glob(name + "*")), [name])
                self.assertEqual(file.stat().st_mode & 0o777, 0o600)
                data = self.imported(file, name="back-" + name)
                self.assertEqual(self.exported("--data", data), want)
        server = self.start(data=self.folder / "served")
        result = waybill.run("import", "--url", server.url, self.folder / "e.csv.zst", environment=waybill.CREDENTIALS)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.exported("--data", server.data), want)

    def test_a_pipe_and_a_device_are_written_to_and_not_replaced(self) -> None:
        """As root, a file renamed to /dev/null would break the whole machine."""
        self.fill()
        pipe = self.folder / "pipe.ndjson"
        os.mkfifo(pipe)
        copy = self.folder / "copy.ndjson"
        with subprocess.Popen(["cp", pipe, copy]):
            result = self.export("--data", self.data, "--out", pipe)
        self.assertEqual((result.returncode, copy.read_text()), (0, self.exported("--data", self.data)), result.stderr)
        self.assertTrue(pipe.is_fifo())
        self.assertEqual([path.name for path in self.folder.glob("pipe*")], [pipe.name])
        self.assertIn("--resume: needs a file", self.export("--data", self.data, "--out", pipe, "--resume").stderr)
        self.assertEqual(self.export("--data", self.data, "--out", "/dev/null").returncode, 0)
        self.assertTrue(Path("/dev/null").is_char_device())

    def test_odd_texts_and_numbers_come_back_to_the_byte(self) -> None:
        """Spellings of JSON, what is no text, and what the members of an event cannot hold."""
        data = (r'{"n":1.10,"large":123456789012345678901234567890,"e":1E5,"escapes":"\u00e9\/","half":"\ud83d",'
                r'"task_attributes":"{\"a\":\"\\ud83d\",\"b\":1.0}","nested":[{},[],null,{"k":"\r\n"}],"":""}')
        texts = (r'"a,\"b\"\r\n\tc"', r'"\u0000"', r'""', r'"  0012 "', "null", '"é😀"', r'"=1+1"', r'"half \ud83d"', "[7]")
        self.lines = [f'{{"sid":"{events.event_sid(number)}","workspace_sid":"{self.workspace}","event_type":"task.updated",'
                      f'"event_date_ms":{events.START_MS + number},"description":{text},"unknown":{text},'
                      f'"event_data":{data}}}\n' for number, text in enumerate(texts, 1)]
        self.fill()
        want = self.exported("--data", self.data)
        self.assertIn('"n":1.10,"large":123456789012345678901234567890,"e":1E5', want)
        for name in ("odd.ndjson", "odd.csv", "odd.csv.zst"):
            with self.subTest(name):
                file = self.folder / name
                self.assertEqual(self.export("--data", self.data, "--out", file).returncode, 0)
                back = self.imported(file, name="back-" + name)
                self.assertEqual(self.exported("--data", back), want)

    def test_other_tools_read_what_is_written(self) -> None:
        self.fill()
        packed = self.folder / "a.ndjson.gz"
        self.export("--data", self.data, "--out", packed)
        self.assertEqual(gzip.decompress(packed.read_bytes()).decode(), self.exported("--data", self.data))
        text = self.exported("--data", self.data, "--format", "csv",
                             "--columns", "sid,event_date_ms,description,event_data.task_sid,event_data.worker_name")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        self.assertEqual(rows[0], ["sid", "event_date_ms", "description", "event_data.task_sid", "event_data.worker_name"])
        wanted = events.parse_lines(self.exported("--data", self.data))
        self.assertEqual(len(rows), len(wanted) + 1)
        for row, event in zip(rows[1:], wanted, strict=True):
            data = event["event_data"]
            self.assertEqual(row, [event["sid"], str(event["event_date_ms"]), event["description"],
                                   data.get("task_sid") or "", data.get("worker_name") or ""])

    def test_all_filters_of_the_list_are_there(self) -> None:
        self.fill()
        server = self.start("--public-url", PUBLIC_URL, "--redact-after", "never")
        every = events.parse_lines(self.exported("--data", self.data))
        middle = every[700]["event_date"]

        def one(member: str) -> str:
            return next(event["event_data"][member] for event in every[300:] if event["event_data"].get(member))

        filters = [
            {"EventType": "task.created"}, {"TaskSid": one("task_sid")}, {"WorkerSid": one("worker_sid")},
            {"TaskQueueSid": one("task_queue_sid")}, {"WorkflowSid": one("workflow_sid")},
            {"ReservationSid": one("reservation_sid")}, {"TaskChannel": one("task_channel_unique_name")},
            {"Sid": every[900]["sid"]}, {"StartDate": middle}, {"EndDate": middle},
            {"Ordering": "EventDate:desc"}, {"EventType": "reservation.created", "EndDate": middle}]
        for wanted in filters:
            want = self.listed(server.url, **wanted)
            self.assertTrue(want, wanted)
            for name_of in (lambda name: "--" + name,
                            lambda name: re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower().join(["--", ""])):
                flags = [word for name, value in wanted.items() for word in (name_of(name), value)]
                for source in (("--url", server.url), ("--data", str(self.data))):
                    with self.subTest(flags=flags, source=source[0]):
                        self.assertEqual(self.exported(*source, *flags).encode().splitlines(), want)
        self.assertEqual(self.exported("--data", self.data, "--minutes", "5"), "", "all of them are old")

    def test_task_attributes_are_hidden_from_accounts_alone(self) -> None:
        self.fill()
        server = self.start("--public-url", PUBLIC_URL)
        whole = self.exported("--data", self.data)
        hidden = self.exported("--url", server.url)
        self.assertNotEqual(hidden, whole)
        self.assertEqual(hidden.encode().splitlines(), self.listed(server.url))
        attributes = {event["event_data"].get("task_attributes") for event in events.parse_lines(hidden)}
        self.assertEqual(attributes, {None, "{}"})
        token = self.data / "admin.token"
        self.assertEqual(self.exported("--url", server.url, "--admin-token-file", token), whole)
        self.assertEqual(self.exported("--url", server.url, environment={"WAYBILL_ADMIN_TOKEN": token.read_text().strip(),
                                                                          "WAYBILL_ACCOUNT_SID": "",
                                                                          "WAYBILL_AUTH_TOKEN": ""}), whole)

    def test_events_that_come_meanwhile_are_not_in_it(self) -> None:
        """A server appends, seals and merges while its directory and its list are exported, again and again."""
        server = self.start("--redact-after", "never", "--public-url", PUBLIC_URL,
                            environment=waybill.CREDENTIALS | SMALL_FILES)
        self.workspace = events.workspace_sid(1)
        done = threading.Event()

        def write() -> None:
            with Api(server.url) as api:
                for first in range(1, 12_000, 40):
                    api.post_events(self.workspace, [
                        events.made_event(number, events.START_MS + number * 7919 % 5_000_000, 20)
                        for number in range(first, first + 40)])
            done.set()

        writer = threading.Thread(target=write)
        writer.start()
        exports = []
        while not done.is_set() or len(exports) < 4:
            for source in (("--data", str(self.data)), ("--url", server.url)):
                result = self.export(*source)
                if "no workspace" in result.stderr or "404" in result.stderr:
                    continue  # its first event has not come yet
                self.assertEqual(result.returncode, 0, result.stderr)
                exports.append(events.parse_lines(result.stdout))
        writer.join()
        final = [json.loads(event) for event in self.listed(server.url)]
        self.assertEqual(len(final), 12_000)
        for export in exports:
            # Events were posted by rising numbers, in batches that are whole or not there at all: the list at a horizon
            # has the first so many of them.
            count = len(export)
            self.assertEqual(count % 40, 0)
            self.assertEqual(export, [event for event in final if int(event["sid"][2:], 16) <= count])


class Split(ExportCase):
    """A folder of days."""

    def setUp(self) -> None:
        super().setUp()
        self.lines = events.generated_lines(3000, 1, "--tasks-per-hour", "4")
        self.workspace = json.loads(self.lines[0])["workspace_sid"]
        self.fill()
        self.days = self.folder / "days"
        self.want = self.exported("--data", self.data)

    def manifest(self) -> dict[str, Any]:
        """What it says."""
        return json.loads((self.days / "manifest.json").read_text())

    def split(self, *flags: str | Path) -> subprocess.CompletedProcess[str]:
        """An export into the folder of days."""
        return self.export("--split", "day", "--out", self.days, *flags)

    def fine(self, *flags: str | Path) -> str:
        """One that must succeed."""
        result = self.split(*flags)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr

    def test_the_manifest_tells_the_truth_and_the_days_are_the_list(self) -> None:
        self.fine("--data", self.data, "--compress", "gzip")
        manifest = self.manifest()
        self.assertTrue(manifest["complete"])
        self.assertEqual(manifest["events"], 3000)
        self.assertGreater(len(manifest["days"]), 3)
        text = ""
        for day in manifest["days"]:
            packed = (self.days / day["file"]).read_bytes()
            self.assertEqual(day["file"], day["day"] + ".ndjson.gz")
            self.assertEqual((len(packed), hashlib.sha256(packed).hexdigest()), (day["bytes"], day["sha256"]))
            lines = gzip.decompress(packed).decode()
            times = [event["event_date_ms"] for event in events.parse_lines(lines)]
            self.assertEqual(len(times), day["events"])
            self.assertTrue(all(time.strftime("%F", time.gmtime(ms / 1000)) == day["day"] for ms in times))
            text += lines
        self.assertEqual(text, self.want)

    def test_import_takes_the_folder_back_and_refuses_one_that_is_not_whole(self) -> None:
        self.fine("--data", self.data, "--compress", "zstd")
        self.assertEqual(self.exported("--data", self.imported(self.days, name="back")), self.want)
        victim = self.days / self.manifest()["days"][2]["file"]
        whole = victim.read_bytes()
        cases = [(whole[:-1], "bytes, and the manifest says"), (whole[:-1] + b"x", "SHA-256 is not the one"),
                 (None, "No such file")]
        for number, (damaged, why) in enumerate(cases):
            victim.unlink() if damaged is None else victim.write_bytes(damaged)
            data = self.folder / f"refused-{number}"
            result = waybill.run("import", "--data", data, self.days, environment=waybill.CREDENTIALS)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(str(victim), result.stderr)
            self.assertIn(why, result.stderr)
            self.assertFalse(data.exists(), "nothing is begun")
        victim.write_bytes(whole)
        manifest = self.manifest() | {"complete": False}
        (self.days / "manifest.json").write_text(json.dumps(manifest))
        result = waybill.run("import", "--data", self.folder / "cut", self.days, environment=waybill.CREDENTIALS)
        self.assertIn("the export was cut off", result.stderr)

    def test_a_wrong_count_is_told(self) -> None:
        self.fine("--data", self.data)
        manifest = self.manifest()
        manifest["days"][1]["events"] += 1
        (self.days / "manifest.json").write_text(json.dumps(manifest))
        result = waybill.run("import", "--data", self.folder / "back", self.days, environment=waybill.CREDENTIALS)
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, rf"{manifest['days'][1]['file']}: has \d+ events, and the manifest says \d+")

    def test_one_horizon_holds_over_a_resume(self) -> None:
        """Days that are lost come again as they were, though there are new events by now."""
        server = self.start("--redact-after", "never", "--public-url", PUBLIC_URL)
        for source in (("--data", str(self.data)), ("--url", server.url)):
            with self.subTest(source[0]):
                for path in self.days.glob("*"):
                    path.unlink()
                self.want = self.exported(*source)
                self.fine(*source)
                before = {path.name: path.read_bytes() for path in self.days.iterdir()}
                for day in self.manifest()["days"][2:4]:
                    (self.days / day["file"]).unlink()
                with Api(server.url) as api:
                    api.post_events(self.workspace, [
                        events.made_event(int(time.monotonic() * 1000) * 10 + number, day["event_date_ms"])
                        for number, day in enumerate(events.parse_lines(self.want)[::400])])
                self.fine(*source, "--resume")
                self.assertEqual({path.name: path.read_bytes() for path in self.days.iterdir()}, before)
                self.assertGreater(len(self.exported(*source)), len(self.want))

    def test_an_export_that_is_there_is_left_alone(self) -> None:
        self.fine("--data", self.data)
        result = self.split("--data", self.data)
        self.assertEqual(result.returncode, 1)
        self.assertIn("manifest.json is there already: go on with that export (--resume), or name another folder",
                      result.stderr)
        result = self.split("--data", self.data, "--resume", "--event-type", "task.created")
        self.assertEqual(result.returncode, 2)
        self.assertIn("it was begun with the filters", result.stderr)

    def test_killed_at_any_moment_it_is_gone_on_with(self) -> None:
        for delay in (0.005, 0.02, 0.03, 0.05):
            for path in self.days.glob("*"):
                path.unlink()
            command = [str(waybill.BINARY), "export", "--workspace", self.workspace, "--data", str(self.data), "--split",
                       "day", "--out", str(self.days), "--resume"]
            environment = waybill.clean_environment(waybill.CREDENTIALS | PUBLIC)
            with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment) as process:
                time.sleep(delay)
                process.send_signal(signal.SIGKILL)
            self.fine("--data", self.data, "--resume")
            text = "".join((self.days / day["file"]).read_text() for day in self.manifest()["days"])
            self.assertEqual(text, self.want)
            self.assertEqual([path.name for path in self.days.glob("*.part")], [])


class CutOff(ExportCase):
    """What stays of an export that fails, and how it goes on."""

    def setUp(self) -> None:
        super().setUp()
        self.lines = events.generated_lines(4500)
        self.workspace = json.loads(self.lines[0])["workspace_sid"]
        self.fill()
        self.server = self.start("--public-url", PUBLIC_URL, "--redact-after", "never")
        self.between = Unreliable(self.server.url)
        self.addCleanup(self.between.server_close)
        self.addCleanup(self.between.shutdown)
        self.file = self.folder / "out.ndjson.zst"

    def text_of(self, file: Path) -> str:
        """What the file inflates to, by another program."""
        return subprocess.run(["zstd", "-dc", str(file)], check=True, capture_output=True).stdout.decode()

    def names(self) -> list[str]:
        """What lies beside the file."""
        return sorted(path.name for path in self.folder.glob("out.*"))

    def test_trouble_that_passes_is_waited_for(self) -> None:
        self.between.answers = [429, 503, 200, 500, 0, 200]
        result = self.export("--url", self.between.url, "--out", self.file)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.text_of(self.file), self.exported("--data", self.data))

    def test_a_file_is_gone_on_with_where_it_stopped(self) -> None:
        self.between.pages_max = 2
        result = self.export("--url", self.between.url, "--out", self.file)
        self.assertEqual(result.returncode, 2)
        self.assertIn("enough\nthe export is incomplete; run it again with --resume to continue", result.stderr)
        self.assertEqual(self.names(), ["out.ndjson.zst.part", "out.ndjson.zst.part.json"])
        result = self.export("--url", self.between.url, "--out", self.file, "--resume", "--task-sid", "WT" + "0" * 32)
        self.assertEqual(result.returncode, 2)
        self.assertIn("it was begun with the filters", result.stderr)
        self.between.pages_max = 5
        self.between.pages = 2
        result = self.export("--url", self.between.url, "--out", self.file, "--resume")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.between.pages, 5, "no page is asked for twice")
        self.assertEqual(self.text_of(self.file), self.exported("--data", self.data))
        self.assertEqual(self.names(), ["out.ndjson.zst"])

    def test_nothing_stays_of_what_never_began(self) -> None:
        self.between.pages_max = 0
        result = self.export("--url", self.between.url, "--out", self.file)
        self.assertEqual(result.returncode, 2)
        self.assertEqual(self.names(), [])
        result = self.export("--url", self.server.url, "--out", self.file,
                             environment={"WAYBILL_AUTH_TOKEN": "not the right one at all"})
        self.assertEqual(result.returncode, 1)
        self.assertIn("the server answered 401: Authenticate", result.stderr)
        self.assertEqual(self.names(), [])

    def test_a_full_disk_leaves_no_final_file(self) -> None:
        command = (f"ulimit -f 64; exec {waybill.BINARY} export --workspace {self.workspace} --data {self.data} "
                   f"--out {self.folder}/out.ndjson")
        result = subprocess.run(["bash", "-c", "trap '' XFSZ; " + command], capture_output=True, text=True, check=False,
                                env=waybill.clean_environment(waybill.CREDENTIALS | PUBLIC))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("out.ndjson.part: File too large", result.stderr)
        self.assertNotIn("out.ndjson", self.names())


class Refused(ExportCase):
    """What makes no sense, and is said before anything is written."""

    def check(self, why: str, *arguments: str | Path, code: int = 2) -> None:
        """The export ends with that reason, and leaves no file."""
        result = self.export(*arguments)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(why, result.stderr)
        self.assertEqual([path.name for path in self.folder.glob("out*")], [])

    def test_flags_that_do_not_go_together(self) -> None:
        self.fill()
        out = ("--data", self.data, "--out", self.folder / "out")
        self.check("say where from: --url URL or --data DIR")
        self.check("--data", "--data", self.data, "--url", "http://127.0.0.1:1")
        self.check("--format: 'xml' is neither ndjson nor csv", *out, "--format", "xml")
        self.check("--compress: 'xz' is neither gzip, zstd nor none", *out, "--compress", "xz")
        self.check("--columns: is for --format csv", *out, "--columns", "sid")
        self.check("--columns: column 'sidd'", *out, "--format", "csv", "--columns", "sidd")
        self.check("--split: 'week' is not day", *out, "--split", "week")
        self.check("--split: needs a folder", "--data", self.data, "--split", "day")
        self.check("--resume: needs a file", "--data", self.data, "--resume")
        self.check("TaskSid: 'WT1' must match", *out, "--task-sid", "WT1")
        self.check("StartDate: 'soon' is not an ISO 8601", *out, "--start-date", "soon")
        self.check("Ordering: 'up'", *out, "--ordering", "up")
        self.check("is not a Waybill data directory", "--data", self.folder, "--out", self.folder / "out", code=1)
        self.workspace = "WS" + "9" * 32
        self.check("there is no workspace WS9999", *out, code=1)
        self.workspace = "WS9"
        self.check("--workspace: 'WS9' must match", *out)


    def test_names_that_promise_another_form(self) -> None:
        self.fill()
        for ending in ("xlsx", "parquet", "zip", "tar", "tsv", "XLS", "xlsx.gz"):
            name = ending.removesuffix(".gz").lower()
            self.check(f"--out: export writes no .{name}; a file's name ends with .ndjson or .csv",
                       "--data", self.data, "--out", self.folder / f"out.{ending}")
        self.check("--out: export writes no .zip", "--data", self.data, "--out", self.folder / "out.zip", "--format", "csv")
        self.check("--out: export writes no .zip", "--data", self.data, "--out", self.folder / "out.zip", "--split", "day")
        self.check("--out: export writes no .data; a file's name ends with .ndjson or .csv, and .gz or .zst behind it, or "
                   "name the form with --format", "--data", self.data, "--out", self.folder / "out.data")

    def test_minutes_beside_dates(self) -> None:
        self.fill()
        out = ("--data", self.data, "--out", self.folder / "out")
        self.check("--minutes: means the last minutes, and stands beside --start-date", *out, "--minutes", "60",
                   "--start-date", "2026-03-02")
        self.check("--minutes: means the last minutes, and stands beside --end-date", *out, "--Minutes", "60",
                   "--EndDate", "2026-03-02")


class Doubts(ExportCase):
    """What may not be what was meant is said when all is done; the export is no failure."""

    def said(self, *arguments: str | Path) -> list[str]:
        """What stands on standard error."""
        result = self.export("--data", self.data, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr.splitlines()

    def test_a_column_that_was_empty_all_the_time(self) -> None:
        self.fill()
        said = self.said("--format", "csv", "--columns",
                         "sid,event_data.task_qeue_name,event_data.task_attributes.nothing_like_it,event_data.task_sid")
        self.assertIn("event_data.task_qeue_name was empty in all 1,500 events; did you mean event_data.task_queue_name?",
                      said)
        self.assertIn("event_data.task_attributes.nothing_like_it was empty in all 1,500 events", said)
        self.assertEqual(len(said), 3)
        self.assertEqual(len(self.said("--format", "csv")), 1)

    def test_paths_into_attributes_and_a_star(self) -> None:
        self.fill()
        text = self.exported("--data", self.data, "--format", "csv", "--columns",
                             "event_data.*,event_data.task_attributes.type,event_data.worker_attributes.skills")
        wanted = events.parse_lines(self.exported("--data", self.data))
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        self.assertEqual(len(rows), len(wanted))
        types = 0
        for row, event in zip(rows, wanted, strict=True):
            data = event["event_data"]
            for key, value in data.items():
                shown = value if isinstance(value, str) else "" if value is None else json.dumps(value, separators=(",", ":"))
                self.assertEqual(row[f"event_data.{key}"], shown)
            attributes = json.loads(data.get("task_attributes") or "{}")
            self.assertEqual(row["event_data.task_attributes.type"], str(attributes.get("type", "")))
            types += "type" in attributes
        self.assertGreater(types, 0)

    def test_members_that_no_column_of_the_star_has(self) -> None:
        self.lines = [json.dumps(events.made_event(1, events.START_MS) |
                                 {"workspace_sid": self.workspace, "event_data": {"brand_new": 1}}) + "\n"]
        self.fill()
        self.assertIn("event_data.brand_new is in the events, and in no column; add it to --columns",
                      self.said("--format", "csv", "--columns", "event_data.*"))

    def test_a_type_of_event_of_which_there_is_none(self) -> None:
        self.fill()
        self.assertIn("no event of type task.create; did you mean task.created?", self.said("--event-type", "task.create"))
        self.assertIn("no event of type task.created", self.said("--event-type", "task.created", "--end-date", "2020-01-01"))

    def test_the_summary_names_the_form(self) -> None:
        self.fill()
        self.assertIn(" MB (CSV, gzip) in ", self.said("--out", self.folder / "a.csv.gz")[-1])
        self.assertIn(" MB (NDJSON) to standard output; ", self.said()[-1])
        self.assertIn(" MB (NDJSON) in ", self.said("--format", "ndjson", "--out", self.folder / "some.data")[-1])


class ImportRefused(ExportCase):
    """Files that are not whole."""

    def check(self, name: str, content: bytes, why: str) -> None:
        """The import names the file and what is wrong."""
        file = self.folder / name
        file.write_bytes(content)
        result = waybill.run("import", "--data", self.data, file, environment=waybill.CREDENTIALS)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn(f"waybill: {file}: {why}", result.stderr)

    def test_what_is_damaged_is_named(self) -> None:
        text = "".join(self.lines).encode()
        packed = gzip.compress(text)
        self.check("cut.gz", packed[:-20], "the gzip data ends in the middle")
        self.check("bad.gz", packed[:-6] + b"\xff\xff" + packed[-4:], "the gzip data is damaged: ")
        self.check("more.gz", packed + b"more", "behind the end of its gzip data stand other bytes, 'more'")
        self.check("bad.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 20, "the zstd data is damaged: ")
        self.fill(data=self.folder / "filled")
        table = self.exported("--data", self.folder / "filled", "--format", "csv").encode().splitlines(keepends=True)
        self.check("head.csv", table[0].replace(b"event_type", b"event_typ") + table[1],
                   "line 1: column event_type: is missing; an event cannot be made again without it. "
                   "Is it the column 'event_typ'?")
        self.check("less.csv", b"sid,event_type,workspace_sid\r\n", "line 1: column event_data: is missing")

    def test_a_row_that_is_none_costs_itself_alone(self) -> None:
        self.fill(data=self.folder / "filled")
        table = self.exported("--data", self.folder / "filled", "--format", "csv").encode().splitlines(keepends=True)
        rows = {"short": (table[5][:60] + b"\r\n", "the row has "),
                "quote": (b'EV1,a"b\r\n', "field 2: has quotes inside, but not around it"),
                "open": (b'EV1,"a\r\n', "field "),
                "byte": (table[5].replace(b",", b"\xff,", 1), "column sid: ")}
        for name, (row, why) in rows.items():
            with self.subTest(name):
                file = self.folder / f"{name}.csv"
                file.write_bytes(b"".join([*table[:5], row, *table[6:]]))
                data = self.folder / name
                result = waybill.run("import", "--data", data, file, environment=waybill.CREDENTIALS)
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertIn(f"{file}: line 6: {why}", result.stderr)
                self.assertIn(f"{len(self.lines) - 1} new, ", result.stderr)
                self.assertIn(f"1 event could not be stored; it is kept aside: waybill rejects list --data {data}\n",
                              result.stderr)
                kept = waybill.run("rejects", "list", "--data", data, environment=waybill.CREDENTIALS)
                self.assertIn(f"{file} line 6", kept.stdout)

    def test_a_line_that_is_too_long_costs_itself_alone(self) -> None:
        file = self.folder / "long.ndjson"
        file.write_text(self.lines[0] + '{"' + "x" * (16 << 20) + "\n" + self.lines[1])
        result = waybill.run("import", "--data", self.data, file, environment=waybill.CREDENTIALS)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(f"{file}: line 2: is longer than 16777216 bytes\n", result.stderr)
        self.assertIn("1 event could not be stored; 1 line is kept nowhere; it is named above\n", result.stderr)
        self.assertIn("2 new, ", result.stderr)

    def test_a_folder_that_is_no_export(self) -> None:
        (self.folder / "some").mkdir()
        result = waybill.run("import", "--data", self.data, self.folder / "some", environment=waybill.CREDENTIALS)
        self.assertEqual(result.returncode, 2)
        self.assertIn("some: is a folder without a manifest.json, so it is no export", result.stderr)


if __name__ == "__main__":
    unittest.main()
