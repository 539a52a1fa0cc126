"""Brings the pinned clients and the Node.js they ask for from the npm registry into a folder of the build.

    install.py FOLDER

Does nothing if that folder holds them already. Scripts of the packages are not run; none is needed.
"""

from __future__ import annotations

import fcntl
import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parent
WANTED = ("package.json", "package-lock.json", ".npmrc")


def checksum() -> str:
    """What the folder must have been made from."""
    return hashlib.sha256(b"\0".join((SOURCE / name).read_bytes() for name in WANTED)).hexdigest()


def node_binary(folder: Path) -> Path:
    """The Node.js among what is installed. Of the packages that bring it, one for each kind of processor, npm 9 removes
    the common link in .bin with the one it leaves out."""
    kind = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    return folder / f"node_modules/node-linux-{kind}/bin/node"


def install(folder: Path) -> None:
    """Makes the folder anew, and stamps it when all is there."""
    for name in WANTED:
        shutil.copy(SOURCE / name, folder / name)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"],
                   cwd=folder, check=True)
    subprocess.run([node_binary(folder), "--version"], check=True)


def main() -> int:
    """Installs once, however many builds share the folder."""
    if shutil.which("npm") is None:
        print("npm is missing: ./dev setup test installs it", file=sys.stderr)
        return 1
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / "installed"
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != checksum():
            stamp.unlink(missing_ok=True)
            install(folder)
            stamp.write_text(checksum())
    return 0


if __name__ == "__main__":
    sys.exit(main())
