"""Debian's python3-twilio, unmodified, against the real binary."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unittest
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

import contract
from client_case import PUBLIC_URL, Api, client_authority, client_proxy
from contract import Event, Refused
from waybill import ACCOUNT_SID, AUTH_TOKEN, Server

MEMBERS = ("sid", "url", "source", "actor_sid", "actor_url", "actor_type", "event_data", "event_date", "event_type",
           "account_sid", "description", "resource_sid", "resource_url", "event_date_ms", "resource_type",
           "workspace_sid", "source_ip_address")


def to_event(instance: Any) -> Event:
    """A resource of the client with the wire's names; its date was parsed, so that it must be written again."""
    event = {name: getattr(instance, name) for name in MEMBERS}
    assert isinstance(event["event_date"], datetime)
    return event | {"event_date": event["event_date"].strftime("%Y-%m-%dT%H:%M:%SZ")}


def reported(action: Callable[[], Any]) -> Any:
    """What the action yields, its failure as the contract tells it."""
    try:
        return action()
    except TwilioRestException as failure:
        raise Refused(type(failure).__name__, failure.status, failure.code, failure.msg) from failure
    except TwilioException as failure:
        # A list that fails carries the answer, and leaves reading it to the caller.
        _, response = failure.args
        body = json.loads(response.text)
        raise Refused(type(failure).__name__, response.status_code, body["code"], body["message"]) from failure


class PythonClient(contract.Contract):
    """The contract, through HTTPS_PROXY and a session that believes our authority."""

    error_kind = "TwilioRestException"
    list_error_kind = "TwilioException"

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        environment = mock.patch.dict(os.environ, {"HTTPS_PROXY": client_proxy(cls.server)})
        environment.start()
        cls.addClassCleanup(environment.stop)
        for name in ("https_proxy", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
            os.environ.pop(name, None)
        cls.client = cls.new_client(AUTH_TOKEN)

    @classmethod
    def new_client(cls, auth_token: str, authority: str = "") -> Client:
        """A client as its users make one. Its session asks the environment for a proxy at each request, but not for
        authorities, which must be given to it."""
        http_client = TwilioHttpClient()
        http_client.session.verify = authority or client_authority(cls.server)
        cls.addClassCleanup(http_client.session.close)
        return Client(ACCOUNT_SID, auth_token, http_client=http_client)

    def list_events(self, workspace: str, limit: int | None = None, page_size: int | None = None,
                    **filters: object) -> list[Event]:
        listed = reported(lambda: self.client.taskrouter.v1.workspaces(workspace).events.list(
            limit=limit, page_size=page_size, **filters))
        return [to_event(instance) for instance in listed]

    def fetch_event(self, workspace: str, sid: str) -> Event:
        return to_event(reported(self.client.taskrouter.v1.workspaces(workspace).events(sid).fetch))

    def list_workspaces(self) -> list[dict[str, Any]]:
        return [{"sid": workspace.sid, "friendly_name": workspace.friendly_name}
                for workspace in reported(self.client.taskrouter.v1.workspaces.list)]

    def with_wrong_credentials(self) -> Callable[[], object]:
        stranger = self.new_client("not the right one").taskrouter.v1.workspaces(self.workspace)
        return lambda: reported(stranger.events.list)

    def test_a_workspace_is_all_there(self) -> None:
        """The client parses its dates, and follows nothing that is null."""
        workspace = self.client.taskrouter.v1.workspaces(self.workspace).fetch()
        self.assertIsInstance(workspace.date_created, datetime)
        self.assertEqual(workspace.account_sid, ACCOUNT_SID)
        self.assertEqual(workspace.url, f"{PUBLIC_URL}/v1/Workspaces/{self.workspace}")
        self.assertEqual(workspace.links["events"], workspace.url + "/Events")

    def test_streaming_and_turning_pages(self) -> None:
        """stream() is lazy; page() goes on and back."""
        listed = self.client.taskrouter.v1.workspaces(self.workspace).events
        stream = listed.stream(start_date=self.since_ever(), page_size=20, limit=45)
        self.assertEqual([event.sid for event in stream], [event["sid"] for event in self.archive[:45]])
        first = listed.page(start_date=self.since_ever(), page_size=10)
        second = first.next_page()
        expected = [event["sid"] for event in self.archive]
        self.assertEqual([event.sid for event in first], expected[:10])
        self.assertEqual([event.sid for event in second], expected[10:20])
        self.assertEqual([event.sid for event in second.previous_page()], expected[:10])

    def test_a_server_with_another_name(self) -> None:
        """The links that the proxy's clients follow lead through it, whatever --public-url says to others."""
        with Server(self.folder / "second", "--public-url", "https://elsewhere.invalid", "--access-log", "all",
                    "--client-proxy", "127.0.0.1:0") as server:
            with Api(server.url) as api:
                self.copy_archive(api, self.workspace)
            with mock.patch.dict(os.environ, {"HTTPS_PROXY": client_proxy(server)}):
                client = self.new_client(AUTH_TOKEN, client_authority(server))
                listed = client.taskrouter.v1.workspaces(self.workspace).events.list(
                    start_date=self.since_ever(), page_size=500)
        self.assertEqual([event.sid for event in listed], [event["sid"] for event in self.archive])
        pages = [line for line in server.log.splitlines() if "GET" in line and f"{self.workspace}/Events" in line]
        self.assertEqual(len(pages), 11, "each page came through the proxy")
        self.assertTrue(listed[0].url.startswith(PUBLIC_URL))

    def test_the_snippet_of_the_readme(self) -> None:
        """It runs as it stands, saved under the name that README says."""
        readme = (Path(__file__).parents[2] / "README.md").read_text()
        snippet, = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
        self.assertIn("`list.py`", readme)
        script = self.folder / "list.py"
        script.write_text(snippet.replace("http://127.0.0.1:8080", self.server.url))
        environment = {"PATH": os.environ["PATH"], "WAYBILL_ACCOUNT_SID": ACCOUNT_SID, "WAYBILL_AUTH_TOKEN": AUTH_TOKEN}
        ran = subprocess.run([sys.executable, script, self.workspace], capture_output=True, text=True, timeout=60,
                             check=False, env=environment)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertGreater(len(ran.stdout.splitlines()), 10)


if __name__ == "__main__":
    unittest.main()
