"""The machine, the versions and the time of a comparison."""

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

from .tools import ROOT


def machine(work):
    cpu = re.search(r"^model name\s*:\s*(.*)$", read("/proc/cpuinfo"), re.M)
    memory = re.search(r"^MemTotal:\s*(\d+) kB", read("/proc/meminfo"), re.M)
    system = re.search(r'^PRETTY_NAME="(.*)"', read("/etc/os-release"), re.M)
    return {
        "cpu": cpu.group(1) if cpu else platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": int(memory.group(1)) * 1024 if memory else None,
        "system": f"{system.group(1) if system else platform.system()}, kernel {platform.release()}",
        "file_system": output(["stat", "-f", "-c", "%T", str(work)]),
    }


def versions(tools):
    packages = dict(
        line.split("==") for line in output([tools.python, "-m", "pip", "list", "--format=freeze"]).splitlines()
        if "==" in line)
    changed = output(["git", "-C", ROOT, "status", "--porcelain", "--untracked-files=no"])
    commit = output(["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"])
    return {
        "refold": output([tools.refold, "--version"]),
        "commit": commit + (", with uncommitted changes" if changed else ""),
        "swift": first_line(["swift", "--version"]),
        "duckdb": packages.get("duckdb"),
        "polars": packages.get("polars"),
        "orjson": packages.get("orjson"),
        "python": output([tools.python, "--version"]).removeprefix("Python "),
        "simdjson": output(["dpkg-query", "-W", "-f=${Version}", "libsimdjson-dev"]),
        "g++": output(["g++", "-dumpfullversion"]),
        "igzip": output(["dpkg-query", "-W", "-f=${Version}", "isal"]),
        "zstd": output(["dpkg-query", "-W", "-f=${Version}", "zstd"]),
        "valgrind": output(["valgrind", "--version"]).removeprefix("valgrind-"),
        "hyperfine": output(["hyperfine", "--version"]).removeprefix("hyperfine "),
    }


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def load():
    """The average number of processes, over a minute, that were running or waiting to run."""
    return round(os.getloadavg()[0], 2)


def read(path):
    return Path(path).read_text(encoding="utf-8") if Path(path).exists() else ""


def output(arguments):
    try:
        result = subprocess.run(
            [str(argument) for argument in arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except FileNotFoundError:
        return ""
    return result.stdout.strip()


def first_line(arguments):
    return (output(arguments).splitlines() or [""])[0]
