#!/usr/bin/env python3
"""Makes waybill-<version>-linux-<arch>.tar.gz of what `./dev package` has built: tools/tarball.py FOLDER

The program, stripped, with its licence, README, manual pages and the shells' completions, for systems without dpkg. Two
runs over the same files give the same bytes.
"""

from __future__ import annotations

import gzip
import io
import platform
import re
import subprocess
import sys
import tarfile
from pathlib import Path

SOURCE = Path(__file__).absolute().parents[1]


def add(archive: tarfile.TarFile, name: str, data: bytes, mode: int) -> None:
    """A file, of root, of no time."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.uname, entry.gname = len(data), mode, "root", "root"
    archive.addfile(entry, io.BytesIO(data))


def files_of(folder: Path) -> list[tuple[str, Path]]:
    """What goes in beside the program."""
    texts = folder / "package-texts"
    files = [("LICENSE", SOURCE / "LICENSE"), ("README.md", SOURCE / "README.md"),
             ("completions/waybill.bash", texts / "waybill.bash"), ("completions/_waybill", texts / "_waybill"),
             ("completions/waybill.fish", texts / "waybill.fish")]
    return files + [(f"man/man1/{page.name}", page) for page in sorted((texts / "man1").iterdir())]


def main() -> int:
    """The archive."""
    folder = Path(sys.argv[1])
    said = subprocess.run([folder / "waybill", "version"], capture_output=True, text=True, check=True).stdout
    version = re.match(r"waybill (\S+)", said)
    assert version is not None, said
    arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    name = f"waybill-{version[1]}-linux-{arch}"
    stripped = folder / "waybill.stripped"
    subprocess.run(["strip", "--strip-unneeded", "-o", stripped, folder / "waybill"], check=True)
    with gzip.GzipFile(folder / f"{name}.tar.gz", "wb", mtime=0) as compressed, \
            tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        add(archive, f"{name}/waybill", stripped.read_bytes(), 0o755)
        for inside, path in files_of(folder):
            add(archive, f"{name}/{inside}", path.read_bytes(), 0o644)
    stripped.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
