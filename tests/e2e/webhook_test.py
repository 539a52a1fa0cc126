"""Signed webhooks against the real binary: what is let in, what is refused, and what the tool says of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import unittest
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import waybill
from api import Api
from case import ServerCase
from events import START_MS, made_event
from waybill import ACCOUNT_SID, AUTH_TOKEN

PUBLIC_URL = "https://hooks.example.org/in"
UPSTREAM_TOKENS = ("an old token of the service", "a new token of the service")
WORKSPACE = "WS" + "0" * 31 + "1"
EVENT = "EV" + "0" * 31 + "1"
FORM = {"AccountSid": ACCOUNT_SID, "WorkspaceSid": WORKSPACE, "EventType": "task.created", "Sid": EVENT,
        "Timestamp": "1692644679", "TimestampMs": "1692644679861", "TaskAttributes": '{"a": "é"}'}
ENVIRONMENT = waybill.CREDENTIALS | {"WAYBILL_WEBHOOK_AUTH_TOKENS": ",".join(UPSTREAM_TOKENS)}


def sign(token: str, url: str, form: dict[str, str]) -> str:
    """What the service sends as X-Twilio-Signature."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class WebhookTest(ServerCase):
    """A server behind a proxy, and the service in front of it."""

    def post(self, server: waybill.Server, target: str, body: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
        """Status, content type and body of the answer."""
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        connection.request("POST", target, body.encode(), headers)
        response = connection.getresponse()
        result = response.status, response.headers.get("Content-Type", ""), response.read()
        connection.close()
        return result

    def callback(self, server: waybill.Server, form: dict[str, str], token: str) -> int:
        """Posts a callback as the service does; its status."""
        signature = sign(token, PUBLIC_URL + "/webhooks/taskrouter", form)
        status, kind, _ = self.post(server, "/webhooks/taskrouter", urlencode(form), {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", "X-Twilio-Signature": signature})
        if status == 204:
            self.assertEqual(kind, "application/json")
        return status

    def test_every_valid_token_signs_and_a_redelivery_is_a_duplicate(self) -> None:
        server = self.start("--public-url", PUBLIC_URL, environment=ENVIRONMENT)
        without_sid = {name: value for name, value in FORM.items() if name != "Sid"}
        for form in (FORM, without_sid):
            for token in (*UPSTREAM_TOKENS, AUTH_TOKEN):
                self.assertEqual(self.callback(server, form, token), 204)
        self.assertEqual(self.callback(server, FORM, "somebody else's token"), 403)
        self.assertEqual(self.callback(server, FORM | {"EventType": "task.canceled"}, AUTH_TOKEN), 204)
        self.check_variants(server)
        with Api(server.url) as api:
            answer = api.request("GET", f"/v1/Workspaces/{WORKSPACE}/Events?StartDate=2000-01-01")
        events = answer.json()["events"]
        self.assertEqual(len(events), 2)
        self.assertEqual(events[0]["event_date_ms"], 1692644679861)
        self.assertIn("wrong_signature", server.log)
        for secret in (*UPSTREAM_TOKENS, AUTH_TOKEN):
            self.assertNotIn(secret, server.log)

    def check_variants(self, server: waybill.Server) -> None:
        """The one that says task.canceled, out of the directory and out of the server, but for the base of URLs."""
        token = server.data / "admin.token"
        places = (["--data", server.data], ["--url", server.url, "--admin-token-file", token],
                  ["--data", server.data, "--workspace", WORKSPACE, "--account", ACCOUNT_SID])
        for place in places:
            listed = waybill.run("variants", *place)
            self.assertEqual(listed.returncode, 0, listed.stderr)
            variant, = map(json.loads, listed.stdout.splitlines())
            self.assertEqual(variant["event_sid"], EVENT)
            self.assertEqual(variant["event"]["event_type"], "task.canceled")
            self.assertEqual(variant["event"]["event_data"]["task_attributes"], FORM["TaskAttributes"])
            self.assertEqual(variant["differences"], [
                {"path": "/event_type", "stored": "task.created", "variant": "task.canceled"}])
        for refused, why in ((["--url", server.url], "a server wants the administrator's token"),
                             (["--data", server.data, "--workspace", "WS1"], "--workspace: 'WS1' must match"),
                             (["--data", server.data, "--url", server.url], "excludes")):
            result = waybill.run("variants", *refused)
            self.assertEqual(result.returncode, 2)
            self.assertIn(why, result.stderr)

    def test_variants_that_become_large_when_they_are_shown_come_in_several_answers(self) -> None:
        server = self.start(environment=ENVIRONMENT)
        large = {"event_data": {"note": "n" * 200_000}}
        with Api(server.url) as api:
            for description in ("first", "other"):
                for number in range(40):
                    made = made_event(number, START_MS) | large | {"description": description}
                    api.post_events(WORKSPACE, [made])
        token = (server.data / "admin.token").read_text().strip()
        asked = Request(server.url + "/admin/v1/Variants?Limit=1000", headers={"Authorization": f"Bearer {token}"})
        with urlopen(asked) as response:
            body = response.read()
        answer = json.loads(body)
        self.assertLess(len(body), 6 << 20)
        self.assertEqual(answer["after"], answer["variants"][-1]["number"])
        listed = waybill.run("variants", "--url", server.url, "--admin-token-file", server.data / "admin.token")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertEqual(len(listed.stdout.splitlines()), 40)

    def test_behind_a_proxy_that_is_trusted_the_url_is_what_the_proxy_says(self) -> None:
        believed = self.start("--trusted-proxy", "127.0.0.1", environment=ENVIRONMENT)
        doubted = self.start("--trusted-proxy", "192.0.2.1", data=self.folder / "other", environment=ENVIRONMENT)
        said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "hooks.example.org", "X-Forwarded-Port": "8443"}
        signature = sign(AUTH_TOKEN, "https://hooks.example.org:8443/webhooks/taskrouter", FORM)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature, **said}
        self.assertEqual(self.post(believed, "/webhooks/taskrouter", urlencode(FORM), headers)[0], 204)
        self.assertEqual(self.post(doubted, "/webhooks/taskrouter", urlencode(FORM), headers)[0], 403)
        self.assertIn("wrong_signature", doubted.log)
        # What a stranger says spoils nothing either.
        own = headers | {"X-Twilio-Signature": sign(AUTH_TOKEN, doubted.url + "/webhooks/taskrouter", FORM)}
        self.assertEqual(self.post(doubted, "/webhooks/taskrouter", urlencode(FORM), own)[0], 204)
        self.assertEqual(self.post(believed, "/webhooks/taskrouter", urlencode(FORM), own)[0], 403)

    def test_cloud_events_are_the_same_events(self) -> None:
        server = self.start("--public-url", PUBLIC_URL, environment=ENVIRONMENT)
        self.assertEqual(self.callback(server, FORM, AUTH_TOKEN), 204)
        payload = {"sid": EVENT, "eventtype": "task.created", "workspace_sid": WORKSPACE,
                   "timestamp": "2023-08-21T19:04:39.861Z", "task_attributes": '{"a":"\\u00e9"}', "task_age": 3}
        body = json.dumps([{"specversion": "1.0", "type": "com.twilio.taskrouter.task.created", "source": "s", "id": "i",
                            "data": {"account_sid": ACCOUNT_SID, "payload": payload}}])
        target = "/webhooks/event-streams?bodySHA256=" + hashlib.sha256(body.encode()).hexdigest()
        signature = sign(UPSTREAM_TOKENS[1], PUBLIC_URL + target, {})
        headers = {"Content-Type": "application/json", "X-Twilio-Signature": signature}
        status, _, answer = self.post(server, target, body, headers)
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(answer)["duplicates"], 1)
        self.assertEqual(self.post(server, target, body + " ", headers)[0], 403)

    def test_verify_says_which_variant_matched_or_in_what_the_url_differs(self) -> None:
        signature = sign(UPSTREAM_TOKENS[1], PUBLIC_URL + "/webhooks/taskrouter", FORM)
        captured = self.folder / "request.txt"
        captured.write_bytes(("POST /webhooks/taskrouter HTTP/1.1\r\nHost: inner:8080\r\n"
                              "Content-Type: application/x-www-form-urlencoded\r\n"
                              f"X-Twilio-Signature: {signature}\r\n\r\n{urlencode(FORM)}").encode())
        fine = waybill.run("webhook", "verify", captured, "--public-url", PUBLIC_URL, environment=ENVIRONMENT)
        self.assertEqual(fine.returncode, 0, fine.stderr)
        self.assertIn("as given", fine.stdout)
        self.assertIn("token 2 of 3", fine.stdout)
        other = waybill.run("webhook", "verify", captured, "--public-url", PUBLIC_URL.replace("https", "http"),
                            environment=ENVIRONMENT)
        self.assertEqual(other.returncode, 1)
        self.assertIn("differ in scheme", other.stderr)

    def test_allow_unsigned_takes_everything_and_warns(self) -> None:
        server = self.start("--allow-unsigned")
        status, _, _ = self.post(server, "/webhooks/taskrouter", urlencode(FORM),
                                 {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(status, 204)
        self.assertIn("--allow-unsigned", server.log)


if __name__ == "__main__":
    unittest.main()
