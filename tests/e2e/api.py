"""Asks a server over HTTP, with nothing between the test and the wire but Python's own http.client."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from waybill import ACCOUNT_SID, AUTH_TOKEN

# A start before every event, for those who want the whole archive and not the default window.
EVER = "2000-01-01"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """The body as a value."""
        return json.loads(self.body)


class ApiError(Exception):
    """An answer that the caller did not expect."""

    def __init__(self, answer: Answer, request: str) -> None:
        super().__init__(f"{request}: {answer.status} {answer.body[:500].decode(errors='replace')}")
        self.answer = answer


def connection_to(url: str, trusts: Path | None) -> http.client.HTTPConnection:
    """A connection that is not open yet; over HTTPS, to a server whose certificate is in `trusts`."""
    parts = urlsplit(url)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.netloc, timeout=30)
    return http.client.HTTPSConnection(parts.netloc, timeout=30, context=ssl.create_default_context(cafile=trusts))


class Api:
    """One connection to a server as one account. Not for use by several threads."""

    def __init__(self, url: str, user: str = ACCOUNT_SID, password: str = AUTH_TOKEN,
                 trusts: Path | None = None) -> None:
        self._connection = connection_to(url, trusts)
        self.authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": self.authorization}

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @property
    def local_port(self) -> int:
        """The connection's own port; it is another after a reconnection."""
        return self._connection.sock.getsockname()[1]

    def request(self, method: str, target: str, body: bytes | None = None,
                headers: Mapping[str, str] | None = None) -> Answer:
        """Sends one request. What follows the authority of an absolute URL is asked of this server."""
        parts = urlsplit(target)
        path = parts.path + ("?" + parts.query if parts.query else "")
        self._connection.request(method, path, body, {**self._headers, **(headers or {})})
        response = self._connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def get(self, target: str) -> Any:
        """The JSON value of a resource that must be there."""
        answer = self.request("GET", target)
        if answer.status != 200:
            raise ApiError(answer, "GET " + target)
        return answer.json()

    def post_events(self, workspace_sid: str, events: list[dict[str, Any]]) -> dict[str, Any]:
        """Writes events that must be accepted, one as an object and several as an array."""
        answer = self.try_post_events(workspace_sid, events)
        if answer.status != 201:
            raise ApiError(answer, "POST of events")
        return answer.json()

    def try_post_events(self, workspace_sid: str, events: list[dict[str, Any]]) -> Answer:
        """Writes events, whatever the answer may be."""
        body = json.dumps(events[0] if len(events) == 1 else events).encode()
        return self.request("POST", f"/v1/Workspaces/{workspace_sid}/Events", body,
                            {"Content-Type": "application/json"})

    def pages(self, workspace_sid: str, **parameters: object) -> Iterator[dict[str, Any]]:
        """The pages of a list, by the links the server gives."""
        target: str | None = list_url(workspace_sid, **parameters)
        while target is not None:
            page = self.get(target)
            yield page
            target = page["meta"]["next_page_url"]

    def events(self, workspace_sid: str, **parameters: object) -> list[dict[str, Any]]:
        """All events of a list."""
        return [event for page in self.pages(workspace_sid, **parameters) for event in page["events"]]


def list_url(workspace_sid: str, **parameters: object) -> str:
    """The path and query of a list; of everything in the archive unless a window is named."""
    if not parameters.keys() & {"StartDate", "EndDate", "Minutes"}:
        parameters["StartDate"] = EVER
    return f"/v1/Workspaces/{workspace_sid}/Events?{urlencode(parameters)}"


def sids(events: list[dict[str, Any]]) -> list[str]:
    """The events' sids, in their order."""
    return [event["sid"] for event in events]
