"""Full join of two NDJSON files of projection rows on their key. Counts rows with different data texts, names no cause.

usage: duckdb_join.py A.ndjson B.ndjson
"""

import sys

import duckdb

COLUMNS = "{user_id: 'VARCHAR', projection_type: 'VARCHAR', key: 'VARCHAR', data: 'JSON'}"

connection = duckdb.connect()
connection.execute("set threads = 2")
print(
    connection.execute(
        f"""
        select count(*) as rows, count(*) filter (a.data::varchar is distinct from b.data::varchar) as different
        from read_json(?, format = 'newline_delimited', columns = {COLUMNS}) a
        full join read_json(?, format = 'newline_delimited', columns = {COLUMNS}) b
        using (user_id, projection_type, key)
        """,
        [sys.argv[1], sys.argv[2]],
    ).fetchone()
)
