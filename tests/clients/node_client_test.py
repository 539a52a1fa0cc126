"""The official Node.js client, unmodified, against the real binary: by an HTTP client of ours, and through a proxy."""

from __future__ import annotations

import json
import os
import re
import subprocess
import unittest
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import contract
from api import sids
from client_case import CLIENTS, NODE, PUBLIC_URL, Api, ClientCase, node_environment
from contract import Event, Refused, snake_case
from waybill import ACCOUNT_SID, AUTH_TOKEN, Server

# How the client writes a moment that it has parsed.
CLIENTS_DATE = re.compile(r"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\.000Z$")


def camel_case(name: str) -> str:
    """taskSid for task_sid."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def to_event(resource: dict[str, Any]) -> Event:
    """A resource of the client with the wire's names, and its date as the wire has it."""
    event = {snake_case(name): value for name, value in resource.items()}
    match = CLIENTS_DATE.match(event["event_date"])
    assert match is not None, event["event_date"]
    return event | {"event_date": match[1] + "Z"}


class Driver:
    """node_driver.js in a process of its own, from its construction to stop()."""

    def __init__(self, *arguments: str, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", NODE, Path(__file__).with_name("node_driver.js"), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "NODE_PATH": str(CLIENTS / "node_modules"), **environment})

    def ask(self, action: str, auth_token: str = AUTH_TOKEN, **command: object) -> Any:
        """Runs one action of the client; a failure is raised as the contract tells it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        credentials = {"accountSid": ACCOUNT_SID, "authToken": auth_token}
        json.dump({"action": action, "credentials": credentials, **command}, self._process.stdin)
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            error = answer["error"]
            raise Refused(error["kind"], error.get("status"), error.get("code"), error["message"])
        return answer["value"]

    def stop(self) -> None:
        """Ends the process, which ends with its input."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


class NodeClient(contract.Contract):
    """The contract through HTTP_PROXY, which is the variable that this client knows."""

    error_kind = list_error_kind = "RestException"
    driver: Driver

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.driver = cls.new_driver()
        cls.addClassCleanup(cls.driver.stop)

    @classmethod
    def new_driver(cls) -> Driver:
        """A client led here by its environment."""
        return Driver(environment=node_environment(cls.server))

    def options(self, limit: int | None, page_size: int | None, filters: dict[str, object]) -> dict[str, object]:
        """The client's names and types for what the contract says."""
        options = {camel_case(name): {"$date": int(value.timestamp() * 1000)} if isinstance(value, datetime) else value
                   for name, value in filters.items()}
        options |= {"limit": limit} if limit is not None else {}
        return options | ({"pageSize": page_size} if page_size is not None else {})

    def list_events(self, workspace: str, limit: int | None = None, page_size: int | None = None,
                    **filters: object) -> list[Event]:
        listed = self.driver.ask("list", workspace=workspace, options=self.options(limit, page_size, filters))
        return [to_event(resource) for resource in listed]

    def fetch_event(self, workspace: str, sid: str) -> Event:
        return to_event(self.driver.ask("fetch", workspace=workspace, sid=sid))

    def list_workspaces(self) -> list[dict[str, Any]]:
        return [{"sid": workspace["sid"], "friendly_name": workspace["friendlyName"]}
                for workspace in self.driver.ask("listWorkspaces")]

    def with_wrong_credentials(self) -> Callable[[], object]:
        return lambda: self.driver.ask("list", "not the right one", workspace=self.workspace)

    def test_each(self) -> None:
        """each() hands over one event after another, page by page."""
        options = self.options(None, 700, {"start_date": self.since_ever()})
        self.assertEqual(sids(self.driver.ask("each", workspace=self.workspace, options=options)), sids(self.archive))
        options = self.options(15, 4, {"start_date": self.since_ever()})
        self.assertEqual(sids(self.driver.ask("each", workspace=self.workspace, options=options)),
                         sids(self.archive[:15]))

    def test_turning_pages(self) -> None:
        options = self.options(None, 10, {"start_date": self.since_ever()})
        pages = self.driver.ask("thereAndBack", workspace=self.workspace, options=options)
        expected = sids(self.archive)
        self.assertEqual([sids(page) for page in pages], [expected[:10], expected[10:20], expected[:10]])

    def test_a_workspace_is_all_there(self) -> None:
        workspace = self.driver.ask("fetchWorkspace", workspace=self.workspace)
        self.assertRegex(workspace["dateCreated"], r"^\d{4}-\d{2}-\d{2}T")
        self.assertEqual(workspace["accountSid"], ACCOUNT_SID)
        self.assertEqual(workspace["url"], f"{PUBLIC_URL}/v1/Workspaces/{self.workspace}")
        self.assertEqual(workspace["links"]["events"], workspace["url"] + "/Events")


class NodeClientByItsHttpClient(NodeClient):
    """The same with an `httpClient` that asks our server, which no proxy stands before."""

    @classmethod
    def new_driver(cls) -> Driver:
        return Driver(cls.server.url, environment={})


class NodeClientOfAServerWithAnotherName(ClientCase):
    """The links that the proxy's clients follow lead through it, whatever --public-url says to others."""

    def test_auto_paging(self) -> None:
        with Server(self.folder / "second", "--public-url", "https://elsewhere.invalid", "--access-log", "all",
                    "--client-proxy", "127.0.0.1:0") as server:
            with Api(server.url) as api:
                api.post_events(self.workspace, self.archive[:900])
            driver = Driver(environment=node_environment(server))
            self.addCleanup(driver.stop)
            listed = driver.ask("list", workspace=self.workspace,
                                options={"startDate": "2000-01-01T00:00:00Z", "pageSize": 100})
        self.assertEqual(sids(listed), sids(self.archive[:900]))
        pages = [line for line in server.log.splitlines() if "GET" in line and f"{self.workspace}/Events" in line]
        self.assertEqual(len(pages), 9, "each page came through the proxy")
        self.assertTrue(listed[0]["url"].startswith(PUBLIC_URL))


class NodeSnippetOfTheReadme(ClientCase):
    """README's block runs as it stands, saved under the name that README says."""

    def test_it_lists(self) -> None:
        readme = (Path(__file__).parents[2] / "README.md").read_text()
        blocks = re.findall(r"```js\n(.*?)```", readme, re.DOTALL)
        snippet, = [block for block in blocks if "taskrouter.v1" in block]
        self.assertIn("`list.mjs`", readme)
        script = self.folder / "list.mjs"
        script.write_text(snippet.replace("http://127.0.0.1:8080", self.server.url))
        (self.folder / "node_modules").symlink_to(CLIENTS / "node_modules")
        # Read the way a shell's export leaves them.
        named = {"WAYBILL_ACCOUNT_SID": ACCOUNT_SID, "WAYBILL_AUTH_TOKEN": AUTH_TOKEN}
        ran = subprocess.run([NODE, script, self.workspace], capture_output=True, text=True, timeout=60, check=False,
                             env={"PATH": os.environ["PATH"], **named})
        self.assertEqual(ran.returncode, 0, ran.stderr)
        lines = ran.stdout.splitlines()
        newest = [event for event in self.archive if event["description"] == lines[-1].split(" ", 1)[1]]
        self.assertTrue(newest, lines[-1])
        self.assertGreater(len(lines), 10)


if __name__ == "__main__":
    unittest.main()
