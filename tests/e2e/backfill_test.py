"""`waybill backfill` and `serve --upstream`, from upstreams that misbehave in every way: nothing is missing in the end,
or what is missing is named."""

from __future__ import annotations

import http.server
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest
from collections.abc import Mapping
from typing import Any

import events
import waybill
from api import Api, sids
from case import ServerCase
from upstream import AUTH_TOKEN, CREDENTIALS, NAME, Event, Manners, Upstream
from waybill import Server

WORKSPACE = events.workspace_sid(1)
ENVIRONMENT = waybill.CREDENTIALS | CREDENTIALS
SINCE = "2026-03-02"  # when made events begin …
UNTIL = "2026-03-02T12:00:00Z"  # … and have ended
WAIT_SECONDS_MAX = 20.0

TYPES = ("task.created", "task.updated", "worker.activity.update", "something.new")


def made(number: int, at_ms: int, kind: str = "task.updated") -> Event:
    """An event that says who it is about, as upstreams tell it: whole, with its workspace."""
    event = events.made_event(number, at_ms)
    event["event_type"] = kind
    event["workspace_sid"] = WORKSPACE
    event["event_data"] |= {"worker_sid": f"WK{number % 11:032x}", "task_queue_sid": f"WQ{number % 3:032x}"}
    return event


def made_stream(count: int, step_ms: int = 250, first: int = 1, start_ms: int = events.START_MS) -> list[Event]:
    """Events one after the other."""
    return [made(first + i, start_ms + i * step_ms, TYPES[i % len(TYPES)]) for i in range(count)]


def made_second(count: int, first: int, kinds: tuple[str, ...]) -> list[Event]:
    """So many events in one second."""
    at_ms = events.START_MS + 7_200_000
    return [made(first + i, at_ms + i % 1000, kinds[i % len(kinds)]) for i in range(count)]


class Deliberate(http.server.ThreadingHTTPServer):
    """An upstream of no events that answers a while after it was asked, and says when that was."""

    daemon_threads = True
    delay = 1.3

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Deliberation)
        self.asked = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class Deliberation(http.server.BaseHTTPRequestHandler):
    """One request of Deliberate."""

    server: Deliberate

    def do_GET(self) -> None:  # noqa: N802
        """An empty page, late."""
        self.server.asked.set()
        time.sleep(self.server.delay)
        body = b'{"events":[],"meta":{"page":0,"page_size":1000,"next_page_url":null,"key":"events"}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class BackfillCase(ServerCase):
    """Upstreams, and pulls from them."""

    def upstream(self, history: list[Event], manners: Manners | None = None, **more: Any) -> Upstream:
        """One that ends with the test."""
        upstream = Upstream(WORKSPACE, history, manners, **more)
        self.addCleanup(upstream.close)
        return upstream

    def arguments(self, url: str, *more: str, since: str = SINCE, until: str | None = UNTIL) -> list[str]:
        """Of a pull that need not be gentle."""
        end = [] if until is None else ["--until", until]
        return ["backfill", "--from", url, "--workspace", WORKSPACE, "--since", since, *end, "--max-rps", "1000", *more]

    def into_directory(self, upstream: Upstream, *more: str, **times: Any) -> subprocess.CompletedProcess[str]:
        """A pull into the test's directory."""
        return waybill.run(*self.arguments(upstream.url, *more, **times), "--data", self.data, environment=ENVIRONMENT)

    def into_server(self, url: str, server: Server, *more: str,
                    environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """A pull into a server."""
        return waybill.run(*self.arguments(url, *more), "--url", server.url, environment=environment or ENVIRONMENT)

    def fine(self, result: subprocess.CompletedProcess[str]) -> str:
        """What a pull that went well has said."""
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr

    def listed(self, server: Server | None = None) -> list[Event]:
        """All events of the workspace, of a server that is started for it unless there is one."""
        with Api((server or self.start("--redact-after", "never")).url) as api:
            return api.events(WORKSPACE, PageSize=1000)

    def assert_all_there(self, upstream: Upstream, server: Server | None = None) -> None:
        """The store has what the upstream has, each once."""
        listed = sids(self.listed(server))
        self.assertEqual(len(listed), len(set(listed)))
        self.assertEqual(set(listed), upstream.sids())


class Misbehaviour(BackfillCase):
    """What upstreams do."""

    def test_storms_failures_half_answers_and_slow_ones(self) -> None:
        upstream = self.upstream(
            made_stream(6000) + made_second(2500, 100_000, TYPES),
            Manners(seed=5, refusals_at_first=2, refuses=0.06, fails=0.05, breaks_off=0.05, stalls=0.02,
                    stall_seconds=1.5))
        said = self.fine(self.into_directory(upstream, "--timeout", "1s"))
        self.assertRegex(said, r"WS\w+: 8500 new, \d+ duplicates, 0 variants; \d+ requests in")
        self.assertGreater(upstream.statuses[429], 2)
        self.assert_all_there(upstream)

    def test_pages_and_meta_that_lie(self) -> None:
        history = made_stream(4000, 20) + made_second(2500, 100_000, TYPES)
        cases = [Manners(paging=paging) for paging in ("skips", "repeats", "stands", "elsewhere", "none")]
        cases += [Manners(meta=meta) for meta in ("missing", "nonsense")]
        for number, manners in enumerate(cases):
            with self.subTest(paging=manners.paging, meta=manners.meta):
                self.data = self.folder / str(number)
                upstream = self.upstream(history, manners)
                self.fine(self.into_directory(upstream))
                self.assert_all_there(upstream)

    def test_a_second_that_cannot_be_had_is_named(self) -> None:
        """More than a page of one type in one second, events that show nothing else to ask for, pages that skip."""
        second = made_second(1300, 100_000, ("task.updated",))
        for event in second:
            event["event_data"] = {"of": "nothing"}
        upstream = self.upstream(made_stream(100) + second, Manners(paging="skips"))
        result = self.into_directory(upstream)
        self.assertEqual(result.returncode, 1)
        self.assertIn("not all of 2026-03-02T10:00:00Z to 2026-03-02T10:00:00Z: the second 2026-03-02T10:00:00Z has more "
                      "events of one type than a page, and its pages cannot be trusted; had ", result.stderr)
        missing = upstream.sids() - set(sids(self.listed()))
        self.assertTrue(missing <= {event["sid"] for event in second})

    def test_an_upstream_that_redacts_changes_nothing_that_is_here(self) -> None:
        history = made_stream(300)
        server = self.start("--redact-after", "never")
        self.api(server).post_events(WORKSPACE, history[:200])
        upstream = self.upstream(history, Manners(redacts=True))
        self.assertIn("100 new, 200 duplicates, 0 variants", self.fine(self.into_server(upstream.url, server)))
        shown = {event["sid"]: event["event_data"]["task_attributes"] for event in self.listed(server)}
        for number, event in enumerate(history):
            expected = event["event_data"]["task_attributes"] if number < 200 else "{}"
            self.assertEqual(shown[event["sid"]], expected)

    def test_a_clock_that_is_behind_proves_less(self) -> None:
        now_ms = int(time.time() * 1000)
        upstream = self.upstream(made_stream(200, 60_000, start_ms=now_ms - 12 * 3_600_000),
                                 Manners(clock_skew=-2 * 3600))
        self.fine(self.into_directory(upstream, since="1d", until=None))
        upstream.windows.clear()
        self.fine(self.into_directory(upstream, since="1d", until=None))
        # Two hours of skew, one of settling.
        self.assertAlmostEqual(upstream.windows[0][0], now_ms / 1000 - 3 * 3600, delta=60)
        self.assert_all_there(upstream)

    def test_an_upstream_that_ignores_the_window_is_not_believed(self) -> None:
        upstream = self.upstream(made_stream(50), Manners(ignores_window=True))
        result = self.into_directory(upstream, since="2026-03-02T09:00:00Z")
        self.assertEqual(result.returncode, 1)
        self.assertIn("it tells of others", result.stderr)

    def test_an_event_that_is_none_is_named_and_the_others_come(self) -> None:
        """It is kept aside, its second is proven, and it is not asked for again."""
        bad = made(9_000, events.START_MS + 5_000) | {"sid": "EV9000"}
        odd = made(9_001, events.START_MS + 6_000) | {"event_type": "x" * 300, "description": 7, "links": {"a": "\ud83d"}}
        upstream = self.upstream(made_stream(1500) + [bad, odd])
        said = self.fine(self.into_directory(upstream))
        self.assertIn("1 kept aside", said)
        requests = upstream.requests
        self.fine(self.into_directory(upstream))
        self.assertLessEqual(upstream.requests, requests + 1)
        self.assertEqual(set(sids(self.listed())), upstream.sids() - {bad["sid"]})

    def test_an_event_that_is_no_json_costs_itself_alone(self) -> None:
        upstream = self.upstream(made_stream(300), Manners(spoils=b'"sid": nothing, "x": '))
        said = self.fine(self.into_directory(upstream))
        self.assertIn("1 kept aside", said)
        self.assertEqual(len(self.listed()), 300)

    def test_a_page_that_cannot_be_read_is_halved_down_to_a_gap(self) -> None:
        """Whatever page has one second of it breaks off."""
        spoilt = made(9_000, events.START_MS + 5_000)
        upstream = self.upstream(made_stream(200, 60_000) + [spoilt], Manners(breaks_off_with=spoilt["sid"]))
        result = self.into_directory(upstream)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"not all of 2026-03-02T08:00:0[45]Z to 2026-03-02T08:00:0[45]Z: .*no page of events")
        self.assertEqual(set(sids(self.listed())), upstream.sids() - {spoilt["sid"]})


class Manner(BackfillCase):
    """How it asks."""

    def test_a_certificate_that_nobody_vouches_for_ends_it(self) -> None:
        certificate, key = self.folder / "c.pem", self.folder / "k.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-days", "1", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(lambda: (server.shutdown(), thread.join(), server.server_close()))
        result = waybill.run(*self.arguments(f"https://127.0.0.1:{server.server_port}"), "--data", self.data,
                             environment=ENVIRONMENT)
        self.assertEqual(result.returncode, 1)
        self.assertIn("the certificate is signed by nobody known here", result.stderr)

    def test_never_faster_than_it_may(self) -> None:
        upstream = self.upstream(made_stream(6000))
        arguments = ["20" if word == "1000" else word for word in self.arguments(upstream.url)]
        begun = time.monotonic()
        self.fine(waybill.run(*arguments, "--data", self.data, environment=ENVIRONMENT))
        # The first request need not wait.
        self.assertGreaterEqual(time.monotonic() - begun, (upstream.requests - 1) / 20 * 0.95)
        self.assertGreater(upstream.requests, 10)


class Resuming(BackfillCase):
    """What was pulled is not asked for again."""

    def test_kill_9_in_the_middle(self) -> None:
        pulls: list[subprocess.Popen[bytes]] = []

        def kill(number: int) -> None:
            if number == 30:
                pulls[0].send_signal(signal.SIGKILL)

        upstream = self.upstream(made_stream(12_000), hook=kill)
        with subprocess.Popen(
                [waybill.BINARY, *self.arguments(upstream.url), "--data", self.data], stderr=subprocess.DEVNULL,
                env=waybill.clean_environment(ENVIRONMENT)) as process:
            pulls.append(process)
            self.assertEqual(process.wait(WAIT_SECONDS_MAX), -signal.SIGKILL)
        first = upstream.windows[:]
        upstream.windows.clear()
        self.fine(self.into_directory(upstream))
        self.assert_all_there(upstream)
        # What lies before the last window was noted. A window of a second is a look into one.
        noted_to = [begin for begin, end in first if end > begin + 1][-1]
        self.assertGreater(noted_to, seconds_of(events.START_MS))
        self.assertTrue(all(begin >= noted_to - 1 for begin, _ in upstream.windows))

    def test_what_is_proven_is_never_asked_twice(self) -> None:
        upstream = self.upstream(made_stream(2000))
        self.fine(self.into_directory(upstream))
        requests = upstream.requests
        self.assertIn("0 new, 0 duplicates, 0 variants; 0 requests", self.fine(self.into_directory(upstream)))
        self.assertEqual(upstream.requests, requests)

    def test_following_brings_what_is_new_and_what_is_late(self) -> None:
        now_ms = int(time.time() * 1000)
        recent = made_stream(100, 5_000, start_ms=now_ms - 600_000)
        late = {event["sid"]: 6 for event in recent[50:60]}
        upstream = self.upstream(recent, Manners(sees_late=late))
        server = self.start()
        with subprocess.Popen([waybill.BINARY, *self.arguments(upstream.url, since="2h", until=None), "--follow",
                               "--every", "1s", "--trailing", "15m", "--url", server.url], stderr=subprocess.DEVNULL,
                              env=waybill.clean_environment(ENVIRONMENT)) as process:
            try:
                wait_until(lambda: self.held(server) >= upstream.sids() - late.keys())
                upstream.add(made_stream(5, 1, 50_000, int(time.time() * 1000) - 2_000))
                wait_until(lambda: self.held(server) == upstream.sids())
            finally:
                process.kill()

    def test_without_a_workspace_all_of_the_upstream_are_pulled(self) -> None:
        upstream = self.upstream(made_stream(100))
        to = ["backfill", "--from", upstream.url, "--since", SINCE, "--until", UNTIL, "--data", str(self.data),
              "--max-rps", "1000"]
        self.assertIn(f"{upstream.url} has 1 workspace\n", self.fine(waybill.run(*to, environment=ENVIRONMENT)))
        self.assertIn(NAME, waybill.run("workspace", "list", "--data", self.data).stdout)
        upstream.listed = []
        told = waybill.run(*to, environment=ENVIRONMENT)
        self.assertEqual(told.returncode, 1)
        self.assertIn("has no workspace for these credentials; nothing was pulled", told.stderr)
        told = waybill.run(*to, environment=ENVIRONMENT | {"TWILIO_AUTH_TOKEN": "another"})
        self.assertEqual(told.returncode, 1)
        self.assertIn("it does not take the upstream's credentials", told.stderr)
        self.assert_all_there(upstream)

    def test_following_waits_for_an_upstream_that_is_not_there_yet(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = self.start()
        credentials = {"TWILIO_ACCOUNT_SID": waybill.ACCOUNT_SID, "TWILIO_AUTH_TOKEN": waybill.AUTH_TOKEN}
        with subprocess.Popen([waybill.BINARY, "backfill", "--from", f"http://127.0.0.1:{port}", "--since", "2h",
                               "--follow", "--every", "1s"], stderr=subprocess.PIPE, text=True,
                              env=waybill.clean_environment(waybill.CREDENTIALS | credentials
                                                            | {"WAYBILL_URL": server.url})) as process:
            try:
                assert process.stderr is not None
                while "trying again" not in process.stderr.readline():
                    self.assertIsNone(process.poll())
                upstream = self.start("--listen", f"127.0.0.1:{port}", data=self.folder / "late")
                recent = made_stream(10, 1_000, start_ms=int(time.time() * 1000) - 60_000)
                self.api(upstream).post_events(WORKSPACE, recent)
                wait_until(lambda: self.held(server) == set(sids(recent)))
            finally:
                process.kill()

    def held(self, server: Server) -> set[str]:
        """The sids that a server has of the workspace so far."""
        with Api(server.url) as api:
            known = api.get("/v1/Workspaces")["workspaces"]
            return set(sids(api.events(WORKSPACE, PageSize=1000))) if known else set()


class WaybillAsUpstream(BackfillCase):
    """One Waybill pulls from another."""

    def test_a_copy_is_equal(self) -> None:
        first = self.start("--redact-after", "never", "--public-url", "https://one.example", data=self.folder / "first")
        history = made_stream(3000, 100) + made_second(2500, 100_000, ("task.updated",))
        for at in range(0, len(history), 500):
            self.api(first).post_events(WORKSPACE, history[at:at + 500])
        second = self.start("--redact-after", "never", "--public-url", "https://one.example",
                            data=self.folder / "second")
        environment = waybill.CREDENTIALS | {"TWILIO_ACCOUNT_SID": waybill.ACCOUNT_SID,
                                             "TWILIO_AUTH_TOKEN": waybill.AUTH_TOKEN}
        self.assertIn("5500 new", self.fine(self.into_server(first.url, second, environment=environment)))
        by_sid = {event["sid"]: event for event in self.listed(first)}
        self.assertEqual({event["sid"]: event for event in self.listed(second)}, by_sid)


class Serving(BackfillCase):
    """`serve --upstream`."""

    def serve(self, url: str, *flags: str) -> Server:
        """A server that pulls."""
        return self.start("--upstream", url, "--upstream-workspaces", WORKSPACE, "--upstream-every", "1s",
                          "--upstream-max-rps", "1000", "--upstream-look-back", "1d", *flags, environment=ENVIRONMENT)

    def test_pulls_after_its_start_and_on_its_schedule(self) -> None:
        now_ms = int(time.time() * 1000)
        upstream = self.upstream(made_stream(2000, 20_000, start_ms=now_ms - 60_000_000))
        server = self.serve(upstream.url)
        api = self.api(server)
        wait_until(lambda: api.get("/v1/Workspaces")["workspaces"])
        wait_until(lambda: len(api.events(WORKSPACE, PageSize=1000)) == 2000)
        # What was pulled is noted a moment after it is stored.
        settled = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now_ms / 1000 - 3610))
        place = f"/v1/Workspaces/{WORKSPACE}/Completeness"
        wait_until(lambda: (api.get(place)["complete_through"] or "") > settled)
        server.stop()
        upstream.add(made_stream(10, 1, 50_000, int(time.time() * 1000) - 5_000))
        upstream.windows.clear()
        server = self.serve(upstream.url)
        api = self.api(server)
        wait_until(lambda: set(sids(api.events(WORKSPACE, PageSize=1000))) == upstream.sids())
        self.assertGreater(min(begin for begin, _ in upstream.windows), now_ms / 1000 - 3700)
        upstream.add(made_stream(10, 1, 60_000, int(time.time() * 1000) - 5_000))
        wait_until(lambda: set(sids(api.events(WORKSPACE, PageSize=1000))) == upstream.sids())
        self.assertNotIn(AUTH_TOKEN, server.log)

    def test_a_wrong_upstream_harms_nothing_and_is_told_once(self) -> None:
        server = self.serve("http://127.0.0.1:1")
        self.api(server).post_events(WORKSPACE, made_stream(10))
        wait_until(lambda: "pull failed" in server.log)
        time.sleep(3)
        self.assertEqual(server.log.count("pull failed"), 1, server.log)
        self.assertEqual(len(self.listed(server)), 10)

    def serve_all(self, url: str, *flags: str, environment: Mapping[str, str] | None = None) -> Server:
        """A server that pulls whatever workspaces the upstream has."""
        return self.start("--upstream", url, "--upstream-every", "1s", "--upstream-max-rps", "1000", *flags,
                          environment=environment or ENVIRONMENT)

    def test_an_empty_store_pulls_all_workspaces_of_the_upstream_and_says_so(self) -> None:
        upstream = self.upstream(made_stream(300, 1_000, start_ms=int(time.time() * 1000) - 400_000))
        upstream.listed = []
        server = self.serve_all(upstream.url)
        wait_until(lambda: "has no workspaces; nothing is pulled" in server.log)
        wait_until(lambda: self.api(server).get("/readyz").get("notes") == [
            "upstream: it has no workspace for these credentials"])
        upstream.listed = [WORKSPACE]  # a new one is noticed
        wait_until(lambda: f"pulls 1 workspace of {upstream.url} every 1s" in server.log)
        api = self.api(server)
        wait_until(lambda: api.get("/v1/Workspaces")["workspaces"])
        wait_until(lambda: set(sids(api.events(WORKSPACE, PageSize=1000))) == upstream.sids())
        self.assertEqual([one["friendly_name"] for one in api.get("/v1/Workspaces")["workspaces"]], [NAME])
        wait_until(lambda: "notes" not in api.get("/readyz"))
        time.sleep(2)
        self.assertEqual(server.log.count("pulls 1 workspace"), 1, "not at each turn")

    def test_an_upstream_that_refuses_is_named_and_the_server_stays_ready(self) -> None:
        upstream = self.upstream(made_stream(10))
        server = self.serve_all(upstream.url, environment=ENVIRONMENT | {"TWILIO_AUTH_TOKEN": "another"})
        wait_until(lambda: "it does not take the upstream's credentials: TWILIO_ACCOUNT_SID" in server.log)
        api = self.api(server)
        wait_until(lambda: "notes" in api.get("/readyz"))
        ready = api.request("GET", "/readyz")
        self.assertEqual((ready.status, ready.json()),
                         (200, {"status": "ready", "reasons": [],
                                "notes": ["upstream: its workspaces cannot be listed; the log says why"]}))
        told = waybill.run("doctor", "--url", server.url).stdout
        self.assertRegex(told, r"(?m)^note +server +\S+ is ready, but upstream: its workspaces cannot be listed")
        self.assertNotIn("another", server.log)
        time.sleep(2)
        self.assertEqual(server.log.count("workspaces not listed"), 1)

    def test_stops_at_once(self) -> None:
        upstream = self.upstream(made_stream(10), Manners(stalls=1, stall_seconds=30))
        server = self.serve(upstream.url)
        wait_until(lambda: upstream.requests > 0)
        begun = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - begun, 4)

    def test_wants_credentials(self) -> None:
        with self.assertRaises(waybill.ServerRefused) as refused:
            self.start("--upstream", "http://127.0.0.1:1")
        self.assertIn("set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN", refused.exception.log)


class Refusals(BackfillCase):
    """What is wrong is said, and nothing is made."""

    def test_wrong_arguments(self) -> None:
        some = ["--from", "http://127.0.0.1:1", "--workspace", WORKSPACE]
        to = ["--data", str(self.data)]
        cases = [
            ([*some], "say where to: --url URL or --data DIR"),
            (["--workspace", WORKSPACE, *to], "--from is required"),
            ([*some, *to, "--since", "yesterday"], "--since 'yesterday': must be an age, such as 30d, or a time"),
            ([*some, *to, "--since", "2026-03-02", "--until", "2026-03-01"], "--until is earlier than --since"),
            ([*some, *to, "--every", "5"], "--every '5': needs a unit; did you mean 5s or 5d?"),
            ([*some, *to, "--since", "30"], "--since '30': needs a unit; did you mean 30d?"),
            ([*some, *to, "--settle", "60"], "--settle '60': needs a unit"),
            ([*some, *to, "--until", UNTIL, "--since", SINCE, "--follow"], "--follow has no end"),
            ([*some, *to, "--workspace", "WS1"], "--workspace 'WS1': must match"),
            ([*some, *to, "--upstream-keeps", "long"], "--upstream-keeps 'long': must be a number with m, h"),
            ([*some, *to, "--max-rps", "0"], "--max-rps"),
            (["--from", "somewhere", "--workspace", WORKSPACE, *to], "'somewhere' is no absolute URL"),
        ]
        for arguments, why in cases:
            with self.subTest(why):
                result = waybill.run("backfill", *arguments, environment=ENVIRONMENT)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn(why, result.stderr)

    def test_credentials(self) -> None:
        upstream = self.upstream(made_stream(10))
        for environment, why, code in (
                (waybill.CREDENTIALS, "set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN", 2),
                (waybill.CREDENTIALS | {"TWILIO_API_KEY": "SK1"}, "TWILIO_API_SECRET is missing", 2),
                (ENVIRONMENT | {"TWILIO_AUTH_TOKEN": "another"}, "answered 401: 'Authenticate'", 1)):
            with self.subTest(why):
                result = waybill.run(*self.arguments(upstream.url), "--data", self.data, environment=environment)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertIn(why, result.stderr)
        file = self.folder / "upstream.env"
        file.write_text("".join(f"{name}={value}\n" for name, value in CREDENTIALS.items()))
        self.fine(waybill.run(*self.arguments(upstream.url), "--data", self.data, "--credentials-file", file,
                              environment=waybill.CREDENTIALS))

    def test_a_workspace_that_the_upstream_does_not_have(self) -> None:
        upstream = Upstream(events.workspace_sid(2), [])
        self.addCleanup(upstream.close)
        result = self.into_directory(upstream)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"WS\w+: http://127\.0\.0\.1:\d+ answered 404")


def seconds_of(milliseconds: int) -> int:
    """The second of a time."""
    return milliseconds // 1000


def wait_until(condition: Any) -> None:
    """Until something holds that comes about in the background."""
    end = time.monotonic() + WAIT_SECONDS_MAX
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it never came about")
        time.sleep(0.05)


class Halted(BackfillCase):
    """A process that stands still for a while, as in a machine that was suspended."""

    def test_a_request_ends_whose_answer_and_time_came_while_it_stood_still(self) -> None:
        upstream = Deliberate()
        self.addCleanup(upstream.server_close)
        self.addCleanup(upstream.shutdown)
        url = f"http://127.0.0.1:{upstream.server_port}"
        process = subprocess.Popen([waybill.BINARY, *self.arguments(url, "--timeout", "10s"), "--data", self.data],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   env=waybill.clean_environment(ENVIRONMENT))
        self.addCleanup(process.kill)
        self.assertTrue(upstream.asked.wait(WAIT_SECONDS_MAX))
        # Over the answer, and over the time at which the process asks itself each second whether to go on.
        time.sleep(0.7)
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.2)
        upstream.delay = 0
        process.send_signal(signal.SIGCONT)
        _, told = process.communicate(timeout=WAIT_SECONDS_MAX)
        self.assertEqual(process.returncode, 0, told)


if __name__ == "__main__":
    unittest.main()
