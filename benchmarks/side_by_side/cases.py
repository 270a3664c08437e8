"""The processes of each round: refold over each log, each peer, and what unpacks compressed logs."""

from dataclasses import dataclass
from pathlib import Path

from .tools import PEERS

# Unpacks files, two at a time: refold has two threads too. Its processor time is that of all processes.
IGZIP_BY_TWO = ["sh", "-c", 'printf "%s\\0" "$@" | xargs -0 -P 2 -n 1 igzip -d -c', "igzip"]


@dataclass
class Case:
    """A process over logs with this many lines in all."""

    name: str
    arguments: list
    logs: list
    lines: int
    is_refold: bool = False
    # Whether the process prints a JSON object. Otherwise it prints a log, which is thrown away.
    has_output: bool = True
    # Whether the process packs a log: it counts records, and makes no snapshot.
    is_pack: bool = False
    # Cases with the same label fold the same events, so their digests must be equal.
    same_events: str = ""
    # The file that the process makes. It must not exist before the process starts.
    output: Path | None = None
    # The file to which a reducer program of the case appends its processor time.
    program_seconds: Path | None = None


def cases(tools, logs, packs, output, large):
    """The cases in running order. refold and the peers that it is compared with are next to each other."""
    made = []

    def refold(name, log, same_events, threads=2, lines=None, users="users.ndjson", program=None):
        paths = [logs.path(log)] if isinstance(log, str) else log
        arguments = [str(tools.refold), "rebuild", *map(str, paths)]
        if users:
            arguments += ["--users", str(logs.path(users))]
        arguments += ["-o", str(output), "--force", "--quiet", "--json", "--threads", str(threads)]
        seconds = None
        if program:
            arguments += ["--reducers", str(PEERS / "reducers" / program)]
            seconds = output.with_suffix(".seconds")
        made.append(
            Case(name, arguments, paths, lines or logs.lines[log], True, same_events=same_events, output=output,
                 program_seconds=seconds))

    def peer(name, script, *arguments, log="shuffled.ndjson"):
        path = logs.path(log)
        command = [str(tools.python), str(PEERS / script), str(path), *arguments]
        made.append(Case(name, command, [path], logs.lines[log]))

    def unpacker(name, command, paths):
        made.append(Case(name, [*command, *map(str, paths)], paths, logs.lines["shuffled.ndjson"], has_output=False))

    def pack(name, paths, lines, users, same_events):
        arguments = [str(tools.refold), "pack", *map(str, paths)]
        if users:
            arguments += ["--users", str(logs.path(users))]
        made_pack = output.with_suffix(".refold")
        arguments += ["-o", str(made_pack), "--force", "--quiet", "--json", "--threads", "2"]
        made.append(Case(name, arguments, paths, lines, is_pack=True, same_events=same_events, output=made_pack))

    lines = logs.lines["shuffled.ndjson"]
    refold("refold shuffled", "shuffled.ndjson", "1×")
    peer("DuckDB count", "duckdb_count.py", "2")
    refold("refold from a pack", [packs.path("shuffled.refold")], "1×", lines=lines, users=None)
    pack("refold pack", [logs.path("shuffled.ndjson")], lines, "users.ndjson", "1×")
    floor_log = logs.path("shuffled.ndjson")
    made.append(Case("simdjson floor", [str(tools.floor), str(floor_log)], [floor_log], lines))
    # The same events in other texts.
    refold("refold compact", "compact.ndjson", "1×")
    peer("DuckDB count, compact", "duckdb_count.py", "2", log="compact.ndjson")
    refold("refold mixed", "mixed.ndjson", "1×")
    peer("DuckDB count, mixed", "duckdb_count.py", "2", log="mixed.ndjson")
    refold("refold NDJSON gz", "shuffled.ndjson.gz", "1×", lines=lines)
    unpacker("igzip", ["igzip", "-d", "-c"], [logs.path("shuffled.ndjson.gz")])
    refold("refold NDJSON zst", "shuffled.ndjson.zst", "1×", lines=lines)
    unpacker("zstd", ["zstd", "-d", "-c", "-q"], [logs.path("shuffled.ndjson.zst")])
    refold("refold gz shards", logs.shards(), "1×", lines=lines)
    unpacker("igzip, two at once", IGZIP_BY_TWO, logs.shards())
    refold("refold 1 thread", "shuffled.ndjson", "1×", threads=1)
    refold("refold echoing program", "shuffled.ndjson", "echo", program="echo.json")
    refold("refold counting program", "shuffled.ndjson", "count", program="count.json")
    refold("refold by user", "user.ndjson", "1×")
    refold("refold by created_at", "created.ndjson", "1×")
    refold("refold heavy user", "heavy.ndjson", "heavy user", users=None)
    if large:
        refold("refold 10×", "large.ndjson", "10×", users="large-users.ndjson")
        large_lines = logs.lines["large.ndjson"]
        refold("refold from a pack, 10×", [packs.path("large.refold")], "10×", lines=large_lines, users=None)
        pack("refold pack 10×", [logs.path("large.ndjson")], large_lines, "large-users.ndjson", "10×")
        pack("refold pack 10×, 1 % more", [packs.path("large-old.refold"), packs.path("large-new.ndjson")], large_lines, None,
             "10×")
    refold("refold CSV", "shuffled.csv", "1×", lines=lines)
    refold("refold COPY text", "shuffled.tsv", "1×", lines=lines)
    refold("refold pg_dump", "shuffled.sql", "1×", lines=lines)
    peer("DuckDB count, one column", "duckdb_count.py", "2", "type")
    peer("DuckDB strength", "duckdb_strength.py", "2")
    peer("polars count", "polars_count.py", "2")
    peer("orjson parse", "orjson_parse.py")
    return made


def small_cases(tools, logs, packs, output, large):
    """Processes that are too short to measure in one run: hyperfine runs them several times per round."""
    made = []
    for name, log in (("refold small log", "small.ndjson"), ("refold small log, scattered", "scattered.ndjson")):
        path = logs.path(log)
        arguments = [
            str(tools.refold), "rebuild", str(path), "-o", str(output), "--force", "--quiet", "--json", "--threads", "2"]
        made.append(Case(name, arguments, [path], logs.lines[log], True, same_events=log, output=output))
    pack = packs.path("large.refold" if large else "shuffled.refold")
    refold, user = str(tools.refold), packs.user
    case = output.with_suffix(".case")
    for name, arguments in (
        ("explain from a pack", ["explain", "--log", pack, "--user", user]),
        ("rebuild one user from a pack", ["rebuild", pack, "--user", user, "-o", output, "--force", "--quiet"]),
        ("witness from a pack", [
            "witness", "--log", pack, "--live", packs.live, "--user", user, "-o", case, "--force", "--limit", "1", "--quiet"]),
    ):
        made.append(Case(name, [refold, *map(str, arguments)], [pack], 0, has_output=False))
    return made
