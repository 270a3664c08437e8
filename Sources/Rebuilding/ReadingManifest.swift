import EventLog
import JSONTape

/// How a log was read, as lines of a manifest: only options that were given, and their outcome.
extension ReadingOptions {
  /// - Parameter unwrapped: the columns that hold JSON texts and were read as the documents in these texts.
  func manifestLines(unwrapped: PayloadColumns) -> [(key: String, value: String)] {
    var lines: [(key: String, value: String)] = []
    func add(_ key: String, _ value: String?) { if let value { lines.append(("reading." + key, value)) } }
    add("format", form?.rawValue)
    add("schema", schemas.isEmpty ? nil : list(schemas))
    add("database", database)
    add("table", tables.isEmpty ? nil : list(tables.map(\.description)))
    add("null", null)
    add("deleted", deleted?.rawValue)
    add("unwrap_data", unwrapsData ? "true" : nil)
    add("unwrapped", unwrapped.isEmpty ? nil : unwrapped.names.joined(separator: " "))
    add("no_metadata", allowsNoMetadata ? "true" : nil)
    add("allow_empty", allowsEmpty ? "true" : nil)
    return lines
  }

  private func list(_ texts: [String]) -> String {
    String(decoding: JSONTree.array(texts.map { .string($0) }).canonicalBytes, as: UTF8.self)
  }

  /// The options that a manifest records. An option it does not name has its default.
  package init(manifest value: (String) -> String?) {
    self.init()
    func texts(_ key: String) -> [String] {
      guard let text = value("reading." + key), let tree = try? JSONTree(parsing: Array(text.utf8)) else { return [] }
      return tree.array?.compactMap(\.string) ?? []
    }
    form = value("reading.format").flatMap { RecordForm(rawValue: $0) }
    schemas = texts("schema")
    database = value("reading.database")
    tables = texts("table").compactMap { TableName(argument: $0) }
    null = value("reading.null")
    deleted = value("reading.deleted").flatMap { DeletedRows(rawValue: $0) }
    unwrapsData = value("reading.unwrap_data") == "true"
    allowsNoMetadata = value("reading.no_metadata") == "true"
    allowsEmpty = value("reading.allow_empty") == "true"
  }

  /// The columns that were read as the documents in their JSON texts, according to a manifest.
  package static func unwrapped(manifest value: (String) -> String?) -> PayloadColumns {
    PayloadColumns(names: value("reading.unwrapped")?.split(separator: " ").map(String.init) ?? [])
  }
}
