import EventModel

/// The place of a record in the log. It is small, because a log may hold millions of records of one user.
package struct FoundPlace: BitwiseCopyable {
  var byteOffset: Int
  var line: Int
  /// Number of equal records after this one that are not listed.
  var unlistedRepeats = 0
  /// The chunk's number. Chunk and byte offset together give the order in the log.
  var chunk: Int32
  /// Numbers of the file name, and of the type name or the fault, in the ``FoundTexts`` with the number `source`.
  var file: Int32
  package var text: Int32
  package var source: Int32
  /// Number of bytes after this place that also belong to the event.
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

/// An event, followed in memory by its ``FoundPlace``. The memory is owned elsewhere.
package struct FoundEvent: BitwiseCopyable {
  package let event: Event

  package init(_ base: UnsafeRawPointer) { event = Event(base) }

  package var place: FoundPlace { event.base.loadUnaligned(fromByteOffset: event.size, as: FoundPlace.self) }

  var bytes: UnsafeRawBufferPointer {
    let place = place
    return UnsafeRawBufferPointer(start: event.base, count: event.size + FoundPlace.size + Int(place.extra))
  }

  /// The further bytes that were added with the event.
  package var extra: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[(event.size + FoundPlace.size)...])
  }

  /// Maximum number of repeats of a record that are listed. Further repeats are only counted.
  static let listedRepeats = 100

  package func repeats(_ other: FoundEvent) -> Bool {
    event.id == other.event.id && event.content == other.event.content
  }

  /// Orders events by (timestamp, id), those with one id by content, and equal ones in log order.
  static func precedes(_ a: FoundEvent, _ b: FoundEvent) -> Bool {
    let (x, y) = (a.event, b.event)
    if x.timestamp != y.timestamp || x.id != y.id { return Event.precedesInHistory(x, y) }
    return x.content == y.content ? a.place.isBefore(b.place) : x.content < y.content
  }
}

/// Decides which of the events that repeat each other are listed. Events must come in order.
struct RepeatLimit {
  private var first: FoundEvent?
  private var repeats = 0

  enum Verdict {
    /// The event repeats no event before it.
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
