import EventModel
import JSONTape

/// The fixed head of a live row: a row of an exported projections table, as stored between reading and comparing. After
/// the head come the key, unless it is in the catalogue, and the packed `data`.
package struct LiveRowHead: BitwiseCopyable, Sendable {
  package var user: UserID
  /// Position in the input. Of rows with the same key, the first has the smallest.
  package var ordinal: UInt64
  package var id: UUID128
  package var lastEvent: EventID
  /// In microseconds; ``none`` if the export has no such column or it is NULL.
  package var createdAt: Int64
  package var updatedAt: Int64
  package var version: Int64
  package var length: UInt32
  package var keyLength: UInt16
  /// Number of the projection in the catalogue. For a key that is not in the catalogue, ``unknownKey`` plus the number
  /// of the first projection of its type.
  package var name: UInt8
  package var columns: LiveColumns

  package static let none = Int64.min
  /// Added to the number of a type if the key is not in the catalogue.
  package static let unknownKey: UInt8 = 128
  package static let size = 96
}

/// Which bookkeeping columns a row has.
package struct LiveColumns: OptionSet, Sendable, BitwiseCopyable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let id = LiveColumns(rawValue: 1)
  package static let version = LiveColumns(rawValue: 2)
  package static let lastEvent = LiveColumns(rawValue: 4)
  /// `last_event_id` is null. In CSV and COPY text this is also set if the column is missing.
  package static let noLastEvent = LiveColumns(rawValue: 8)
  package static let createdAt = LiveColumns(rawValue: 16)
  package static let updatedAt = LiveColumns(rawValue: 32)
}

/// A view of a live row. Does not own the memory.
package struct LiveRow: BitwiseCopyable, @unchecked Sendable {
  package let base: UnsafeRawPointer

  package init(_ base: UnsafeRawPointer) { self.base = base }

  package var head: LiveRowHead { base.loadUnaligned(as: LiveRowHead.self) }
  package var user: UserID { base.loadUnaligned(as: UserID.self) }
  /// The row's id; `nil` if the export does not have it.
  package var id: UUID128? { head.columns.contains(.id) ? head.id : nil }

  /// The key if it is not in the catalogue; otherwise empty.
  package var unknownKey: String { String(decoding: unknownKeyBytes, as: UTF8.self) }

  var unknownKeyBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base + LiveRowHead.size, count: Int(head.keyLength))
  }

  /// Head and key, without the data.
  var headAndKey: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base, count: LiveRowHead.size + Int(head.keyLength))
  }

  package var data: JSONValue { JSONValue(base + LiveRowHead.size + Int(head.keyLength)) }

  /// Size of head, key and data in bytes.
  package var size: Int { LiveRowHead.size + Int(head.length) }

  /// Orders by user, projection, key (if it is not in the catalogue), and position in the input.
  static func precedes(_ a: LiveRow, _ b: LiveRow) -> Bool {
    let (x, y) = (a.head, b.head)
    if x.user != y.user { return x.user < y.user }
    if x.name != y.name { return x.name < y.name }
    if x.name >= LiveRowHead.unknownKey {
      let order = a.unknownKeyBytes.order(to: b.unknownKeyBytes)
      if order != 0 { return order < 0 }
    }
    return x.ordinal < y.ordinal
  }
}

/// The projections that are compared, in the order of their numbers.
package struct LiveCatalog: Sendable {
  package let names: [ProjectionName]
  private let bytes: [(type: [UInt8], key: [UInt8])]

  package init(_ names: [ProjectionName]) {
    precondition(names.count < Int(LiveRowHead.unknownKey))
    self.names = names
    bytes = names.map { (Array($0.type.utf8), Array($0.key.utf8)) }
  }

  /// The number of a projection, as in ``LiveRowHead/name``; `nil` if no projection in the catalogue has the type.
  /// O(names).
  func number(type: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer) -> UInt8? {
    var ofType: UInt8?
    for (index, name) in bytes.enumerated() where type.equals(name.type) {
      if key.equals(name.key) { return UInt8(index) }
      if ofType == nil { ofType = UInt8(index) }
    }
    return ofType.map { $0 + LiveRowHead.unknownKey }
  }
}
