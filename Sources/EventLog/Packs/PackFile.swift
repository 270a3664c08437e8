import EventModel
import JSONTape

/// The parts of a packed log around its blocks.
public enum PackFile {
  /// The start: the magic bytes, the length of the header and its checksum, and the header.
  public static func start(_ header: PackHeader) -> ByteArena {
    let output = ByteArena()
    let text = header.json.canonicalBytes
    output.reserve(PackedLog.magic.count + 16)
    PackedLog.magic.withUnsafeBytes { output.put($0) }
    output.put(little: UInt64(text.count))
    text.withUnsafeBytes {
      output.put(little: XXHash64.hash($0))
      output.append($0)
    }
    return output
  }

  /// The end: the footer, where it begins, its length and its checksum, and the magic bytes of the end. The footer is the
  /// length of the summary, the summary, dropped users, deleted ids and the index.
  ///
  /// - Parameter offset: where it begins in the file.
  public static func end(_ summary: PackSummary, _ blocks: [PackBlock], at offset: Int) -> ByteArena {
    let output = ByteArena(capacity: 1 << 12)
    let text = summary.json.canonicalBytes
    output.reserve(8)
    output.put(little: UInt64(text.count))
    text.withUnsafeBytes { output.append($0) }
    for id in summary.droppedUsers + summary.deletedIDs {
      output.reserve(16)
      output.put(bigEndian: id)
    }
    for block in blocks { block.write(to: output) }
    let (length, sum) = (output.count, XXHash64.hash(output.bytes))
    output.reserve(PackedLog.endSize)
    output.put(little: UInt64(offset))
    output.put(little: UInt64(length))
    output.put(little: sum)
    PackedLog.endMagic.withUnsafeBytes { output.put($0) }
    return output
  }
}

/// The hash that decides which users begin a group.
public enum PackLevel {
  /// The number of zero bits at the end of a user's hash.
  @inline(__always)
  public static func of(_ user: UserID) -> Int { EventLedger.mixed(user).trailingZeroBitCount }
}
