/// The bytes of short texts as three words padded with zeros, computed without a branch on the text's length. Used to
/// look up texts by their content.
public struct TextWords: BitwiseCopyable, @unchecked Sendable {
  /// Longer texts do not fit.
  @inlinable @inline(__always)
  public static var longest: Int { 24 }

  /// Masks of the first n − 16 bytes of a word, by n; never freed.
  @usableFromInline let masks: UnsafePointer<UInt64>

  public init() { masks = TextWords.masks }

  private nonisolated(unsafe) static let masks: UnsafePointer<UInt64> = {
    let masks = UnsafeMutablePointer<UInt64>.allocate(capacity: longest + 17)
    for position in 0..<longest + 17 { (masks + position).initialize(to: mask(position - 16)) }
    return UnsafePointer(masks)
  }()

  /// A mask of the first `bytes` bytes of a word: none below 1, all from 8 on.
  public static func mask(_ bytes: Int) -> UInt64 {
    bytes >= 8 ? .max : bytes <= 0 ? 0 : 1 << UInt64(bytes * 8) - 1
  }

  /// The words of a text of at most ``longest`` bytes; ``longest`` bytes must be readable from `base` on. O(1).
  @inlinable @inline(__always)
  public func of(_ base: UnsafeRawPointer, _ count: Int) -> (UInt64, UInt64, UInt64) {
    let mask = masks + count
    return (
      base.loadUnaligned(as: UInt64.self) & mask[16],
      base.loadUnaligned(fromByteOffset: 8, as: UInt64.self) & mask[8],
      base.loadUnaligned(fromByteOffset: 16, as: UInt64.self) & mask[0]
    )
  }
}
