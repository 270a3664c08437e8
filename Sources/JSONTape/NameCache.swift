import EventModel

/// What walking needs of a member's name.
@usableFromInline
struct MetName: BitwiseCopyable {
  /// The name's bytes behind zeros, if it has at most ``NameCache/longest``.
  @usableFromInline var words: (UInt64, UInt64, UInt64)
  /// ``FieldTable/hash(of:)``.
  @usableFromInline var hash: ContentHash
  /// Orders names as jsonb does, but for those of one length that begin with the same seven bytes: length, then bytes.
  @usableFromInline var order: UInt64
  /// The numbers the name has in the tables of a cache, a byte each.
  @usableFromInline var numbers: UInt32
  @usableFromInline var count: UInt16
  /// The number it has in ``KnownNames``.
  @usableFromInline var known: UInt8
}

/// What a ``NameCache`` looks names up in that it has not met.
private struct NameCacheHead: BitwiseCopyable {
  var tables: UnsafeMutablePointer<FieldTable>
  var tableCount: Int
}

/// Names of members met lately: the same few stand in line after line, so what is needed of one is looked up by its
/// bytes instead of computed.
///
/// Direct-mapped: a name that meets another one in its place takes it. What is found never depends on what was met before.
/// A view of memory that ``PlainMembers`` keeps.
public struct NameCache: BitwiseCopyable {
  /// How many tables there can be; this number stands for a table without names.
  public static let maxTables = 3
  /// Longer names are computed each time.
  static let longest = 24
  private static let bits = 11
  static let slots = 1 << bits
  /// Odd, and of those tried the first under which no two names of training events (those that reducers read, and the
  /// others that exports have) take each other's place.
  private static var multiplier: UInt64 { 0xD17F_9ACA_E01F_5057 }

  /// ``NameCacheHead``, masks, then names from ``firstName`` on, the last of them for long ones.
  private let base: UnsafeMutableRawPointer
  private static let firstName = 512

  init(_ tables: [FieldTable]) {
    precondition(tables.count <= NameCache.maxTables)
    precondition(MemoryLayout<NameCacheHead>.size + (NameCache.longest + 17) * 8 <= NameCache.firstName)
    let size = NameCache.firstName + (NameCache.slots + 1) * MemoryLayout<MetName>.stride
    base = .allocate(byteCount: size, alignment: 64)
    let kept = UnsafeMutablePointer<FieldTable>.allocate(capacity: NameCache.maxTables)
    kept.initialize(from: tables, count: tables.count)
    base.bindMemory(to: NameCacheHead.self, capacity: 1).initialize(
      to: NameCacheHead(tables: kept, tableCount: tables.count))
    for position in 0..<NameCache.longest + 17 {
      let bytes = min(max(position - 16, 0), 8)
      base.storeBytes(
        of: bytes == 8 ? .max : 1 << UInt64(bytes * 8) - 1, toByteOffset: NameCache.firstMask + position * 8,
        as: UInt64.self)
    }
    // No text has this length and these words.
    let nothing = MetName(words: (1, 0, 0), hash: ContentHash(state: 0), order: 0, numbers: 0, count: 0, known: 0)
    names.initialize(repeating: nothing, count: NameCache.slots + 1)
  }

  /// Masks of the first n − 16 bytes of a word.
  private static let firstMask = 16

  private var names: UnsafeMutablePointer<MetName> {
    (base + NameCache.firstName).assumingMemoryBound(to: MetName.self)
  }

  private var head: UnsafeMutablePointer<NameCacheHead> { base.assumingMemoryBound(to: NameCacheHead.self) }

  func deallocate() {
    head.pointee.tables.deallocate()
    base.deallocate()
  }

  /// The name with these bytes, which 24 readable ones follow. O(1); O(n) for a name not met lately. What it points to is
  /// good until the next call.
  @inline(__always)
  func find(_ text: UnsafeRawBufferPointer) -> UnsafeMutablePointer<MetName> {
    let base = text.baseAddress!
    let count = text.count
    guard count <= NameCache.longest else { return long(text) }
    let mask = self.base + NameCache.firstMask + count &* 8
    let a = base.loadUnaligned(as: UInt64.self) & mask.load(fromByteOffset: 128, as: UInt64.self)
    let b = base.loadUnaligned(fromByteOffset: 8, as: UInt64.self) & mask.load(fromByteOffset: 64, as: UInt64.self)
    let c = base.loadUnaligned(fromByteOffset: 16, as: UInt64.self) & mask.load(as: UInt64.self)
    let mixed = (a ^ (b << 23 | b >> 41) ^ (c << 46 | c >> 18)) &* NameCache.multiplier
    let slot = names + Int(truncatingIfNeeded: mixed >> UInt64(64 - NameCache.bits))
    let found = slot.pointee.words
    let length = UInt64(slot.pointee.count) ^ UInt64(truncatingIfNeeded: count)
    if (a ^ found.0) | (b ^ found.1) | (c ^ found.2) | length != 0 { slot.pointee = met(text, (a, b, c)) }
    return slot
  }

  @inline(never)
  private func long(_ text: UnsafeRawBufferPointer) -> UnsafeMutablePointer<MetName> {
    let slot = names + NameCache.slots
    slot.pointee = met(text, (text.loadUnaligned(as: UInt64.self), 0, 0))
    return slot
  }

  @inline(never)
  private func met(_ text: UnsafeRawBufferPointer, _ words: (UInt64, UInt64, UInt64)) -> MetName {
    let hash = FieldTable.hash(of: text)
    var numbers: UInt32 = 0
    let head = head.pointee
    for table in 0..<head.tableCount {
      numbers |= UInt32(head.tables[table].index(of: text, hash: hash)) << UInt32(table * 8)
    }
    return MetName(
      words: words, hash: hash, order: UInt64(truncatingIfNeeded: text.count) << 56 | words.0.byteSwapped >> 8,
      numbers: numbers, count: UInt16(truncatingIfNeeded: text.count), known: KnownNames.number(of: text, hash: hash))
  }
}
