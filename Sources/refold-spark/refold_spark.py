#!/usr/bin/env python3
"""Rebuilds projections on Spark: refold folds inside Spark's tasks, and the result has the bytes of a single run.

    refold_spark.py 's3a://logs/events/*.ndjson' --users s3a://logs/users.parquet \\
        --as-of 2026-02-22T00:00:00Z --partitions 2000 -o snapshot.sqlite

log -> records -> `refold pack --split` in each task -> shuffle of packed pieces by partition -> `refold fold` for each
partition -> partial snapshots -> `refold merge`, a directory of parts, or Parquet. Records reach refold as text: Spark
never parses a number. With --diff, each partition is also compared with its live rows, and the reports are added up:

    refold_spark.py 's3a://logs/events/*.ndjson.gz' --as-of 2026-02-22T00:00:00Z --diff s3a://logs/projections.csv \\
        --differences s3a://logs/differences

See the pages Partitions and Spark of refold's documentation.

Needs Spark 4.1 or newer with pyarrow (pip install 'pyspark[sql]'), Java 17, and the refold binary. Exit status: 0 done,
or nothing unacceptable; 1 differences (--diff); 2 trouble.
"""
import argparse
import contextlib
import glob
import io
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time

COLUMNS = ("id", "user_id", "timestamp", "event_type", "data", "metadata", "created_at")
OPTIONAL_COLUMNS = ("created_at",)
LIVE_COLUMNS = (
    "id", "user_id", "projection_type", "key", "data", "version", "last_event_id", "created_at", "updated_at")
OPTIONAL_LIVE_COLUMNS = ("id", "version", "last_event_id", "created_at", "updated_at")
# Columns in which replication tools mark rows as deleted.
MARKS = ("_fivetran_deleted", "_ab_cdc_deleted_at", "__deleted", "is_deleted", "deleted_at", "op")
TABLES = {
    "projections": ("id string, user_id string, projection_type string, key string, data string, version bigint, "
                    "last_event_id string, created_at string, updated_at string"),
    "failures": "user_id string, projection_type string, code string, event_id string, detail string",
    "users": "id string, source string",
    "signals": ("user_id string, event_type string, events bigint, first_timestamp string, last_timestamp string, "
                "newest_event_id string"),
    # Written last: if the manifest is there, all tables are.
    "manifest": "key string, value string",
}
# A row of --differences: what is looked for, and the whole difference as refold diff --ndjson writes it.
DIFFERENCES = ("user_id string, projection_type string, key string, causes array<string>, accepted string, "
               "difference string")
CHUNK = 4 << 20
# Options that only a diff has.
DIFF_OPTIONS = ("diff_format", "differences", "allow", "ignore", "tolerance", "rules", "accept", "strict_accept", "unseen_within",
                "bookkeeping", "redact", "pseudonym_key", "json")
# Compressed files up to this size are given to refold as they are. Each is held whole by the JVM and by Python.
WHOLE_FILE = 256 << 20
COMPRESSED = (".gz", ".zst", ".zstd")
# Most partitions that `refold pack --split` takes.
MOST_PIECES = 4096
# Rows of the shuffle: a chunk of the piece that an input split has for a partition.
PIECES = "partition int, split int, offset bigint, size bigint, piece binary"
# Marks our own message inside Spark's text of an error in a task.
MARK = "refold-spark: "


class Trouble(Exception):
    """An error message for the operator, of one or two lines."""


class Ended(BaseException):
    """Raised when a signal ends the run, so that all temporary files are removed while the stack unwinds."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


# ---------------------------------------------------------------------------------------------------------------------
# On the workers


class Refold:
    """A process of refold in a task."""

    def __init__(self, command, name, scratch, output=os.devnull, directory=None):
        """Starts it. `name` says in messages what it works on; `output` is the file for its standard output."""
        self.what = f"{MARK}{name}: refold {command[1]}"
        self.errors = os.path.join(scratch, "stderr")
        with open(self.errors, "wb") as stderr, open(output, "wb") as stdout:
            try:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, bufsize=0, cwd=directory)
            except OSError as error:
                raise Trouble(f"{MARK}{name}: cannot start {command[0]}: {error.strerror}") from None

    def finish(self, feed=lambda pipe: None, done=(0,)):
        """Calls `feed` with its standard input, closes that, and waits. Raises Trouble unless the status is in `done`."""
        try:
            try:
                feed(self.process.stdin)
                self.process.stdin.close()
            except BrokenPipeError:
                pass  # refold ended early; its standard error says why
            status = self.process.wait()
        finally:
            # Whatever happened here or in Spark: leave no process behind. Without an end record, refold writes nothing.
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        with open(self.errors, "rb") as stderr:
            message = stderr.read()[-4000:].decode("utf-8", "replace").strip()
        if status not in done:
            how = f"was ended by signal {-status}" if status < 0 else f"exited with status {status}"
            raise Trouble(f"{self.what} {how}: {message or 'it said nothing'}")


class Sent(str):
    """The name of a file that Spark sends to the workers; in an argument of refold, its path on the worker."""

    @property
    def path(self):
        from pyspark import SparkFiles

        return SparkFiles.get(self)


def on_worker(arguments):
    """The arguments of a command as they are on this worker."""
    return [argument.path if isinstance(argument, Sent) else argument for argument in arguments]


def end_record(form, count):
    """The seal that tells a complete input from one that was cut off."""
    end = '{"records":%d}' % count
    return ('{"data":%s}\n' % end if form == "ndjson" else "\\N\t\\N\t\\N\t\\N\t%s\t\\N\t\\N\n" % end).encode()


class SplitPack:
    """Packs an input split in refold: Arrow batches in, chunks of a piece for each partition out.

    Python touches no record.
    """

    def __init__(self, refold, arguments, form, count):
        self.refold = refold
        self.arguments = arguments
        self.form = form
        self.count = count

    def __call__(self, batches):
        with task_scratch() as scratch:
            split = task_partition()
            folder = os.path.join(scratch, "pieces")

            def start(log, more):
                command = [self.refold, "pack", *log, "--format", self.form, "--split", str(self.count), *more, "-o", folder,
                           "--quiet", "--temp", scratch, *self.arguments]
                return Refold(on_worker(command), f"input split {split}", scratch, directory=scratch)

            self.pack(batches, start, scratch)
            # All pieces are complete; only now may anything leave the task.
            yield from piece_batches(self.chunks(folder, split))

    def pack(self, batches, start, scratch):
        """Hands the records to refold. `start` takes the arguments that name them."""
        start(["-"], ["--sealed"]).finish(lambda pipe: self.feed(batches, pipe))

    def chunks(self, folder, split):
        for partition in range(self.count):
            with open(os.path.join(folder, f"part-{partition}.refold"), "rb") as file:
                size = os.fstat(file.fileno()).st_size
                offset = 0
                while offset < size or offset == 0:
                    piece = file.read(CHUNK)
                    yield partition, split, offset, size, piece
                    offset += max(1, len(piece))

    def feed(self, batches, pipe):
        """Writes records as lines: Arrow joins those of a batch."""
        import pyarrow

        count = 0
        for batch in batches:
            records = batch.column(0)
            if len(records) == 0:
                continue
            if records.null_count:
                raise Trouble(f"{MARK}a record is NULL")
            count += len(records) - (blank_lines(records) if self.form == "ndjson" else 0)
            write_all(pipe, joined_lines(pyarrow, records))
            write_all(pipe, b"\n")
        write_all(pipe, end_record(self.form, count))


class FilePack(SplitPack):
    """The same of whole files, which refold unpacks: rows of a path, a length and the content."""

    def pack(self, batches, start, scratch):
        log = []
        for batch in batches:
            for path, length, content in zip(*(batch.column(number) for number in range(3))):
                # Files of different folders may have one name; messages show it.
                folder = os.path.join("log", str(len(log)))
                os.makedirs(os.path.join(scratch, folder), 0o700)
                name = os.path.join(folder, os.path.basename(path.as_py()))
                log.append(name)
                with open(os.path.join(scratch, name), "xb") as file:
                    file.write(content.as_buffer())
                    if file.tell() != length.as_py():
                        raise Trouble(f"{MARK}{name}: {file.tell()} of {length.as_py()} bytes came")
        if log:
            start(log, []).finish()
        else:
            start(["-"], ["--sealed"]).finish(lambda pipe: write_all(pipe, end_record(self.form, 0)))


class LiveSplit:
    """Cuts live rows by partition: Arrow batches of partition and columns in, chunks of a piece for each partition out.

    Rows are one column of NDJSON lines, or the columns of a CSV.
    """

    def __init__(self, form, count):
        self.form = form
        self.count = count

    def __call__(self, batches):
        yield from piece_batches(self.chunks(list(batches), task_partition()))

    def chunks(self, batches, split):
        import pyarrow
        import pyarrow.compute as compute

        pieces = {}
        if batches:
            table = pyarrow.Table.from_batches(batches)
            table = table.take(compute.sort_indices(table, [("partition", "ascending")]))
            ends = {each["values"]: each["counts"] for each in compute.value_counts(table.column("partition")).to_pylist()}
            start = 0
            for partition in sorted(ends):
                rows = table.slice(start, ends[partition]).drop_columns("partition")
                start += ends[partition]
                pieces[partition] = self.text(pyarrow, rows)
        for partition in range(self.count):
            piece = pieces.pop(partition, b"")
            for offset in range(0, max(1, len(piece)), CHUNK):
                yield partition, split, offset, len(piece), piece[offset:offset + CHUNK]

    def text(self, pyarrow, rows):
        if self.form == "ndjson":
            return joined_lines(pyarrow, rows.column(0).combine_chunks()).to_pybytes() + b"\n"
        import pyarrow.csv

        # NULL is empty without quotes, as psql writes it.
        sink = pyarrow.BufferOutputStream()
        pyarrow.csv.write_csv(rows, sink, pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid"))
        return sink.getvalue().to_pybytes()


def task_partition():
    """The number of this task's input split. In a union of inputs, those of the second one follow those of the first."""
    from pyspark import TaskContext

    return TaskContext.get().partitionId()


def task_scratch():
    return tempfile.TemporaryDirectory(prefix="refold-", dir=local_directory(), ignore_cleanup_errors=True)


def joined_lines(pyarrow, records):
    """An array of texts or bytes, joined by line feeds, as one buffer."""
    lists = pyarrow.LargeListArray if pyarrow.types.is_large_binary(records.type) or pyarrow.types.is_large_string(
        records.type) else pyarrow.ListArray
    separator = pyarrow.scalar("\n", records.type)
    return pyarrow.compute.binary_join(lists.from_arrays([0, len(records)], records), separator)[0].as_buffer()


def piece_batches(rows):
    """Rows of pieces as Arrow batches of about a chunk's size."""
    import pyarrow

    types = (pyarrow.int32(), pyarrow.int32(), pyarrow.int64(), pyarrow.int64(), pyarrow.binary())
    names = [column.split()[0] for column in PIECES.split(", ")]

    def batch():
        return pyarrow.RecordBatch.from_arrays(
            [pyarrow.array(values, type) for values, type in zip(zip(*waiting), types)], names)

    waiting, held = [], 0
    for row in rows:
        waiting.append(row)
        held += len(row[-1])
        if held >= CHUNK:
            yield batch()
            waiting, held = [], 0
    if waiting:
        yield batch()


def blank_lines(lines):
    """How many lines are blank: refold does not count them as records."""
    import pyarrow.compute as compute

    begins = compute.starts_with(lines, pattern="{")
    if compute.all(begins).as_py():
        return 0
    others = lines.filter(compute.invert(begins))
    return compute.sum(compute.match_substring_regex(others, r"\A[ \t\r]*\z")).as_py()


def write_all(pipe, buffer):
    """Writes a buffer to a pipe that is not buffered."""
    view = memoryview(buffer)
    while len(view):
        view = view[pipe.write(view):]


class PartitionFold:
    """Feeds a partition's records to `refold fold` and yields the partial snapshot: (partition, kind, chunk)."""

    def __init__(self, refold, arguments, form, count, commit):
        self.refold = refold
        self.arguments = arguments
        self.form = form
        self.count = count
        # Puts the part into a shared directory; None: the part is yielded.
        self.commit = commit

    def __call__(self, index, rows):
        with task_scratch() as scratch:
            files = self.fold(index, rows, scratch)
            # Everything is complete and valid; only now may anything leave the task.
            for kind, name in files.items():
                chunks = file_chunks(os.path.join(scratch, name))
                if kind == "part" and self.commit:
                    self.commit(index, chunks)
                else:
                    for chunk in chunks:
                        yield index, kind, chunk

    def arrow(self, batches):
        """The same for rows in Arrow batches, and gives such."""
        import pyarrow

        rows = (tuple(field.as_py() for field in row) for batch in batches for row in zip(*batch.columns))
        for partition, kind, chunk in self(task_partition(), rows):
            yield pyarrow.RecordBatch.from_pydict(
                {"partition": pyarrow.array([partition], pyarrow.int32()), "kind": [kind], "chunk": [chunk]})

    def fold(self, index, rows, scratch):
        """Makes the files of the partition, in `scratch`. Returns their names by kind."""
        self.part(index, scratch, "-", ["--format", self.form, "--sealed"], lambda pipe: self.feed(rows, pipe))
        return {"part": "part.sqlite"}

    def part(self, index, scratch, log, more=(), feed=lambda pipe: None):
        part = os.path.join(scratch, "part.sqlite")
        self.run(index, scratch, ["fold", log, "--partition", f"{index}/{self.count}", "-o", part, *self.arguments, *more], feed)
        if not os.path.exists(part):
            raise Trouble(f"{MARK}{self.name(index)}: refold fold succeeded but wrote no part")

    def run(self, index, scratch, command, feed=lambda pipe: None, done=(0,), output=os.devnull):
        command = on_worker([self.refold, *command, "--quiet", "--temp", scratch])
        Refold(command, self.name(index), scratch, output, scratch).finish(feed, done)

    def name(self, index):
        return f"partition {index}/{self.count}"

    def feed(self, rows, pipe):
        count = 0
        with io.BufferedWriter(pipe, 1 << 20) as pipe:
            for row in rows:
                pipe.write(row[0])
                pipe.write(b"\n")
                count += 1
            pipe.write(end_record(self.form, count))


class PieceFold(PartitionFold):
    """The same from the packed pieces that all input splits have for the partition; with `diff`, also compares."""

    def __init__(self, refold, arguments, splits, count, commit=None, diff=None):
        super().__init__(refold, arguments, None, count, commit)
        self.splits = splits
        self.diff = diff

    def fold(self, index, rows, scratch):
        log, live = (os.path.join(scratch, name) for name in ("pieces", "live-pieces"))
        os.mkdir(log, 0o700)
        os.mkdir(live, 0o700)
        self.collect(index, rows, log, live)
        self.part(index, scratch, log)
        if self.diff is None:
            return {"part": "part.sqlite"}
        return {"part": "part.sqlite", **self.diff.compare(self, index, scratch, log, self.join(live, scratch))}

    def collect(self, index, rows, log, live):
        """Writes the pieces. Raises Trouble unless there is one, and all of it, from each input split."""
        name = f"{MARK}{self.name(index)}"
        splits = self.splits + (self.diff.splits if self.diff else 0)
        sizes, chunks = {}, {}
        for partition, split, offset, size, piece in rows:
            if partition != index or not 0 <= split < splits or sizes.setdefault(split, size) != size:
                raise Trouble(f"{name}: a piece that is not of this run came, of partition {partition} and split {split}")
            known = chunks.setdefault(split, {})
            if offset in known:
                raise Trouble(f"{name}: the piece of input split {split} came twice")
            known[offset] = len(piece)
            # The input splits of the live rows follow those of the log.
            path = os.path.join(log, f"{split}.refold") if split < self.splits else os.path.join(live, str(split))
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "wb") as file:
                file.seek(offset)
                file.write(piece)
        for split in range(splits):
            if split not in sizes:
                raise Trouble(f"{name}: the piece of input split {split} is missing; there must be {splits} pieces")
            at = 0
            for offset, length in sorted(chunks[split].items()):
                if offset != at:
                    break
                at += length
            if at != sizes[split]:
                raise Trouble(f"{name}: the piece of input split {split} is not whole")

    def join(self, folder, scratch):
        """The partition's live rows as one file. Returns its name."""
        name = f"live.{self.diff.form}"
        with open(os.path.join(scratch, name), "xb") as joined:
            joined.write(self.diff.head)
            for split in sorted(os.listdir(folder), key=int):
                path = os.path.join(folder, split)
                with open(path, "rb") as file:
                    shutil.copyfileobj(file, joined, CHUNK)
                os.unlink(path)
        return name


class PartDiff:
    """Compares a partition with its live rows."""

    def __init__(self, arguments, form, columns, splits):
        self.arguments = arguments
        self.form = form
        # The first line of the live rows.
        self.head = (",".join(columns) + "\n").encode() if form == "csv" else b""
        self.splits = splits

    def compare(self, fold, index, scratch, log, live):
        files = {"report": "report.json", "differences": "differences.ndjson"}
        # In the folder itself, so that reports of all partitions name one live file, and no path of a worker.
        fold.run(
            index, scratch,
            ["diff", "part.sqlite", live, "--format", self.form, "--partitioned-live", "--log", log, "--json", "--max-diff",
             "0", "--ndjson", files["differences"], *self.arguments],
            done=(0, 1), output=os.path.join(scratch, files["report"]))
        return files


def file_chunks(path):
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


class PartCommit:
    """Writes a partition's part and renames it into place in one step, however many task attempts there are."""

    def __init__(self, directory, count, mode=0o600):
        self.directory = directory
        self.count = count
        self.mode = mode

    def path(self, index):
        return os.path.join(self.directory, part_name(index, self.count))

    def __call__(self, index, chunks):
        temporary = f"{self.path(index)}.{secrets.token_hex(8)}.tmp"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                # Set the mode regardless of the umask.
                os.fchmod(file.fileno(), self.mode)
                os.fsync(file.fileno())
            # All attempts write the same bytes, so one may replace another.
            os.replace(temporary, self.path(index))
        finally:
            if os.path.exists(temporary):
                os.unlink(temporary)


class TableRows:
    """Yields the rows of one table of the partition's part, with texts unchanged."""

    def __init__(self, table, commit):
        self.table = table
        self.commit = commit

    def __call__(self, index, pieces):
        import sqlite3

        with task_scratch() as scratch:
            part = self.commit.path(index) if self.commit else os.path.join(scratch, "part.sqlite")
            if not self.commit:
                with open(part, "wb") as file:
                    for *_, chunk in pieces:
                        file.write(chunk)
            connection = sqlite3.connect(f"file:{part}?mode=ro&immutable=1", uri=True)
            columns = ", ".join(column.split()[0] for column in TABLES[self.table].split(","))
            for row in connection.execute(f"SELECT {columns} FROM {self.table}"):
                yield row
            connection.close()


def difference_rows(_index, chunks):
    """The rows of DIFFERENCES of a partition."""
    for line in b"".join(chunk for *_, chunk in chunks).split(b"\n"):
        if line:
            difference = json.loads(line)
            yield (*(difference[name] for name in ("user_id", "projection_type", "key", "causes")),
                   difference.get("accepted"), line.decode())


def part_name(index, count):
    return f"part-{index:05d}-of-{count:05d}.sqlite"


def local_directory():
    """The directory where Spark lets tasks write files on this worker; None if there is none."""
    for name in ("SPARK_EXECUTOR_DIRS", "LOCAL_DIRS", "SPARK_LOCAL_DIRS"):
        for directory in re.split("[,:]", os.environ.get(name, "")):
            if directory and os.path.isdir(directory) and os.access(directory, os.W_OK):
                return directory
    return None


# ---------------------------------------------------------------------------------------------------------------------
# On the driver: inputs as (user, record)


def form_of(paths, given, option):
    """ndjson, csv or parquet: as given, otherwise derived from the file names."""
    if given:
        return given
    found = set()
    for path in paths:
        name = re.sub(r"\.(gz|zst|zstd|bz2|lz4|snappy)$", "", path.rstrip("/*").lower())
        for form, endings in (("ndjson", (".ndjson", ".jsonl", ".json")), ("csv", (".csv",)), ("parquet", (".parquet",))):
            if name.endswith(endings):
                found.add(form)
    if len(found) != 1:
        raise Trouble(f"cannot tell from the names how {', '.join(paths)} is written; say {option} ndjson, csv or parquet")
    return found.pop()


def read_lines(spark, paths, with_blanks=False):
    from pyspark.sql import functions as F

    # Only a line feed ends a record; blank lines are not records.
    lines = spark.read.option("lineSep", "\n").text(paths)
    return lines if with_blanks else lines.where(~F.col("value").rlike(r"^[ \t\r]*$"))


def read_table(spark, paths, form):
    if form == "parquet":
        return spark.read.parquet(*paths)
    # RFC 4180. Every column stays text. An empty field is NULL without quotes, and empty text with quotes.
    return spark.read.csv(
        paths, header=True, inferSchema=False, multiLine=True, quote='"', escape='"', nullValue="", emptyValue="",
        mode="FAILFAST", maxCharsPerColumn=-1, enforceSchema=False)


def line_user(line):
    """The user id of an NDJSON event; NULL if none is found. refold checks it: a wrong id fails the run."""
    from pyspark.sql import functions as F

    uuid = r'"user_id"\s*:\s*"([0-9a-fA-F-]{36})"'
    usual = F.regexp_extract(line, r'^\{"id":"[^"\\]*",' + uuid, 1)
    anywhere = F.regexp_extract(line, uuid, 1)
    return F.coalesce(F.nullif(usual, F.lit("")), F.get_json_object(line, "$.user_id"), F.nullif(anywhere, F.lit("")))


def marks_of(table):
    return [name for name in table.columns if name.lower() in MARKS]


def refuse_marks(table, options):
    """Refuses columns that mark deleted rows: they are not columns of events, so refold would not get them."""
    marks = marks_of(table)
    if marks and options.deleted != "keep":
        raise Trouble(
            f"the log has {', '.join(marks)}, which may mark rows as deleted; take those rows out, with all that have their "
            "ids, and drop the column, or say --deleted keep to read them all")


def lacking(table, name, what):
    """The error of a table without a column. It does not list the columns: without a header, they are a row."""
    return Trouble(f"{what} has no column {name} (columns: {len(table.columns)}); if it is a CSV, does it have a header?")


def text_column(table, name, what="the log"):
    """A column as the text that PostgreSQL writes for it. Raises Trouble where there is none."""
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    if name not in table.columns:
        raise lacking(table, name, what)
    column, kind = F.col(name), table.schema[name].dataType
    if isinstance(kind, T.TimestampType) and name in ("timestamp", "created_at", "updated_at"):
        # The session's time zone is UTC.
        return F.concat(F.date_format(column, "yyyy-MM-dd HH:mm:ss.SSSSSS"), F.lit("+00"))
    if isinstance(kind, T.BinaryType) or (isinstance(kind, T.IntegralType) and name == "version"):
        return column.cast("string")
    if not isinstance(kind, T.StringType):
        raise Trouble(
            f"column {name} is {kind.simpleString()}; it must be text as PostgreSQL wrote it, because whoever parses "
            "JSON and writes it again changes numbers")
    return column


def copy_record(table, columns, optional=OPTIONAL_COLUMNS):
    """The columns as a line of COPY text, which preserves every text."""
    from pyspark.sql import functions as F

    fields = []
    for name in columns:
        if name is None or (name not in table.columns and name in optional):
            fields.append(F.lit("\\N"))
            continue
        column = text_column(table, name)
        for character, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
            column = F.replace(column, F.lit(character), F.lit(escaped))
        fields.append(F.coalesce(column, F.lit("\\N")))
    return F.concat_ws("\t", *fields)


def read_events(spark, options, with_blanks=False):
    """The log as (user, record), and the format in which refold gets the records."""
    form = form_of(options.log, options.format, "--format")
    if form == "ndjson":
        lines = read_lines(spark, options.log, with_blanks)
        return lines.select(line_user(lines.value).alias("user"), lines.value.cast("binary").alias("record")), "ndjson"
    table = read_table(spark, options.log, form)
    refuse_marks(table, options)
    record = copy_record(table, COLUMNS, OPTIONAL_COLUMNS + (("metadata",) if options.no_metadata else ()))
    return table.select(table["user_id"].alias("user"), record.cast("binary").alias("record")), "copy"


def read_whole(spark, paths, form):
    """The files of a log as (path, length, content) if refold can unpack them all, else None."""
    from pyspark.sql import functions as F

    if form not in ("ndjson", "csv"):
        return None
    files = spark.read.format("binaryFile").load(paths)
    names = files.inputFiles()
    if not names or not all(name.lower().endswith(COMPRESSED) for name in names):
        return None
    if files.where(F.col("length") > WHOLE_FILE).count():
        return None
    # A task gets one large file, or small ones of together at most spark.sql.files.maxPartitionBytes.
    return files.select("path", "length", "content")


def read_live(spark, options):
    """Exports of the live projections as (partition's user, columns…), and their form for refold."""
    form = form_of(options.diff, options.diff_format, "--diff-format")
    if form == "ndjson":
        lines = read_lines(spark, options.diff)
        return lines.select(line_user(lines.value).alias("user"), lines.value.alias("line")), "ndjson"
    table = read_table(spark, options.diff, form)
    names = [name for name in LIVE_COLUMNS if name in table.columns or name not in OPTIONAL_LIVE_COLUMNS]
    columns = [text_column(table, name, "the live export").alias(name) for name in names]
    # refold itself looks at columns that mark deleted rows.
    columns += [text_column(table, name, "the live export").alias(name) for name in marks_of(table)]
    return table.select(text_column(table, "user_id", "the live export").alias("user"), *columns), "csv"


def read_users(spark, options, record_form):
    """The users export as (user, record); only the id is read."""
    from pyspark.sql import functions as F

    form = form_of(options.users, options.users_format, "--users-format")
    if form == "ndjson":
        lines = read_lines(spark, options.users)
        ids = lines.select(F.get_json_object(lines.value, "$.id").alias("user_id"))
    else:
        table = read_table(spark, options.users, form)
        if "id" not in table.columns:
            raise lacking(table, "id", "the users export")
        ids = table.select(F.col("id").cast("string").alias("user_id"))
    if record_form == "ndjson":
        record = F.to_json(F.struct("user_id"))
    else:
        record = copy_record(ids, [None, "user_id", None, None, None, None, None])
    return ids.select(F.col("user_id").alias("user"), record.cast("binary").alias("record"))


def partition_of(user, count):
    """refold's hash of the user, modulo the number of partitions; 0 for a record without user, which refold refuses."""
    from pyspark.sql import functions as F

    word = F.conv(F.substring(F.sha2(F.lower(user).cast("binary"), 256), 1, 8), 16, 10).cast("bigint")
    return F.coalesce(F.pmod(word, F.lit(count)), F.lit(0)).cast("int")


# ---------------------------------------------------------------------------------------------------------------------
# On the driver: the run


class Done:
    """What a run did: the seconds of each step, and with --diff its report and exit status."""

    def __init__(self):
        self.seconds = {}
        self.report = ""
        self.status = 0
        self.started = time.monotonic()

    def step(self, name):
        """Notes that a step has ended."""
        self.seconds[name] = time.monotonic() - self.started - sum(self.seconds.values())


class Folded:
    """What the reduce tasks make, kept by Spark: (partition, kind, chunk). Parts that are committed are not among it."""

    def __init__(self, placed, fold):
        """Takes the shuffled pieces or records."""
        # Spark pickles bytes of a DataFrame slowly: Arrow takes pieces in, and where parts come out of tasks, an RDD does.
        self.is_table = fold.commit is not None and isinstance(fold, PieceFold)
        if self.is_table:
            self.kept = placed.mapInArrow(fold.arrow, "partition int, kind string, chunk binary")
        else:
            self.kept = placed.rdd.mapPartitionsWithIndex(fold)
        self.count = fold.count
        self.commit = fold.commit
        self.has_one_kind = not getattr(fold, "diff", None)

    def make(self):
        """Does the work of all tasks. Counting happens in the JVM: Python would read everything again."""
        from pyspark import StorageLevel

        self.kept.persist(StorageLevel.DISK_ONLY)
        (self.kept if self.is_table else self.kept._jrdd).count()

    def drop(self):
        self.kept.unpersist()

    def only(self, kind):
        """An RDD of what is of one kind."""
        rdd = self.kept.rdd if self.is_table else self.kept
        return rdd if self.has_one_kind else rdd.filter(lambda row: row[1] == kind)

    def check(self):
        """Checks that the driver sees all parts that were committed."""
        if self.commit:
            missing = [index for index in range(self.count) if not os.path.exists(self.commit.path(index))]
            if missing:
                raise Trouble(
                    f"{os.path.dirname(self.commit.directory)}: {len(missing)} of {self.count} parts are not to be seen from "
                    "the driver; name a directory that driver and workers share")


def run(spark, options):
    """Does the whole run in an existing session. Returns a Done. Raises Trouble."""
    check_targets(options)
    refuse_existing(spark, options)
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    context = spark.sparkContext
    done = Done()
    count = options.partitions or max(1, context.defaultParallelism * 2)
    temporary = os.path.abspath(options.temp) if options.temp else None
    with tempfile.TemporaryDirectory(prefix="refold-run-", dir=temporary) as scratch, \
            shared_directory(context, options, scratch) as shared:
        commit = PartCommit(shared, count, int(options.mode, 8)) if shared else None
        refold, arguments = tool(context, options), Arguments(context, options, scratch)
        fold = fold_pieces if can_pack(options, count) else fold_records
        folded = fold(spark, options, count, refold, arguments, commit)
        try:
            folded.make()
            folded.check()
            done.step("fold")
            write_outputs(spark, folded, options, done)
        finally:
            folded.drop()
    return done


def shared_directory(context, options, scratch):
    """A new directory of this run that driver and workers share, as a context; of None if there is none."""
    if options.parts:
        return tempfile.TemporaryDirectory(prefix=".parts-", dir=os.path.abspath(options.parts), ignore_cleanup_errors=True)
    if re.match(r"local(\[|$)", context.master):
        return contextlib.nullcontext(scratch)
    return contextlib.nullcontext()


class Sending:
    """The files that arguments of refold name, in one archive, which Spark unpacks on the workers. Each has a folder of its
    own, because files of different folders may have one name."""

    def __init__(self, scratch):
        # Spark knows it by its name, so that is another one in every run.
        self.path = os.path.join(scratch, os.path.basename(scratch) + ".tgz")
        self.archive = tarfile.open(self.path, "w:gz")
        self.count = 0

    def send(self, path, others=()):
        """Adds a file, and others by their paths from its folder. Raises Trouble for one that is not there."""
        folder, number = os.path.dirname(os.path.abspath(path)), str(self.count)
        self.count += 1
        try:
            for name in [os.path.basename(path), *others]:
                self.archive.add(os.path.join(folder, name), os.path.join(number, name))
        except OSError as error:
            raise Trouble(f"{error.filename or path}: {error.strerror}") from None
        return Sent(os.path.join(os.path.basename(self.path), number, os.path.basename(path)))

    def finish(self, context):
        self.archive.close()
        if self.count:
            context.addArchive(self.path)


class Arguments:
    """Arguments of refold's commands on the workers. Files that they name are sent to the workers."""

    def __init__(self, context, options, scratch):
        sending = Sending(scratch)
        self.send = sending.send
        # The programs among the reducers.
        self.programs = []
        # What refold pack and refold fold must know alike.
        self.pack = [
            "--threads", "1", "--memory", options.fold_memory, *self.reducers(options),
            *given(options, "reducer_timeout"), *given(options, "deleted"),
            *flags(options, "unwrap_data", "no_metadata", "allow_empty")]
        self.users = ["--user-records"] if options.users else []
        self.profile = ["--profile", self.send(options.profile)] if options.profile else []
        only = [word for name in options.only for word in ("--only", name)]
        self.fold = [*self.pack, *self.users, "--as-of", options.as_of, *self.profile, *only]
        self.diff = []
        if options.diff:
            # A snapshot knows the versions of its reducers; programs must be named.
            self.diff = [
                "--threads", "1", "--memory", options.fold_memory, *self.programs, *given(options, "reducer_timeout"),
                *self.profile, *only]
            for name in ("allow", "ignore", "tolerance", "unseen_within", "bookkeeping"):
                self.diff += given(options, name)
            for name in ("rules", "accept", "pseudonym_key"):
                self.diff += given(options, name, self.send)
            self.diff += flags(options, "strict_accept", "redact")
        sending.finish(context)

    def reducers(self, options):
        words = []
        for choice in options.reducers:
            is_program = os.path.exists(choice)
            if is_program:
                # Each refold runs in a folder of its own.
                choice = os.path.abspath(choice) if options.reducers_on_workers else self.send_program(choice)
            words += ["--reducers", choice]
            if is_program:
                self.programs += words[-2:]
        return words

    def send_program(self, path):
        """Sends a program: its file, and the files that it names."""
        try:
            with open(path, "rb") as file:
                named = json.load(file).get("files", [])
            outside = [name for name in named if os.path.isabs(name) or ".." in name.split("/")]
        except OSError as error:
            raise Trouble(f"{path}: {error.strerror}") from None
        except (ValueError, AttributeError, TypeError):
            raise Trouble(f"{path}: is not the file of a reducer program: a JSON object with files") from None
        if outside:
            raise Trouble(
                f"{path}: {outside[0]} is not below the folder of the file, so it cannot be sent; put it on the workers at the same "
                "place as here and say --reducers-on-workers")
        return self.send(path, named)


def given(options, name, value=str):
    """An option of refold with the value that this driver's option of the same name has, once for each value."""
    values = getattr(options, name)
    values = values if isinstance(values, list) else [] if values is None else [values]
    return [word for each in values for word in ("--" + name.replace("_", "-"), value(each))]


def flags(options, *names):
    return ["--" + name.replace("_", "-") for name in names if getattr(options, name)]


def fold_pieces(spark, options, count, refold, arguments, commit):
    """Records are packed by the map tasks; pieces are shuffled. The user is not looked at: refold finds it."""
    form = form_of(options.log, options.format, "--format")
    files = read_whole(spark, options.log, form)
    if files is None:
        records, form = read_events(spark, options, with_blanks=True)
        packed = records.select("record").mapInArrow(SplitPack(refold, arguments.pack, form, count), PIECES)
    else:
        packed = files.mapInArrow(FilePack(refold, arguments.pack, form, count), PIECES)
        form = "ndjson"
    if options.users:
        records = read_users(spark, options, form).select("record")
        packed = packed.unionAll(
            records.mapInArrow(SplitPack(refold, [*arguments.pack, *arguments.users], form, count), PIECES))
    splits, diff = packed.rdd.getNumPartitions(), None
    if options.diff:
        live, form = read_live(spark, options)
        live = live.withColumn("partition", partition_of(live.user, count)).drop("user")
        columns = [name for name in live.columns if name != "partition"]
        pieces = live.mapInArrow(LiveSplit(form, count), PIECES)
        packed = packed.unionAll(pieces)
        diff = PartDiff(arguments.diff, form, columns, pieces.rdd.getNumPartitions())
    placed = packed.repartitionById(count, packed.partition)
    fold = PieceFold(refold, arguments.fold, splits, count, commit, diff)
    return Folded(placed, fold)


def fold_records(spark, options, count, refold, arguments, commit):
    """The records themselves are shuffled."""
    records, form = read_events(spark, options)
    if options.users:
        records = records.unionAll(read_users(spark, options, form))
    placed = records.repartitionById(count, partition_of(records.user, count)).select("record")
    fold = PartitionFold(refold, arguments.fold, form, count, commit)
    return Folded(placed, fold)


def write_outputs(spark, folded, options, done):
    if not options.output and (options.parquet or options.diff):
        # Nothing is merged, so check what refold merge would check of the whole log.
        judge(folded.only("part").mapPartitionsWithIndex(TableRows("manifest", folded.commit)).collect(), options)
    if options.parquet:
        write_parquet(spark, folded, options)
        done.step("parquet")
    if options.output:
        merge(folded, options)
        done.step("merge")
    if options.diff:
        if options.differences:
            rows = folded.only("differences").mapPartitionsWithIndex(difference_rows)
            frame = spark.createDataFrame(rows, DIFFERENCES, verifySchema=False)
            frame.write.mode("overwrite" if options.force else "error").parquet(options.differences)
        done.report, done.status = sum_reports(folded, options)
        done.step("diff")
    if options.parts:
        publish_parts(folded, options.parts)
        done.step("parts")


def write_parquet(spark, folded, options):
    parts = folded.only("part")
    mode = "overwrite" if options.force else "error"
    for table, schema in TABLES.items():
        rows = parts.mapPartitionsWithIndex(TableRows(table, folded.commit))
        frame = spark.createDataFrame(rows, schema, verifySchema=False)
        frame.write.mode(mode).parquet(f"{options.parquet.rstrip('/')}/{table}")


def sum_reports(folded, options):
    """Adds up the reports of all partitions. Returns the sum as text or JSON, and its exit status."""
    with tempfile.TemporaryDirectory(prefix="refold-reports-", dir=options.temp) as scratch:
        names = [f"report-{index:05d}.json" for index in range(folded.count)]
        for index, _, chunk in folded.only("report").toLocalIterator(prefetchPartitions=True):
            with open(os.path.join(scratch, names[index]), "ab") as file:
                file.write(chunk)
        command = [os.path.abspath(options.refold) if os.path.exists(options.refold) else options.refold,
                   "merge", "--reports", *names, *flags(options, "json")]
        summed = subprocess.run(command, cwd=scratch, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if summed.returncode not in (0, 1):
            raise Trouble(f"refold merge --reports exited with status {summed.returncode}: {said_by(summed.stderr)}")
        return summed.stdout.decode("utf-8", "replace"), summed.returncode


def said_by(text):
    return text.decode("utf-8", "replace").strip().removeprefix("refold: ")


def can_pack(options, count):
    """Whether packed pieces are shuffled. Otherwise it is the records themselves, which takes several times as long."""
    # Both options decide over all records with an id, or over all records: a piece has no record twice.
    against = [name for name, is_so in (
        ("--lines", options.lines), ("--deleted drop", options.deleted == "drop"), ("--unwrap-data", options.unwrap_data),
        (f"more than {MOST_PIECES} partitions", count > MOST_PIECES)) if is_so]
    if against and options.diff:
        raise Trouble(f"--diff needs a log that is packed; it is not with {', '.join(against)}")
    if against:
        return False
    try:
        from pyspark.sql.pandas.utils import require_minimum_pandas_version, require_minimum_pyarrow_version

        require_minimum_pyarrow_version()
        # Spark asks for it although nothing here uses it.
        require_minimum_pandas_version()
    except ImportError:
        if options.diff:
            raise Trouble(
                f"--diff needs pyarrow and pandas: {sys.executable} -m pip install 'pyspark[sql]', here and on the workers"
            ) from None
        if not options.quiet:
            print(f"refold: pyarrow or pandas is not there: the log is shuffled as text, which is slow; {sys.executable} -m pip "
                  "install 'pyspark[sql]', here and on the workers", file=sys.stderr)
        return False
    return True


def judge(manifest, options):
    """Checks how the log was exported, by the counts over all parts, as refold merge does. Raises Trouble."""
    counts = {}
    for key, value in manifest:
        if key.startswith("partition.reading."):
            name = key.removeprefix("partition.reading.")
            counts[name] = counts.get(name, 0) + int(value)
    marked = {name.removeprefix("marked."): n for name, n in counts.items() if name.startswith("marked.")}
    if marked and not options.deleted:
        shown = ", ".join(f"{n} in {name}" for name, n in sorted(marked.items()))
        raise Trouble(f"{sum(marked.values())} records are marked as deleted ({shown}); say --deleted drop or --deleted keep")
    events = counts.get("events", 0)
    if events == 0:
        if options.allow_empty:
            return
        raise Trouble("the log holds no event; --allow-empty reads it all the same")
    if counts["metadata_missing"] == events and not options.no_metadata:
        raise Trouble("no record of the log has metadata: it was not exported; export it too, or say --no-metadata")
    texts = []
    if counts["data_texts"] and counts["data_texts"] == events - counts["data_nulls"]:
        texts.append("data")
    present = events - counts["metadata_nulls"] - counts["metadata_missing"]
    if counts["metadata_texts"] and counts["metadata_texts"] == present:
        texts.append("metadata")
    unwrapped = {name for key, value in manifest if key == "reading.unwrapped" for name in value.split()}
    if texts and not options.unwrap_data:
        raise Trouble(f"{' and '.join(texts)} of every event is a JSON text that holds JSON; say --unwrap-data to read it")
    if not unwrapped <= set(texts):
        raise Trouble("a column is a JSON text in all events of some partitions and not in those of others; leave out --unwrap-data")


def tool(context, options):
    """The refold that the workers run: theirs, or ours, which is sent to them."""
    if options.refold_on_workers:
        # A name alone is looked for in PATH.
        return os.path.abspath(options.refold_on_workers) if os.sep in options.refold_on_workers else options.refold_on_workers
    context.addFile(os.path.abspath(options.refold))
    return Sent(os.path.basename(options.refold))


def check_targets(options):
    """Checks the outputs before any work. Raises Trouble, such as for a file that must not be replaced."""
    if not (options.output or options.parts or options.parquet or options.diff):
        raise Trouble(
            "nothing to do: name a snapshot (-o), a directory of parts (--parts), a place for Parquet (--parquet), or live rows "
            "(--diff)")
    if not options.diff:
        needless = [name for name in DIFF_OPTIONS if getattr(options, name)]
        if needless:
            raise Trouble(f"--{needless[0].replace('_', '-')} goes with --diff")
    if not re.fullmatch("0?6[0246][0246]", options.mode):
        raise Trouble(f"--mode takes permissions that widen 600, such as 640, not {options.mode}")
    read = [*options.log, *options.users, *options.diff, *options.reducers, *options.rules, *options.accept]
    read += filter(None, [options.profile, options.pseudonym_key])
    for target in tables_written(options):
        if any(overlap(path, target) for path in read):
            raise Trouble(f"{target} is, or is below or above, what is read: an input is never an output")
    for path in read:
        if options.output and same_file(path, options.output):
            raise Trouble(f"{options.output} is {path}, which is read: an input is never an output")
    if options.output and os.path.exists(options.output) and not options.force:
        raise Trouble(f"{options.output}: already exists; --force replaces it")
    if options.parts:
        if "://" in options.parts:
            raise Trouble("--parts needs a directory that driver and workers share; for object stores take --parquet")
        make_folder(options.parts)
        if not options.force and any(re.fullmatch(r"part-\d+-of-\d+\.sqlite", n) for n in os.listdir(options.parts)):
            raise Trouble(f"{options.parts}: holds parts already; --force replaces them")
    if options.temp and not os.path.isdir(options.temp):
        raise Trouble(f"{options.temp}: no such directory")
    for choice in options.reducers:
        if "=" not in choice and not os.path.isfile(choice):
            raise Trouble(f"{choice}: no such file; --reducers takes TYPE=VERSION or the file of a reducer program")
    for path in [*options.rules, *options.accept, *filter(None, [options.profile, options.pseudonym_key])]:
        if not os.path.isfile(path):
            raise Trouble(f"{path}: no such file")
    if (options.output or options.diff) and not os.access(options.refold, os.X_OK):
        raise Trouble(f"{options.refold}: no refold to merge with; name it with --refold")


def tables_written(options):
    """The places for Parquet."""
    tables = [f"{options.parquet.rstrip('/')}/{table}" for table in TABLES] if options.parquet else []
    return tables + ([options.differences] if options.differences else [])


def overlap(path, other):
    """Whether one of two places is the other or is in it."""
    one, two = (re.sub(r"^file:(//)?(?=/)", "", name).rstrip("/*") for name in (path, other))
    if "://" not in one + two:
        one, two = os.path.realpath(one), os.path.realpath(two)
    return (one + "/").startswith(two + "/") or (two + "/").startswith(one + "/")


def refuse_existing(spark, options):
    """Checks, before any work, that no place for Parquet is taken. Raises Trouble."""
    if options.force:
        return
    for target in tables_written(options):
        path = spark._jvm.org.apache.hadoop.fs.Path(target)
        if path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).exists(path):
            raise Trouble(f"{target}: already exists; --force replaces it")


def same_file(path, other):
    """Whether a name or a pattern matches the local file `other`. Paths that only Spark can resolve never match."""
    path = path.removeprefix("file://")
    names = [path] + glob.glob(path) + glob.glob(os.path.join(path, "*"))
    return os.path.exists(other) and any(os.path.exists(name) and os.path.samefile(name, other) for name in names)


def make_folder(path):
    """Creates a folder and its missing parents, accessible only by their owner, whatever the umask."""
    path = os.path.abspath(path)
    if os.path.isdir(path):
        return
    make_folder(os.path.dirname(path))
    try:
        os.mkdir(path, 0o700)
        os.chmod(path, 0o700)
    except FileExistsError:
        pass


def publish_parts(folded, directory):
    """Gives the parts their places, after everything else has been done."""
    for name in os.listdir(directory):
        # Remove parts of other runs: they may have another number of partitions and must not be mixed with these.
        if re.fullmatch(r"part-\d+-of-\d+\.sqlite", name):
            os.unlink(os.path.join(directory, name))
    for index in range(folded.count):
        os.replace(folded.commit.path(index), os.path.join(directory, part_name(index, folded.count)))


def merge(folded, options):
    count = folded.count
    with tempfile.TemporaryDirectory(prefix="refold-merge-", dir=options.temp) as scratch:
        if folded.commit:
            parts = [folded.commit.path(index) for index in range(count)]
        else:
            parts = [os.path.join(scratch, part_name(index, count)) for index in range(count)]
            for index, _, chunk in folded.only("part").toLocalIterator(prefetchPartitions=True):
                with open(parts[index], "ab") as file:
                    file.write(chunk)
        command = [options.refold, "merge", *parts, "-o", options.output, "--quiet"] + (["--force"] if options.force else [])
        if options.mode != "600":
            command += ["--mode", options.mode]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            said = process.communicate()[1]
        finally:
            # It removes its own temporary files.
            if process.poll() is None:
                process.terminate()
                process.wait()
        if process.returncode != 0:
            raise Trouble(f"refold merge exited with status {process.returncode}: {said_by(said)}")


# ---------------------------------------------------------------------------------------------------------------------
# Starting


def parser():
    parser = argparse.ArgumentParser(
        prog="refold_spark.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("log", nargs="+", help="event log: any path Spark reads (file, directory, glob, s3a://, hdfs://)")
    add("--users", action="append", default=[], metavar="PATH", help="users export; repeatable")
    add("--format", choices=["ndjson", "csv", "parquet"], help="how the log is written; default: told from the names")
    add("--users-format", choices=["ndjson", "csv", "parquet"], help="the same of the users export")
    add("--as-of", required=True, metavar="INSTANT", help="the instant taken for now, with an offset")
    add("-o", "--output", metavar="SNAPSHOT", help="merge into a snapshot on the driver")
    add("--parts", metavar="DIR", help="write the partial snapshots to a directory that driver and workers share")
    add("--parquet", metavar="PATH", help="write projections, failures, users, signals and manifest as Parquet below this")
    add("--partitions", type=int, metavar="N", help="number of partitions; default: twice the cores")
    add("--refold", default=shutil.which("refold") or "refold", metavar="FILE", help="the refold binary, sent to the workers")
    add("--refold-on-workers", metavar="FILE", help="where the workers have refold themselves; nothing is sent")
    add("--profile", metavar="FILE", help="profile that overrides parts of the built-in one")
    add("--only", action="append", default=[], metavar="TYPE[/KEY]", help="rebuild this projection only; repeatable")
    add("--reducers", action="append", default=[], metavar="TYPE=VERSION|FILE",
        help="fold this projection type by that version of its reducer, or with the program that this file describes; "
        "the file and the files that it names are sent to the workers; repeatable")
    add("--reducers-on-workers", action="store_true",
        help="send no reducer program: the workers have it at the same place as here")
    add("--reducer-timeout", type=int, metavar="SECONDS", help="how long a reducer program may take for one user")
    add("--deleted", choices=["drop", "keep"], help="what becomes of records that are marked as deleted; default: stop")
    add("--unwrap-data", action="store_true", help="read data and metadata that are JSON texts throughout as the JSON in them")
    add("--no-metadata", action="store_true", help="read a log without any metadata, as if it were null")
    add("--allow-empty", action="store_true", help="read a log without any event")
    add("--fold-memory", default="96M", metavar="SIZE", help="memory of each refold pack and refold fold; default: 96M")
    add("--lines", action="store_true", help="shuffle records as text, not packed: slow, but without pyarrow on the workers")
    diff = parser.add_argument_group("comparing", "the options of refold diff with the same names; see refold diff --help")
    diff.add_argument("--diff", action="append", default=[], metavar="PATH",
        help="compare each partition with these live rows, and add up the reports; repeatable")
    diff.add_argument("--diff-format", choices=["ndjson", "csv", "parquet"], help="how they are written")
    diff.add_argument("--differences", metavar="PATH", help="write the differences as Parquet")
    diff.add_argument("--allow", metavar="CAUSE,…")
    for name, value in (("ignore", "[TYPE[/KEY]:]PATH"), ("tolerance", "[TYPE[/KEY]:]PATH=ABS[,REL]"), ("rules", "FILE"),
                        ("accept", "FILE")):
        diff.add_argument("--" + name, action="append", default=[], metavar=value)
    diff.add_argument("--strict-accept", action="store_true")
    diff.add_argument("--unseen-within", metavar="DURATION")
    diff.add_argument("--bookkeeping", metavar="COLUMN,…")
    diff.add_argument("--redact", action="store_true")
    diff.add_argument("--pseudonym-key", metavar="FILE")
    diff.add_argument("--json", action="store_true", help="print the report as JSON")
    add("--temp", metavar="DIR", help="where the driver keeps parts while it merges")
    add("--master", metavar="URL", help="Spark master; default: Spark's own configuration, else local[*]")
    add("--conf", action="append", default=[], metavar="KEY=VALUE", help="Spark configuration; repeatable")
    add("--force", action="store_true", help="replace what is there")
    add("--mode", default="600", metavar="MODE", help="permissions of the files written, octal; default: 600")
    add("--quiet", action="store_true", help="no summary")
    return parser


def check_spark():
    """Checks for pyspark and Java, because Spark's own messages about them are long. Raises Trouble."""
    try:
        import pyspark
        from pyspark.sql import DataFrame
    except ImportError as error:
        raise Trouble(
            f"Spark is not there ({error}): {sys.executable} -m pip install 'pyspark>=4.1', or name a Python that has it: "
            "REFOLD_PYTHON=…") from None
    if not hasattr(DataFrame, "repartitionById"):
        raise Trouble(f"Spark {pyspark.__version__} is too old: 4.1 or newer is needed")
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java")
    if not java or not os.access(java, os.X_OK):
        where = f"not in JAVA_HOME={home}" if home else "not in PATH, and JAVA_HOME is not set"
        raise Trouble(f"Java is not there ({where}): install a Java 17 runtime, on Debian openjdk-17-jre-headless")
    said = subprocess.run([java, "-version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout.decode("utf-8", "replace")
    version = re.search(r'version "(\d+)', said)
    if not version or int(version.group(1)) < 17:
        raise Trouble(f"{java} is not Java 17 or newer: {said.splitlines()[0] if said else 'it does not run'}")


def session(options):
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("refold")
    if options.master:
        builder = builder.master(options.master)
    if (options.master or "local").startswith("local"):
        # On one machine, driver and workers use the same Python; a cluster configures its own.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # Whatever holds rows is for its owner only, also what Spark's committers write.
    settings = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR",
                "spark.hadoop.fs.permissions.umask-mode": "077"}
    for setting in options.conf:
        key, separator, value = setting.partition("=")
        if not separator:
            raise Trouble(f"--conf takes KEY=VALUE, not {setting}")
        settings[key] = value
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    if __name__ != "__main__":
        spark.sparkContext.addPyFile(os.path.abspath(__file__))
    return spark


def explained(error):
    """Our own message inside an error from Spark, otherwise the first lines of Spark's message."""
    text = str(error)
    if re.search("ModuleNotFoundError: .*(pyarrow|pandas)|(PyArrow|Pandas) >= ", text):
        return "pyarrow or pandas is not on the workers: pip install 'pyspark[sql]' there, or say --lines, which is slow"
    if re.search("MALFORMED_(RECORD_IN_PARSING|CSV_RECORD)", text):
        # Spark's message holds the record.
        file = re.search(r"while reading file (\S+?)\.\s", text)
        return (f"{file.group(1) if file else 'a CSV'}: a record is malformed: it has not as many columns as the header, or a quote "
                "is not closed; a refold rebuild of this file alone names the line")
    found = re.search(re.escape(MARK) + r"(.*?)(?:\n\s*\n|\n\tat |\nDriver stacktrace|\Z)", text, re.S)
    return found.group(1).strip() if found else "Spark failed: " + "\n".join(text.splitlines()[:6])


def end(number, _frame):
    """Ends the run once: a second signal must not interrupt the cleanup."""
    signal.signal(number, signal.SIG_IGN)
    raise Ended(number)


def main(arguments=None):
    options = parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        # A signal that is ignored (nohup) stays ignored.
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, end)
    try:
        check_spark()
        spark = session(options)
        try:
            done = run(spark, options)
        finally:
            spark.stop()
    except Trouble as trouble:
        print(f"refold: {trouble}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except Ended as ended:
        return 128 + ended.number
    except Exception as error:  # Spark raises many types
        print(f"refold: {explained(error)}", file=sys.stderr)
        return 2
    if not options.quiet:
        print(", ".join(f"{name} {value:.1f} s" for name, value in done.seconds.items()), file=sys.stderr if options.diff else sys.stdout)
        wrote = ", ".join(filter(None, [options.output, options.parts, options.parquet, options.differences]))
        if wrote:
            print(f"wrote {wrote}", file=sys.stderr if options.diff else sys.stdout)
    print(done.report, end="")
    return done.status


if __name__ == "__main__":
    sys.exit(main())
