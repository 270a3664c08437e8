import EventLog
import JSONTape

/// The reading options of a case: an object in `case.json` whose keys are the options' names.
extension ReadingOptions {
  /// The object; `nil` if every option has its default.
  var json: JSONTree? {
    var members: [JSONTree.Member] = []
    if let form { members.append(.init("format", .string(form.rawValue))) }
    if !schemas.isEmpty { members.append(.init("schema", .array(schemas.map { .string($0) }))) }
    if let database { members.append(.init("database", .string(database))) }
    if !tables.isEmpty { members.append(.init("table", .array(tables.map { .string($0.description) }))) }
    if let null { members.append(.init("null", .string(null))) }
    if let deleted { members.append(.init("deleted", .string(deleted.rawValue))) }
    for (name, isOn) in [
      ("unwrap_data", unwrapsData), ("no_metadata", allowsNoMetadata), ("allow_empty", allowsEmpty),
    ] where isOn { members.append(.init(name, .bool(true))) }
    return members.isEmpty ? nil : .object(members)
  }

  private static let keys = [
    "format", "schema", "database", "table", "null", "deleted", "unwrap_data", "no_metadata", "allow_empty",
  ]

  /// Reads the object of a case; without one, every option has its default.
  init(_ json: JSONTree?, _ files: CaseFiles) throws(CaseError) {
    self.init()
    guard let json else { return }
    try files.refuseUnknown(json, "reading", ReadingOptions.keys)
    if let text = try files.text(json, "format", in: "reading") {
      guard let form = RecordForm(rawValue: text) else { throw files.fault("reading.format", "not a form of exports") }
      self.form = form
    }
    schemas = try files.texts(json, "schema", in: "reading")
    database = try files.text(json, "database", in: "reading")
    for text in try files.texts(json, "table", in: "reading") {
      guard let name = TableName(argument: text) else { throw files.fault("reading.table", "not SCHEMA.NAME") }
      tables.append(name)
    }
    null = try files.text(json, "null", in: "reading")
    if let text = try files.text(json, "deleted", in: "reading") {
      guard let deleted = DeletedRows(rawValue: text) else { throw files.fault("reading.deleted", "not drop or keep") }
      self.deleted = deleted
    }
    unwrapsData = try files.flag(json, "unwrap_data", in: "reading")
    allowsNoMetadata = try files.flag(json, "no_metadata", in: "reading")
    allowsEmpty = try files.flag(json, "allow_empty", in: "reading")
  }

  /// The options that still matter once the records have been rewritten as NDJSON. The choice of tables and the
  /// spelling of NULL do not.
  var afterCopy: ReadingOptions {
    var reading = ReadingOptions()
    reading.deleted = deleted
    reading.unwrapsData = unwrapsData
    reading.allowsNoMetadata = allowsNoMetadata
    reading.allowsEmpty = allowsEmpty
    return reading
  }

  /// The options as command-line arguments.
  var arguments: [String] {
    var arguments: [String] = []
    func add(_ name: String, _ values: [String]) { for value in values { arguments += [name, value] } }
    add("--format", form.map { [$0.rawValue] } ?? [])
    add("--schema", schemas)
    add("--database", database.map { [$0] } ?? [])
    add("--table", tables.map(\.description))
    add("--null", null.map { [$0] } ?? [])
    add("--deleted", deleted.map { [$0.rawValue] } ?? [])
    if unwrapsData { arguments.append("--unwrap-data") }
    if allowsNoMetadata { arguments.append("--no-metadata") }
    if allowsEmpty { arguments.append("--allow-empty") }
    return arguments
  }
}
