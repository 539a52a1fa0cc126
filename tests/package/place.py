"""Where the walk goes: a bare Debian root with the package, or a folder with what was just built."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).parents[2]
UNIT = "/usr/lib/systemd/system/waybill.service"
SETTINGS = "/etc/waybill/waybill.toml"
DATA = "/var/lib/waybill"


def run(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


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

    def install(self) -> None:
        """The files of the package, as it has them."""
        for source, target in ((self._binary, "/usr/bin/waybill"), (SOURCE / "packaging/waybill.service", UNIT),
                               (SOURCE / "packaging/waybill.toml", SETTINGS)):
            self.here(target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, self.here(target))
        settings = self.here(SETTINGS)
        settings.write_text(settings.read_text().replace(DATA, self.seen(DATA)))
        for folder in ("/run", "/tmp", DATA):
            self.here(folder).mkdir(parents=True, mode=0o700)

    def upgrade(self) -> None:
        """The program is replaced, as dpkg does it: beside its place, and moved there."""
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


class BareRoot:
    """A new Debian root, in which the package is installed. Wants root, debootstrap and a mirror."""

    def __init__(self, package: Path, mirror: str | None) -> None:
        self._package = package
        self._folder = Path(tempfile.mkdtemp(prefix="waybill-package-", dir="/var/tmp"))
        self._folder.chmod(0o755)
        run("debootstrap", "--variant=minbase", "--include=adduser,ca-certificates", "bookworm", self._folder,
            *([mirror] if mirror else []))
        run("mount", "-t", "proc", "proc", self._folder / "proc")

    def here(self, path: str) -> Path:
        """A path of the root, as we see it."""
        return self._folder / path.lstrip("/")

    def seen(self, path: str) -> str:
        """A path of the root, as what runs there sees it."""
        return path

    def install(self) -> None:
        """By apt, which brings what the package depends on."""
        self._apt_install(self._package)
        for path, mode in ((DATA, "waybill 700"), (SETTINGS, "root 644")):
            assert self._inside("stat", "-c", "%U %a", path).strip() == mode, path
        assert self._inside("getent", "passwd", "waybill").strip().endswith(":/usr/sbin/nologin")
        manual = self.here("/usr/share/man/man1/waybill-serve.1.gz")
        assert manual.exists() or self.here("/etc/dpkg/dpkg.cfg.d/docker").exists(), "no manual"

    def upgrade(self) -> None:
        """By the same files as the next version, over settings that somebody has changed."""
        unpacked = self.here("/tmp/next")
        run("dpkg-deb", "-R", self._package, unpacked)
        control = unpacked / "DEBIAN/control"
        lines = [line + ".1" if line.startswith("Version: ") else line for line in control.read_text().splitlines()]
        control.write_text("\n".join(lines) + "\n")
        run("dpkg-deb", "-b", unpacked, self.here("/tmp/next.deb"))
        settings = self.here(SETTINGS).read_text()
        self._apt_install(self.here("/tmp/next.deb"))
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

    def _apt_install(self, package: Path) -> None:
        place = self.here("/tmp/waybill.deb")
        shutil.copy(package, place)
        self._inside("apt-get", "install", "-y", "-qq", "--no-install-recommends", "/tmp/waybill.deb")
        place.unlink()


Place = BuildTree | BareRoot
