"""Everything a comparison runs: built, installed or compiled from a fresh clone."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from .trouble import Trouble, say

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "benchmarks" / "peers"
PACKAGES = ["g++", "hyperfine", "libsimdjson-dev", "zstd", "gzip", "isal", "valgrind", "python3-venv"]


class Tools:
    """The paths of the tools."""

    def __init__(self, work):
        self.work = work
        self.refold = ROOT / ".build" / "release" / "refold"
        self.generate = ROOT / ".build" / "release" / "refold-generate"
        self.floor = work / "floor"
        self.launch = work / "launch"
        self.python = work / "venv" / "bin" / "python"

    def prepare(self, build=True):
        self.work.mkdir(parents=True, exist_ok=True)
        install_packages()
        if build:
            for product in ("refold", "refold-generate"):
                say(f"building {product} (release)")
                call(["swift", "build", "-c", "release", "--static-swift-stdlib", "--product", product], quiet=True)
        for binary in (self.refold, self.generate):
            if not binary.exists():
                raise Trouble(f"{binary} is not there; run without --no-build")
        call(["g++", "-O3", "-std=c++17", "-o", self.floor, PEERS / "floor.cpp", "-lsimdjson"])
        call(["g++", "-O2", "-std=c++17", "-o", self.launch, Path(__file__).with_name("launch.cpp")])
        self.install_peers()

    def install_peers(self):
        requirements = PEERS / "requirements.txt"
        stamp = self.work / "venv" / "requirements.sha256"
        digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
        if stamp.exists() and stamp.read_text() == digest:
            return
        say("installing DuckDB, polars and orjson")
        venv.create(self.work / "venv", with_pip=True, clear=True)
        call([self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements])
        stamp.write_text(digest)


def install_packages():
    """Installs what the build and the peers need: refold's packages through .ci/setup, then those of the benchmarks."""
    if not shutil.which("dpkg-query"):
        missing = [tool for tool in ("g++", "hyperfine", "zstd", "gzip", "igzip", "valgrind") if not shutil.which(tool)]
        if missing:
            raise Trouble(f"install {', '.join(missing)} and simdjson; without apt this script cannot")
        return
    call([ROOT / ".ci" / "setup"])
    missing = [package for package in PACKAGES if not is_installed(package)]
    if missing:
        say(f"installing {', '.join(missing)}")
        sudo = [] if os.geteuid() == 0 else ["sudo"]
        call([*sudo, "apt-get", "update", "-qq"])
        call([*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing])


def is_installed(package):
    query = subprocess.run(
        ["dpkg-query", "-W", "-f=${Status}", package], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return b"install ok installed" in query.stdout


def call(arguments, quiet=False):
    """Runs a step of the preparation. Its output goes to standard error or, if quiet, is shown only when it fails."""
    result = subprocess.run(
        [str(argument) for argument in arguments], cwd=ROOT, text=True,
        stdout=subprocess.PIPE if quiet else sys.stderr, stderr=subprocess.STDOUT if quiet else None)
    if result.returncode != 0:
        if quiet:
            say(result.stdout)
        raise Trouble(f"exit status {result.returncode}: {' '.join(map(str, arguments))}")
