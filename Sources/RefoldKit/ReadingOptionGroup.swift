import ArgumentParser
import EventLog

/// The log's companions, on the commands that fold a log: the users export, the log's format and the instant.
struct FoldInputOptions: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("Users export: its users get rows even without events.", valueName: "file"),
    completion: .file())
  var users: [String] = []

  @Option(
    help: ArgumentHelp(
      "Format of the log: \(FormArgument.list). Default: detected from each file's content.", valueName: "form"))
  var format: FormArgument?

  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp(
      "The instant to use as now, with an offset. Default: the newest created_at in the log.", valueName: "instant"))
  var asOf: InstantArgument?
}

/// The options for reading exports, on every command that reads a log.
struct ReadingOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Read the tables of this schema of a dump; repeatable. Default: public, or the only one.", valueName: "name"))
  var schema: [String] = []

  @Option(help: ArgumentHelp("Read this database of a cluster dump.", valueName: "name"))
  var database: String?

  @Option(
    help: ArgumentHelp("Read this table of a dump as events; repeatable. Default: events.", valueName: "schema.name"))
  var table: [TableArgument] = []

  @Option(help: ArgumentHelp("Unquoted text that is NULL in CSV and COPY text.", valueName: "text"))
  var null: String?

  @Option(help: ArgumentHelp("What to do with rows marked as deleted. Default: stop.", valueName: "drop|keep"))
  var deleted: DeletedRows?

  @Flag(help: "If data or metadata is a JSON text in every event, read the JSON in the text.")
  var unwrapData = false

  @Flag(help: "Read a log without any metadata, as if it were null.")
  var noMetadata = false

  @Flag(help: "Read a log without any event.")
  var allowEmpty = false

  func validate() throws {
    if let null, null.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) {
      throw ValidationError("--null takes a text without tabs and line ends")
    }
    if null?.isEmpty == true { throw ValidationError("--null takes a text; the empty field is NULL anyway") }
    if !table.isEmpty, !schema.isEmpty { throw ValidationError("--table names the schema: leave out --schema") }
  }

  /// - Parameter format: how the log is written, if the command has an option for it.
  func reading(_ format: FormArgument? = nil) -> ReadingOptions {
    var reading = ReadingOptions()
    reading.form = format?.form
    reading.schemas = schema
    reading.database = database
    reading.tables = table.map(\.name)
    reading.null = null
    reading.deleted = deleted
    reading.unwrapsData = unwrapData
    reading.allowsNoMetadata = noMetadata
    reading.allowsEmpty = allowEmpty
    return reading
  }
}

extension DeletedRows: ExpressibleByArgument {}

/// `SCHEMA.NAME`, as SQL writes names.
struct TableArgument: ExpressibleByArgument {
  var name: TableName

  init?(argument: String) {
    guard let name = TableName(argument: argument) else { return nil }
    self.name = name
  }
}
