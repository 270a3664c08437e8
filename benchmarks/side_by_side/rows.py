"""The rows of the tables: a figure, its limit (`must`), its goal (`aim`), and whether it meets them."""

import statistics
from dataclasses import dataclass, field

MIB = 1 << 20
# MiB before issue 21, in any order.
PEAK_BEFORE = 65


@dataclass
class Row:
    measure: str
    value: float
    unit: str = "×"
    must: float | None = None
    aim: float | None = None
    # One figure per round.
    rounds: list = field(default_factory=list)
    # The text of the aim if it is not a plain number.
    aim_text: str = ""

    @property
    def meets_must(self):
        return None if self.must is None else self.value <= self.must

    @property
    def meets_aim(self):
        return None if self.aim is None else self.value <= self.aim

    def figures(self):
        return {
            "measure": self.measure, "value": self.value, "unit": self.unit, "rounds": self.rounds, "must": self.must,
            "aim": self.aim, "meets_must": self.meets_must, "meets_aim": self.meets_aim,
        }


def ratio(measure, rounds, must=None, aim=None):
    return Row(measure, statistics.median(rounds), "×", must, aim, rounds)


def counted(measure, value, must=None, aim=None):
    return Row(measure, value, "instructions", must, aim, [value])


def peak(measure, measured, names, must, aim=None, aim_text=""):
    """The highest peak memory of some processes."""
    rounds = [max(run.peak for run in runs) / MIB for runs in zip(*(measured.runs[name] for name in names))]
    return Row(measure, max(rounds), "MiB", must, aim, rounds, aim_text)


def targets(measured, instructions, large):
    """The rows of issue 21 in its order, then those of earlier issues."""
    rows = [
        ratio("rebuild ÷ DuckDB count, postgres style", measured.ratios("refold shuffled", "DuckDB count"), 0.95, 0.7),
        ratio("rebuild ÷ DuckDB count, compact style",
              measured.ratios("refold compact", "DuckDB count, compact"), 1.05, 0.75),
        ratio("rebuild ÷ DuckDB count, mixed", measured.ratios("refold mixed", "DuckDB count, mixed"), 1.05, 0.75),
        ratio("rebuild ÷ simdjson floor, one thread", measured.ratios("refold shuffled", "simdjson floor"), 1.3, 0.9),
    ]
    for measure, name, unpacker in (
        ("gzip: wall ÷ max(igzip alone, (processor time of plain + of igzip) ÷ 2)", "refold NDJSON gz", "igzip"),
        ("zstd: the same with zstd", "refold NDJSON zst", "zstd"),
        ("eight gz shards: the same with two igzip at once", "refold gz shards", "igzip, two at once"),
    ):
        rows.append(ratio(measure, measured.unpacking(name, unpacker, "refold shuffled"), 1.3, 1.15))
    rows.append(counted("instructions an event, without SHA", instructions.rest, 6200, 5000))
    rows.append(peak(
        "peak memory, any order", measured, ["refold by user", "refold by created_at", "refold shuffled"], 128,
        PEAK_BEFORE, f"as before ({PEAK_BEFORE})"))
    if large:
        once = measured.peak("refold shuffled") / MIB
        # Equal within a twentieth: a page more or less is no growth.
        rows.append(
            peak("10× the log: peak memory", measured, ["refold 10×"], 128, once * 1.05, f"as at 1× ({once:.0f})"))
        rows.append(ratio("10× the log: time ÷ time at 1×", measured.ratios("refold 10×", "refold shuffled"), 11, 10))
    rows += [
        small(measured, "1,000 events of ordinary users", "refold small log", 20, 12),
        ratio("2 threads ÷ 1 thread, time", measured.ratios("refold shuffled", "refold 1 thread"), 0.6, 0.55),
        peak("a user with 2 M events among others: peak memory", measured, ["refold heavy user"], 1024, 512),
        program_share(measured),
        program_rate(measured),
    ]
    return rows


def packs(measured, logs, large):
    """The rows of issue 22."""
    size = measured.checks.packed["refold pack"] / logs.path("shuffled.ndjson").stat().st_size
    rows = [
        ratio("rebuild from a pack ÷ DuckDB count of the NDJSON", measured.ratios("refold from a pack", "DuckDB count"),
              0.65, 0.45),
        ratio("pack ÷ rebuild", measured.ratios("refold pack", "refold shuffled"), 1.2),
        Row("size of a pack ÷ NDJSON", size, "×", 0.25, 0.15, [size]),
    ]
    where = "10× log" if large else "log"
    for name in ("explain from a pack", "rebuild one user from a pack", "witness from a pack"):
        rows.append(small(measured, f"{name} of the {where}", name, 60))
    if large:
        rows += [
            ratio("adding 1 % to a pack ÷ packing all, 10×",
                  measured.ratios("refold pack 10×, 1 % more", "refold pack 10×"), 0.5),
            peak("packing, 10×: peak memory", measured, ["refold pack 10×", "refold pack 10×, 1 % more"], 128),
        ]
    return rows


def program_share(measured):
    """refold's own processor time for a reducer program, per event that the program is asked about."""
    rounds = [
        (with_program.user + with_program.system - with_program.program - alone.user - alone.system)
        / with_program.output["records"]["folded"] * 1e9
        for with_program, alone in zip(measured.runs["refold echoing program"], measured.runs["refold shuffled"])]
    return Row("a reducer program: refold's own share", statistics.median(rounds), "ns an event", 600, None, rounds)


def program_rate(measured):
    """Wall time of a rebuild with a trivial Python program that parses every event."""
    rounds = [run.wall / run.output["records"]["folded"] * 1e6 for run in measured.runs["refold counting program"]]
    return Row(
        "a trivial reducer program in Python, 150,000 events/s", statistics.median(rounds), "µs an event", 1 / 0.15, None,
        rounds)


def small(measured, measure, name, must=None, aim=None):
    rounds = [seconds * 1000 for seconds in measured.small[name]]
    return Row(measure, statistics.median(rounds), "ms", must, aim, rounds)


def informative(measured, instructions):
    """Rows without targets: the other peers, DuckDB without its start, the other input forms."""
    rows = [
        ratio("complete rebuild ÷ DuckDB count by type, the query alone",
              measured.ratios("refold shuffled", None, measured.queries("DuckDB count")))]
    for measure, peer in (
        ("DuckDB count by type, reading one column", "DuckDB count, one column"),
        ("DuckDB, a simplified strength aggregate only", "DuckDB strength"),
        ("polars scan_ndjson, count by type", "polars count"),
        ("Python orjson, parse only, one thread", "orjson parse"),
    ):
        rows.append(ratio(f"complete rebuild ÷ {measure}", measured.ratios("refold shuffled", peer)))
    for measure, name in (
        ("ordered by user", "refold by user"), ("ordered by created_at", "refold by created_at"), ("CSV", "refold CSV"),
        ("COPY text", "refold COPY text"), ("plain pg_dump", "refold pg_dump"),
        ("compact style", "refold compact"), ("mixed style", "refold mixed"),
        ("NDJSON, gzip", "refold NDJSON gz"), ("NDJSON, zstd", "refold NDJSON zst"),
        ("NDJSON, eight gz shards", "refold gz shards"),
    ):
        rows.append(ratio(f"input {measure} ÷ shuffled NDJSON", measured.ratios(name, "refold shuffled")))
    rows.append(counted("instructions of SHA an event", instructions.hashing))
    rows.append(small(measured, "small log, its 1,000 events of almost as many users", "refold small log, scattered"))
    return rows
