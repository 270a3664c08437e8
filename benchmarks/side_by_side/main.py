"""Arguments → tools, logs, rounds → tables. Exit status: 0 if every `must` is met, 1 if not, 2 for trouble."""

import argparse
import json
import subprocess
from pathlib import Path

from . import machine, report, rows
from .cases import cases, small_cases
from .instructions import count_instructions
from .logs import FULL, QUICK, Logs
from .measure import launcher, measure, verify
from .packs import Packs
from .tools import ROOT, Tools, call
from .trouble import Trouble, say

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
LARGE_BYTES = 5_700_000_000


def main():
    arguments = parse()
    try:
        return compare(arguments)
    except Trouble as trouble:
        say(f"compare: {trouble}")
    except (OSError, subprocess.SubprocessError) as error:
        say(f"compare: {error}")
    return 2


def parse():
    parser = argparse.ArgumentParser(
        prog="benchmarks/compare", description="Runs refold and its peers side by side over the same generated logs.",
        epilog="Exit status: 0 every must of the table met, 1 not every one, 2 trouble.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds; every process once in each (default: 5)")
    parser.add_argument("--quick", action="store_true", help="tiny logs: tries the script, measures nothing")
    parser.add_argument("--no-large", action="store_true", help="leave the log of 5.6 GB out")
    parser.add_argument(
        "--spark", action="store_true", help="a row for Spark too, by benchmarks/spark (fetches PySpark, 450 MB)")
    parser.add_argument("--no-build", action="store_true", help="take refold and refold-generate as they are built")
    parser.add_argument("--json", metavar="FILE", help="write everything as JSON, each round's figures included")
    parser.add_argument(
        "--write", nargs="?", const=str(RESULTS), metavar="FILE",
        help="write the tables to benchmarks/RESULTS.md or FILE; its notes stay")
    parser.add_argument(
        "--work", default=str(ROOT / "benchmarks" / ".work"), metavar="DIR", help="where logs, tools and snapshots go")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: at least 1")
    if arguments.quick and arguments.write and Path(arguments.write).resolve() == RESULTS:
        parser.error("--quick measures nothing: name another file for --write")
    return arguments


def compare(arguments):
    work = Path(arguments.work).resolve()
    load_before = machine.load()
    tools = Tools(work)
    tools.prepare(build=not arguments.no_build)
    logs = Logs(work / ("quick" if arguments.quick else "logs"), tools, QUICK if arguments.quick else FULL)
    large, why = wants_large(arguments, logs)
    logs.make(large)
    packs = Packs(tools, logs, work)
    packs.make(large)

    load_before = machine.load() if arguments.no_build else load_before
    if load_before > 0.5 and not arguments.quick:
        say(f"the machine is not quiet: load {load_before}")
    snapshot = work / "snapshot.sqlite"
    small_runs = 3 if arguments.quick else 10
    starter = launcher(tools, work)
    measured = measure(
        cases(tools, logs, packs, snapshot, large), small_cases(tools, logs, packs, snapshot, large), arguments.rounds, starter, small_runs)
    verify(tools, logs, starter, measured, snapshot)
    snapshot.unlink(missing_ok=True)
    instructions = count_instructions(tools, logs, starter, work)
    spark = measure_spark(logs.path("shuffled.ndjson"), arguments.rounds, work) if arguments.spark else []

    result = {
        "mode": "Tiny logs (--quick): tries the script, says nothing of speed." if arguments.quick else "",
        "date": machine.now(), "rounds": arguments.rounds, "load_before": load_before, "large": why,
        "machine": machine.machine(work), "versions": machine.versions(tools),
        "log": {"events": logs.lines["shuffled.ndjson"], "bytes": logs.path("shuffled.ndjson").stat().st_size},
        "targets": rows.targets(measured, instructions, large) + rows.packs(measured, logs, large),
        "informative": rows.informative(measured, instructions) + spark,
        "digests": measured.checks.summary(),
    }
    text = report.markdown(result, measured)
    print(text)
    if arguments.json:
        write_json(Path(arguments.json), result, measured)
    if arguments.write:
        path = Path(arguments.write)
        path.write_text(report.with_notes(text, path.read_text() if path.exists() else ""))
    return 0 if all(row.meets_must for row in result["targets"]) else 1


def measure_spark(log, rounds, work):
    """Compares Spark with refold alone, in separate interleaved rounds. Each checks that the snapshots are equal."""
    call([ROOT / ".ci" / "setup", "tests"])
    figures = work / "spark.json"
    call([ROOT / "benchmarks" / "spark", "--rounds", rounds, "--log", log, "--json", figures], quiet=True)
    figures = json.loads(figures.read_text())
    pairs = zip(figures["Spark"], figures["two threads"])
    return [rows.ratio("Spark local[2], the same rebuild ÷ complete rebuild", [a["seconds"] / b["seconds"] for a, b in pairs])]


def wants_large(arguments, logs):
    """Whether the tenfold log is measured, and the reason if not."""
    if arguments.no_large:
        return False, "The tenfold log was left out (`--no-large`)."
    if not arguments.quick and not logs.has_room_for_large(LARGE_BYTES):
        return False, "The tenfold log was left out: not enough disk."
    return True, ""


def write_json(path, result, measured):
    plain = dict(result)
    for table in ("targets", "informative"):
        plain[table] = [row.figures() for row in result[table]]
    plain["processes"] = {name: [run.figures() for run in runs] for name, runs in measured.runs.items()}
    plain["small_log_seconds"] = measured.small
    path.write_text(json.dumps(plain, indent=2, ensure_ascii=False) + "\n")
