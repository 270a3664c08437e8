"""Whole processes, measured: wall time, processor time and peak memory through wait4(2)."""

import json
import os
import subprocess
from dataclasses import asdict, dataclass

from .trouble import Trouble


@dataclass
class Run:
    """A finished process. Times are in seconds, memory in bytes."""

    wall: float
    user: float
    system: float
    peak: int
    output: dict
    # Processor time of the reducer programs, which is part of `user` and `system`.
    program: float = 0.0

    @property
    def processor(self):
        return self.user + self.system

    def figures(self):
        figures = asdict(self)
        figures.pop("output")
        for name in ("query_seconds", "performance"):
            if name in self.output:
                figures[name] = self.output[name]
        return figures


class Launcher:
    """Runs processes through launch.cpp, with their outputs in files of the work directory."""

    def __init__(self, tool, work, environment):
        self.tool = str(tool)
        self.usage = work / "usage.json"
        self.output = work / "output.json"
        self.environment = environment

    def run(self, arguments, program_seconds=None, has_output=True):
        """Runs a process that prints one JSON object, or anything if `has_output` is false. Raises Trouble if it fails.

        Reducer programs append their processor time to the file `program_seconds`.
        """
        environment = self.environment
        if program_seconds:
            program_seconds.unlink(missing_ok=True)
            environment = dict(environment, REFOLD_BENCHMARK_SECONDS=str(program_seconds))
        with open(self.output if has_output else os.devnull, "wb") as output:
            subprocess.run([self.tool, str(self.usage), *arguments], stdout=output, env=environment, check=True)
        usage = json.loads(self.usage.read_text())
        if usage["status"] != 0:
            raise Trouble(f"exit status {usage['status']}: {' '.join(arguments)}")
        program = 0.0
        if program_seconds and program_seconds.exists():
            program = sum(float(line) for line in program_seconds.read_text().split())
            program_seconds.unlink()
        output = json.loads(self.output.read_text()) if has_output else {}
        return Run(usage["wall"], usage["user"], usage["system"], usage["peak"], output, program)


def hyperfine(arguments, environment, runs, export_path):
    """The wall times, in seconds, of `runs` runs of a process that is too short to measure in one run."""
    command = " ".join("'" + argument.replace("'", "'\\''") + "'" for argument in arguments)
    subprocess.run(
        ["hyperfine", "--shell=none", "--warmup=2", f"--runs={runs}", "--style=none", f"--export-json={export_path}", command],
        env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(export_path, encoding="utf-8") as export:
        return json.load(export)["results"][0]["times"]


def warm(path):
    """Reads a file once, so that it comes from the page cache."""
    buffer = bytearray(8 << 20)
    with open(path, "rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
