"""Settings: where they come from, which wins, and what is said of those that are wrong."""

from __future__ import annotations

import socket
import subprocess
import unittest
from pathlib import Path
from urllib.parse import urlsplit

import waybill
from case import ServerCase
from waybill import ServerRefused

# Every setting, and its default as --help shows it. A setting that is added must be added here.
DEFAULTS = {
    "data": "data",
    "listen": "127.0.0.1:8080",
    "address-file": "none",
    "metrics-listen": "none",
    "client-proxy": "none",
    "tls-certificate": "none",
    "tls-key": "none",
    "tls-self-signed": None,
    "user": "none",
    "public-url": "the request's own",
    "trusted-proxy": "none",
    "redact-after": "30d",
    "retain": "never",
    "retain-confirm": None,
    "rejects-for": "30d",
    "rate-limit": "10000",
    "forward-ca-file": "none",
    "upstream-ca-file": "none",
    "demo": None,
    "account-sid": "a random one",
    "allow-unsigned": None,
    "settling-time": "1h",
    "forward": "none",
    "forward-for": "24h",
    "forward-queue-max": "100000",
    "upstream": "none",
    "upstream-workspaces": "all of the upstream",
    "upstream-credentials-file": "none",
    "upstream-look-back": "30d",
    "upstream-every": "5m",
    "upstream-trailing": "15m",
    "upstream-max-rps": "10",
    "log-format": "auto",
    "log-level": "info",
    "access-log": "errors",
    "slow-query-time": "500ms",
    "http-threads": "one for each core",
    "store-threads": "5",
    "connections-max": "10000",
    "connections-per-address-max": "1000",
    "target-bytes-max": "8192",
    "header-bytes-max": "32768",
    "body-bytes-max": "16777216",
    "bodies-bytes-max": "536870912",
    "answers-bytes-max": "268435456",
    "idle-time-max": "75s",
    "header-time-max": "15s",
    "body-time-max": "60s",
    "request-time-max": "60s",
    "write-time-max": "60s",
    "guesses-max": "10",
    "guess-delay-max": "60s",
    "stop-delay": "0",
    "stop-time-max": "10s",
    "heavy-reads-max": "1000",
    "heavy-reads-per-account-max": "500",
    "batch-events-max": "10000",
    "event-bytes-max": "262144",
    "nesting-max": "32",
    "cache-bytes": "67108864",
    "queued-bytes-max": "134217728",
    "unsealed-bytes-max": "268435456",
}
WRONG_USAGE = 2
TAKEN = 3


class SettingsCase(ServerCase):
    """Servers that start, and servers that do not."""

    def config(self, text: str) -> Path:
        """A settings file."""
        path = self.folder / "waybill.toml"
        path.write_text(text)
        return path

    def serve(self, *flags: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """A start that is expected to fail; one that does not would be ended by the time limit of run()."""
        return waybill.run("serve", "--data", self.data, *flags, environment=environment, folder=self.folder)

    def check_refused(self, message: str, *flags: str | Path, code: int = WRONG_USAGE, **environment: str) -> None:
        """The start fails with the message, and leaves no data directory behind."""
        result = self.serve(*flags, **environment)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertTrue(result.stderr.startswith("waybill: "), result.stderr)
        self.assertIn(message, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertFalse(self.data.exists())


class Precedence(SettingsCase):
    """Flags, then the environment, then the file, then the default. `--rate-limit` shows itself in every answer."""

    def rate_limit(self, *flags: str | Path, **environment: str) -> str | None:
        """The limit that a server of these settings tells."""
        with self.start(*map(str, flags), environment=waybill.CREDENTIALS | environment) as server:
            return self.api(server).request("GET", "/v1/Workspaces").headers["X-Rate-Limit-Limit"]

    def test_each_source_wins_over_the_next(self) -> None:
        config = self.config("rate-limit = 300\n")
        self.assertEqual(self.rate_limit(), "10000")
        self.assertEqual(self.rate_limit("--config", config), "300")
        self.assertEqual(self.rate_limit("--config", config, WAYBILL_RATE_LIMIT="200"), "200")
        self.assertEqual(self.rate_limit("--config", config, "--rate-limit", "100", WAYBILL_RATE_LIMIT="200"), "100")

    def test_the_file_may_be_named_by_the_environment(self) -> None:
        self.assertEqual(self.rate_limit(WAYBILL_CONFIG=str(self.config("rate-limit = 300\n"))), "300")

    def test_what_the_file_can_say(self) -> None:
        """Texts, numbers, truth and arrays; and the Auth Token, which has no flag."""
        config = self.config(f"""
            listen = "127.0.0.1:0"
            account-sid = "{waybill.ACCOUNT_SID}"
            auth-token = "{waybill.AUTH_TOKEN}"
            demo = true
            rate-limit = 0
            trusted-proxy = ["127.0.0.1", "10.0.0.0/8"]
            """)
        server = self.start("--config", str(config), environment={})
        answer = self.api(server).request("GET", "/v1/Workspaces", headers={"X-Forwarded-Proto": "https",
                                                                           "X-Forwarded-Host": "events.example.com"})
        page = answer.json()
        self.assertEqual(len(page["workspaces"]), 1)
        self.assertTrue(page["meta"]["url"].startswith("https://events.example.com/v1/Workspaces"))

    def test_a_bad_value_that_a_better_source_overrules_does_no_harm(self) -> None:
        self.assertEqual(self.rate_limit("--rate-limit", "100", WAYBILL_RATE_LIMIT="many"), "100")


class Unknown(SettingsCase):
    """What is misspelt is an error, and the nearest known word is named."""

    def test_a_flag(self) -> None:
        self.check_refused("did you mean --listen?", "--lissten", "127.0.0.1:0")
        self.check_refused("did you mean --public-url?", "--public-ulr=https://events.example.com")

    def test_a_variable(self) -> None:
        server = self.start(environment=waybill.CREDENTIALS | {"WAYBILL_PUBLIC_ULR": "https://events.example.com"})
        self.assertIn("the environment variable WAYBILL_PUBLIC_ULR is no setting; did you mean WAYBILL_PUBLIC_URL?",
                      server.log)

    def test_what_kubernetes_sets_is_passed_over(self) -> None:
        pod = {"WAYBILL_PORT": "tcp://10.96.0.12:8080", "WAYBILL_SERVICE_HOST": "10.96.0.12",
               "WAYBILL_SERVICE_PORT": "8080", "WAYBILL_SERVICE_PORT_HTTP": "8080",
               "WAYBILL_PORT_8080_TCP": "tcp://10.96.0.12:8080", "WAYBILL_PORT_8080_TCP_ADDR": "10.96.0.12",
               "WAYBILL_PORT_8080_TCP_PORT": "8080", "WAYBILL_PORT_8080_TCP_PROTO": "tcp"}
        server = self.start(environment=waybill.CREDENTIALS | pod)
        self.assertNotIn("WAYBILL_", server.log)
        for command in (["gaps", "--url", server.url], ["account", "list", "--data", self.data],
                        ["doctor", "--data", self.data]):
            told = waybill.run(*command, environment=waybill.CREDENTIALS | pod)
            self.assertNotIn("WAYBILL_PORT", told.stdout + told.stderr, command)
            self.assertNotEqual(told.returncode, 2, told.stderr)
        told = waybill.run("account", "list", "--data", self.data, environment={"WAYBILL_DTAA": "x"})
        self.assertEqual((told.returncode, told.stderr), (0, "waybill: the environment variable WAYBILL_DTAA is no "
                                                             "setting; did you mean WAYBILL_DATA?\n"))

    def test_a_key_of_the_file(self) -> None:
        config = self.config('demo = true\nlisen = "127.0.0.1:0"\n')
        self.check_refused(f"{config}:2: lisen is no setting; did you mean listen?", "--config", config)

    def test_nothing_near(self) -> None:
        config = self.config("colour = 1\n")
        self.check_refused(f"{config}:1: colour is no setting\n", "--config", config)

    def test_a_word_too_many(self) -> None:
        self.check_refused("extra", "extra")


class BadValues(SettingsCase):
    """The message names where the value came from, the value and the rule."""

    def test_each_source_is_named(self) -> None:
        rule = "'x': must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:0"
        self.check_refused(f"--listen: {rule}", "--listen", "x")
        self.check_refused(f"WAYBILL_LISTEN: {rule}", WAYBILL_LISTEN="x")
        config = self.config('listen = "x"\n')
        self.check_refused(f"listen in the settings file: {rule}", "--config", config)

    def test_each_rule(self) -> None:
        for setting, value, rule in (
            ("public-url", "events.example.com", "absolute"),
            ("public-url", "https://events.example.com/?a=b", "query"),
            ("trusted-proxy", "10.0.0.0/33", "'10.0.0.0/33'"),
            ("redact-after", "soon", "or never"),
            ("redact-after", "99999999999d", "or never"),
            ("retain", "0", "or never"),
            ("retain", "365", "needs a unit; did you mean 365d?"),
            ("redact-after", "43200", "needs a unit; did you mean 43200d?"),
            ("settling-time", "60", "needs a unit"),
            ("forward-for", "24", "needs a unit"),
            ("upstream-look-back", "30", "needs a unit"),
            ("upstream-every", "5", "needs a unit"),
            ("idle-time-max", "75", "needs a unit; did you mean 75s?"),
            ("stop-delay", "3", "needs a unit"),
            ("rejects-for", "30", "needs a unit"),
            ("rate-limit", "-1", "from 0 to"),
            ("rate-limit", "1e3", "whole number"),
            ("account-sid", "AC12", "^AC"),
            ("log-format", "xml", "auto, text or json"),
            ("log-level", "loud", "debug, info, warning or error"),
            ("http-threads", "0", "from 1 to"),
            ("idle-time-max", "0", "at most a day"),
            ("header-time-max", "25h", "at most a day"),
            ("body-time-max", "1.5s", "at most a day"),
            ("header-bytes-max", "255", "from 256 to"),
            ("nesting-max", "1001", "from 2 to 1000"),
            ("listen", "127.0.0.1:65536", "HOST:PORT"),
        ):
            with self.subTest(setting=setting, value=value):
                self.check_refused(rule, f"--{setting}", value)
                self.check_refused(f"'{value}'", f"--{setting}", value)

    def test_settings_without_a_flag_for_the_value(self) -> None:
        self.check_refused("WAYBILL_AUTH_TOKEN: ", WAYBILL_AUTH_TOKEN="short")
        self.check_refused("WAYBILL_DEMO: 'yes': must be true or false", WAYBILL_DEMO="yes")

    def test_a_secret_is_not_repeated(self) -> None:
        result = self.serve(WAYBILL_AUTH_TOKEN="too short")
        self.assertEqual(result.returncode, WRONG_USAGE)
        self.assertNotIn("too short", result.stderr)

    def test_a_file_that_is_none(self) -> None:
        self.check_refused("missing.toml", "--config", self.folder / "missing.toml")
        config = self.config('listen = "127.0.0.1:0"\ndemo =\n')
        self.check_refused(f"{config}:2: ", "--config", config)
        config = self.config("[listen]\nhost = 1\n")
        self.check_refused(f"{config}:1: listen: must be", "--config", config)


class Help(SettingsCase):
    """`waybill --help` and its relations."""

    def test_each_setting_with_its_default(self) -> None:
        told = waybill.help_of_serve()
        lines = {line.split()[0].split("=")[0]: line for line in told.splitlines() if line.startswith("  --")}
        self.assertEqual(lines.keys() - {"--config"}, {"--" + name for name in DEFAULTS})
        for name, default in DEFAULTS.items():
            self.assertIn(f"[WAYBILL_{name.upper().replace('-', '_')}]", told)
            if default is not None:
                self.assertIn("=" + default, lines["--" + name])

    def test_commands_and_version(self) -> None:
        result = waybill.run("--help")
        self.assertEqual(result.returncode, 0)
        for command in ("serve", "import", "generate", "account", "key", "workspace"):
            self.assertRegex(result.stdout, f"(?m)^  {command} ")
        self.assertRegex(waybill.run("--version").stdout, r"^waybill \d+\.\d+\.\d+")

    def test_no_command_and_a_wrong_one(self) -> None:
        alone = waybill.run()
        self.assertEqual((alone.returncode, alone.stdout), (WRONG_USAGE, ""))
        self.assertRegex(alone.stderr, r"(?m)^  serve ")
        for words, said, at in (
                (("acount", "list"), "unknown command 'acount'; did you mean account?", ""),
                (("start",), "unknown command 'start'; did you mean serve?", ""),
                (("help", "sreve"), "unknown command 'sreve'; did you mean serve?", ""),
                (("account", "enable", "x"), "unknown command 'enable' of 'waybill account'", " account"),
                (("account",), "a command is missing after 'waybill account'; commands: create, list, ", " account"),
                (("import", "--dir", "x"), "unknown option '--dir' of 'waybill import'; did you mean --data?", " import"),
                (("serve", "--port", "1"), "unknown option '--port' of 'waybill serve'; did you mean --listen?", " serve"),
                (("generate", "--count", "5"), "did you mean --events?", " generate"),
                (("export", "--hlep"), "unknown option '--hlep' of 'waybill export'; did you mean --help?", " export"),
                (("generate",), "--events is required", " generate")):
            with self.subTest(words=words):
                result = waybill.run(*words)
                self.assertEqual((result.returncode, result.stdout), (WRONG_USAGE, ""))
                self.assertIn(said, result.stderr)
                self.assertTrue(result.stderr.endswith(f"\nTry: waybill{at} --help\n"), result.stderr)

    def test_help_names_the_command(self) -> None:
        for command in ((), ("import",), ("account", "create")):
            with self.subTest(command=command):
                told = waybill.run("help", *command)
                self.assertEqual((told.returncode, told.stderr), (0, ""))
                self.assertEqual(told.stdout, waybill.run(*command, "--help").stdout)


class Start(SettingsCase):
    """What happens when the settings are right."""

    def test_port_0_takes_a_free_one_and_prints_it(self) -> None:
        one, other = self.start(), self.start(data=self.folder / "other")
        self.assertNotEqual(one.url, other.url)
        for server in (one, other):
            self.assertGreater(urlsplit(server.url).port or 0, 0)
            self.assertEqual(self.api(server).request("GET", "/healthz").status, 200)

    def test_a_signal_ends_it_in_order(self) -> None:
        server = self.start()
        self.assertEqual(server.stop(), 0)
        self.assertIn("SIGTERM", server.log)

    def test_a_second_server_on_the_same_data_is_refused(self) -> None:
        server = self.start()
        with self.assertRaises(ServerRefused) as refused:
            self.start()
        self.assertEqual(refused.exception.code, TAKEN)
        self.assertIn(f"{self.data} is held by another waybill process (pid {server.pid})", refused.exception.log)
        self.assertEqual(self.api(server).request("GET", "/readyz").status, 200)

    def test_a_port_that_is_taken(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            result = self.serve("--listen", f"127.0.0.1:{port}")
        self.assertEqual(result.returncode, TAKEN)
        self.assertIn(str(port), result.stderr)

    def test_another_first_account_than_the_stores(self) -> None:
        self.start().stop()
        with self.assertRaises(ServerRefused) as refused:
            self.start(environment=waybill.CREDENTIALS | {"WAYBILL_ACCOUNT_SID": "AC" + "9" * 32})
        self.assertEqual(refused.exception.code, TAKEN)
        self.assertIn("WAYBILL_ACCOUNT_SID names AC" + "9" * 32, refused.exception.log)
        self.assertIn(waybill.ACCOUNT_SID, refused.exception.log)


if __name__ == "__main__":
    unittest.main()
