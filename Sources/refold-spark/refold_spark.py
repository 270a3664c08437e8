#!/usr/bin/env python3
"""Rebuilds projections on Spark: refold folds inside Spark's tasks, and the result has the bytes of a single run.

    refold_spark.py 's3a://logs/events/*.ndjson' --users s3a://logs/users.parquet \\
        --as-of 2026-02-22T00:00:00Z --partitions 2000 -o snapshot.sqlite

log -> records -> `refold pack --split` in each task -> shuffle of packed pieces by partition -> `refold fold` for each
partition -> partial snapshots -> `refold merge`, a directory of parts, or Parquet. Records reach refold as text: Spark
never parses a number. See the pages Partitions and Spark of refold's documentation.

Needs Spark 4.1 or newer with pyarrow (pip install 'pyspark[sql]'), Java 17, and the refold binary. Exit status: 0 done,
2 trouble.
"""
import argparse
import glob
import io
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time

COLUMNS = ("id", "user_id", "timestamp", "event_type", "data", "metadata", "created_at")
OPTIONAL_COLUMNS = ("created_at",)
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
CHUNK = 4 << 20
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

    def __init__(self, command, name, scratch):
        """Starts it. `name` says in messages what it works on."""
        self.what = f"{MARK}{name}: refold {command[1]}"
        self.errors = os.path.join(scratch, "stderr")
        with open(self.errors, "wb") as stderr:
            try:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr, bufsize=0)
            except OSError as error:
                raise Trouble(f"{MARK}{name}: cannot start {command[0]}: {error.strerror}") from None

    def finish(self, feed):
        """Calls `feed` with its standard input, closes that, and waits. Raises Trouble unless it succeeds."""
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
        if status != 0:
            how = f"was ended by signal {-status}" if status < 0 else f"exited with status {status}"
            raise Trouble(f"{self.what} {how}: {message or 'it said nothing'}")


def path_of(binary, shipped):
    """The path of refold on this worker. A binary sent with sc.addFile is found by its name."""
    from pyspark import SparkFiles

    return SparkFiles.get(binary) if shipped else binary


def end_record(form, count):
    """The seal that tells a complete input from one that was cut off."""
    end = '{"records":%d}' % count
    return ('{"data":%s}\n' % end if form == "ndjson" else "\\N\t\\N\t\\N\t\\N\t%s\t\\N\t\\N\n" % end).encode()


class SplitPack:
    """Packs the records of an input split: Arrow batches of records in, chunks of a piece for each partition out.

    Python touches no record: Arrow joins those of a batch.
    """

    def __init__(self, binary, shipped, arguments, form, count):
        self.binary = binary
        self.shipped = shipped
        self.arguments = arguments
        self.form = form
        self.count = count

    def __call__(self, batches):
        import pyarrow
        from pyspark import TaskContext

        split = TaskContext.get().partitionId()
        scratch = tempfile.mkdtemp(prefix="refold-", dir=local_directory())
        try:
            folder = os.path.join(scratch, "pieces")
            command = [path_of(self.binary, self.shipped), "pack", "-", "--format", self.form, "--split", str(self.count),
                       "--sealed", "-o", folder, "--quiet", "--temp", scratch, *self.arguments]
            Refold(command, f"input split {split}", scratch).finish(lambda pipe: self.feed(batches, pipe))
            # All pieces are complete; only now may anything leave the task.
            rows, held = [], 0
            for partition in range(self.count):
                with open(os.path.join(folder, f"part-{partition}.refold"), "rb") as file:
                    size = os.fstat(file.fileno()).st_size
                    offset = 0
                    while offset < size or offset == 0:
                        piece = file.read(CHUNK)
                        rows.append((partition, split, offset, size, piece))
                        held += len(piece)
                        offset += max(1, len(piece))
                        if held >= CHUNK:
                            yield self.batch(pyarrow, rows)
                            rows, held = [], 0
            if rows:
                yield self.batch(pyarrow, rows)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    @staticmethod
    def batch(pyarrow, rows):
        types = (pyarrow.int32(), pyarrow.int32(), pyarrow.int64(), pyarrow.int64(), pyarrow.binary())
        columns = [pyarrow.array(values, type) for values, type in zip(zip(*rows), types)]
        return pyarrow.RecordBatch.from_arrays(columns, [column.split()[0] for column in PIECES.split(", ")])

    def feed(self, batches, pipe):
        import pyarrow

        count = 0
        for batch in batches:
            records = batch.column(0)
            if len(records) == 0:
                continue
            if records.null_count:
                raise Trouble(f"{MARK}a record is NULL")
            count += len(records) - (blank_lines(records) if self.form == "ndjson" else 0)
            lists = pyarrow.LargeListArray if pyarrow.types.is_large_binary(records.type) else pyarrow.ListArray
            joined = pyarrow.compute.binary_join(lists.from_arrays([0, len(records)], records), b"\n")
            write_all(pipe, joined[0].as_buffer())
            write_all(pipe, b"\n")
        write_all(pipe, end_record(self.form, count))


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
    """Feeds a partition's records to `refold fold` and yields the partial snapshot in pieces."""

    def __init__(self, binary, shipped, arguments, form, count, profile):
        self.binary = binary
        self.shipped = shipped
        self.arguments = arguments
        self.form = form
        self.count = count
        self.profile = profile

    def __call__(self, index, rows):
        scratch = tempfile.mkdtemp(prefix="refold-", dir=local_directory())
        try:
            part = os.path.join(scratch, "part.sqlite")
            self.fold(index, rows, part, scratch)
            # The part is complete and valid; only now may anything leave the task.
            with open(part, "rb") as file:
                while chunk := file.read(CHUNK):
                    yield index, chunk
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def fold(self, index, rows, part, scratch):
        command = [*self.command(index, part, scratch), "--format", self.form, "--sealed"]
        self.run(command, index, part, scratch, lambda pipe: self.feed(rows, pipe))

    def command(self, index, part, scratch, log="-"):
        from pyspark import SparkFiles

        command = [path_of(self.binary, self.shipped), "fold", log, "--partition", f"{index}/{self.count}", "-o", part,
                   "--quiet", "--temp", scratch, *self.arguments]
        return command + (["--profile", SparkFiles.get(self.profile)] if self.profile else [])

    def run(self, command, index, part, scratch, feed):
        name = f"partition {index}/{self.count}"
        Refold(command, name, scratch).finish(feed)
        if not os.path.exists(part):
            raise Trouble(f"{MARK}{name}: refold fold succeeded but wrote no part")

    def feed(self, rows, pipe):
        count = 0
        with io.BufferedWriter(pipe, 1 << 20) as pipe:
            for row in rows:
                pipe.write(row[0])
                pipe.write(b"\n")
                count += 1
            pipe.write(end_record(self.form, count))


class PieceFold(PartitionFold):
    """The same from the packed pieces that all input splits have for the partition."""

    def __init__(self, binary, shipped, arguments, splits, count, profile):
        super().__init__(binary, shipped, arguments, None, count, profile)
        self.splits = splits

    def fold(self, index, rows, part, scratch):
        folder = os.path.join(scratch, "pieces")
        os.mkdir(folder, 0o700)
        self.collect(index, rows, folder)
        self.run(self.command(index, part, scratch, folder), index, part, scratch, lambda pipe: None)

    def collect(self, index, rows, folder):
        """Writes the pieces. Raises Trouble unless there is one, and all of it, from each input split."""
        name = f"{MARK}partition {index}/{self.count}"
        sizes, chunks = {}, {}
        for partition, split, offset, size, piece in rows:
            if partition != index or not 0 <= split < self.splits or sizes.setdefault(split, size) != size:
                raise Trouble(f"{name}: a piece that is not of this run came, of partition {partition} and split {split}")
            known = chunks.setdefault(split, {})
            if offset in known:
                raise Trouble(f"{name}: the piece of input split {split} came twice")
            known[offset] = len(piece)
            path = os.path.join(folder, f"{split}.refold")
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "wb") as file:
                file.seek(offset)
                file.write(piece)
        for split in range(self.splits):
            if split not in sizes:
                raise Trouble(f"{name}: the piece of input split {split} is missing; there must be {self.splits} pieces")
            at = 0
            for offset, length in sorted(chunks[split].items()):
                if offset != at:
                    break
                at += length
            if at != sizes[split]:
                raise Trouble(f"{name}: the piece of input split {split} is not whole")


class PartCommit:
    """Writes a partition's part and renames it into place in one step, however many task attempts there are."""

    def __init__(self, directory, count, run, mode=0o600):
        self.directory = directory
        self.count = count
        self.run = run
        self.mode = mode

    def __call__(self, index, pieces):
        from pyspark import TaskContext

        attempt = TaskContext.get().taskAttemptId()
        temporary = os.path.join(self.directory, f".{part_name(index, self.count)}.{self.run}.{attempt}.{secrets.token_hex(8)}.tmp")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "wb") as file:
                for _, chunk in pieces:
                    file.write(chunk)
                file.flush()
                # Set the mode regardless of the umask.
                os.fchmod(file.fileno(), self.mode)
                os.fsync(file.fileno())
            # All attempts write the same bytes, so one may replace another.
            os.replace(temporary, os.path.join(self.directory, part_name(index, self.count)))
        finally:
            if os.path.exists(temporary):
                os.unlink(temporary)
        yield index


class TableRows:
    """Yields the rows of one table of the partition's part, with texts unchanged."""

    def __init__(self, table):
        self.table = table

    def __call__(self, index, pieces):
        import sqlite3

        scratch = tempfile.mkdtemp(prefix="refold-", dir=local_directory())
        try:
            part = os.path.join(scratch, "part.sqlite")
            with open(part, "wb") as file:
                for _, chunk in pieces:
                    file.write(chunk)
            connection = sqlite3.connect(f"file:{part}?mode=ro&immutable=1", uri=True)
            columns = ", ".join(column.split()[0] for column in TABLES[self.table].split(","))
            for row in connection.execute(f"SELECT {columns} FROM {self.table}"):
                yield row
            connection.close()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


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


def refuse_marks(table, options):
    """Refuses columns that mark deleted rows: they are not columns of events, so refold would not get them."""
    marks = [name for name in table.columns if name.lower() in MARKS]
    if marks and options.deleted != "keep":
        raise Trouble(
            f"the log has {', '.join(marks)}, which may mark rows as deleted; take those rows out, with all that have their "
            "ids, and drop the column, or say --deleted keep to read them all")


def copy_record(table, columns, optional=OPTIONAL_COLUMNS):
    """The columns as a line of COPY text, which preserves every text."""
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    fields = []
    for name in columns:
        if name is None or (name not in table.columns and name in optional):
            fields.append(F.lit("\\N"))
            continue
        if name not in table.columns:
            raise Trouble(f"the log has no column {name}; it has {', '.join(table.columns)}")
        column, kind = F.col(name), table.schema[name].dataType
        if isinstance(kind, T.TimestampType) and name in ("timestamp", "created_at"):
            # The session's time zone is UTC.
            column = F.concat(F.date_format(column, "yyyy-MM-dd HH:mm:ss.SSSSSS"), F.lit("+00"))
        elif isinstance(kind, T.BinaryType):
            column = column.cast("string")
        elif not isinstance(kind, T.StringType):
            raise Trouble(
                f"column {name} is {kind.simpleString()}; it must be text as PostgreSQL wrote it, because whoever parses "
                "JSON and writes it again changes numbers")
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
            raise Trouble(f"the users export has no column id; it has {', '.join(table.columns)}")
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


def run(spark, options):
    """Does the whole run in an existing session. Returns the seconds that each step took. Raises Trouble."""
    from pyspark import StorageLevel

    check_targets(options)
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    context = spark.sparkContext
    started = time.monotonic()
    count = options.partitions or max(1, context.defaultParallelism * 2)
    packs = can_pack(options, count)
    records, form = read_events(spark, options, with_blanks=packs)
    if options.users:
        records = records.unionAll(read_users(spark, options, form))

    # What refold pack and refold fold must know alike.
    shared = ["--threads", "1", "--memory", options.fold_memory]
    if options.users:
        shared.append("--user-records")
    for choice in options.reducers:
        shared += ["--reducers", choice]
    if options.reducer_timeout:
        shared += ["--reducer-timeout", str(options.reducer_timeout)]
    if options.deleted:
        shared += ["--deleted", options.deleted]
    for flag in ("unwrap_data", "no_metadata", "allow_empty"):
        if getattr(options, flag):
            shared.append("--" + flag.replace("_", "-"))
    arguments = [*shared, "--as-of", options.as_of]
    for name in options.only:
        arguments += ["--only", name]
    binary, shipped = ship(context, options)
    if options.profile:
        context.addFile(os.path.abspath(options.profile))
    profile = os.path.basename(options.profile) if options.profile else None
    if packs:
        # The user is not looked at: refold finds it.
        packed = records.select("record").mapInArrow(SplitPack(binary, shipped, shared, form, count), PIECES)
        placed = packed.repartitionById(count, packed.partition)
        fold = PieceFold(binary, shipped, arguments, packed.rdd.getNumPartitions(), count, profile)
    else:
        placed = records.repartitionById(count, partition_of(records.user, count)).select("record")
        fold = PartitionFold(binary, shipped, arguments, form, count, profile)
    folded = placed.rdd.mapPartitionsWithIndex(fold).persist(StorageLevel.DISK_ONLY)
    seconds = {}
    try:
        folded.count()
        seconds["fold"] = time.monotonic() - started
        if options.parts:
            commit_parts(folded, options.parts, count, context.applicationId, int(options.mode, 8))
            seconds["parts"] = time.monotonic() - started - sum(seconds.values())
        if options.parquet:
            # Nothing is merged here, so check what refold merge would check: this needs the whole log.
            judge(folded.mapPartitionsWithIndex(TableRows("manifest")).collect(), options)
            mode = "overwrite" if options.force else "error"
            for table, schema in TABLES.items():
                rows = folded.mapPartitionsWithIndex(TableRows(table))
                frame = spark.createDataFrame(rows, schema, verifySchema=False)
                frame.write.mode(mode).parquet(f"{options.parquet.rstrip('/')}/{table}")
            seconds["parquet"] = time.monotonic() - started - sum(seconds.values())
        if options.output:
            merge(folded, options, count)
            seconds["merge"] = time.monotonic() - started - sum(seconds.values())
    finally:
        folded.unpersist()
    return seconds


def can_pack(options, count):
    """Whether packed pieces are shuffled. Otherwise it is the records themselves, which takes several times as long."""
    # Both options decide over all records with an id, or over all records: a piece has no record twice.
    if options.lines or options.deleted == "drop" or options.unwrap_data or count > MOST_PIECES:
        return False
    try:
        from pyspark.sql.pandas.utils import require_minimum_pandas_version, require_minimum_pyarrow_version

        require_minimum_pyarrow_version()
        # Spark asks for it although nothing here uses it.
        require_minimum_pandas_version()
    except ImportError:
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
    given = events - counts["metadata_nulls"] - counts["metadata_missing"]
    if counts["metadata_texts"] and counts["metadata_texts"] == given:
        texts.append("metadata")
    unwrapped = {name for key, value in manifest if key == "reading.unwrapped" for name in value.split()}
    if texts and not options.unwrap_data:
        raise Trouble(f"{' and '.join(texts)} of every event is a JSON text that holds JSON; say --unwrap-data to read it")
    if not unwrapped <= set(texts):
        raise Trouble("a column is a JSON text in all events of some partitions and not in those of others; leave out --unwrap-data")


def ship(context, options):
    """The binary and whether it is shipped: its path on the workers, or its name among the files that Spark sends."""
    if options.refold_on_workers:
        return options.refold_on_workers, False
    context.addFile(os.path.abspath(options.refold))
    return os.path.basename(options.refold), True


def check_targets(options):
    """Checks the outputs before any work. Raises Trouble, such as for a file that must not be replaced."""
    if not (options.output or options.parts or options.parquet):
        raise Trouble("nothing to write: name a snapshot (-o), a directory of parts (--parts) or a place for Parquet (--parquet)")
    if not re.fullmatch("0?6[0246][0246]", options.mode):
        raise Trouble(f"--mode takes permissions that widen 600, such as 640, not {options.mode}")
    for path in [*options.log, *options.users, *filter(None, [options.profile])]:
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
    if options.output and not os.access(options.refold, os.X_OK):
        raise Trouble(f"{options.refold}: no refold to merge with; name it with --refold")


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


def commit_parts(folded, directory, count, run_id, mode):
    for name in os.listdir(directory):
        # Remove parts of other runs: they may have another number of partitions and must not be mixed with these.
        if re.fullmatch(r"part-\d+-of-\d+\.sqlite", name):
            os.unlink(os.path.join(directory, name))
    folded.mapPartitionsWithIndex(PartCommit(os.path.abspath(directory), count, run_id, mode)).count()
    missing = [i for i in range(count) if not os.path.exists(os.path.join(directory, part_name(i, count)))]
    if missing:
        raise Trouble(
            f"{directory}: {len(missing)} of {count} parts are not to be seen from the driver; name a directory that "
            "driver and workers share")
    for name in os.listdir(directory):
        # Killed attempts could not remove their temporary files.
        if name.startswith(".part-") and f".{run_id}." in name:
            os.unlink(os.path.join(directory, name))


def merge(folded, options, count):
    with tempfile.TemporaryDirectory(prefix="refold-merge-", dir=options.temp) as scratch:
        parts = [os.path.join(scratch, part_name(index, count)) for index in range(count)]
        for index, chunk in folded.toLocalIterator(prefetchPartitions=True):
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
            raise Trouble(f"refold merge exited with status {process.returncode}: {said.decode('utf-8', 'replace').strip()}")


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
        help="fold this projection type by that version of its reducer, or with the program that this file describes, "
        "which the workers have at the same place; repeatable")
    add("--reducer-timeout", type=int, metavar="SECONDS", help="how long a reducer program may take for one user")
    add("--deleted", choices=["drop", "keep"], help="what becomes of records that are marked as deleted; default: stop")
    add("--unwrap-data", action="store_true", help="read data and metadata that are JSON texts throughout as the JSON in them")
    add("--no-metadata", action="store_true", help="read a log without any metadata, as if it were null")
    add("--allow-empty", action="store_true", help="read a log without any event")
    add("--fold-memory", default="96M", metavar="SIZE", help="memory of each refold pack and refold fold; default: 96M")
    add("--lines", action="store_true", help="shuffle records as text, not packed: slow, but without pyarrow on the workers")
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
    settings = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
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
            seconds = run(spark, options)
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
        steps = ", ".join(f"{name} {value:.1f} s" for name, value in seconds.items())
        print(f"{steps}\nwrote {', '.join(filter(None, [options.output, options.parts, options.parquet]))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
