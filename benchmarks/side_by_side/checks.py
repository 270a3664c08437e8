"""Checks that every process did its work: it counted all lines, and the same events gave the same snapshot.

A benchmark that skips the work is a defect, so any difference stops the comparison.
"""

import contextlib
import sqlite3

from .trouble import Trouble


class Checks:
    def __init__(self):
        self.digests = {}
        self.of = {}
        # Bytes of packed logs, by case.
        self.packed = {}

    def check(self, case, run):
        if case.is_pack:
            self.check_pack(case, run)
            return
        if not case.is_refold:
            if case.has_output and run.output.get("lines", case.lines) != case.lines:
                raise Trouble(f"{case.name} counted {run.output['lines']} lines of {case.lines}")
            return
        records = run.output["records"]
        if records["total"] != case.lines:
            raise Trouble(f"{case.name} met {records['total']} records of {case.lines}")
        if records["total"] != records["folded"] + records["unread"]:
            raise Trouble(f"{case.name} left out records of a log that has no duplicates and no malformed ones")
        digests = dict(run.output["digests"], **{"events.digest": events_digest(case.output)})
        expected = self.digests.setdefault(case.same_events, digests)
        for name in sorted(expected.keys() | digests.keys()):
            if digests.get(name) != expected.get(name):
                others = ", ".join(sorted(self.of[case.same_events]))
                raise Trouble(f"{case.name} has another {name} than {others}")
        self.of.setdefault(case.same_events, set()).add(case.name)

    def check_pack(self, case, run):
        """A pack has all events of the log, and the digest of a rebuild's manifest."""
        if run.output["events"] != case.lines:
            raise Trouble(f"{case.name} packed {run.output['events']} events of {case.lines}")
        expected = self.digests.get(case.same_events, {}).get("events.digest")
        if run.output["events_digest"] != expected:
            raise Trouble(f"{case.name} has another digest of the events than {case.same_events}")
        self.packed[case.name] = run.output["bytes"]

    def summary(self):
        return [
            {
                "events": events, "digest": digests["digest.snapshot"], "events_digest": digests["events.digest"],
                "runs": sorted(self.of[events]),
            }
            for events, digests in self.digests.items()
        ]


def events_digest(snapshot):
    """The digest of the events that a snapshot was built from."""
    with contextlib.closing(sqlite3.connect(f"file:{snapshot}?mode=ro&immutable=1", uri=True)) as database:
        row = database.execute("SELECT value FROM manifest WHERE key = 'events.digest'").fetchone()
    if row is None:
        raise Trouble(f"{snapshot} has no events.digest")
    return row[0]
