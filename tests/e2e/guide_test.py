"""Runs docs/guide.md and README.md as their reader would, and holds every command of every page against the program.

How, stands at the guide's end. UPDATE_GUIDE=1 writes the table of docs/settings.md anew.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import events
import waybill
from api import Api
from documents import PAGES, SOURCE, Block, read_page

README = SOURCE / "README.md"
GUIDE = SOURCE / "docs/guide.md"
SETTINGS = SOURCE / "docs/settings.md"
PORT = "127.0.0.1:8080"
HOSTED = "https://taskrouter.twilio.com"
UPSTREAM_WORKSPACE = events.workspace_sid(1)
# Where the JavaScript client lies; CMake says so, by hand it is where CMake puts it.
CLIENTS = Path(os.environ.get("CLIENTS_FOLDER", SOURCE / "build/clients")).absolute()

NOT_RUN = ("# as root", "# with the client proxy")
BESIDE = "# in a terminal of its own"
PATIENCE_SECONDS = 20
PACKAGE = [SOURCE / name for name in ("cmake/package.cmake", "packaging/waybill.service", "packaging/waybill.toml",
                                      "packaging/debian/postinst")]
GRAMMAR_ROW = re.compile(r"^    '(waybill[^']*)'\) words='([^']*)' ;;$", re.MULTILINE)
SETTING_ROW = re.compile(r"^  --([\w-]+)(?: ([^=\n]+)=([^\n]*?))?(?: +|\n {20,})(\S[^\n]*) \[WAYBILL_\w+\]$",
                         re.MULTILINE)
# What a command may stand behind.
BEFORE_COMMAND = re.compile(r"[|&;(<]+|sudo|exec|waybill|\w+=.*")


# ---- commands


def grammar() -> dict[str, set[str]]:
    """The words that may follow each command: its own commands, and its flags."""
    script = waybill.run("completion", "bash").stdout
    return {path: set(words.split()) for path, words in GRAMMAR_ROW.findall(script)}


def split_words(line: str) -> list[str]:
    """A line as the shell would cut it, with what stands between commands as words of their own."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    try:
        return list(lexer)
    except ValueError:  # a quote that another line closes
        return line.split()


def waybill_commands(text: str) -> list[list[str]]:
    """Each call of the program in a text of the shell, without its name."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        words = split_words(line.removeprefix("$ "))
        for at, word in enumerate(words):
            begins = at == 0 or BEFORE_COMMAND.fullmatch(words[at - 1])
            if Path(word).name != "waybill" or not begins or words[at + 1:at + 2] == ["waybill"]:
                continue
            rest = words[at + 1:]
            end = next((i for i, other in enumerate(rest) if set(other) <= set("|&;<>()")), len(rest))
            found.append(rest[:end])
    return found


def commands_of(block: Block) -> str:
    """A block without what its commands show."""
    if not any(line.startswith("$ ") for line in block.text.splitlines()):
        return block.text
    return "\n".join(line for line in block.text.replace("\\\n", " ").splitlines() if line.startswith("$ "))


def complaint(words: list[str], known: dict[str, set[str]]) -> str | None:
    """What is wrong with a call of the program."""
    path = "waybill"
    for word in words:
        if word == "…":
            continue
        if word.startswith("--"):
            if word.split("=")[0] not in known[path]:
                return f"`{path}` has no {word}"
        elif f"{path} {word}" in known:
            path += " " + word
        elif path == "waybill":
            return f"there is no command {word}"
    return None


class EveryCommand(unittest.TestCase):
    """All pages."""

    def test_each_call_of_the_program_has_a_command_and_flags_that_there_are(self) -> None:
        known = grammar()
        self.assertIn("--data", known["waybill serve"])
        checked = 0
        for path in PAGES:
            page = read_page(path)
            texts = [(block.place, commands_of(block)) for block in page.blocks]
            texts += [(page.name, code) for code in page.code() if code.startswith("waybill ")]
            for place, text in texts:
                for words in waybill_commands(text):
                    checked += 1
                    self.assertIsNone(complaint(words, known), f"{place}: waybill {' '.join(words)}")
        self.assertGreater(checked, 150)

    def test_what_is_no_command_is_noticed(self) -> None:
        known = grammar()
        for line, words in (("waybill srve --data x", "no command srve"), ("waybill serve --port 1", "no --port"),
                            ("x=1 sudo -u waybill waybill key list --name y", "no --name"),
                            ("a | waybill import --from x -", "no --from")):
            self.assertIn(words, "; ".join(str(complaint(call, known)) for call in waybill_commands(line)))

    def test_each_word_of_dev_is_one(self) -> None:
        told = (SOURCE / "dev").read_text()
        for path in PAGES:
            text = "\n".join(block.text for block in read_page(path).blocks)
            for word in re.findall(r"^(?:\$ )?\./dev (\w+)", text, re.MULTILINE):
                self.assertIn(f"\n./dev {word} ", told, path)

    def test_paths_of_the_package_are_in_it(self) -> None:
        installed = " ".join(path.read_text() for path in PACKAGE)
        for path in PAGES:
            page = read_page(path)
            for named in re.findall(r"(?:/etc|/usr|/var/lib)/[\w./-]*waybill[\w.-]*", " ".join(
                    [page.prose, *(block.text for block in page.blocks)])):
                with self.subTest(page=page.name, path=named):
                    folder, name = named.rstrip(".").rsplit("/", 1)
                    self.assertTrue(named.rstrip(".") in installed or (folder in installed and name in installed))


# ---- settings


def settings_of_help() -> list[tuple[str, str, str, str]]:
    """Name, value, default and meaning of each, as the program tells them."""
    told = waybill.help_of_serve()
    return [(name, value, default, text) for name, value, default, text in SETTING_ROW.findall(told)]


class Settings(unittest.TestCase):
    """docs/settings.md."""

    def test_the_table_is_what_the_program_says(self) -> None:
        rows = settings_of_help()
        self.assertEqual(len(rows), waybill.help_of_serve().count("[WAYBILL_"))
        table = "| Setting | Value | Default | |\n|---|---|---|---|\n" + "".join(
            f"| `{name}` | {value or 'true, false'} | {default or 'false'} | {text} |\n"
            for name, value, default, text in rows)
        text = SETTINGS.read_text(encoding="utf-8")
        found = re.search(r"\| Setting \|.*?\n(?=\n)", text, re.DOTALL)
        assert found is not None
        if os.environ.get("UPDATE_GUIDE"):
            SETTINGS.write_text(text.replace(found[0], table), encoding="utf-8")
        else:
            self.assertEqual(found[0], table, "UPDATE_GUIDE=1 writes it anew")


# ---- the guide


def pattern_of(shown: str) -> str:
    """What an output must match: `…` is anything in a line, and alone in a line any number of lines."""
    lines = []
    for line in shown.splitlines():
        lines.append("(?:.*\n)*" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + "\n")
    return "".join(lines)


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Reader:
    """Somebody with an empty directory who does what the guide says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "here"
        self.folder.mkdir()
        self._state = folder / "state.sh"
        self._state.write_text("")
        self._programs = folder / "programs"
        self._programs.mkdir()
        for name, target in (("waybill", waybill.BINARY), ("python3", Path(sys.executable))):
            (self._programs / name).symlink_to(target)
        self.port = free_port()
        self._servers: list[subprocess.Popen[str]] = []
        self._demo: waybill.Server | None = None
        self.upstream = waybill.Server(folder / "hosted", environment={
            "WAYBILL_ACCOUNT_SID": waybill.ACCOUNT_SID, "WAYBILL_AUTH_TOKEN": "the account's own"})
        self._fill_upstream()

    def start_demo(self) -> None:
        """What README's first command does, and the line that the reader pastes then."""
        listen = f"127.0.0.1:{self.port}"
        self._demo = waybill.Server(self.folder / "data", "--demo", "--listen", listen, environment={}, terminal=True)
        self._state.write_text(self._demo.welcome_line("export") + "\n")

    def close(self) -> None:
        """Ends what still runs."""
        if self._demo is not None:
            self._demo.stop()
        self.upstream.stop()
        for server in self._servers:
            server.terminate()
            server.communicate(timeout=PATIENCE_SECONDS)

    def changed(self, text: str, language: str) -> str:
        """A block as it is run here."""
        text = text.replace(PORT, f"127.0.0.1:{self.port}")
        return text.replace(HOSTED, self.upstream.url) if language in ("sh", "console") else text

    def follow(self, block: Block) -> None:
        """Does what a block says. AssertionError with what was seen where the guide shows something else."""
        first, text = block.text.splitlines()[0], self.changed(block.text, block.language)
        if first in NOT_RUN:
            return
        if first == BESIDE:
            self._start(text)
        elif block.language == "console":
            self._converse(block, text)
        elif block.language == "sh":
            told = self._run(text)
            assert told.returncode == 0, f"{block.place}: {told.stdout}"
        elif block.language in ("python", "js", "toml"):
            (self.folder / first.split()[1]).write_text(text + "\n")
        else:
            raise AssertionError(f"{block.place}: nobody checks a block of {block.language or 'no language'}")

    def _fill_upstream(self) -> None:
        now_ms = int(time.time() * 1000)
        with Api(self.upstream.url, password="the account's own") as api:
            api.post_events(UPSTREAM_WORKSPACE, [events.made_event(number, now_ms - number * 6_000_000)
                                                 for number in range(2, 200)])

    def _environment(self) -> dict[str, str]:
        kept = waybill.clean_environment({"NODE_PATH": str(CLIENTS / "node_modules")})
        return kept | {"PATH": f"{self._programs}:{kept['PATH']}", "LC_ALL": "C.UTF-8"}

    def _run(self, script: str) -> subprocess.CompletedProcess[str]:
        """One piece of the shell, which knows what the ones before it have exported."""
        whole = f"set -euo pipefail\n. {self._state}\n{script}\nexport -p > {self._state}\n"
        return subprocess.run(["bash", "-c", whole], cwd=self.folder, env=self._environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)

    def _start(self, script: str) -> None:
        """A server, until it says that it listens."""
        command = script.splitlines()[-1]
        with open(self.folder.parent / "server.log", "a", encoding="utf-8") as log:
            shell = ["bash", "-c", f". {self._state}; exec {command}"]
            server = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *shell], cwd=self.folder, text=True,
                                      env=self._environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=log)
        self._servers.append(server)
        assert server.stdout is not None
        told = ""
        while "  URL  " not in told:
            line = server.stdout.readline()
            assert line, f"{command}: {told}{(self.folder.parent / 'server.log').read_text()}"
            told += line

    def _converse(self, block: Block, text: str) -> None:
        """Commands, each with what it shows."""
        for turn in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, shown = turn.partition("\n")
            pattern = pattern_of(shown)
            # Asked again are only those that change nothing, and whose answer a signal brings about.
            end = time.monotonic() + (PATIENCE_SECONDS if command.startswith("curl") and " -d " not in command else 0)
            while True:
                told = self._run(command)
                seen = told.stdout if told.stdout.endswith("\n") or not told.stdout else told.stdout + "\n"
                fits = told.returncode == 0 and re.fullmatch(pattern, seen) is not None
                if fits or time.monotonic() > end:
                    break
                time.sleep(0.1)
            assert fits, f"{block.place}: {command}\nends with {told.returncode} and shows\n{seen}\ninstead of\n{shown}"


class Guide(unittest.TestCase):
    """docs/guide.md."""

    def test_every_block_does_what_it_shows(self) -> None:
        page = read_page(GUIDE)
        with tempfile.TemporaryDirectory(prefix="waybill-guide-") as folder:
            reader = Reader(Path(folder))
            try:
                for block in page.blocks:
                    reader.follow(block)
            finally:
                reader.close()

    def test_a_shown_output_is_compared(self) -> None:
        for shown, seen, fits in (("a … c", "a b c\n", True), ("a … c", "a b\n", False),
                                  ("a\n…\nz", "a\nb\nc\nz\n", True), ("a\n…", "a\n", True), ("a", "a\nb\n", False),
                                  ("1.0", "1x0\n", False), ("", "", True)):
            with self.subTest(shown=shown, seen=seen):
                self.assertEqual(re.fullmatch(pattern_of(shown), seen) is not None, fits)


class Readme(unittest.TestCase):
    """README.md. Its snippets of the official clients are run by the tests of these, and `./dev run` by itself."""

    def test_every_block_of_commands_does_what_it_shows(self) -> None:
        run = 0
        with tempfile.TemporaryDirectory(prefix="waybill-readme-") as folder:
            reader = Reader(Path(folder))
            try:
                reader.start_demo()
                for block in read_page(README).blocks:
                    if block.language in ("sh", "console"):
                        reader.follow(block)
                        run += 1
                    elif not block.language:
                        first = block.text.split()[0]
                        self.assertIn(first, ("./dev", "events", "waybill", "HTTP_PROXY=http://127.0.0.1:3128"), block.place)
                    else:
                        self.assertIn(block.language, ("js", "python"), block.place)
            finally:
                reader.close()
        self.assertGreater(run, 4)


if __name__ == "__main__":
    unittest.main()
