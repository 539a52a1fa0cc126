"""What a server logs: a line for each request with the id its answer carried, and never a secret or an attribute."""

from __future__ import annotations

import json
import socket
import unittest
from typing import Any
from urllib.parse import urlencode, urlsplit

import events
import waybill
from api import Answer, Api
from case import ServerCase
from waybill import ACCOUNT_SID, AUTH_TOKEN

WORKSPACE = events.workspace_sid(1)
LIST = f"/v1/Workspaces/{WORKSPACE}/Events"
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}

# What must stand in no line: each is sent somewhere where a secret or an attribute of a task could stand.
MARKER = "mArKeR"


def marker(place: str) -> str:
    """A word that says where it leaked from."""
    return MARKER + place


class LogCase(ServerCase):
    """Servers that log as JSON."""

    def log_of(self, server: waybill.Server) -> list[dict[str, Any]]:
        """All lines, of a server that has ended: by then the last ones are written."""
        server.stop()
        return [json.loads(line) for line in server.log.splitlines()]

    def lines_of(self, server: waybill.Server, message: str) -> list[dict[str, Any]]:
        """Those that say this."""
        return [line for line in self.log_of(server) if line["message"] == message]


class AccessLogTest(LogCase):
    """One line for each request."""

    def test_a_line_says_what_was_asked_by_whom_and_what_came(self) -> None:
        server = self.start("--access-log", "all")
        api = self.api(server)
        api.post_events(WORKSPACE, [events.made_event(1, events.START_MS)])
        answer = api.request("GET", LIST + "?StartDate=2000-01-01")
        line = self.lines_of(server, "request")[-1]
        self.assertEqual(answer.status, 200)
        self.assertEqual({name: line[name] for name in ("request", "method", "path", "status", "peer", "caller", "sent")},
                         {"request": answer.headers["Twilio-Request-Id"], "method": "GET", "path": LIST, "status": 200,
                          "peer": "127.0.0.1", "caller": ACCOUNT_SID, "sent": "whole"})
        self.assertGreater(line["bytes"], len(answer.body))
        self.assertGreater(line["ms"], 0)

    def test_the_setting_says_which_requests_have_one(self) -> None:
        for which, statuses in (("all", [200, 404]), ("errors", [404]), ("none", [])):
            with self.subTest(which):
                server = self.start("--access-log", which, data=self.folder / which)
                api = self.api(server)
                api.request("GET", "/healthz")
                api.request("GET", "/nowhere")
                self.assertEqual([line["status"] for line in self.lines_of(server, "request")], statuses)

    def test_what_is_no_request_has_a_line_too(self) -> None:
        server = self.start()
        parts = urlsplit(server.url)
        with socket.create_connection((parts.hostname, parts.port)) as client:
            client.sendall(f"GET / {marker('Version')}\r\n\r\n".encode())
            answer = client.makefile("rb").read().decode()
        line = self.lines_of(server, "request")[-1]
        self.assertIn(f"Twilio-Request-Id: {line['request']}\r\n", answer)
        self.assertEqual((line["status"], line["method"], line["path"], line["caller"]), (400, "-", "-", "-"))
        self.assertNotIn(MARKER, server.log)


class SlowQueryTest(LogCase):
    """Lists that take too long, and lists that are explained."""

    def explained(self, server: waybill.Server, **parameters: object) -> dict[str, Any]:
        """What the administrator is told of a list."""
        token = (self.data / "admin.token").read_text().strip()
        query = urlencode({"StartDate": "2000-01-01", "Explain": "true"} | parameters)
        answer = self.api(server).request("GET", f"/admin/v1/Accounts/{ACCOUNT_SID}/Workspaces/{WORKSPACE}/Events?{query}",
                                          None, {"Authorization": "Bearer " + token})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def test_a_slow_list_is_logged_with_its_plan_and_no_value(self) -> None:
        server = self.start("--slow-query-time", "1ms")
        api = self.api(server)
        for begin in range(0, 20000, 10000):
            api.post_events(WORKSPACE, [events.made_event(number, events.START_MS + number)
                                        for number in range(begin, begin + 10000)])
        task = f"WT{3:032x}"
        answer = api.request("GET", LIST + f"?StartDate=2000-01-01&TaskSid={task}&PageSize=1000")
        line = self.lines_of(server, "a slow query")[-1]
        self.assertEqual({name: line[name] for name in ("request", "account", "workspace", "filters", "terms", "events",
                                                        "records_read", "way")},
                         {"request": answer.headers["Twilio-Request-Id"], "account": ACCOUNT_SID, "workspace": WORKSPACE,
                          "filters": "StartDate,TaskSid", "terms": "TaskSid", "events": 1000,
                          "records_read": 1000, "way": "search"})
        self.assertGreaterEqual(line["ms"], 1)
        self.assertNotIn(task, server.log)

    def test_no_list_is_slow_where_the_time_is_nought(self) -> None:
        server = self.start("--slow-query-time", "0")
        self.api(server).post_events(WORKSPACE, [events.made_event(1, events.START_MS)])
        self.api(server).request("GET", LIST)
        self.assertEqual(self.lines_of(server, "a slow query"), [])

    def test_explain_tells_which_segments_were_opened(self) -> None:
        server = self.start(environment=waybill.CREDENTIALS | {"WAYBILL_TEST_SEAL_ROWS": "200"})
        api = self.api(server)
        for begin in range(0, 5000, 1000):
            api.post_events(WORKSPACE, [events.made_event(number, events.START_MS + number)
                                        for number in range(begin, begin + 1000)])
        told = self.explained(server, TaskSid=f"WT{3:032x}", PageSize=5)
        self.assertEqual((told["filters"], told["plan"]["terms"]), (["StartDate", "TaskSid"], ["TaskSid"]))
        self.assertEqual((told["events"], told["plan"]["way"]), (5, "search"))
        opened = told["plan"]["segments"]["opened"] + told["plan"]["runs"]["opened"]
        self.assertTrue(0 < opened < told["plan"]["segments"]["in_all"] + told["plan"]["runs"]["in_all"], told)
        self.assertTrue(told["plan"]["containers"] >= 1 and told["plan"]["rows"] >= 5, told)
        self.assertGreater(told["microseconds"]["in_all"], 0)
        self.assertEqual(self.explained(server, Sid=events.event_sid(7))["plan"]["way"], "lookup")


class SecrecyTest(LogCase):
    """Markers on every road, in all that may hold a secret or an attribute."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.start("--access-log", "all", "--log-level", "debug")
        self.answers: list[Answer] = []

    def ask(self, api: Api, method: str, target: str, body: str | None = None,
            headers: dict[str, str] | None = None) -> None:
        """Asks, and keeps the answer."""
        self.answers.append(api.request(method, target, body.encode() if body is not None else None, headers))

    def ask_lists(self) -> None:
        """Lists and fetches: filters of any kind, wrong ones too, in the query; credentials that are wrong."""
        api = self.api(self.server)
        for query in ({"TaskChannel": marker("Channel"), "StartDate": "2000-01-01"}, {"EventType": marker("Type")},
                      {"TaskSid": marker("Task")}, {"StartDate": marker("Date")}, {"PageToken": marker("Token")},
                      {"Ordering": marker("Order")}, {marker("Name"): marker("Value")}):
            self.ask(api, "GET", LIST + "?" + urlencode(query))
        wrong = self.api(self.server, marker("User"), marker("Password"))
        self.ask(wrong, "GET", LIST)

    def ask_intake(self) -> None:
        """Events that are taken, and bodies that are not."""
        api = self.api(self.server)
        event = events.made_event(1, events.START_MS)
        event["event_data"]["task_attributes"] = json.dumps({"name": marker("Attribute")})
        json_type = {"Content-Type": "application/json"}
        self.ask(api, "POST", LIST, json.dumps(event), json_type)
        self.ask(api, "POST", LIST, json.dumps(event | {"sid": marker("Sid")}), json_type)
        self.ask(api, "POST", LIST, '{"a": "' + marker("Json"), json_type)
        self.ask(api, "POST", LIST, marker("Line") + "\n", {"Content-Type": "application/x-ndjson"})
        self.ask(api, "POST", LIST, marker("Body"), {"Content-Type": marker("ContentType")})

    def ask_webhooks(self) -> None:
        """Callbacks and event streams with signatures that do not hold."""
        api = self.api(self.server)
        form = {"AccountSid": ACCOUNT_SID, "WorkspaceSid": WORKSPACE, "EventType": marker("EventType"),
                "TaskAttributes": json.dumps({"a": marker("Callback")})}
        signed = {"X-Twilio-Signature": marker("Signature")}
        self.ask(api, "POST", "/webhooks/taskrouter?key=" + marker("Key"), urlencode(form), FORM_TYPE | signed)
        self.ask(api, "POST", "/webhooks/taskrouter", urlencode(form | {"AccountSid": marker("Account")}), FORM_TYPE)
        self.ask(api, "POST", "/webhooks/event-streams?bodySHA256=" + marker("Hash"),
                 json.dumps([{"data": marker("Cloud")}]), {"Content-Type": "application/json"} | signed)

    def ask_as_administrator(self) -> None:
        """The roads of the administrator, with a wrong token and with the right one."""
        api = self.api(self.server)
        token = (self.data / "admin.token").read_text().strip()
        for bearer in (marker("Bearer"), token):
            headers = {"Authorization": "Bearer " + bearer}
            self.ask(api, "POST", "/admin/v1/Accounts", urlencode({"FriendlyName": marker("Friendly")}),
                     FORM_TYPE | headers)
            self.ask(api, "POST", "/admin/v1/Erasures", urlencode({"TaskSid": marker("Erased")}), FORM_TYPE | headers)
            self.ask(api, "GET", f"/admin/v1/Accounts/{ACCOUNT_SID}/Workspaces/{WORKSPACE}/Events?TaskChannel="
                     + marker("AdminChannel"), None, headers)
        self.secrets = [AUTH_TOKEN, token, api.authorization,
                        *(answer.json()["auth_token"] for answer in self.answers if b"auth_token" in answer.body)]

    def test_no_secret_and_no_attribute_stands_in_a_line_while_the_ids_do(self) -> None:
        self.ask_lists()
        self.ask_intake()
        self.ask_webhooks()
        self.ask_as_administrator()
        lines = self.lines_of(self.server, "request")
        self.assertEqual([line["request"] for line in lines],
                         [answer.headers["Twilio-Request-Id"] for answer in self.answers])
        self.assertEqual([line["status"] for line in lines], [answer.status for answer in self.answers])
        self.assertGreater(len({answer.status for answer in self.answers}), 4)
        for line in self.server.log.splitlines():
            self.assertNotIn(MARKER, line)
        for secret in self.secrets:
            self.assertNotIn(secret, self.server.log)

    def test_a_refused_webhook_has_the_id_of_its_answer_in_every_line(self) -> None:
        self.ask_webhooks()
        wanted = {answer.headers["Twilio-Request-Id"] for answer in self.answers}
        lines = self.log_of(self.server)
        for message in ("webhook refused", "request"):
            self.assertEqual({line["request"] for line in lines if line["message"] == message}, wanted)
        refused = [line for line in lines if line["message"] == "webhook refused"]
        self.assertEqual(len(refused), len(wanted))
        self.assertTrue([line for line in refused if "spellings" in line])


if __name__ == "__main__":
    unittest.main()
