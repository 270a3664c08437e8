import EventModel

/// A block in the index of a packed log: some users, or a part of one user's events.
public struct PackBlock: Hashable, Sendable {
  /// The user whose events come first.
  public var firstUser = UserID(high: 0, low: 0)
  /// Where the block begins in the file, and its length in bytes.
  public var offset = 0
  public var length = 0
  /// Whether the block before it holds earlier events of ``firstUser``.
  public var continues = false
  /// Users in the block, including one that continues.
  public var userCount = 0
  /// Bytes of its events in memory, roughly.
  public var decodedSize = 0
  public var facts = PackFacts()

  public init() {}

  /// Bytes of an entry of the index.
  static let entrySize = 104

  func write(to output: ByteArena) {
    output.reserve(PackBlock.entrySize)
    output.put(bigEndian: firstUser)
    output.put(little: UInt64(offset))
    for value in [
      length, continues ? 1 : 0, userCount, decodedSize, facts.events, facts.folded, facts.users, facts.exportedUsers,
    ] + facts.traits {
      output.put(little: UInt32(value))
    }
    output.put(little: UInt64(bitPattern: facts.newest?.microseconds ?? .min))
    output.put(little: UInt64(truncatingIfNeeded: facts.content.sum))
    output.put(little: UInt64(truncatingIfNeeded: facts.content.sum >> 64))
  }

  init(_ entry: UnsafeRawPointer) {
    var place = entry
    func word() -> Int {
      defer { place += 4 }
      return Int(UInt32(littleEndian: place.loadUnaligned(as: UInt32.self)))
    }
    func long() -> UInt64 {
      defer { place += 8 }
      return UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
    }
    firstUser = UUID128(bigEndian: place)
    place += 16
    offset = Int(truncatingIfNeeded: long())
    length = word()
    continues = word() != 0
    userCount = word()
    decodedSize = word()
    facts.events = word()
    facts.folded = word()
    facts.users = word()
    facts.exportedUsers = word()
    for bit in facts.traits.indices { facts.traits[bit] = word() }
    let newest = Int64(bitPattern: long())
    facts.newest = newest == .min ? nil : Instant(microseconds: newest)
    let low = long()
    facts.content = EventContent(sum: UInt128(long()) << 64 | UInt128(low))
  }
}

/// The start of a block: little-endian words of 32 bits. The layout of a block is in the documentation's page on packed
/// logs.
struct PackBlockHead {
  var events = 0
  var users = 0
  /// Idempotency fingerprints.
  var keys = 0
  /// Bytes of the columns of variable numbers.
  var timestamps = 0
  var created = 0
  var sizes = 0
  /// Bytes of the columns that are compressed, before and after.
  var plain = 0
  var packed = 0
  /// Bit 0: the first user continues. Bit 1: there are hashes of what is read.
  var flags = 0

  static let size = 36

  var continues: Bool { flags & 1 != 0 }
  var hasReadHashes: Bool { flags & 2 != 0 }
  /// Bytes of the columns that are not compressed: ids, hashes and differences of instants are nearly random.
  var rawSize: Int {
    20 * users + 24 * events + (hasReadHashes ? 8 * events : 0) + 8 * keys + timestamps + created + sizes
  }

  init() {}

  init(_ base: UnsafeRawPointer) {
    func word(_ index: Int) -> Int {
      Int(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)))
    }
    (events, users, keys) = (word(0), word(1), word(2))
    (timestamps, created, sizes) = (word(3), word(4), word(5))
    (plain, packed, flags) = (word(6), word(7), word(8))
  }

  func write(to output: ByteArena) {
    for value in [events, users, keys, timestamps, created, sizes, plain, packed, flags] {
      output.put(little: UInt32(value))
    }
  }
}

extension ByteArena {
  /// Appends a number, little-endian; room must have been reserved.
  @inline(__always)
  func put<Value: FixedWidthInteger & BitwiseCopyable>(little value: Value) { put(value.littleEndian) }

  /// Appends an id as PostgreSQL sends a `uuid`; room must have been reserved.
  @inline(__always)
  func put(bigEndian id: UUID128) {
    put(id.high.bigEndian)
    put(id.low.bigEndian)
  }

  /// Appends a number in groups of seven bits, the lowest first; room for ten bytes must have been reserved.
  @inline(__always)
  func put(variable value: UInt64) {
    var value = value
    while value >= 0x80 {
      put(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    put(UInt8(truncatingIfNeeded: value))
  }

  /// The same for a number of either sign: small ones take few bytes.
  @inline(__always)
  func put(zigzag value: Int64) { put(variable: UInt64(bitPattern: value << 1 ^ value >> 63)) }
}

extension UUID128 {
  @inline(__always)
  init(bigEndian place: UnsafeRawPointer) {
    self.init(
      high: UInt64(bigEndian: place.loadUnaligned(as: UInt64.self)),
      low: UInt64(bigEndian: place.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
  }
}
