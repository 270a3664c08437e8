"""The rounds: each runs every case once, one by one, so that other load on the machine affects all cases alike."""

import os
import shutil
import statistics

from .cases import Case
from .checks import Checks
from .process import Launcher, hyperfine, warm
from .tools import call
from .trouble import say


class Measured:
    """The figures by case, one per round."""

    def __init__(self):
        self.runs = {}
        self.small = {}
        self.checks = Checks()

    def walls(self, name):
        return [run.wall for run in self.runs[name]]

    def unpacking(self, name, unpacker, plain):
        """The wall time of a rebuild from a compressed log, divided by the least that it could take on two processors.

        That is the time of unpacking alone, or half of all work: that of unpacking and that of a rebuild of the plain
        log.
        """
        return [
            run.wall / max(alone.wall, (without.processor + alone.processor) / 2)
            for run, alone, without in zip(self.runs[name], self.runs[unpacker], self.runs[plain])]

    def peak(self, name):
        """The highest peak memory of all rounds, in bytes."""
        return max(run.peak for run in self.runs[name])

    def queries(self, name):
        return [run.output["query_seconds"] for run in self.runs[name]]

    def ratios(self, name, other, other_seconds=None):
        """The wall time of `name` divided by that of `other`, for each round."""
        return [a / b for a, b in zip(self.walls(name), other_seconds or self.walls(other))]


def launcher(tools, work):
    """A launcher that gives processes their own TMPDIR, on the disk of the logs and empty at first."""
    temporary = work / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    return Launcher(tools.launch, work, dict(os.environ, TMPDIR=str(temporary)))


def measure(cases, small_cases, rounds, launcher, small_runs):
    """Runs everything. Each of `cases` starts with its log in the page cache and without pending writes to the disk."""
    measured = Measured()
    for number in range(1, rounds + 1):
        for case in cases:
            if case.output:
                case.output.unlink(missing_ok=True)
            for log in case.logs:
                warm(log)
            os.sync()
            result = launcher.run(case.arguments, case.program_seconds, case.has_output)
            measured.checks.check(case, result)
            measured.runs.setdefault(case.name, []).append(result)
            say(f"round {number}/{rounds}: {case.name}: {result.wall:.2f} s, {result.peak / 2**20:.0f} MiB")
        for case in small_cases:
            result = launcher.run(case.arguments, has_output=case.has_output)
            measured.checks.check(case, result)
            measured.runs.setdefault(case.name, []).append(result)
            times = hyperfine(case.arguments, launcher.environment, small_runs, launcher.output)
            measured.small.setdefault(case.name, []).append(statistics.median(times))
            say(f"round {number}/{rounds}: {case.name}: {measured.small[case.name][-1] * 1000:.1f} ms")
    return measured


def verify(tools, logs, launcher, measured, snapshot):
    """Runs without a figure, as checks: the same snapshot with other threads and memory, and from its own rows."""
    path = logs.path("shuffled.ndjson")
    for memory, threads in (("8M", "3"), ("1G", "1")):
        arguments = [
            str(tools.refold), "rebuild", str(path), "--users", str(logs.path("users.ndjson")), "-o", str(snapshot),
            "--force", "--quiet", "--json", "--threads", threads, "--memory", memory]
        case = Case(
            f"refold --memory {memory} --threads {threads}", arguments, [path], logs.lines[path.name], True,
            same_events="1×", output=snapshot)
        measured.checks.check(case, launcher.run(arguments))
    # Recomputes every digest from the rows that were written, and fails if the manifest has others.
    call([tools.refold, "digest", snapshot], quiet=True)
