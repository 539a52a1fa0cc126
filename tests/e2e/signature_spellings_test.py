"""Signatures over another spelling of the URL than the one that is asked for: let in, bounded, and explained."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import unittest
from urllib.parse import urlencode, urlsplit

import waybill
from case import ServerCase
from waybill import ACCOUNT_SID, AUTH_TOKEN, Server

BASE = "https://hooks.example.org"
PATH = "/webhooks/taskrouter"
WORKSPACE = "WS" + "0" * 31 + "1"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"


def form_of(number: int, **more: str) -> dict[str, str]:
    """A callback."""
    return {"AccountSid": ACCOUNT_SID, "WorkspaceSid": WORKSPACE, "EventType": "task.created",
            "Sid": f"EV{number:032x}", "TimestampMs": "1692644679861", **more}


def sign(url: str, form: dict[str, str], digest: str = "sha1", token: str = AUTH_TOKEN) -> str:
    """What the service sends as X-Twilio-Signature."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), digest).digest()).decode()


class SignatureSpellings(ServerCase):
    """A server that is reached as BASE."""

    def start_behind(self, *flags: str) -> Server:
        """It."""
        return self.start("--public-url", BASE, *flags)

    def post(self, server: Server, query: str, form: dict[str, str], signature: str,
             **headers: str) -> http.client.HTTPResponse:
        """The answer to a callback, its body read."""
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        self.addCleanup(connection.close)
        connection.request("POST", PATH + query, urlencode(form), {
            "Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature} | headers)
        answer = connection.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
        return answer

    def test_what_the_official_validators_take_for_the_same_url_is_let_in(self) -> None:
        server = self.start_behind()
        pairs = (("?tenant=ops@acme.example", "?tenant=ops%40acme.example"), ("?from=sip:agent", "?from=sip%3Aagent"),
                 ("?a=b+c", "?a=b%20c"), ("?team=b&site=a", "?site=a&team=b"), ("?a=x/y?z", "?a=x%2Fy%3Fz"),
                 ("?a='(*)!'", "?a=%27%28%2A%29%21%27"))
        number = 0
        for one, other in pairs:
            for signed, sent in ((one, other), (other, one)):
                number += 1
                form = form_of(number)
                with self.subTest(signed=signed, sent=sent):
                    self.assertEqual(self.post(server, sent, form, sign(BASE + PATH + signed, form)).status, 204)

    def test_credentials_of_the_url_may_be_signed_or_not(self) -> None:
        server = self.start_behind()
        basic = "Basic " + base64.b64encode(b"hook:p@w").decode()
        for number, user in enumerate(("hook:p%40w@", "hook:p@w@", ""), 1):
            form = form_of(number)
            signature = sign(f"https://{user}hooks.example.org{PATH}", form)
            self.assertEqual(self.post(server, "", form, signature, Authorization=basic).status, 204, user)
        form = form_of(9)
        signature = sign(f"https://other:pw@hooks.example.org{PATH}", form)
        self.assertEqual(self.post(server, "", form, signature, Authorization=basic).status, 403)

    def test_the_algorithm_is_the_one_that_is_named(self) -> None:
        server = self.start_behind()
        form = form_of(1)
        named = {SETTINGS: "key=webhooks_sharedkey_01,algorithm=HMAC_SHA256"}
        good = sign(BASE + PATH, form, "sha256")
        self.assertEqual(self.post(server, "", form, good, **named).status, 204)
        self.assertEqual(self.post(server, "", form, good).status, 403)
        self.assertEqual(self.post(server, "", form, sign(BASE + PATH, form), **named).status, 403)
        answer = self.post(server, "", form, good, **{SETTINGS: "algorithm=MD5"})
        self.assertEqual(answer.status, 403)
        self.assertIn(b"neither HMAC_SHA1 nor HMAC_SHA256", answer.body)  # type: ignore[attr-defined]

    def test_failed_searches_of_an_address_are_limited_and_right_signatures_are_not(self) -> None:
        server = self.start_behind("--guesses-max", "3")
        form = form_of(1)
        statuses = [self.post(server, "?a=@&b=:", form, "bm8=").status for _ in range(5)]
        self.assertEqual(statuses, [403] * 4 + [429])
        answer = self.post(server, "?a=@&b=:", form, "bm8=")
        self.assertEqual(answer.status, 429)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertEqual(self.post(server, "?a=@&b=:", form, sign(BASE + PATH + "?a=@&b=:", form)).status, 204)
        self.assertIn("wrong_signature", server.log)

    def test_a_long_form_is_held_against_the_usual_spellings_alone(self) -> None:
        server = self.start_behind()
        form = form_of(1, TaskAttributes="x" * 70_000)
        self.assertEqual(self.post(server, "?a=%40", form, sign(BASE + PATH + "?a=@", form)).status, 403)
        for signed in ("?a=%40", "?a=@"):
            self.assertEqual(self.post(server, signed, form, sign(BASE + PATH + signed, form)).status, 204)

    def test_a_server_that_stops_while_it_searches_ends_in_order_and_keeps_what_it_acknowledged(self) -> None:
        server = self.start_behind()
        connections = []
        for number in range(1, 41):
            form = form_of(number, TaskAttributes="x" * 60_000)
            connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
            self.addCleanup(connection.close)
            connection.request("POST", PATH + "?a=@&b=:&c=!&d=(", urlencode(form), {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": sign(BASE + PATH + "?a=%40&b=%3A&c=%21&d=%28", form)})
            connections.append(connection)
        self.assertEqual(server.stop(), 0)
        statuses = []
        for connection in connections:
            try:
                statuses.append(connection.getresponse().status)
            except (http.client.HTTPException, ConnectionError):
                statuses.append(0)  # never answered
        self.assertLessEqual(set(statuses), {0, 204, 503})
        api = self.api(self.start_behind())
        for number, status in enumerate(statuses, 1):
            if status == 204:
                api.get(f"/v1/Workspaces/{WORKSPACE}/Events/EV{number:032x}")

    def verify(self, query: str, signed: str, digest: str = "sha1") -> tuple[int, str]:
        """What `waybill webhook verify` says of a captured request."""
        form = form_of(1)
        request = self.folder / "request.txt"
        request.write_text(f"POST {PATH}{query} HTTP/1.1\r\nHost: hooks.example.org\r\n"
                           f"Content-Type: application/x-www-form-urlencoded\r\n"
                           f"X-Twilio-Signature: {sign(signed, form, digest)}\r\n\r\n{urlencode(form)}")
        result = waybill.run("webhook", "verify", request, "--public-url", BASE,
                             environment={"WAYBILL_WEBHOOK_AUTH_TOKENS": AUTH_TOKEN})
        return result.returncode, result.stdout + result.stderr

    def test_the_tool_says_which_spelling_it_was_and_looks_further_than_a_server(self) -> None:
        code, said = self.verify("?site=a&team=b", BASE + PATH + "?team=b&site=a")
        self.assertEqual(code, 0, said)
        self.assertIn("matched with the query's parameters in another order", said)
        self.assertIn(f"what was signed is {BASE}{PATH}?team=b&site=a", said)
        far = "?e=?&d=%2f&c=%3b&a=%40:%21&b=("
        code, said = self.verify("?a=@:!&b=(&c=;&d=%2F&e=%3F", "https://hooks.example.org:443" + PATH + far)
        self.assertEqual(code, 1, said)
        self.assertIn(f"what was signed is https://hooks.example.org:443{PATH}{far}", said)
        self.assertIn("a server does not look so far", said)
        code, said = self.verify("?a=@", "http://elsewhere.example/")
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"of \d+ spellings of .* none fits")
        code, said = self.verify("", BASE + PATH, "sha256")
        self.assertEqual(code, 1, said)
        self.assertIn(f"is by HMAC-SHA256, and the request has no {SETTINGS}", said)


if __name__ == "__main__":
    unittest.main()
