"""A server that is left running: how it stops, how it takes other settings, and what it tells its manager."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import waybill
from api import Api
from case import ServerCase
from events import START_MS, made_event, workspace_sid
from waybill import ServerRefused

TAKEN = 3
DAMAGED = 4
WAIT_SECONDS_MAX = 20


def wait_for(condition: Callable[[], bool]) -> None:
    """Waits until something is so."""
    end = time.monotonic() + WAIT_SECONDS_MAX
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


class Stopping(ServerCase):
    """SIGTERM finishes what runs and takes nothing new."""

    def half_a_request(self, server: waybill.Server) -> tuple[socket.socket, bytes]:
        """A connection with an event on its way, and the rest of it."""
        body = json.dumps(made_event(1, START_MS)).encode()
        with Api(server.url) as api:
            authorization = api.authorization
        head = (f"POST /v1/Workspaces/{workspace_sid(1)}/Events HTTP/1.1\r\nHost: h\r\n"
                f"Authorization: {authorization}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
        connection = socket.create_connection(("127.0.0.1", urlsplit(server.url).port), timeout=30)
        self.addCleanup(connection.close)
        connection.sendall(head + body[:20])
        # Connections are accepted in their order.
        self.assertEqual(self.api(server).request("GET", "/healthz").status, 200)
        return connection, body[20:]

    def begin_to_stop(self, server: waybill.Server) -> None:
        """Sends SIGTERM, and waits until the server has taken note."""
        os.kill(server.pid, signal.SIGTERM)
        wait_for(lambda: "stopping" in server.log)

    def test_what_runs_is_finished_and_what_is_new_is_refused(self) -> None:
        server = self.start()
        connection, rest = self.half_a_request(server)
        self.begin_to_stop(server)
        wait_for(lambda: self.api(server).request("GET", "/readyz").status == 503)
        answer = self.api(server).request("GET", "/v1/Workspaces")
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.headers["Connection"], "close")
        self.assertIn("stopping", answer.json()["message"])
        connection.sendall(rest)
        answer = connection.recv(65536)
        self.assertTrue(answer.startswith(b"HTTP/1.1 201 "), answer)
        self.assertIn(b"\r\nConnection: close\r\n", answer)
        connection.close()
        self.assertEqual(server.wait_for_end(WAIT_SECONDS_MAX), 0)
        self.assertIn("all requests were answered", server.log)
        self.assertEqual(len(self.api(self.start()).events(workspace_sid(1))), 1)

    def test_it_waits_no_longer_than_it_is_told(self) -> None:
        server = self.start("--stop-time-max", "200ms")
        self.half_a_request(server)
        self.assertEqual(server.stop(), 0)
        self.assertIn("unfinished requests were aborted", server.log)

    def test_a_delay_lets_others_learn_of_it(self) -> None:
        server = self.start("--stop-delay", "1h")
        api = self.api(server)
        api.post_events(workspace_sid(1), [made_event(1, START_MS)])
        self.begin_to_stop(server)
        wait_for(lambda: api.request("GET", "/readyz").status == 503)
        self.assertEqual(api.request("GET", "/readyz").json(),
                         {"status": "not ready", "reasons": ["the server is stopping"]})
        self.assertEqual(api.request("GET", "/healthz").status, 200)
        self.assertEqual(len(api.events(workspace_sid(1))), 1)
        # Another signal ends the wait.
        self.assertEqual(server.stop(), 0)


class Reloading(ServerCase):
    """SIGHUP reads the settings again."""

    def setUp(self) -> None:
        super().setUp()
        self.config = self.folder / "waybill.toml"

    def reload(self, server: waybill.Server, text: str, words: str) -> None:
        """Writes the file anew, and waits until the log has more of the words."""
        before = server.log.count(words)
        self.config.write_text(text)
        os.kill(server.pid, signal.SIGHUP)
        wait_for(lambda: server.log.count(words) > before)

    def test_what_can_be_changed_is_and_the_rest_is_named(self) -> None:
        self.config.write_text("rate-limit = 100\n")
        server = self.start("--config", str(self.config))
        api = self.api(server)
        limit = "X-Rate-Limit-Limit"
        self.assertEqual(api.request("GET", "/v1/Workspaces").headers[limit], "100")
        self.reload(server, 'rate-limit = 200\nbody-bytes-max = 50\nstore-threads = 7\n', "need a restart")
        self.assertIn("rate-limit,body-bytes-max", server.log)
        self.assertIn("store-threads", server.log)
        # On the connection that was there before.
        self.assertEqual(api.request("GET", "/v1/Workspaces").headers[limit], "200")
        self.assertEqual(api.try_post_events(workspace_sid(1), [made_event(1, START_MS)]).status, 413)

    def test_wrong_settings_leave_the_old_ones_in_force(self) -> None:
        self.config.write_text("rate-limit = 100\n")
        server = self.start("--config", str(self.config))
        for text, words in (("rate-limit = 200\nbody-bytes-max = 0\n", "body-bytes-max in the settings file"),
                            ("rate-limit = \n", "waybill.toml:1"),
                            ("rat-limit = 200\n", "did you mean rate-limit?")):
            self.reload(server, text, words)
            answer = self.api(server).request("GET", "/v1/Workspaces")
            self.assertEqual(answer.headers["X-Rate-Limit-Limit"], "100")
        self.reload(server, "rate-limit = 300\n", "settings reloaded")
        self.assertEqual(self.api(server).request("GET", "/v1/Workspaces").headers["X-Rate-Limit-Limit"], "300")

    def test_a_log_level(self) -> None:
        self.config.write_text('log-level = "error"\n')
        server = self.start("--config", str(self.config))
        self.config.write_text('log-level = "info"\n')
        os.kill(server.pid, signal.SIGHUP)
        # The first is still read under the old level; the next ones are told of.
        wait_for(lambda: os.kill(server.pid, signal.SIGHUP) is None and "settings reloaded" in server.log)


class Guessing(ServerCase):
    """Many different wrong credentials from one address make it wait."""

    def test_a_guesser_waits_and_a_client_with_an_old_token_does_not(self) -> None:
        server = self.start("--guesses-max", "3", "--guess-delay-max", "1h")
        with Api(server.url, password="the old token of a client") as old:
            for _ in range(20):
                self.assertEqual(old.request("GET", "/v1/Workspaces").status, 401)
        self.assertEqual(self.api(server).request("GET", "/v1/Workspaces").status, 200)
        statuses = []
        for number in range(5):
            with Api(server.url, password=f"guess {number}") as guesser:
                answer = guesser.request("GET", "/v1/Workspaces")
                statuses.append(answer.status)
        self.assertEqual(statuses, [401, 401, 401, 429, 429])
        self.assertGreater(int(answer.headers["Retry-After"]), 0)
        # Not even the right ones are looked at meanwhile; what needs none goes on.
        self.assertEqual(self.api(server).request("GET", "/v1/Workspaces").status, 429)
        self.assertEqual(self.api(server).request("GET", "/healthz").status, 200)
        wait_for(lambda: self.api(server).request("GET", "/v1/Workspaces").status == 200)


class Manager(ServerCase):
    """What systemd hears."""

    def setUp(self) -> None:
        super().setUp()
        self.heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.heard.bind(str(self.folder / "notify"))
        self.heard.settimeout(WAIT_SECONDS_MAX)
        self.addCleanup(self.heard.close)

    def hear(self) -> str:
        """The next message."""
        return self.heard.recv(4096).decode()

    def hear_other_than(self, unwanted: str) -> str:
        """The next that is another."""
        return next(message for message in iter(self.hear, "") if message != unwanted)

    def test_it_is_told_of_each_state(self) -> None:
        server = self.start(environment=waybill.CREDENTIALS | {"NOTIFY_SOCKET": str(self.folder / "notify"),
                                                               "WATCHDOG_USEC": "1000000"})
        self.assertEqual(self.hear(), f"READY=1\nSTATUS=listening on {server.url}")
        self.assertEqual(self.hear(), "WATCHDOG=1")
        self.assertEqual(self.hear(), "WATCHDOG=1")
        os.kill(server.pid, signal.SIGHUP)
        self.assertRegex(self.hear_other_than("WATCHDOG=1"), r"^RELOADING=1\nMONOTONIC_USEC=\d+$")
        self.assertTrue(self.hear().startswith("READY=1\n"))
        os.kill(server.pid, signal.SIGTERM)
        self.assertEqual(self.hear_other_than("WATCHDOG=1"), "STOPPING=1")
        self.assertEqual(server.wait_for_end(WAIT_SECONDS_MAX), 0)


class ExitCodes(ServerCase):
    """Those of a server that cannot start."""

    def code(self, *flags: str) -> int:
        """What a start that must fail ends with."""
        with self.assertRaises(ServerRefused) as refused:
            self.start(*flags)
        return refused.exception.code

    def test_each(self) -> None:
        self.assertEqual(self.code("--nesting-max", "1"), 2)
        server = self.start()
        self.assertEqual(self.code(), TAKEN)
        other = self.folder / "other"
        in_the_way = urlsplit(server.url).netloc
        self.assertEqual(waybill.run("serve", "--data", other, "--listen", in_the_way).returncode, TAKEN)
        server.stop()
        database = self.data / "waybill.db"
        database.write_bytes(b"no database at all, " * 100)
        self.assertEqual(self.code(), DAMAGED)


@unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
class Privileges(ServerCase):
    """A server that root starts becomes somebody who may do little."""

    def setUp(self) -> None:
        super().setUp()
        self.folder.chmod(0o755)

    def test_it_opens_a_low_port_and_is_root_no_more(self) -> None:
        port = next(port for port in range(600, 1000) if self.is_free(port))
        server = self.start("--listen", f"127.0.0.1:{port}", "--user", "nobody")
        self.assertEqual(self.api(server).request("GET", "/readyz").status, 200)
        status = Path(f"/proc/{server.pid}/status").read_text()
        self.assertRegex(status, r"Uid:\t(\d+)\t\1\t\1\t\1\n")
        self.assertNotRegex(status, r"Uid:\t0\t")
        self.assertRegex(status, r"CapEff:\t0+\n")
        self.assertNotEqual(self.data.stat().st_uid, 0)
        self.assertEqual(self.data.stat().st_mode & 0o777, 0o700)

    def is_free(self, port: int) -> bool:
        """Whether nobody listens there."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) != 0

    def test_it_refuses_whom_it_cannot_become_and_what_is_anothers(self) -> None:
        self.assertIn("there is no user 'nobody-at-all'",
                      waybill.run("serve", "--data", self.data, "--listen", "127.0.0.1:0", "--user",
                                  "nobody-at-all").stderr)
        self.data.mkdir(mode=0o700)
        result = waybill.run("serve", "--data", self.data, "--listen", "127.0.0.1:0", "--user", "nobody")
        self.assertEqual(result.returncode, 2)
        self.assertIn("chown -R", result.stderr)


@unittest.skipUnless(os.geteuid() == 0, "only root can make a network of its own")
class Reachable(ServerCase):
    """Plain HTTP where others can come."""

    def log_of(self, address: str) -> str:
        """What a server logs that listens there, in a network in which nobody else is."""
        command = ["unshare", "--net", "setpriv", "--pdeathsig", "KILL", waybill.BINARY, "serve", "--data", self.data,
                   "--listen", address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=waybill.clean_environment(waybill.CREDENTIALS)) as process:
            assert process.stdout is not None
            while "URL" not in process.stdout.readline():
                self.assertIsNone(process.poll())
            process.terminate()
            return process.communicate(timeout=WAIT_SECONDS_MAX)[1]

    def test_it_warns(self) -> None:
        self.assertIn("plain HTTP", self.log_of("0.0.0.0:8080"))


if __name__ == "__main__":
    unittest.main()
