import EventModel

/// The compression of a file, detected from its first bytes and never from its name.
public enum Compression: String, Sendable {
  case none, gzip, zstd

  /// Number of bytes at the start of a file that are examined.
  static let magicLength = 64

  /// The compression of a file that starts with `head`.
  ///
  /// Throws for an unsupported compression; the message has the command that unpacks it.
  static func detect(_ head: UnsafeRawBufferPointer, file: String) throws(MalformedInput) -> Compression {
    let shown = file == "-" ? "FILE" : file
    if head.starts(with: [0x1F, 0x8B]) { return .gzip }
    if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
    // A zstd stream may begin with a skippable frame: magic 0x184D2A50 to 0x184D2A5F, little-endian.
    if head.count >= 4, head[0] & 0xF0 == 0x50, head.dropFirst().starts(with: [0x2A, 0x4D, 0x18]) { return .zstd }
    if head.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
      throw MalformedInput(file: file, reason: "xz-compressed; unpack it on a pipe: xz -dc \(shown) | refold … -")
    }
    if head.starts(with: [0x42, 0x5A, 0x68]), head.count > 3, (0x31...0x39).contains(head[3]) {
      throw MalformedInput(file: file, reason: "bzip2-compressed; unpack it on a pipe: bzip2 -dc \(shown) | refold … -")
    }
    if head.starts(with: [0x04, 0x22, 0x4D, 0x18]) {
      throw MalformedInput(file: file, reason: "lz4-compressed; unpack it on a pipe: lz4 -dc \(shown) | refold … -")
    }
    if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      // The name of the archive's first file starts at byte 30.
      let name = String(decoding: head.dropFirst(30), as: UTF8.self)
      if ["[Content_Types].xml", "_rels/", "xl/", "docProps/", "mimetypeapplication/vnd.oasis"].contains(
        where: name.hasPrefix)
      {
        throw MalformedInput(
          file: file,
          reason:
            "a workbook of Excel or another spreadsheet, which changes instants and long numbers; export from the "
            + "database: \\copy events to 'events.csv' csv header")
      }
      throw MalformedInput(file: file, reason: "a zip archive; unpack it on a pipe: unzip -p \(shown) | refold … -")
    }
    return .none
  }
}
