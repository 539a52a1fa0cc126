"""What an archive takes on the disk while its server runs, and some time after the last event came.

As a program it prints that for archives of several sizes, with a server's own times; small_archive_test.py holds one to
its bound, with shorter ones.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import events
import waybill
from waybill import Server

EVENTS_IN_AN_IMPORT = 50_000


def folder_bytes(folder: Path) -> int:
    """All files of a data directory, by their lengths."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def log_bytes(folder: Path) -> int:
    """The database's write-ahead log."""
    path = folder / "waybill.db-wal"
    return path.stat().st_size if path.exists() else 0


def fill(server: Server, count: int) -> None:
    """Sends generated events to a server."""
    file = server.data.parent / "events.ndjson"
    lines = events.generated_lines(count)
    for first in range(0, count, EVENTS_IN_AN_IMPORT):
        file.write_text("".join(lines[first:first + EVENTS_IN_AN_IMPORT]))
        waybill.run("import", "--url", server.url, file, environment=waybill.CREDENTIALS).check_returncode()


def measure(count: int, seconds: int) -> str:
    """A line about an archive of so many events: after the import, and so many seconds later."""
    with tempfile.TemporaryDirectory(prefix="waybill-archive-") as folder:
        with Server(Path(folder) / "data") as server:
            fill(server, count)
            after = folder_bytes(server.data) / count
            time.sleep(seconds)
            parts = {name: sum(path.stat().st_size for path in server.data.rglob(pattern)) for name, pattern in
                     (("segments", "*.seg"), ("sids", "*.sid"), ("database", "waybill.db"), ("log", "waybill.db-wal"))}
            return (f"{count} events: {after:.0f} B each after the import, {folder_bytes(server.data) / count:.0f} B "
                    f"{seconds} s later: {parts}")


def main() -> None:
    """Measures what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[10_000, 60_000, 300_000])
    parser.add_argument("--seconds", type=int, default=60, help="how long after the last event")
    arguments = parser.parse_args()
    for count in arguments.events:
        print(measure(count, arguments.seconds), flush=True)


if __name__ == "__main__":
    main()
