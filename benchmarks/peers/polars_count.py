"""polars counts the lines by event type. Arguments: LOG THREADS. Prints {"lines": N, "query_seconds": S}."""

import json
import os
import sys
import time

os.environ["POLARS_MAX_THREADS"] = sys.argv[2]

import polars  # noqa: E402  polars reads the number of threads once, on import.

start = time.perf_counter()
counts = (
    polars.scan_ndjson(sys.argv[1], schema={"event_type": polars.String})
    .group_by("event_type")
    .agg(polars.len())
    .collect(engine="streaming")
)
seconds = time.perf_counter() - start
print(json.dumps({"lines": counts["len"].sum(), "query_seconds": seconds}))
