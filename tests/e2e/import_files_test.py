"""`waybill import` of files that went through other programs, and of what is no file of events at all."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import threading
import unittest
import zipfile
from pathlib import Path
from typing import Any

import events
import waybill
from case import ServerCase

COLUMNS = ["sid", "event_type", "workspace_sid", "event_data", "event_date_ms", "description"]
COUNT = 5


def camel(name: str) -> str:
    """event_date_ms as the Node library calls it."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


class FilesCase(ServerCase):
    """The same five events, however they are written."""

    def setUp(self) -> None:
        super().setUp()
        self.workspace = events.workspace_sid(1)
        self.events = [events.made_event(number, events.START_MS + number) |
                       {"workspace_sid": self.workspace, "description": "Grüße; 1,5 € \"x\"\nline"}
                       for number in range(1, COUNT + 1)]
        self.directories = 0

    def run_import(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """An import into a new directory."""
        self.directories += 1
        return waybill.run("import", "--data", self.target(), *arguments, environment=waybill.CREDENTIALS)

    def target(self) -> Path:
        """The directory of the last import."""
        return self.folder / f"data-{self.directories}"

    def written(self, name: str, content: bytes | str) -> Path:
        """A file of the test's folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def stored(self) -> list[dict[str, Any]]:
        """What the last import stored; nothing also where there is no such workspace."""
        result = waybill.run("export", "--data", self.target(), "--workspace", self.workspace)
        return events.parse_lines(result.stdout) if result.returncode == 0 else []

    def check_taken(self, name: str, content: bytes | str, *flags: str) -> None:
        """All five events come out of such a file."""
        with self.subTest(name):
            result = self.run_import(*flags, self.written(name, content))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(f"{COUNT} new, 0 duplicates", result.stderr)
            self.check_stored()

    def check_stored(self, count: int = COUNT) -> None:
        """The last import stored the first events as they are."""
        stored = [{key: event[key] for key in COLUMNS} for event in self.stored()]
        self.assertEqual(stored, [{key: event[key] for key in COLUMNS} for event in self.events[:count]])

    def check_refused(self, name: str, content: bytes | str, *whys: str, stored: int = 0) -> None:
        """Such a file is refused with its name and these words; without a line of counts if nothing was read."""
        with self.subTest(name):
            file = self.written(name, content)
            result = self.run_import(file)
            self.assertNotEqual(result.returncode, 0)
            for why in (f"{file}: ", *whys):
                self.assertIn(why, result.stderr)
            self.assertEqual(" new, " in result.stderr, stored > 0, result.stderr)
            self.check_stored(stored)

    def ndjson(self) -> str:
        """The events as `waybill export` would have them."""
        return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in self.events)

    def table(self, separator: str = ",", end: str = "\r\n", names: list[str] | None = None) -> str:
        """The events as a table, with quotes where they must be."""
        def field(value: Any) -> str:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            return '"' + text.replace('"', '""') + '"' if any(c in text for c in separator + '"\r\n') else text

        rows = [names or COLUMNS] + [[field(event[key]) for key in COLUMNS] for event in self.events]
        return "".join(separator.join(row) + end for row in rows)


class Taken(FilesCase):
    """What a file means where that is plain."""

    def test_encodings_and_their_marks(self) -> None:
        for name, text in (("e.ndjson", self.ndjson()), ("e.csv", self.table()), ("e.txt", self.table("\t"))):
            self.check_taken("mark-" + name, b"\xef\xbb\xbf" + text.encode())
            self.check_taken("le-" + name, b"\xff\xfe" + text.encode("utf-16-le"))
            self.check_taken("be-" + name, b"\xfe\xff" + text.encode("utf-16-be"))
            self.check_taken("le-bare-" + name, text.encode("utf-16-le"))
            self.check_taken("be-bare-" + name, text.encode("utf-16-be"))
            self.check_taken("ansi-" + name, text.encode("windows-1252"), "--encoding", "windows-1252")

    def test_tables_between_other_separators(self) -> None:
        for name, separator in (("semicolon", ";"), ("tab", "\t"), ("bar", "|")):
            self.check_taken(f"{name}.csv", self.table(separator))
        self.check_taken("named.csv", "sep=;\r\n" + self.table(";"))
        self.check_taken("marked-and-named.csv", "\ufeffsep=;\r\n" + self.table(";"))
        self.check_taken("carriage-returns.csv", self.table(end="\r"))
        self.check_taken("line-feeds.csv", self.table(end="\n"))

    def test_tables_that_a_spreadsheet_left_things_in(self) -> None:
        empty = "," * (len(COLUMNS) - 1) + "\r\n"
        self.check_taken("empty-rows.csv", self.table() + empty + ",,\r\n" + "\r\n" + " , ,\r\n")
        self.check_taken("empty-columns.csv", self.table().replace("description\r\n", "description,,\r\n")
                         .replace("line\"\r\n", "line\",,\r\n"))
        self.check_taken("capitals.csv", self.table(names=[name.upper() for name in COLUMNS]))
        self.check_taken("camels.csv", self.table(";", names=[camel(name) for name in COLUMNS]))
        self.check_taken("titles.csv", self.table(names=[name.replace("_", " ").title() for name in COLUMNS]))

    def test_json_over_several_lines(self) -> None:
        self.check_taken("array.json", json.dumps(self.events))
        self.check_taken("pretty-array.json", json.dumps(self.events, indent=2) + "\n")
        self.check_taken("pretty-objects.json", "\n".join(json.dumps(event, indent=4) for event in self.events))
        self.check_taken("objects-in-a-row.json", "".join(json.dumps(event) for event in self.events))
        self.check_taken("commas.json", ",\n".join(json.dumps(event) for event in self.events))
        self.check_taken("sequence.json", "".join("\x1e" + json.dumps(event) + "\n" for event in self.events))
        self.check_taken("carriage-returns.ndjson", self.ndjson().replace("\n", "\r"))

    def test_saved_pages(self) -> None:
        pages = [{"meta": {"page": number, "key": "events"}, "events": self.events[begin:end]}
                 for number, (begin, end) in enumerate([(0, 2), (2, 2), (2, 5)])]
        self.check_taken("page.json", json.dumps({"meta": {}, "events": self.events}))
        self.check_taken("meta-last.json", json.dumps({"events": self.events, "meta": {"key": "events"}}, indent=2))
        self.check_taken("pages.ndjson", "".join(json.dumps(page) + "\n" for page in pages))
        self.check_taken("pages.json", "".join(json.dumps(page, indent=1) for page in pages))
        self.check_taken("array-of-pages.json", json.dumps(pages))

    def test_objects_as_the_official_libraries_write_them(self) -> None:
        date = "2026-03-02T08:00:00.000Z"
        node = [{camel(key): value for key, value in (event | {"event_date": date}).items()} for event in self.events]
        self.check_taken("node.json", json.dumps(node, indent=2))
        self.check_taken("node.ndjson", "".join(json.dumps(event) + "\n" for event in node))
        php = [event | {"eventDate": {"date": "2026-03-02 08:00:00.000000", "timezone_type": 3, "timezone": "UTC"}}
               for event in node]
        self.check_taken("php.json", json.dumps(php))
        self.check_taken("capitals.json", json.dumps([{key[0].upper() + key[1:]: value for key, value in event.items()}
                                                      for event in node]))

    def test_compressed_files_with_padding_and_in_pieces(self) -> None:
        text = self.ndjson().encode()
        half = text.index(b"\n", len(text) // 2) + 1
        self.check_taken("padded.gz", gzip.compress(text) + bytes(10_240))
        self.check_taken("two.gz", gzip.compress(text[:half]) + gzip.compress(text[half:]))
        self.check_taken("two-padded.gz", gzip.compress(text[:half]) + bytes(100) + gzip.compress(text[half:]) + bytes(512))
        self.check_taken("array.gz", gzip.compress(json.dumps(self.events).encode("utf-16")))

    def test_a_pipe_of_an_array_is_read_as_it_comes(self) -> None:
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)

        def write() -> None:
            with open(pipe, "wb") as out:
                out.write(gzip.compress(json.dumps(self.events, indent=1).encode()))

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        result = self.run_import(pipe)
        writer.join(10)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.check_stored()

    def test_an_array_takes_no_more_memory_than_its_elements(self) -> None:
        """Of ten times the file the program takes far less than that much more."""
        def peak(count: int) -> int:
            line = json.dumps(self.events[0])
            file = self.folder / "large.json"
            with open(file, "w", encoding="utf-8") as out:
                # Line by line: what this process takes is counted as the child's, until it is another program.
                out.write("[\n")
                for _ in range(count - 1):
                    out.write(line + ",\n")
                out.write(line + "\n]\n")
            data = self.folder / f"large-{count}"
            command = [str(waybill.BINARY), "import", "--data", str(data), str(file)]
            with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=waybill.clean_environment(waybill.CREDENTIALS)) as process:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(process.returncode, 0)
            file.unlink()
            return usage.ru_maxrss * 1024

        small, large = peak(20_000), peak(200_000)
        bytes_more = 180_000 * len(json.dumps(self.events[0]))
        self.assertGreater(bytes_more, 50_000_000)
        self.assertLess(large - small, bytes_more // 3)


class Refused(FilesCase):
    """What is not taken says what it looks like and what to do."""

    def test_files_of_other_programs(self) -> None:
        book = io.BytesIO()
        with zipfile.ZipFile(book, "w") as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("xl/workbook.xml", "<workbook/>")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("events.ndjson", self.ndjson())
        self.check_refused("e.xlsx", book.getvalue(), "is an Excel workbook (.xlsx)", "save the sheet as CSV UTF-8")
        self.check_refused("e.zip", packed.getvalue(), "is a ZIP archive", "unpack it")
        self.check_refused("e.parquet", b"PAR1" + bytes(100), "is a Parquet file", "NDJSON or CSV")
        self.check_refused("e.pdf", b"%PDF-1.7\n%\xe2\xe3", "is a PDF document")
        self.check_refused("e.html", "<!doctype html><title>Sign in</title>", "is an HTML page", "fetch it again")
        self.check_refused("e.html.gz", gzip.compress(b"<html></html>"), "is an HTML page")
        self.check_refused("nul.ndjson", bytes(5_000), "begins with bytes of zero", "another copy")
        self.check_refused("notes.txt", "These are my notes.\n", "begins with 'These are my notes.'",
                           "neither JSON nor the header of a table")
        self.check_refused("other.csv", "name;age;city;zip\r\nx;1;y;2\r\n", "a table whose first line names no member")

    def test_an_encoding_is_never_guessed(self) -> None:
        """Rows of plain ASCII are stored, and the others kept aside."""
        result = self.run_import(self.written("ansi.csv", self.table().encode("windows-1252")))
        self.assertEqual(result.returncode, 1, result.stderr)
        for why in ("line 2: column description: ", "is not UTF-8", "--encoding windows-1252", "CSV UTF-8"):
            self.assertIn(why, result.stderr)
        self.assertEqual(self.stored(), [])
        result = self.run_import("--encoding", "ebcdic", self.written("e.ndjson", self.ndjson()))
        self.assertEqual(result.returncode, 2)
        self.assertIn("--encoding: 'ebcdic' is none of utf-8", result.stderr)

    def test_what_is_behind_the_end_of_compressed_data(self) -> None:
        """What stands before it is stored."""
        self.check_refused("tail.gz", gzip.compress(self.ndjson().encode()) + b"garbage", "behind the end of its gzip data",
                           "'garbage'", stored=COUNT)
        self.check_refused("cut.gz", gzip.compress(self.ndjson().encode())[:-6], "the gzip data ends in the middle",
                           stored=COUNT)

    def test_json_that_is_cut_off(self) -> None:
        text = json.dumps(self.events)
        self.check_refused("cut.json", text[:-30], f"the file ends inside event {COUNT}", "it was cut off", stored=COUNT - 1)
        self.check_refused("open.json", text[:-1], "the file ends inside an array", stored=COUNT)

    def check_costs_itself(self, name: str, content: str, index: int, why: str) -> None:
        """One element is named, and the others are stored."""
        file = self.written(name, content)
        result = self.run_import(file)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(f"{file}: {why}", result.stderr)
        self.assertIn("1 event could not be stored", result.stderr)
        self.assertEqual([event["sid"] for event in self.stored()],
                         [event["sid"] for number, event in enumerate(self.events) if number != index])

    def test_an_element_of_an_array_costs_itself_alone(self) -> None:
        timeless = [event | ({"event_date_ms": None} if number == 2 else {}) for number, event in enumerate(self.events)]
        self.check_costs_itself("timeless.json", json.dumps(timeless, indent=2), 2, "event 3: ")
        text = json.dumps(self.events, indent=2)
        broken = text.replace('"description": ', '"description" ', 1)
        self.check_costs_itself("broken.json", broken, 0, "event 1: is not valid JSON")
        second = text.index('"description": ', text.index('"description": ') + 1)
        unclosed = text[:second] + text[second:].replace('line"\n', "line\n", 1)
        self.check_costs_itself("unclosed.json", unclosed, 1, "event 2: is not valid JSON")

    def test_a_row_costs_itself_alone(self) -> None:
        rows = self.table().split("\r\n")
        self.check_costs_itself("long.csv", "\r\n".join([*rows[:2], rows[2] + ",more", *rows[3:]]), 1,
                                "line 4: the row has 7 fields, and the header 6")
        rounded = self.table().replace(str(self.events[1]["event_date_ms"]), "1.77244E+12")
        self.check_costs_itself("digits.csv", rounded, 1, "line 4: ")

    def test_an_empty_file_is_said_to_be_empty(self) -> None:
        for content in (b"", b"\n \n", b"[]", gzip.compress(b""), b"\xff\xfe"):
            file = self.written("empty", content)
            result = self.run_import(file)
            self.assertEqual((result.returncode, result.stderr), (0, f"{file}: has no events\n"))


if __name__ == "__main__":
    unittest.main()
