"""The comparison as text: tables for the terminal and for benchmarks/RESULTS.md."""

import statistics

from .rows import MIB

NOTES = "## Notes: profile and what paid"
EMPTY_NOTES = f"""{NOTES}

Nothing noted yet.
"""


def markdown(result, measured):
    """Everything except the notes."""
    return "\n".join(
        [
            "# Results", "",
            "Written by `benchmarks/compare --write`, all but the notes at the end. [README.md](README.md) says what the",
            "rows mean.", "",
            *([f"**{result['mode']}**", ""] if result["mode"] else []),
            *machine_lines(result), "",
            "## Targets", "", *target_table(result["targets"]), "",
            *([result["large"], ""] if result["large"] else []),
            "## Beside them", "", *informative_table(result["informative"]), "",
            "## Processes", "", *process_table(measured), "",
            "## Same snapshot", "", *digest_lines(result["digests"]), "",
        ])


def machine_lines(result):
    machine, versions = result["machine"], result["versions"]
    memory = f"{machine['memory_bytes'] / 2**30:.0f} GiB" if machine["memory_bytes"] else "unknown memory"
    return [
        f"- {result['date']}, rounds: {result['rounds']}; load {result['load_before']} before, the minute's average",
        f"- {machine['cpu']}, {machine['cores']} cores, {memory}; {machine['system']}; logs on {machine['file_system']}",
        f"- refold {versions['refold']} ({versions['commit']}), {versions['swift']}",
        f"- DuckDB {versions['duckdb']}, polars {versions['polars']}, orjson {versions['orjson']}, Python {versions['python']}, "
        f"simdjson {versions['simdjson']} (g++ {versions['g++']} -O3), hyperfine {versions['hyperfine']}",
        f"- igzip {versions['igzip']}, zstd {versions['zstd']}, valgrind {versions['valgrind']}",
        f"- the log: {result['log']['events']:,} events, {result['log']['bytes']:,} bytes",
    ]


def target_table(rows):
    lines = ["| measure | this run | rounds | must | aim | met |", "| --- | ---: | --- | ---: | ---: | --- |"]
    for row in rows:
        met = "aim" if row.meets_must and row.meets_aim else "must" if row.meets_must else "**no**"
        aim = row.aim_text or ("–" if row.aim is None else f"≤ {plain(row.aim, row.unit)}")
        lines.append(
            f"| {row.measure} | {figure(row.value, row.unit)} | {spread(row)} | ≤ {plain(row.must, row.unit)} | {aim} | {met} |")
    return lines


def informative_table(rows):
    lines = ["| measure | this run | rounds |", "| --- | ---: | --- |"]
    return lines + [f"| {row.measure} | {figure(row.value, row.unit)} | {spread(row)} |" for row in rows]


def process_table(measured):
    lines = ["| process | wall, s | user, s | system, s | peak, MiB | query alone, s |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for name, runs in measured.runs.items():
        query = [run.output["query_seconds"] for run in runs if "query_seconds" in run.output]
        cells = [
            f"{statistics.median(run.wall for run in runs):.3f}", f"{statistics.median(run.user for run in runs):.2f}",
            f"{statistics.median(run.system for run in runs):.2f}", f"{max(run.peak for run in runs) / MIB:.0f}",
            f"{statistics.median(query):.3f}" if query else "–",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def digest_lines(digests):
    return [
        f"- {entry['events']}: rows `{entry['digest'][:16]}…`, events `{entry['events_digest'][:16]}…` from "
        + ", ".join(entry["runs"]) for entry in digests
    ]


def figure(value, unit):
    return {
        "×": f"{value:.2f}", "MiB": f"{value:.0f} MiB", "ms": f"{value:.1f} ms", "ns an event": f"{value:.0f} ns an event",
        "µs an event": f"{value:.2f} µs an event", "instructions": f"{value:,.0f}",
    }[unit]


def plain(value, unit):
    number = f"{value:,.0f}" if unit == "instructions" else f"{value:g}"
    return number if unit in ("×", "instructions") else f"{number} {unit}"


def spread(row):
    low, high = min(row.rounds), max(row.rounds)
    return figure(low, row.unit) if low == high else f"{figure(low, row.unit)} – {figure(high, row.unit)}"


def with_notes(text, previous):
    """The new results with the notes of the old ones, which are written by hand."""
    at = previous.find(NOTES)
    return text + "\n" + (previous[at:] if at >= 0 else EMPTY_NOTES)
