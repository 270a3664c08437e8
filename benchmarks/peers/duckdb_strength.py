"""DuckDB computes one simplified aggregate of the many that refold makes: per user and exercise, over logged sets, the
number of sets, the best and the mean estimated one-repetition maximum. No corrections, retractions, sessions, coercions,
aliases, order or file. Arguments: LOG THREADS. Prints {"sets": N, "groups": N, "query_seconds": S}.
"""

import json
import sys
import time

import duckdb

connection = duckdb.connect(config={"threads": int(sys.argv[2])})
start = time.perf_counter()
rows = connection.execute(
    """
    with sets as (
      select user_id, data->>'$.exercise_id' as exercise, try_cast(data->>'$.weight_kg' as double) as load,
        try_cast(data->>'$.reps' as double) as reps
      from read_json($log, format = 'newline_delimited', columns = {
        user_id: 'VARCHAR', event_type: 'VARCHAR', data: 'JSON'})
      where event_type = 'set.logged')
    select user_id, exercise, count(*), max(load * (1 + reps / 30)), avg(load * (1 + reps / 30))
    from sets where load is not null and reps is not null group by user_id, exercise
    """,
    {"log": sys.argv[1]},
).fetchall()
seconds = time.perf_counter() - start
print(json.dumps({"sets": sum(row[2] for row in rows), "groups": len(rows), "query_seconds": seconds}))
