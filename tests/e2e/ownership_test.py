"""Root, and the directory of somebody else: what root's commands leave is the owner's, and a start says what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

import events
import waybill
from events import workspace_sid
from store_case import SMALL_FILES

USER = 65534  # nobody, on every Debian
WRONG_USAGE = 2


@unittest.skipUnless(os.geteuid() == 0, "only root can be anybody: run as root")
class AsRoot(unittest.TestCase):
    """The directory belongs to nobody; the commands are root's."""

    def setUp(self) -> None:
        # Where the other user may enter, and from where he may run the binary.
        self.folder = Path(tempfile.mkdtemp(prefix="waybill-test-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.folder.chmod(0o755)
        self.binary = self.folder / "waybill"
        shutil.copy2(waybill.BINARY, self.binary)
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        os.chown(self.data, USER, USER)
        self.file = self.folder / "events.ndjson"
        self.file.write_text("".join(events.to_line(events.made_event(number, events.START_MS + number * 1000, 20)
                                                    | {"workspace_sid": workspace_sid(1)}) for number in range(900)))

    def run_as(self, user: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """A command of a user. A server ends by itself, since something it is told is wrong."""
        be = [] if user == 0 else ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        return subprocess.run([*be, self.binary, *map(str, arguments)], capture_output=True, text=True, timeout=60,
                              env=waybill.clean_environment(waybill.CREDENTIALS | SMALL_FILES), check=False)

    def serve_for_a_moment(self, user: int) -> str:
        """Starts a server as a user, waits for its welcome, ends it; its messages."""
        be = [] if user == 0 else ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        process = subprocess.Popen([*be, self.binary, "serve", "--data", self.data, "--listen", "127.0.0.1:0"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=waybill.clean_environment(waybill.CREDENTIALS | SMALL_FILES))
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("  URL "):
                break
        process.terminate()
        _, told = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0, told)
        return told

    def owners(self) -> dict[str, int]:
        """Whose each file of the directory is."""
        return {str(path.relative_to(self.data)): path.stat().st_uid for path in [self.data, *self.data.rglob("*")]}

    def assert_all_owned(self) -> None:
        """Root has left nothing behind."""
        self.assertEqual(set(self.owners().values()), {USER}, self.owners())

    def test_each_command_that_writes_works_as_the_owner(self) -> None:
        told = self.run_as(0, "import", "--data", self.data, self.file)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn(f"waybill: working as nobody, who owns {self.data}\n", told.stderr)
        self.assertIn("900 new", told.stderr)
        self.assert_all_owned()
        workspace = ("--workspace", workspace_sid(1))
        for command in (["erase", "--data", self.data, *workspace, "--task", "WT" + "0" * 31 + "1"],
                        ["workspace", "retain", workspace_sid(1), "never", "--data", self.data],
                        ["account", "create", "--data", self.data],
                        ["workspace", "list", "--data", self.data],
                        ["export", "--data", self.data, *workspace, "--out", self.folder / "out.ndjson"],
                        ["gaps", "--data", self.data],
                        ["backup", "--data", self.data, "--to", self.folder / "backups"],
                        ["verify", self.data],
                        ["repair", self.data]):
            told = self.run_as(0, *command)
            self.assertEqual(told.returncode, 0, f"{command}: {told.stderr}")
            self.assert_all_owned()
        self.assertEqual((self.folder / "out.ndjson").stat().st_uid, 0, "an export is the caller's")
        self.assertIn("working as nobody", self.serve_for_a_moment(0))
        self.assert_all_owned()
        self.serve_for_a_moment(USER)
        self.assert_all_owned()

    def test_a_restore_into_a_directory_of_somebody_is_his(self) -> None:
        self.run_as(0, "import", "--data", self.data, self.file).check_returncode()
        self.run_as(0, "backup", "--data", self.data, "--to", self.folder / "backups").check_returncode()
        shutil.rmtree(self.data)
        self.data.mkdir(mode=0o700)
        os.chown(self.data, USER, USER)
        told = self.run_as(0, "restore", "--from", self.folder / "backups", "--data", self.data)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assert_all_owned()
        self.serve_for_a_moment(USER)

    def test_what_root_left_earlier_is_named_by_start_and_doctor(self) -> None:
        self.run_as(0, "import", "--data", self.data, self.file).check_returncode()
        # A command that ends when nothing is left to seal.
        self.run_as(0, "erase", "--data", self.data, "--workspace", workspace_sid(1), "--task", "WT" + "9" * 32,
                    "--even-if-none").check_returncode()
        sealed = next((self.data / "segments").glob("*.seg"))
        os.chown(sealed, 0, 0)
        told = self.run_as(USER, "serve", "--data", self.data, "--listen", "127.0.0.1:0")
        self.assertEqual(told.returncode, WRONG_USAGE, told.stderr)
        self.assertEqual(told.stderr, f"waybill: {sealed} belongs to root, and this process runs as nobody; give "
                                      f"everything in {self.data} to nobody (as root: chown -R nobody {self.data})\n")
        told = self.run_as(0, "doctor", "--data", self.data, "--json")
        modes = next(one for one in json.loads(told.stdout)["checks"] if one["check"] == "modes")
        self.assertEqual(modes["state"], "mend", modes)
        self.assertIn(str(sealed), modes["text"])

    def test_a_directory_of_somebody_else_is_named_with_its_owner(self) -> None:
        os.chown(self.data, 0, 0)
        told = self.run_as(USER, "serve", "--data", self.data, "--listen", "127.0.0.1:0")
        self.assertEqual(told.returncode, WRONG_USAGE, told.stderr)
        self.assertIn(f"{self.data} belongs to root, and this process runs as nobody; run it as root", told.stderr)
        self.run_as(0, "import", "--data", self.data, self.file).check_returncode()
        told = self.run_as(USER, "import", "--data", self.data, self.file)
        self.assertEqual(told.returncode, WRONG_USAGE, told.stderr)
        self.assertIn(f"{self.data} belongs to root", told.stderr)

    def test_a_file_that_others_may_read_is_named_by_the_doctor(self) -> None:
        self.run_as(0, "import", "--data", self.data, self.file).check_returncode()
        sealed = next((self.data / "segments").glob("*.seg"))
        sealed.chmod(sealed.stat().st_mode | stat.S_IROTH)
        told = self.run_as(0, "doctor", "--data", self.data)
        self.assertRegex(told.stdout, rf"open to others: {sealed} \(604\)")


if __name__ == "__main__":
    unittest.main()
