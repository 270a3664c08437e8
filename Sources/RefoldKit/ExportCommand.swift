import ArgumentParser
import Runbooks

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export-sql",
    abstract: "Prints a psql script that exports what refold reads, as of one instant.",
    usage: "refold export-sql [<options>]",
    discussion: """
      One transaction (repeatable read) copies events, users and projections to
      CSV files, so that all files are of one instant. \\copy writes on the machine
      that runs psql, row by row. Avoid two other ways to export: psql -At holds a
      whole table in memory before it prints, unless FETCH_COUNT is set, and drops
      some characters; COPY (select row_to_json(e) …) TO writes COPY text, which
      doubles backslashes and is not NDJSON.

      Examples:
        umask 077
        refold export-sql | psql -X -q -v ON_ERROR_STOP=1 "$DATABASE_URL"
        refold export-sql --compress zstd --directory /backup --jobs > export.sql
        refold export-sql --since "$(date -u -d '2 days ago' +%FT%TZ)" > new.sql

        refold rebuild events.csv --users users.csv -o snapshot.sqlite
        refold diff snapshot.sqlite projections.csv --log events.csv

      Exit status: 0 printed, 2 trouble.
      """)

  @Option(help: ArgumentHelp("The schema of the tables. Default: psql's search path.", valueName: "name"))
  var schema: String?

  @Option(
    help: ArgumentHelp("Directory of the files. Default: the directory psql runs in.", valueName: "dir"),
    completion: .directory)
  var directory = "."

  @Option(help: ArgumentHelp("Compress the files: gzip or zstd.", valueName: "program"))
  var compress: ExportScript.Compression?

  @Option(
    help: ArgumentHelp(
      "Export only events stored since then, to add to a packed log. Take more than is new: overlap does no harm.",
      valueName: "instant"))
  var since: InstantArgument?

  @Flag(help: "Export background_jobs too, for verify and plan.")
  var jobs = false

  func validate() throws {
    if directory.contains(where: \.isNewline) { throw ValidationError("--directory takes a path of one line") }
  }

  func run() throws {
    var script = ExportScript()
    script.schema = schema
    script.directory = directory
    script.compression = compress
    script.takesJobs = jobs
    script.since = since?.instant
    try Terminal.output(script.text)
  }
}

extension ExportScript.Compression: ExpressibleByArgument {}
