"""Load over HTTP: wrk, what it sends, and nginx as the limit."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from machine import NGINX
from waybill import ACCOUNT_SID, AUTH_TOKEN

THREADS = 2
CONNECTIONS = 64
FAILURES_SHARE_MAX = 0.01

# The workspace that live events are written to, so that the one with the questions stays as it is.
LIVE_WORKSPACE = "WS" + "b" * 32

AUTHORIZATION = "Basic " + base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()

DONE = """
function done(summary, latency)
  io.write(string.format("RESULT %d %d %d %d %d %d %d %d %d\\n", summary.requests, summary.duration, summary.bytes,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write, summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
"""

# One event a request, each with a sid of its own; ten events to a task. `pieces` is the request with 1 for the event's
# sid, 2 for its task's and 3 for its time.
POST = """
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local function hex()
  local word = function() return string.format("%08x", math.random(0, 4294967295)) end
  return word() .. word() .. word() .. word()
end

local count = 0
local slots = {}
local parts = {}

function init()
  math.randomseed(seed + number * 1000003)
  for i = 1, 100 do math.random() end
  for i, piece in ipairs(pieces) do parts[i] = piece end
end

function request()
  if count % 10 == 0 then slots[2] = "WT" .. hex() end
  slots[1] = "EV" .. hex()
  slots[3] = string.format("%d", start_ms + count)
  count = count + 1
  for i, piece in ipairs(pieces) do
    if type(piece) == "number" then parts[i] = slots[piece] end
  end
  return table.concat(parts)
end
"""

# Requests taken at random from a list.
GET = """
function init() math.randomseed(seed) end
function request() return requests[math.random(#requests)] end
"""


@dataclass(frozen=True)
class Load:
    """What one run of wrk measured."""

    requests: int
    seconds: float
    bytes: int
    failures: int
    p50_ms: float
    p99_ms: float
    max_ms: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def wrk_command(url: str, script: Path, seconds: int) -> list[str]:
    """wrk as all parts run it; it dies with this process."""
    return ["setpriv", "--pdeathsig", "KILL", "wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout",
            "10s", "-s", str(script), url]


def run_wrk(url: str, script: Path, seconds: int) -> Load:
    """Runs wrk to its end. Few requests may fail, and are counted."""
    result = subprocess.run(wrk_command(url, script, seconds), capture_output=True, text=True, check=True)
    numbers = re.search(r"^RESULT (.*)$", result.stdout, re.MULTILINE)
    if not numbers:
        raise RuntimeError(f"wrk said nothing of use:\n{result.stdout}{result.stderr}")
    count, micros, received, status, broken, late, p50, p99, most = map(int, numbers.group(1).split())
    load = Load(count, micros / 1e6, received, status + broken + late, p50 / 1e3, p99 / 1e3, most / 1e3)
    if load.failures > load.requests * FAILURES_SHARE_MAX:
        raise RuntimeError(f"{load.failures} of {load.requests} requests failed:\n{result.stdout}")
    return load


def lua_value(value: object) -> str:
    """Text, numbers and lists as Lua writes them."""
    if isinstance(value, str):
        return '"' + "".join(c if " " <= c <= "~" and c not in '"\\' else escape(c) for c in value) + '"'
    if isinstance(value, Sequence):
        return "{" + ",\n".join(map(lua_value, value)) + "}"
    return str(value)


def escape(char: str) -> str:
    """Each of the character's bytes as Lua's decimal escape."""
    return "".join(f"\\{byte:03d}" for byte in char.encode())


def write_get_script(path: Path, targets: Sequence[str], headers: dict[str, str]) -> None:
    """A script that asks for `targets`, one after the other, at random."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "127.0.0.1", **headers}.items())
    requests = [f"GET {target} HTTP/1.1\r\n{lines}\r\n" for target in targets]
    path.write_text(f"local seed = 1\nlocal requests = {lua_value(requests)}\n{GET}{DONE}", encoding="utf-8")


def write_post_script(path: Path, event_line: str) -> int:
    """A script that writes events like `event_line`, each new to the store; the length of one, in bytes."""
    event = json.loads(event_line)
    body = event_line.strip().replace(event["workspace_sid"], LIVE_WORKSPACE)
    start_ms = event["event_date_ms"]
    head = (f"POST /v1/Workspaces/{LIVE_WORKSPACE}/Events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: {AUTHORIZATION}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body.encode())}\r\n\r\n")
    marks = {event["sid"]: 1, event["event_data"]["task_sid"]: 2, str(start_ms): 3}
    pieces = re.split("(" + "|".join(map(re.escape, marks)) + ")", head + body)
    numbered: list[str | int] = [marks.get(piece, piece) for piece in pieces]
    values = {"seed": secrets.randbelow(2**31), "start_ms": start_ms, "pieces": numbered}
    text = "".join(f"local {name} = {lua_value(value)}\n" for name, value in values.items())
    path.write_text(text + POST + DONE, encoding="utf-8")
    return len(body.encode())


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


NGINX_CONFIG = """
{user}
worker_processes 2;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  open_file_cache max=100 inactive=300s;
  open_file_cache_valid 300s;
  types {{ application/json json; }}
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/root;
    gzip on;
    gzip_types application/json;
  }}
}}
"""


class Nginx:
    """nginx over one file, page.json, plain and gzipped as it goes out, until the end of the `with`."""

    def __init__(self, folder: Path, page: bytes) -> None:
        (folder / "root").mkdir(parents=True, exist_ok=True)
        (folder / "root/page.json").write_bytes(page)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        user = "user root;" if os.geteuid() == 0 else ""
        config = folder / "nginx.conf"
        config.write_text(NGINX_CONFIG.format(user=user, folder=folder, port=port), encoding="utf-8")
        command = ["setpriv", "--pdeathsig", "QUIT", NGINX, "-e", str(folder / "error.log"), "-c", str(config)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_for_port(port)

    def __enter__(self) -> Nginx:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)


def wait_for_port(port: int) -> None:
    """Until somebody listens there."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nobody listens on port {port}")
