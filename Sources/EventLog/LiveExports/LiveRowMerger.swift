import EventModel
import Platform

/// Merges sorted runs, and returns the live rows of one user at a time, in user order, for the users of a slice.
///
/// Memory: one read buffer per file run, and the kept rows of one user. Of rows with the same key, the first is kept,
/// and those that the caller wants. Of keys that are not in the catalogue, only the first ``unknownKeyLimit`` of each
/// type are kept, without their data. All other rows are counted.
package final class LiveRowMerger {
  /// Maximum number of kept keys per user and type, for keys that are not in the catalogue.
  package static let unknownKeyLimit = 100

  /// Counts of the keys that are not kept.
  package struct OtherKeys: Sendable {
    package fileprivate(set) var keys = 0
    package fileprivate(set) var rows = 0
    /// Keys with at least one row without `updated_at`.
    package fileprivate(set) var lackingUpdate = 0

    package init() {}
  }

  /// A kept row, and counts of the rows that it represents.
  package struct Kept {
    package fileprivate(set) var row: LiveRow
    /// Number of rows with its key that were not kept, plus 1 for the row itself.
    package fileprivate(set) var copies = 1
    /// Further keys of its type, if it is the last kept row of the type.
    package fileprivate(set) var others = OtherKeys()
    /// The newest `updated_at` of all these rows, in microseconds; ``LiveRowHead/none`` if they have none.
    package fileprivate(set) var newestUpdate: Int64
    /// Whether some row with its key has no `updated_at`.
    package fileprivate(set) var lacksUpdate: Bool
    /// Offset of the copy in the arena; `nil` if the row was not copied.
    fileprivate var offset: Int?

    fileprivate init(_ row: LiveRow, offset: Int?) {
      self.row = row
      self.offset = offset
      newestUpdate = row.head.updatedAt
      lacksUpdate = newestUpdate == LiveRowHead.none
    }

    fileprivate mutating func count(_ row: LiveRow) {
      let update = row.head.updatedAt
      copies += 1
      newestUpdate = max(newestUpdate, update)
      if update == LiveRowHead.none { lacksUpdate = true }
    }

    /// Counts a row with a key that is not kept.
    fileprivate mutating func countOther(_ row: LiveRow, isNew: Bool, isFirstLacking: Bool) {
      newestUpdate = max(newestUpdate, row.head.updatedAt)
      others.rows += 1
      if isNew { others.keys += 1 }
      if isFirstLacking { others.lackingUpdate += 1 }
    }
  }

  private var cursors: [LiveRunCursor] = []
  /// Kept alive because rows of runs in memory are not copied.
  private let runs: [LiveRun]
  private let arena = ByteArena(capacity: 1 << 14)
  /// The user's kept rows by projection, unknown key and position in the input. Valid until the next call of
  /// ``next(keeping:)``.
  package private(set) var rows: [Kept] = []
  private var unknown: UnknownKeys?

  /// State for the current type's keys that are not in the catalogue.
  private struct UnknownKeys {
    var name: UInt8
    var count = 0
    var key: [UInt8] = []
    /// Whether some row of the current key has no `updated_at`.
    var lacksUpdate = false
  }

  /// - Parameter bufferSize: size of the read buffer of each file run, in bytes.
  package init(_ runs: [LiveRun], slice: UserSlice, bufferSize: Int) throws(StorageFault) {
    self.runs = runs
    for run in runs {
      let cursor = try LiveRunCursor(run, slice: slice, bufferSize: bufferSize)
      if cursor.current != nil { cursors.append(cursor) }
    }
  }

  /// The user that ``next(keeping:)`` will move to; `nil` at the end.
  package var nextUser: UserID? {
    var user: UserID?
    for cursor in cursors {
      guard let current = cursor.current?.user else { continue }
      if user == nil || current < user! { user = current }
    }
    return user
  }

  /// Loads the next user's rows into ``rows``. Returns `false` at the end. O(rows × runs).
  ///
  /// - Parameter wanted: called in order for each further row with the same key of the catalogue; whether to keep that
  ///   row, too.
  package func next(keeping wanted: (LiveRow) throws -> Bool) throws -> Bool {
    rows.removeAll(keepingCapacity: true)
    unknown = nil
    guard let user = nextUser else { return false }
    arena.count = 0
    var first = 0
    while let cursor = nextCursor(of: user), let row = cursor.current {
      let name = row.head.name
      if name >= LiveRowHead.unknownKey {
        noteUnknown(row, of: cursor)
      } else if first < rows.count, self.name(of: rows[first]) == name {
        if try wanted(row) { keep(row, of: cursor) } else { rows[first].count(row) }
      } else {
        first = rows.count
        keep(row, of: cursor)
      }
      try cursor.advance()
    }
    cursors.removeAll { $0.current == nil }
    for position in rows.indices {
      if let offset = rows[position].offset { rows[position].row = LiveRow(arena.base + offset) }
    }
    return true
  }

  /// Handles a row whose key is not in the catalogue. The rows of a type arrive sorted by key.
  private func noteUnknown(_ row: LiveRow, of cursor: LiveRunCursor) {
    var met = unknown ?? UnknownKeys(name: row.head.name)
    if met.name != row.head.name { met = UnknownKeys(name: row.head.name) }
    let isNew = met.count == 0 || !row.unknownKeyBytes.equals(met.key)
    if isNew {
      met.count += 1
      met.key = Array(row.unknownKeyBytes)
      met.lacksUpdate = false
    }
    let lacksUpdate = row.head.updatedAt == LiveRowHead.none
    if met.count > LiveRowMerger.unknownKeyLimit {
      rows[rows.count - 1].countOther(row, isNew: isNew, isFirstLacking: lacksUpdate && !met.lacksUpdate)
    } else if isNew {
      keep(row, of: cursor)
    } else {
      rows[rows.count - 1].count(row)
    }
    if lacksUpdate { met.lacksUpdate = true }
    unknown = met
  }

  /// The cursor at the user's next row; `nil` after the last.
  private func nextCursor(of user: UserID) -> LiveRunCursor? {
    var next: LiveRunCursor?
    for cursor in cursors {
      guard let row = cursor.current, row.user == user else { continue }
      if let other = next?.current, !LiveRow.precedes(row, other) { continue }
      next = cursor
    }
    return next
  }

  private func name(of kept: Kept) -> UInt8 {
    (kept.offset.map { LiveRow(arena.base + $0) } ?? kept.row).head.name
  }

  private func keep(_ row: LiveRow, of cursor: LiveRunCursor) {
    rows.append(Kept(row, offset: cursor.isStable ? nil : arena.count))
    if cursor.isStable { return }
    let isUnknown = row.head.name >= LiveRowHead.unknownKey
    arena.append(isUnknown ? row.headAndKey : UnsafeRawBufferPointer(start: row.base, count: row.size))
  }
}

/// A cursor in a sorted run of live rows.
private final class LiveRunCursor {
  private(set) var current: LiveRow?
  /// Whether rows stay valid when the cursor advances.
  let isStable: Bool

  private let upper: UserID?
  private var memory: LiveMemoryRun?
  private var position = 0
  private var file: LiveFileRun?
  private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var filled = 0
  private var at = 0
  private var fileOffset = 0

  init(_ run: LiveRun, slice: UserSlice, bufferSize: Int) throws(StorageFault) {
    upper = slice.upper
    switch run {
    case .memory(let run):
      isStable = true
      memory = run
      if let lower = slice.lower { position = run.index.partitioningIndex { !($0.user < lower) } }
      showMemory()
    case .file(let run):
      isStable = false
      file = run
      fileOffset = run.range.lowerBound
      if let lower = slice.lower {
        let mark = run.marks.partitioningIndex { !($0.user < lower) }
        if mark > 0 { fileOffset = run.marks[mark - 1].offset }
      }
      buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bufferSize, 4096), alignment: 16)
      try showFile()
      if let lower = slice.lower {
        while let row = current, row.user < lower { try advance() }
      }
    }
  }

  deinit { buffer.deallocate() }

  func advance() throws(StorageFault) {
    if isStable {
      position += 1
      showMemory()
    } else if let current {
      at += current.size
      try showFile()
    }
  }

  private func showMemory() {
    guard let memory, position < memory.index.count else { return show(nil) }
    show(LiveRow(memory.arena.base + memory.index[position].offset))
  }

  private func showFile() throws(StorageFault) {
    if filled - at < LiveRowHead.size || filled - at < LiveRow(buffer.baseAddress! + at).size {
      try refill()
      if filled - at < LiveRowHead.size { return show(nil) }
    }
    show(LiveRow(UnsafeRawPointer(buffer.baseAddress!) + at))
  }

  /// Makes a row current, unless it is beyond the slice.
  private func show(_ row: LiveRow?) {
    current = row
    if let row, let upper, !(row.user < upper) { current = nil }
  }

  /// Moves unread bytes to the front and reads until the buffer holds a whole row. Grows the buffer if needed.
  private func refill() throws(StorageFault) {
    guard let file else { return }
    let rest = filled - at
    if rest > 0 { memmove(buffer.baseAddress!, buffer.baseAddress! + at, rest) }
    at = 0
    filled = rest
    while true {
      let want = min(buffer.count - filled, file.range.upperBound - fileOffset)
      if want > 0 {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + want])
        let got = try file.file.read(part, at: fileOffset)
        if got < want { throw StorageFault(path: "temporary file", reason: "shorter than what was written") }
        filled += got
        fileOffset += got
      }
      if filled < LiveRowHead.size { return }
      let size = LiveRow(buffer.baseAddress!).size
      if filled >= size { return }
      let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: size * 2, alignment: 16)
      larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[0..<filled]))
      buffer.deallocate()
      buffer = larger
    }
  }
}
