"""Runs the real binary: its commands, and servers on free ports of the loopback interface."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from urllib.request import Request, urlopen

# The binary under test. CMake names the one it has just built; by hand, the Release build is meant.
BINARY = Path(os.environ.get("WAYBILL_BINARY", Path(__file__).parents[2] / "build/release/waybill")).absolute()

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "a token of more than sixteen bytes"
CREDENTIALS = {"WAYBILL_ACCOUNT_SID": ACCOUNT_SID, "WAYBILL_AUTH_TOKEN": AUTH_TOKEN}

STOP_SECONDS_MAX = 30


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what would steer the binary, and with `extra`."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("WAYBILL_") and not name.lower().endswith("_proxy")}
    return kept | dict(extra)


def run(*arguments: str | Path, environment: Mapping[str, str] | None = None, stdin: bytes = b"",
        folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs one command to its end. Its output is text, since that is what a person would see."""
    result = subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True, cwd=folder, timeout=120,
                            env=clean_environment(environment or {}), check=False)
    return subprocess.CompletedProcess(result.args, result.returncode, result.stdout.decode(), result.stderr.decode())


def help_of_serve() -> str:
    """What `serve --help` prints. Later releases of CLI11 than Debian 12 has show a default as ` [x]` instead of `=x`."""
    told = run("serve", "--help").stdout
    return re.sub(r"(?m)^(  --[\w-]+(?: [^\s\[]+)?) \[([^\]\n]*)\] ?", r"\1=\2", told)


class Server:
    """A server over a data directory, from its construction to stop() or kill().

    It dies with the process that started it, so that a test that is itself killed leaves nothing behind. On a terminal
    it greets a person; elsewhere it prints its URL, and the credentials that it made.
    """

    def __init__(self, data: Path, *flags: str, environment: Mapping[str, str] | None = None,
                 terminal: bool = False) -> None:
        self.data = data
        self._log_path = data.parent / (data.name + ".log")
        command = ["setpriv", "--pdeathsig", "KILL", str(BINARY), "serve", "--data", str(data),
                   *([] if "--listen" in flags else ["--listen", "127.0.0.1:0"]), *flags]
        ours, theirs = pty.openpty() if terminal else os.pipe()
        self._output = open(ours, "rb", buffering=0)  # pylint: disable=consider-using-with
        try:
            with open(self._log_path, "ab") as log:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=log,
                    env=clean_environment(CREDENTIALS if environment is None else environment))
        finally:
            os.close(theirs)
        self.welcome = self._read_welcome("describes the API." if terminal else "  URL  ")
        self.url = self.welcome_value("URL")

    @property
    def pid(self) -> int:
        """The server's own process, for those who ask the system about it."""
        return self._process.pid

    @property
    def log(self) -> str:
        """All it has logged, earlier servers over the same directory included."""
        return self._log_path.read_text()

    def metrics(self) -> str:
        """What /metrics tells the administrator."""
        token = (self.data / "admin.token").read_text().strip()
        asked = Request(self.url + "/metrics", headers={"Authorization": f"Bearer {token}"})
        with urlopen(asked) as answer:
            return answer.read().decode()

    def welcome_value(self, label: str) -> str:
        """What the welcome says after `label`."""
        for line in self.welcome.splitlines():
            if line.startswith("  " + label + "  "):
                return line[len(label) + 2:].strip()
        raise LookupError(f"no {label} in the welcome:\n{self.welcome}")

    def welcome_line(self, command: str) -> str:
        """The line of the welcome, on a terminal, that invites to paste a command."""
        return next(line.strip() for line in self.welcome.splitlines() if line.startswith(f"  {command}"))

    def stop(self) -> int:
        """Asks it to end, as a service manager would, and returns its exit code."""
        return self._end_with(signal.SIGTERM)

    def kill(self) -> int:
        """Ends it without a warning, as a power cut would."""
        return self._end_with(signal.SIGKILL)

    def wait_for_end(self, seconds: float) -> int:
        """Waits until it ends by itself, and returns its exit code; minus the signal that ended it."""
        return self._process.wait(seconds)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def _read_welcome(self, last: str) -> str:
        """Reads up to the last line that is printed; by then the server answers."""
        welcome = b""
        while not any(line.startswith(last) for line in welcome.decode().splitlines(keepends=True)
                      if line.endswith("\n")):
            try:
                piece = self._output.read(4096)
            except OSError:  # a terminal's way to say that nobody writes any more
                piece = b""
            if not piece:
                code = self._process.wait(STOP_SECONDS_MAX)
                self._output.close()
                raise ServerRefused(code, self.log)
            welcome += piece.replace(b"\r\n", b"\n")
        return welcome.decode()

    def _end_with(self, which: signal.Signals) -> int:
        if self._process.poll() is None:
            self._process.send_signal(which)
        try:
            code = self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._output.close()
        return code


class ServerRefused(Exception):
    """The server ended before it listened."""

    def __init__(self, code: int, log: str) -> None:
        super().__init__(f"the server ended with {code} before it listened:\n{log}")
        self.code = code
        self.log = log
