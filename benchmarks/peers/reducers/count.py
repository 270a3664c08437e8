"""A trivial reducer: parses the question and counts the events of each type."""

import json
import sys
from collections import Counter

for line in sys.stdin:
    user = json.loads(line)
    counts = Counter(event["event_type"] for event in user["events"])
    rows = [{"projection_type": "event_counts", "key": "all", "data": counts, "last_event_id": None}] if counts else []
    print(json.dumps({"user_id": user["user_id"], "rows": rows, "failures": []}), flush=True)
