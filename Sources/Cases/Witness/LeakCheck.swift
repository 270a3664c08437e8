import EventModel
import JSONTape

/// Searches a witness for what it must not contain: ids and free texts of the user's whole history.
///
/// It uses the history from before anything was left out, so that it catches mistakes of the pseudonyms. Memory: the
/// files; the history, which is much longer, is streamed.
struct LeakCheck {
  private var files: [CaseText]
  /// Strings and keys in the JSON of the files.
  private var values: Set<String> = []
  /// Free texts that may stay.
  private let allowed: Set<String>
  private let words: KnownWords
  /// Texts with fewer UTF-8 bytes may occur in a sentence by chance.
  private static let chance = 12

  /// - Parameters:
  ///   - json: the values in the files that hold JSON.
  ///   - allowed: free texts that may stay.
  init(_ files: [(name: String, bytes: [UInt8])], json: [JSONTree], allowed: Set<String>, _ words: KnownWords) {
    self.words = words
    self.files = files.map { CaseText(name: $0.name, bytes: $0.bytes) }
    self.allowed = allowed
    for value in json {
      value.visit(
        scalar: { value, _ in if let text = value.string { values.insert(text) } }, name: { values.insert($0) })
    }
  }

  /// The first file that contains something of the user, and what; `nil` if none does. O(history).
  func finds(of exhibit: Exhibit) -> (file: String, what: String)? {
    var ids = [Bool](repeating: false, count: files.count)
    var texts = ids
    var isValue = false
    func noteID(_ id: String) {
      for (index, file) in files.enumerated() where file.lowercased.holds(id) { ids[index] = true }
    }
    func note(_ text: String) {
      let isHeld = values.contains(text) || files.contains { $0.mayHold(text) }
      // Most texts of a history do not occur in a case, and classifying a text is slow.
      let normalized = KnownWords.normalized(text)
      if !isHeld, !files.contains(where: { $0.mayHold(normalized) }) { return }
      switch words.kind(text) {
      case .identifier: noteID(normalized)
      case .free where !allowed.contains(text):
        if values.contains(text) { isValue = true }
        guard text.utf8.count >= LeakCheck.chance else { return }
        for (index, file) in files.enumerated() where file.written.holdsWords(text) { texts[index] = true }
      case .free, .vocabulary, .date, .number: break
      }
    }
    noteID(exhibit.user.description)
    exhibit.events.walk { event in
      noteID(event.id.description)
      note(event.type)
      let content = event.content
      for payload in [content.data, content.metadata] {
        payload.visit(scalar: { value, _ in if let text = value.string { note(text) } }, name: note)
      }
    }
    for (index, file) in files.enumerated() {
      if ids[index] { return (file.name, "an id") }
      if isValue || texts[index] { return (file.name, "a text") }
    }
    return nil
  }
}

/// A file of a case, as it is written and lower-cased.
private struct CaseText {
  let name: String
  let written: IndexedBytes
  let lowercased: IndexedBytes

  init(name: String, bytes: [UInt8]) {
    self.name = name
    written = IndexedBytes(bytes)
    lowercased = IndexedBytes(Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8))
  }

  func mayHold(_ text: String) -> Bool { written.mayHold(text) || lowercased.mayHold(text) }
}

/// Bytes, with an index of all windows of eight bytes: it rules out most texts at once.
private struct IndexedBytes {
  private let bytes: [UInt8]
  private var windows: Set<UInt64> = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var window: UInt64 = 0
    for (index, byte) in bytes.enumerated() {
      window = window << 8 | UInt64(byte)
      if index >= 7 { windows.insert(window) }
    }
  }

  /// Whether the text's first eight bytes occur; `false` for shorter texts.
  func mayHold(_ text: String) -> Bool {
    var window: UInt64 = 0
    var count = 0
    for byte in text.utf8.prefix(8) {
      window = window << 8 | UInt64(byte)
      count += 1
    }
    return count == 8 && windows.contains(window)
  }

  /// Whether the text, of eight bytes at least, occurs.
  func holds(_ text: String) -> Bool { mayHold(text) && !places(of: Array(text.utf8)).isEmpty }

  /// Whether the text occurs as whole words.
  func holdsWords(_ text: String) -> Bool {
    guard mayHold(text) else { return false }
    let part = Array(text.utf8)
    return places(of: part).contains { start in
      let end = start + part.count
      return !(start > 0 && isWord(bytes[start - 1])) && !(end < bytes.count && isWord(bytes[end]))
    }
  }

  private func places(of part: [UInt8]) -> [Int] {
    guard let first = part.first, bytes.count >= part.count else { return [] }
    return (0...(bytes.count - part.count)).filter { start in
      bytes[start] == first && bytes[start..<start + part.count].elementsEqual(part)
    }
  }

  private func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_") || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
  }
}
