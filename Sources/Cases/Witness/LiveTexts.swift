/// What stands for the texts of a live row: those of the events as there, words that reducers and profiles write as they
/// are, others numbered.
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

  /// `surface:track|timing_method:gates`, value by value.
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
