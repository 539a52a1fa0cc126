#!/usr/bin/env python3
"""Runs the two commands where a newcomer would: in bare Debian roots, from a clean clone. As root; see `./dev roots`.

    tools/roots.py [12|13] [--set SET]… [--only run|test|package]… [--mirror URL] [--record]

A root is made by debootstrap once for each release, and copied for each set of packages that is there before:

    none         nothing but Debian's base
    all-but-test what every set but `test` asks for
    googletest   GoogleTest alone

In each copy: `./dev run` until the demonstration's first page has been answered, and then `./dev test`; in the first also
`./dev package --try`. Set none runs without a compiler cache, since its time is the one that is told; the others of a
release share one. Everything lies in build/roots. What is mounted is so in a namespace that ends with its command.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SOURCE = Path(__file__).absolute().parents[1]
ROOTS = SOURCE / "build/roots"
RESULTS = ROOTS / "results.json"
PAGE = SOURCE / "CONTRIBUTING.md"
MARKS = ("<!-- roots: written by ./dev roots --record -->", "<!-- end of roots -->")
SUITES = {"12": "bookworm", "13": "trixie"}
SETS = ("none", "all-but-test", "googletest")
COMMANDS = ("run", "test", "package")
CLONE = "/root/waybill"
RUN_SECONDS_MAX = 3600.0
STOP_SECONDS_MAX = 60.0
# What a person would have set too, where the way to the packages leads through a proxy.
PASSED_ON = re.compile(r"(https?|all|no)_proxy|npm_config_\w+|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE", re.IGNORECASE)


def say(text: str) -> None:
    """Says what comes."""
    print(f"== {text}", flush=True)


def call(*command: str | Path) -> None:
    """A command of this machine, which must succeed."""
    subprocess.run([*map(str, command)], check=True)


def mirror_of_this_machine() -> str | None:
    """Where its own packages come from; none is debootstrap's own."""
    for path in sorted(Path("/etc/apt").glob("sources.list*/*")) + [Path("/etc/apt/sources.list")]:
        text = path.read_text() if path.is_file() else ""
        found = re.search(r"^URIs: *(\S+/debian/?)\s", text, re.MULTILINE) or re.search(
            r"^deb (?:\[.*\] )?(\S+/debian/?) ", text, re.MULTILINE)
        if found:
            return found[1]
    return None


def packages(release: str, name: str) -> list[str]:
    """What is in a root before."""
    if name == "none":
        return []
    if name == "googletest":
        return ["libgtest-dev"]
    rows = [line.split() for line in (SOURCE / "tools/packages.txt").read_text().splitlines()
            if line and not line.startswith("#")]
    rows = [row for row in rows if row[1] in ("-", release)]
    tests = {row[2] for row in rows if row[0] == "test"}
    return sorted({row[2] for row in rows if row[0] != "test"} - tests)


@dataclass
class Root:
    """A copy of a release's root."""

    release: str
    name: str
    mirror: str | None

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return ROOTS / f"{self.release}-{self.name}"

    def make(self) -> None:
        """From the release's own, which is made once, with the packages of the set and a clean clone."""
        base = ROOTS / f"{self.release}-base"
        if not (base / "etc/os-release").exists():
            shutil.rmtree(base, ignore_errors=True)
            begun = base.with_suffix(".begun")
            shutil.rmtree(begun, ignore_errors=True)
            call("debootstrap", "--variant=minbase", "--include=ca-certificates", SUITES[self.release], begun,
                 *([self.mirror] if self.mirror else []))
            begun.rename(base)
        if self.folder.exists():
            # Removing takes minutes, which nothing waits for.
            old = self.folder.with_name(f"{self.folder.name}.old-{os.getpid()}-{time.monotonic_ns()}")
            self.folder.rename(old)
            subprocess.Popen(["rm", "-rf", old])  # pylint: disable=consider-using-with
        call("cp", "-a", "--reflink=auto", base, self.folder)
        shutil.copy("/etc/resolv.conf", self.folder / "etc/resolv.conf")
        # As Debian's installer and its images have it; debootstrap writes none.
        (self.folder / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
        self.bring_trust()
        # Some packages start servers when they are installed; here none may.
        policy = self.folder / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        self.must("apt-get update -qq")
        if before := packages(self.release, self.name):
            self.must("apt-get install -y -qq --no-install-recommends " + " ".join(before))
        call("git", "clone", "--quiet", "--no-hardlinks", SOURCE, self.folder / CLONE.lstrip("/"))

    def bring_trust(self) -> None:
        """The files of authorities that a variable names which is passed on."""
        for name, value in os.environ.items():
            if PASSED_ON.fullmatch(name) and value.startswith("/") and Path(value).is_file():
                place = self.folder / value.lstrip("/")
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(value, place)

    def command(self, script: str, *, cached: bool) -> list[str]:
        """A shell's text, run in the root. Each of these becomes the next, so that the process is the text's own."""
        cache = ROOTS / f"{self.release}-ccache"
        cache.mkdir(exist_ok=True)
        environment = {"HOME": "/root", "USER": "root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
                       "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "dumb",
                       **({"CCACHE_DIR": "/var/cache/ccache"} if cached else {"CCACHE_DISABLE": "1"}),
                       **{name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}}
        (self.folder / "var/cache/ccache").mkdir(exist_ok=True)
        mounts = ('set -e; mount -t proc proc "$0/proc"; mount --rbind /sys "$0/sys"; mount --rbind /dev "$0/dev"; '
                  'mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm"; mount --bind "$1" "$0/var/cache/ccache"; shift; '
                  'exec chroot "$0" env -i "$@"')
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", mounts, str(self.folder), str(cache),
                *(f"{name}={value}" for name, value in environment.items()), "bash", "-c", script]

    def must(self, script: str) -> None:
        """A text that must succeed."""
        subprocess.run(self.command(script, cached=True), check=True)


def answered(printed: str) -> int | None:
    """How many events the first page of the demonstration has, asked for with what the start printed; none before that."""
    found = {label: re.search(rf"^  {label} +(\S+)$", printed, re.MULTILINE) for label in
             ("Account SID", "Auth Token", "URL")}
    if not all(found.values()):
        return None
    account, token, url = (match[1] for match in found.values() if match)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(path: str) -> dict[str, list[dict[str, str]]]:
        request = urllib.request.Request(url + path, headers={
            "Authorization": "Basic " + b64encode(f"{account}:{token}".encode()).decode()})
        with opener.open(request, timeout=30) as answer:
            return json.load(answer)

    workspace = ask("/v1/Workspaces")["workspaces"][0]["sid"]
    return len(ask(f"/v1/Workspaces/{workspace}/Events?StartDate=2000-01-01")["events"])


def run(root: Root, log: IO[bytes]) -> str:
    """`./dev run` until the first page, which is asked for as it says; then the server is stopped."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = f"cd {CLONE} && exec ./dev run --listen 127.0.0.1:{port}"
    begun = time.monotonic()
    before = log.tell()
    with subprocess.Popen(root.command(script, cached=root.name != "none"), stdout=log, stderr=log,
                          stdin=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            while (count := answered(Path(log.name).read_text(errors="replace")[before:])) is None:
                if process.poll() is not None:
                    raise RuntimeError(f"./dev run has ended with {process.returncode}")
                if time.monotonic() - begun > RUN_SECONDS_MAX:
                    raise RuntimeError("./dev run shows no page")
                time.sleep(0.2)
            seconds = time.monotonic() - begun
            if count == 0:
                raise RuntimeError("the first page is empty")
            process.send_signal(signal.SIGTERM)
            if (code := process.wait(STOP_SECONDS_MAX)) != 0:
                raise RuntimeError(f"the server has ended with {code}")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return f"{seconds:.0f} s"


def whole(root: Root, log: IO[bytes], words: str) -> str:
    """A command to its end."""
    begun = time.monotonic()
    done = subprocess.run(root.command(f"cd {CLONE} && ./dev {words}", cached=True), stdout=log, stderr=log,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"./dev {words} has ended with {done.returncode}")
    return f"{time.monotonic() - begun:.0f} s"


def attempt(root: Root, command: str) -> str:
    """What came of one command: its time, or why there is none."""
    path = ROOTS / f"{root.release}-{root.name}-{command}.log"
    say(f"Debian {root.release}, {root.name}: ./dev {command} (log in {path.relative_to(SOURCE)})")
    with open(path, "wb") as log:
        try:
            if command == "run":
                told = run(root, log)
            elif command == "test":
                told = whole(root, log, "test")
            else:
                told = whole(root, log, "package --try" + (f" {root.mirror}" if root.mirror else ""))
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            told = "FAILED"
            print(f"{error}; the log ends with:")
            print("\n".join(path.read_text(errors="replace").splitlines()[-40:]))
    say(f"Debian {root.release}, {root.name}: ./dev {command}: {told}")
    return told


def results_so_far() -> dict[str, dict[str, str]]:
    """What runs before this one told, and another one that runs beside it."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def note(root: Root, command: str, told: str) -> None:
    """Keeps what came of a command."""
    results = results_so_far()
    results.setdefault(f"{root.release} {root.name}", {}).update({command: told, "on": time.strftime("%Y-%m-%d")})
    RESULTS.write_text(json.dumps(results, indent=1))


def table(results: dict[str, dict[str, str]]) -> str:
    """What is written into the page."""
    lines = ["| Debian | There before | `./dev run` to the first page | `./dev test` | `./dev package --try` | On |",
             "|---|---|---|---|---|---|"]
    for release in SUITES:
        for name in SETS:
            if told := results.get(f"{release} {name}"):
                lines.append(f"| {release} | {name} | " + " | ".join(told.get(command, "") for command in COMMANDS) +
                             f" | {told['on']} |")
    return "\n".join(lines)


def record(results: dict[str, dict[str, str]]) -> None:
    """Puts the table where the page has its place."""
    text = PAGE.read_text()
    before, _, rest = text.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    PAGE.write_text(f"{before}{MARKS[0]}\n{table(results)}\n{MARKS[1]}{after}")


def arguments_of(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="./dev roots", description="Runs the two commands in bare Debian roots.")
    parser.add_argument("release", nargs="?", choices=sorted(SUITES), help="one release of Debian (both)")
    parser.add_argument("--set", action="append", choices=SETS, dest="sets", help="packages there before (each)")
    parser.add_argument("--only", action="append", choices=COMMANDS, help="one command (each)")
    parser.add_argument("--mirror", default=mirror_of_this_machine(), help="of Debian (this machine's own)")
    parser.add_argument("--record", action="store_true", help="write the table into CONTRIBUTING.md")
    return parser.parse_args(words)


def main() -> int:
    """Everything that was asked for."""
    arguments = arguments_of(sys.argv[1:])
    if os.getuid() != 0:
        print("roots: only root can make roots", file=sys.stderr)
        return 2
    ROOTS.mkdir(parents=True, exist_ok=True)
    failed = False
    for release in [arguments.release] if arguments.release else list(SUITES):
        for name in arguments.sets or SETS:
            root = Root(release, name, arguments.mirror)
            root.make()
            for command in arguments.only or (COMMANDS if name == SETS[0] else COMMANDS[:2]):
                if command == "package":
                    root.make()  # anew: what the tests brought along is not there for who makes a package
                told = attempt(root, command)
                failed = failed or told == "FAILED"
                note(root, command, told)
    print(table(results_so_far()))
    if arguments.record:
        record(results_so_far())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
