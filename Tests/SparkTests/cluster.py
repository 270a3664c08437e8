"""Runs the Spark driver on a cluster of two workers, in good and in failing runs; prints a JSON object of results.

usage: cluster.py REFOLD WORK PROGRAM LIVE CASE=LOG,USERS…

One session, local-cluster[2,1,1024]: the driver and two executors are separate processes. Each case gives the SHA-256
of the merged snapshot. The first case is also run with an executor killed in the middle of a partition, with a binary
that fails on one partition, and with several attempts that write the same part. The case `live` is compared with LIVE,
a folder of live rows in several forms. The case `csv` is folded with PROGRAM.
"""
import hashlib
import json
import os
import stat
import sys
import threading
import time

sys.dont_write_bytecode = True  # The driver is in a folder of sources.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Sources", "refold-spark"))
import refold_spark  # noqa: E402

REFOLD, WORK, PROGRAM, LIVE = sys.argv[1:5]
CASES = dict(argument.split("=", 1) for argument in sys.argv[5:])
COMMON = ["--as-of", "2026-02-22T00:00:00Z", "--partitions", "7", "--refold", REFOLD]
result = {"hashes": {}, "seconds": {}}
os.umask(0)  # Outputs must be for their owner only nevertheless.


def options(case, *more):
    log, users = CASES[case].split(",")
    return refold_spark.parser().parse_args([log, "--users", users, *COMMON, *more])


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def timed(name, work):
    start = time.monotonic()
    try:
        return work()
    finally:
        result["seconds"][name] = round(time.monotonic() - start, 1)


def snapshot(name, case, *more):
    """The hash of a run's snapshot, or the error message of a run that failed."""
    path = os.path.join(WORK, name + ".sqlite")
    try:
        timed(name, lambda: refold_spark.run(spark, options(case, "-o", path, *more)))
    except Exception as error:
        assert not os.path.exists(path), "a failed run left a snapshot"
        return "failed: " + (str(error) if isinstance(error, refold_spark.Trouble) else refold_spark.explained(error))
    return digest(path)


def wrapper(name, body):
    """A script that replaces refold on the workers; merging uses the real one."""
    path = os.path.join(WORK, name)
    with open(path, "w") as file:
        file.write(f'#!/bin/bash\nmarks="{path}-marks"\nmkdir -p "$marks"\n{body}\nexec "{REFOLD}" "$@"\n')
    os.chmod(path, stat.S_IRWXU)
    return path


# The first process that folds partition 1 reads some of its input, kills its executor, and never answers.
KILLS = """
case " $* " in *" --partition 1/"*)
  if mkdir "$marks/$$.try" && mkdir "$marks/killed" 2> /dev/null; then
    head -c 1000 > /dev/null
    process=$PPID
    until tr '\\0' ' ' < /proc/$process/cmdline | grep -q CoarseGrainedExecutorBackend; do
      process=$(sed -n 's/^PPid:\\t//p' /proc/$process/status)
      [ "$process" -gt 1 ] || exit 9
    done
    kill -KILL "$process"
    sleep 5
    exit 9
  fi;;
esac"""

FAILS = """
case " $* " in *" --partition 2/"*) cat > /dev/null; echo "refold: no room left" >&2; exit 2;; esac"""

# The runs are short: the quick compiler takes half the processor time of the optimising one.
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
timed_start = time.monotonic()
spark = refold_spark.session(
    refold_spark.parser().parse_args(
        ["", "--as-of", "", "--master", "local-cluster[2,1,1024]", "--conf", "spark.ui.enabled=false", "--conf",
         "spark.driver.host=127.0.0.1", "--conf", "spark.driver.bindAddress=127.0.0.1", "--conf",
         "spark.executor.heartbeatInterval=2s", "--conf", f"spark.local.dir={WORK}", "--conf",
         "spark.task.maxFailures=2", "--conf", f"spark.driver.extraJavaOptions={JAVA}", "--conf",
         f"spark.executor.extraJavaOptions={JAVA}"]))
result["seconds"]["session"] = round(time.monotonic() - timed_start, 1)
first = next(iter(CASES))

parts, rows = f"{WORK}/parts", f"{WORK}/rows"
for case in CASES:
    more = ["--parts", parts] if case == first else ["--parquet", rows] if case == "csv" else []
    result["hashes"][case] = snapshot(case, case, *more)

# The same events in Parquet, as another program would write them.
refold_spark.read_table(spark, [CASES["csv"].split(",")[0]], "csv").write.parquet(f"{WORK}/events.parquet")
CASES["parquet"] = f"{WORK}/events.parquet,{CASES['csv'].split(',')[1]}"
result["hashes"]["parquet"] = snapshot("parquet", "parquet")
result["rows"] = {table: spark.read.parquet(f"{rows}/{table}").count() for table in refold_spark.TABLES}
data = spark.read.parquet(f"{rows}/projections").orderBy("user_id", "projection_type", "key").select("data")
result["data"] = hashlib.sha256("\n".join(row[0] for row in data.collect()).encode()).hexdigest()

# Runs that fail.
killer = wrapper("killer", KILLS)
result["killed"] = snapshot("killed", first, "--refold-on-workers", killer)
result["killed_attempts"] = len([name for name in os.listdir(f"{killer}-marks") if name.endswith(".try")])
result["failing"] = snapshot(
    "failing", first, "--refold-on-workers", wrapper("failing", FAILS), "--parts", f"{WORK}/none", "--parquet",
    f"{WORK}/nothing")
result["failing_left"] = sorted(os.listdir(f"{WORK}/none")) + sorted(n for n in os.listdir(WORK) if n == "nothing")

result["hashes"]["lines"] = snapshot("lines", first, "--lines")

# Pieces that do not arrive as they were sent.
DAMAGES = """
case " $* " in *" fold "*)
  for last in "$2"/*.refold; do [ "$(stat -c %s "$last")" -gt 2000 ] && printf x | dd of="$last" bs=1 seek=1500 conv=notrunc 2> /dev/null; done;;
esac"""
result["damaged"] = snapshot("damaged", first, "--refold-on-workers", wrapper("damages", DAMAGES))
CUTS = """
case " $* " in *" pack "*) head -n 5 | "$0-real" "$@"; exit;; esac"""
cutter = wrapper("cuts", CUTS)
os.symlink(REFOLD, cutter + "-real")
result["cut_off"] = snapshot("cut_off", "generated", "--refold-on-workers", cutter)
# A compressed file that ends too early.
with open(CASES[first].split(",")[0], "rb") as source, open(f"{WORK}/short.ndjson.gz", "wb") as target:
    target.write(source.read()[:-1000])
CASES["short"] = f"{WORK}/short.ndjson.gz,{CASES[first].split(',')[1]}"
result["short"] = snapshot("short", "short")

# Live rows are compared where their partition is folded. The Parquet is read from the CSV as a run would read that.
refold_spark.read_table(spark, [f"{LIVE}/live.csv"], "csv").write.parquet(f"{LIVE}/live.parquet")
result["diffs"] = {}
for form in ("ndjson", "parquet"):
    found = f"{WORK}/differences-{form}"
    # Files of two folders that have one name.
    rules = [word for folder in ("one", "two") for word in ("--rules", f"{LIVE}/{folder}/rules.json")] if form == "parquet" else []
    done = timed(f"diff {form}", lambda: refold_spark.run(spark, options(
        "live", "--diff", f"{LIVE}/live.{form}", "--differences", found, "--json", *rules)))
    listed = spark.read.parquet(found).orderBy("user_id", "projection_type", "key").collect()
    result["diffs"][form] = {
        "status": done.status, "report": json.loads(done.report), "differences": [row.difference for row in listed],
        "agree": all(json.loads(row.difference)["causes"] == row.causes for row in listed)}

# Checked before any work.
result["refused"] = [snapshot("refused", "live", "--diff", f"{LIVE}/live.csv", "--differences", place, *more) for place, more in (
    (found, []), (f"{LIVE}/live.csv", ["--force"]), (LIVE, ["--force"]))]
result["refused"] += [snapshot("refused", "csv", "--parquet", rows), snapshot("refused", "csv", "--allow", "clock")]
result["refused"] += [snapshot("refused", "csv", "--reducers", "/nowhere.json"),
                      snapshot("refused", "csv", "--diff", PROGRAM, "--diff-format", "csv")]

# Without a merge, too, the log is judged as a whole.
with open(f"{WORK}/bare.ndjson", "w") as file:
    file.write('{"id":"00000000-0000-4000-8000-000000000001","user_id":"00000000-0000-4000-8000-000000000002",'
               '"timestamp":"2026-01-01T00:00:00Z","event_type":"set.logged","data":{}}\n')
CASES["bare"] = f"{WORK}/bare.ndjson,{CASES['live'].split(',')[1]}"
try:
    refold_spark.run(spark, options("bare", "--diff", f"{LIVE}/live.ndjson"))
    result["bare"] = "succeeded"
except refold_spark.Trouble as trouble:
    result["bare"] = str(trouble)
with open(f"{WORK}/short.csv", "w") as file:
    file.write("id,user_id,timestamp,event_type,data,metadata,created_at\nsecret,b,c\n")
CASES["short-csv"] = f"{WORK}/short.csv,{CASES['csv'].split(',')[1]}"
result["malformed"] = snapshot("malformed", "short-csv")

# A program is sent to the workers, which do not use the driver's copy.
LISTS = """
case " $* " in *" fold "*) echo "$@" >> "$marks/commands";; esac"""
lister = wrapper("lists", LISTS)
result["program"] = snapshot("program", "csv", "--refold-on-workers", lister, "--reducers", PROGRAM)
with open(f"{lister}-marks/commands") as commands:
    named = {word for line in commands for word in line.split() if word.endswith(os.path.basename(PROGRAM))}
result["program_sent"] = len(named) > 0 and PROGRAM not in named
with open(PROGRAM) as file:
    outside = {**json.load(file), "files": ["../count.py"]}
with open(f"{WORK}/outside.json", "w") as file:
    json.dump(outside, file)
result["program_outside"] = snapshot("outside", "csv", "--reducers", f"{WORK}/outside.json")


def collected(rows, live_splits=0):
    """The error of collecting a partition's pieces, empty if there is none."""
    folder = os.path.join(WORK, f"collected-{time.monotonic_ns()}")
    os.mkdir(folder)
    diff = refold_spark.PartDiff([], "ndjson", [], live_splits) if live_splits else None
    try:
        refold_spark.PieceFold("refold", [], 2, 7, None, diff).collect(3, rows, folder, folder)
    except refold_spark.Trouble as trouble:
        return str(trouble).removeprefix(refold_spark.MARK)
    return ""


result["no_arrow"] = refold_spark.explained(Exception("…\nModuleNotFoundError: No module named 'pyarrow'\n…"))
halves = [(3, 1, 2, 4, b"cd"), (3, 1, 0, 4, b"ab")]
result["live_pieces"] = [
    collected([(3, 0, 0, 1, b"x"), *halves, *live], live_splits=2)
    for live in ([(3, 2, 0, 0, b""), (3, 3, 0, 1, b"y")], [(3, 3, 0, 1, b"y")])]
result["pieces"] = dict(enumerate(map(collected, [
    [(3, 0, 0, 1, b"x"), *halves], [(3, 0, 0, 1, b"x")], [(3, 0, 0, 1, b"x"), (3, 0, 0, 1, b"x"), *halves],
    [(3, 0, 0, 1, b"x"), halves[1]], [(3, 0, 0, 1, b"x"), (3, 2, 0, 1, b"x"), *halves], [(4, 0, 0, 1, b"x"), *halves]])))

# Concurrent attempts at one part, as speculation makes them: two that complete and one that is cut short.
names = sorted(os.listdir(parts))
result["part_names"] = names
result["modes"] = sorted({oct(stat.S_IMODE(os.stat(path).st_mode)) for path in [parts] + [os.path.join(parts, n) for n in names]})


def attempt(chunks, errors):
    try:
        refold_spark.PartCommit(parts, 7)(3, chunks)
    except OSError as error:
        errors.append(str(error))


def slowly(path, fails=False):
    with open(path, "rb") as file:
        content = file.read()
    for start in range(0, len(content), 5000):
        time.sleep(0.01)
        if fails and start > 0:
            raise OSError("the attempt was cut short")
        yield content[start:start + 5000]


part, errors = os.path.join(parts, names[3]), []
before = digest(part)
copy = os.path.join(WORK, "copy.sqlite")
with open(part, "rb") as source, open(copy, "wb") as target:
    target.write(source.read())
threads = [threading.Thread(target=attempt, args=(slowly(copy, fails=n == 2), errors)) for n in range(3)]
for thread in threads:
    thread.start()
seen = set()
while any(thread.is_alive() for thread in threads):
    seen.add(digest(part))
result["attempts"] = {
    "errors": errors, "always_whole": seen <= {before} and digest(part) == before,
    "left": [name for name in os.listdir(parts) if name not in names]}
spark.stop()
print(json.dumps(result))
