import EventLog
import EventModel
import Folding
import JSONTape
import SnapshotStore

/// Columns that depend on how often and by which jobs a row was written.
package struct Bookkeeping {
  var id: UUID128?
  var version: Int64?
  /// `nil`: the side has no such column.
  var lastEvent: EventID??
  var createdAt: Instant?
  package var updatedAt: Instant?
}

/// A row of one side. Its data is packed only on demand. Valid as long as its cursor stays on the user.
package struct SideRow {
  var key: Key
  /// Canonical JSON, for rows of a snapshot.
  package var text: UnsafeRawBufferPointer?
  package var packed: JSONValue?
  package var bookkeeping: Bookkeeping
  /// Number of rows with this key: those that are not kept, and this one.
  package var copies = 1
  /// Further keys of the type that no reducer writes. They are only counted, not kept.
  package var others = LiveRowMerger.OtherKeys()
  /// The newest `updated_at` of all these rows.
  package var newestUpdate: Instant?
  /// Whether some rows of the key have no `updated_at`.
  package var lacksUpdate = false

  /// The number of rows: this one and all that are counted with it.
  var rowCount: Int { copies + others.rows }

  /// The projection's number in the catalogue; `nil` for a key that no reducer writes.
  package var number: Int? {
    if case .listed(let number) = key { number } else { nil }
  }

  package func name(_ catalogue: Catalogue) -> ProjectionName {
    switch key {
    case .listed(let number): catalogue.names[number]
    case .other(let other): other.name
    }
  }

  /// The projection of a row. Most rows are `listed`; copying them needs no reference counting.
  enum Key {
    /// The projection's number in the catalogue.
    case listed(Int)
    case other(OtherName)
  }

  /// A name that no reducer writes.
  final class OtherName {
    let name: ProjectionName
    init(_ name: ProjectionName) { self.name = name }
  }
}

/// Reads the rows of a snapshot, one user at a time.
package final class SnapshotSide {
  private let cursor: StoredRowCursor
  /// Keys and types of the catalogue's projections, by number.
  private let names: [(key: [UInt8], type: [UInt8])]
  private var pending: StoredRow?
  private let arena = ByteArena(capacity: 1 << 14)
  private var ranges: [Range<Int>] = []
  package private(set) var rows: [SideRow] = []

  package init(_ catalogue: Catalogue, _ reader: SnapshotReader, slice: UserSlice) throws(SnapshotError) {
    names = catalogue.names.map { (Array($0.key.utf8), Array($0.type.utf8)) }
    cursor = try reader.rows(from: slice.lower, to: slice.upper, withBookkeeping: true)
    pending = try cursor.next()
  }

  package var nextUser: UserID? { pending?.user }

  /// Moves to the next user.
  package func next() throws(SnapshotError) {
    rows.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
    arena.count = 0
    guard let user = pending?.user else { return }
    while let row = pending, row.user == user {
      let start = arena.count
      arena.append(row.data)
      ranges.append(start..<arena.count)
      rows.append(side(row))
      pending = try cursor.next()
    }
    for index in rows.indices { rows[index].text = UnsafeRawBufferPointer(rebasing: arena.bytes[ranges[index]]) }
  }

  private func side(_ row: StoredRow) -> SideRow {
    SideRow(
      key: key(row),
      bookkeeping: Bookkeeping(
        id: row.id, version: Int64(row.version), lastEvent: .some(row.lastEvent), createdAt: row.createdAt,
        updatedAt: row.updatedAt),
      newestUpdate: row.updatedAt, lacksUpdate: row.updatedAt == nil)
  }

  private func key(_ row: StoredRow) -> SideRow.Key {
    if let number = names.firstIndex(where: {
      row.key.equals($0.key) && row.type.equals($0.type)
    }) {
      return .listed(number)
    }
    let name = ProjectionName(
      type: String(decoding: row.type, as: UTF8.self), key: String(decoding: row.key, as: UTF8.self))
    return .other(SideRow.OtherName(name))
  }
}

/// Reads the rows of the live side, one user at a time.
package final class LiveRows {
  private enum Source {
    case export(LiveRowMerger)
    case snapshot(SnapshotSide)
  }

  private let source: Source
  private let names: [ProjectionName]
  /// The current user's rows, by projection, unknown key and place in the input.
  package private(set) var rows: [SideRow] = []

  /// - Parameter other: the live side, already open, if it is a snapshot. Opening it takes as long as reading some
  ///   hundred rows.
  package init(
    _ catalogue: Catalogue, _ side: LiveSide, open other: SnapshotReader? = nil, slice: UserSlice, bufferSize: Int
  ) throws {
    names = catalogue.names
    switch side {
    case .export(let export):
      source = .export(try LiveRowMerger(export.runs, slice: slice, bufferSize: bufferSize))
    case .snapshot(let path):
      source = .snapshot(try SnapshotSide(catalogue, try other ?? SnapshotReader(path), slice: slice))
    }
  }

  package var nextUser: UserID? {
    switch source {
    case .export(let merger): merger.nextUser
    case .snapshot(let side): side.nextUser
    }
  }

  /// Moves to the next user. Of several rows with one key, keeps the first and those that are `wanted`.
  package func next(keeping wanted: (SideRow) throws -> Bool = { _ in false }) throws {
    switch source {
    case .snapshot(let side):
      try side.next()
      rows = side.rows
    case .export(let merger):
      rows.removeAll(keepingCapacity: true)
      guard try merger.next(keeping: { try wanted(side($0)) }) else { return }
      for kept in merger.rows {
        var row = side(kept.row)
        row.copies = kept.copies
        row.newestUpdate =
          kept.newestUpdate == LiveRowHead.none ? nil : Instant(microseconds: kept.newestUpdate)
        row.lacksUpdate = kept.lacksUpdate
        row.others = kept.others
        rows.append(row)
      }
    }
  }

  private func side(_ row: LiveRow) -> SideRow {
    let head = row.head
    let isUnknown = head.name >= LiveRowHead.unknownKey
    let number = Int(isUnknown ? head.name - LiveRowHead.unknownKey : head.name)
    let key: SideRow.Key =
      isUnknown
      ? .other(SideRow.OtherName(ProjectionName(type: names[number].type, key: row.unknownKey))) : .listed(number)
    let columns = head.columns
    return SideRow(
      key: key, packed: isUnknown ? nil : row.data,
      bookkeeping: Bookkeeping(
        id: columns.contains(.id) ? head.id : nil, version: columns.contains(.version) ? head.version : nil,
        lastEvent: columns.contains(.lastEvent)
          ? .some(head.lastEvent) : columns.contains(.noLastEvent) ? .some(nil) : nil,
        createdAt: columns.contains(.createdAt) ? Instant(microseconds: head.createdAt) : nil,
        updatedAt: columns.contains(.updatedAt) ? Instant(microseconds: head.updatedAt) : nil))
  }
}
