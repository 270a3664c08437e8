"""The logs of the benchmarks: generated, converted and compressed once, and kept between comparisons."""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .tools import PEERS, ROOT, call
from .trouble import Trouble, say

# Fast and common for exports: unpacking has more bytes to read than after gzip -6.
GZIP = ["gzip", "-1"]
SHARDS = 8


@dataclass(frozen=True)
class Sizes:
    """How large the logs are."""

    users: int
    factor: int
    heavy_users: int
    heavy_events: int
    small_events: int
    # Logs whose instructions are counted.
    counted_users: int = 120
    start_events: int = 50


FULL = Sizes(users=6000, factor=10, heavy_users=600, heavy_events=2_000_000, small_events=1000)
QUICK = Sizes(users=60, factor=10, heavy_users=6, heavy_events=20_000, small_events=1000)


class Logs:
    """Paths of the logs, and how many lines each has."""

    def __init__(self, directory, tools, sizes):
        self.directory = directory
        self.tools = tools
        self.sizes = sizes
        self.lines = {}
        directory.mkdir(parents=True, exist_ok=True)

    def path(self, name):
        return self.directory / name

    def make(self, large):
        sizes = self.sizes
        users = ["--users", sizes.users, "--seed", 1]
        for order in ("user", "created", "shuffled"):
            self.generate(f"{order}.ndjson", [*users, "--order", order], users_file="users.ndjson")
        for style in ("compact", "mixed"):
            self.generate(f"{style}.ndjson", [*users, "--order", "shuffled", "--style", style])
        self.convert()
        self.pack()
        self.pack_shards()
        self.head("small.ndjson", "user.ndjson", sizes.small_events)
        self.head("scattered.ndjson", "shuffled.ndjson", sizes.small_events)
        # Two logs that differ by events alone: what a start costs drops out of the difference.
        self.generate("counted.ndjson", ["--users", sizes.counted_users, "--seed", 1, "--order", "shuffled"])
        self.head("start.ndjson", "counted.ndjson", sizes.start_events)
        self.generate("heavy.ndjson", [
            "--users", sizes.heavy_users, "--seed", 1, "--heavy-user", sizes.heavy_events, "--order", "shuffled"])
        if large:
            self.generate(
                "large.ndjson", ["--users", sizes.users * sizes.factor, "--seed", 1, "--order", "shuffled"],
                users_file="large-users.ndjson")
        os.sync()

    def generate(self, name, arguments, users_file=None):
        if users_file:
            arguments = [*arguments, "--users-file", self.path(users_file)]
        arguments = [str(argument) for argument in arguments]
        with Made(self.path(name), [generator_digest(), *arguments]) as made:
            if made.needed:
                say(f"generating {name}")
                temporary = dict(os.environ, TMPDIR=str(self.directory))
                subprocess.run(
                    [self.tools.generate, *arguments, "-o", self.path(name)], check=True, env=temporary,
                    stdout=subprocess.DEVNULL)
                made.lines = count_lines(self.path(name))
            self.lines[name] = made.lines

    def head(self, name, of, lines):
        """The first lines of another log."""
        with Made(self.path(name), [generator_digest(), of, lines, str(self.sizes)]) as made:
            if made.needed:
                with open(self.path(of), "rb") as log, open(self.path(name), "wb") as head:
                    for _ in range(lines):
                        head.write(log.readline())
                made.lines = lines
            self.lines[name] = made.lines

    def convert(self):
        """The shuffled log in the other forms refold reads."""
        converter = hashlib.sha256((PEERS / "convert.py").read_bytes()).hexdigest()
        forms = [self.path(f"shuffled.{form}") for form in ("csv", "tsv", "sql")]
        with Made(forms[-1], [generator_digest(), converter, str(self.sizes)]) as made:
            if made.needed:
                say("converting to CSV, COPY text and pg_dump")
                call([self.tools.python, PEERS / "convert.py", self.path("shuffled.ndjson"), *forms], quiet=True)
                made.lines = self.lines["shuffled.ndjson"]

    def pack(self):
        """The shuffled log, compressed."""
        for ending, packer in (("gz", [*GZIP, "-c"]), ("zst", ["zstd", "-3", "-q", "-c"])):
            with Made(self.path(f"shuffled.ndjson.{ending}"), [generator_digest(), *packer, str(self.sizes)]) as made:
                if made.needed:
                    say(f"packing as {ending}")
                    with open(made.path, "wb") as packed:
                        subprocess.run([*packer, self.path("shuffled.ndjson")], check=True, stdout=packed)
                    made.lines = self.lines["shuffled.ndjson"]

    def shards(self):
        return [self.path(f"shuffled.{number}.ndjson.gz") for number in range(SHARDS)]

    def pack_shards(self):
        """The shuffled log in pieces of about the same size, cut at ends of lines, each compressed."""
        shards = self.shards()
        log = self.path("shuffled.ndjson")
        with Made(shards[-1], [generator_digest(), *GZIP, SHARDS, str(self.sizes)]) as made:
            if made.needed:
                say(f"packing as {SHARDS} gz shards")
                size = log.stat().st_size
                with open(log, "rb") as lines:
                    for number, shard in enumerate(shards, start=1):
                        with open(shard, "wb") as packed:
                            packer = subprocess.Popen([*GZIP, "-c"], stdin=subprocess.PIPE, stdout=packed)
                            while (left := size * number // SHARDS - lines.tell()) > 0:
                                packer.stdin.writelines(lines.readlines(min(left, 1 << 20)))
                            packer.stdin.close()
                            if packer.wait() != 0:
                                raise Trouble(f"{' '.join(GZIP)} failed for {shard}")
                made.lines = self.lines["shuffled.ndjson"]

    def has_room_for_large(self, large_bytes):
        """Whether the disk has room for the large log, for sorting it, spilling its events and writing its snapshot."""
        if self.path("large.ndjson").exists():
            return shutil.disk_usage(self.directory).free > 2 * large_bytes
        return shutil.disk_usage(self.directory).free > 3 * large_bytes


class Made:
    """A file and a note of what it was made from. It is made again only if that changed."""

    def __init__(self, path, recipe):
        self.path = path
        self.note = Path(f"{path}.made")
        self.recipe = recipe
        self.lines = 0

    def __enter__(self):
        note = json.loads(self.note.read_text()) if self.note.exists() and self.path.exists() else {}
        self.needed = note.get("recipe") != self.recipe or note.get("bytes") != self.path.stat().st_size
        self.lines = note.get("lines", 0)
        if self.needed:
            self.note.unlink(missing_ok=True)
            self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, error, *_):
        if error is None and self.needed:
            self.note.write_text(
                json.dumps({"recipe": self.recipe, "bytes": self.path.stat().st_size, "lines": self.lines}))


def generator_digest():
    digest = hashlib.sha256()
    for source in sorted((ROOT / "Sources" / "refold-generate").glob("*.swift")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def count_lines(path):
    lines = 0
    with open(path, "rb", buffering=0) as file:
        while block := file.read(8 << 20):
            lines += block.count(b"\n")
    return lines
