"""What the figures were measured on, and with which versions."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

# The newest that is there: Debian 12 has 15, Debian 13 has 17.
POSTGRES_BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: int(found.parts[-2]),
                   default=Path("/usr/lib/postgresql/15/bin"))
NGINX = "/usr/sbin/nginx"


def memory_bytes() -> int:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def describe_machine(folder: Path) -> dict[str, str]:
    """Processor, cores, memory, kernel, and the file system that `folder` lies on."""
    return {
        "processor": processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory_bytes() / 2**30:.1f} GiB",
        "kernel": platform.release(),
        "system": system_name(),
        "disk": first_words(["findmnt", "-no", "SOURCE,FSTYPE", "-T", str(folder)]),
    }


def describe_versions(repository: Path, waybill: Path) -> dict[str, str]:
    """Of everything that takes part."""
    sqlite = ["python3", "-c", "import sqlite3; print(sqlite3.sqlite_version)"]
    return {
        "waybill": first_words([str(waybill), "--version"]),
        "commit": first_words(["git", "-C", str(repository), "describe", "--always", "--dirty", "--abbrev=12"]),
        "compiler": first_words(["g++", "--version"]),
        "PostgreSQL": first_words([str(POSTGRES_BIN / "postgres"), "--version"]),
        "SQLite": package_version("libsqlite3-0") or first_words(sqlite),
        "nginx": first_words([NGINX, "-v"]),
        "wrk": first_words(["wrk", "-v"]),
    }


def first_words(command: list[str]) -> str:
    """The first line of what a command says; empty if it cannot be run. Some print their version and then fail."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    lines = (result.stdout + result.stderr).strip().splitlines()
    return re.sub(r"\s+", " ", lines[0]) if lines else ""


def package_version(name: str) -> str:
    """The version of an installed Debian package."""
    return first_words(["dpkg-query", "-W", "-f=${Version}", name])


def processor() -> str:
    """What the kernel calls it."""
    match = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match.group(1) if match else platform.machine()


def system_name() -> str:
    """The distribution."""
    match = re.search(r'^PRETTY_NAME="?([^"\n]*)', Path("/etc/os-release").read_text(), re.MULTILINE)
    return match.group(1) if match else platform.system()
