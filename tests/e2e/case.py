"""What the tests of the real binary share: a temporary folder, and servers that end with the test."""

from __future__ import annotations

import tempfile
import unittest
from collections.abc import Mapping
from pathlib import Path

from api import Api
from waybill import ACCOUNT_SID, AUTH_TOKEN, Server


class ServerCase(unittest.TestCase):
    """A test with a folder of its own, which goes when it ends, and with it every server it started."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="waybill-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.data = self.folder / "data"

    def start(self, *flags: str, data: Path | None = None, environment: Mapping[str, str] | None = None,
              terminal: bool = False) -> Server:
        """A server on a free port, over the test's data directory unless another is named."""
        server = Server(data or self.data, *flags, environment=environment, terminal=terminal)
        self.addCleanup(server.stop)
        return server

    def api(self, server: Server, user: str = ACCOUNT_SID, password: str = AUTH_TOKEN) -> Api:
        """A connection to a server."""
        api = Api(server.url, user, password)
        self.addCleanup(api.__exit__)
        return api
