/// How a file of JSON objects is laid out.
enum JSONLayout {
  /// Whether the object at the start of a text is printed over several lines. Otherwise each line is a record, and a
  /// first line that is no whole object is malformed. O(first line).
  static func isPrinted(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
    var containers: [UInt8] = []
    var isInside = false
    var last: UInt8 = 0
    var offset = text.startIndex
    while offset < text.endIndex {
      let byte = text.base[offset]
      if isInside {
        if byte == ASCII.lineFeed { return false }
        if byte == ASCII.backslash { offset += 1 }
        if byte == ASCII.quote { isInside = false }
      } else {
        switch byte {
        case ASCII.quote: isInside = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): containers.append(byte)
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          _ = containers.popLast()
          if containers.isEmpty { return false }
        case ASCII.lineFeed:
          guard let container = containers.last else { return false }
          let next = text[offset...].first { $0 > ASCII.space }
          return next.map { mayFollow(last, $0, in: container) } ?? false
        default: break
        }
        if byte > ASCII.space { last = byte }
      }
      offset += 1
    }
    return false
  }

  /// Whether `next` may follow `last` inside a value, so that the line end between them is only white space.
  private static func mayFollow(_ last: UInt8, _ next: UInt8, in container: UInt8) -> Bool {
    let isObject = container == UInt8(ascii: "{")
    switch last {
    case UInt8(ascii: "{"): return next == ASCII.quote || next == UInt8(ascii: "}")
    case ASCII.comma: return isObject ? next == ASCII.quote : ![ASCII.comma, UInt8(ascii: "]")].contains(next)
    case UInt8(ascii: ":"), UInt8(ascii: "["): return next != ASCII.comma && next != UInt8(ascii: ":")
    default: return [ASCII.comma, UInt8(ascii: ":"), UInt8(ascii: "}"), UInt8(ascii: "]")].contains(next)
    }
  }
}
