import EventModel
import Folding
import JSONTape
import PythonValues
import TimeZones

/// Which texts of an event are vocabulary, and which may come from a person.
///
/// Vocabulary is what the contract itself names: event types, field names, and the words that reducers compare with. Any
/// other text with a letter in it is free text: names, places, devices and notes alike.
struct KnownWords: Sendable {
  enum Kind {
    /// A word of the contract, a zone name, or no letters at all.
    case vocabulary
    /// `YYYY-MM-DD`, perhaps with a time of day and an offset.
    case date
    /// Reads as a number.
    case number
    /// A UUID.
    case identifier
    case free
  }

  func kind(_ text: String) -> Kind {
    let trimmed = KnownWords.normalized(text)
    if words.contains(trimmed) || KnownWords.zone(text) != nil { return .vocabulary }
    if UUID128(trimmed) != nil { return .identifier }
    if KnownWords.isDate(trimmed) { return .date }
    if KnownWords.isNumber(trimmed) { return .number }
    return text.unicodeScalars.contains { $0.properties.isAlphabetic } ? .free : .vocabulary
  }

  /// Whether a text that is not replaced contains digits that could be personal.
  func holdsNumber(_ text: String) -> Bool {
    switch kind(text) {
    case .number: true
    case .vocabulary: text.count > 1 && text.allSatisfy { !$0.isLetter } && text.contains { $0.isNumber }
    default: false
    }
  }

  /// Trimmed and lower-cased, as reducers compare words.
  static func normalized(_ text: String) -> String {
    var copy = text
    let stripped = copy.withUTF8 { bytes in
      String(decoding: PythonText.strip(UnsafeRawBufferPointer(bytes)), as: UTF8.self)
    }
    return stripped.lowercased()
  }

  /// The time zone that a text names; `nil` if it names none.
  static func zone(_ text: String) -> String? {
    var copy = text
    let found = copy.withUTF8 { TimeZone.lookup(trimmed: PythonText.strip(UnsafeRawBufferPointer($0))) }
    if case .zone(let zone) = found { return zone.name }
    return nil
  }

  private static func isDate(_ trimmed: String) -> Bool {
    let bytes = Array(trimmed.utf8)
    guard bytes.count >= 10, bytes.count <= 40, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else {
      return false
    }
    return bytes.enumerated().allSatisfy { index, byte in
      index == 4 || index == 7 || byte &- 0x30 < 10 || (index >= 10 && timeCharacters.contains(byte))
    }
  }

  private static let timeCharacters = Array("t :.,+-z".utf8)

  private static func isNumber(_ trimmed: String) -> Bool {
    let digits = trimmed.replacing("_", with: "").drop { $0 == "+" || $0 == "-" }
    if ["inf", "infinity", "nan"].contains(digits) { return true }
    return !digits.isEmpty
      && digits.unicodeScalars.allSatisfy {
        $0.properties.numericType != nil || ".e+-".unicodeScalars.contains($0)
      } && digits.unicodeScalars.contains { $0.properties.numericType != nil }
  }

  let words: Set<String>
  /// What the domain says of its payloads.
  let payload: PayloadWords
  /// The names of the event types that reducers read.
  let eventTypes: Set<String>

  /// - Parameter catalogue: the projections; the words that their reducers write are vocabulary too.
  init(_ catalogue: Catalogue) {
    payload = catalogue.vocabulary.payload
    var words = catalogue.words.union(payload.fragments).union(payload.words)
    words.formUnion(catalogue.vocabulary.fields.map(\.name.description))
    eventTypes = Set(catalogue.vocabulary.eventTypes.map(\.name.description))
    words.formUnion(eventTypes)
    words.formUnion(catalogue.names.flatMap { [$0.type, $0.key] })
    self.words = words
  }
}
