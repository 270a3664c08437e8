import EventLog
import EventModel
import Reporting

/// Counts over the records of a whole log that show how it was exported. No single record shows it.
///
/// Each part of a distributed run counts its own records. The merge adds up the counts and judges the sum.
package struct ReadingCounts: Sendable, Equatable {
  /// Records that are events, including repeats. Malformed records and those left out as deleted do not count.
  package var events = 0
  var dataNulls = 0
  /// Events whose `data` is a text that holds a JSON object.
  var dataTexts = 0
  /// Events whose `metadata` is null.
  var metadataNulls = 0
  var metadataTexts = 0
  /// Records without `metadata`, in forms that allow to leave it out.
  var metadataMissing = 0
  /// Records without `created_at`: their `timestamp` is used for the clock and for visibility.
  package private(set) var createdAtMissing = 0
  var marked = MarkedRows()

  /// Counts the traits of an event.
  package mutating func note(_ traits: RecordTraits) {
    if traits.contains(.dataNull) { dataNulls += 1 }
    if traits.contains(.dataText) { dataTexts += 1 }
    if traits.contains(.metadataNull) { metadataNulls += 1 }
    if traits.contains(.metadataText) { metadataTexts += 1 }
    if traits.contains(.metadataMissing) { metadataMissing += 1 }
    if traits.contains(.createdAtMissing) { createdAtMissing += 1 }
  }

  package mutating func add(_ other: ReadingCounts) {
    for field in ReadingCounts.fields { self[keyPath: field.path] += other[keyPath: field.path] }
    marked.add(other.marked)
  }

  private var dataGiven: Int { events - dataNulls }
  private var metadataGiven: Int { events - metadataNulls - metadataMissing }

  /// The columns that are JSON texts in every event that has a value there.
  package var textColumns: PayloadColumns {
    var columns: PayloadColumns = dataTexts > 0 && dataTexts == dataGiven ? .data : []
    if metadataTexts > 0, metadataTexts == metadataGiven { columns.insert(.metadata) }
    return columns
  }

  package var storedInstants: StoredInstants {
    createdAtMissing == 0 ? .all : createdAtMissing == events ? .none : .some
  }

  /// Where an as-of comes from that is not given.
  package var asOfSource: AsOfSource { storedInstants == .none ? .newestTimestamp : .newestCreatedAt }

  /// Why a log with these counts is refused with these options; `nil` if it is read.
  func fault(_ reading: ReadingOptions) -> ReadingFault? {
    if marked.total > 0, reading.deleted == nil { return .marked(marked) }
    if events == 0 { return reading.allowsEmpty ? nil : .empty }
    if metadataMissing == events, !reading.allowsNoMetadata { return .noMetadata }
    if !textColumns.isEmpty, !reading.unwrapsData {
      return .texts(textColumns, count: textColumns.contains(.data) ? dataTexts : metadataTexts)
    }
    return nil
  }

  /// Notices for the operator about a log that is read.
  var notices: [Foreign] {
    var notices: [Foreign] = []
    func note(_ column: String, _ texts: Int, of given: Int) {
      guard texts > 0, texts < given else { return }
      notices.append(
        """
        \(column) of \(texts) of \(given) events is a JSON text that holds JSON; it is read as a text, as the live \
        system reads it, and most such users fail
        """)
    }
    note("data", dataTexts, of: dataGiven)
    note("metadata", metadataTexts, of: metadataGiven)
    switch storedInstants {
    case .all: break
    case .none:
      notices.append(
        """
        no event has created_at: timestamp is used instead. An as-of that is not given is the newest timestamp, and \
        which events a live row could see can only be guessed; export created_at too
        """)
    case .some:
      notices.append(
        "\(createdAtMissing) of \(events) events have no created_at: their timestamp is used instead; export it too")
    }
    return notices
  }

  // MARK: In the manifest of a part

  private static let prefix = "partition.reading."
  private static let fields: [(name: String, path: WritableKeyPath<ReadingCounts, Int> & Sendable)] = [
    ("events", \.events), ("data_nulls", \.dataNulls), ("data_texts", \.dataTexts), ("metadata_nulls", \.metadataNulls),
    ("metadata_texts", \.metadataTexts), ("metadata_missing", \.metadataMissing),
    ("created_at_missing", \.createdAtMissing),
  ]

  /// Whether a key of a part's manifest is one of these counts.
  static func isKey(_ key: String) -> Bool { key.hasPrefix(prefix) }

  /// The counts as lines of a part's manifest.
  var lines: [(key: String, value: String)] {
    ReadingCounts.fields.map { (ReadingCounts.prefix + $0.name, String(self[keyPath: $0.path])) }
      + zip(DeletionMarks.columns, marked.counts).filter { $0.1 > 0 }
      .map { (ReadingCounts.prefix + "marked." + $0.0, String($0.1)) }
  }

  /// Reads the counts from a part's manifest; `nil` if one is missing or not a number.
  init?(_ value: (String) -> String?) {
    for field in ReadingCounts.fields {
      guard let number = value(ReadingCounts.prefix + field.name).flatMap({ Int($0) }) else { return nil }
      self[keyPath: field.path] = number
    }
    for (column, name) in DeletionMarks.columns.enumerated() {
      guard let text = value(ReadingCounts.prefix + "marked." + name) else { continue }
      guard let number = Int(text) else { return nil }
      marked.counts[column] = number
    }
  }

  package init() {}

  /// The counts of a pack: what its events are, whatever they were read from.
  init(_ facts: PackFacts) {
    events = facts.events
    for bit in facts.traits.indices {
      switch RecordTraits(rawValue: 1 << UInt8(bit)) {
      case .dataNull: dataNulls = facts.traits[bit]
      case .dataText: dataTexts = facts.traits[bit]
      case .metadataNull: metadataNulls = facts.traits[bit]
      case .metadataText: metadataTexts = facts.traits[bit]
      case .metadataMissing: metadataMissing = facts.traits[bit]
      case .createdAtMissing: createdAtMissing = facts.traits[bit]
      default: preconditionFailure("one trait for each bit")
      }
    }
  }
}

/// Why a log is refused: what is wrong with its records as a whole. The description names the options that allow it.
package enum ReadingFault: Error, Equatable, CustomStringConvertible {
  case empty
  case noMetadata
  case marked(MarkedRows)
  case texts(PayloadColumns, count: Int)

  package var description: String {
    switch self {
    case .empty: "the log holds no event; --allow-empty reads it all the same"
    case .noMetadata:
      """
      no record of the log has metadata: it was not exported, and rows would be wrong; export it too, or say \
      --no-metadata to read it as null
      """
    case .marked(let rows):
      """
      \(rows.total) \(rows.total == 1 ? "record is" : "records are") marked as deleted (\(rows.description)); say --deleted drop \
      to leave out every record with the id of one of them, or --deleted keep to read them all
      """
    case .texts(let columns, let count):
      """
      \(columns.names.joined(separator: " and ")) of every event that has any (\(count)) is a JSON text that holds JSON: the \
      export wrote jsonb as text; say --unwrap-data to read the JSON in the texts
      """
    }
  }
}
