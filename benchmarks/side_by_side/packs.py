"""The packed logs of a comparison, made by the refold that is measured, and the files that go with them."""

import json
import subprocess

from .tools import call
from .trouble import Trouble, say

# Of the large log, this share of the lines comes after the pack was made.
NEW = 100


class Packs:
    """Paths of packed logs, made anew for each comparison."""

    def __init__(self, tools, logs, work):
        self.tools = tools
        self.logs = logs
        self.directory = work / "packs"

    def path(self, name):
        return self.directory / name

    def make(self, large):
        self.directory.mkdir(parents=True, exist_ok=True)
        for path in self.directory.iterdir():
            path.unlink()
        self.pack("shuffled.refold", self.logs.path("shuffled.ndjson"), "users.ndjson")
        self.user, self.live = self.one_user(self.path("shuffled.refold"))
        if large:
            self.cut_large()
            self.pack("large-old.refold", self.path("large-old.ndjson"), "large-users.ndjson")
            self.path("large-old.ndjson").unlink()
            self.pack("large.refold", self.logs.path("large.ndjson"), "large-users.ndjson")
            self.user, self.live = self.one_user(self.path("large.refold"))

    def pack(self, name, log, users):
        say(f"packing {name}")
        call([self.tools.refold, "pack", log, "--users", self.logs.path(users), "-o", self.path(name), "--quiet"], quiet=True)

    def cut_large(self):
        """The large log in two: all but the last hundredth of its lines, and that."""
        lines = self.logs.lines["large.ndjson"]
        self.new_lines = lines // NEW
        with open(self.logs.path("large.ndjson"), "rb") as log, open(self.path("large-old.ndjson"), "wb") as old:
            for _ in range(lines - self.new_lines):
                old.write(log.readline())
            with open(self.path("large-new.ndjson"), "wb") as new:
                for line in log:
                    new.write(line)

    def one_user(self, pack):
        """A user, and a live export of the user's rows with one difference."""
        with open(self.logs.path("shuffled.ndjson" if pack.name == "shuffled.refold" else "large.ndjson")) as log:
            user = json.loads(log.readline())["user_id"]
        snapshot = self.path("one.sqlite")
        call([self.tools.refold, "rebuild", pack, "--user", user, "-o", snapshot, "--force", "--quiet"], quiet=True)
        shown = subprocess.run(
            [self.tools.refold, "show", snapshot, user, "--json"], check=True, capture_output=True, text=True).stdout
        rows = json.loads(shown)
        live = self.path("live.ndjson")
        with open(live, "w") as file:
            for number, row in enumerate(rows):
                data = dict(row["data"], benchmark=1) if number == 0 else row["data"]
                file.write(json.dumps({
                    "id": f"00000000-0000-4000-8000-{number:012}", "user_id": user,
                    "projection_type": row["projection_type"], "key": row["key"], "data": data, "version": 1,
                    "last_event_id": None, "created_at": "2030-01-01T00:00:00Z", "updated_at": "2030-01-01T00:00:00Z",
                }) + "\n")
        if not rows:
            raise Trouble(f"{pack} has no rows of user {user}")
        return user, live
