"""Where the walk goes: a bare Debian root with the package, or a folder with what was just built."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).parents[2]
UNIT = "/usr/lib/systemd/system/waybill.service"
SETTINGS = "/etc/waybill/waybill.toml"
DATA = "/var/lib/waybill"
BACKUPS = "/var/backups/waybill"
SHIMS = "/root/shims"
PACKAGE_NAME = re.compile(r"apt install \./(\S+\.deb)")


def run(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def write_shims(folder: Path, shims: Mapping[str, str]) -> None:
    """Programs that a place lacks, for the blocks of a page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in shims.items():
        (folder / name).write_text("#!/bin/sh\n" + text)
        (folder / name).chmod(0o755)


class BuildTree:
    """A folder that looks as if the package were installed there, for one's own user."""

    def __init__(self, binary: Path) -> None:
        self._binary = binary
        self._folder = Path(tempfile.mkdtemp(prefix="waybill-walk-"))

    def here(self, path: str) -> Path:
        """A path of the place, as we see it."""
        return self._folder / path.lstrip("/")

    def seen(self, path: str) -> str:
        """A path of the place, as what runs there sees it."""
        return str(self.here(path))

    def install(self, block: str) -> None:
        """The files of the package, as it has them; the block then finds them there."""
        for source, target in ((self._binary, "/usr/bin/waybill"), (SOURCE / "packaging/waybill.service", UNIT),
                               (SOURCE / "packaging/waybill.toml", SETTINGS)):
            self.here(target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, self.here(target))
        settings = self.here(SETTINGS)
        settings.write_text(settings.read_text().replace(DATA, self.seen(DATA)))
        for folder in ("/run", "/tmp", DATA, BACKUPS):
            self.here(folder).mkdir(parents=True, mode=0o700)
        write_shims(self.here(SHIMS), {"sudo": 'shift 2\nexec "$@"\n', "systemctl": "exit 0\n",
                                       "apt": f"echo \"$@\" >>'{self.here('/tmp/apt.log')}'\n"})
        self._follow(block)

    def _follow(self, block: str) -> None:
        """Runs a block of the guide over these folders. apt only notes what it is asked for."""
        for path in (DATA, BACKUPS):
            block = block.replace(path, self.seen(path))
        path = f"{self.here(SHIMS)}:{self.here('/usr/bin')}:{os.environ['PATH']}"
        run("sh", "-eu", "-c", block, environment=self.environment({"PATH": path}))
        assert "install ./waybill_" in self.here("/tmp/apt.log").read_text().splitlines()[-1], "nothing was installed"

    def upgrade(self, block: str) -> None:
        """As the block says; the program is replaced as dpkg does it: beside its place, and moved there."""
        self._follow(block)
        beside = self.here("/usr/bin/waybill.dpkg-new")
        shutil.copy(self._binary, beside)
        beside.rename(self.here("/usr/bin/waybill"))

    def remove(self) -> None:
        """Nothing that anybody would look at."""

    def give_to_service(self, path: Path) -> None:
        """It is ours already."""

    def command(self, *words: str) -> list[str]:
        """A command as the service's user."""
        return [self.seen("/usr/bin/waybill"), *words]

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """What a command is given."""
        return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **more}

    def close(self) -> None:
        """Leaves nothing."""
        shutil.rmtree(self._folder)


def release_here() -> str:
    """The name of this machine's release of Debian: a package is tried where it was built for."""
    found = re.search(r"^VERSION_CODENAME=(\w+)$", Path("/etc/os-release").read_text(), re.MULTILINE)
    return found[1] if found is not None else "trixie"


class BareRoot:
    """A new Debian root, in which the package is installed. Wants root, debootstrap and a mirror."""

    def __init__(self, package: Path, mirror: str | None) -> None:
        self._package = package
        self._folder = Path(tempfile.mkdtemp(prefix="waybill-package-", dir="/var/tmp"))
        self._folder.chmod(0o755)
        run("debootstrap", "--variant=minbase", "--include=adduser,ca-certificates", release_here(), self._folder,
            *([mirror] if mirror else []))
        run("mount", "-t", "proc", "proc", self._folder / "proc")
        self.here("/etc/apt/apt.conf.d/90walk").write_text(
            'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n')
        # There is no systemd in such a root, and no sudo.
        write_shims(self.here(SHIMS), {
            "sudo": 'test "$1" = -u || exit 1\nuser=$2\nshift 2\n'
                    'exec setpriv --reuid "$user" --regid "$user" --clear-groups "$@"\n',
            "systemctl": f'test "$*" = "status waybill" && test -e {UNIT}\n'})

    def here(self, path: str) -> Path:
        """A path of the root, as we see it."""
        return self._folder / path.lstrip("/")

    def seen(self, path: str) -> str:
        """A path of the root, as what runs there sees it."""
        return path

    def _follow(self, block: str, package: Path) -> None:
        """Runs a block of the guide with a package, whatever its version, under the name that stands there."""
        named = PACKAGE_NAME.search(block)
        assert named is not None, block
        place = self.here("/root") / named[1]
        shutil.copy(package, place)
        run("chroot", self._folder, "sh", "-eu", "-c", "cd /root\n" + block,
            environment=self.environment({"PATH": f"{SHIMS}:/usr/sbin:/usr/bin:/sbin:/bin"}))
        place.unlink()

    def install(self, block: str) -> None:
        """By apt, as the block says, which brings what the package depends on."""
        self._follow(block, self._package)
        for path, mode in ((DATA, "waybill 700"), (BACKUPS, "waybill 700"), (SETTINGS, "root 644")):
            assert self._inside("stat", "-c", "%U %a", path).strip() == mode, path
        assert self._inside("getent", "passwd", "waybill").strip().endswith(":/usr/sbin/nologin")
        manual = self.here("/usr/share/man/man1/waybill-serve.1.gz")
        assert manual.exists() or self.here("/etc/dpkg/dpkg.cfg.d/docker").exists(), "no manual"

    def upgrade(self, block: str) -> None:
        """As the block says, by the same files as the next version, over settings that somebody has changed."""
        unpacked = self.here("/tmp/next")
        run("dpkg-deb", "-R", self._package, unpacked)
        control = unpacked / "DEBIAN/control"
        lines = [line + ".1" if line.startswith("Version: ") else line for line in control.read_text().splitlines()]
        control.write_text("\n".join(lines) + "\n")
        run("dpkg-deb", "-b", unpacked, self.here("/tmp/next.deb"))
        settings = self.here(SETTINGS).read_text()
        self._follow(block, self.here("/tmp/next.deb"))
        assert self.here(SETTINGS).read_text() == settings, "the upgrade has touched the settings"

    def remove(self) -> None:
        """What stays, and what goes."""
        self._inside("apt-get", "remove", "-y", "-qq", "waybill")
        assert not self.here("/usr/bin/waybill").exists() and self.here(SETTINGS).exists()
        self._inside("apt-get", "purge", "-y", "-qq", "waybill")
        assert not self.here(SETTINGS).exists(), "purging left the settings"
        assert self.here(DATA + "/waybill.db").exists(), "purging took the events"

    def give_to_service(self, path: Path) -> None:
        """So that the service's user can read it, and nobody else."""
        _, _, user, group, *_ = self._inside("getent", "passwd", "waybill").split(":")
        os.chown(path, int(user), int(group))

    def command(self, *words: str) -> list[str]:
        """A command as the service's user. Each of these becomes the next, so the process is the program's own."""
        return ["chroot", str(self._folder), "setpriv", "--reuid", "waybill", "--regid", "waybill", "--clear-groups",
                "/usr/bin/waybill", *words]

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """What a command is given: nothing of ours."""
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
                **more}

    def close(self) -> None:
        """Leaves nothing."""
        subprocess.run(["umount", self._folder / "proc"], check=False)
        shutil.rmtree(self._folder)

    def _inside(self, *words: str) -> str:
        return run("chroot", self._folder, *words, environment=self.environment({}))


Place = BuildTree | BareRoot
