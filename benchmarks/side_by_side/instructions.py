"""Instructions an event, counted by callgrind: a figure that other load on the machine does not change.

It is the difference of two rebuilds on one thread, of a log and of its first lines, divided by the difference of their
events: what the start and the end of the program cost drops out.
"""

import re
from dataclasses import dataclass

from .tools import call
from .trouble import Trouble, say

# SHA-256 of rows and events, and SHA-1 of ids, in whatever version the machine has. valgrind does not know the SHA
# instructions of the processor, so what is counted of them is not what is executed otherwise.
SHA = re.compile(r"sha(1|256)_block")
# "fn=(12) name", or "fn=(12)" if the name is known already.
FUNCTION = re.compile(r"c?fn=\((\d+)\)(?: (.*))?$")


@dataclass
class Instructions:
    """Instructions an event."""

    hashing: float
    rest: float


def count_instructions(tools, logs, launcher, work):
    """Counts the instructions of an event. The profile of the larger log stays, for callgrind_annotate."""
    totals = []
    # valgrind needs the names of functions, and cannot read the rest of the debug information.
    refold = work / "refold-counted"
    call(["strip", "--strip-debug", "-o", refold, tools.refold])
    for name, profile in (("start.ndjson", work / "callgrind.start.out"), ("counted.ndjson", work / "callgrind.out")):
        say(f"counting instructions: {name}")
        snapshot = work / "counted.sqlite"
        arguments = [
            str(refold), "rebuild", str(logs.path(name)), "-o", str(snapshot), "--force", "--quiet", "--json",
            "--threads", "1"]
        valgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={profile}"]
        run = launcher.run([*valgrind, *arguments])
        totals.append((run.output["records"]["folded"], *self_costs(profile)))
        snapshot.unlink(missing_ok=True)
    refold.unlink()
    (few, few_hashing, few_rest), (many, many_hashing, many_rest) = totals
    return Instructions((many_hashing - few_hashing) / (many - few), (many_rest - few_rest) / (many - few))


def self_costs(profile):
    """The instructions of a profile: those of hashing, and all others.

    Lines of costs follow the function whose they are. A line after `calls=` is what the called function cost in all,
    which is not the caller's own.
    """
    names = {}
    hashing = rest = total = 0
    is_hashing = is_call = False
    with open(profile, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line[0] in "+-*0123456789":
                if is_call:
                    is_call = False
                elif is_hashing:
                    hashing += int(line.split()[1])
                else:
                    rest += int(line.split()[1])
            elif line.startswith("calls="):
                is_call = True
            elif match := FUNCTION.match(line):
                number, name = match.groups()
                if name is not None:
                    names[number] = name
                if line.startswith("fn="):
                    is_hashing = SHA.search(names[number]) is not None
            elif line.startswith("totals:"):
                total = int(line.split()[1])
    if hashing + rest != total:
        raise Trouble(f"{profile} has {hashing + rest} instructions in its lines, and a total of {total}")
    if hashing == 0:
        raise Trouble(f"{profile} has no function that hashes: {SHA.pattern} is no longer in their names")
    return hashing, rest
