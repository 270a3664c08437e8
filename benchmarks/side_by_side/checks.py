"""Checks that every process did its work: it counted all lines, and the same events gave the same snapshot.

A benchmark that skips the work is a defect, so any difference stops the comparison.
"""

from .trouble import Trouble


class Checks:
    def __init__(self):
        self.digests = {}
        self.of = {}

    def check(self, case, run):
        if not case.is_refold:
            if run.output.get("lines", case.lines) != case.lines:
                raise Trouble(f"{case.name} counted {run.output['lines']} lines of {case.lines}")
            return
        records = run.output["records"]
        if records["total"] != case.lines:
            raise Trouble(f"{case.name} met {records['total']} records of {case.lines}")
        if records["total"] != records["folded"] + records["unread"]:
            raise Trouble(f"{case.name} left out records of a log that has no duplicates and no malformed ones")
        digest = run.output["digests"]["digest.snapshot"]
        expected = self.digests.setdefault(case.same_events, digest)
        if digest != expected:
            others = ", ".join(sorted(self.of[case.same_events]))
            raise Trouble(f"{case.name} has another snapshot digest than {others}")
        self.of.setdefault(case.same_events, set()).add(case.name)

    def summary(self):
        return [
            {"events": events, "digest": digest, "runs": sorted(self.of[events])}
            for events, digest in self.digests.items()
        ]
