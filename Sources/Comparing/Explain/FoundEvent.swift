import EventModel

/// Where in the log a record is, in few bytes: a log may hold millions of one user.
package struct FoundPlace: BitwiseCopyable {
  var byteOffset: Int
  var line: Int
  /// Equal records after this one that are not listed.
  var unlistedRepeats = 0
  /// Number of the chunk: with the byte, the order in the log.
  var chunk: Int32
  /// Numbers of the file's name, and of the type's name or the fault, in the texts of that source.
  var file: Int32
  package var text: Int32
  package var source: Int32
  /// Bytes after it that belong to the event, too.
  var extra: UInt32 = 0

  package init(_ position: LogPosition, chunk: Int, file: Int32, text: Int32, source: Int32) {
    byteOffset = position.byteOffset
    line = position.line
    self.chunk = Int32(chunk)
    self.file = file
    self.text = text
    self.source = source
  }

  func isBefore(_ other: FoundPlace) -> Bool { (chunk, byteOffset) < (other.chunk, other.byteOffset) }

  static let size = MemoryLayout<FoundPlace>.size
}

/// An event of a user and, after it, its ``FoundPlace``, in memory that somebody else keeps.
package struct FoundEvent: BitwiseCopyable {
  package let event: Event

  package init(_ base: UnsafeRawPointer) { event = Event(base) }

  package var place: FoundPlace { event.base.loadUnaligned(fromByteOffset: event.size, as: FoundPlace.self) }

  var bytes: UnsafeRawBufferPointer {
    let place = place
    return UnsafeRawBufferPointer(start: event.base, count: event.size + FoundPlace.size + Int(place.extra))
  }

  /// What somebody has put after it besides.
  package var extra: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[(event.size + FoundPlace.size)...])
  }

  /// So many records that repeat one are listed; the others are counted.
  static let listedRepeats = 100

  package func repeats(_ other: FoundEvent) -> Bool {
    event.id == other.event.id && event.content == other.event.content
  }

  /// By (timestamp, id), of one id by content, then in the order of the log.
  static func precedes(_ a: FoundEvent, _ b: FoundEvent) -> Bool {
    let (x, y) = (a.event, b.event)
    if x.timestamp != y.timestamp || x.id != y.id { return Event.precedesInHistory(x, y) }
    return x.content == y.content ? a.place.isBefore(b.place) : x.content < y.content
  }
}

/// Which of the events that repeat one another are listed. They come in order.
struct RepeatLimit {
  private var first: FoundEvent?
  private var repeats = 0

  enum Verdict {
    /// Repeats none before it.
    case new
    case listed
    case counted
  }

  mutating func take(_ event: FoundEvent) -> Verdict {
    if let first, event.repeats(first) {
      repeats += 1
      return repeats <= FoundEvent.listedRepeats ? .listed : .counted
    }
    first = event
    repeats = 0
    return .new
  }
}
