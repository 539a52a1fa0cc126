"""Events as signed callbacks, and as POSTs of JSON, for wrk: what differs from request to request is made beforehand and
read from a file, so that sending either costs the client the same."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from load import AUTHORIZATION, DONE, LIVE_WORKSPACE, THREADS, lua_value
from waybill import ACCOUNT_SID, AUTH_TOKEN

PATH = "/webhooks/taskrouter"
# What the server takes for the URL that was signed: the Host header as the scripts write it.
SIGNED_URL = "http://127.0.0.1" + PATH

# Each thread takes every THREADS-th line of the file. `slots` says which bytes of the line stand for a number among the
# pieces.
SEND = """
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local lines = {}
local parts = {}
local at = 0

function init()
  local count = 0
  for line in io.lines(file) do
    if count % threads_all == number then lines[#lines + 1] = line end
    count = count + 1
  end
  for i, piece in ipairs(pieces) do parts[i] = piece end
end

function request()
  at = at % #lines + 1
  local line = lines[at]
  for i, piece in ipairs(pieces) do
    if type(piece) == "number" then parts[i] = string.sub(line, slots[piece][1], slots[piece][2]) end
  end
  return table.concat(parts)
end
"""

# A line: an event's sid, its task's, its time in milliseconds, of which the first ten digits are seconds, a signature.
SLOTS = {"sid": (1, 34), "task": (35, 68), "ms": (69, 81), "seconds": (69, 78), "signature": (82, 109)}
NAMES = list(SLOTS)
START_MS = 1_700_000_000_000


def form_of(event: dict[str, Any]) -> dict[str, str]:
    """The parameters of the callback that tells of an event."""
    form = {"".join(word.capitalize() for word in name.split("_")): value
            for name, value in event["event_data"].items() if isinstance(value, str)}
    return form | {"Sid": event["sid"], "EventType": event["event_type"], "AccountSid": ACCOUNT_SID,
                   "WorkspaceSid": LIVE_WORKSPACE, "EventDescription": event["description"],
                   "ResourceType": event["resource_type"], "ResourceSid": event["resource_sid"],
                   "Timestamp": "{seconds}", "TimestampMs": "{ms}"}


def marked(text: str, event: dict[str, Any]) -> str:
    """`text` with the names of slots where the event's sids stand."""
    return text.replace(event["sid"], "{sid}").replace(event["event_data"]["task_sid"], "{task}")


def filled(template: str) -> Callable[[dict[str, str]], str]:
    """Puts values into the slots of a template."""
    pieces = re.split(r"\{(sid|task|ms|seconds)\}", template)
    return lambda values: "".join(piece if i % 2 == 0 else values[piece] for i, piece in enumerate(pieces))


def write_lines(path: Path, count: int, signed_text: str) -> None:
    """What differs between `count` requests; `signed_text` is what a signature is made of."""
    fill = filled(signed_text)
    key = AUTH_TOKEN.encode()
    with open(path, "w", encoding="ascii") as lines:
        task = ""
        for number in range(count):
            if number % 10 == 0:
                task = "WT" + secrets.token_hex(16)
            ms = str(START_MS + number)
            values = {"sid": "EV" + secrets.token_hex(16), "task": task, "ms": ms, "seconds": ms[:10]}
            mac = hmac.digest(key, fill(values).encode(), hashlib.sha1)
            lines.write(values["sid"] + task + ms + base64.b64encode(mac).decode() + "\n")


def length_of(body: str) -> int:
    """How many bytes it has with its slots filled in."""
    return len(filled(body)({name: "x" * (last - first + 1) for name, (first, last) in SLOTS.items()}).encode())


def write_script(path: Path, lines: Path, head: str, body: str) -> None:
    """A script that sends `head` and `body` with the slots filled in."""
    pieces = re.split(r"\{(sid|task|ms|seconds|signature)\}", f"{head}Content-Length: {length_of(body)}\r\n\r\n{body}")
    numbered = [piece if i % 2 == 0 else NAMES.index(piece) + 1 for i, piece in enumerate(pieces)]
    values = {"file": str(lines), "threads_all": THREADS, "slots": list(SLOTS.values()), "pieces": numbered}
    text = "".join(f"local {name} = {lua_value(value)}\n" for name, value in values.items())
    path.write_text(text + SEND + DONE, encoding="utf-8")


def write_callback_script(path: Path, event_line: str, count: int) -> int:
    """A script that posts up to `count` new callbacks like an event, signed; the length of a body, in bytes."""
    event = json.loads(event_line)
    form = {name: marked(value, event) for name, value in form_of(event).items()}
    lines = path.with_suffix(".lines")
    write_lines(lines, count, SIGNED_URL + "".join(name + form[name] for name in sorted(form)))
    body = "&".join(name + "=" + encoded(value) for name, value in form.items())
    head = (f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            "X-Twilio-Signature: {signature}\r\n")
    write_script(path, lines, head, body)
    return length_of(body)


def encoded(value: str) -> str:
    """A value as a form has it, its slots as they are."""
    pieces = re.split(r"(\{(?:sid|task|ms|seconds)\})", value)
    return "".join(piece if i % 2 else urlencode({"": piece})[1:] for i, piece in enumerate(pieces))


def write_json_script(path: Path, event_line: str, count: int) -> int:
    """A script that posts up to `count` new events like one, as JSON; the length of one, in bytes."""
    event = json.loads(event_line)
    text = event_line.strip().replace(event["workspace_sid"], LIVE_WORKSPACE)
    body = marked(text, event).replace(str(event["event_date_ms"]), "{ms}")
    lines = path.with_suffix(".lines")
    write_lines(lines, count, "")
    head = (f"POST /v1/Workspaces/{LIVE_WORKSPACE}/Events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: {AUTHORIZATION}\r\nContent-Type: application/json\r\n")
    write_script(path, lines, head, body)
    return length_of(body)
