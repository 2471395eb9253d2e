"""Builds the packages beside this file as their authors would, and installs them into a folder of their own."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

EXAMPLE = "tintype_example"
HOSTILE = "tintype_hostile"
_HERE = Path(__file__).parent


def install(folder: Path, *packages: str) -> Path:
    """Build a wheel of each and lay what is in it into ``folder / "site"``, for ``PYTHONPATH``; return that."""
    site, wheels = folder / "site", folder / "wheels"
    for package in packages:
        # Not pip: it may be missing here, and would look around in the network.
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
        subprocess.run(build, cwd=_HERE / package, check=True, stdout=subprocess.DEVNULL)
    for wheel in wheels.iterdir():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    return site


def with_version(site: Path, package: str, version: str) -> None:
    """Have an installed package be of another version, as after an upgrade."""
    (info,) = site.glob(f"{package}-*.dist-info")
    metadata = info / "METADATA"
    lines = metadata.read_text(encoding="utf-8").splitlines()
    changed = [f"Version: {version}" if line.startswith("Version: ") else line for line in lines]
    metadata.write_text("\n".join(changed) + "\n", encoding="utf-8")
    info.rename(site / f"{package}-{version}.dist-info")
