import EventModel

/// The events of a packed log as a sorted run, or those of some of its users.
public struct PackedRun: Sendable {
  public let pack: PackedLog
  /// What the reader reads.
  let vocabulary: EventVocabulary
  /// Whether the events are to be packed again.
  let keepsTails: Bool
  /// Which users to take.
  public var users = PackedUsers() {
    didSet { blocks = users.only.isEmpty ? nil : Set(users.only.flatMap { pack.blocks(of: $0) }).sorted() }
  }
  /// The blocks that may hold them; `nil`: all.
  private(set) var blocks: [Int]?
  /// Ids of events to leave out.
  public var leftOut: Set<EventID> = []
  /// Whether another users export takes the place of the packed one.
  public var ignoresExport = false

  public init(_ pack: PackedLog, vocabulary: EventVocabulary, keepsTails: Bool) {
    self.pack = pack
    self.vocabulary = vocabulary
    self.keepsTails = keepsTails
  }

  /// Bytes of its events in memory, roughly.
  var size: Int { pack.blocks.reduce(0) { $0 + $1.decodedSize } }
}

/// A choice of users.
public struct PackedUsers: Sendable {
  /// Only these; all if empty.
  public var only: Set<UserID> = []
  public var dropped: Set<UserID> = []
  /// Makes a test for users; one for each thread.
  public var test: (@Sendable () -> (UserID) -> Bool)?

  public init() {}

  /// Whether all users are chosen.
  public var areAll: Bool { only.isEmpty && dropped.isEmpty && test == nil }
}

/// A cursor in a packed run, positioned before the events of a user.
final class PackedCursor {
  private let run: PackedRun
  private let reader: PackBlockReader
  private let upper: UserID?
  private let test: ((UserID) -> Bool)?
  /// The place of the loaded block among the run's blocks, and its number.
  private var place: Int
  private var block = 0
  private var events: (arena: ByteArena, maker: PackedEvents)?
  private(set) var isAtEnd = false
  var currentUser: UserID { reader.user }

  init(_ run: PackedRun, slice: UserSlice) throws(StorageFault) {
    self.run = run
    upper = slice.upper
    reader = run.pack.borrowReader()
    test = run.users.test?()
    let first = slice.lower.map { run.pack.firstBlock(of: $0) } ?? 0
    place = run.blocks.map { $0.partitioningIndex { !($0 < first) } } ?? first
    try loadBlock()
    if let lower = slice.lower {
      while !isAtEnd, currentUser < lower { try advance() }
    } else {
      try skipOthers()
    }
    try skipOthers()
  }

  deinit { run.pack.giveBack(reader) }

  /// Appends the current user's events to the arena and moves to the next user. A record that says that the user exists
  /// comes first if a users export named it.
  func take(_ arena: ByteArena) throws(StorageFault) {
    let user = reader.user
    if reader.isExported, !run.ignoresExport {
      arena.reserve(EventLayout.headSize)
      arena.put(EventHead.seed)
    }
    if events == nil || events?.arena !== arena {
      events = (
        arena,
        PackedEvents(
          run.pack.header, vocabulary: run.vocabulary, arena: arena, scope: run.keepsTails ? .readAndWhole : .read,
          keepsTails: run.keepsTails)
      )
    }
    guard let maker = events?.maker else { preconditionFailure("set just now") }
    try maker.append(reader, leavingOut: run.leftOut)
    try advance()
    while !isAtEnd, reader.user == user {
      try maker.append(reader, leavingOut: run.leftOut)
      try advance()
    }
    try skipOthers()
  }

  /// Moves to the next user, or to the rest of the same user in the next block.
  private func advance() throws(StorageFault) {
    if reader.next() { return checkEnd() }
    place += 1
    try loadBlock()
  }

  private func loadBlock() throws(StorageFault) {
    guard place < run.blocks?.count ?? run.pack.blocks.count else {
      isAtEnd = true
      return
    }
    block = run.blocks?[place] ?? place
    if let upper, !(run.pack.blocks[block].firstUser < upper) {
      isAtEnd = true
      return
    }
    try reader.load(block)
    guard reader.next() else { throw run.pack.damage(block, "it holds no user") }
    checkEnd()
  }

  private func checkEnd() { if let upper, !(reader.user < upper) { isAtEnd = true } }

  /// Moves on to the next user that is chosen and has something to tell.
  private func skipOthers() throws(StorageFault) {
    while !isAtEnd, !isWanted { try advance() }
  }

  private var isWanted: Bool {
    let user = reader.user
    if !run.users.only.isEmpty, !run.users.only.contains(user) { return false }
    if !run.users.dropped.isEmpty, run.users.dropped.contains(user) { return false }
    if reader.eventsLeft == 0, run.ignoresExport || !reader.isExported { return false }
    return test?(user) ?? true
  }
}
