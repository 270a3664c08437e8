import EventModel
import JSONTape
import Platform
import Synchronization

/// A packed log, open for reading: the parsed events of a log, sorted by user. `refold pack` writes it.
///
/// Opening reads the header and the end of the file, with the index. Blocks are read one at a time, and each is compared
/// with its checksum. Any number of threads may read.
public final class PackedLog: Sendable {
  public let path: String
  public let header: PackHeader
  public let summary: PackSummary
  /// By user.
  public let blocks: [PackBlock]
  /// Bytes of the file.
  public let size: Int
  /// Whether blocks can be copied into a new pack as they are: this release would write the same bytes.
  public let isCurrent: Bool
  private let descriptor: Int32
  /// Readers that nobody uses.
  private let readers = Mutex<[PackBlockReader]>([])

  /// A reader of the pack's blocks. ``giveBack(_:)`` saves its memory for the next user.
  func borrowReader() -> PackBlockReader { readers.withLock { $0.popLast() } ?? PackBlockReader(self) }

  func giveBack(_ reader: PackBlockReader) { readers.withLock { $0.append(reader) } }

  /// Whether some event says when it was stored.
  public var hasCreatedAt: Bool {
    summary.facts.traits[RecordTraits.createdAtMissing.rawValue.trailingZeroBitCount] < summary.facts.events
  }

  static let magic: [UInt8] = [0x89] + Array("REFOLD\n".utf8)
  static let endMagic: [UInt8] = Array("REFOLD".utf8) + [0x89, 0x0A]
  /// Bytes of the end: where the footer begins, its length, its checksum, and ``endMagic``.
  static let endSize = 32

  /// Whether the file at that path begins like a packed log. `false` for pipes, devices and files that cannot be read.
  public static func isPack(_ path: String) -> Bool {
    guard path != "-" else { return false }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var head = [UInt8](repeating: 0, count: magic.count)
    return pread(descriptor, &head, head.count, 0) == head.count && head == magic
  }

  /// Opens a file that ``isPack(_:)`` accepts.
  public init(_ path: String) throws(StorageFault) {
    func fault(_ reason: String) -> StorageFault { StorageFault(path: path, reason: reason) }
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StorageFault(path: path, errno: errno, doing: "opening it") }
    self.path = path
    var status = stat()
    fstat(descriptor, &status)
    size = Int(status.st_size)
    let start = PackedLog.magic.count + 16
    guard size >= start + PackedLog.endSize else { throw fault(PackedLog.cutOff) }

    let end = try PackedLog.read(descriptor, path, size - PackedLog.endSize, PackedLog.endSize)
    guard Array(end.bytes[24..<32]) == PackedLog.endMagic else { throw fault(PackedLog.cutOff) }
    let footerStart = Int(clamping: end.number(0))
    let footerLength = Int(clamping: end.number(8))
    guard footerStart >= start, footerLength >= 0, footerStart <= size,
      footerLength == size - PackedLog.endSize - footerStart
    else { throw fault("a packed log whose end is damaged; pack the log again") }

    let head = try PackedLog.read(descriptor, path, 0, start)
    let headerLength = Int(clamping: head.number(8))
    guard headerLength <= footerStart - start else { throw fault("a packed log whose header is damaged") }
    let text = try PackedLog.read(descriptor, path, start, headerLength)
    guard XXHash64.hash(text.bytes) == head.number(16) else {
      throw fault("a packed log whose header is damaged: its checksum differs; pack the log again")
    }
    let footer = try PackedLog.read(descriptor, path, footerStart, footerLength)
    guard XXHash64.hash(footer.bytes) == end.number(16) else {
      throw fault("a packed log whose index is damaged: its checksum differs; pack the log again")
    }
    guard let json = try? JSONTree(parsing: Array(text.bytes)), case .integer(let version)? = json["version"] else {
      throw fault("a packed log whose header is damaged; pack the log again")
    }
    guard version == PackHeader.version, json["decoder"] == .integer(Int64(PackHeader.decoder)),
      let (header, compression) = PackHeader.read(json)
    else { throw fault("packed by another release of refold; pack the log again with this one") }
    self.header = header
    isCurrent = compression == PackHeader.compression
    guard let (summary, blocks) = PackedLog.footer(footer.bytes, from: start + headerLength, to: footerStart) else {
      throw fault("a packed log whose index is damaged; pack the log again")
    }
    self.summary = summary
    self.blocks = blocks
  }

  deinit { close(descriptor) }

  private static let cutOff = "a packed log whose end is missing: it was cut off; copy it again"

  /// The summary, the lists and the index; `nil` if they are not valid.
  ///
  /// The footer: three lengths of 8 bytes – of the summary, of the list of dropped users, of the list of deleted ids –
  /// and these; the rest is the index.
  private static func footer(
    _ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
  ) -> (PackSummary, [PackBlock])? {
    guard bytes.count >= 8, let base = bytes.baseAddress else { return nil }
    let length = Int(clamping: UInt64(littleEndian: base.loadUnaligned(as: UInt64.self)))
    guard length <= bytes.count - 8,
      let json = try? JSONTree(parsing: Array(bytes[8..<8 + length])),
      let read = PackSummary.read(json)
    else { return nil }
    var summary = read.summary
    var place = 8 + length
    func ids(_ count: Int) -> [UUID128]? {
      guard count <= (bytes.count - place) / 16 else { return nil }
      defer { place += 16 * count }
      return (0..<count).map { UUID128(bigEndian: base + place + 16 * $0) }
    }
    guard let users = ids(read.dropped), let events = ids(read.deleted) else { return nil }
    (summary.droppedUsers, summary.deletedIDs) = (users, events)
    guard (bytes.count - place) % PackBlock.entrySize == 0 else { return nil }
    var blocks: [PackBlock] = []
    var facts = PackFacts()
    var offset = start
    blocks.reserveCapacity((bytes.count - place) / PackBlock.entrySize)
    while place < bytes.count {
      let block = PackBlock(base + place)
      place += PackBlock.entrySize
      guard block.offset == offset, block.length > PackBlockHead.size, block.userCount > 0 else { return nil }
      if let last = blocks.last {
        guard block.continues ? !(block.firstUser < last.firstUser) : last.firstUser < block.firstUser else {
          return nil
        }
      } else if block.continues {
        return nil
      }
      offset += block.length
      facts += block.facts
      blocks.append(block)
    }
    guard offset == end, facts.events == summary.facts.events, facts.users == summary.facts.users else { return nil }
    summary.facts = facts
    return (summary, blocks)
  }

  /// Reads a block as it is in the file, and compares it with its checksum.
  public func read(block number: Int, into buffer: ByteArena) throws(StorageFault) {
    let block = blocks[number]
    buffer.count = 0
    buffer.reserve(block.length)
    try PackedLog.read(
      descriptor, path, block.offset, UnsafeMutableRawBufferPointer(start: buffer.base, count: block.length))
    buffer.count = block.length
    let content = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<(block.length - 8)])
    let sum = UInt64(littleEndian: (buffer.base + block.length - 8).loadUnaligned(as: UInt64.self))
    if XXHash64.hash(content) != sum { throw damage(number, "its checksum differs") }
  }

  /// A fault of a block.
  func damage(_ number: Int, _ reason: String) -> StorageFault {
    StorageFault(
      path: path,
      reason: "block \(number + 1) of \(blocks.count) of the packed log, at byte \(blocks[number].offset), is damaged: "
        + "\(reason); pack the log again")
  }

  /// The first block that may hold a user: events of users up to it begin in no later block. O(log blocks).
  func firstBlock(of user: UserID) -> Int {
    let after = blocks.partitioningIndex { !($0.firstUser < user) }
    // Blocks that begin with the user, but the user may begin in the block before.
    return max(0, after - 1)
  }

  /// The blocks that may hold a user. O(log blocks), and O(1) for each of them.
  public func blocks(of user: UserID) -> Range<Int> {
    let first = firstBlock(of: user)
    var end = first
    while end < blocks.count, !(user < blocks[end].firstUser) { end += 1 }
    return first..<end
  }

  private static func read(
    _ descriptor: Int32, _ path: String, _ offset: Int, _ count: Int
  ) throws(StorageFault) -> FileBytes {
    let arena = ByteArena(capacity: count)
    try read(descriptor, path, offset, UnsafeMutableRawBufferPointer(start: arena.base, count: count))
    arena.count = count
    return FileBytes(arena: arena)
  }

  private static func read(
    _ descriptor: Int32, _ path: String, _ offset: Int, _ buffer: UnsafeMutableRawBufferPointer
  ) throws(StorageFault) {
    guard let count = readFully(descriptor, buffer, at: offset) else {
      throw StorageFault(path: path, errno: errno, doing: "reading it")
    }
    if count < buffer.count { throw StorageFault(path: path, reason: cutOff) }
  }
}

/// Some bytes of a file.
private struct FileBytes {
  let arena: ByteArena

  var bytes: UnsafeRawBufferPointer { arena.bytes }

  func number(_ offset: Int) -> UInt64 {
    UInt64(littleEndian: (arena.base + offset).loadUnaligned(as: UInt64.self))
  }
}
