import EventModel
import Platform

/// Everything that a log says about one user: the events in history order, and whether a users export names the user.
public struct UserHistory {
  public var user: UserID
  /// Sorted by (timestamp, id), each event once. Includes types that no reducer reads.
  public var events: [Event]
  /// Whether a users export names the user.
  public var isExported: Bool
}

/// Merges sorted runs and returns one user's history at a time, in user order, for the users of a slice.
///
/// O(log bytes of the slice) plus k comparisons per user for k runs. Memory: one read buffer per file run, and twice
/// the distinct events of one user, however often they are repeated.
public final class UserMerger {
  private var cursors: [RunCursor] = []
  private let arena = ByteArena(capacity: 1 << 16)
  /// A ``SortKey`` for each event of the user: its place in the history, and its offset in the arena.
  private let keys = ByteArena()
  private let scratch = ByteArena()
  /// Re-used for each user; ``next()`` fills it.
  public private(set) var history = UserHistory(user: UserID(high: 0, low: 0), events: [], isExported: false)

  /// - Parameter bufferSize: size of the read buffer of each file run, in bytes.
  public init(_ runs: [SortedRun], slice: UserSlice, bufferSize: Int) throws(StorageFault) {
    for run in runs {
      let cursor = try RunCursor(run, slice: slice, bufferSize: bufferSize)
      if !cursor.isAtEnd { cursors.append(cursor) }
    }
  }

  /// Whether no user is left.
  package var isAtEnd: Bool { cursors.isEmpty }

  /// Loads the next user of the slice into ``history``. Its events are valid until the next call. Returns `false` at
  /// the end.
  ///
  /// Passes over users of whom nothing is left: a packed run finds out only here that all events of a user are left out.
  public func next() throws(StorageFault) -> Bool {
    while let first = cursors.first {
      var user = first.currentUser
      for cursor in cursors.dropFirst() where cursor.currentUser < user { user = cursor.currentUser }
      try load(user)
      if !history.events.isEmpty || history.isExported { return true }
    }
    return false
  }

  private func load(_ user: UserID) throws(StorageFault) {
    arena.count = 0
    history.user = user
    history.isExported = false
    history.events.removeAll(keepingCapacity: true)
    var most = UserMerger.bytesBeforeFolding
    for cursor in cursors where cursor.currentUser == user {
      if arena.count > most {
        foldRepeats()
        most = max(most, arena.count * 2)
      }
      try cursor.take(arena)
    }
    let isInOrder = cursors.count == 1 && cursors[0].isPacked
    cursors.removeAll(where: \.isAtEnd)
    if isInOrder { takeEvents() } else { sortEvents() }
  }

  /// Repeats are dropped when a user's events exceed this size, and again whenever they have doubled.
  private static let bytesBeforeFolding = 2 << 20

  /// Drops repeats from the arena: keeps one of the events with the same id.
  private func foldRepeats() {
    let sorted = sortedKeys()
    let kept = sorted.keepDistinct(event)
    var offsets = sorted[..<kept].map { Int(truncatingIfNeeded: $0.value) }
    offsets.sort()
    arena.count = 0
    for offset in offsets {
      let size = Event(arena.base + offset).size
      memmove(arena.base + arena.count, arena.base + offset, size)
      arena.count += size
    }
  }

  /// A key for each event in the arena, in history order. Also notes whether the user is exported.
  private func sortedKeys() -> UnsafeMutableBufferPointer<SortKey> {
    keys.count = 0
    var offset = 0
    while offset < arena.count {
      let event = Event(arena.base + offset)
      if event.type == EventHead.userSeed {
        history.isExported = true
      } else {
        keys.reserve(MemoryLayout<SortKey>.stride)
        keys.put(SortKey(event, value: UInt64(truncatingIfNeeded: offset)))
      }
      offset += event.size
    }
    let sorted = keys.keys
    sorted.sortKeys(scratch)
    return sorted
  }

  /// Puts the events in the arena, which are in history order, into the history.
  private func takeEvents() {
    var offset = 0
    while offset < arena.count {
      let event = Event(arena.base + offset)
      if event.type == EventHead.userSeed { history.isExported = true } else { history.events.append(event) }
      offset += event.size
    }
  }

  /// Puts the events in the arena into the history, in history order, each id once.
  private func sortEvents() {
    let sorted = sortedKeys()
    var position = 0
    while position < sorted.count {
      var next = position + 1
      while next < sorted.count, sorted[next].isEqual(sorted[position]) { next += 1 }
      if next == position + 1 {
        history.events.append(event(sorted[position]))
      } else {
        appendDistinct(sorted[position..<next].map(event).sorted { $0.id < $1.id })
      }
      position = next
    }
    // Folding a user with millions of events takes enough memory without these buffers.
    keys.reset(keeping: UserMerger.keptBytes)
    scratch.reset(keeping: UserMerger.keptBytes)
  }

  private static let keptBytes = 1 << 20

  private func event(_ key: SortKey) -> Event { Event(arena.base + Int(truncatingIfNeeded: key.value)) }

  /// Appends the first of neighbours with equal ids. An id with different contents would have stopped the run earlier.
  private func appendDistinct(_ events: [Event]) {
    for (position, event) in events.enumerated() where position == 0 || event.id != events[position - 1].id {
      history.events.append(event)
    }
  }
}

/// The users from `lower` up to, but not including, `upper`. `nil` means no bound.
public struct UserSlice: Sendable, Hashable {
  public var lower: UserID?
  public var upper: UserID?

  package init(lower: UserID?, upper: UserID?) {
    self.lower = lower
    self.upper = upper
  }

  /// Cuts the users of some runs into slices of about `target` bytes each, in user order.
  ///
  /// The cuts follow the data (the runs' sparse indexes), so ids that share a prefix cause no skew.
  ///
  /// - Parameter mayBegin: whether a slice may begin with a user.
  public static func cut(
    _ runs: [SortedRun], target: Int, where mayBegin: (UserID) -> Bool = { _ in true }
  ) -> [UserSlice] {
    var marks: [UserID] = []
    for run in runs {
      switch run {
      case .file(let run): marks.append(contentsOf: run.marks.map(\.user))
      case .packed(let run):
        for block in run.pack.blocks where !block.continues {
          for _ in 0...block.decodedSize / RunBuilder.markSpacing { marks.append(block.firstUser) }
        }
      case .memory(let run):
        var since = RunBuilder.markSpacing
        for key in run.index.keys {
          if since >= RunBuilder.markSpacing {
            marks.append(key.id)
            since = 0
          }
          since += RunPlace(key).size
        }
      }
    }
    marks.sort()
    let step = max(1, target / RunBuilder.markSpacing)
    var slices: [UserSlice] = []
    var lower: UserID?
    var position = step
    while position < marks.count {
      if marks[position] != lower, mayBegin(marks[position]) {
        slices.append(UserSlice(lower: lower, upper: marks[position]))
        lower = marks[position]
        position += step
      } else {
        position += 1
      }
    }
    slices.append(UserSlice(lower: lower, upper: nil))
    return slices
  }
}

/// A cursor in a sorted run, positioned before the events of a user.
final class RunCursor {
  private(set) var isAtEnd = false
  private(set) var currentUser = UserID(high: 0, low: 0)
  private let upper: UserID?
  private var memory: MemoryRun?
  private var position = 0
  private var packed: PackedCursor?
  /// Whether the events of a user come in history order, each once.
  var isPacked: Bool { packed != nil }

  private var file: FileRun?
  private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var filled = 0
  private var at = 0
  private var fileOffset = 0
  /// Upper bound of the slice's end in the file: after it there are only users of later slices.
  private var fileEnd = 0
  /// Bytes of the current user's events.
  private var groupSize = 0

  convenience init(_ run: SortedRun, slice: UserSlice, bufferSize: Int) throws(StorageFault) {
    switch run {
    case .memory(let run): self.init(run, slice: slice)
    case .file(let run): try self.init(run, slice: slice, bufferSize: bufferSize)
    case .packed(let run): self.init(try PackedCursor(run, slice: slice), upper: slice.upper)
    }
  }

  private init(_ run: MemoryRun, slice: UserSlice) {
    upper = slice.upper
    memory = run
    if let lower = slice.lower {
      position = run.index.keys.partitioningIndex { !($0.id < lower) }
    }
    showMemory()
  }

  private init(_ run: FileRun, slice: UserSlice, bufferSize: Int) throws(StorageFault) {
    upper = slice.upper
    file = run
    fileOffset = slice.lower.map { run.start(of: $0) } ?? run.range.lowerBound
    fileEnd = run.range.upperBound
    if let upper = slice.upper {
      let mark = run.marks.partitioningIndex { !($0.user < upper) }
      if mark < run.marks.count { fileEnd = run.marks[mark].offset }
    }
    buffer = .allocate(byteCount: max(min(bufferSize, fileEnd - fileOffset), 4096), alignment: 16)
    try showFile()
    if let lower = slice.lower {
      while !isAtEnd, currentUser < lower {
        try skip(groupSize)
        try showFile()
      }
    }
  }

  private init(_ cursor: PackedCursor, upper: UserID?) {
    self.upper = upper
    packed = cursor
    showPacked(cursor)
  }

  private func showPacked(_ cursor: PackedCursor) {
    isAtEnd = cursor.isAtEnd
    currentUser = cursor.currentUser
  }

  deinit { buffer.deallocate() }

  /// Appends the current user's events to `arena` and moves to the next user. They are copied because folding reads
  /// them several times, and in a run they can be anywhere.
  func take(_ arena: ByteArena) throws(StorageFault) {
    if let memory { return takeMemory(memory, arena) }
    guard let packed else { return try takeFile(arena) }
    try packed.take(arena)
    showPacked(packed)
  }

  // MARK: In memory

  private func takeMemory(_ run: MemoryRun, _ arena: ByteArena) {
    let keys = run.index.keys
    let user = currentUser
    while position < keys.count, keys[position].id == user {
      RunPlace.prefetch(keys, behind: position, in: run.arena)
      arena.append(RunPlace(keys[position]).bytes(in: run.arena))
      position += 1
    }
    showMemory()
  }

  private func showMemory() {
    guard let keys = memory?.index.keys, position < keys.count else {
      isAtEnd = true
      return
    }
    show(keys[position].id)
  }

  private func show(_ user: UserID) {
    if let upper, !(user < upper) {
      isAtEnd = true
      return
    }
    currentUser = user
  }

  // MARK: On disk

  private func takeFile(_ arena: ByteArena) throws(StorageFault) {
    arena.reserve(groupSize)
    var left = groupSize
    while left > 0 {
      if at == filled { try refill(1) }
      let piece = min(left, filled - at)
      arena.put(UnsafeRawBufferPointer(start: buffer.baseAddress! + at, count: piece))
      at += piece
      left -= piece
    }
    try showFile()
  }

  private func showFile() throws(StorageFault) {
    if filled - at < RunGroup.headSize {
      if filled == at, fileOffset == fileEnd {
        isAtEnd = true
        return
      }
      try refill(RunGroup.headSize)
    }
    let group = (buffer.baseAddress! + at).loadUnaligned(as: RunGroup.self)
    at += RunGroup.headSize
    groupSize = Int(group.size)
    show(group.user)
  }

  private func skip(_ count: Int) throws(StorageFault) {
    let buffered = min(count, filled - at)
    at += buffered
    fileOffset += count - buffered
  }

  /// Moves unread bytes to the front and reads on. Afterwards at least `needed` bytes are available.
  private func refill(_ needed: Int) throws(StorageFault) {
    guard let file else { return }
    let rest = filled - at
    if rest > 0 { memmove(buffer.baseAddress!, buffer.baseAddress! + at, rest) }
    at = 0
    filled = rest
    let want = min(buffer.count - filled, fileEnd - fileOffset)
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + max(0, want)])
    let got = try file.file.read(target, at: fileOffset)
    filled += got
    fileOffset += got
    if filled < needed { throw StorageFault(path: "temporary file", reason: "shorter than what was written") }
  }
}

extension FileRun {
  /// Where to start reading a slice that begins with this user: everything before belongs to earlier slices.
  func start(of lower: UserID) -> Int {
    let mark = marks.partitioningIndex { !($0.user < lower) }
    return mark > 0 ? marks[mark - 1].offset : range.lowerBound
  }
}

extension RandomAccessCollection where Index == Int {
  /// The first position whose element belongs to the second part. All elements before it belong to the first. O(log n).
  func partitioningIndex(where belongsInSecond: (Element) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = (low + high) / 2
      if belongsInSecond(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
