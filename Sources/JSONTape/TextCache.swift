import EventModel

/// What walking needs of a short text that may be one of ``CommonTexts``: half a cache line.
@usableFromInline
struct MetText: BitwiseCopyable {
  /// The text's bytes behind zeros, and in the last two bytes its number, 0 when it has none.
  var words: (UInt64, UInt64, UInt64)
  /// ``TapeWalker/hash(ofString:)``.
  @usableFromInline var hash: ContentHash

  @inline(__always)
  var number: UInt16 { UInt16(truncatingIfNeeded: words.2 >> 48) }
}

/// Short texts met lately, as ``NameCache`` keeps names: hash and number are looked up by the text's bytes.
///
/// A text that meets another one in its place takes it and sends that one to the place beside. What is found never depends on
/// what was met before. A view of memory that ``PlainMembers`` keeps.
@usableFromInline
struct TextCache: BitwiseCopyable {
  private static let bits = 10
  private let texts: UnsafeMutablePointer<MetText>
  /// Masks of the first n − 16 bytes of a word, by n.
  private let masks: UnsafeMutablePointer<UInt64>

  init() {
    let slots = 1 << TextCache.bits
    texts = .allocate(capacity: slots)
    // No text of a plain line holds a control character.
    texts.initialize(repeating: MetText(words: (1, 0, 0), hash: ContentHash(state: 0)), count: slots)
    masks = .allocate(capacity: 24 + 17)
    for position in 0..<24 + 17 {
      let bytes = min(max(position - 16, 0), 8)
      (masks + position).initialize(to: bytes == 8 ? .max : 1 << UInt64(bytes * 8) - 1)
    }
  }

  func deallocate() {
    texts.deallocate()
    masks.deallocate()
  }

  /// The text with these bytes, which ``CommonTexts/mayBe(_:)`` and 24 readable bytes follow. O(1).
  @inline(__always)
  func find(_ text: UnsafeRawBufferPointer) -> MetText {
    let base = text.baseAddress!
    let mask = masks + text.count
    let a = base.loadUnaligned(as: UInt64.self) & mask[16]
    let b = base.loadUnaligned(fromByteOffset: 8, as: UInt64.self) & mask[8]
    let c = base.loadUnaligned(fromByteOffset: 16, as: UInt64.self) & mask[0]
    let mixed = (a ^ (b << 23 | b >> 41) ^ (c << 46 | c >> 18)) &* 0x9E37_79B9_7F4A_7C15
    let slot = texts + Int(truncatingIfNeeded: mixed >> UInt64(64 - TextCache.bits))
    let found = slot.pointee
    if (a ^ found.words.0) | (b ^ found.words.1) | ((c ^ found.words.2) << 16) == 0 { return found }
    return meet(text, (a, b, c), slot)
  }

  @inline(never)
  private func meet(
    _ text: UnsafeRawBufferPointer, _ words: (UInt64, UInt64, UInt64), _ slot: UnsafeMutablePointer<MetText>
  ) -> MetText {
    let beside = texts + ((slot - texts) ^ 1)
    swap(&slot.pointee, &beside.pointee)
    let (a, b, c) = words
    let found = slot.pointee
    if (a ^ found.words.0) | (b ^ found.words.1) | ((c ^ found.words.2) << 16) == 0 { return found }
    let hash = TapeWalker.hash(ofString: text)
    let number = UInt64(CommonTexts.number(of: text, hash: hash))
    let met = MetText(words: (words.0, words.1, words.2 | number << 48), hash: hash)
    slot.pointee = met
    return met
  }
}
