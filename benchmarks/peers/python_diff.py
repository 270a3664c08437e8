"""Compares two NDJSON files of projection rows with the json module and ==, like a script by hand. Names no cause.

usage: python_diff.py A.ndjson B.ndjson
"""

import json
import sys


def rows(path):
    with open(path, "rb") as lines:
        for line in lines:
            row = json.loads(line)
            yield (row["user_id"], row["projection_type"], row["key"]), row["data"]


left = dict(rows(sys.argv[1]))
right = dict(rows(sys.argv[2]))
print(len(left.keys() | right.keys()), sum(left.get(key) != right.get(key) for key in left.keys() | right.keys()))
