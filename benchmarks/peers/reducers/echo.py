"""Answers every user with one fixed row, without parsing the question: what is left is refold's own share.

On its end it appends its processor time in seconds to the file that the environment names, so that the comparison can
take it off refold's.
"""

import os
import resource
import sys

answer = sys.stdout.buffer
for line in sys.stdin.buffer:
    user = line[12:48]
    answer.write(
        b'{"user_id":"' + user + b'","rows":[{"projection_type":"echo","key":"one","data":{"bytes":%d},' % len(line)
        + b'"last_event_id":null}],"failures":[]}\n')
    answer.flush()
usage = resource.getrusage(resource.RUSAGE_SELF)
with open(os.environ["REFOLD_BENCHMARK_SECONDS"], "a") as figures:
    figures.write(f"{usage.ru_utime + usage.ru_stime}\n")
