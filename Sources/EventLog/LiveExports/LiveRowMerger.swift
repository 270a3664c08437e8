import EventModel
import Glibc

/// Merges sorted runs into one user's live rows after the other, in user order, for the users of a slice.
///
/// Memory: one read buffer a file run, and the rows of one user.
package final class LiveRowMerger {
  private var cursors: [LiveRunCursor] = []
  /// Rows of runs in memory stay where they are, so the runs must stay too.
  private let runs: [LiveRun]
  private let arena = ByteArena(capacity: 1 << 14)
  private var offsets: [Int] = []
  /// By projection and place in the input; valid until the next call of ``next()``.
  package private(set) var rows: [LiveRow] = []

  /// - Parameter bufferSize: read buffer for each file run, in bytes.
  package init(_ runs: [LiveRun], slice: UserSlice, bufferSize: Int) throws(StorageFault) {
    self.runs = runs
    for run in runs {
      let cursor = try LiveRunCursor(run, slice: slice, bufferSize: bufferSize)
      if cursor.current != nil { cursors.append(cursor) }
    }
  }

  /// The user ``next()`` would go to; `nil` at the end.
  package var nextUser: UserID? {
    var user: UserID?
    for cursor in cursors {
      guard let current = cursor.current?.user else { continue }
      if user == nil || current < user! { user = current }
    }
    return user
  }

  /// Puts the next user's rows into ``rows``; `false` at the end.
  package func next() throws(StorageFault) -> Bool {
    rows.removeAll(keepingCapacity: true)
    guard let user = nextUser else { return false }
    offsets.removeAll(keepingCapacity: true)
    arena.count = 0
    for cursor in cursors {
      while let row = cursor.current, row.user == user {
        if cursor.isStable {
          rows.append(row)
        } else {
          offsets.append(arena.count)
          arena.append(UnsafeRawBufferPointer(start: row.base, count: row.size))
        }
        try cursor.advance()
      }
    }
    cursors.removeAll { $0.current == nil }
    for offset in offsets { rows.append(LiveRow(arena.base + offset)) }
    if rows.count > 1 { rows.sort(by: LiveRow.precedes) }
    return true
  }
}

/// A place in a sorted run of live rows.
private final class LiveRunCursor {
  private(set) var current: LiveRow?
  /// Whether rows stay where they are when the cursor moves on.
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

  /// Stands on the row, unless it is beyond the slice.
  private func show(_ row: LiveRow?) {
    current = row
    if let row, let upper, !(row.user < upper) { current = nil }
  }

  /// Moves the rest to the front and reads on, until a whole row is there.
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
