import EventModel

/// A record of a user, in few bytes: a log may hold millions.
struct FoundRecord: BitwiseCopyable {
  /// The event's memory; `nil` for a malformed record, and as long as only ``offset`` is known.
  private var base: UnsafeRawPointer?
  /// Of an event, in the arena it was read into.
  var offset = 0
  /// Order in the log: the chunk, and the byte in the file.
  var chunk: Int
  var byteOffset: Int
  var line = 0
  /// Equal records that are not listed.
  var unlistedRepeats = 0
  /// Number of the file's name, or -1; of the type's name or the fault; and of what they are numbers in.
  private var fileNumber: Int32 = -1
  var text: Int32
  var source: Int32 = 0

  /// So many records that repeat one are listed; the others are counted.
  static let listedRepeats = 100

  /// A record of a file.
  init(position: LogPosition, chunk: Int, file: Int32, text: Int32) {
    self.chunk = chunk
    self.text = text
    byteOffset = position.byteOffset
    line = position.line
    fileNumber = file
  }

  /// An event of a history that is loaded already.
  init(event: Event, text: Int32, place: (chunk: Int, byte: Int)) {
    base = event.base
    (chunk, byteOffset) = place
    self.text = text
  }

  var event: Event? {
    get { base.map { Event($0) } }
    set { base = newValue?.base }
  }

  var file: Int? { fileNumber < 0 ? nil : Int(fileNumber) }

  func isBefore(_ other: FoundRecord) -> Bool {
    (chunk, byteOffset) < (other.chunk, other.byteOffset)
  }

  func repeats(_ other: FoundRecord) -> Bool {
    guard let event, let original = other.event else { return false }
    return event.id == original.id && event.content == original.content
  }

  /// By (timestamp, id), then in the order of the log; malformed records last.
  static func precedesInLog(_ a: FoundRecord, _ b: FoundRecord) -> Bool { precedes(a, b, byContent: false) }

  /// By (timestamp, id), of one id by content, then in the order of the log; malformed records last.
  static func precedes(_ a: FoundRecord, _ b: FoundRecord) -> Bool { precedes(a, b, byContent: true) }

  private static func precedes(_ a: FoundRecord, _ b: FoundRecord, byContent: Bool) -> Bool {
    switch (a.event, b.event) {
    case (let x?, let y?):
      if x.timestamp != y.timestamp || x.id != y.id { return Event.precedesInHistory(x, y) }
      if byContent, x.content != y.content { return x.content < y.content }
    case (_?, nil): return true
    case (nil, _?): return false
    case (nil, nil): break
    }
    return a.isBefore(b)
  }
}

extension [FoundRecord] {
  /// Whether two of one instant have one id and other content. The records are in order.
  var holdsConflicts: Bool {
    zip(self, dropFirst()).contains { a, b in
      guard let x = a.event, let y = b.event else { return false }
      return x.id == y.id && x.content != y.content
    }
  }

  /// Drops what repeats a record beyond the first ``FoundRecord/listedRepeats``, and counts it there. The records are
  /// in order. O(n).
  mutating func limitRepeats() {
    var kept = 0
    var first = 0
    for position in indices {
      let record = self[position]
      if kept > 0, record.repeats(self[first]) {
        self[first].unlistedRepeats += record.unlistedRepeats
        if kept - first > FoundRecord.listedRepeats {
          self[first].unlistedRepeats += 1
          continue
        }
        self[kept] = record
        self[kept].unlistedRepeats = 0
      } else {
        first = kept
        self[kept] = record
      }
      kept += 1
    }
    removeSubrange(kept...)
  }
}

/// Texts that records of a thread share, each once.
final class FoundTexts {
  private(set) var files: [String] = []
  private(set) var types: [String] = []
  private(set) var faults: [Fault] = []
  private var typeNumbers: [String: Int32] = [:]
  private var faultNumbers: [Fault: Int32] = [:]

  struct Fault: Hashable {
    var field: String?
    var reason: String

    /// Of a record with the id of one that is marked as deleted, where those are left out.
    static let leftOut = Fault(field: nil, reason: "left out: a record with its id is marked as deleted")
  }

  /// Files come one after the other.
  func number(ofFile file: String) -> Int32 {
    if files.last != file { files.append(file) }
    return Int32(files.count - 1)
  }

  func number(ofType type: String) -> Int32 {
    if let number = typeNumbers[type] { return number }
    types.append(type)
    typeNumbers[type] = Int32(types.count - 1)
    return Int32(types.count - 1)
  }

  func number(of fault: Fault) -> Int32 {
    if let number = faultNumbers[fault] { return number }
    faults.append(fault)
    faultNumbers[fault] = Int32(faults.count - 1)
    return Int32(faults.count - 1)
  }
}
