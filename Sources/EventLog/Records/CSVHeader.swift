import EventModel

/// The header line of a CSV file.
struct CSVHeader {
  /// The column names, unquoted.
  var names: [String]
  /// Bytes of the header, its line end included.
  var length: Int
  /// Line ends in it: more than one when a name holds some.
  var lines: Int

  /// Reads the header at the start of `bytes`. `nil` when more bytes are needed. O(length).
  ///
  /// Throws for quotes where none belong.
  init?(_ bytes: UnsafeRawBufferPointer, isLast: Bool, at place: LogPosition) throws(MalformedInput) {
    var names: [String] = []
    var name: [UInt8] = []
    var offset = 0
    var lines = 0
    var isInside = false
    var wasQuoted = false
    while true {
      guard offset < bytes.count else {
        guard isLast else { return nil }
        guard !isInside else { throw MalformedInput(at: place, reason: "the header has an unterminated quote") }
        break
      }
      let byte = bytes[offset]
      offset += 1
      lines += byte == ASCII.lineFeed ? 1 : 0
      if isInside {
        guard byte == ASCII.quote else {
          name.append(byte)
          continue
        }
        guard offset < bytes.count || isLast else { return nil }
        if offset < bytes.count, bytes[offset] == ASCII.quote {
          name.append(byte)
          offset += 1
        } else {
          isInside = false
        }
      } else if byte == ASCII.lineFeed {
        break
      } else if byte == ASCII.comma {
        names.append(String(decoding: name, as: UTF8.self))
        name = []
        wasQuoted = false
      } else if byte == ASCII.quote {
        guard name.isEmpty, !wasQuoted else { throw MalformedInput(at: place, reason: "the header has a stray quote") }
        isInside = true
        wasQuoted = true
      } else {
        name.append(byte)
      }
    }
    if name.last == ASCII.carriageReturn { name.removeLast() }
    names.append(String(decoding: name, as: UTF8.self))
    self.names = names
    self.length = offset
    self.lines = lines
  }
}
