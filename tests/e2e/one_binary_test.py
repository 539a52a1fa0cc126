"""One binary: of shared libraries it needs glibc's and OpenSSL's alone, and it works in a root that holds nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import waybill
from api import Api

GLIBC_AND_OPENSSL = re.compile(r"(libc|libm|libdl|librt|libpthread|libresolv|libssl|libcrypto|ld-linux[\w-]*)\.so\.\d+")
# A user who is not root becomes so in a namespace of his own, where the system lets him.
AS_ROOT = [] if os.getuid() == 0 else ["unshare", "--map-root-user"]


def lines_of(*command: str | Path) -> list[str]:
    """What a command says, in English."""
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout.splitlines()


def libraries_of(path: Path) -> list[Path]:
    """Every file that the loader opens for it, and the loader."""
    found = [re.search(r"(/\S+) \(0x", line) for line in lines_of("ldd", path)]
    return [Path(match[1]) for match in found if match is not None]


def may_change_root() -> bool:
    """Whether there is a way to try it."""
    return subprocess.run([*AS_ROOT, "chroot", "/", "/bin/true"], capture_output=True, check=False).returncode == 0


class OneBinary(unittest.TestCase):
    """The program as it was built."""

    def test_it_needs_glibc_and_openssl_alone(self) -> None:
        needed = [match[1] for line in lines_of("readelf", "-d", waybill.BINARY)
                  if (match := re.search(r"\(NEEDED\).*\[(.*)\]", line))]
        self.assertIn("libc.so.6", needed)
        self.assertEqual([name for name in needed if not GLIBC_AND_OPENSSL.fullmatch(name)], [])

    def test_it_is_hardened(self) -> None:
        dynamic = "\n".join(lines_of("readelf", "-d", waybill.BINARY))
        self.assertRegex(dynamic, r"FLAGS_1\).*NOW.*PIE")
        self.assertIn("GNU_RELRO", "\n".join(lines_of("readelf", "-lW", waybill.BINARY)))


class EmptyRoot(unittest.TestCase):
    """A root with the program, glibc and OpenSSL, and no other file."""

    def setUp(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="waybill-empty-root-"))
        self.addCleanup(shutil.rmtree, self.root)
        shutil.copy(waybill.BINARY, self.root / "waybill")
        for library in libraries_of(waybill.BINARY):
            inside = self.root / str(library).lstrip("/")
            inside.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library.resolve(), inside)

    def command(self, *words: str) -> list[str]:
        """The program in its root."""
        return [*AS_ROOT, "chroot", str(self.root), "/waybill", *words]

    def run_there(self, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """A command to its end."""
        return subprocess.run(self.command(*words), input=stdin, capture_output=True, timeout=60, check=False,
                              env=waybill.clean_environment(waybill.CREDENTIALS))

    def use(self, server: subprocess.Popen[bytes], lines: bytes) -> None:
        """Imports events into it, and lists them."""
        assert server.stdout is not None
        welcome = b""
        while (found := re.search(rb"http://127\.0\.0\.1:\d+", welcome)) is None:
            line = server.stdout.readline()
            self.assertTrue(line, welcome)
            welcome += line
        url = found[0].decode()
        imported = self.run_there("import", "--url", url, "-", stdin=lines)
        self.assertEqual(imported.returncode, 0, imported.stderr)
        with Api(url) as api:
            workspace, = api.get("/v1/Workspaces")["workspaces"]
            self.assertEqual(len(api.events(workspace["sid"], PageSize=1000)), 200)

    def test_it_serves_imports_lists_and_examines_itself(self) -> None:
        if not may_change_root():
            print("No empty root was tried: this user may not change the root.", file=sys.stderr)
            return
        made = self.run_there("generate", "--events", "200")
        self.assertEqual(made.returncode, 0, made.stderr)
        server = subprocess.Popen(["setpriv", "--pdeathsig", "KILL",
                                   *self.command("serve", "--data", "/data", "--listen", "127.0.0.1:0")],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  env=waybill.clean_environment(waybill.CREDENTIALS))
        try:
            self.use(server, made.stdout)
            server.terminate()
            self.assertEqual(server.wait(30), 0)
        finally:
            server.kill()
            server.communicate()
        examined = self.run_there("doctor", "--data", "/data")
        self.assertIn(examined.returncode, (0, 1), examined.stderr)
        self.assertIn(b"modes", examined.stdout)


if __name__ == "__main__":
    unittest.main()
