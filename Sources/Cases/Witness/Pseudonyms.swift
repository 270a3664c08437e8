import EventModel
import Folding
import Formatting
import JSONTape

/// The replacements for the ids, texts and dates of a history. Equal originals have equal replacements, the order is
/// kept, and nothing of the original is left.
///
/// Ids are numbered in history order. Texts that reducers treat as equal (trimmed, lower-cased) share one number, in
/// the order of these normalized texts; their spellings differ in case. Dates keep their distances.
struct Pseudonyms {
  static let user = UserID(high: 0xA000_0000_0000_4000, low: 0x8000_0000_0000_0001)
  /// Replaces event types that no reducer reads.
  static let otherType = "other.event"

  var events: [EventID: EventID] = [:]
  /// The replacements by original text.
  var texts: [String: String] = [:]
  /// How many days dates are moved by.
  var days = 0
  /// Texts of the profile; a live row may contain them.
  var profileTexts: Set<String> = []

  let words: KnownWords

  /// Numbers the ids of a history.
  init(_ exhibit: Exhibit, _ words: KnownWords) {
    self.words = words
    for (index, event) in exhibit.events.enumerated() {
      events[event.id] = Pseudonyms.event(index + 1)
    }
  }

  static func event(_ number: Int) -> EventID {
    EventID(high: 0xE000_0000_0000_4000, low: 0x8000_0000_0000_0000 | UInt64(number))
  }

  /// The free texts of events, keys included, sorted.
  static func freeTexts(in events: [WitnessEvent], _ words: KnownWords) -> [String] {
    var found: Set<String> = []
    func note(_ text: String) { if words.kind(text) == .free { found.insert(text) } }
    for event in events {
      for payload in [event.content.data, event.content.metadata] {
        payload.visit(scalar: { value, _ in value.string.map(note) }, name: note)
      }
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// A name for each text. The names sort like the normalized texts.
  static func names(for texts: [String]) -> [String: String] {
    let classes = Dictionary(grouping: texts, by: KnownWords.normalized)
    let sorted = classes.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let width = String(sorted.count).count
    var names: [String: String] = [:]
    for (index, norm) in sorted.enumerated() {
      let digits = String(index + 1)
      let base = "text-" + String(repeating: "0", count: width - digits.count) + digits
      for (spelling, text) in (classes[norm] ?? []).enumerated() { names[text] = spelled(base, spelling) }
    }
    return names
  }

  /// The word with some letters in upper case: bit n of `number` decides about the n-th letter.
  private static func spelled(_ word: String, _ number: Int) -> String {
    var left = number
    return String(
      word.map { character in
        guard character.isLetter else { return character }
        defer { left /= 2 }
        return left % 2 == 1 ? Character(character.uppercased()) : character
      })
  }

  // MARK: Replacing

  func text(_ text: String) -> String {
    switch words.kind(text) {
    case .identifier: identifier(text)
    case .date: days == 0 ? text : shifted(text)
    case .free, .number, .vocabulary: texts[text] ?? text
    }
  }

  func event(_ event: WitnessEvent) -> WitnessEvent {
    event.changing { content in
      content.id = events[content.id] ?? content.id
      content.timestamp = instant(content.timestamp)
      content.createdAt = instant(content.createdAt)
      content.type = type(content.type)
      content.data = payload(content.data)
      content.metadata = payload(content.metadata)
    }
  }

  func exhibit(_ exhibit: Exhibit) -> Exhibit {
    var other = exhibit
    other.user = Pseudonyms.user
    other.events = exhibit.events.map { event($0) }
    other.asOf = instant(exhibit.asOf)
    other.generatedAt = exhibit.generatedAt.map(instant)
    other.updatedAt = exhibit.updatedAt.map(instant)
    switch exhibit.live {
    case .folded(let baseline, let patch?): other.live = .folded(baseline, patch.mapped(LiveTexts(self, words).text))
    case .foldedWithout(.events(let ids), let baseline):
      // The id of an event that is no longer in the witness has no replacement and is dropped.
      other.live = .foldedWithout(.events(ids.compactMap { events[$0] }), baseline)
    case .foldedWithout(.type(let type), let baseline): other.live = .foldedWithout(.type(self.type(type)), baseline)
    case .none, .unread, .folded(_, nil): break
    }
    return other
  }

  private func type(_ type: String) -> String {
    words.eventTypes.contains(type) ? type : Pseudonyms.otherType
  }

  private func payload(_ value: JSONTree) -> JSONTree {
    value.mapped(
      scalar: { scalar, key in
        if let text = scalar.string { return .string(self.text(text)) }
        return key.map(words.payload.instants.contains) ?? false ? shiftedNumber(scalar) : scalar
      }, name: { text($0) })
  }

  /// Replaces the id in the text; the text keeps its case and white space.
  private func identifier(_ text: String) -> String {
    let old = text.trimmingASCII
    guard let id = EventID(old) else { return text }
    let new = (events[id] ?? Pseudonyms.unknown).description
    return text.replacing(old, with: old == old.lowercased() ? new : new.uppercased())
  }

  /// Replaces ids that name no event of the witness.
  private static let unknown = EventID(high: 0xF000_0000_0000_4000, low: 0x8000_0000_0000_0000)

  // MARK: Dates

  func instant(_ instant: Instant) -> Instant {
    Instant(microseconds: instant.microseconds + Int64(days) * Instant.day)
  }

  /// Moves the date at the start of a text.
  private func shifted(_ text: String) -> String {
    guard let start = text.utf8.firstIndex(where: { $0 &- 0x30 < 10 }),
      let end = text.utf8.index(start, offsetBy: 10, limitedBy: text.endIndex)
    else { return text }
    let parts = text[start..<end].split(separator: "-").compactMap { Int($0) }
    guard parts.count == 3 else { return text }
    let date = CivilDate(year: parts[0], month: parts[1], day: parts[2])
    guard date.exists else { return text }
    let moved = CivilDate(daysSinceEpoch: date.daysSinceEpoch + days)
    guard (1...9999).contains(moved.year) else { return text }
    var bytes: [UInt8] = []
    appendISO(moved, to: &bytes)
    return text[..<start] + String(decoding: bytes, as: UTF8.self) + text[end...]
  }

  /// Moves an epoch time, which is in seconds, or in milliseconds above 10¹².
  private func shiftedNumber(_ value: JSONTree) -> JSONTree {
    guard days != 0, let number = value.number, number.magnitude > 1e7 else { return value }
    let distance = Int64(days) * 86_400 * (number > 1e12 ? 1000 : 1)
    if case .integer(let seconds) = value { return .integer(seconds + distance) }
    return .double(number + Double(distance))
  }
}

extension String {
  /// The text from the first to the last character that is a hex digit or a hyphen.
  fileprivate var trimmingASCII: String {
    func isOuter(_ character: Character) -> Bool { !(character.isHexDigit || character == "-") }
    var rest = self[...]
    while let first = rest.first, isOuter(first) { rest.removeFirst() }
    while let last = rest.last, isOuter(last) { rest.removeLast() }
    return String(rest)
  }
}
