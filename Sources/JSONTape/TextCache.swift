import EventModel

/// What a walker needs to know about a short text that may be one of ``CommonTexts``; half a cache line.
@usableFromInline
struct MetText: BitwiseCopyable {
  /// The text's bytes padded with zeros; the last two bytes hold its number, 0 if it has none.
  var words: (UInt64, UInt64, UInt64)
  /// ``TapeWalker/hash(ofString:)``.
  @usableFromInline var hash: ContentHash

  @inline(__always)
  var number: UInt16 { UInt16(truncatingIfNeeded: words.2 >> 48) }
}

/// Recently seen short texts, the counterpart of ``NameCache``: hash and number are looked up by the text's bytes.
///
/// On a collision the new text takes the slot, and the old one moves to the neighbouring slot. What is found never
/// depends on what was seen before. A view of memory that ``PlainMembers`` owns.
@usableFromInline
struct TextCache: BitwiseCopyable {
  private static let bits = 10
  private let texts: UnsafeMutablePointer<MetText>
  private let words = TextWords()

  init() {
    let slots = 1 << TextCache.bits
    texts = .allocate(capacity: slots)
    // An empty slot holds a control character, which no text of a plain line does.
    texts.initialize(repeating: MetText(words: (1, 0, 0), hash: ContentHash(state: 0)), count: slots)
  }

  func deallocate() { texts.deallocate() }

  /// The entry of a text that ``CommonTexts/mayBe(_:)`` accepts; 24 readable bytes must follow it. O(1).
  @inline(__always)
  func find(_ text: UnsafeRawBufferPointer) -> MetText {
    let (a, b, c) = words.of(text.baseAddress!, text.count)
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
