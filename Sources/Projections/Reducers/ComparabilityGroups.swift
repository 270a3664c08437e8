import EventModel

/// The comparability groups of a user's observations: `field:value` of each non-empty field, joined by `|`, the
/// fallback when all are empty.
///
/// One object re-used for all users of a thread.
final class ComparabilityGroups {
  /// The fields that tell groups apart.
  typealias Fields = (first: Field, second: Field)

  private let fields: Fields
  private let fallback: StaticString
  private let index = TextIndex()
  /// Pairs of terms whose group is there: their numbers, the first few that were met.
  private let met: UnsafeMutablePointer<(first: UInt64, second: UInt64)>
  private var metCount = 0
  private static let metLimit = 16
  private let scratch = Scratch()

  init(_ fields: Fields, fallback: StaticString) {
    self.fields = fields
    self.fallback = fallback
    met = .allocate(capacity: ComparabilityGroups.metLimit)
  }

  deinit { met.deallocate() }

  var count: Int { index.count }

  /// By code point, which in UTF-8 is by byte.
  var sorted: [UnsafeRawBufferPointer] {
    count > 1 ? index.texts.sorted { $0.lexicographicallyPrecedes($1) } : index.texts
  }

  /// Begins a user.
  func begin() {
    index.removeAll()
    metCount = 0
  }

  /// Adds the row's group. O(1) when rows before named the same terms.
  @inline(__always)
  func insert(_ row: TrainingRow) {
    let (first, second) = (row.term(fields.first), row.term(fields.second))
    for place in 0..<metCount where met[place].first == first.number && met[place].second == second.number { return }
    insert(first, second)
  }

  private func insert(_ first: Term, _ second: Term) {
    scratch.reset()
    _ = index.insert(text(first.text, second.text))
    if metCount == ComparabilityGroups.metLimit { return }
    met[metCount] = (first.number, second.number)
    metCount += 1
  }

  /// The row's group, for an observer.
  func text(of row: TrainingRow) -> UnsafeRawBufferPointer {
    scratch.reset()
    return text(row.term(fields.first).text, row.term(fields.second).text)
  }

  /// Kept by the scratch.
  private func text(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    if first.isEmpty { return second.isEmpty ? UnsafeRawBufferPointer(fallback) : member(fields.second, second) }
    let head = member(fields.first, first)
    if second.isEmpty { return head }
    return scratch.joined(head, "|", member(fields.second, second))
  }

  private func member(_ field: Field, _ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    scratch.joined(UnsafeRawBufferPointer(field.name), ":", value)
  }
}
