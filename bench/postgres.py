"""A PostgreSQL of one's own: made, tuned, started and stopped."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from machine import POSTGRES_BIN, memory_bytes

SHARED_BUFFERS_MAX = 8 * 2**30
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 300


def tuning() -> dict[str, str]:
    """What its manual and common practice advise for a machine that does little else, and an SSD. Commits are synced,
    as Waybill's are."""
    memory = memory_bytes()
    megabyte = 2**20
    return {
        "shared_buffers": f"{min(memory // 4, SHARED_BUFFERS_MAX) // megabyte}MB",
        "effective_cache_size": f"{memory * 3 // 4 // megabyte}MB",
        "work_mem": "64MB",
        "maintenance_work_mem": "1GB",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "200",
        "synchronous_commit": "on",
        "wal_buffers": "64MB",
        "max_wal_size": "8GB",
        "min_wal_size": "2GB",
        "checkpoint_timeout": "30min",
        "checkpoint_completion_target": "0.9",
        "wal_compression": "lz4",
        "default_statistics_target": "500",
        "jit": "off",
        "max_parallel_maintenance_workers": "2",
        "listen_addresses": "''",
    }


class Postgres:
    """A cluster in `folder`, empty at first, running until the end of the `with`, and then deleted. PostgreSQL does not
    run as root: for root it runs as the user postgres, and where that user cannot get to, the cluster lies in /var/tmp.
    """

    def __init__(self, folder: Path) -> None:
        if any(not parent.stat().st_mode & stat.S_IXOTH for parent in folder.parents if parent.exists()):
            folder = Path(tempfile.mkdtemp(prefix="waybill-bench-", dir="/var/tmp"))
        self._folder = folder
        self._user = "postgres" if os.geteuid() == 0 else None
        # The path of a socket may not be long.
        self._socket_folder = Path(tempfile.mkdtemp(prefix="waybill-bench-"))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        if self._user:
            account = pwd.getpwnam(self._user)
            for path in (folder, self._socket_folder):
                os.chown(path, account.pw_uid, account.pw_gid)
        self._run(["initdb", "-D", str(folder), "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C"])
        with open(folder / "postgresql.conf", "a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in tuning().items())
        self._log = folder / "server.log"
        with open(self._log, "wb") as log:
            command = self._command(["postgres", "-D", str(folder), "-k", str(self._socket_folder)])
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        self._wait_until_ready()

    @property
    def connection(self) -> str:
        """How to connect, for libpq."""
        return f"host={self._socket_folder} user=bench dbname=postgres"

    def disk_bytes(self) -> int:
        """What the tables and indexes take on the disk, without the log and the templates."""
        return int(self._run(["psql", self.connection, "-Atc", "SELECT pg_database_size(current_database())"]))

    def stop(self) -> None:
        """Ends the server and deletes the cluster."""
        # SIGINT is its fast shutdown.
        self._process.send_signal(signal.SIGINT)
        self._process.wait(STOP_SECONDS_MAX)
        shutil.rmtree(self._socket_folder, ignore_errors=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Postgres:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def _command(self, command: list[str]) -> list[str]:
        words = [str(POSTGRES_BIN / command[0]), *command[1:]]
        if not self._user:
            return ["setpriv", "--pdeathsig", "INT", *words]
        return ["setpriv", "--reuid", self._user, "--regid", self._user, "--init-groups", "--pdeathsig", "INT", *words]

    def _run(self, command: list[str]) -> str:
        result = subprocess.run(self._command(command), capture_output=True, text=True, cwd=self._folder, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {result.stderr.strip()}")
        return result.stdout

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + START_SECONDS_MAX
        ready = self._command(["pg_isready", "-q", "-h", str(self._socket_folder)])
        while subprocess.run(ready, cwd=self._folder, check=False).returncode != 0:
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()}")
            time.sleep(0.1)
