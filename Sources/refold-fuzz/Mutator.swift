/// Makes inputs from those of a corpus; the same ones for the same seed.
struct Mutator {
  private var random: SplitMix
  private let corpus: Corpus

  init(seed: UInt64, corpus: Corpus) {
    random = SplitMix(state: seed)
    self.corpus = corpus
  }

  /// One input of the corpus, changed in one to eight places except for the byte that chooses the check; or a
  /// ``table()``.
  mutating func next() -> [UInt8] {
    if below(16) == 0 { return table() }
    var input = corpus[below(corpus.count)]
    for _ in 0...below(1 + below(8)) { change(&input) }
    return Array(input.prefix(1 << 16))
  }

  /// For the readers: a table of few distinct bytes, so that quotes, escapes and line ends occur in all combinations.
  private mutating func table() -> [UInt8] {
    let alphabet = [Mutator.csvBytes, Mutator.copyBytes, Mutator.sqlBytes, Mutator.jsonBytes][below(4)]
    let start = [UInt8](Mutator.heads[below(Mutator.heads.count)].utf8)
    return [Check.readers.rawValue] + start + (0..<below(400)).map { _ in alphabet[below(alphabet.count)] }
  }

  private static let heads = [
    "id,x\n", "id,\"x\ny\"\r\n", "a\tb\n", "COPY public.users (id, x) FROM stdin;\n", "",
    "ID;X\n", "sep=|\nid|x\n", "id\tuser_id\ttimestamp\tevent_type\tdata\tmetadata\n", "INSERT INTO users VALUES ",
    "INSERT INTO events (id, user_id, timestamp, event_type, data, metadata) VALUES ", "--\n", "[", "{\n", "\u{FEFF}",
  ]
  private static let csvBytes = Array("\"\"\"\"\",\n\raaaaaaaa".utf8)
  private static let sqlBytes = Array("''''\"\"$$$-/*();;,,\\\nEe:a1 ".utf8)
  private static let jsonBytes = Array("{}{}[]\"\"\"\\:,,\n 1a".utf8)
  private static let copyBytes = Array("\t\n\r\\\\N.aaaaa1x".utf8)

  private mutating func change(_ input: inout [UInt8]) {
    let at = 1 + below(max(1, input.count - 1))
    guard at < input.count else { return input.append(UInt8(below(256))) }
    let end = min(input.count, at + 1 + below(below(16) == 0 ? 200 : 8))
    switch below(16) {
    case 0: input[at] ^= 1 << UInt8(below(8))
    case 1: input[at] = UInt8(below(256))
    case 2: input.insert(Mutator.marks[below(Mutator.marks.count)], at: at)
    case 3: input[at] = Mutator.marks[below(Mutator.marks.count)]
    case 4: input.removeSubrange(at..<end)
    case 5: input.insert(contentsOf: input[at..<end], at: at)
    case 6: input.insert(contentsOf: Corpus.values[below(Corpus.values.count)].utf8, at: at)
    case 7: input.replaceSubrange(at..<end, with: Corpus.values[below(Corpus.values.count)].utf8)
    case 8:
      let other = corpus[below(corpus.count)]
      let from = 1 + below(max(1, other.count - 1))
      if from < other.count {
        input.replaceSubrange(at..<end, with: other[from..<min(other.count, from + 1 + below(64))])
      }
    default: replaceNumber(&input, at)
    }
  }

  /// Replaces the next JSON value with another number or word.
  private mutating func replaceNumber(_ input: inout [UInt8], _ at: Int) {
    guard let colon = input[at...].firstIndex(of: UInt8(ascii: ":")) else { return }
    var end = colon + 1
    while end < input.count, !Mutator.valueEnds.contains(input[end]) { end += 1 }
    input.replaceSubrange(colon + 1..<end, with: Corpus.values[below(Corpus.values.count)].utf8)
  }

  private static let marks = Array("\"\\,:{}[]\n\r\t 0-+eE.\0\u{7F}".utf8) + [0x80, 0xC0, 0xED, 0xA0, 0xF4, 0xFF]
  private static let valueEnds = Array(",}]".utf8)

  private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
}

/// SplitMix64.
struct SplitMix {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
