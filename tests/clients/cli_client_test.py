"""twilio-cli, unmodified, against the real binary: signed in with an API key, led here by a proxy."""

from __future__ import annotations

import json
import re
import subprocess
import unittest
from collections.abc import Callable
from datetime import datetime
from typing import Any

import contract
import waybill
from client_case import CLIENTS, NODE, node_environment
from contract import Event, Refused, snake_case

COMMAND = CLIENTS / "node_modules/twilio-cli/bin/run"
WORKSPACES = "api:taskrouter:v1:workspaces"


def to_event(resource: dict[str, Any]) -> Event:
    """A resource of the client with the wire's names, and its date as the wire has it."""
    event = {snake_case(name): value for name, value in resource.items()}
    moment = datetime.strptime(event["event_date"], "%Y-%m-%dT%H:%M:%S.000Z")
    return event | {"event_date": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}


class CliClient(contract.Contract):
    """The contract through the command; each request is a process, which takes a second to begin."""

    # It ends with the first two digits of the code.
    error_kind = list_error_kind = "exit code 20"
    environment: dict[str, str]
    flags: tuple[str, ...] = ()  # for every list

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        made = waybill.run("key", "create", "--data", cls.server.data, "--name", "twilio-cli").stdout
        key, secret = (re.search(f"^{label} +(.*)$", made, re.MULTILINE)[1] for label in ("Key SID", "Secret"))
        home = cls.folder / "home"
        home.mkdir()
        cls.environment = node_environment(cls.server) | {
            "HOME": str(home),
            "TWILIO_ACCOUNT_SID": waybill.ACCOUNT_SID,
            "TWILIO_API_KEY": key,
            "TWILIO_API_SECRET": secret,
            # It shall not look for newer versions of itself.
            "TWILIO_SKIP_NEW_VERSION_CHECK": "true",
            "TWILIO_DISABLE_AUTOUPDATE": "true",
            # Most of a run is spent on reading its own code.
            "NODE_COMPILE_CACHE": str(CLIENTS / "compile-cache"),
        }

    def run_command(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run([NODE, COMMAND, *map(str, arguments)], capture_output=True, text=True,
                              env=self.environment | environment, timeout=120, check=False)

    def command(self, *arguments: object, **environment: str) -> Any:
        """What a command prints as JSON; a failure is raised as the contract tells it."""
        result = self.run_command(*arguments, "-o", "json", **environment)
        if result.returncode == 0:
            return json.loads(result.stdout or "[]")  # it prints nothing where there is nothing
        self.assertNotEqual(result.stdout, "", result.stderr)
        refusal, = json.loads(result.stdout)
        self.assertEqual(refusal["more_info"], f"https://www.twilio.com/docs/errors/{refusal['code']}")
        raise Refused(f"exit code {result.returncode}", refusal["status"], refusal["code"], refusal["message"])

    def list_events(self, workspace: str, limit: int | None = None, page_size: int | None = None,
                    **filters: object) -> list[Event]:
        flags: list[object] = ["--no-limit"] if limit is None else ["--limit", limit]
        if page_size is not None:
            flags += ["--page-size", page_size]
        for name, value in filters.items():
            flags += ["--" + name.replace("_", "-"), value.isoformat() if isinstance(value, datetime) else value]
        listed = self.command(f"{WORKSPACES}:events:list", "--workspace-sid", workspace, *flags, *self.flags)
        return [to_event(resource) for resource in listed]

    def fetch_event(self, workspace: str, sid: str) -> Event:
        event, = self.command(f"{WORKSPACES}:events:fetch", "--workspace-sid", workspace, "--sid", sid)
        return to_event(event)

    def list_workspaces(self) -> list[dict[str, Any]]:
        return [{"sid": workspace["sid"], "friendly_name": workspace["friendlyName"]}
                for workspace in self.command(f"{WORKSPACES}:list")]

    def with_wrong_credentials(self) -> Callable[[], object]:
        return lambda: self.command(f"{WORKSPACES}:events:list", "--workspace-sid", self.workspace,
                                    TWILIO_API_SECRET="not the right one")

    def filters_to_check(self) -> list[dict[str, str]]:
        """Fewer requests, in which each filter has its turn."""
        *others, task, by_sid, by_name = super().filters_to_check()
        return [others[0] | others[1] | by_name, others[2] | others[3] | by_sid, others[4], others[5] | task]

    def test_a_malformed_filter(self) -> None:
        """The client checks what it knows to be malformed, unless it is told not to."""
        result = self.run_command(f"{WORKSPACES}:events:list", "--workspace-sid", self.workspace, "--task-sid", "WT12")
        self.assertIn('"WT12" does not match pattern', result.stderr)
        self.flags = ("--skip-parameter-validation",)
        super().test_a_malformed_filter()

    def test_a_refusal_as_text(self) -> None:
        """Without -o json the client says it in a sentence of its own, made of the body's members."""
        result = self.run_command(f"{WORKSPACES}:events:list", "--workspace-sid", "WS" + "0" * 32)
        text = " ".join(line.strip(" »›") for line in result.stderr.splitlines())
        self.assertRegex(text, "Error code 20404 from Twilio: The requested resource .* was not found. "
                               "See https://www.twilio.com/docs/errors/20404 for more info")


if __name__ == "__main__":
    unittest.main()
