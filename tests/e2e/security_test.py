"""What docs/security.md promises and no other test shows: every route asks who is there, and what others write is data."""

from __future__ import annotations

import gzip
import json
import os
import re
import socket
import subprocess
import unittest
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import waybill
from api import Api
from case import ServerCase
from events import START_MS, event_sid, made_event, workspace_sid
from hostile import connect
from store_case import Administrator, StoreCase
from waybill import ACCOUNT_SID, Server

SOURCE = Path(__file__).parents[2]
ROUTE = re.compile(r'\{Method::k(\w+), "([^"]+)", Gate::k(\w+)')

# Whom nobody asks who he is: what says nothing, and the webhooks, which look at a signature instead.
OPEN = {("GET", "/"), ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/openapi.yaml"),
        ("POST", "/webhooks/taskrouter"), ("POST", "/webhooks/event-streams")}
WATCHING = {("GET", "/metrics")}

# What a page may send elsewhere without asking, with credentials that a browser keeps (https://fetch.spec.whatwg.org,
# "CORS-safelisted request-header").
SIMPLE_TYPES = (None, "text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=b", "text/plain; application/json")

MARK = "only the owner may see this"
MEGABYTE = 1 << 20

Route = tuple[str, str]


def routes_of_code() -> dict[Route, str]:
    """What the table of routes has, each with its gate."""
    table = (SOURCE / "src/api/api.cc").read_text()
    return {(method.upper(), path): gate for method, path, gate in ROUTE.findall(table)}


def target_of(path: str) -> str:
    """A route's path with what the first account has."""
    names = {"AccountSid": ACCOUNT_SID, "WorkspaceSid": workspace_sid(1), "Sid": event_sid(1),
             "KeySid": "SK" + "1" * 32, "Number": "1"}
    return re.sub(r"\{(\w+)\}", lambda name: names[name[1]], path)


class Stranger(Api):
    """A connection that says of itself what it is told to."""

    def __init__(self, url: str, authorization: str | None) -> None:
        super().__init__(url)
        self._headers = {} if authorization is None else {"Authorization": authorization}


class Inventory(unittest.TestCase):
    """Which routes there are."""

    def test_the_gates_are_those_that_are_known(self) -> None:
        gates = routes_of_code()
        self.assertGreater(len(gates), 30)
        self.assertEqual({route for route, gate in gates.items() if gate == "Open"}, OPEN)
        self.assertEqual({route for route, gate in gates.items() if gate == "Watching"}, WATCHING)
        for (method, path), gate in gates.items():
            self.assertEqual(gate == "Administrator", path.startswith("/admin/"), (method, path))


class EveryRoute(ServerCase):
    """Asked by nobody, by another account, and by an account that would be the administrator."""

    def setUp(self) -> None:
        super().setUp()
        self.start().stop()
        made = waybill.run("account", "create", "--data", self.data).stdout.split()
        self.other_sid, self.other_token = made[2], made[-1]
        self.server = self.start()
        event = made_event(1, START_MS) | {"description": MARK}
        self.api(self.server).post_events(workspace_sid(1), [event])

    def stranger(self, authorization: str | None) -> Api:
        """A connection that shows whatever is given."""
        api = Stranger(self.server.url, authorization)
        self.addCleanup(api.__exit__)
        return api

    def ask(self, route: Route, api: Api, body: bytes = b"") -> tuple[int, str]:
        """Status and body."""
        method, path = route
        is_json = path.startswith(("/v1/", "/webhooks/event"))
        kind = "application/json" if is_json else "application/x-www-form-urlencoded"
        answer = api.request(method, target_of(path), body or None, {"Content-Type": kind})
        return answer.status, answer.body.decode()

    def test_nobody_is_let_in(self) -> None:
        nobody = self.stranger(None)
        for route in routes_of_code():
            with self.subTest(route=route):
                status, body = self.ask(route, nobody)
                self.assertNotIn(MARK, body)
                if route in OPEN and route[0] == "GET":
                    self.assertEqual(status, 200)
                elif route in OPEN:
                    self.assertEqual(status, 403)
                else:
                    self.assertEqual(status, 401)

    def test_another_account_sees_nothing(self) -> None:
        other = self.api(self.server, self.other_sid, self.other_token)
        for route, gate in routes_of_code().items():
            if gate not in ("Account", "AccountCounted") or route[0] != "GET":
                continue
            with self.subTest(route=route):
                status, body = self.ask(route, other)
                self.assertIn(status, (200, 404))
                for word in (MARK, ACCOUNT_SID):
                    self.assertNotIn(word, body)

    def test_what_another_account_writes_stays_its_own(self) -> None:
        """Under the same workspace sid, and whatever account its events name."""
        ours, other = self.api(self.server), self.api(self.server, self.other_sid, self.other_token)
        target = f"/v1/Workspaces/{workspace_sid(1)}"
        before = ours.get(target + "/Completeness"), ours.events(workspace_sid(1))
        other.post_events(workspace_sid(1), [made_event(2, START_MS) | {"account_sid": ACCOUNT_SID}])
        gap = {"from": START_MS, "to": START_MS + 1, "reason": "refused", "detail": "made up"}
        for road, body in (("Gaps", gap), ("Pulls", {"from": START_MS, "to": START_MS + 1, "asked": START_MS + 2,
                                                     "source": "https://made.example", "events": 0})):
            answer = other.request("POST", f"{target}/Completeness/{road}", json.dumps(body).encode(),
                                   {"Content-Type": "application/json"})
            self.assertEqual(answer.status, 201)
        after = ours.get(target + "/Completeness"), ours.events(workspace_sid(1))
        self.assertEqual(after[1], before[1])
        for member in ("pulls", "gaps", "complete_from"):
            self.assertEqual(after[0][member], before[0][member])

    def test_no_account_is_the_administrator(self) -> None:
        basic = self.api(self.server).authorization
        for authorization in (basic, basic.replace("Basic", "Bearer"), "Bearer " + waybill.AUTH_TOKEN, "Bearer "):
            api = self.stranger(authorization)
            for route, gate in routes_of_code().items():
                if gate in ("Administrator", "Watching"):
                    with self.subTest(route=route, authorization=authorization):
                        self.assertEqual(self.ask(route, api)[0], 401)

    def test_a_member_that_is_not_the_askers_to_set_is_refused(self) -> None:
        ours = self.api(self.server)
        for name, value in (("auth_token", "x"), ("position", 1), ("is_administrator", True)):
            answer = ours.try_post_events(workspace_sid(1), [made_event(9, START_MS) | {name: value}])
            self.assertEqual(answer.status, 400, name)
            self.assertIn(name, answer.json()["message"])
        body = json.dumps({"from": 0, "to": 1, "reason": "refused", "detail": "x", "account_sid": self.other_sid})
        answer = ours.request("POST", f"/v1/Workspaces/{workspace_sid(1)}/Completeness/Gaps", body.encode(),
                              {"Content-Type": "application/json"})
        self.assertEqual(answer.status, 400)

    def test_no_route_that_changes_something_takes_what_a_form_can_send(self) -> None:
        owner = self.stranger(self.api(self.server).authorization)
        bodies = (b"[]", json.dumps(made_event(2, START_MS)).encode(), b"WorkspaceSid=" + workspace_sid(1).encode())
        before = self.api(self.server).events(workspace_sid(1))
        changing = [route for route in routes_of_code() if route[0] not in ("GET", "HEAD", "OPTIONS")]
        self.assertGreater(len(changing), 10)
        for route in changing:
            # The administrator's want a Bearer token, which no browser keeps; webhooks want a signature.
            refusal = 401 if route[1].startswith("/admin/") else 403 if route[1] == "/webhooks/taskrouter" else 415
            for kind in SIMPLE_TYPES:
                for body in bodies:
                    with self.subTest(route=route, kind=kind, body=body):
                        answer = owner.request(route[0], target_of(route[1]), body,
                                               {} if kind is None else {"Content-Type": kind})
                        expected = 415 if refusal == 403 and "urlencoded" not in (kind or "") else refusal
                        self.assertEqual(answer.status, expected, answer.body)
        self.assertEqual(self.api(self.server).events(workspace_sid(1)), before)

    def test_answers_are_neither_taken_for_pages_nor_kept(self) -> None:
        nobody = self.stranger(None)
        for path in ("/", "/healthz", "/openapi.yaml", "/metrics", "/v1/Workspaces", "/nothing"):
            with self.subTest(path=path):
                headers = nobody.request("GET", path).headers
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(headers["Cache-Control"], "no-store")


class Secrets(ServerCase):
    """What others at the machine can see."""

    def test_none_in_the_command_line_in_the_log_or_open_to_others(self) -> None:
        server = self.start("--tls-self-signed")
        line = Path(f"/proc/{server.pid}/cmdline").read_bytes().decode()
        secrets = [waybill.AUTH_TOKEN, (self.data / "admin.token").read_text().strip()]
        for secret in secrets:
            self.assertNotIn(secret, line)
            self.assertNotIn(secret, server.log)
        self.assertEqual(self.data.stat().st_mode & 0o777, 0o700)
        for folder, _, names in os.walk(self.data):
            for name in names:
                self.assertEqual((Path(folder) / name).stat().st_mode & 0o077, 0, name)


    def test_files_are_their_owners_alone_whatever_the_umask_says(self) -> None:
        """Of a server, a backup and an export."""
        self.addCleanup(os.umask, os.umask(0))
        server = self.start("--tls-self-signed", environment=waybill.CREDENTIALS | {"WAYBILL_TEST_SEAL_ROWS": "20"})
        with Api(server.url, trusts=self.data / "tls/certificate.pem") as api:
            api.post_events(workspace_sid(1), [made_event(number, START_MS + number) for number in range(50)])
        export, backups = self.folder / "exported.ndjson", self.folder / "backups"
        for command in (["export", "--data", self.data, "--workspace", workspace_sid(1), "--out", export],
                        ["backup", "--data", self.data, "--to", backups]):
            result = waybill.run(*command, environment=waybill.CREDENTIALS)
            self.assertEqual(result.returncode, 0, result.stderr)
        server.stop()
        made = [self.data, *self.data.rglob("*"), export, backups, *backups.rglob("*")]
        self.assertGreater(len(made), 10)
        for path in made:
            self.assertEqual(path.stat().st_mode & 0o777, 0o700 if path.is_dir() else 0o600, path)


class Injection(StoreCase):
    """What others write is no part of a statement, nor of a request of the server's own."""

    SQL = "x'); DROP TABLE accounts; DELETE FROM log; --"

    def stored(self, api: Api, admin: Administrator) -> tuple[list[str], list[str], list[str]]:
        """Names of accounts, events that a filter finds, and what is kept aside."""
        found = api.events(workspace_sid(1), EventType=self.SQL)
        return ([account["friendly_name"] for account in admin.get("/admin/v1/Accounts")["accounts"]],
                [event["sid"] for event in found if event["description"] == self.SQL],
                [reject["workspace_sid"] for reject in admin.get("/admin/v1/Rejects")["rejects"]])

    def test_a_statement_that_is_sent_is_text(self) -> None:
        """In a name, in events that stay in the log and that are sealed, in a filter, and in what is kept aside."""
        server = self.start_small("--allow-unsigned")
        api, admin = self.api(server), self.administrator(server)
        self.assertEqual(admin.post_form("/admin/v1/Accounts", urlencode({"FriendlyName": self.SQL})).status, 201)
        for first in (0, 300):
            api.post_events(workspace_sid(1), [
                made_event(number, START_MS + number) | {"event_type": self.SQL, "description": self.SQL}
                for number in range(first, first + 300)])
        form = urlencode({"AccountSid": ACCOUNT_SID, "WorkspaceSid": self.SQL})
        self.assertEqual(admin.post_form("/webhooks/taskrouter", form).status, 204)
        before = self.stored(api, admin)
        self.assertIn(self.SQL, before[0])
        self.assertEqual(len(before[1]), 600)
        self.assertEqual(before[2], [self.SQL])
        task, workspace = urlencode({"TaskSid": self.SQL}), urlencode({"WorkspaceSid": self.SQL})
        erasure = f"AccountSid={ACCOUNT_SID}&WorkspaceSid={workspace_sid(1)}&{task}"
        for answer in (admin.post_form("/admin/v1/Erasures", erasure),
                       admin.request("GET", "/admin/v1/Rejects?" + workspace),
                       api.request("GET", f"/v1/Workspaces/{workspace_sid(1)}/Events?{task}")):
            self.assertEqual(answer.status, 400, answer.body)
        server.stop()
        self.assert_sound()
        server = self.start_small()
        self.assertEqual(self.stored(self.api(server), self.administrator(server)), before)

    def test_no_url_that_is_sent_is_asked_for(self) -> None:
        """Wherever it stands: by the time the server has ended nobody has connected to what it names."""
        trap = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(trap.close)
        place = f"127.0.0.1:{trap.getsockname()[1]}"
        url = f"http://{place}/"
        server = self.start("--allow-unsigned")
        api, admin = self.api(server), self.administrator(server)
        headers = {"X-Forwarded-Host": place, "X-Original-URL": url, "Referer": url, "Origin": url,
                   "Forwarded": f"host={place}"}
        event = made_event(1, START_MS) | {"url": url, "actor_url": url, "resource_url": url,
                                           "event_data": {"workflow_url": url, "callback": url}}
        target = f"/v1/Workspaces/{workspace_sid(1)}"
        payload = {"sid": event_sid(2), "workspace_sid": workspace_sid(1), "timestamp": "2026-03-02T08:00:00Z",
                   "url": url}
        cloud = {"specversion": "1.0", "type": "com.twilio.taskrouter.task.created", "source": url, "id": url,
                 "dataschema": url, "data": {"account_sid": ACCOUNT_SID, "payload": payload}}
        callback = {"AccountSid": ACCOUNT_SID, "WorkspaceSid": workspace_sid(1), "EventType": "task.created",
                    "Sid": event_sid(3), "TimestampMs": str(START_MS), "ResourceUrl": url, "StatusCallback": url}
        pull = {"from": START_MS, "to": START_MS + 1, "asked": START_MS + 2, "source": url, "events": 0}
        in_json, in_form = {"Content-Type": "application/json"}, {"Content-Type": "application/x-www-form-urlencoded"}
        for method, path, body, kind, status in (
                ("POST", f"{target}/Events?Unknown=keep", json.dumps(event), in_json, 201),
                ("POST", "/webhooks/event-streams", json.dumps([cloud]), in_json, 200),
                ("POST", "/webhooks/taskrouter?callback=" + url, urlencode(callback), in_form, 204),
                ("POST", f"{target}/Completeness/Pulls", json.dumps(pull), in_json, 201),
                ("GET", f"{target}/Events?StartDate=2000-01-01", None, {"Host": place}, 200),
                ("GET", f"{target}/Events?PageToken={url}", None, {}, 400)):
            answer = api.request(method, path, None if body is None else body.encode(), headers | kind)
            self.assertEqual(answer.status, status, answer.body)
        form = urlencode({"AccountSid": ACCOUNT_SID, "WorkspaceSid": workspace_sid(1), "From": "2000-01-01",
                          "Receiver": url, "Url": url})
        for action in ("Replay", "DeadLetters/Retry"):
            self.assertGreaterEqual(admin.post_form(f"/admin/v1/Forwarding/{action}", form).status, 400)
        self.assertEqual(server.stop(), 0)
        trap.setblocking(False)
        with self.assertRaises(BlockingIOError):
            trap.accept()


class Terminal(ServerCase):
    """A log and a table are read at a terminal."""

    def send(self, server: Server, text: bytes) -> bytes:
        """Raw bytes, and what comes back."""
        with connect(urlsplit(server.url).port or 0, 0) as connection:
            connection.settimeout(20)
            connection.sendall(text)
            return connection.recv(65536)

    def test_what_a_client_sends_does_not_steer_it(self) -> None:
        server = self.start("--log-level", "debug", "--log-format", "text")
        form = b"AccountSid=%1B%5B2J%0Aforged&WorkspaceSid=WS"
        head = (b"POST /webhooks/taskrouter?x=%1b[2J%0d%0aforged HTTP/1.1\r\nHost: h\r\n",
                b"POST /webhooks/taskrouter HTTP/1.1\r\nHost: h\r\nX-Twilio-Signature: \x1b[2J\x9b2J\x7f\r\n",
                b"POST /webhooks/taskrouter HTTP/1.1\r\nHost: \x1b[2J\r\n",
                b"GET /\x1b[2J HTTP/1.1\r\nHost: h\r\n")
        for first in head:
            self.assertTrue(self.send(server, first + b"Content-Type: application/x-www-form-urlencoded\r\n"
                                      b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(form) + form))
        log = server.log
        self.assertRegex(log, "refused")
        self.assertIsNone(re.search(r"[^\n\x20-\x7e\u00a0-\U0010ffff]", log), log)
        self.assertNotIn("\nforged", log)

    def test_what_an_account_writes_does_not_steer_it(self) -> None:
        self.start().stop()
        made = waybill.run("account", "create", "--data", self.data, "--name", "\x1b[2Jbilling\x9b\r")
        self.assertEqual(made.returncode, 0, made.stderr)
        shown = waybill.run("account", "list", "--data", self.data)
        self.assertIn(r"\x1b[2Jbilling", shown.stdout)
        self.assertNotIn("\x1b", shown.stdout)


class Bombs(ServerCase):
    """Much text in few bytes."""

    def peak_megabytes(self, file: Path, words: str) -> float:
        """How much memory an import takes that must be refused with these words."""
        command = [waybill.BINARY, "import", "--data", self.data, file]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True,
                              env=waybill.clean_environment(waybill.CREDENTIALS)) as process:
            assert process.stderr is not None
            told = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn(words, told)
        return usage.ru_maxrss / 1024

    @staticmethod
    def is_sanitized() -> bool:
        """Whether the binary has a sanitizer in it, whose own memory counts as well."""
        # Not read here: a process is told the memory of the one that started it as its own peak.
        return subprocess.run(["grep", "-qaE", "__[at]san_init", waybill.BINARY], check=False).returncode == 0

    def test_a_line_or_a_row_without_end_is_refused_early(self) -> None:
        inflated = 256
        columns = b"sid,event_type,workspace_sid,event_data,event_date_ms\n"
        for name, piece, words in (("line.ndjson.gz", b'{"' + b"x" * MEGABYTE, "is longer than"),
                                   ("row.csv.gz", columns + b"," * MEGABYTE, "more than 10000 fields")):
            file = self.folder / name
            with gzip.open(file, "wb", compresslevel=1) as out:
                out.write(piece)
                for _ in range(inflated):
                    out.write(piece[-1:] * MEGABYTE)
            self.assertLess(file.stat().st_size, 4 * MEGABYTE)
            self.assertLess(self.peak_megabytes(file, words), inflated if self.is_sanitized() else 150, name)

    def test_a_compressed_body_is_not_taken(self) -> None:
        api = self.api(self.start())
        answer = api.request("POST", f"/v1/Workspaces/{workspace_sid(1)}/Events", gzip.compress(b"[]"),
                             {"Content-Type": "application/json", "Content-Encoding": "gzip"})
        self.assertEqual(answer.status, 415)

    def test_an_encoding_that_is_none_counts_as_absent(self) -> None:
        api = self.api(self.start())
        for number, encoding in enumerate(("", " ", "identity", "Identity")):
            with self.subTest(encoding=encoding):
                answer = api.request("POST", f"/v1/Workspaces/{workspace_sid(1)}/Events",
                                     json.dumps(made_event(number, START_MS)).encode(),
                                     {"Content-Type": "application/json", "Content-Encoding": encoding})
                self.assertEqual(answer.status, 201, answer.body)


if __name__ == "__main__":
    unittest.main()
