import EventModel

/// What a walker needs to know about a member's name; one cache line.
@usableFromInline
struct MetName: BitwiseCopyable {
  /// The name's bytes padded with zeros, if there are at most ``NameCache/longest``.
  @usableFromInline var words: (UInt64, UInt64, UInt64)
  /// The state of ``FieldTable/hash(of:)``, ready to mix in the member's value.
  @usableFromInline var hash: ContentHash.BeforeWord
  /// Sort key for jsonb's order of names: the length in the top byte, then the first seven bytes. Names of one length
  /// that begin with the same seven bytes have equal keys.
  @usableFromInline var order: UInt64
  /// The name's numbers in the tables of the cache, one byte each.
  @usableFromInline var numbers: UInt32
  /// The name's number in ``KnownNames``.
  @usableFromInline var known: UInt8
  @usableFromInline var isIdempotencyKey: Bool
  private var rest: UInt64 = 0

  init(words: (UInt64, UInt64, UInt64), hash: ContentHash, order: UInt64, numbers: UInt32, known: UInt8) {
    self.words = words
    self.hash = ContentHash.BeforeWord(hash, 1)
    self.order = order
    self.numbers = numbers
    self.known = known
    isIdempotencyKey = hash.state == TapeWalker.idempotencyKeyName
  }

  /// Byte offset of ``numbers``.
  static let numbersOffset = 48
}

extension UnsafeMutablePointer<MetName> {
  /// The name's number in a table, or 0.
  @inline(__always)
  func number(in table: Int) -> UInt8 {
    UnsafeRawPointer(self).load(fromByteOffset: MetName.numbersOffset &+ table, as: UInt8.self)
  }
}

/// The tables in which a ``NameCache`` looks up names that it does not hold.
private struct NameCacheHead: BitwiseCopyable {
  var tables: UnsafeMutablePointer<FieldTable>
  var tableCount: Int
}

/// Recently seen names of members. The same few names occur in line after line, so their properties are looked up by
/// the name's bytes instead of computed.
///
/// On a collision the new name takes the slot, and the old one moves to the neighbouring slot. What is found never
/// depends on what was seen before. A view of memory that ``PlainMembers`` owns.
public struct NameCache: BitwiseCopyable {
  /// The maximum number of tables; as the index of a table, a table without names.
  public static let maxTables = 3
  /// What longer names need is computed each time.
  static let longest = 24
  private static let bits = 11
  static let slots = 1 << bits

  /// ``NameCacheHead``, then masks, then names from ``firstName`` on. The slot after the last is for long names.
  private let base: UnsafeMutableRawPointer
  private static let firstName = 512

  init(_ tables: [FieldTable]) {
    precondition(tables.count <= NameCache.maxTables)
    precondition(MemoryLayout<MetName>.offset(of: \.numbers) == MetName.numbersOffset)
    precondition(MemoryLayout<MetName>.stride == 64)
    precondition(MemoryLayout<NameCacheHead>.size + (NameCache.longest + 17) * 8 <= NameCache.firstName)
    let size = NameCache.firstName + (NameCache.slots + 1) * MemoryLayout<MetName>.stride
    base = .allocate(byteCount: size, alignment: 64)
    let kept = UnsafeMutablePointer<FieldTable>.allocate(capacity: NameCache.maxTables)
    kept.initialize(from: tables, count: tables.count)
    base.bindMemory(to: NameCacheHead.self, capacity: 1).initialize(
      to: NameCacheHead(tables: kept, tableCount: tables.count))
    for position in 0..<NameCache.longest + 17 {
      base.storeBytes(
        of: TextWords.mask(position - 16), toByteOffset: NameCache.firstMask + position * 8, as: UInt64.self)
    }
    // An empty slot holds a control character, which no name does.
    let nothing = MetName(words: (1, 0, 0), hash: ContentHash(state: 0), order: 0, numbers: 0, known: 0)
    names.initialize(repeating: nothing, count: NameCache.slots + 1)
  }

  /// Byte offset of the masks; mask n keeps the first n − 16 bytes of a word.
  private static let firstMask = 16

  private var names: UnsafeMutablePointer<MetName> {
    (base + NameCache.firstName).assumingMemoryBound(to: MetName.self)
  }

  private var head: UnsafeMutablePointer<NameCacheHead> { base.assumingMemoryBound(to: NameCacheHead.self) }

  func deallocate() {
    head.pointee.tables.deallocate()
    base.deallocate()
  }

  /// The entry for a name, valid until the next call. O(1); O(n) for a name not seen recently.
  ///
  /// 24 readable bytes must follow the name. It must not hold control characters, NUL included; names of indexed lines
  /// never do. Names of more than 255 bytes are not plain.
  @inline(__always)
  func find(_ text: UnsafeRawBufferPointer) throws(NotPlain) -> UnsafeMutablePointer<MetName> {
    let base = text.baseAddress!
    let count = text.count
    guard count <= 16 else { return try findLong(text) }
    let mask = self.base + NameCache.firstMask + count &* 8
    let a = base.loadUnaligned(as: UInt64.self) & mask.load(fromByteOffset: 128, as: UInt64.self)
    let b = base.loadUnaligned(fromByteOffset: 8, as: UInt64.self) & mask.load(fromByteOffset: 64, as: UInt64.self)
    let slot = slot(a, b)
    let found = slot.pointee.words
    if (a ^ found.0) | (b ^ found.1) | found.2 != 0 { fill(slot, text, (a, b, 0)) }
    return slot
  }

  @inline(__always)
  private func slot(_ a: UInt64, _ b: UInt64) -> UnsafeMutablePointer<MetName> {
    let mixed = (a ^ (b << 23 | b >> 41)) &* 0x9E37_79B9_7F4A_7C15
    return names + Int(truncatingIfNeeded: mixed >> UInt64(64 - NameCache.bits))
  }

  @inline(never)
  private func findLong(_ text: UnsafeRawBufferPointer) throws(NotPlain) -> UnsafeMutablePointer<MetName> {
    guard text.count < 256 else { throw .line }
    let (a, b) = (text.loadUnaligned(as: UInt64.self), text.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    guard text.count <= NameCache.longest else {
      let slot = names + NameCache.slots
      slot.pointee = met(text, (a, 0, 0))
      return slot
    }
    let mask = base.load(fromByteOffset: NameCache.firstMask + text.count * 8, as: UInt64.self)
    let c = text.baseAddress!.loadUnaligned(fromByteOffset: 16, as: UInt64.self) & mask
    let slot = slot(a, b ^ c)
    let found = slot.pointee.words
    if (a ^ found.0) | (b ^ found.1) | (c ^ found.2) != 0 { fill(slot, text, (a, b, c)) }
    return slot
  }

  /// Puts a name into its slot, taking it from the neighbouring slot if it is there.
  @inline(never)
  private func fill(
    _ slot: UnsafeMutablePointer<MetName>, _ text: UnsafeRawBufferPointer, _ words: (UInt64, UInt64, UInt64)
  ) {
    let beside = names + ((slot - names) ^ 1)
    let isThere = beside.pointee.words == words
    let name = isThere ? beside.pointee : met(text, words)
    beside.pointee = slot.pointee
    slot.pointee = name
  }

  private func met(_ text: UnsafeRawBufferPointer, _ words: (UInt64, UInt64, UInt64)) -> MetName {
    let hash = FieldTable.hash(of: text)
    var numbers: UInt32 = 0
    let head = head.pointee
    for table in 0..<head.tableCount {
      numbers |= UInt32(head.tables[table].index(of: text, hash: hash)) << UInt32(table * 8)
    }
    return MetName(
      words: words, hash: hash, order: UInt64(truncatingIfNeeded: text.count) << 56 | words.0.byteSwapped >> 8,
      numbers: numbers, known: KnownNames.number(of: text, hash: hash))
  }
}
