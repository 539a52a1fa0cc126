#!/usr/bin/env python3
"""Walks the way of somebody who has never had Waybill: from the package to a server that has lost its disk and is back.

    tests/package/walk.py --package build/package/waybill_*.deb [--mirror URL]    in a bare Debian root; as root
    tests/package/walk.py --build build/release/waybill                           with what was built; as anybody

Install; a certificate, an account, a service under a supervisor that does what systemd does; events over HTTPS; a
backup while it runs; killed, frozen, stopped in order; upgraded; everything lost, restored, served again. Every list is
compared with what it was. The unit itself, which hardens the service, is judged by systemd-analyze where there is one.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
# pylint: disable=wrong-import-position
import events  # noqa: E402
from api import Api  # noqa: E402
from documents import SOURCE, read_page  # noqa: E402
from place import BACKUPS, DATA, SETTINGS, UNIT, BareRoot, BuildTree, Place, run  # noqa: E402
from supervisor import Supervisor, read_unit  # noqa: E402

ACCOUNT_SID = "AC" + "5" * 32
AUTH_TOKEN = "chosen by whoever runs this"
CERTIFICATE, KEY = "/etc/waybill/certificate.pem", "/etc/waybill/key.pem"
# A frozen server is noticed after so long, instead of the unit's half a minute.
WATCHDOG_SECONDS = 3.0
STOPPING_SECONDS_MAX = 30.0
WORKSPACES = 2
BATCH = 100

Lists = dict[str, tuple[int, str]]


def step(text: str) -> None:
    """Says what comes."""
    print(f"== {text}", flush=True)


def expect(got: object, wanted: object, what: str) -> None:
    """Ends the walk where something is not as it must be."""
    if got != wanted:
        raise AssertionError(f"{what}: expected {str(wanted)[:2000]}, found {str(got)[:2000]}")


def digest_of(pages: Iterator[dict[str, Any]]) -> tuple[int, str]:
    """How many events a list has, and a hash of all that it says of them."""
    count, told = 0, hashlib.sha256()
    for page in pages:
        count += len(page["events"])
        for event in page["events"]:
            told.update(json.dumps(event).encode())
    return count, told.hexdigest()


class Walk:
    """One walk through one place."""

    def __init__(self, place: Place, count: int) -> None:
        self.place = place
        self.count = count
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = place.here("/tmp/service.log")
        # What the guide has its reader do as root: install, and later upgrade.
        self.blocks = [block.text for block in read_page(SOURCE / "docs/guide.md").blocks
                       if block.text.startswith("# as root\n")]
        expect(len(self.blocks), 2, "blocks of the guide that are for root")
        self.supervisor: Supervisor | None = None

    # ---- what it is made of

    def waybill(self, *words: str) -> str:
        """A command as the service's user."""
        return run(*self.place.command(*words), environment=self.place.environment({}))

    def api(self, user: str = ACCOUNT_SID, password: str = AUTH_TOKEN) -> Api:
        """A client elsewhere, which trusts the certificate."""
        return Api(f"https://127.0.0.1:{self.port}", user, password, trusts=self.place.here(CERTIFICATE))

    def launch(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        """The service's process."""
        with open(self.log, "ab") as log:
            return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *self.place.command(*command[1:])], stdout=log,
                                    stderr=log, stdin=subprocess.DEVNULL, env=self.place.environment(environment),
                                    umask=0o077)

    def service(self) -> Supervisor:
        """The supervised service, which has been started."""
        assert self.supervisor is not None
        return self.supervisor

    def lists(self) -> Lists:
        """Of each workspace all events, both ways, those of a type, and those of some tasks."""
        found: Lists = {}
        with self.api() as api:
            for workspace in api.get("/v1/Workspaces")["workspaces"]:
                sid = workspace["sid"]
                values = {("EventType", "task.updated")} | {("TaskSid", f"WT{task:032x}") for task in range(7)}
                for query in ({}, {"Ordering": "EventDate:desc"}, *({name: value} for name, value in sorted(values))):
                    found[f"{sid}?{urlencode(query)}"] = digest_of(api.pages(sid, PageSize=1000, **query))
        return found

    # ---- the steps

    def install(self) -> None:
        """The package, a certificate, and what a person writes into the two files."""
        self.place.install(self.blocks[0])
        print(self.waybill("version"), end="")
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=waybill.example", "-addext",
            "subjectAltName=IP:127.0.0.1", "-days", "2", "-keyout", self.place.here(KEY), "-out",
            self.place.here(CERTIFICATE))
        self.place.here(KEY).chmod(0o600)
        self.place.give_to_service(self.place.here(KEY))
        settings = self.place.here(SETTINGS)
        text = settings.read_text().replace("127.0.0.1:8080", f"127.0.0.1:{self.port}")
        for name, path in (("tls-certificate", CERTIFICATE), ("tls-key", KEY)):
            wanted = f'{name} = "{self.place.seen(path)}"'
            assert f'# {name} = "{path}"' in text, f"the settings show no {name}"
            text = text.replace(f'# {name} = "{path}"', wanted)
        settings.write_text(text + 'redact-after = "never"\n')
        secrets = self.place.here("/etc/waybill/waybill.env")
        secrets.write_text(f"WAYBILL_ACCOUNT_SID={ACCOUNT_SID}\nWAYBILL_AUTH_TOKEN={AUTH_TOKEN}\n")
        secrets.chmod(0o600)

    def serve(self) -> None:
        """By the unit, as systemd would."""
        unit = read_unit(self.place.here(UNIT), self.place.seen, self.place.here)
        unit = dataclasses.replace(unit, watchdog_seconds=WATCHDOG_SECONDS)
        notify = "/run/waybill-notify"
        self.supervisor = Supervisor(unit, self.launch, self.place.here(notify), self.place.seen(notify))
        self.supervisor.start()
        with self.api() as api:
            expect(api.get("/readyz")["status"], "ready", "/readyz")

    def accounts(self) -> None:
        """Another account, made while it runs."""
        made = self.waybill("account", "create", "--data", self.place.seen(DATA), "--name", "Second office").split()
        assert made[2].startswith("AC"), made
        expect(self.waybill("account", "list", "--data", self.place.seen(DATA)).count("\nAC"), 2, "accounts")

    def ingest(self, first: int, count: int) -> int:
        """Events over HTTPS, into a few workspaces; how many were acknowledged."""
        accepted = 0
        with self.api() as api:
            for number in range(first, first + count, BATCH):
                made = [events.made_event(one, events.START_MS + one * 1000) for one in range(number, number + BATCH)]
                workspace = events.workspace_sid(1 + number // BATCH % WORKSPACES)
                accepted += api.post_events(workspace, made)["accepted"]
        return accepted

    def back_up_under_writes(self) -> None:
        """A backup of one moment while events come in: all that was answered before is in it."""
        acknowledged: list[int] = []
        is_over = threading.Event()

        def write() -> None:
            number = self.count
            while not is_over.is_set():
                acknowledged.append(self.ingest(number, BATCH))
                number += BATCH

        writer = threading.Thread(target=write)
        writer.start()
        while not acknowledged and writer.is_alive():
            is_over.wait(0.01)
        try:
            before = self.count + sum(acknowledged)
            told = self.waybill("backup", "--data", self.place.seen(DATA), "--to", self.place.seen(BACKUPS))
        finally:
            is_over.set()
            writer.join()
        events_in_it = int(told.split(": ")[1].split()[0])
        assert before <= events_in_it <= self.count + sum(acknowledged), (before, told, sum(acknowledged))
        print(told.splitlines()[0])

    def survive(self) -> None:
        """kill -9, and a process that stands still."""
        before = self.lists()
        service = self.service()
        service.signal(signal.SIGKILL)
        service.wait_until_ready()
        expect(service.starts, 2, "starts after kill -9")
        expect(self.lists(), before, "the lists after kill -9")
        service.signal(signal.SIGSTOP)
        service.wait_until_ready()
        expect((service.starts, service.watchdog_ends), (3, 1), "starts, and those that the watchdog brought about")
        expect(self.lists(), before, "the lists after it stood still")

    def stop_in_order(self) -> None:
        """What has begun to come when SIGTERM comes is finished and kept."""
        number = 10_000_000
        body = json.dumps(events.made_event(number, events.START_MS)).encode()
        with self.api() as api:
            head = (f"POST /v1/Workspaces/{events.workspace_sid(1)}/Events HTTP/1.1\r\nHost: h\r\n"
                    f"Authorization: {api.authorization}\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n").encode()
        context = ssl.create_default_context(cafile=self.place.here(CERTIFICATE))
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as plain, \
                context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            connection.sendall(head + body[:10])
            with self.api() as api:
                api.get("/readyz")
            self.service().begin_to_stop()
            deadline = time.monotonic() + STOPPING_SECONDS_MAX
            while "stopping" not in self.log.read_text():
                assert time.monotonic() < deadline, self.log.read_text()
                threading.Event().wait(0.02)
            connection.sendall(body[10:])
            answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 201 "), answer
        expect(self.service().stop(), 0, "the exit code")
        self.service().start()
        with self.api() as api:
            api.get(f"/v1/Workspaces/{events.workspace_sid(1)}/Events/{events.event_sid(number)}")

    def backups(self) -> int:
        """How many there are."""
        return len([path for path in self.place.here(BACKUPS).iterdir() if path.is_dir()])

    def upgrade(self) -> None:
        """The next version over this one."""
        before = self.lists()
        backups = self.backups()
        self.place.upgrade(self.blocks[1])
        expect(self.backups(), backups + 1, "backups, after the one that the guide makes before the upgrade")
        expect(self.service().stop(), 0, "the exit code")
        self.service().start()
        expect(self.lists(), before, "the lists after the upgrade")

    def lose_and_restore(self) -> None:
        """The disk is gone; the newest backup brings everything back."""
        before = self.lists()
        self.waybill("backup", "--data", self.place.seen(DATA), "--to", self.place.seen(BACKUPS), "--copy")
        expect(self.service().stop(), 0, "the exit code")
        for found in self.place.here(DATA).iterdir():
            shutil.rmtree(found) if found.is_dir() else found.unlink()
        print(self.waybill("verify", self.place.seen(BACKUPS)), end="")
        print(self.waybill("restore", "--from", self.place.seen(BACKUPS), "--data", self.place.seen(DATA)), end="")
        self.waybill("verify", self.place.seen(DATA))
        self.service().start()
        after = self.lists()
        expect(list(after), list(before), "which lists there are after the restore")
        expect(after, before, "the lists after the restore")
        print(f"{len(before)} lists are as they were, with {sum(count for count, _ in before.values())} events on their pages")

    def judge_the_unit(self) -> None:
        """What systemd says of it."""
        if shutil.which("systemd-analyze") is not None:
            print(run("systemd-analyze", "security", "--offline=true", self.place.here(UNIT)).splitlines()[-1])

    def all(self) -> None:
        """From the beginning to the end."""
        steps: list[tuple[str, Callable[[], object]]] = [
            ("install, with a certificate", self.install), ("judge the unit", self.judge_the_unit),
            ("serve", self.serve), ("accounts", self.accounts),
            ("events over HTTPS", lambda: expect(self.ingest(0, self.count), self.count, "acknowledged")),
            ("back up while events come in", self.back_up_under_writes), ("kill it, and freeze it", self.survive),
            ("stop in order", self.stop_in_order), ("upgrade", self.upgrade),
            ("lose everything", self.lose_and_restore)]
        for text, walk in steps:
            step(text)
            walk()
        expect(self.service().stop(), 0, "the exit code")
        step("remove, and purge")
        self.place.remove()
        step("fine")


def main() -> int:
    """One walk."""
    parser = argparse.ArgumentParser(description="Walks the way of a new owner.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--package", type=Path, help="in a bare root; wants root, debootstrap and a mirror")
    where.add_argument("--build", type=Path, help="with a program that was built")
    parser.add_argument("--mirror", help="for the bare root; debootstrap's own if none is named")
    parser.add_argument("--events", type=int, default=2000, help="how many (2000)")
    arguments = parser.parse_args()
    step("a bare root" if arguments.package else "a folder")
    place = (BareRoot(arguments.package.absolute(), arguments.mirror) if arguments.package
             else BuildTree(arguments.build.absolute()))
    walk = Walk(place, arguments.events)
    try:
        walk.all()
    except BaseException:
        if walk.log.exists():
            print(walk.log.read_text()[-4000:], file=sys.stderr)
        raise
    finally:
        if walk.supervisor is not None:
            walk.supervisor.close()
        place.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
