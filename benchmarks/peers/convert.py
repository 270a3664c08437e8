"""Writes the same events as CSV, COPY text and a minimal pg_dump, as psql's \\copy and pg_dump print them.

Arguments: LOG.ndjson OUT.csv OUT.tsv OUT.sql. Reads what refold-generate writes (seven columns in table order, no
spaces between them) and keeps the text of data and metadata byte for byte. Prints {"lines": N}.
"""

import json
import re
import sys

COLUMNS = b"id,user_id,timestamp,event_type,data,metadata,created_at"
# Inside a column, jsonb writes a space after each comma and colon, so `,"metadata":` can only be the column.
LINE = re.compile(
    rb'\{"id":"([^"\\]*)","user_id":"([^"\\]*)","timestamp":"([^"\\]*)","event_type":"([^"\\]*)",'
    rb'"data":(.*),"metadata":(.*),"created_at":"([^"\\]*)"\}\n?'
)
DUMP_HEAD = b"""--
-- PostgreSQL database dump
--

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

--
-- Data for Name: events; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.events (id, user_id, "timestamp", event_type, data, metadata, created_at) FROM stdin;
"""
DUMP_TAIL = b"""\\.


--
-- PostgreSQL database dump complete
--

"""


def instant(text):
    """`2026-01-05T17:30:00+00:00` as PostgreSQL prints it: `2026-01-05 17:30:00+00`."""
    if not text.endswith(b"+00:00"):
        raise ValueError("a timestamp that is not in UTC")
    return text[:10] + b" " + text[11:-3]


def main(log_path, csv_path, copy_path, dump_path):
    lines = 0
    with open(log_path, "rb") as log, open(csv_path, "wb") as csv, open(copy_path, "wb") as copy, open(
        dump_path, "wb"
    ) as dump:
        csv.write(COLUMNS + b"\n")
        dump.write(DUMP_HEAD)
        for line in log:
            match = LINE.fullmatch(line)
            if not match:
                raise ValueError(f"line {lines + 1} is not as refold-generate writes it")
            event, user, timestamp, kind, data, metadata, created = match.groups()
            timestamp, created = instant(timestamp), instant(created)
            quoted = data.replace(b'"', b'""'), metadata.replace(b'"', b'""')
            csv.write(b'%s,%s,%s,%s,"%s","%s",%s\n' % (event, user, timestamp, kind, *quoted, created))
            # JSON cannot contain raw control characters, so only backslashes need escaping.
            row = b"\t".join((event, user, timestamp, kind, data, metadata, created)).replace(b"\\", b"\\\\") + b"\n"
            copy.write(row)
            dump.write(row)
            lines += 1
        dump.write(DUMP_TAIL)
    print(json.dumps({"lines": lines}))


if __name__ == "__main__":
    main(*sys.argv[1:])
