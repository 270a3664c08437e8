import EventModel
import JSONTape

/// What must not stand in a witness: ids and free texts of the user's whole history.
///
/// Made of the history before anything is left out, so that a mistake of the pseudonyms is found here.
struct LeakCheck {
  private let identifiers: Set<String>
  /// Free texts, as keys or values of JSON they must not stand anywhere.
  private let texts: Set<String>
  /// Those long enough not to stand in a sentence by chance.
  private let long: [[UInt8]]
  private static let chance = 12

  /// - Parameter allowed: free texts that may stay.
  init(_ exhibit: Exhibit, allowed: Set<String>) {
    var identifiers: Set<String> = [exhibit.user.description]
    var texts: Set<String> = []
    func note(_ text: String) {
      switch KnownWords.kind(text) {
      case .identifier: identifiers.insert(KnownWords.normalized(text))
      case .free: texts.insert(text)
      default: break
      }
    }
    for event in exhibit.events {
      identifiers.insert(event.id.description)
      note(event.type)
      for payload in [event.content.data, event.content.metadata] {
        payload.visit(scalar: { value, _ in value.string.map(note) }, name: note)
      }
    }
    self.identifiers = identifiers
    self.texts = texts.subtracting(allowed)
    long = self.texts.filter { $0.utf8.count >= LeakCheck.chance }.map { Array($0.utf8) }
  }

  /// What of the user a file would hold; `nil`: nothing.
  ///
  /// - Parameter json: the values in the file, of one that holds JSON.
  func finds(in bytes: [UInt8], json: [JSONTree]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self).lowercased()
    if identifiers.contains(where: { text.contains($0) }) { return "an id" }
    var found = false
    for value in json {
      value.visit(
        scalar: { value, _ in if let text = value.string, texts.contains(text) { found = true } },
        name: { if texts.contains($0) { found = true } })
    }
    if found { return "a text" }
    return long.contains { bytes.holds($0) } ? "a text" : nil
  }
}

extension [UInt8] {
  /// Whether the text stands there as a word or words of its own.
  fileprivate func holds(_ part: [UInt8]) -> Bool {
    guard let first = part.first, count >= part.count else { return false }
    return (0...(count - part.count)).contains { start in
      let end = start + part.count
      return self[start] == first && self[start..<end].elementsEqual(part)
        && !(start > 0 && isWord(self[start - 1])) && !(end < count && isWord(self[end]))
    }
  }

  private func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_") || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
  }
}
