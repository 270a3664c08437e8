"""The rounds: every case once a round, one after the other, so that what the machine does meanwhile meets all alike."""

import os
import shutil
import statistics

from .cases import Case
from .checks import Checks
from .process import Launcher, hyperfine, warm
from .tools import call
from .trouble import say


class Measured:
    """By case, one figure a round."""

    def __init__(self):
        self.runs = {}
        self.small = {}
        self.checks = Checks()

    def walls(self, name):
        return [run.wall for run in self.runs[name]]

    def peak(self, name):
        """The highest of all rounds, in bytes."""
        return max(run.peak for run in self.runs[name])

    def queries(self, name):
        return [run.output["query_seconds"] for run in self.runs[name]]

    def ratios(self, name, other, other_seconds=None):
        """Wall time of one over that of the other, round by round."""
        return [a / b for a, b in zip(self.walls(name), other_seconds or self.walls(other))]


def launcher(tools, work):
    """Processes get a TMPDIR of their own on the disk of the logs, empty at first."""
    temporary = work / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    return Launcher(tools.launch, work, dict(os.environ, TMPDIR=str(temporary)))


def measure(cases, small_cases, rounds, launcher, small_runs):
    """Runs everything; each process finds its log in the page cache and nothing waiting to be written back."""
    measured = Measured()
    for number in range(1, rounds + 1):
        for case in cases:
            if case.output:
                case.output.unlink(missing_ok=True)
            warm(case.log)
            os.sync()
            result = launcher.run(case.arguments)
            measured.checks.check(case, result)
            measured.runs.setdefault(case.name, []).append(result)
            say(f"round {number}/{rounds}: {case.name}: {result.wall:.2f} s, {result.peak / 2**20:.0f} MiB")
        for case in small_cases:
            result = launcher.run(case.arguments)
            measured.checks.check(case, result)
            measured.runs.setdefault(case.name, []).append(result)
            times = hyperfine(case.arguments, launcher.environment, small_runs, launcher.output)
            measured.small.setdefault(case.name, []).append(statistics.median(times))
            say(f"round {number}/{rounds}: {case.name}: {measured.small[case.name][-1] * 1000:.1f} ms")
    return measured


def verify(tools, logs, launcher, measured, snapshot):
    """Runs that no figure is taken from: the same snapshot with other threads and memory, and from its own rows."""
    path = logs.path("shuffled.ndjson")
    for memory, threads in (("8M", "3"), ("1G", "1")):
        arguments = [
            str(tools.refold), "rebuild", str(path), "--users", str(logs.path("users.ndjson")), "-o", str(snapshot),
            "--force", "--quiet", "--json", "--threads", threads, "--memory", memory]
        case = Case(f"refold --memory {memory} --threads {threads}", arguments, path, logs.lines[path.name], True, "1×")
        measured.checks.check(case, launcher.run(arguments))
    # Recomputes every digest from the rows that were written; fails where the manifest has others.
    call([tools.refold, "digest", snapshot], quiet=True)
