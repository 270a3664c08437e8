"""DuckDB counts the lines by event type. Arguments: LOG THREADS [all|type]. Prints {"lines": N, "query_seconds": S}.

`all` (the default) names all seven columns of the table, `type` only the one that it counts by.
"""

import json
import sys
import time

import duckdb

log, threads = sys.argv[1], int(sys.argv[2])
columns = {"event_type": "VARCHAR"}
if sys.argv[3:] != ["type"]:
    columns = {
        "id": "VARCHAR", "user_id": "VARCHAR", "timestamp": "VARCHAR", "event_type": "VARCHAR", "data": "JSON",
        "metadata": "JSON", "created_at": "VARCHAR",
    }
connection = duckdb.connect(config={"threads": threads})
start = time.perf_counter()
rows = connection.execute(
    "select event_type, count(*) from read_json($log, format = 'newline_delimited', columns = "
    + "{" + ", ".join(f"{name}: '{kind}'" for name, kind in columns.items()) + "}) group by event_type",
    {"log": log},
).fetchall()
seconds = time.perf_counter() - start
print(json.dumps({"lines": sum(row[1] for row in rows), "query_seconds": seconds}))
