"""Runs a service as systemd would: by its unit file, with readiness, a watchdog, restarts, and an orderly stop.

Only what the package's unit uses is understood, of [Service]; what hardens a service is systemd's own business.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

START_SECONDS_MAX = 90.0
RESTART_SECONDS = 0.1
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Unit:
    """What a unit says of its service."""

    command: list[str]
    environment: dict[str, str]
    watchdog_seconds: float
    stop_seconds: float
    final_codes: frozenset[int]  # after which it is not started again


def read_unit(path: Path, seen: Callable[[str], str], here: Callable[[str], Path]) -> Unit:
    """Reads a unit. `seen` gives a path as the service sees it, `here` as we do."""
    settings: dict[str, str] = {}
    section = ""
    for line in path.read_text().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            settings[name] = value
    assert settings["Type"] == "notify" and settings["Restart"] == "on-failure", settings
    environment = {}
    for line in here(settings["EnvironmentFile"].removeprefix("-")).read_text().splitlines():
        name, _, value = line.partition("=")
        environment[name] = value
    command = [seen(word) if word.startswith("/") else word for word in settings["ExecStart"].split()]
    return Unit(command, environment, float(settings["WatchdogSec"]), float(settings["TimeoutStopSec"]),
                frozenset(map(int, settings["RestartPreventExitStatus"].split())))


class Supervisor:
    """One service, from start() to stop()."""

    def __init__(self, unit: Unit, launch: Callable[[list[str], dict[str, str]], subprocess.Popen[bytes]],
                 socket_here: Path, socket_seen: str) -> None:
        self._unit = unit
        self._launch = launch
        self._socket_seen = socket_seen
        self._heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._heard.bind(str(socket_here))
        socket_here.chmod(0o666)
        self._heard.settimeout(POLL_SECONDS)
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = threading.Event()
        self._is_wanted = False
        self._alive_at = 0.0
        self.starts = 0
        self.watchdog_ends = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._is_over = False
        self._thread.start()

    def start(self) -> None:
        """Starts the service, and returns when it says that it is ready."""
        self._is_ready.clear()
        self._begin()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Returns when the service, which may just be starting again, has said so."""
        if not self._is_ready.wait(START_SECONDS_MAX):
            raise TimeoutError("the service did not get ready")

    def signal(self, which: signal.Signals) -> None:
        """Something happens to the service. What would end it is expected to make it start again."""
        if which in (signal.SIGKILL, signal.SIGSTOP):
            self._is_ready.clear()
        assert self._process is not None
        self._process.send_signal(which)

    def begin_to_stop(self) -> None:
        """Tells the service to end."""
        assert self._process is not None
        self._is_wanted = False
        self._process.terminate()

    def stop(self) -> int:
        """Ends the service in order, and returns its exit code."""
        self.begin_to_stop()
        assert self._process is not None
        try:
            return self._process.wait(self._unit.stop_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise

    def close(self) -> None:
        """Ends everything, whatever the state."""
        self._is_wanted = False
        self._is_over = True
        self._thread.join()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._heard.close()

    def _begin(self) -> None:
        environment = self._unit.environment | {
            "NOTIFY_SOCKET": self._socket_seen, "WATCHDOG_USEC": str(int(self._unit.watchdog_seconds * 1e6))}
        self._process = self._launch(self._unit.command, environment)
        self.starts += 1
        self._alive_at = time.monotonic()
        self._is_wanted = True

    def _watch(self) -> None:
        while not self._is_over:
            self._hear()
            process = self._process
            if process is None or not self._is_wanted:
                continue
            code = process.poll()
            if code is not None:
                self._begin_again(code)
            elif time.monotonic() - self._alive_at > self._unit.watchdog_seconds:
                self._is_ready.clear()
                self.watchdog_ends += 1
                # Which also ends one that is stopped.
                process.kill()
                process.wait()

    def _hear(self) -> None:
        try:
            words = self._heard.recv(4096).decode().split("\n")
        except TimeoutError:
            return
        if "READY=1" in words or "WATCHDOG=1" in words:
            self._alive_at = time.monotonic()
        if "READY=1" in words:
            self._is_ready.set()

    def _begin_again(self, code: int) -> None:
        self._is_wanted = False
        if code == 0 or code in self._unit.final_codes:
            return
        time.sleep(RESTART_SECONDS)
        self._begin()

