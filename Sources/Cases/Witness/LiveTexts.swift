/// Replaces the texts of a live row. Texts of the events get the same pseudonyms as there, words that reducers and
/// profiles write stay, and all others are numbered.
final class LiveTexts {
  private let names: Pseudonyms
  private let words: KnownWords
  private let normalized: [String: String]
  private var others: [String: String] = [:]

  init(_ names: Pseudonyms, _ words: KnownWords) {
    self.names = names
    self.words = words
    normalized = Dictionary(
      names.texts.sorted { $0.key < $1.key }.map { (KnownWords.normalized($0.key), KnownWords.normalized($0.value)) },
      uniquingKeysWith: { first, _ in first })
  }

  func text(_ text: String) -> String {
    if names.profileTexts.contains(text) { return text }
    if names.texts[text] == nil, let group = group(text) { return group }
    let replaced = names.text(text)
    if replaced != text || words.kind(text) != .free { return replaced }
    if let name = normalized[KnownWords.normalized(text)] { return name }
    if let known = others[text] { return known }
    others[text] = "live text \(others.count + 1)"
    return others[text] ?? text
  }

  /// Replaces the values in a text such as `surface:track|timing_method:gates`; `nil` for other texts.
  private func group(_ text: String) -> String? {
    let parts = text.split(separator: "|", omittingEmptySubsequences: false)
    var mapped: [String] = []
    for part in parts {
      let pieces = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard pieces.count == 2, words.words.contains(pieces[0]) else { return nil }
      mapped.append(pieces[0] + ":" + (normalized[pieces[1]] ?? self.text(pieces[1])))
    }
    return mapped.joined(separator: "|")
  }
}
